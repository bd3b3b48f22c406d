#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli/commands.h"
#include "format/program.h"
#include "lab/schedule.h"

struct run_options {
    int64_t seed;
    bool adversarial;
    const char *out;
    const char *workload;
};

static void to_file(void *context, const void *bytes, size_t n)
{
    io_put(context, bytes, n);
}

/* A path if it names a file, else the name of a lab. */
static bool is_file(const char *word)
{
    const char *dot = strrchr(word, '.');

    return strchr(word, '/') || (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0));
}

static void print_lines(const struct finding *f, const char *indent)
{
    for (int i = 0; i < GRADE_EVIDENCE && f->evidence[i][0]; i++)
        printf("%s%s\n", indent, f->evidence[i]);
}

/* Regions that end where they may not are no danger to the program, but to its trace. */
static void print_annotations(const struct analysis *a, const struct trace_error *error)
{
    const struct fact_fault *m = a->facts.misuse.len ? &a->facts.misuse.data[0] : NULL;

    if (m)
        printf("  %s, G%llu at %s\n", m->kind, (unsigned long long)m->g, m->site);
    if (m && m->earlier.site)
        printf("    %s by G%llu, %s, before it\n", m->earlier.kind, (unsigned long long)m->earlier.g,
               m->earlier.site);
    if (!a->whole)
        printf("  so that trace readers refuse the trace: %s\n", error->message);
}

/* What the trace tells of a program that did not end well, and of races, misuse and leaks in one that did. */
static void print_noted(const char *trace)
{
    struct trace_error error;
    struct trace_reader *r = trace_open(trace, (struct trace_options){0}, &error);
    struct analysis *a = r ? analysis_load(r, &error) : NULL;
    struct finding runs, safe;

    if (!a)
        return;
    grade_alone(a, &runs, &safe);
    if (runs.state == STATE_FAIL)
        print_lines(&runs, "  ");
    if (safe.state == STATE_FAIL) {
        size_t all = a->facts.races.len + a->facts.misuse.len + (a->facts.leaked.len > 0);

        printf("  %s\n", safe.found);
        print_lines(&safe, "    ");
        if (all > 1)
            printf("  and %zu more, which the report has\n", all - 1);
    } else {
        print_annotations(a, &error);
    }
    analysis_free(a);
}

static void print_end(const struct simulated *end, const char *what, int64_t seed, const char *trace,
                      bool readable)
{
    static const char *const words[] = {
        [END_RETURNED] = "main returned",
        [END_DEADLOCK] = "it stopped",
        [END_PANIC] = "it panicked",
        [END_FATAL] = "a fatal error ended it",
        [END_BUDGET] = "it came to no end, and was stopped",
    };
    char time[UNITS_MAX], size[UNITS_MAX];
    struct strbuf word = STRBUF_INIT;

    strbuf_add_word(&word, trace);
    printf("%s, seed %lld: %s after %s of virtual time", what, (long long)seed, words[end->end],
           units_duration_text(time, end->time));
    if (*end->text)
        printf(": %s", end->text);
    putchar('\n');
    if (readable)
        print_noted(trace);
    printf("  its trace  %s (%s)\n", trace, units_size_text(size, (int64_t)end->trace_bytes));
    printf("  read it    " PROGRAM " report %s\n", word.text);
    printf("  or in Go   go tool trace %s\n", word.text);
    strbuf_release(&word);
}

static int simulate_to(const struct workload *w, const struct lab *lab, const struct run_options *opt,
                       const char *path)
{
    struct diags d = DIAGS_INIT;
    struct strbuf err = STRBUF_INIT;
    struct io_output out;
    struct simulated end;
    struct ticker ticker;
    bool ok = io_open(&out, path, &err);
    bool readable = ok && !out.special;

    if (ok) {
        struct simulation sim = {
            .program = w->program,
            .world = program_world(w->program),
            .scenario_digest = lab ? lab->digest : NULL,
            .seed = (uint64_t)opt->seed,
            .schedule_seed = (uint64_t)opt->seed + (opt->adversarial ? ADVERSARIAL_SCHEDULES : 0),
            .adversarial = opt->adversarial,
            .trace = true,
            .detect = true,
            .sink = {to_file, &out},
            .tick = ticker_time,
            .tick_context = &ticker,
        };

        ticker_start(&ticker, "running");
        ok = simulate(&sim, &end, &d);
        ticker_end(&ticker);
        if (ok)
            ok = io_commit(&out, &err);
        else
            io_abandon(&out);
    }
    if (err.len)
        fprintf(stderr, "tracelab run: %s\n", err.text);
    kit_complain(&d);
    strbuf_release(&err);
    if (!ok)
        return EXIT_USAGE;
    print_end(&end, lab ? lab->name : program_name(w->program), opt->seed, path, readable);
    return end.end == END_RETURNED ? EXIT_DONE : EXIT_NO;
}

/* store/LAB/run.trace; NULL after complaining. */
static char *lab_trace(const struct home *home, const char *lab)
{
    struct strbuf err = STRBUF_INIT;
    char *folder = home_path(home, "store", lab, NULL);
    bool ok = io_mkdirs(folder, &err);

    if (!ok)
        fprintf(stderr, "tracelab run: %s (-o FILE puts the trace elsewhere)\n", err.text);
    strbuf_release(&err);
    free(folder);
    return ok ? home_path(home, "store", lab, "run.trace", NULL) : NULL;
}

static int run_lab(const struct home *home, const struct lab *lab, const struct run_options *opt)
{
    char *path = kit_mine(home, lab->name, opt->workload);
    struct workload w;
    int status = EXIT_USAGE;

    if (path && kit_workload(&w, lab, path)) {
        char *trace = opt->out ? xstrdup(opt->out) : lab_trace(home, lab->name);

        if (trace)
            status = simulate_to(&w, lab, opt, trace);
        free(trace);
        workload_close(&w);
    }
    return status;
}

static int run_named(const char *word, const struct run_options *opt)
{
    struct home home;
    struct lab lab;
    int status = EXIT_USAGE;

    if (!kit_find(&home))
        return EXIT_USAGE;
    char *name = kit_lab_name(&home, word);

    if (name && kit_lab(&lab, &home, name)) {
        status = run_lab(&home, &lab, opt);
        lab_close(&lab);
    }
    free(name);
    home_release(&home);
    return status;
}

/* FILE.trace in the present folder. */
static char *file_trace(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash ? slash + 1 : file;
    const char *dot = strrchr(name, '.');
    struct strbuf b = STRBUF_INIT;

    strbuf_addn(&b, name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
    strbuf_add(&b, ".trace");
    return strbuf_take(&b);
}

/* The lab in whose folder a file lies, malloc'ed; NULL if in none. */
static char *lab_around(const char *file)
{
    struct home home;
    struct lab_names labs = {0};
    struct strbuf err = STRBUF_INIT;
    struct strbuf part = STRBUF_INIT;
    char *lab = NULL;

    if (home_find(&home, &err))
        lab_names_read(&labs, &home);
    for (size_t i = 0; i < labs.n && !lab; i++) {
        strbuf_reset(&part);
        strbuf_addf(&part, "/%s/", labs.names[i]);
        if (strstr(file, part.text))
            lab = xstrdup(labs.names[i]);
    }
    strbuf_release(&err);
    strbuf_release(&part);
    lab_names_release(&labs);
    home_release(&home);
    return lab;
}

static void tell_of_labs(const char *file)
{
    struct strbuf word = STRBUF_INIT;

    strbuf_add_word(&word, file);
    fprintf(stderr,
            "tracelab run: '%s' has no world of its own; to run it in a lab's:\n"
            "    " PROGRAM " run LAB --workload %s\n",
            file, word.text);
    strbuf_release(&word);
}

static bool lacks_world(const struct workload *w)
{
    const char *text = w->file.text;

    return text && strstr(text, "serve:") && strncmp(text, "world:", 6) != 0 && !strstr(text, "\nworld:");
}

static int run_alone(const struct workload *w, const char *file, const struct run_options *opt)
{
    char *trace = opt->out ? xstrdup(opt->out) : file_trace(file);
    int status = simulate_to(w, NULL, opt, trace);

    free(trace);
    return status;
}

static int run_in_lab(const char *lab, const char *file, const struct run_options *opt)
{
    struct run_options in_lab = *opt;

    in_lab.workload = file;
    return run_named(lab, &in_lab);
}

/* A file by itself needs no kit around it. One that cannot stand alone, and lies in a lab's folder, is meant
 * to run there. */
static int run_file(const char *file, const struct run_options *opt)
{
    struct diags d = DIAGS_INIT;
    struct workload w;
    int status = EXIT_USAGE;
    bool ok = workload_open(&w, NULL, xstrdup(file), &d);
    char *lab = !ok && lacks_world(&w) ? lab_around(file) : NULL;

    if (lab) {
        diags_release(&d);
        status = run_in_lab(lab, file, opt);
    } else {
        kit_complain(&d);
        if (ok)
            status = run_alone(&w, file, opt);
        else if (lacks_world(&w))
            tell_of_labs(file);
    }
    free(lab);
    workload_close(&w);
    return status;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct run_options opt = {.seed = 1};
    const struct option_spec specs[] = {
        {"seed", 0, OPT_NUMBER, &opt.seed, "N", "the variant and its luck (default 1)"},
        {"workload", 'w', OPT_TEXT, &opt.workload, "FILE",
         "this file in the lab's world, not your exercise"},
        {"adversarial", 0, OPT_FLAG, &opt.adversarial, NULL,
         "a schedule that perturbs the scheduler's habits"},
        {"output", 'o', OPT_TEXT, &opt.out, "FILE",
         "where the trace goes (default store/LAB/run.trace, or FILE.trace here)"},
        {0},
    };
    struct args args;

    if (!options_parse(self, specs, argc, argv, 0, 1, &args))
        return args.status;
    const char *word = args.n ? args.words[0] : NULL;

    if (!word || !is_file(word))
        return run_named(word, &opt);
    if (opt.workload) {
        fprintf(stderr, "tracelab run: --workload goes with a lab, and '%s' is a file\n", word);
        return EXIT_USAGE;
    }
    return run_file(word, &opt);
}

const struct command cmd_run = {
    "run",
    "[LAB|FILE.yaml]",
    "run a workload and record its trace",
    "A lab's name runs exercises/LAB/workload.yaml in the lab's world. A file brings its own `world`, or\n"
    "lies in a lab's folder and runs in that lab's. Without either: the next pending lab. The same seed\n"
    "gives the same bytes on every machine. Exit status 1 if the program came to no good end; races and\n"
    "misuse are told beside.",
    run,
};

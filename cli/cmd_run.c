#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli/commands.h"
#include "lab/schedule.h"

struct run_options {
    int64_t seed;
    bool adversarial;
    const char *out;
    const char *workload;
};

static void to_file(void *context, const void *bytes, size_t n)
{
    fwrite(bytes, 1, n, ((struct io_output *)context)->file);
}

/* A path if it names a file, else the name of a lab. */
static bool is_file(const char *word)
{
    const char *dot = strrchr(word, '.');

    return strchr(word, '/') || (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0));
}

static void print_end(const struct simulated *end, const char *trace)
{
    static const char *const words[] = {
        [END_RETURNED] = "main returned",   [END_DEADLOCK] = "deadlock",
        [END_PANIC] = "it panicked",        [END_BUDGET] = "stopped: it used up its budget",
        [END_NO_GOROUTINES] = "deadlock",
    };
    char time[UNITS_MAX], size[UNITS_MAX];

    printf("%s after %s of virtual time", words[end->end], units_duration_text(time, end->time));
    if (*end->text)
        printf(": %s", end->text);
    printf("\ntrace   %s (%s, %llu events)\n", trace, units_size_text(size, (int64_t)end->trace_bytes),
           (unsigned long long)end->trace_events);
    printf("read it tracelab report %s\n"
           "        go tool trace %s (where Go is installed)\n", trace, trace);
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

        ticker_start(&ticker, program_name(w->program));
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
    print_end(&end, path);
    return end.end == END_RETURNED ? EXIT_DONE : EXIT_NO;
}

/* Where the trace goes when nobody says: store/LAB/run.trace, or beside the present folder. */
static char *default_trace(const struct home *home, const struct lab *lab)
{
    struct strbuf err = STRBUF_INIT;
    char *folder = home_path(home, "store", lab ? lab->name : "run", NULL);

    if (!io_mkdirs(folder, &err))
        fprintf(stderr, "tracelab run: %s\n", err.text);
    strbuf_release(&err);
    free(folder);
    return home_path(home, "store", lab ? lab->name : "run", "run.trace", NULL);
}

static char *exercise(const struct home *home, const char *lab, const char *instead)
{
    return instead ? xstrdup(instead) : kit_exercise(home, lab);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct run_options opt = {.seed = 1};
    const struct option_spec specs[] = {
        {"seed", 0, OPT_NUMBER, &opt.seed, "N", "the variant and its luck (default 1)"},
        {"workload", 'w', OPT_TEXT, &opt.workload, "FILE", "this file in the lab's world, not your exercise"},
        {"adversarial", 0, OPT_FLAG, &opt.adversarial, NULL, "a schedule that perturbs the scheduler's habits"},
        {"output", 'o', OPT_TEXT, &opt.out, "FILE", "where the trace goes (default store/LAB/run.trace)"},
        {0},
    };
    struct args args;
    struct home home;
    struct lab lab = {0};
    struct workload w;
    int status = EXIT_USAGE;

    if (!options_parse(self, specs, argc, argv, 0, 1, &args))
        return args.status;
    if (!kit_find(&home))
        return EXIT_USAGE;
    bool file = args.n && is_file(args.words[0]);
    char *name = file ? NULL : kit_lab_name(&home, args.n ? args.words[0] : NULL);
    bool has_lab = name && kit_lab(&lab, &home, name);
    char *path = file ? xstrdup(args.words[0]) : has_lab ? exercise(&home, name, opt.workload) : NULL;

    if (path && kit_workload(&w, has_lab ? &lab : NULL, path)) {
        char *trace = opt.out ? xstrdup(opt.out) : default_trace(&home, has_lab ? &lab : NULL);

        status = simulate_to(&w, has_lab ? &lab : NULL, &opt, trace);
        free(trace);
        workload_close(&w);
    }
    if (has_lab)
        lab_close(&lab);
    free(name);
    home_release(&home);
    return status;
}

const struct command cmd_run = {
    "run", "[LAB|FILE.yaml]", "run a workload and record its trace",
    "A lab's name runs exercises/LAB/workload.yaml in the lab's world; a file runs by itself and brings\n"
    "its own `world`. The same seed gives the same bytes on every machine.",
    run,
};

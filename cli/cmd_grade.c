#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "format/program.h"
#include "grader/report/verdict.h"
#include "lab/grading.h"
#include "lab/store.h"

/* One call of the command. */
struct grade_call {
    struct home home;
    struct lab lab;
    struct workload starter, fix;
    const char *workload; /* another file than the exercise; NULL */
    int64_t seed;         /* 0: all */
    bool json;
    char *folder;         /* where this attempt's files go; NULL: nowhere */
    struct strbuf path;   /* of the trace asked for last */
    struct strbuf err;    /* why something could not be written */
    bool complained;
};

/* A verdict stands whether it can be kept or not. It is kept whole or not at all, and the user is told of the
 * first thing that could not be written. */
static bool keep(struct grade_call *c, bool ok)
{
    if (!ok && !c->complained)
        fprintf(stderr, "tracelab grade: this verdict is not kept: %s\n", c->err.text);
    c->complained |= !ok;
    strbuf_reset(&c->err);
    return ok;
}

/* The trace of a schedule, made by running it again, when the verdict wants to point to it. */
static const char *trace_path(void *context, const struct outcome *o)
{
    struct grade_call *c = context;
    struct bytes trace = {0};
    struct simulated end;
    struct diags d = DIAGS_INIT;

    if (!c->folder || c->complained)
        return NULL;
    strbuf_reset(&c->path);
    strbuf_addf(&c->path, "%s/seed-%llu%s.trace", c->folder, (unsigned long long)o->seed,
                o->adversarial ? "-adversarial" : "");
    struct schedule s = {o->seed, o->adversarial};
    bool ok = io_exists(c->path.text) ||
              (schedule_run(&c->lab, c->fix.program, s, &trace, &end, &d) &&
               keep(c, io_write(c->path.text, trace.data, trace.len, &c->err)));

    diags_release(&d);
    bytes_release(&trace);
    return ok ? c->path.text : NULL;
}

static void store_file(struct grade_call *c, const char *name, const char *text, size_t len)
{
    struct strbuf path = STRBUF_INIT;

    strbuf_addf(&path, "%s/%s", c->folder, name);
    keep(c, io_write(path.text, text, len, &c->err));
    strbuf_release(&path);
}

/* A whole verdict on the exercise is an attempt; anything else is a trial, and no progress: it only changes
 * which hint fits. */
static bool is_attempt(const struct grade_call *c)
{
    return !c->workload && !c->seed;
}

/* Nothing has been tried yet. */
static bool is_untouched(const struct grade_call *c)
{
    const struct text_file *mine = &c->fix.file, *starter = &c->starter.file;

    return mine->len == starter->len && memcmp(mine->text, starter->text, mine->len) == 0;
}

static void open_folder(struct grade_call *c)
{
    c->folder = store_folder(&c->home, c->lab.name, is_attempt(c) ? "" : "trial-", &c->err);
    keep(c, c->folder);
    if (c->folder && !is_attempt(c))
        store_prune(c->folder);
}

static void note_attempt(struct progress *p, const struct verdict *v)
{
    p->attempts++;
    if (v->points > p->points)
        p->points = v->points;
    if (v->state == STATE_PASS)
        p->state = PROGRESS_PASSED;
    else if (p->state == PROGRESS_PENDING)
        p->state = PROGRESS_TRIED;
}

static void note_progress(struct grade_call *c, const struct grading *g)
{
    enum check failed = verdict_decisive(&g->verdict);
    const struct outcome *first = failed < CHECK_COUNT ? g->verdict.checks[failed].first : NULL;
    struct progress p;

    progress_read(&c->home, c->lab.name, &p);
    if (is_attempt(c) && !is_untouched(c))
        note_attempt(&p, &g->verdict);
    snprintf(p.reason, sizeof p.reason, "%s", first ? first->checks[failed].reason : "");
    keep(c, progress_write(&c->home, c->lab.name, &p, &c->err));
}

static void store_verdict(struct grade_call *c, const struct grading *g, const struct strbuf *text,
                          const struct strbuf *json)
{
    if (!c->complained) {
        store_file(c, "verdict.txt", text->text, text->len);
        store_file(c, "verdict.json", json->text, json->len);
        store_file(c, "workload.yaml", c->fix.file.text, c->fix.file.len);
    }
    if (!c->complained)
        note_progress(c, g);
    if (!c->complained && is_attempt(c))
        keep(c, store_latest(&c->home, c->lab.name, c->folder, &c->err));
    if (c->complained && c->folder)
        store_discard(c->folder);
}

static int exit_of(const struct verdict *v)
{
    return v->state == STATE_PASS ? EXIT_DONE : v->state == STATE_FAIL ? EXIT_NO : EXIT_UNDECIDED;
}

/* Judged all the same: the bug's own verdict is worth reading. */
static void tell_if_untouched(const struct grade_call *c)
{
    if (!c->json && !c->workload && is_untouched(c))
        printf("%s is still the starter: this is the verdict on the bug itself.\n\n", c->fix.file.path);
}

/* A pass is not the end of the road. */
static void tell_what_next(const struct grade_call *c)
{
    char *solution = home_path(&c->home, "solutions", c->lab.name, "README.md", NULL);

    if (!c->json && is_attempt(c))
        printf("                    compare    %s\n"
               "                    next       " PROGRAM " next\n", solution);
    free(solution);
}

static int judge(struct grade_call *c)
{
    struct strbuf text = STRBUF_INIT;
    struct strbuf plain = STRBUF_INIT;
    struct strbuf json = STRBUF_INIT;
    struct ticker ticker;
    struct baseline before = {0};
    struct grading g = {0};

    ticker_start(&ticker, "running the starter, to compare with");
    struct grading_progress progress = {ticker_count, &ticker};

    baseline_run(&before, &c->lab, c->starter.program, (uint64_t)c->seed, progress);
    ticker.what = "running yours";
    grading_run(&g, &c->lab, &before, c->fix.program, (uint64_t)c->seed, progress);
    ticker_end(&ticker);
    open_folder(c);
    struct verdict_view view = {c->workload, false, trace_path, c};

    verdict_text(&plain, c->lab.rubric, &g.verdict, &view);
    verdict_json(&json, c->lab.rubric, &g.verdict, &view);
    view.color = use_color(STDOUT_FILENO);
    verdict_text(&text, c->lab.rubric, &g.verdict, &view);
    tell_if_untouched(c);
    fputs(c->json ? json.text : text.text, stdout);
    if (g.verdict.state == STATE_PASS)
        tell_what_next(c);
    store_verdict(c, &g, &plain, &json);
    int status = exit_of(&g.verdict);

    grading_release(&g);
    baseline_release(&before);
    strbuf_release(&text);
    strbuf_release(&plain);
    strbuf_release(&json);
    return status;
}

static int grade(struct grade_call *c)
{
    int status = EXIT_USAGE;
    char *mine = kit_mine(&c->home, c->lab.name, c->workload);
    char *starter = home_path(&c->home, "scenarios", c->lab.name, "workload.yaml", NULL);

    if (!mine || !kit_workload(&c->fix, &c->lab, mine)) {
        free(starter);
        return status;
    }
    if (kit_workload(&c->starter, &c->lab, starter)) {
        status = judge(c);
        workload_close(&c->starter);
    }
    workload_close(&c->fix);
    return status;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct grade_call c = {.path = STRBUF_INIT, .err = STRBUF_INIT};
    const struct option_spec specs[] = {
        {"workload", 'w', OPT_TEXT, &c.workload, "FILE", "judge this file instead of your exercise"},
        {"seed", 0, OPT_NUMBER, &c.seed, "N", "only this seed, faithful and adversarial"},
        {"json", 0, OPT_FLAG, &c.json, NULL, "for programs"},
        {0},
    };
    struct args args;
    int status = EXIT_USAGE;

    if (!options_parse(self, specs, argc, argv, 0, 1, &args))
        return args.status;
    if (!kit_find(&c.home))
        return EXIT_USAGE;
    char *name = kit_lab_name(&c.home, args.n ? args.words[0] : NULL);

    if (name && kit_lab(&c.lab, &c.home, name)) {
        status = grade(&c);
        lab_close(&c.lab);
    }
    strbuf_release(&c.path);
    strbuf_release(&c.err);
    free(c.folder);
    free(name);
    home_release(&c.home);
    return status;
}

const struct command cmd_grade = {
    "grade", "[LAB]", "run your fix over many seeds and judge it",
    "Runs the buggy workload and yours on the same seeds, faithful and adversarial, and checks that the\n"
    "work is still done, nothing races, the expected wait is gone and has not moved elsewhere.\n"
    "Without a name: the next pending lab. Exit status 0 pass, 1 fail, 2 could not decide.",
    run,
};

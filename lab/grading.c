#include "lab/grading.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The schedules of a lab, faithful ones first; malloc'ed. */
static struct schedule *plan(const struct rubric *r, uint64_t only, bool adversarial_too, size_t *n)
{
    size_t faithful = only ? 1 : (size_t)r->faithful;
    size_t adversarial = adversarial_too ? (only ? 1 : (size_t)r->adversarial) : 0;
    uint64_t first = only ? only : (uint64_t)r->first;
    struct schedule *s = xcalloc(faithful + adversarial + 1, sizeof *s);

    for (size_t i = 0; i < faithful + adversarial; i++) {
        s[i].adversarial = i >= faithful;
        s[i].seed = first + (s[i].adversarial ? i - faithful : i);
    }
    *n = faithful + adversarial;
    return s;
}

void baseline_run(struct baseline *b, const struct lab *lab, const struct program *starter, uint64_t seed,
                  struct grading_progress progress)
{
    struct schedule *s = plan(lab->rubric, seed, false, &b->n);

    b->outcomes = xcalloc(b->n + 1, sizeof *b->outcomes);
    schedules_judge(lab, starter, s, b->n, NULL, 0, b->outcomes, progress.done, progress.context);
    free(s);
}

void baseline_release(struct baseline *b)
{
    free(b->outcomes);
    *b = (struct baseline){0};
}

/* Progress of a part of the schedules. */
struct part {
    struct grading_progress progress;
    size_t before, total;
};

static void tell_part(void *context, size_t finished, size_t total)
{
    const struct part *p = context;

    (void)total;
    if (p->progress.done)
        p->progress.done(p->progress.context, p->before + finished, p->total);
}

/* A program that comes to no end does so on every schedule, and each would use up its whole budget: the
 * first schedule tells. */
static bool ran_away(const struct outcome *o)
{
    const char *reason = o->checks[CHECK_RUNS].reason;

    return !o->judged || strcmp(reason, "budget") == 0 || strcmp(reason, "livelock") == 0;
}

void grading_run(struct grading *g, const struct lab *lab, const struct baseline *before,
                 const struct program *fix, uint64_t seed, struct grading_progress progress)
{
    struct schedule *s = plan(lab->rubric, seed, true, &g->n_fix);
    struct part one = {progress, 0, g->n_fix}, rest = {progress, 1, g->n_fix};

    g->fix = xcalloc(g->n_fix + 1, sizeof *g->fix);
    schedules_judge(lab, fix, s, 1, before->outcomes, before->n, g->fix, tell_part, &one);
    if (ran_away(g->fix))
        g->n_fix = 1;
    else
        schedules_judge(lab, fix, s + 1, g->n_fix - 1, before->outcomes, before->n, g->fix + 1,
                        tell_part, &rest);
    grade_verdict(lab->rubric, g->fix, g->n_fix, before->outcomes, before->n, &g->verdict);
    free(s);
}

void grading_release(struct grading *g)
{
    free(g->fix);
    *g = (struct grading){0};
}

#include "lab/grading.h"

#include <stdlib.h>

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

/* Progress over both phases. */
struct phases {
    struct grading_progress to;
    size_t before, total;
};

static void phase_done(void *context, size_t finished, size_t total)
{
    const struct phases *p = context;

    (void)total;
    if (p->to.done)
        p->to.done(p->to.context, p->before + finished, p->total);
}

void grading_run(struct grading *g, const struct lab *lab, const struct program *starter,
                 const struct program *fix, uint64_t seed, struct grading_progress progress)
{
    struct schedule *before = plan(lab->rubric, seed, false, &g->n_starter);
    struct schedule *all = plan(lab->rubric, seed, true, &g->n_fix);
    struct phases phases = {progress, 0, g->n_starter + g->n_fix};

    g->starter = xcalloc(g->n_starter, sizeof *g->starter);
    g->fix = xcalloc(g->n_fix, sizeof *g->fix);
    schedules_judge(lab, starter, before, g->n_starter, NULL, 0, g->starter, phase_done, &phases);
    phases.before = g->n_starter;
    schedules_judge(lab, fix, all, g->n_fix, g->starter, g->n_starter, g->fix, phase_done, &phases);
    grade_verdict(lab->rubric, g->fix, g->n_fix, g->starter, g->n_starter, &g->verdict);
    free(before);
    free(all);
}

void grading_release(struct grading *g)
{
    free(g->starter);
    free(g->fix);
    *g = (struct grading){0};
}

enum check grading_failed(const struct grading *g)
{
    for (int c = 0; c < CHECK_COUNT; c++)
        if (g->verdict.checks[c].state == STATE_FAIL || g->verdict.checks[c].state == STATE_ERROR)
            return (enum check)c;
    return CHECK_COUNT;
}

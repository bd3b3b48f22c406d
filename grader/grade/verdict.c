/* The verdict: what the outcomes of all schedules come to. */
#include <stdio.h>
#include <string.h>

#include "grader/grade/grade.h"

/* The check, failed or skipped, that c cannot do without; CHECK_COUNT: none. */
static enum check failed_need(const struct verdict *v, enum check c)
{
    for (int k = 0; k < CHECK_COUNT; k++)
        if ((check_needs[c] >> k & 1) &&
            (v->checks[k].state == STATE_FAIL || v->checks[k].state == STATE_SKIP))
            return (enum check)k;
    return CHECK_COUNT;
}

/* Nothing is known of a schedule that was not judged, but what it would not have been asked. */
static enum state state_in(const struct outcome *o, enum check c)
{
    if (!o->judged)
        return grade_asks(c, o->adversarial) ? STATE_ERROR : STATE_ABSENT;
    return o->checks[c].state;
}

static bool is_worse(const struct outcome *o, const struct outcome *than, const struct outcome *first,
                     enum check c)
{
    return strcmp(o->checks[c].reason, first->checks[c].reason) == 0 &&
           o->checks[c].measure > than->checks[c].measure;
}

/* The first schedule with that state, the worst for the same reason, and how many there are; false: none. */
static bool gather(struct verdict *v, enum check c, enum state state, const struct outcome *outcomes,
                   size_t n)
{
    const struct outcome *first = NULL;
    const struct outcome *worst = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct outcome *o = &outcomes[i];

        if (state_in(o, c) != state)
            continue;
        if (!first)
            first = worst = o;
        else if (is_worse(o, worst, first, c))
            worst = o;
        v->checks[c].schedules++;
    }
    v->checks[c].state = state;
    v->checks[c].first = state == STATE_PASS ? NULL : first;
    v->checks[c].worst = worst;
    return first;
}

static void decide(const struct rubric *r, struct verdict *v, enum check c, const struct outcome *outcomes,
                   size_t n)
{
    enum check need = failed_need(v, c);

    if (!rubric_has(r, c)) {
        v->checks[c].state = STATE_ABSENT;
    } else if (need != CHECK_COUNT) {
        v->checks[c].state = STATE_SKIP;
        v->checks[c].parent = v->checks[need].parent ? v->checks[need].parent : check_names[need];
    } else if (!gather(v, c, STATE_FAIL, outcomes, n) && !gather(v, c, STATE_ERROR, outcomes, n)) {
        gather(v, c, STATE_PASS, outcomes, n);
        v->checks[c].points = r->points[c];
        v->points += r->points[c];
    }
}

/* Any failure fails; what could not be decided leaves the rest undecided; skipped ones have a failed need. */
static enum state overall(const struct verdict *v)
{
    enum state state = STATE_PASS;

    for (int c = 0; c < CHECK_COUNT; c++) {
        if (v->checks[c].state == STATE_FAIL)
            return STATE_FAIL;
        if (v->checks[c].state == STATE_ERROR)
            state = STATE_ERROR;
    }
    return state;
}

/* ---- numbers -------------------------------------------------------------------------------- */

static void add(struct load_numbers *sum, const struct load_numbers *one)
{
    snprintf(sum->name, sizeof sum->name, "%s", one->name);
    sum->requests += one->requests;
    sum->answered += one->answered;
    sum->mean += one->mean;
    sum->throughput += one->throughput;
    for (int q = 0; q < QUANTILE_COUNT; q++) {
        sum->q[q] += one->q[q];
        sum->want[q] += one->want[q];
    }
    for (int c = 0; c < CATEGORY_COUNT; c++)
        sum->split[c] += one->split[c];
}

static void divide(struct load_numbers *sum, int64_t n)
{
    sum->requests /= n;
    sum->answered /= n;
    sum->mean /= n;
    sum->throughput /= n;
    for (int q = 0; q < QUANTILE_COUNT; q++) {
        sum->q[q] /= n;
        sum->want[q] /= n;
    }
    for (int c = 0; c < CATEGORY_COUNT; c++)
        sum->split[c] /= n;
}

/* Over faithful schedules; false if there is none. */
static bool average(const struct outcome *outcomes, size_t n, struct load_numbers *out, int64_t *unattributed,
                    int64_t *annotations)
{
    int64_t judged = 0;

    for (size_t i = 0; i < n; i++) {
        const struct outcome *o = &outcomes[i];

        if (!o->judged || o->adversarial || o->expect_load >= o->n_loads)
            continue;
        add(out, &o->loads[o->expect_load]);
        *unattributed += o->unattributed;
        *annotations += o->annotations;
        judged++;
    }
    if (judged == 0)
        return false;
    divide(out, judged);
    *unattributed /= judged;
    *annotations /= judged;
    return true;
}

static void decide_all(const struct rubric *r, struct verdict *v, const struct outcome *outcomes, size_t n)
{
    for (int c = 0; c < CHECK_COUNT; c++)
        decide(r, v, (enum check)c, outcomes, n);
}

void grade_verdict(const struct rubric *r, const struct outcome *outcomes, size_t n,
                   const struct outcome *before, size_t n_before, struct verdict *out)
{
    struct verdict bug = {0};

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out->faithful += !outcomes[i].adversarial;
        out->adversarial += outcomes[i].adversarial;
        if (outcomes[i].cpus > 0)
            out->cpus = outcomes[i].cpus;
        if (outcomes[i].costs > 0)
            out->costs = outcomes[i].costs;
    }
    decide_all(r, out, outcomes, n);
    decide_all(r, &bug, before, n_before);
    out->points_before = bug.points;
    out->state = n > 0 ? overall(out) : STATE_ERROR;
    out->compared = before && average(before, n_before, &out->before, &out->unattributed_before,
                                      &out->annotations_before);
    average(outcomes, n, &out->after, &out->unattributed_after, &out->annotations_after);
}

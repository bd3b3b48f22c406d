#include "runtime/gc/pacer.h"

#include <math.h>
#include <string.h>

#define HEAP_MINIMUM     (4 << 20)  /* the smallest goal, at GOGC=100 */
#define MIN_RUNWAY       (64 << 10) /* between what triggered a cycle and its goal */
#define SWEEP_RESERVE    (1 << 20)  /* heap growth left for sweeping before the next cycle */
#define MIN_WORK_LEFT    1000
#define MAX_OVERSHOOT    1.1
#define MAX_WORKER_ERROR 0.3    /* how far rounding may take the dedicated workers' share */
#define GOGC_FORCED      100000 /* what "off" counts as while a forced cycle runs */

/* A cast of a double that does not fit differs between CPUs. */
static int64_t saturate(double x)
{
    if (isnan(x))
        return 0;
    if (x >= 9223372036854775808.0)
        return INT64_MAX;
    if (x <= -9223372036854775808.0)
        return INT64_MIN;
    return (int64_t)x;
}

static int64_t min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t sum(int64_t a, int64_t b)
{
    int64_t r;

    return __builtin_add_overflow(a, b, &r) ? INT64_MAX : r;
}

/* x * percent / 100 of a size, saturating. */
static int64_t percent_of(int64_t x, int64_t percent)
{
    int64_t r;

    if (__builtin_mul_overflow(x, percent, &r))
        return INT64_MAX;
    return r / 100;
}

void pacer_init(struct pacer *p, int32_t gogc, uint32_t procs, int64_t globals)
{
    memset(p, 0, sizeof *p);
    p->gogc = gogc;
    p->procs = procs;
    p->globals = globals;
    p->triggered = -1;
    pacer_commit(p, true);
}

int64_t pacer_goal(const struct pacer *p)
{
    if (p->gogc < 0)
        return PACER_NO_GOAL;
    int64_t goal = max(p->gogc_goal, p->sweep_floor);

    if (p->triggered >= 0)
        goal = max(goal, sum(p->triggered, MIN_RUNWAY));
    return goal;
}

/* What lies 1/64 * n of the way from the marked heap to the goal. */
static int64_t part_way(const struct pacer *p, int64_t goal, int64_t n)
{
    return p->marked + (goal - p->marked) / 64 * n;
}

static int64_t lower_bound(const struct pacer *p, int64_t goal)
{
    return max(part_way(p, goal, 45), p->sweep_floor);
}

static int64_t upper_bound(const struct pacer *p, int64_t goal)
{
    int64_t upper = max(part_way(p, goal, 61), goal - HEAP_MINIMUM);

    return max(upper, lower_bound(p, goal));
}

int64_t pacer_trigger_lower(const struct pacer *p)
{
    return lower_bound(p, pacer_goal(p));
}

int64_t pacer_trigger_upper(const struct pacer *p)
{
    return upper_bound(p, pacer_goal(p));
}

int64_t pacer_trigger(const struct pacer *p)
{
    int64_t goal = pacer_goal(p);

    if (goal == PACER_NO_GOAL || p->marked >= goal)
        return goal;
    int64_t trigger = max(goal - p->runway, lower_bound(p, goal));

    return min(trigger, upper_bound(p, goal));
}

struct pacer_workers pacer_workers(uint32_t procs, bool timed)
{
    double total = (double)procs * PACER_UTILIZATION;
    struct pacer_workers w = {.dedicated = saturate(total + 0.5)};
    double error = (double)w.dedicated / total - 1;

    if (error < -MAX_WORKER_ERROR || error > MAX_WORKER_ERROR) {
        if ((double)w.dedicated > total)
            w.dedicated--;
        w.fractional = (total - (double)w.dedicated) / (double)procs;
    }
    if (timed)
        w.idle = w.dedicated > 0 ? 0 : 1;
    else
        w.idle = (int64_t)procs - w.dedicated;
    return w;
}

void pacer_begin(struct pacer *p, int64_t now, int64_t stacks)
{
    p->triggered = p->live;
    p->began = now;
    p->stacks = stacks;
    p->done = 0;
    p->assist_time = 0;
    p->idle_time = 0;
    pacer_revise(p);
}

void pacer_revise(struct pacer *p)
{
    double gogc = p->gogc < 0 ? GOGC_FORCED : p->gogc;
    int64_t goal = pacer_goal(p);
    int64_t expected = p->heap_scan + p->stack_scan + p->globals;
    int64_t worst = p->scannable + p->stacks + p->globals;

    if (p->done > expected) {
        /* More than last time: stretch the goal in proportion, to what GOGC allows at most. */
        double per_work = (double)(goal - p->triggered) / (double)expected;
        int64_t stretched = sum(saturate(per_work * (double)worst), p->triggered);

        goal = min(stretched, saturate((1.0 + gogc / 100.0) * (double)goal));
        expected = worst;
    }
    if (p->live > goal) {
        /* Past even that: a little more room, and the worst case, so that marking ends within it. */
        goal = saturate((double)goal * MAX_OVERSHOOT);
        expected = worst;
    }
    int64_t work = max(expected - p->done, MIN_WORK_LEFT);
    int64_t room = max(goal - p->live, 1);

    p->work_per_byte = (double)work / (double)room;
    p->bytes_per_work = (double)room / (double)work;
}

/* Bytes allocated per unit marked in the cycle that ends, had the mutator had all the time that marking
 * did not take. */
static double cons_mark_now(const struct pacer *p, int64_t now)
{
    double time = (double)(now - p->began) * (double)p->procs;
    double used = PACER_UTILIZATION;
    double idle = 0;

    if (now > p->began) {
        used += (double)p->assist_time / time;
        idle = (double)p->idle_time / time;
    }
    /* With rounded worker counts assists can bring the share to 1 and beyond, where the formula has its
     * pole: allocation then outruns marking without limit. */
    if (used >= 1)
        return INFINITY;
    return (double)(p->live - p->triggered) * (used + idle) / ((double)p->done * (1 - used));
}

void pacer_end(struct pacer *p, int64_t now)
{
    if (p->live <= p->triggered)
        return;
    double c = cons_mark_now(p, now);

    p->cons_mark = c;
    for (int i = 0; i < PACER_HISTORY; i++)
        if (p->past[i] > p->cons_mark)
            p->cons_mark = p->past[i];
    memmove(&p->past[0], &p->past[1], sizeof p->past - sizeof p->past[0]);
    p->past[PACER_HISTORY - 1] = c;
}

void pacer_warm(struct pacer *p, double cons_mark)
{
    p->cons_mark = cons_mark;
    p->past[PACER_HISTORY - 1] = cons_mark;
}

void pacer_reset(struct pacer *p, int64_t marked, int64_t heap_scan, int64_t stack_scan)
{
    p->marked = marked;
    p->live = marked;
    p->heap_scan = heap_scan;
    p->scannable = heap_scan;
    p->stack_scan = stack_scan;
    p->triggered = -1;
}

void pacer_commit(struct pacer *p, bool swept)
{
    int64_t roots = p->stack_scan + p->globals;

    if (p->gogc >= 0) {
        int64_t growth = percent_of(p->marked + roots, p->gogc);

        p->gogc_goal = max(sum(p->marked, growth), percent_of(HEAP_MINIMUM, p->gogc));
    }
    p->sweep_floor = swept ? 0 : p->live + SWEEP_RESERVE;
    p->runway = max(0, saturate(p->cons_mark * (1 - PACER_UTILIZATION) / PACER_UTILIZATION *
                                (double)(p->heap_scan + roots)));
}

struct pacer_bill pacer_bill(const struct pacer *p, int64_t debt)
{
    struct pacer_bill b = {.work = pacer_work(p, debt), .bytes = debt};

    if (b.work < PACER_OVER_ASSIST) {
        b.work = PACER_OVER_ASSIST;
        b.bytes = pacer_bytes(p, b.work);
    }
    return b;
}

int64_t pacer_work(const struct pacer *p, int64_t bytes)
{
    return saturate(p->work_per_byte * (double)bytes);
}

int64_t pacer_bytes(const struct pacer *p, int64_t work)
{
    return saturate(p->bytes_per_work * (double)work);
}

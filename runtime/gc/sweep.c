/* Sweeping: a background goroutine, and whoever takes memory before it is done. Go runtime/mgcsweep.go.
 *
 * What was found dead is spread evenly over the spans that a cycle left. Sweeping moves no account of the
 * pacer's (L fell when marking ended); it takes time, and the next cycle cannot begin before it is done.
 * A range in the trace has no length, since it must begin and end in one step: sweeping is not preempted.
 * Its cost follows it. */
#include "runtime/gc/gc.h"
#include "runtime/trace/trace.h"

#define BATCH 10 /* spans between offers to yield */

struct swept {
    int64_t spans, freed;
};

static struct swept take(struct rt *rt, int64_t n)
{
    struct gc *gc = rt->gc;
    struct swept s;

    lock(rt, &gc->lock);
    s.spans = n < gc->unswept ? n : gc->unswept;
    s.freed = s.spans == gc->unswept ? gc->garbage : gc->garbage / gc->unswept * s.spans;
    gc->unswept -= s.spans;
    gc->garbage -= s.freed;
    unlock(rt, &gc->lock);
    return s;
}

int64_t sweep_some(struct m *m, int64_t n)
{
    struct swept s = take(m->rt, n);

    charge(m, COST_SWEEP, s.spans);
    return s.spans;
}

/* How many spans must be swept to get so many bytes back: all if there is not that much. */
static int64_t spans_for(struct rt *rt, int64_t bytes)
{
    struct gc *gc = rt->gc;
    int64_t n = 0;

    lock(rt, &gc->lock);
    if (gc->unswept > 0 && bytes <= GC_SPAN) {
        n = 1;
    } else if (gc->unswept > 0) {
        int64_t each = gc->garbage / gc->unswept;

        n = each > 0 ? (bytes + each - 1) / each : gc->unswept;
    }
    unlock(rt, &gc->lock);
    return n;
}

void sweep_for(struct m *m, int64_t bytes)
{
    int64_t n = spans_for(m->rt, bytes);

    if (n == 0)
        return;
    trace_sweep_begin(m);
    struct swept s = take(m->rt, n);

    charge(m, COST_SWEEP, s.spans);
    trace_sweep_end(m, s.spans * GC_SPAN, s.freed);
}

void sweep_begin(struct m *m, int64_t heap, int64_t garbage)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;

    lock(rt, &gc->lock);
    gc->unswept = (heap + GC_SPAN - 1) / GC_SPAN;
    gc->garbage = garbage;
    bool wake = gc->sweeper_parked;

    gc->sweeper_parked = false;
    unlock(rt, &gc->lock);
    if (wake)
        ready(m, gc->sweeper, TO_RUNNEXT, LEAF_GC_MARK_DONE);
}

static enum end run(struct m *m, struct g *g)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;

    (void)g;
    if (sweep_some(m, BATCH) == 0) {
        lock(rt, &gc->lock);
        gc->sweeper_parked = true;
        return park_on(m, BLOCK_GC_SWEEP, LEAF_BG_SWEEP, &gc->lock);
    }
    if (at_load(rt, &rt->n_idle_p) > 0)
        return AGAIN;
    return yield_to(m, false, STOP_GOSCHED, LEAF_GOSCHED);
}

const struct g_kind sweeper_kind = {
    .name = "runtime.bgsweep",
    .root = LEAF_BG_SWEEP,
    .system = true,
    .run = run,
};

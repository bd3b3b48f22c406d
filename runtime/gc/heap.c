/* Accounts: what is allocated, what is reachable, and when a cycle is due. */
#include "runtime/gc/heap.h"

#include "base/mem.h"
#include "runtime/gc/gc.h"
#include "runtime/trace/trace.h"

#define ZERO_STEP (256 << 10) /* cleared without a chance to be preempted, as in Go */

/* What the cycles during the loading of resident data taught: bytes allocated per byte marked by one
 * goroutine that allocates as fast as one core marks, on four Ps. Without it, the first cycle would begin
 * at the very last moment, and the program would pay for it as no process does that has built its heap. */
#define WARM_CONS_MARK (1.0 / 3)

struct gc *gc_new(const struct rt *rt)
{
    struct gc *gc = xcalloc(1, sizeof *gc);

    pacer_init(&gc->pacer, rt->set.gogc, rt->set.gomaxprocs, GC_GLOBALS);
    gc->workers = xcalloc(rt->set.gomaxprocs, sizeof *gc->workers);
    return gc;
}

void gc_free(struct gc *gc)
{
    if (!gc)
        return;
    free(gc->workers);
    free(gc->clears);
    free(gc);
}

void gc_on_clear(struct rt *rt, void (*clear)(struct rt *rt, void *context), void *context)
{
    struct gc *gc = rt->gc;

    if (!gc)
        return;
    lock(rt, &gc->lock);
    gc->clears = xrealloc(gc->clears, (gc->n_clears + 1) * sizeof *gc->clears);
    gc->clears[gc->n_clears++] = (struct gc_clear){clear, context};
    unlock(rt, &gc->lock);
}

void heap_reach(struct rt *rt, int64_t bytes, int64_t pointers)
{
    struct gc *gc = rt->gc;

    if (!gc)
        return;
    at_add(rt, &gc->reach, bytes);
    at_add(rt, &gc->reach_pointers, pointers);
}

void heap_drop(struct rt *rt, int64_t bytes, int64_t pointers)
{
    heap_reach(rt, -bytes, -pointers);
}

/* gc->lock held. */
static void grow(struct gc *gc, int64_t bytes)
{
    gc->pacer.live += bytes;
    if (gc->pacer.live > gc->peak)
        gc->peak = gc->pacer.live;
}

void heap_resident(struct rt *rt, int64_t bytes, int64_t pointers)
{
    struct gc *gc = rt->gc;
    struct pacer *p = &gc->pacer;

    heap_reach(rt, bytes, pointers);
    lock(rt, &gc->lock);
    pacer_reset(p, p->marked + bytes, p->heap_scan + pointers, p->stack_scan);
    pacer_warm(p, WARM_CONS_MARK);
    pacer_commit(p, true);
    grow(gc, 0);
    unlock(rt, &gc->lock);
}

int64_t heap_live(const struct rt *rt)
{
    return rt->gc ? rt->gc->pacer.live : 0;
}

int64_t heap_goal(const struct rt *rt)
{
    return rt->gc ? pacer_goal(&rt->gc->pacer) : INT64_MAX;
}

int64_t heap_peak(const struct rt *rt)
{
    return rt->gc ? rt->gc->peak : 0;
}

uint64_t gc_cycles(const struct rt *rt)
{
    return rt->gc ? rt->gc->cycle : 0;
}

/* gc->lock held, or the world stopped. */
static void flush(struct rt *rt, struct p_gc *p)
{
    struct gc *gc = rt->gc;

    if (gc_marking(rt))
        gc->black += p->fresh;
    gc->pacer.scannable += p->fresh_pointers;
    p->fresh = 0;
    p->fresh_pointers = 0;
}

void heap_flush(struct rt *rt)
{
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++)
        flush(rt, &rt->allp[i].gc);
}

/* Takes `bytes` more for m's P. */
static void take(struct m *m, int64_t bytes)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;

    sweep_for(m, bytes);
    lock(rt, &gc->lock);
    flush(rt, &m->p->gc);
    grow(gc, bytes);
    if (gc_marking(rt))
        pacer_revise(&gc->pacer);
    trace_heap(m, gc->pacer.live);
    unlock(rt, &gc->lock);
}

/* Whether it took a span. The object is reachable from here on, through the operation. */
static bool obtain(struct m *m, const struct alloc_op *op)
{
    struct p_gc *p = &m->p->gc;
    bool refill = op->bytes >= GC_SPAN || op->bytes > p->span_left;

    p->fresh += op->bytes;
    p->fresh_pointers += op->pointers;
    heap_reach(m->rt, op->bytes, op->pointers);
    if (op->bytes >= GC_SPAN) {
        take(m, op->bytes);
    } else if (refill) {
        take(m, GC_SPAN);
        p->span_left += GC_SPAN - op->bytes;
    } else {
        p->span_left -= op->bytes;
    }
    return refill;
}

/* Whether there is more to clear. */
static bool zero(struct m *m, struct alloc_op *op)
{
    int64_t n = op->bytes - op->zeroed < ZERO_STEP ? op->bytes - op->zeroed : ZERO_STEP;

    op->zeroed += n;
    charge(m, COST_ALLOC_KIB, (n + 512) / 1024);
    return op->zeroed < op->bytes;
}

enum { ALLOC_BEGIN, ALLOC_ASSIST, ALLOC_ZERO, ALLOC_START_GC };

enum end heap_alloc(struct m *m, struct g *g, struct alloc_op *op)
{
    enum end e;

    if (!m->rt->gc)
        return DONE;
    switch (op->at) {
    case ALLOC_BEGIN:
        charge(m, COST_ALLOC, 1);
        if (gc_marking(m->rt))
            g->assist -= op->bytes;
        op->at = ALLOC_ASSIST;
        /* fallthrough */
    case ALLOC_ASSIST:
        e = assist(m, g, &op->assist);
        if (e != DONE)
            return e;
        op->refilled = obtain(m, op);
        op->zeroed = 0;
        op->start = (struct cycle_op){0};
        op->at = ALLOC_ZERO;
        /* fallthrough */
    case ALLOC_ZERO:
        if (zero(m, op))
            return AGAIN;
        op->at = ALLOC_START_GC;
        /* fallthrough */
    case ALLOC_START_GC:
        if (op->start.at == 0 && !(op->refilled && cycle_due(m->rt)))
            break;
        e = cycle_start(m, g, &op->start, false);
        if (e != DONE)
            return e;
    }
    heap_drop(m->rt, op->bytes, op->pointers);
    op->at = ALLOC_BEGIN;
    return DONE;
}

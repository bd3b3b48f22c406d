/* The phases of a cycle. Go runtime/mgc.go: gcStart, gcMarkDone, gcMarkTermination. */
#include "runtime/gc/gc.h"
#include "runtime/trace/trace.h"

#define SWEEP_STEP   1000         /* spans of the last cycle swept in one step */
#define FORCE_PERIOD 120000000000 /* Go: two minutes */

enum { CYCLE_BEGIN, CYCLE_SWEEP, CYCLE_WORKERS, CYCLE_STOP, CYCLE_GO };

bool cycle_due(struct rt *rt)
{
    struct gc *gc = rt->gc;

    if (at_load(rt, &gc->phase) != GC_OFF)
        return false;
    lock(rt, &gc->lock);
    bool due = gc->pacer.live >= pacer_trigger(&gc->pacer);

    unlock(rt, &gc->lock);
    return due;
}

bool cycle_overdue(struct m *m)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;

    if (rt->set.gogc < 0 || at_load(rt, &gc->phase) != GC_OFF)
        return false;
    lock(rt, &gc->lock);
    bool overdue = gc->last_end != 0 && now(m) - gc->last_end > FORCE_PERIOD;

    unlock(rt, &gc->lock);
    return overdue;
}

/* ---- start, the world being stopped */

static void clear_pools(struct rt *rt)
{
    for (size_t i = 0; i < rt->gc->n_clears; i++)
        rt->gc->clears[i].clear(rt, rt->gc->clears[i].context);
}

static void clear_balances(struct rt *rt)
{
    for (uint32_t i = 0; i < rt->n_g; i++)
        rt->allg[i]->assist = 0;
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++) {
        rt->allp[i].gc.assist_time = 0;
        rt->allp[i].gc.fractional_time = 0;
    }
}

static void begin_marking(struct m *m, bool timed)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;

    clear_pools(rt);
    clear_balances(rt);
    heap_flush(rt);
    lock(rt, &gc->lock);
    gc->cycle++;
    gc->snapshot = at_load(rt, &gc->reach);
    gc->snapshot_pointers = at_load(rt, &gc->reach_pointers);
    gc->stacks = at_load(rt, &rt->n_user) * GC_STACK_BYTES;
    gc->work = gc->snapshot_pointers + gc->stacks + gc->pacer.globals;
    gc->black = 0;
    gc->credit = 0;
    gc->slots = pacer_workers(rt->set.gomaxprocs, timed);
    pacer_begin(&gc->pacer, now(m), gc->stacks);
    at_store(rt, &gc->phase, (uint32_t)GC_MARKING);
    unlock(rt, &gc->lock);
}

enum end cycle_start(struct m *m, struct g *g, struct cycle_op *op, bool timed)
{
    struct rt *rt = m->rt;
    enum end e;

    switch (op->at) {
    case CYCLE_BEGIN:
        op->at = CYCLE_SWEEP;
        /* fallthrough */
    case CYCLE_SWEEP: /* several may be at it: one of them gets to start */
        if (!(timed ? cycle_overdue(m) : cycle_due(rt))) {
            op->at = CYCLE_BEGIN;
            return DONE;
        }
        if (sweep_some(m, SWEEP_STEP) > 0)
            return AGAIN;
        if (!at_cas(rt, &rt->gc->phase, (uint32_t)GC_OFF, (uint32_t)GC_STARTING))
            return AGAIN;
        trace_gc_begin(m, LEAF_GC_START);
        op->at = CYCLE_WORKERS;
        /* fallthrough */
    case CYCLE_WORKERS:
        e = worker_start(m, g);
        if (e != DONE)
            return e;
        op->at = CYCLE_STOP;
        /* fallthrough */
    case CYCLE_STOP:
        e = stw_stop(m, g, &op->stw, STW_GC_SWEEP_TERM, LEAF_GC_START);
        if (e != DONE)
            return e;
        begin_marking(m, timed);
        op->at = CYCLE_GO;
        return AGAIN;
    default:
        stw_start(m, g, &op->stw);
        op->at = CYCLE_BEGIN;
        return DONE;
    }
}

/* ---- end, the world being stopped */

static void wake_assists(struct m *m)
{
    struct gc *gc = m->rt->gc;

    lock(m->rt, &gc->lock);
    struct g_list list = gc->assists;

    gc->assists = (struct g_list){0};
    unlock(m->rt, &gc->lock);
    inject(m, &list);
}

/* What the Ps have kept to themselves. Their spans end with the cycle. */
static void collect(struct rt *rt)
{
    heap_flush(rt);
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++) {
        struct p_gc *p = &rt->allp[i].gc;

        rt->gc->pacer.assist_time += at_xchg(rt, &p->assist_time, (int64_t)0);
        p->span_left = 0;
    }
}

static void end_marking(struct m *m)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;
    struct pacer *p = &gc->pacer;

    collect(rt);
    at_store(rt, &gc->phase, (uint32_t)GC_OFF);
    wake_assists(m);
    lock(rt, &gc->lock);
    int64_t marked = gc->snapshot + gc->black;
    int64_t heap = p->live;

    pacer_end(p, now(m));
    pacer_reset(p, marked, gc->snapshot_pointers, gc->stacks);
    pacer_commit(p, false);
    gc->ending = false;
    gc->last_end = now(m);
    unlock(rt, &gc->lock);
    sweep_begin(m, heap, heap > marked ? heap - marked : 0);
    trace_gc_end(m);
    trace_heap(m, marked);
    trace_heap_goal(m, p->gogc < 0 ? 0 : pacer_goal(p));
}

/* Whether the caller is the one to end the cycle. */
static bool claim_end(struct rt *rt)
{
    struct gc *gc = rt->gc;

    lock(rt, &gc->lock);
    bool mine = gc_marking(rt) && gc->work == 0 && !gc->ending;

    gc->ending |= mine;
    unlock(rt, &gc->lock);
    return mine;
}

enum end cycle_end(struct m *m, struct g *g, struct cycle_op *op)
{
    enum end e;

    switch (op->at) {
    case CYCLE_BEGIN:
        if (!claim_end(m->rt))
            return DONE;
        op->at = CYCLE_STOP;
        /* fallthrough */
    case CYCLE_STOP:
        e = stw_stop(m, g, &op->stw, STW_GC_MARK_TERM, LEAF_GC_MARK_DONE);
        if (e != DONE)
            return e;
        end_marking(m);
        op->at = CYCLE_GO;
        return AGAIN;
    default:
        stw_start(m, g, &op->stw);
        op->at = CYCLE_BEGIN;
        return DONE;
    }
}

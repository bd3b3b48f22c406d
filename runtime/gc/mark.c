/* The pool of mark work and what background marking pays for. Go runtime/mgcmark.go, mgcpacer.go. */
#include "runtime/gc/gc.h"
#include "runtime/sched/sysmon.h"
#include "runtime/sched/wake.h"

#define ENLIST_TRIES 5
#define CREDIT_FLUSH 2000 /* units: Go's workers publish what they have marked in such portions */

/* Asks some other P to give way, so that it finds itself a worker. */
static void ask_running(struct m *m)
{
    struct rt *rt = m->rt;
    uint32_t others = rt->set.gomaxprocs - 1;

    for (int i = 0; i < ENLIST_TRIES && others > 0; i++) {
        uint32_t id = (uint32_t)(schedule_draw(rt, DRAW_ENLIST) % others);

        id += id >= m->p->id;
        if (at_load(rt, &rt->allp[id].state) != P_RUNNING)
            continue;
        preempt_p(rt, &rt->allp[id]);
        return;
    }
}

/* There is work to share and a worker is wanting: an idle P is woken for it. Without one, dedicated workers
 * may still take the place of what runs (Go 1.26; before, idle Ps were left asleep). */
static void enlist(struct m *m, bool dedicated)
{
    struct rt *rt = m->rt;

    if (at_load(rt, &rt->n_idle_p) && !at_load(rt, &rt->n_spinning))
        wake_p(m);
    else if (dedicated)
        ask_running(m);
}

int64_t mark_take(struct m *m, int64_t max)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;

    if (!gc_marking(rt))
        return 0;
    lock(rt, &gc->lock);
    int64_t n = max < GC_MARK_CHUNK ? max : GC_MARK_CHUNK;

    if (n > gc->work)
        n = gc->work;
    gc->work -= n;
    gc->pacer.done += n;
    bool dedicated = gc->work > 0 && gc->slots.dedicated > 0;
    bool idle = worker_wants_idle(gc);

    unlock(rt, &gc->lock);
    if (dedicated || idle)
        enlist(m, dedicated);
    return n;
}

enum end mark_for(struct m *m, int64_t units)
{
    m->compute_ns = units * cost_ns[COST_MARK_UNIT] / MARK_BYTES;
    m->uncuttable = true;
    return COMPUTE;
}

/* gc->lock held. What is left of `bytes` when those who wait have been paid, in order. */
static int64_t pay_waiting(struct m *m, int64_t bytes)
{
    struct gc *gc = m->rt->gc;

    while (bytes > 0 && gc->assists.n) {
        struct g *g = g_list_pop(&gc->assists);

        if (bytes + g->assist < 0) { /* paid in part: to the back, so that a large debt stops nobody */
            g->assist += bytes;
            g_list_push_tail(&gc->assists, g);
            return 0;
        }
        bytes += g->assist;
        g->assist = 0;
        ready(m, g, TO_LOCAL_TAIL, LEAF_GC_WORKER); /* no borrowing of the worker's priority */
    }
    return bytes;
}

void mark_credit(struct m *m, int64_t work)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;

    if (work == 0 || !gc_marking(rt))
        return;
    lock(rt, &gc->lock);
    while (work > 0 && gc->assists.n) { /* by portions, or the first in the queue would get it all */
        int64_t n = work < CREDIT_FLUSH ? work : CREDIT_FLUSH;

        work -= n;
        gc->credit += pacer_work(&gc->pacer, pay_waiting(m, pacer_bytes(&gc->pacer, n)));
    }
    gc->credit += work;
    unlock(rt, &gc->lock);
}

/* Stopping the world (Go runtime/proc.go: stopTheWorldWithSema, startTheWorldWithSema). */
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/sysmon.h"
#include "runtime/sched/wake.h"
#include "runtime/trace/trace.h"

#define REQUEST_AGAIN 100000 /* every 100 us */

enum { STW_BEGIN, STW_QUEUED, STW_WAITING };

/* Whether g may stop the world now; otherwise it waits its turn, which is handed over. */
static bool take_turn(struct m *m, struct g *g, struct stw_op *op)
{
    struct rt *rt = m->rt;

    lock(rt, &rt->lock);
    if (!rt->stw_owner || rt->stw_owner == g) {
        rt->stw_owner = g;
        unlock(rt, &rt->lock);
        return true;
    }
    op->at = STW_QUEUED;
    g_list_push_tail(&rt->stw_queue, g);
    return false; /* the lock is released after g has left */
}

static void preempt_all(struct rt *rt, const struct m *but)
{
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++)
        if (&rt->allp[i] != but->p)
            preempt_p(rt, &rt->allp[i]);
}

/* Takes every P that can be taken without asking; the number left to wait for. */
static uint32_t take_ps(struct m *m)
{
    struct rt *rt = m->rt;
    struct p *p;

    lock(rt, &rt->lock);
    rt->stopper = m;
    at_store(rt, &rt->stop_wait, rt->set.gomaxprocs - 1);
    at_store(rt, &rt->stopping, 1u);
    preempt_all(rt, m);
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++) {
        p = &rt->allp[i];
        if (!p_try(m, p, P_SYSCALL, P_GCSTOP))
            continue;
        at_store(rt, &p->syscalltick, p->syscalltick + 1);
        at_add(rt, &rt->stop_wait, (uint32_t)-1);
    }
    while ((p = idle_p_get(rt))) {
        p_move(m, p, P_IDLE, P_GCSTOP);
        at_add(rt, &rt->stop_wait, (uint32_t)-1);
    }
    uint32_t left = at_load(rt, &rt->stop_wait);

    unlock(rt, &rt->lock);
    return left;
}

static enum end nap(struct m *m)
{
    m->nap_until = now(m) + REQUEST_AGAIN;
    return NAP;
}

enum end stw_stop(struct m *m, struct g *g, struct stw_op *op, enum stw_kind kind, enum leaf leaf)
{
    struct rt *rt = m->rt;

    if (op->at == STW_WAITING) {
        if (at_load(rt, &rt->stop_wait) == 0)
            return DONE;
        preempt_all(rt, m);
        return nap(m);
    }
    if (!take_turn(m, g, op))
        return park_on(m, BLOCK_SYNC, leaf, &rt->lock);
    trace_stw_begin(m, kind, leaf);
    charge(m, COST_STW, 1);
    op->at = STW_WAITING;
    return take_ps(m) == 0 ? DONE : nap(m);
}

/* Ps with work get an M each, the others go to the idle stack, the lowest id on top. */
static void release_ps(struct m *m)
{
    struct rt *rt = m->rt;
    struct p *busy = NULL;

    lock(rt, &rt->lock);
    at_store(rt, &rt->stopping, 0u);
    for (uint32_t i = rt->set.gomaxprocs; i-- > 0;) {
        struct p *p = &rt->allp[i];

        if (at_load(rt, &p->state) != P_GCSTOP)
            continue;
        p_move(m, p, P_GCSTOP, P_IDLE);
        if (runq_empty(rt, p)) {
            idle_p_put(rt, p);
        } else {
            p->idle_link = busy;
            busy = p;
        }
    }
    unlock(rt, &rt->lock);
    while (busy) {
        struct p *p = busy;

        busy = p->idle_link;
        p->idle_link = NULL;
        start_m(m, p, false);
    }
}

static void pass_turn(struct m *m)
{
    struct rt *rt = m->rt;

    lock(rt, &rt->lock);
    struct g *next = g_list_pop(&rt->stw_queue);

    rt->stw_owner = next;
    unlock(rt, &rt->lock);
    if (next)
        ready(m, next, TO_RUNNEXT, m->leaf);
}

/* While the others still stand, so that what the network brings is this P's. */
static void poll_once(struct m *m)
{
    struct rt *rt = m->rt;
    struct g_list list = {0};

    if (!at_load(rt, &rt->poll_waiters))
        return;
    charge(m, COST_POLL, 1);
    if (poll_take(rt, &list))
        inject(m, &list);
}

void stw_start(struct m *m, struct g *g, struct stw_op *op)
{
    (void)g;
    op->at = STW_BEGIN;
    poll_once(m);
    release_ps(m);
    sysmon_wake(m->rt);
    trace_stw_end(m);
    wake_p(m);
    pass_turn(m);
}

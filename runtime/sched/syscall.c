#include "runtime/sched/syscall.h"

#include "runtime/sched/find.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/sysmon.h"
#include "runtime/sched/wake.h"

/* The world is being stopped: p joins it at once. */
static void surrender(struct m *m, struct p *p)
{
    struct rt *rt = m->rt;

    lock(rt, &rt->lock);
    if (at_load(rt, &rt->stopping) && p_try(m, p, P_SYSCALL, P_GCSTOP)) {
        at_store(rt, &p->syscalltick, p->syscalltick + 1);
        if (at_add(rt, &rt->stop_wait, (uint32_t)-1) == 0)
            rt->ops->wake(rt->stopper);
    }
    unlock(rt, &rt->lock);
}

struct want syscall_enter(struct m *m, struct g *g)
{
    struct rt *rt = m->rt;
    struct p *p = m->p;

    charge(m, COST_SYSCALL, 1);
    g_move(m, g, G_RUNNING, G_SYSCALL);
    m->call_p = p;
    m->call_tick = p->syscalltick;
    m->at = M_CALLED;
    p_move(m, p, P_RUNNING, P_SYSCALL);
    if (at_load(rt, &rt->sysmon_waits))
        sysmon_wake(rt);
    if (at_load(rt, &rt->stopping))
        surrender(m, p);
    return (struct want){.kind = WANT_CALL, .call = m->call};
}

/* Whether m has its old P again: `kept`, its own still, or out of the call of another M. */
static bool reclaim(struct m *m, bool *kept)
{
    struct p *old = m->call_p;

    *kept = false;
    if (!p_try(m, old, P_SYSCALL, P_RUNNING))
        return false;
    *kept = old->syscalltick == m->call_tick;
    /* For the end of this call, and for the taking. */
    at_store(m->rt, &old->syscalltick, old->syscalltick + (*kept ? 1 : 2));
    return true;
}

/* Whether m gets an idle P; otherwise g waits in the global queue: in one go, or a P that goes idle between
 * the two would miss it. */
static bool find_p(struct m *m, struct g *g)
{
    struct rt *rt = m->rt;

    lock(rt, &rt->lock);
    struct p *p = idle_p_get(rt);

    if (!p) {
        g_move(m, g, G_SYSCALL, G_RUNNABLE);
        global_push(rt, g);
    }
    unlock(rt, &rt->lock);
    if (!p)
        return false;
    if (at_load(rt, &rt->sysmon_waits)) /* it watches nobody while all Ps are idle */
        sysmon_wake(rt);
    p_move(m, p, P_IDLE, P_RUNNING);
    at_store(rt, &p->syscalltick, p->syscalltick + 1);
    return true;
}

struct want syscall_exit(struct m *m)
{
    struct g *g = m->g;
    bool kept;
    bool reclaimed = reclaim(m, &kept);

    m->at = M_TOP;
    m->call_p = NULL;
    if (!reclaimed && !find_p(m, g))
        return stop_m(m);
    if (kept) {
        g_move(m, g, G_SYSCALL, G_RUNNING);
    } else {
        g_move(m, g, G_SYSCALL, G_RUNNABLE);
        g_move(m, g, G_RUNNABLE, G_RUNNING);
    }
    m->resumed = true;
    return (struct want){.kind = WANT_COMPUTE};
}

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
    if (at_load(rt, &rt->stopping) && at_load(rt, &p->state) == P_SYSCALL) {
        p_move(m, p, P_SYSCALL, P_GCSTOP);
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
    m->at = M_CALLED;
    p_move(m, p, P_RUNNING, P_SYSCALL);
    if (at_load(rt, &rt->sysmon_waits))
        sysmon_wake(rt);
    if (at_load(rt, &rt->stopping))
        surrender(m, p);
    return (struct want){.kind = WANT_CALL, .call = m->call};
}

/* Whether m gets a P other than by keeping its own: its old one out of another M's system call, or any
 * idle one. */
static bool find_p(struct m *m, struct p *old)
{
    struct rt *rt = m->rt;

    if (!at_load(rt, &rt->stopping) && at_load(rt, &old->state) == P_SYSCALL) {
        p_move(m, old, P_SYSCALL, P_IDLE);
        at_store(rt, &old->syscalltick, old->syscalltick + 1);
        p_move(m, old, P_IDLE, P_RUNNING);
        return true;
    }
    struct p *p = idle_p_take(rt, false);

    if (!p)
        return false;
    p_move(m, p, P_IDLE, P_RUNNING);
    return true;
}

struct want syscall_exit(struct m *m)
{
    struct rt *rt = m->rt;
    struct p *old = m->call_p;
    struct g *g = m->g;

    m->at = M_TOP;
    m->call_p = NULL;
    m->resumed = true;
    if (at_load(rt, &old->m) == m && at_load(rt, &old->state) == P_SYSCALL) {
        p_move(m, old, P_SYSCALL, P_RUNNING);
        at_store(rt, &old->syscalltick, old->syscalltick + 1);
        g_move(m, g, G_SYSCALL, G_RUNNING);
        return (struct want){.kind = WANT_COMPUTE};
    }
    bool found = find_p(m, old);

    g_move(m, g, G_SYSCALL, G_RUNNABLE);
    if (found) {
        at_store(rt, &m->p->syscalltick, m->p->syscalltick + 1);
        g_move(m, g, G_RUNNABLE, G_RUNNING);
        return (struct want){.kind = WANT_COMPUTE};
    }
    m->resumed = false;
    global_put(m, g);
    return stop_m(m);
}

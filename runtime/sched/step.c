/* One step of an M: a scheduling round, or one operation of its goroutine. */
#include "base/rng.h"
#include "runtime/detect/detect.h"
#include "runtime/gc/hooks.h"
#include "runtime/sched/find.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/spawn.h"
#include "runtime/sched/syscall.h"
#include "runtime/sched/sysmon.h"
#include "runtime/sched/wake.h"

static const struct want again = {.kind = WANT_COMPUTE};

/* g has enqueued itself somewhere and leaves; only after the unlock may a waker see it. */
static struct want park(struct m *m, struct g *g)
{
    struct rt_lock *held = m->unlock;

    charge(m, COST_PARK, 1);
    m->unlock = NULL;
    g_move(m, g, G_RUNNING, G_WAITING);
    if (held)
        unlock(m->rt, held);
    return again;
}

static struct want give_way(struct m *m, struct g *g, bool local)
{
    charge(m, COST_PARK, 1);
    g_move(m, g, G_RUNNING, G_RUNNABLE);
    if (local) { /* a hand-off, which woke somebody already (Go: goyield) */
        runq_put(m, g, false);
    } else {
        global_put(m, g);
        wake_p(m);
    }
    return again;
}

/* g's time slice is over, or the world is being stopped. */
static bool preempted(struct m *m, struct g *g, struct want *want)
{
    if (at_load(m->rt, &m->rt->stopping) && m->rt->stopper == m)
        return false; /* it holds the world: Go disables preemption there */
    if (g->kind->keep_running && g->kind->keep_running(m, g))
        return false;
    m->reason = STOP_PREEMPTED;
    m->leaf = LEAF_ASYNC_PREEMPT;
    g->ran = m->ran;
    charge(m, COST_PARK, 1);
    if (at_load(m->rt, &m->rt->stopping)) { /* resumes right after the stop */
        g_move(m, g, G_RUNNING, G_RUNNABLE);
        runq_put(m, g, true);
        *want = again;
    } else {
        *want = give_way(m, g, false);
    }
    return true;
}

/* Adversarial schedules: at a few random steps the running goroutine gives way and falls behind all
 * others (the change points of probabilistic concurrency testing). */
#define CHANGE_ONE_IN 512

static void maybe_change_priority(struct m *m, struct g *g)
{
    uint64_t bits = schedule_draw(m->rt, DRAW_CHANGE);

    if (bits % CHANGE_ONE_IN == 0 && !g->kind->system) {
        g->priority = (uint32_t)(bits >> 48);
        at_store(m->rt, &m->preempt, 1u);
    }
}

/* ... and the thread of a goroutine that has just been put on it may lose its CPU for a while, as on a
 * machine that others use too: who relies on somebody being quick enough, and on nothing else, is found out. */
#define STALL_ONE_IN 64

static void maybe_stall(struct m *m, struct g *g)
{
    uint64_t bits = schedule_draw(m->rt, DRAW_STALL);

    if (bits % STALL_ONE_IN == 0 && !g->kind->system)
        m->cost += rng_uniform(bits, OS_STALL_MIN, OS_STALL_MAX);
}

static struct want end_g(struct m *m, struct g *g)
{
    if (g == m->rt->main) {
        sched_finish(m->rt, END_RETURNED);
        return (struct want){.kind = WANT_GONE};
    }
    gc_goroutine_exit(m, g);
    g_move(m, g, G_RUNNING, G_DEAD);
    hb_death(m->rt, g);
    g_release(m, g);
    return again;
}

static struct want run_g(struct m *m, struct g *g)
{
    struct rt *rt = m->rt;
    struct want want = again;

    if (m->resumed) {
        m->resumed = false;
        m->ran = g->ran;
        g->ran = 0;
        if (rt->set.adversarial)
            maybe_stall(m, g);
    } else if (rt->set.adversarial) {
        maybe_change_priority(m, g);
    }
    if (at_load(rt, &m->preempt)) {
        at_store(rt, &m->preempt, 0u);
        if (preempted(m, g, &want))
            return want;
    }
    switch (g->kind->run(m, g)) {
    case DONE:
    case AGAIN:
        return again;
    case COMPUTE:
        return (struct want){.kind = WANT_COMPUTE, .ns = m->compute_ns, .uncuttable = m->uncuttable};
    case PARK:
        return park(m, g);
    case YIELD:
        return give_way(m, g, m->yield_local);
    case CALL:
        return syscall_enter(m, g);
    case NAP:
        return (struct want){.kind = WANT_WAIT, .deadline = m->nap_until};
    case PANIC:
        uncaught_panic(m);
        break;
    case EXIT:
        if (at_load(rt, &rt->ended))
            break;
        return end_g(m, g);
    }
    return (struct want){.kind = WANT_GONE};
}

/* m sleeps without a P. Whether it has been given one; if not, what woke it was a token that came too late
 * for the sleep before. */
static bool take_next_p(struct m *m)
{
    struct rt *rt = m->rt;

    lock(rt, &rt->lock);
    struct p *p = m->next_p;

    m->next_p = NULL;
    unlock(rt, &rt->lock);
    if (!p)
        return false;
    p_move(m, p, P_IDLE, P_RUNNING);
    m->at = M_TOP;
    return true;
}

struct want sched_step(struct m *m)
{
    m->counts.steps++;
    m->cost = cost_ns[COST_STEP];
    if (at_load(m->rt, &m->rt->ended))
        return (struct want){.kind = WANT_GONE};
    if (m->is_sysmon)
        return sysmon_step(m);
    if (m->at == M_CALLED)
        return syscall_exit(m);
    if (m->g)
        return run_g(m, m->g);
    if (m->at == M_STOPPED && !take_next_p(m))
        return (struct want){.kind = WANT_WAIT, .deadline = NEVER};
    return find_work(m);
}

#include "runtime/sched/sysmon.h"

#include "runtime/gc/hooks.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/wake.h"

#define NAP_MIN 20000             /* 20 us while productive */
#define NAP_MAX 10000000          /* 10 ms */
#define IDLE_ROUNDS 50            /* unproductive rounds before the nap doubles each time */
#define DEEP_SLEEP 60000000000    /* half the forced-GC period */
#define POLL_OVERDUE 10000000     /* poll the network if nobody did for more than 10 ms */
#define CALL_GRACE 10000000       /* a call on an idle machine keeps its P that long */

void sysmon_wake(struct rt *rt)
{
    if (at_cas(rt, &rt->sysmon_waits, 1u, 0u))
        rt->ops->wake(rt->sysmon);
}

void preempt_p(struct rt *rt, struct p *p)
{
    struct m *m = at_load(rt, &p->m);

    if (!m || at_load(rt, &p->state) != P_RUNNING) /* nothing runs in a system call */
        return;
    at_store(rt, &m->preempt, 1u);
    rt->ops->preempt(m);
}

/* Whether p's slice is over; asks its goroutine to give way. */
static bool check_slice(struct m *m, struct p *p)
{
    uint32_t tick = at_load(m->rt, &p->schedtick);

    if (p->seen.schedtick != tick) {
        p->seen.schedtick = tick;
        p->seen.sched_when = now(m);
        return false;
    }
    if (p->seen.sched_when + TIME_SLICE > now(m))
        return false;
    preempt_p(m->rt, p);
    return true;
}

/* Takes p out of a system call if it is time; whether it did. */
static bool take_p(struct m *m, struct p *p, bool slice_over)
{
    struct rt *rt = m->rt;
    uint32_t tick = at_load(rt, &p->syscalltick);

    if (!slice_over && p->seen.syscalltick != tick) {
        p->seen.syscalltick = tick;
        p->seen.syscall_when = now(m);
        return false;
    }
    if (runq_empty(rt, p) && at_load(rt, &rt->n_spinning) + at_load(rt, &rt->n_idle_p) > 0 &&
        p->seen.syscall_when + CALL_GRACE > now(m))
        return false;
    if (!p_try(m, p, P_SYSCALL, P_IDLE))
        return false;
    at_store(rt, &p->syscalltick, p->syscalltick + 1); /* not `tick`: it may be another call by now */
    hand_off(m, p);
    return true;
}

static bool retake(struct m *m)
{
    struct rt *rt = m->rt;
    bool took = false;

    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++) {
        struct p *p = &rt->allp[i];
        uint32_t state = at_load(rt, &p->state);

        if (state != P_RUNNING && state != P_SYSCALL)
            continue;
        bool slice_over = check_slice(m, p);

        if (state == P_SYSCALL)
            took |= take_p(m, p, slice_over);
    }
    return took;
}

static void poll_overdue(struct m *m)
{
    struct rt *rt = m->rt;
    int64_t last = at_load(rt, &rt->last_poll);
    struct g_list list = {0};

    if (last == 0 || last + POLL_OVERDUE >= now(m) || !at_cas(rt, &rt->last_poll, last, now(m)))
        return;
    charge(m, COST_POLL, 1);
    if (poll_take(rt, &list))
        inject(m, &list);
}

/* All Ps idle, or the world stopped: sleep until a system call begins or a timer is due. */
static bool deep_sleep(struct m *m, struct want *want)
{
    struct rt *rt = m->rt;
    int64_t next = NEVER;
    bool may;

    lock(rt, &rt->lock);
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++) {
        int64_t first = at_load(rt, &rt->allp[i].first_timer);

        next = first < next ? first : next;
    }
    may = (at_load(rt, &rt->stopping) || at_load(rt, &rt->n_idle_p) == rt->set.gomaxprocs) &&
          next > now(m);
    if (may) {
        int64_t most = now(m) + DEEP_SLEEP;

        at_store(rt, &rt->sysmon_waits, 1u);
        *want = (struct want){.kind = WANT_WAIT, .deadline = next < most ? next : most};
    }
    unlock(rt, &rt->lock);
    return may;
}

/* Its M is M_STOPPED while it sleeps deeply. */
struct want sysmon_step(struct m *m)
{
    struct want want;

    charge(m, COST_SYSMON, 1);
    if (m->at == M_STOPPED) {
        m->at = M_TOP;
        at_store(m->rt, &m->rt->sysmon_waits, 0u);
        if (m->woken)
            m->monitor.idle_rounds = 0;
    } else if (deep_sleep(m, &want)) {
        m->at = M_STOPPED;
        return want;
    }
    poll_overdue(m);
    m->monitor.idle_rounds = retake(m) ? 0 : m->monitor.idle_rounds + 1;
    gc_force(m);
    if (m->monitor.idle_rounds <= IDLE_ROUNDS)
        m->monitor.nap = NAP_MIN;
    else
        m->monitor.nap = 2 * m->monitor.nap < NAP_MAX ? 2 * m->monitor.nap : NAP_MAX;
    return (struct want){.kind = WANT_WAIT, .deadline = now(m) + m->monitor.nap};
}

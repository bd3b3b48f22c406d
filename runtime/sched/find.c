/* The numbers in the comments are the steps of a scheduling round in the order that Go takes them. Left
 * out on purpose: 3 (the trace reader goroutine: the tracer must not be a scheduling entity, or recording
 * would change the schedule), 6 (finalizers and cleanups: workloads have none) and the safe-point callbacks
 * of 1 (what they would flush is flushed while the world is stopped). */
#include "runtime/sched/find.h"

#include "base/rng.h"
#include "runtime/gc/hooks.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/wake.h"

#define GLOBAL_TICK 61     /* Go: every 61st round looks at the global queue first */
#define STEAL_ROUNDS 4
#define STEAL_PAUSE 3000   /* ns; gives a victim the chance to run its own runnext */

static struct want compute(void)
{
    return (struct want){.kind = WANT_COMPUTE};
}

void execute(struct m *m, struct g *g, bool inherit)
{
    if (m->spinning) {
        spin_end(m);
        wake_p(m);
    }
    if (!inherit)
        at_store(m->rt, &m->p->schedtick, m->p->schedtick + 1);
    charge(m, COST_SCHEDULE, 1);
    at_store(m->rt, &m->preempt, 0u);
    g_move(m, g, G_RUNNABLE, G_RUNNING);
    m->resumed = true;
}

/* A goroutine that was waiting and that nobody readied: from the poller, or a GC worker. */
static struct want execute_waiting(struct m *m, struct g *g)
{
    m->leaf = LEAF_NONE;
    g_move(m, g, G_WAITING, G_RUNNABLE);
    execute(m, g, false);
    return compute();
}

struct want stop_m(struct m *m)
{
    struct rt *rt = m->rt;

    charge(m, COST_STOP_THREAD, 1);
    lock(rt, &rt->lock);
    m->at = M_STOPPED;
    idle_m_put(rt, m);
    unlock(rt, &rt->lock);
    return (struct want){.kind = WANT_WAIT, .deadline = NEVER};
}

struct want stop_p(struct m *m)
{
    struct rt *rt = m->rt;

    if (m->spinning)
        spin_end(m);
    lock(rt, &rt->lock);
    p_move(m, m->p, P_RUNNING, P_GCSTOP);
    if (at_add(rt, &rt->stop_wait, (uint32_t)-1) == 0)
        rt->ops->wake(rt->stopper);
    unlock(rt, &rt->lock);
    return stop_m(m);
}

/* 5, 7, 8: the queues of this P and the global one. */
static bool find_queued(struct m *m)
{
    struct rt *rt = m->rt;
    bool inherit = false;
    struct g *g = NULL;

    if (m->p->schedtick % GLOBAL_TICK == 0)
        g = global_get(m, false);
    if (!g)
        g = runq_get(m, &inherit);
    if (!g && at_load(rt, &rt->n_global))
        g = global_get(m, true);
    if (g)
        execute(m, g, inherit);
    return g != NULL;
}

/* 9: the poller, without blocking, unless an M already blocks in it. */
static bool find_polled(struct m *m, struct want *want)
{
    struct rt *rt = m->rt;
    struct g_list list = {0};

    if (at_load(rt, &rt->poll_waiters) == 0 || at_load(rt, &rt->last_poll) == 0)
        return false;
    charge(m, COST_POLL, 1);
    if (poll_take(rt, &list) == 0)
        return false;
    struct g *g = g_list_pop(&list);

    inject(m, &list);
    *want = execute_waiting(m, g);
    return true;
}

/* ---- 10: stealing. The order of victims: a start and a step coprime with GOMAXPROCS, from one draw. */

static void steal_order(struct m *m)
{
    struct rt *rt = m->rt;
    uint64_t bits = schedule_draw(rt, DRAW_STEAL);

    m->steal.stride = rt->coprimes[(bits >> 32) % rt->n_coprimes];
    m->steal.pos = (uint32_t)bits % rt->set.gomaxprocs;
    m->steal.left = rt->set.gomaxprocs;
}

enum stolen { STOLE_NOTHING, STOLE_G, STOLE_PAUSE, STOLE_RAN_TIMERS, STOLE_STOP };

/* Takes the victim's runnext if it still is `next`. */
static enum stolen take_next(struct m *m, struct p *victim, struct g *next)
{
    if (!runq_take_next(m->rt, victim, next))
        return STOLE_NOTHING;
    execute(m, next, false);
    return STOLE_G;
}

/* The last round takes a runnext too, but gives a running victim the time to run it itself: it has most
 * likely just been readied by a goroutine that is about to block. */
static enum stolen rob(struct m *m, struct p *victim, bool last_round)
{
    struct rt *rt = m->rt;
    struct g *g = runq_steal(m, victim);

    if (g) {
        execute(m, g, false);
        return STOLE_G;
    }
    g = last_round ? at_load(rt, &victim->runnext) : NULL;
    if (!g)
        return STOLE_NOTHING;
    if (at_load(rt, &victim->state) != P_RUNNING)
        return take_next(m, victim, g);
    m->steal.next = g;
    return STOLE_PAUSE;
}

/* After the pause: if the victim has run what was in its runnext, it begins anew with this victim. */
static enum stolen rob_after_pause(struct m *m, struct p *victim)
{
    enum stolen what = take_next(m, victim, m->steal.next);

    return what == STOLE_NOTHING ? rob(m, victim, true) : what;
}

static enum stolen steal_from(struct m *m, struct p *victim, bool last_round)
{
    bool ran = last_round && timers_run(m, victim);
    enum stolen what = STOLE_NOTHING;

    if (ran) {
        bool inherit;
        struct g *own = runq_get(m, &inherit);

        if (own) {
            execute(m, own, inherit);
            return STOLE_G;
        }
    }
    if (!at_load(m->rt, &victim->is_idle))
        what = rob(m, victim, last_round);
    return what == STOLE_NOTHING && ran ? STOLE_RAN_TIMERS : what;
}

/* The rounds before the last take from rings only. If all rings are empty, going round is for nothing: it
 * costs what it would, and is not done. */
static void pass_empty_rings(struct m *m)
{
    struct rt *rt = m->rt;
    uint32_t busy = 0;

    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++) {
        struct p *victim = &rt->allp[i];

        if (victim == m->p || at_load(rt, &victim->is_idle))
            continue;
        if (runq_len(rt, victim))
            return;
        busy++;
    }
    charge(m, COST_STEAL, busy * (STEAL_ROUNDS - 1));
    m->steal.round = STEAL_ROUNDS - 1;
}

/* Goes on at m->steal; `paused` if it has just waited for the victim there. */
static enum stolen steal(struct m *m, bool paused)
{
    struct rt *rt = m->rt;
    bool ran = false;

    if (m->steal.round == 0 && m->steal.left == 0)
        pass_empty_rings(m);
    for (; m->steal.round < STEAL_ROUNDS; m->steal.round++) {
        if (m->steal.left == 0)
            steal_order(m);
        while (m->steal.left > 0) {
            struct p *victim = &rt->allp[m->steal.pos];
            enum stolen what = STOLE_NOTHING;

            if (at_load(rt, &rt->stopping))
                return STOLE_STOP;
            if (paused)
                what = rob_after_pause(m, victim);
            else if (victim != m->p)
                what = steal_from(m, victim, m->steal.round == STEAL_ROUNDS - 1);
            paused = false;
            if (what == STOLE_G || what == STOLE_PAUSE)
                return what;
            ran |= what == STOLE_RAN_TIMERS;
            m->steal.pos = (m->steal.pos + m->steal.stride) % rt->set.gomaxprocs;
            m->steal.left--;
        }
    }
    return ran ? STOLE_RAN_TIMERS : STOLE_NOTHING;
}

/* 13, 14: the earliest deadline of the timers of all Ps. */
static int64_t earliest_timer(struct rt *rt)
{
    int64_t when = NEVER;

    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++) {
        int64_t first = at_load(rt, &rt->allp[i].first_timer);

        if (first < when)
            when = first;
    }
    return when;
}

/* 12: gives up the P unless something came up meanwhile. False: look again. */
static bool release_p(struct m *m)
{
    struct rt *rt = m->rt;

    lock(rt, &rt->lock);
    bool again = at_load(rt, &rt->stopping) || rt->global.n > 0;

    if (!again && !m->spinning && at_load(rt, &rt->need_spinning)) {
        spin_begin(m);
        again = true;
    }
    if (!again) {
        struct p *p = m->p;

        p_move(m, p, P_RUNNING, P_IDLE);
        idle_p_put(rt, p);
    }
    unlock(rt, &rt->lock);
    return !again;
}

static bool work_anywhere(struct rt *rt)
{
    if (at_load(rt, &rt->n_global))
        return true;
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++)
        if (!at_load(rt, &rt->allp[i].is_idle) && !runq_empty(rt, &rt->allp[i]))
            return true;
    return gc_idle_work(rt);
}

/* 13: a spinner that goes to sleep first stops being one and only then looks once more: whoever
 * publishes work either sees no spinner and wakes an M, or publishes before this look. True: it has a P
 * again. */
static bool look_once_more(struct m *m)
{
    struct rt *rt = m->rt;

    spin_end(m);
    if (!work_anywhere(rt))
        return false;
    struct p *p = idle_p_take(rt, true);

    if (!p)
        return false;
    p_move(m, p, P_IDLE, P_RUNNING);
    spin_begin(m);
    return true;
}

/* epoll waits in milliseconds: below one it rounds up, above it truncates. */
static int64_t poll_deadline(int64_t at, int64_t until)
{
    const int64_t ms = 1000000;

    if (until == NEVER)
        return NEVER;
    if (until <= at)
        return at;
    return until - at < ms ? at + ms : at + (until - at) / ms * ms;
}

/* 14, 15, 16: m has no P. Block in the poller if nobody does, or sleep. */
static struct want idle(struct m *m, bool was_spinning, int64_t until)
{
    struct rt *rt = m->rt;

    if ((at_load(rt, &rt->poll_waiters) || until != NEVER) && at_xchg(rt, &rt->last_poll, (int64_t)0)) {
        at_store(rt, &rt->poll_until, until == NEVER ? (int64_t)0 : until);
        m->was_spinning = was_spinning;
        m->at = M_POLLED;
        charge(m, COST_POLL, 1);
        return (struct want){.kind = WANT_POLL, .deadline = poll_deadline(now(m), until)};
    }
    if (until != NEVER)
        poll_tell(m, until);
    return stop_m(m);
}

/* 14, afterwards. */
static bool polled(struct m *m, struct want *want)
{
    struct rt *rt = m->rt;
    struct g_list list = {0};

    m->at = M_TOP;
    at_store(rt, &rt->poll_until, (int64_t)0);
    at_store(rt, &rt->last_poll, now(m) ? now(m) : 1);
    poll_take(rt, &list);
    struct p *p = idle_p_take(rt, false);

    if (!p) {
        inject(m, &list);
        *want = stop_m(m);
        return true;
    }
    p_move(m, p, P_IDLE, P_RUNNING);
    struct g *g = g_list_pop(&list);

    if (g) {
        inject(m, &list);
        *want = execute_waiting(m, g);
        return true;
    }
    if (m->was_spinning)
        spin_begin(m);
    return false;
}

/* 1 to 9 and 11. */
static bool find_here(struct m *m, struct want *want)
{
    struct g *g;

    *want = compute();
    timers_run(m, m->p);
    g = gc_find_worker(m);
    if (g) {
        *want = execute_waiting(m, g);
        wake_p(m); /* a P was just taken from ordinary work */
        return true;
    }
    return find_queued(m) || find_polled(m, want);
}

static bool may_spin(struct m *m)
{
    struct rt *rt = m->rt;

    return m->spinning ||
           2 * at_load(rt, &rt->n_spinning) < rt->set.gomaxprocs - at_load(rt, &rt->n_idle_p);
}

/* 10, from its beginning or (`paused`) from where it paused. True: *want is the answer. */
static bool find_elsewhere(struct m *m, bool paused, bool *again, struct want *want)
{
    *again = false;
    switch (steal(m, paused)) {
    case STOLE_G:
        *want = compute();
        return true;
    case STOLE_PAUSE:
        m->at = M_STEAL_PAUSED;
        *want = (struct want){.kind = WANT_WAIT, .deadline = now(m) + STEAL_PAUSE};
        return true;
    case STOLE_STOP:
    case STOLE_RAN_TIMERS:
        *again = true;
        return false;
    default:
        return false;
    }
}

/* 12 to 16: nothing to do. */
static struct want give_up(struct m *m)
{
    bool was_spinning = m->spinning;
    int64_t until = at_load(m->rt, &m->p->first_timer);

    if (!release_p(m))
        return compute();
    if (was_spinning) {
        if (look_once_more(m))
            return compute();
        until = earliest_timer(m->rt);
    }
    return idle(m, was_spinning, until);
}

/* "Look again" is a step of its own: in virtual time looking costs time, or two looks at the same instant
 * would see the same for ever. */
struct want find_work(struct m *m)
{
    bool paused = m->at == M_STEAL_PAUSED;
    bool again = false;
    struct want want;

    if (m->at == M_POLLED && polled(m, &want))
        return want;
    m->at = M_TOP;
    if (at_load(m->rt, &m->rt->stopping))
        return stop_p(m);
    if (!paused && find_here(m, &want))
        return want;
    if (paused || may_spin(m)) {
        if (!m->spinning)
            spin_begin(m);
        if (!paused)
            m->steal.round = m->steal.left = 0;
        charge(m, COST_FIND, 1);
        if (find_elsewhere(m, paused, &again, &want))
            return want;
    }
    if (again)
        return compute();
    struct g *worker = gc_find_idle_worker(m);

    return worker ? execute_waiting(m, worker) : give_up(m);
}

/* sync.Mutex by Go's algorithm (internal/sync/mutex.go).
 *
 * Normal mode: whoever finds the mutex free takes it. Others spin a little, then queue on a semaphore
 * with the mutex; an unlock wakes at most one of them and none while one is awake, and that one competes
 * with newcomers. Starvation mode: begun by a waiter that lost again after waiting more than 1 ms; unlock
 * then hands the mutex over to the first in the queue and newcomers only queue. It ends with a waiter
 * that was the last one or waited less than 1 ms.
 *
 * The phases of a lock operation:
 *
 *     COMPETE --taken--> done         QUEUE --permit--> AWAKE --handed over--> done
 *        |  ^                           |  ^              |
 *        |  +-- spins (AGAIN)    parks  v  | no permit    | normal mode
 *        +-- counted as waiter --> QUEUE   PARKED         +--> COMPETE
 */
#include "runtime/sched/runq.h"
#include "runtime/sync/wait.h"

#define STARVED_AFTER 1000000 /* ns from the first sleep */
#define SPIN_ROUNDS   4

enum { LOCK_COMPETE, LOCK_QUEUE, LOCK_PARKED, LOCK_AWAKE };
enum { UNLOCK_START, UNLOCK_YIELDED };

void mutex_init(struct mutex *mu)
{
    *mu = (struct mutex){.h = {.refs = 1}};
}

void mutex_fini(struct rt *rt, struct mutex *mu)
{
    hb_reset(rt, &mu->place.hb);
}

/* The mutex is g's. */
static void take(struct m *m, struct g *g, struct mutex *mu)
{
    at_store(m->rt, &mu->holder, g->id);
    hb_place_take(m->rt, g, &mu->place);
    detect_hold(m->rt, g, mu->number);
}

/* Spinning helps only while the holder can run elsewhere, on a CPU and a P of its own, and this P has
 * nothing better to do. */
static bool may_spin(struct m *m, uint32_t rounds)
{
    struct rt *rt = m->rt;

    if (rounds >= SPIN_ROUNDS || rt->set.cpus <= 1)
        return false;
    uint32_t idle = at_load(rt, &rt->n_idle_p);
    uint32_t spinning = at_load(rt, &rt->n_spinning);

    return rt->set.gomaxprocs > idle + spinning + 1 && runq_empty(rt, m->p);
}

static void spin(struct m *m, struct mutex *mu, struct mutex_op *op, uint32_t state)
{
    if (!op->woken && !(state & MUTEX_WOKEN) && state >= MUTEX_WAITER &&
        at_cas(m->rt, &mu->state, state, state | MUTEX_WOKEN))
        op->woken = true;
    op->spins++;
    charge(m, COST_SPIN, 1);
}

/* What this goroutine wants to make of the state: locked, or one waiter more. */
static uint32_t wish(const struct mutex_op *op, uint32_t state)
{
    uint32_t next = state;

    if (!(state & MUTEX_STARVING))
        next |= MUTEX_LOCKED;
    if (state & (MUTEX_LOCKED | MUTEX_STARVING))
        next += MUTEX_WAITER;
    if (op->starving && (state & MUTEX_LOCKED))
        next |= MUTEX_STARVING;
    if (op->woken) /* either it takes the mutex or it goes to sleep */
        next &= ~MUTEX_WOKEN;
    return next;
}

/* DONE: the mutex is taken. AGAIN: a round was spun. PARK: g is counted among the waiters. */
static enum end compete(struct m *m, struct mutex *mu, struct mutex_op *op)
{
    struct rt *rt = m->rt;

    for (;;) {
        uint32_t state = at_load(rt, &mu->state);

        if ((state & (MUTEX_LOCKED | MUTEX_STARVING)) == MUTEX_LOCKED && may_spin(m, op->spins)) {
            spin(m, mu, op, state);
            return AGAIN;
        }
        if (at_cas(rt, &mu->state, state, wish(op, state)))
            return state & (MUTEX_LOCKED | MUTEX_STARVING) ? PARK : DONE;
    }
}

/* g counts as a waiter from now on. Who has waited before queues at the front. */
static void begin_wait(struct m *m, const struct g *g, const struct mutex *mu, struct mutex_op *op)
{
    op->front = op->slept;
    if (op->slept)
        return;
    op->slept = true;
    op->since = now(m);
    wait_told(m, g, mu->number, at_load(m->rt, &mu->holder));
}

/* Whether there was a permit; otherwise g is in the queue and mu->lock stays held. */
static bool take_permit(struct m *m, struct g *g, struct mutex *mu, const struct mutex_op *op)
{
    struct rt *rt = m->rt;

    lock(rt, &mu->lock);
    if (mu->sema > 0) {
        mu->sema--;
        unlock(rt, &mu->lock);
        return true;
    }
    struct waiter *w = wait_begin(g, mu);

    if (op->front)
        waitq_push_front(&mu->waiters, w);
    else
        waitq_push(&mu->waiters, w);
    return false;
}

/* g was woken. Whether the mutex came with it. */
static bool handed_over(struct m *m, struct mutex *mu, struct mutex_op *op)
{
    struct rt *rt = m->rt;
    uint32_t state = at_load(rt, &mu->state);

    op->starving |= now(m) - op->since > STARVED_AFTER;
    if (!(state & MUTEX_STARVING)) {
        op->woken = true; /* the waker set the bit for us */
        op->spins = 0;
        return false;
    }
    uint32_t change = MUTEX_LOCKED - MUTEX_WAITER;

    if (!op->starving || state / MUTEX_WAITER == 1)
        change -= MUTEX_STARVING;
    at_add(rt, &mu->state, change);
    return true;
}

enum end mutex_lock(struct m *m, struct g *g, struct mutex *mu, struct mutex_op *op, enum leaf leaf)
{
    enum end end;

    charge(m, COST_LOCK, 1);
    for (;;) {
        switch (op->at) {
        case LOCK_COMPETE:
            end = compete(m, mu, op);
            if (end == DONE)
                take(m, g, mu);
            if (end != PARK)
                return end;
            begin_wait(m, g, mu, op);
            op->at = LOCK_QUEUE;
            break;
        case LOCK_QUEUE:
            if (!take_permit(m, g, mu, op)) {
                op->at = LOCK_PARKED;
                return park_on(m, BLOCK_SYNC, leaf, &mu->lock);
            }
            op->at = LOCK_AWAKE;
            break;
        case LOCK_PARKED: /* readied: with the permit, or to compete for it */
            wait_end(g);
            op->at = g->waiter.handoff ? LOCK_AWAKE : LOCK_QUEUE;
            break;
        case LOCK_AWAKE:
            if (handed_over(m, mu, op)) {
                take(m, g, mu);
                return DONE;
            }
            op->at = LOCK_COMPETE;
            break;
        }
    }
}

bool mutex_trylock(struct m *m, struct g *g, struct mutex *mu)
{
    struct rt *rt = m->rt;
    uint32_t state = at_load(rt, &mu->state);

    charge(m, COST_LOCK, 1);
    if ((state & (MUTEX_LOCKED | MUTEX_STARVING)) || !at_cas(rt, &mu->state, state, state | MUTEX_LOCKED))
        return false;
    take(m, g, mu);
    return true;
}

/* A permit for the first waiter; with `handoff` it need not compete for it. Whether somebody got it so. */
static bool give_permit(struct m *m, struct mutex *mu, bool handoff, enum leaf leaf)
{
    struct rt *rt = m->rt;

    lock(rt, &mu->lock);
    struct waiter *w = waitq_pop(&mu->waiters);

    if (w && handoff)
        w->handoff = true;
    else
        mu->sema++;
    unlock(rt, &mu->lock);
    if (!w)
        return false;
    ready(m, w->g, TO_RUNNEXT, leaf);
    return handoff;
}

/* Normal mode: wakes one waiter, unless there is none or somebody else is up already. */
static void wake_one(struct m *m, struct mutex *mu, enum leaf leaf)
{
    struct rt *rt = m->rt;

    for (;;) {
        uint32_t state = at_load(rt, &mu->state);

        if (state < MUTEX_WAITER || (state & (MUTEX_LOCKED | MUTEX_WOKEN | MUTEX_STARVING)))
            return;
        if (at_cas(rt, &mu->state, state, (state - MUTEX_WAITER) | MUTEX_WOKEN))
            break;
    }
    give_permit(m, mu, false, leaf);
}

enum end mutex_unlock_by(struct m *m, struct g *g, struct mutex *mu, struct mutex_op *op, enum leaf leaf)
{
    struct rt *rt = m->rt;

    if (op->at == UNLOCK_YIELDED)
        return DONE;
    charge(m, COST_LOCK, 1);
    hb_release(rt, g, &mu->place.hb);
    detect_unhold(rt, g, mu->number);
    at_store(rt, &mu->holder, (uint64_t)0);
    uint32_t state = at_add(rt, &mu->state, -MUTEX_LOCKED);

    if (!((state + MUTEX_LOCKED) & MUTEX_LOCKED))
        return fatal(m, "sync: unlock of unlocked mutex");
    if (!(state & MUTEX_STARVING)) {
        wake_one(m, mu, leaf);
        return DONE;
    }
    if (!give_permit(m, mu, true, leaf))
        return DONE;
    op->at = UNLOCK_YIELDED; /* the new owner runs next, in this time slice */
    return yield_to(m, true, STOP_PREEMPTED, leaf);
}

enum end mutex_unlock(struct m *m, struct g *g, struct mutex *mu, struct mutex_op *op)
{
    return mutex_unlock_by(m, g, mu, op, LEAF_MUTEX_UNLOCK);
}

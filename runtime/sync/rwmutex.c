/* sync.RWMutex by Go's rules (sync/rwmutex.go). A writer first takes the inner mutex, where writers
 * queue; then it announces itself by making the count of readers negative, which stops new ones, and
 * waits for those that were there. When it is done, all readers that came meanwhile go before the next
 * writer.
 *
 * Happens-before: an Unlock comes before every later RLock and Lock; an RUnlock before the next Lock. */
#include "runtime/sync/wait.h"

#define PENDING (1 << 30) /* Go: taken off the count of readers while a writer is pending */

enum { RW_START, RW_WAITED };
enum { RW_QUEUE, RW_ANNOUNCED };
enum { RW_RELEASE, RW_RELEASED };

void rwmutex_init(struct rwmutex *rw)
{
    *rw = (struct rwmutex){.h = {.refs = 1}};
    mutex_init(&rw->writers);
}

void rwmutex_fini(struct rt *rt, struct rwmutex *rw)
{
    mutex_fini(rt, &rw->writers);
    hb_reset(rt, &rw->hb_write);
    hb_reset(rt, &rw->hb_read);
}

/* The lock is g's to read. */
static enum end share(struct m *m, struct g *g, struct rwmutex *rw)
{
    hb_meet(m->rt, g, &rw->hb_write);
    detect_hold(m->rt, g, rw->number);
    return DONE;
}

enum end rwmutex_rlock(struct m *m, struct g *g, struct rwmutex *rw, struct rwmutex_op *op)
{
    struct rt *rt = m->rt;

    if (op->at == RW_WAITED) {
        wait_end(g);
        return share(m, g, rw);
    }
    charge(m, COST_LOCK, 1);
    lock(rt, &rw->lock);
    if (++rw->readers < 0) {
        wait_told(m, g, rw->number, rw->holder);
        waitq_push(&rw->read_waiters, wait_begin(g, rw));
        op->at = RW_WAITED;
        return park_on(m, BLOCK_SYNC, LEAF_RW_RLOCK, &rw->lock);
    }
    unlock(rt, &rw->lock);
    return share(m, g, rw);
}

enum end rwmutex_runlock(struct m *m, struct g *g, struct rwmutex *rw)
{
    struct rt *rt = m->rt;
    struct g *writer = NULL;

    charge(m, COST_LOCK, 1);
    hb_release_merge(rt, g, &rw->hb_read);
    detect_unhold(rt, g, rw->number);
    lock(rt, &rw->lock);
    bool unlocked = rw->readers == 0 || rw->readers == -PENDING;

    if (!unlocked && --rw->readers < 0 && --rw->departing == 0) {
        writer = rw->writer->g;
        rw->writer = NULL;
    }
    unlock(rt, &rw->lock);
    if (unlocked)
        return fatal(m, "sync: RUnlock of unlocked RWMutex");
    if (writer)
        ready(m, writer, TO_RUNNEXT, LEAF_RW_RUNLOCK);
    return DONE;
}

/* The readers are gone: the lock is g's. */
static enum end take(struct m *m, struct g *g, struct rwmutex *rw)
{
    hb_meet(m->rt, g, &rw->hb_write);
    hb_meet(m->rt, g, &rw->hb_read);
    detect_hold(m->rt, g, rw->number);
    return DONE;
}

/* With the inner mutex held: stops new readers. Parks if there are old ones. */
static enum end announce(struct m *m, struct g *g, struct rwmutex *rw, struct rwmutex_op *op)
{
    struct rt *rt = m->rt;

    op->at = RW_ANNOUNCED;
    lock(rt, &rw->lock);
    rw->holder = g->id;
    rw->departing = rw->readers;
    rw->readers -= PENDING;
    if (rw->departing > 0) {
        if (!op->writers.slept)
            wait_told(m, g, rw->number, 0);
        rw->writer = wait_begin(g, rw);
        return park_on(m, BLOCK_SYNC, LEAF_RW_LOCK, &rw->lock);
    }
    unlock(rt, &rw->lock);
    return take(m, g, rw);
}

enum end rwmutex_lock(struct m *m, struct g *g, struct rwmutex *rw, struct rwmutex_op *op)
{
    if (op->at == RW_ANNOUNCED) {
        wait_end(g);
        return take(m, g, rw);
    }
    bool told = op->writers.slept;
    enum end end = mutex_lock(m, g, &rw->writers, &op->writers, LEAF_RW_LOCK);

    if (end == DONE)
        return announce(m, g, rw, op);
    if (end == PARK) { /* the wait is for the whole, not for its inner mutex */
        g->waits_on = rw;
        if (!told)
            wait_told(m, g, rw->number, at_load(m->rt, &rw->writers.holder));
    }
    return end;
}

bool rwmutex_trylock(struct m *m, struct g *g, struct rwmutex *rw)
{
    struct rt *rt = m->rt;

    lock(rt, &rw->lock);
    bool free = rw->readers == 0 && mutex_trylock(m, g, &rw->writers);

    if (free) {
        rw->holder = g->id;
        rw->readers = -PENDING;
    }
    unlock(rt, &rw->lock);
    if (free)
        take(m, g, rw);
    return free;
}

/* Lets in the readers that queued; false: it was not locked. */
static bool let_readers_in(struct m *m, struct g *g, struct rwmutex *rw)
{
    struct rt *rt = m->rt;

    lock(rt, &rw->lock);
    bool locked = rw->readers < 0;
    struct waitq readers = rw->read_waiters;

    if (locked) {
        hb_release(rt, g, &rw->hb_write);
        detect_unhold(rt, g, rw->number);
        rw->holder = 0;
        rw->readers += PENDING;
        rw->read_waiters = (struct waitq){0};
    }
    unlock(rt, &rw->lock);
    if (!locked)
        return false;
    for (struct waiter *w; (w = waitq_pop(&readers));)
        ready(m, w->g, TO_RUNNEXT, LEAF_RW_UNLOCK);
    return true;
}

enum end rwmutex_unlock(struct m *m, struct g *g, struct rwmutex *rw, struct rwmutex_op *op)
{
    if (op->at == RW_RELEASE) {
        charge(m, COST_LOCK, 1);
        if (!let_readers_in(m, g, rw))
            return fatal(m, "sync: Unlock of unlocked RWMutex");
        op->at = RW_RELEASED;
    }
    return mutex_unlock_by(m, g, &rw->writers, &op->writers, LEAF_RW_UNLOCK);
}

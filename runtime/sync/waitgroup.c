/* sync.WaitGroup (sync/waitgroup.go). When the counter reaches zero the waiters are readied one by one,
 * first come first, so that on one P the last of them runs first.
 *
 * Happens-before: a Done (any Add of less than zero) comes before the return of every Wait it lets go.
 * An Add from zero must itself be ordered with the first Wait: the two count as a read and a write of one
 * variable, so that "Add inside the goroutine" is a reported race, as in Go's race builds. */
#include "runtime/sync/wait.h"

enum { WG_START, WG_WAITED };

void waitgroup_init(struct waitgroup *wg)
{
    *wg = (struct waitgroup){.h = {.refs = 1}, .name = "waitgroup"};
}

void waitgroup_fini(struct rt *rt, struct waitgroup *wg)
{
    hb_reset(rt, &wg->hb);
    shadow_reset(rt, &wg->first_add);
}

static enum end release_all(struct m *m, struct waitq *waiters, enum leaf leaf)
{
    for (struct waiter *w; (w = waitq_pop(waiters));)
        ready(m, w->g, TO_RUNNEXT, leaf);
    return DONE;
}

enum end waitgroup_add(struct m *m, struct g *g, struct waitgroup *wg, int64_t delta, enum leaf leaf)
{
    struct rt *rt = m->rt;
    struct waitq waiters = {0};

    charge(m, COST_ATOMIC, 1);
    if (delta < 0)
        hb_release_merge(rt, g, &wg->hb);
    lock(rt, &wg->lock);
    bool first = wg->counter == 0 && delta > 0;
    bool wraps = __builtin_add_overflow(wg->counter, delta, &wg->counter);
    bool bad = wraps || wg->counter < 0 || wg->counter > INT32_MAX; /* Go: 32 bits */

    if (wg->counter == 0) {
        waiters = wg->waiters;
        wg->waiters = (struct waitq){0};
    }
    unlock(rt, &wg->lock);
    if (first)
        detect_access(m, &wg->first_add, wg->name, ACCESS_READ, site_of(g));
    if (bad)
        return panic_with(m, "sync: negative WaitGroup counter");
    return release_all(m, &waiters, leaf);
}

static enum end waited(struct m *m, struct g *g, struct waitgroup *wg)
{
    struct rt *rt = m->rt;

    wait_end(g);
    lock(rt, &wg->lock);
    bool reused = wg->counter != 0 || wg->waiters.first;

    unlock(rt, &wg->lock);
    if (reused)
        return panic_with(m, "sync: WaitGroup is reused before previous Wait has returned");
    hb_acquire(rt, g, &wg->hb);
    return DONE;
}

enum end waitgroup_wait(struct m *m, struct g *g, struct waitgroup *wg, struct waitgroup_op *op)
{
    struct rt *rt = m->rt;

    if (op->at == WG_WAITED)
        return waited(m, g, wg);
    charge(m, COST_ATOMIC, 1);
    lock(rt, &wg->lock);
    if (wg->counter == 0) {
        unlock(rt, &wg->lock);
        hb_acquire(rt, g, &wg->hb);
        return DONE;
    }
    if (!wg->waiters.first)
        detect_access(m, &wg->first_add, wg->name, ACCESS_WRITE, site_of(g));
    wait_told(m, g, wg->number, 0);
    waitq_push(&wg->waiters, wait_begin(g, wg));
    op->at = WG_WAITED;
    return park_on(m, BLOCK_SYNC, LEAF_WG_WAIT, &wg->lock);
}

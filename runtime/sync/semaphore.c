/* The weighted semaphore of golang.org/x/sync: strictly first come, first served. A request that does not
 * fit keeps everybody behind it waiting, even those that would fit. There each waiter sleeps in a select
 * on a channel of its own, hence the block reason.
 *
 * Happens-before: a Release comes before every later Acquire. (The package's own mutex orders more, but
 * nothing may rely on that.) */
#include "runtime/sync/wait.h"

enum { SEM_START, SEM_WAITED };

void semaphore_init(struct semaphore *s, int64_t size)
{
    *s = (struct semaphore){.h = {.refs = 1}, .size = size};
}

void semaphore_fini(struct rt *rt, struct semaphore *s)
{
    hb_reset(rt, &s->hb);
}

enum end semaphore_acquire(struct m *m, struct g *g, struct semaphore *s, int64_t n, struct semaphore_op *op)
{
    struct rt *rt = m->rt;

    if (op->at == SEM_WAITED) {
        wait_end(g);
        hb_acquire(rt, g, &s->hb);
        return DONE;
    }
    charge(m, COST_LOCK, 1);
    lock(rt, &s->lock);
    if (s->size - s->used >= n && !s->waiters.first) {
        s->used += n;
        unlock(rt, &s->lock);
        hb_acquire(rt, g, &s->hb);
        return DONE;
    }
    struct waiter *w = wait_begin(g, s);

    w->value = (struct value){.tag = VALUE_NUMBER, .n = n};
    if (n <= s->size) /* more than there is waits for ever, and lets others pass */
        waitq_push(&s->waiters, w);
    wait_told(m, g, s->number, 0);
    op->at = SEM_WAITED;
    return park_on(m, BLOCK_SELECT, LEAF_SEM_ACQUIRE, &s->lock);
}

enum end semaphore_release(struct m *m, struct g *g, struct semaphore *s, int64_t n)
{
    struct rt *rt = m->rt;
    struct waitq admitted = {0};

    charge(m, COST_LOCK, 1);
    hb_release_merge(rt, g, &s->hb);
    lock(rt, &s->lock);
    s->used -= n;
    bool bad = s->used < 0;

    while (!bad && s->waiters.first && s->size - s->used >= s->waiters.first->value.n) {
        struct waiter *w = waitq_pop(&s->waiters);

        s->used += w->value.n;
        waitq_push(&admitted, w);
    }
    unlock(rt, &s->lock);
    if (bad)
        return panic_with(m, "semaphore: released more than held");
    for (struct waiter *w; (w = waitq_pop(&admitted));)
        ready(m, w->g, TO_RUNNEXT, LEAF_SEM_RELEASE);
    return DONE;
}

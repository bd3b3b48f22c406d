/* The weighted semaphore of golang.org/x/sync: strictly first come, first served. A request that does not
 * fit keeps everybody behind it waiting, even those that would fit. There each waiter sleeps in a select
 * on a channel of its own, hence the block reason.
 *
 * Happens-before: as in a channel of that capacity, the k-th unit returned comes before the (k+size)-th unit
 * taken, and so only a semaphore of 1 is a lock. (The package's own mutex orders more, but nothing may rely
 * on that.) */
#include "runtime/sync/wait.h"

enum { SEM_START, SEM_WAITED };

/* A larger one limits nothing that anybody counts, and orders nothing. */
#define SLOTS_MAX 65536

void semaphore_init(struct semaphore *s, int64_t size)
{
    *s = (struct semaphore){.h = {.refs = 1}, .size = size};
}

void semaphore_fini(struct rt *rt, struct semaphore *s)
{
    for (size_t i = 0; i < s->slots.len; i++)
        hb_reset(rt, &s->slots.data[i].hb);
    at_add(rt, &rt->held, -s->slots.len * sizeof(struct hb_place));
    vec_free(&s->slots);
}

/* How many of n units leave or find a clock. */
static uint64_t ordered(struct rt *rt, const struct semaphore *s, int64_t n)
{
    if (!rt->detector || s->size > SLOTS_MAX)
        return 0;
    at_add(rt, &rt->effort, (uint64_t)n / 16);
    return (uint64_t)n;
}

/* s->lock held, here and below. */
static struct hb_place *place_of(struct rt *rt, struct semaphore *s, uint64_t n)
{
    uint64_t slot = n % (uint64_t)s->size;

    for (; s->slots.len <= slot; at_add(rt, &rt->held, sizeof(struct hb_place)))
        vec_push(&s->slots, (struct hb_place){0});
    return &s->slots.data[slot];
}

/* g has n units more. */
static void take(struct rt *rt, struct g *g, struct semaphore *s, int64_t n)
{
    uint64_t marks = ordered(rt, s, n);

    s->used += n;
    for (uint64_t i = 0; i < marks; i++) {
        hb_place_take(rt, g, place_of(rt, s, s->taken + i));
    }
    s->taken += (uint64_t)n;
}

static void give_back(struct rt *rt, struct g *g, struct semaphore *s, int64_t n)
{
    uint64_t marks = ordered(rt, s, n);

    s->used -= n;
    for (uint64_t i = 0; i < marks; i++) {
        hb_release(rt, g, &place_of(rt, s, s->returned + i)->hb);
    }
    s->returned += (uint64_t)n;
}

enum end semaphore_acquire(struct m *m, struct g *g, struct semaphore *s, int64_t n, struct semaphore_op *op)
{
    struct rt *rt = m->rt;

    if (op->at == SEM_WAITED) {
        wait_end(g);
        return DONE;
    }
    charge(m, COST_LOCK, 1);
    lock(rt, &s->lock);
    if (s->size - s->used >= n && !s->waiters.first) {
        take(rt, g, s, n);
        unlock(rt, &s->lock);
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
    lock(rt, &s->lock);
    bool bad = n > s->used;

    if (!bad)
        give_back(rt, g, s, n);
    while (!bad && s->waiters.first && s->size - s->used >= s->waiters.first->value.n) {
        struct waiter *w = waitq_pop(&s->waiters);

        take(rt, w->g, s, w->value.n);
        waitq_push(&admitted, w);
    }
    unlock(rt, &s->lock);
    if (bad)
        return panic_with(m, "semaphore: released more than held");
    for (struct waiter *w; (w = waitq_pop(&admitted));)
        ready(m, w->g, TO_RUNNEXT, LEAF_SEM_RELEASE);
    return DONE;
}

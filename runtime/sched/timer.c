/* Timers: a 4-ary heap per P, ordered by deadline and then by the order of arming. */
#include "base/mem.h"
#include "runtime/sched/sched.h"

static bool before(const struct timer *a, const struct timer *b)
{
    return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

static void place(struct timer_heap *h, uint32_t i, struct timer *t)
{
    h->at[i] = t;
    t->pos = i;
}

static void sift_up(struct timer_heap *h, uint32_t i, struct timer *t)
{
    while (i > 0 && before(t, h->at[(i - 1) / 4])) {
        place(h, i, h->at[(i - 1) / 4]);
        i = (i - 1) / 4;
    }
    place(h, i, t);
}

static void sift_down(struct timer_heap *h, uint32_t i, struct timer *t)
{
    for (;;) {
        uint32_t first = 4 * i + 1;
        uint32_t least = first;

        if (first >= h->n)
            break;
        for (uint32_t c = first + 1; c < first + 4 && c < h->n; c++)
            if (before(h->at[c], h->at[least]))
                least = c;
        if (!before(h->at[least], t))
            break;
        place(h, i, h->at[least]);
        i = least;
    }
    place(h, i, t);
}

/* p->timer_lock held, here and below. */
static void publish_first(struct rt *rt, struct p *p)
{
    at_store(rt, &p->first_timer, p->timers.n ? p->timers.at[0]->when : NEVER);
}

static void heap_add(struct rt *rt, struct p *p, struct timer *t)
{
    struct timer_heap *h = &p->timers;

    if (h->n == h->cap) {
        h->cap = h->cap ? 2 * h->cap : 8;
        h->at = xrealloc(h->at, h->cap * sizeof(struct timer *));
    }
    h->n++;
    sift_up(h, h->n - 1, t);
    at_store(rt, &t->p, p);
    publish_first(rt, p);
}

static void heap_remove(struct rt *rt, struct p *p, struct timer *t)
{
    struct timer_heap *h = &p->timers;
    struct timer *last = h->at[--h->n];

    at_store(rt, &t->p, (struct p *)NULL);
    if (last != t) {
        uint32_t i = t->pos;

        if (i > 0 && before(last, h->at[(i - 1) / 4]))
            sift_up(h, i, last);
        else
            sift_down(h, i, last);
    }
    publish_first(rt, p);
}

/* Whether t is now the earliest of its P. */
static bool arm(struct m *m, struct timer *t, int64_t when, void (*fire)(struct m *, struct timer *))
{
    t->when = when;
    t->seq = at_add(m->rt, &m->rt->timer_seq, 1);
    t->fire = fire;
    charge(m, COST_TIMER, 1);
    heap_add(m->rt, m->p, t);
    return m->p->timers.at[0] == t;
}

void timer_start(struct m *m, struct timer *t, int64_t when, void (*fire)(struct m *, struct timer *))
{
    lock(m->rt, &m->p->timer_lock);
    bool first = arm(m, t, when, fire);

    unlock(m->rt, &m->p->timer_lock);
    if (first)
        poll_tell(m, when);
}

bool timer_stop(struct rt *rt, struct timer *t)
{
    struct p *p = at_load(rt, &t->p);

    if (!p)
        return false;
    lock(rt, &p->timer_lock);
    bool armed = at_load(rt, &t->p) == p;

    if (armed)
        heap_remove(rt, p, t);
    unlock(rt, &p->timer_lock);
    return armed;
}

bool timers_run(struct m *m, struct p *p)
{
    struct rt *rt = m->rt;
    bool ran = false;

    if (at_load(rt, &p->first_timer) > now(m))
        return false;
    lock(rt, &p->timer_lock);
    while (p->timers.n && p->timers.at[0]->when <= now(m)) {
        struct timer *t = p->timers.at[0];

        heap_remove(rt, p, t);
        unlock(rt, &p->timer_lock);
        charge(m, COST_TIMER, 1);
        t->fire(m, t);
        ran = true;
        lock(rt, &p->timer_lock);
    }
    unlock(rt, &p->timer_lock);
    return ran;
}

static void sleep_over(struct m *m, struct timer *t)
{
    struct sleep_op *op = (struct sleep_op *)((char *)t - offsetof(struct sleep_op, timer));
    struct g *g = (struct g *)((char *)op - offsetof(struct g, op));

    ready(m, g, TO_RUNNEXT, LEAF_NONE);
}

enum end op_sleep(struct m *m, struct g *g, struct sleep_op *op, int64_t duration)
{
    (void)g;
    if (op->at == 1 || duration <= 0)
        return DONE;
    op->at = 1;
    /* The lock is held until the goroutine has left, so that another P cannot fire the timer first. */
    int64_t when = now(m) > NEVER - duration ? NEVER - 1 : now(m) + duration;

    lock(m->rt, &m->p->timer_lock);
    if (arm(m, &op->timer, when, sleep_over))
        poll_tell(m, when);
    return park_on(m, BLOCK_SLEEP, LEAF_SLEEP, &m->p->timer_lock);
}

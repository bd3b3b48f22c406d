#include "runtime/sched/runq.h"

#include "runtime/sched/sched.h"

/* Race builds of Go perturb the policy on purpose, so that programs which only work by the scheduler's
 * habits fail; adversarial schedules do the same. */
static bool coin(struct rt *rt, enum draw_purpose purpose)
{
    return rt->set.adversarial && (schedule_draw(rt, purpose) & 1);
}

static void spill(struct m *m, struct p *p, uint32_t head, struct g *g, bool *done)
{
    struct rt *rt = m->rt;
    struct g *batch[RUNQ_SPILL];
    struct g_list list = {0};

    for (uint32_t i = 0; i < RUNQ_SPILL; i++)
        batch[i] = at_load(rt, &p->ring[(head + i) % RUNQ_SIZE]);
    *done = at_cas(rt, &p->head, head, head + RUNQ_SPILL);
    if (!*done)
        return; /* thieves made room meanwhile */
    for (uint32_t i = 0; i < RUNQ_SPILL; i++)
        g_list_push_tail(&list, batch[i]);
    g_list_push_tail(&list, g);
    global_put_list(m, &list);
}

static void ring_put(struct m *m, struct p *p, struct g *g)
{
    struct rt *rt = m->rt;

    for (;;) {
        uint32_t head = at_load(rt, &p->head);
        uint32_t tail = p->tail;
        bool done;

        if (tail - head < RUNQ_SIZE) {
            at_store(rt, &p->ring[tail % RUNQ_SIZE], g);
            at_store(rt, &p->tail, tail + 1);
            return;
        }
        spill(m, p, head, g, &done);
        if (done)
            return;
    }
}

void runq_put(struct m *m, struct g *g, bool next)
{
    struct p *p = m->p;

    if (next && !coin(m->rt, DRAW_RUNNEXT)) {
        g = at_xchg(m->rt, &p->runnext, g);
        if (!g)
            return;
    }
    ring_put(m, p, g);
}

void runq_put_list(struct m *m, struct g_list *list)
{
    struct p *p = m->p;
    uint32_t room = RUNQ_SIZE - runq_len(m->rt, p);

    for (; room > 0 && list->n; room--)
        ring_put(m, p, g_list_pop(list));
    if (list->n)
        global_put_list(m, list);
}

/* Adversarial schedules (virtual machine only): bring the goroutine of the highest priority to the head
 * of the ring, so that it is taken next. */
static void ring_favour(struct p *p)
{
    uint32_t best = p->head;

    for (uint32_t i = p->head + 1; i != p->tail; i++)
        if (p->ring[i % RUNQ_SIZE]->priority > p->ring[best % RUNQ_SIZE]->priority)
            best = i;
    struct g *g = p->ring[best % RUNQ_SIZE];

    for (uint32_t i = best; i != p->head; i--)
        p->ring[i % RUNQ_SIZE] = p->ring[(i - 1) % RUNQ_SIZE];
    p->ring[p->head % RUNQ_SIZE] = g;
}

struct g *runq_get(struct m *m, bool *inherit)
{
    struct rt *rt = m->rt;
    struct p *p = m->p;
    struct g *g = at_load(rt, &p->runnext);

    *inherit = false;
    if (g && at_cas(rt, &p->runnext, g, (struct g *)NULL)) {
        *inherit = true;
        return g;
    }
    for (;;) {
        uint32_t head = at_load(rt, &p->head);

        if (head == p->tail)
            return NULL;
        if (rt->set.adversarial)
            ring_favour(p);
        g = at_load(rt, &p->ring[head % RUNQ_SIZE]);
        if (at_cas(rt, &p->head, head, head + 1))
            return g;
    }
}

bool runq_empty(struct rt *rt, struct p *p)
{
    /* Head, tail and runnext cannot be read at once: a goroutine kicked from runnext to the ring
     * between two reads would be missed, so read the tail again. */
    for (;;) {
        uint32_t head = at_load(rt, &p->head);
        uint32_t tail = at_load(rt, &p->tail);
        struct g *next = at_load(rt, &p->runnext);

        if (tail == at_load(rt, &p->tail))
            return head == tail && !next;
    }
}

uint32_t runq_len(struct rt *rt, struct p *p)
{
    return at_load(rt, &p->tail) - at_load(rt, &p->head);
}

/* Copies half of the victim's ring to the free end of m's ring (not yet published); how many. */
static uint32_t grab(struct m *m, struct p *victim, uint32_t to)
{
    struct rt *rt = m->rt;

    for (;;) {
        uint32_t head = at_load(rt, &victim->head);
        uint32_t tail = at_load(rt, &victim->tail);
        uint32_t n = tail - head;

        n -= n / 2;
        if (n > RUNQ_SIZE / 2)
            continue; /* head and tail were read apart */
        for (uint32_t i = 0; i < n; i++) {
            struct g *g = at_load(rt, &victim->ring[(head + i) % RUNQ_SIZE]);

            at_store(rt, &m->p->ring[(to + i) % RUNQ_SIZE], g);
        }
        if (n == 0 || at_cas(rt, &victim->head, head, head + n))
            return n;
    }
}

struct g *runq_steal(struct m *m, struct p *victim)
{
    struct rt *rt = m->rt;
    struct p *p = m->p;
    uint32_t tail = p->tail;
    uint32_t n = grab(m, victim, tail);

    charge(m, COST_STEAL, 1);
    if (n == 0)
        return NULL;
    n--;
    struct g *last = at_load(rt, &p->ring[(tail + n) % RUNQ_SIZE]);

    if (n > 0)
        at_store(rt, &p->tail, tail + n);
    return last;
}

bool runq_take_next(struct rt *rt, struct p *victim, struct g *next)
{
    return at_cas(rt, &victim->runnext, next, (struct g *)NULL);
}

void global_push(struct rt *rt, struct g *g)
{
    g_list_push_tail(&rt->global, g);
    at_store(rt, &rt->n_global, rt->global.n);
}

void global_put(struct m *m, struct g *g)
{
    struct rt *rt = m->rt;

    lock(rt, &rt->lock);
    global_push(rt, g);
    unlock(rt, &rt->lock);
}

void global_put_list(struct m *m, struct g_list *list)
{
    struct rt *rt = m->rt;
    struct g *g;

    lock(rt, &rt->lock);
    while ((g = g_list_pop(list)))
        global_push(rt, g);
    unlock(rt, &rt->lock);
}

uint32_t global_batch(uint32_t n, uint32_t gomaxprocs)
{
    uint32_t take = n / gomaxprocs + 1;

    if (take > n)
        take = n;
    return take < RUNQ_SIZE / 2 ? take : RUNQ_SIZE / 2;
}

static void shuffle(struct rt *rt, struct g **batch, uint32_t n)
{
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = (uint32_t)(schedule_draw(rt, DRAW_SHUFFLE) % i);
        struct g *g = batch[i - 1];

        batch[i - 1] = batch[j];
        batch[j] = g;
    }
}

struct g *global_get(struct m *m, bool want_batch)
{
    struct rt *rt = m->rt;
    struct g *batch[RUNQ_SIZE / 2];
    uint32_t n = 0;

    if (at_load(rt, &rt->n_global) == 0)
        return NULL;
    lock(rt, &rt->lock);
    uint32_t take = want_batch ? global_batch(rt->global.n, rt->set.gomaxprocs) : 1;

    while (n < take && rt->global.n)
        batch[n++] = g_list_pop(&rt->global);
    at_store(rt, &rt->n_global, rt->global.n);
    unlock(rt, &rt->lock);
    if (n == 0)
        return NULL;
    if (rt->set.adversarial)
        shuffle(rt, batch, n);
    for (uint32_t i = 1; i < n; i++)
        ring_put(m, m->p, batch[i]);
    return batch[0];
}

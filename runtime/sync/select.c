/* select. Go's runtime/select.go: cases are tried in a random order under the locks of all their channels,
 * which are taken in the order of channel ids; if none can proceed the goroutine waits on every one of
 * them, and the first waker wins.
 *
 * The winner is decided at a gate, a lock that the goroutine takes before it unlocks the channels and the
 * scheduler releases once it has left. So a waker that meets one of its waiters stands at the gate until
 * the goroutine may be readied, and finds there whether somebody else came first. Lock order: channels by
 * id, then the gate.
 *
 * The state lives until both the goroutine and the timer of its `after` case have let go of it. A losing
 * waker looks at it only with the channel locked on which the goroutine has yet to say goodbye. */
#include "base/rng.h"
#include "runtime/detect/detect.h"
#include "runtime/held.h"
#include "runtime/sync/wait.h"

enum { SELECT_START, SELECT_WOKEN };

struct select_state {
    struct rt_lock gate;
    uint32_t refs;      /* atomic */
    int32_t claimed;    /* the case that a waker chose, -1: none yet; guarded by gate */
    int32_t timer_case; /* the `after` case that ends first, -1: none */
    struct g *g;
    const struct select_case *cases; /* the caller's */
    struct timer timer;
    uint16_t *poll;  /* cases in random order */
    uint16_t *by_id; /* cases with a channel, by its id */
    uint16_t n, n_poll, n_by_id;
    struct waiter waiters[]; /* one per case, then room for the two orders */
};

static size_t state_size(uint16_t n)
{
    return sizeof(struct select_state) + n * (sizeof(struct waiter) + 2 * sizeof(uint16_t));
}

static struct select_state *state_new(struct rt *rt, struct g *g, const struct select_op *op)
{
    struct select_state *s = held_new(rt, state_size(op->n));

    *s = (struct select_state){.refs = 1, .n = op->n, .claimed = -1, .timer_case = -1, .g = g};
    s->cases = op->cases;
    s->poll = (uint16_t *)&s->waiters[op->n];
    s->by_id = s->poll + op->n;
    return s;
}

static void state_drop(struct rt *rt, struct select_state *s)
{
    if (at_add(rt, &s->refs, -1u) == 0)
        held_free(rt, s, state_size(s->n));
}

/* A nil channel is left out; what is chosen from the others is uniform. */
static void order_cases(struct rt *rt, const struct select_op *op, struct select_state *s)
{
    for (uint16_t i = 0; i < op->n; i++) {
        if (!op->cases[i].c && op->cases[i].dir != SELECT_AFTER)
            continue;
        uint16_t at = s->n_poll++;

        if (at > 0) {
            uint64_t bits = schedule_draw(rt, DRAW_SELECT);
            uint16_t other = (uint16_t)rng_uniform(bits, 0, at);

            s->poll[at] = s->poll[other];
            at = other;
        }
        s->poll[at] = i;
    }
}

static void order_locks(const struct select_op *op, struct select_state *s)
{
    for (uint16_t i = 0; i < op->n; i++) {
        const struct chan *c = op->cases[i].c;
        uint16_t at = s->n_by_id;

        if (!c)
            continue;
        for (; at > 0 && op->cases[s->by_id[at - 1]].c->id > c->id; at--)
            s->by_id[at] = s->by_id[at - 1];
        s->by_id[at] = i;
        s->n_by_id++;
    }
}

/* The channel of the i-th lock, NULL if it is the one before it again. */
static struct chan *lock_at(const struct select_op *op, const struct select_state *s, uint16_t i)
{
    struct chan *c = op->cases[s->by_id[i]].c;

    return i > 0 && op->cases[s->by_id[i - 1]].c == c ? NULL : c;
}

static void lock_all(struct rt *rt, const struct select_op *op, const struct select_state *s)
{
    for (uint16_t i = 0; i < s->n_by_id; i++) {
        struct chan *c = lock_at(op, s, i);

        if (c)
            lock(rt, &c->lock);
    }
}

static void unlock_all(struct rt *rt, const struct select_op *op, const struct select_state *s)
{
    for (uint16_t i = s->n_by_id; i-- > 0;) {
        struct chan *c = lock_at(op, s, i);

        if (c)
            unlock(rt, &c->lock);
    }
}

static enum chan_try try_case(struct rt *rt, struct g *g, struct select_case *way, struct g **partner)
{
    *partner = NULL;
    switch (way->dir) {
    case SELECT_AFTER:
        return way->after <= 0 ? CHAN_PROCEEDS : CHAN_BLOCKS;
    case SELECT_SEND:
        return chan_try_send(rt, g, way->c, &way->value, partner);
    default:
        return chan_try_recv(rt, g, way->c, &way->value, partner);
    }
}

/* Whether a case proceeds at once: op->chosen, *tried, *partner. */
static bool try_all(struct rt *rt, struct g *g, struct select_op *op, const struct select_state *s,
                    enum chan_try *tried, struct g **partner)
{
    for (uint16_t i = 0; i < s->n_poll; i++) {
        *tried = try_case(rt, g, &op->cases[s->poll[i]], partner);
        if (*tried != CHAN_BLOCKS) {
            op->chosen = (int16_t)s->poll[i];
            return true;
        }
    }
    return false;
}

bool select_claim(struct rt *rt, struct waiter *w)
{
    struct waiter *first = w - w->index;
    struct select_state *s = (struct select_state *)((char *)first - offsetof(struct select_state, waiters));

    lock(rt, &s->gate);
    bool won = s->claimed < 0;

    if (won)
        s->claimed = (int32_t)w->index;
    unlock(rt, &s->gate);
    return won;
}

static void after_fired(struct m *m, struct timer *t)
{
    struct select_state *s = (struct select_state *)((char *)t - offsetof(struct select_state, timer));

    lock(m->rt, &s->gate);
    bool won = s->claimed < 0;

    if (won)
        s->claimed = s->timer_case;
    unlock(m->rt, &s->gate);
    if (won)
        ready(m, s->g, TO_RUNNEXT, LEAF_NONE);
    state_drop(m->rt, s);
}

/* Only the first of several `after` cases can ever be chosen. */
static void arm_timer(struct m *m, const struct select_op *op, struct select_state *s)
{
    for (uint16_t i = 0; i < s->n_poll; i++) {
        uint16_t way = s->poll[i];

        if (op->cases[way].dir == SELECT_AFTER &&
            (s->timer_case < 0 || op->cases[way].after < op->cases[s->timer_case].after))
            s->timer_case = way;
    }
    if (s->timer_case < 0)
        return;
    int64_t start = now(m);
    int64_t after = op->cases[s->timer_case].after;

    s->refs++; /* nobody else sees it yet */
    timer_start(m, &s->timer, start > NEVER - after ? NEVER - 1 : start + after, after_fired);
}

static void enqueue(struct g *g, struct select_op *op, struct select_state *s)
{
    for (uint16_t i = 0; i < s->n_by_id; i++) {
        uint16_t index = s->by_id[i];
        struct select_case *way = &op->cases[index];
        struct waiter *w = &s->waiters[index];

        *w = (struct waiter){.g = g, .index = index, .is_select = true};
        if (way->dir == SELECT_SEND) {
            w->value = way->value;
            way->value = (struct value){0};
        }
        waitq_push(way->dir == SELECT_SEND ? &way->c->senders : &way->c->receivers, w);
    }
}

/* A select of one case is compiled to the plain operation, and shown as such. */
static enum leaf leaf_of(const struct select_op *op)
{
    if (op->n != 1)
        return LEAF_SELECT;
    return op->cases->dir == SELECT_SEND ? LEAF_CHAN_SEND : LEAF_CHAN_RECV;
}

static enum block_reason reason_of(const struct select_op *op)
{
    const struct select_case *only = op->cases;

    if (op->n != 1)
        return op->n ? BLOCK_SELECT : BLOCK_FOREVER;
    if (!only->c && only->dir != SELECT_AFTER)
        return BLOCK_FOREVER;
    return only->dir == SELECT_SEND ? BLOCK_CHAN_SEND : BLOCK_CHAN_RECEIVE;
}

static enum end start(struct m *m, struct g *g, struct select_op *op)
{
    struct rt *rt = m->rt;
    struct select_state *s = state_new(rt, g, op);
    enum chan_try tried = CHAN_BLOCKS;
    struct g *partner = NULL;

    charge(m, COST_SELECT_CASE, op->n);
    op->chosen = -1;
    order_cases(rt, op, s);
    order_locks(op, s);
    lock_all(rt, op, s);
    if (try_all(rt, g, op, s, &tried, &partner) || op->has_default) {
        unlock_all(rt, op, s);
        state_drop(rt, s);
        op->ok = tried == CHAN_PROCEEDS;
        if (partner)
            ready(m, partner, TO_RUNNEXT, leaf_of(op));
        if (tried == CHAN_CLOSED && op->cases[op->chosen].dir == SELECT_SEND)
            return send_on_closed(m);
        return DONE;
    }
    wait_begin(g, s)->is_select = true;
    op->state = s;
    op->at = SELECT_WOKEN;
    enqueue(g, op, s);
    lock(rt, &s->gate);
    unlock_all(rt, op, s);
    arm_timer(m, op, s);
    return park_on(m, reason_of(op), leaf_of(op), &s->gate);
}

/* Takes g off the channels it was not woken through; values that were not sent go back to their cases. */
static void leave_queues(struct rt *rt, struct select_op *op, struct select_state *s)
{
    for (uint16_t i = 0; i < s->n_by_id; i++) {
        uint16_t index = s->by_id[i];
        struct select_case *way = &op->cases[index];
        struct waitq *q = way->dir == SELECT_SEND ? &way->c->senders : &way->c->receivers;
        struct waiter *w = &s->waiters[index];

        lock(rt, &way->c->lock);
        if ((int32_t)index != s->claimed && waitq_has(q, w))
            waitq_remove(q, w);
        unlock(rt, &way->c->lock);
        way->value = w->value;
    }
}

static enum end woken(struct m *m, struct g *g, struct select_op *op)
{
    struct rt *rt = m->rt;
    struct select_state *s = op->state;
    struct select_case *way = &op->cases[s->claimed];
    bool timed = s->claimed == s->timer_case;

    wait_end(g);
    leave_queues(rt, op, s);
    if (s->timer_case >= 0 && !timed && timer_stop(rt, &s->timer))
        state_drop(rt, s);
    op->chosen = (int16_t)s->claimed;
    op->ok = timed || s->waiters[s->claimed].ok;
    op->state = NULL;
    state_drop(rt, s);
    if (op->ok)
        return DONE;
    hb_acquire(rt, g, &way->c->hb);
    return way->dir == SELECT_SEND ? send_on_closed(m) : DONE;
}

enum end op_select(struct m *m, struct g *g, struct select_op *op)
{
    return op->at == SELECT_START ? start(m, g, op) : woken(m, g, op);
}

/* The state of the select that g is parked in, NULL if it is in none. */
static struct select_state *parked_in(const struct g *g)
{
    return g->waiter.is_select ? (struct select_state *)g->waits_on : NULL;
}

const void *wait_object(const struct g *g, uint32_t i)
{
    const struct select_state *s = parked_in(g);

    if (!s)
        return i == 0 ? g->waits_on : NULL;
    return i < s->n_by_id ? s->cases[s->by_id[i]].c : NULL;
}

bool wait_is_timed(const struct g *g)
{
    const struct select_state *s = parked_in(g);

    return s && s->timer.p;
}

void wait_refs(const struct g *g, void (*see)(void *context, struct handle *h), void *context)
{
    const struct select_state *s = parked_in(g);

    value_refs(g->waiter.value, see, context);
    for (uint16_t i = 0; s && i < s->n_by_id; i++)
        value_refs(s->waiters[s->by_id[i]].value, see, context);
}

void wait_abandon(struct rt *rt, struct g *g)
{
    struct select_state *s = parked_in(g);

    value_drop(rt, &g->waiter.value);
    wait_end(g);
    if (!s)
        return;
    for (uint16_t i = 0; i < s->n_by_id; i++)
        value_drop(rt, &s->waiters[s->by_id[i]].value);
    held_free(rt, s, state_size(s->n));
}

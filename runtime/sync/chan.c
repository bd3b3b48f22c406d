/* Channels. The order in which a send or receive looks at closedness, partners and the buffer is that of
 * Go's runtime/chan.go; so is the hand-over from goroutine to goroutine past the buffer.
 *
 * Happens-before: every slot of a buffer is an object of its own. A send leaves the sender's clock in it
 * and takes what the receive C places earlier left there; a receive does the reverse. So the k-th receive
 * comes before the end of the (k+C)-th send, and nothing else is ordered by a buffer. */
#include "runtime/detect/detect.h"
#include "runtime/held.h"
#include "runtime/sync/wait.h"

enum { CHAN_START, CHAN_WOKEN };

static size_t slots_size(const struct chan *c)
{
    return c->capacity * sizeof *c->slots;
}

static size_t hb_size(const struct chan *c)
{
    return c->capacity * sizeof *c->slot_hb;
}

size_t chan_size(const struct rt *rt, uint32_t capacity)
{
    struct chan c = {.capacity = capacity};

    return sizeof c + slots_size(&c) + (rt->detector ? hb_size(&c) : 0);
}

static void enlist(struct rt *rt, struct chan *c)
{
    lock(rt, &rt->channels_lock);
    c->next = rt->channels;
    if (c->next)
        c->next->prev = c;
    rt->channels = c;
    unlock(rt, &rt->channels_lock);
}

static void delist(struct rt *rt, struct chan *c)
{
    lock(rt, &rt->channels_lock);
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        rt->channels = c->next;
    unlock(rt, &rt->channels_lock);
}

static void empty(struct rt *rt, struct chan *c)
{
    for (; c->count > 0; c->count--) {
        struct value message = c->slots[c->head];

        c->slots[c->head] = (struct value){0};
        c->head = (c->head + 1) % c->capacity;
        value_drop(rt, &message);
    }
}

void chan_empty_all(struct rt *rt)
{
    struct chan *c = rt->channels;

    while (c) {
        struct chan *next;

        handle_keep(rt, &c->h);
        empty(rt, c);
        next = c->next;
        handle_drop(rt, &c->h);
        c = next;
    }
}

static void chan_free(struct rt *rt, struct handle *h)
{
    struct chan *c = (struct chan *)h;

    delist(rt, c);
    empty(rt, c);
    for (uint32_t i = 0; c->slot_hb && i < c->capacity; i++)
        hb_reset(rt, &c->slot_hb[i].hb);
    hb_reset(rt, &c->hb);
    held_free(rt, c->slot_hb, c->slot_hb ? hb_size(c) : 0);
    held_free(rt, c->slots, slots_size(c));
    handle_free(rt, h, sizeof *c);
}

static void chan_refs(struct handle *h, void (*see)(void *context, struct handle *h), void *context)
{
    struct chan *c = (struct chan *)h;

    for (uint32_t i = 0; i < c->count; i++)
        value_refs(c->slots[(c->head + i) % c->capacity], see, context);
}

static const struct handle_kind chan_kind = {.free = chan_free, .refs = chan_refs};

struct chan *chan_new(struct rt *rt, uint32_t capacity)
{
    struct chan *c = handle_new(rt, sizeof *c, &chan_kind);

    c->id = at_add(rt, &rt->next_object, (uint64_t)1);
    c->capacity = capacity;
    if (capacity) {
        c->slots = held_new(rt, slots_size(c));
        if (rt->detector)
            c->slot_hb = held_new(rt, hb_size(c));
    }
    enlist(rt, c);
    return c;
}

uint32_t chan_len(const struct rt *rt, const struct chan *c)
{
    return at_load(rt, &c->count);
}

/* The first waiter that is still to be had; a select that proceeded elsewhere is passed over. */
static struct waiter *take_waiter(struct rt *rt, struct waitq *q)
{
    struct waiter *w;

    while ((w = waitq_pop(q)))
        if (!w->is_select || select_claim(rt, w))
            break;
    return w;
}

static struct value move(struct value *v)
{
    struct value moved = *v;

    *v = (struct value){0};
    return moved;
}

/* g uses slot i: it leaves what it knows there and takes over what it finds. */
static void pass_in(struct rt *rt, struct g *g, struct chan *c, uint32_t i)
{
    struct hb left = {0};

    if (!c->slot_hb)
        return;
    hb_release(rt, g, &left);
    hb_place_take(rt, g, &c->slot_hb[i]);
    hb_reset(rt, &c->slot_hb[i].hb);
    c->slot_hb[i].hb = left;
}

static void pass_out(struct rt *rt, struct g *g, struct chan *c, uint32_t i)
{
    struct hb left = {0};

    if (!c->slot_hb)
        return;
    hb_release(rt, g, &left);
    hb_acquire(rt, g, &c->slot_hb[i].hb);
    hb_reset(rt, &c->slot_hb[i].hb);
    c->slot_hb[i].hb = left;
}

static uint32_t after(const struct chan *c, uint32_t i)
{
    return i + 1 == c->capacity ? 0 : i + 1;
}

enum chan_try chan_try_send(struct rt *rt, struct g *g, struct chan *c, struct value *v, struct g **partner)
{
    *partner = NULL;
    if (c->closed)
        return CHAN_CLOSED;
    struct waiter *w = take_waiter(rt, &c->receivers);

    if (w) {
        if (c->capacity) { /* as if through the buffer, which is empty */
            pass_in(rt, g, c, c->head);
            pass_out(rt, w->g, c, c->head);
            c->head = after(c, c->head);
        } else {
            hb_exchange(rt, g, w->g);
        }
        w->value = move(v);
        w->ok = true;
        *partner = w->g;
        return CHAN_PROCEEDS;
    }
    if (c->count == c->capacity)
        return CHAN_BLOCKS;
    uint32_t slot = (uint32_t)(((uint64_t)c->head + c->count) % c->capacity);

    pass_in(rt, g, c, slot);
    c->slots[slot] = move(v);
    at_store(rt, &c->count, c->count + 1);
    return CHAN_PROCEEDS;
}

/* A full buffer and a waiting sender: the oldest value out, the sender's into the freed slot. */
static struct value rotate(struct rt *rt, struct g *g, struct chan *c, struct waiter *sender)
{
    struct value oldest = c->slots[c->head];

    pass_out(rt, g, c, c->head);
    pass_in(rt, sender->g, c, c->head);
    c->slots[c->head] = move(&sender->value);
    c->head = after(c, c->head);
    return oldest;
}

enum chan_try chan_try_recv(struct rt *rt, struct g *g, struct chan *c, struct value *v, struct g **partner)
{
    *partner = NULL;
    *v = (struct value){0};
    struct waiter *w = take_waiter(rt, &c->senders);

    if (w) {
        if (c->capacity) {
            *v = rotate(rt, g, c, w);
        } else {
            hb_exchange(rt, g, w->g);
            *v = move(&w->value);
        }
        w->ok = true;
        *partner = w->g;
        return CHAN_PROCEEDS;
    }
    if (c->count == 0) {
        if (!c->closed)
            return CHAN_BLOCKS;
        hb_acquire(rt, g, &c->hb);
        return CHAN_CLOSED;
    }
    pass_out(rt, g, c, c->head);
    *v = move(&c->slots[c->head]);
    c->head = after(c, c->head);
    at_store(rt, &c->count, c->count - 1);
    return CHAN_PROCEEDS;
}

enum end send_on_closed(struct m *m)
{
    return panic_with(m, "send on closed channel");
}

enum end chan_send(struct m *m, struct g *g, struct chan *c, struct chan_op *op)
{
    struct rt *rt = m->rt;
    struct g *partner;

    if (op->at == CHAN_WOKEN) {
        wait_end(g);
        if (g->waiter.ok)
            return DONE;
        hb_acquire(rt, g, &c->hb);
        op->value = move(&g->waiter.value);
        return send_on_closed(m);
    }
    if (!c) {
        wait_begin(g, NULL);
        return park_on(m, BLOCK_FOREVER, LEAF_CHAN_SEND, NULL);
    }
    charge(m, COST_CHANNEL, 1);
    lock(rt, &c->lock);
    enum chan_try tried = chan_try_send(rt, g, c, &op->value, &partner);

    if (tried == CHAN_BLOCKS) {
        struct waiter *w = wait_begin(g, c);

        w->value = move(&op->value);
        waitq_push(&c->senders, w);
        op->at = CHAN_WOKEN;
        return park_on(m, BLOCK_CHAN_SEND, LEAF_CHAN_SEND, &c->lock);
    }
    unlock(rt, &c->lock);
    if (tried == CHAN_CLOSED)
        return send_on_closed(m);
    if (partner)
        ready(m, partner, TO_RUNNEXT, LEAF_CHAN_SEND);
    return DONE;
}

enum end chan_recv(struct m *m, struct g *g, struct chan *c, struct chan_op *op)
{
    struct rt *rt = m->rt;
    struct g *partner;

    if (op->at == CHAN_WOKEN) {
        wait_end(g);
        op->ok = g->waiter.ok;
        op->value = move(&g->waiter.value);
        if (!op->ok)
            hb_acquire(rt, g, &c->hb);
        return DONE;
    }
    if (!c) {
        wait_begin(g, NULL);
        return park_on(m, BLOCK_FOREVER, LEAF_CHAN_RECV, NULL);
    }
    charge(m, COST_CHANNEL, 1);
    lock(rt, &c->lock);
    enum chan_try tried = chan_try_recv(rt, g, c, &op->value, &partner);

    if (tried == CHAN_BLOCKS) {
        waitq_push(&c->receivers, wait_begin(g, c));
        op->at = CHAN_WOKEN;
        return park_on(m, BLOCK_CHAN_RECEIVE, LEAF_CHAN_RECV, &c->lock);
    }
    unlock(rt, &c->lock);
    op->ok = tried == CHAN_PROCEEDS;
    if (partner)
        ready(m, partner, TO_RUNNEXT, LEAF_CHAN_RECV);
    return DONE;
}

/* Moves the waiters of q that are still to be had onto a stack linked by `next`. */
static struct waiter *stack_waiters(struct rt *rt, struct waitq *q, struct waiter *top)
{
    struct waiter *w;

    while ((w = take_waiter(rt, q))) {
        w->ok = false;
        w->next = top;
        top = w;
    }
    return top;
}

enum end chan_close_by(struct m *m, struct g *g, struct chan *c, enum leaf leaf)
{
    struct rt *rt = m->rt;

    if (!c)
        return panic_with(m, "close of nil channel");
    charge(m, COST_CHANNEL, 1);
    lock(rt, &c->lock);
    if (c->closed) {
        unlock(rt, &c->lock);
        return panic_with(m, "close of closed channel");
    }
    c->closed = true;
    hb_release(rt, g, &c->hb);
    struct waiter *w = stack_waiters(rt, &c->receivers, NULL);

    w = stack_waiters(rt, &c->senders, w);
    unlock(rt, &c->lock);
    while (w) {
        struct waiter *next = w->next; /* w is its goroutine's again once that is ready */

        ready(m, w->g, TO_RUNNEXT, leaf);
        w = next;
    }
    return DONE;
}

enum end chan_close(struct m *m, struct g *g, struct chan *c)
{
    return chan_close_by(m, g, c, LEAF_CHAN_CLOSE);
}

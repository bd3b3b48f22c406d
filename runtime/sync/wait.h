/* wait.h: what the primitives of this room share: queues of waiters, how a goroutine begins to wait, and
 * the halves of a channel operation that select uses too. Only runtime/sync includes it.
 *
 * A queue is guarded by the lock of its primitive. A waiter taken off a queue belongs to whoever took it
 * until that one calls ready(): its goroutine cannot run meanwhile, so the lock may be released first. */
#pragma once

#include "runtime/sync/sync.h"

static inline void waitq_push(struct waitq *q, struct waiter *w)
{
    w->next = NULL;
    w->prev = q->last;
    if (q->last)
        q->last->next = w;
    else
        q->first = w;
    q->last = w;
}

static inline void waitq_push_front(struct waitq *q, struct waiter *w)
{
    w->prev = NULL;
    w->next = q->first;
    if (q->first)
        q->first->prev = w;
    else
        q->last = w;
    q->first = w;
}

static inline void waitq_remove(struct waitq *q, struct waiter *w)
{
    if (w->prev)
        w->prev->next = w->next;
    else
        q->first = w->next;
    if (w->next)
        w->next->prev = w->prev;
    else
        q->last = w->prev;
    w->next = w->prev = NULL;
}

static inline bool waitq_has(const struct waitq *q, const struct waiter *w)
{
    return q->first == w || w->prev;
}

/* NULL: nobody waits. */
static inline struct waiter *waitq_pop(struct waitq *q)
{
    struct waiter *w = q->first;

    if (w)
        waitq_remove(q, w);
    return w;
}

/* g's own record, fresh, for a wait on `object`. */
struct waiter *wait_begin(struct g *g, const void *object);
void wait_end(struct g *g);

/* Tells the ledger that g now begins to wait for the declared object `number` (0: undeclared, nothing is
 * told), held by goroutine `holder` (0: by nobody in particular). */
void wait_told(struct m *m, const struct g *g, uint32_t number, uint64_t holder);

/* ---- channels, with c locked */

enum chan_try { CHAN_BLOCKS, CHAN_PROCEEDS, CHAN_CLOSED };

/* Sends *v (moved away), or fails. *partner is the goroutine to ready once c is unlocked, or NULL. */
enum chan_try chan_try_send(struct rt *rt, struct g *g, struct chan *c, struct value *v, struct g **partner);
/* Receives into *v. CHAN_CLOSED: closed and empty, *v is none. */
enum chan_try chan_try_recv(struct rt *rt, struct g *g, struct chan *c, struct value *v, struct g **partner);

/* chan_close with the function that the unblocked see in their stacks. */
enum end chan_close_by(struct m *m, struct g *g, struct chan *c, enum leaf leaf);

enum end send_on_closed(struct m *m);

/* ---- select, with the lock held of the channel that w waits on: whether w's goroutine is still to be had.
 * Exactly one case of a select is claimed, and only after its goroutine has left. */
bool select_claim(struct rt *rt, struct waiter *w);

/* ---- mutex_unlock with the function that the unblocked see */
enum end mutex_unlock_by(struct m *m, struct g *g, struct mutex *mu, struct mutex_op *op, enum leaf leaf);

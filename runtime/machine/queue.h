/* queue.h: what is going to happen: a 4-ary heap of entries by (when, seq). An entry knows its place, so
 * that it can be moved or taken out. */
#pragma once

#include "base/wide.h"
#include "runtime/seam.h"

/* A place in the order of all that happens: (when, seq) as one number, so that comparing needs no branch,
 * which nobody could foresee. Times are not negative. */
static inline uint128 order_of(int64_t when, uint64_t seq)
{
    return (uint128)(uint64_t)when << 64 | seq;
}

struct queue_item {
    uint128 order; /* the entry's, kept here so that comparing follows no pointer */
    struct outside *o;
};

struct queue {
    struct queue_item *at; /* 1-based: place 0 means "not queued" */
    uint32_t n, cap;
};

void queue_release(struct queue *q);
void queue_add(struct queue *q, struct outside *o);
void queue_remove(struct queue *q, struct outside *o);
void queue_moved(struct queue *q, struct outside *o); /* after o->when or o->seq changed */

static inline struct outside *queue_first(const struct queue *q)
{
    return q->n ? q->at[1].o : NULL;
}

#include "runtime/machine/queue.h"

#include <stdlib.h>

#include "base/mem.h"

static inline bool before(const struct queue_item *a, const struct queue_item *b)
{
    return a->order < b->order;
}

static inline struct queue_item item_of(struct outside *o)
{
    return (struct queue_item){order_of(o->when, o->seq), o};
}

static inline void place(struct queue *q, uint32_t i, struct queue_item item)
{
    q->at[i] = item;
    item.o->pos = i;
}

/* The children of place i are 4i-2 .. 4i+1. */
static void sift_up(struct queue *q, uint32_t i, struct queue_item item)
{
    while (i > 1 && before(&item, &q->at[(i + 2) / 4])) {
        place(q, i, q->at[(i + 2) / 4]);
        i = (i + 2) / 4;
    }
    place(q, i, item);
}

static void sift_down(struct queue *q, uint32_t i, struct queue_item item)
{
    for (;;) {
        uint32_t first = 4 * i - 2;
        uint32_t least = first;

        if (first > q->n)
            break;
        for (uint32_t c = first + 1; c < first + 4 && c <= q->n; c++)
            if (before(&q->at[c], &q->at[least]))
                least = c;
        if (!before(&q->at[least], &item))
            break;
        place(q, i, q->at[least]);
        i = least;
    }
    place(q, i, item);
}

void queue_release(struct queue *q)
{
    free(q->at);
    *q = (struct queue){0};
}

void queue_add(struct queue *q, struct outside *o)
{
    if (q->n + 1 >= q->cap) {
        q->cap = q->cap ? 2 * q->cap : 64;
        q->at = xrealloc(q->at, q->cap * sizeof *q->at);
    }
    q->n++;
    sift_up(q, q->n, item_of(o));
}

static void settle(struct queue *q, uint32_t i, struct queue_item item)
{
    if (i > 1 && before(&item, &q->at[(i + 2) / 4]))
        sift_up(q, i, item);
    else
        sift_down(q, i, item);
}

void queue_moved(struct queue *q, struct outside *o)
{
    settle(q, o->pos, item_of(o));
}

void queue_remove(struct queue *q, struct outside *o)
{
    uint32_t i = o->pos;
    struct queue_item last = q->at[q->n--];

    o->pos = 0;
    if (last.o != o)
        settle(q, i, last);
}

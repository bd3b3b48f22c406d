#include "runtime/detect/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define WAYS 16
#define BITS 4

struct clock {
    uint32_t refs;
    uint32_t level; /* 0: a leaf; a tree of level n has room for 16^(n+1) slots */
    union {
        uint32_t at[WAYS];
        struct clock *kid[WAYS]; /* NULL: all zero */
    };
};

static size_t node_size(uint32_t level)
{
    return offsetof(struct clock, at) + (level ? WAYS * sizeof(struct clock *) : WAYS * sizeof(uint32_t));
}

static struct clock *node_new(uint32_t level)
{
    struct clock *c = xcalloc(1, node_size(level));

    c->refs = 1;
    c->level = level;
    return c;
}

static uint32_t branch(uint32_t slot, uint32_t level)
{
    return slot >> (BITS * level) & (WAYS - 1);
}

struct clock *clock_share(struct clock *c)
{
    if (c)
        c->refs++;
    return c;
}

void clock_drop(struct clock *c)
{
    if (!c || --c->refs)
        return;
    if (c->level)
        for (int i = 0; i < WAYS; i++)
            clock_drop(c->kid[i]);
    free(c);
}

/* From a reference to a node to a reference to an equal one that nobody else has. */
static struct clock *writable(struct clock *c)
{
    if (c->refs == 1)
        return c;
    struct clock *copy = xmalloc(node_size(c->level));

    memcpy(copy, c, node_size(c->level));
    copy->refs = 1;
    if (c->level)
        for (int i = 0; i < WAYS; i++)
            clock_share(c->kid[i]);
    c->refs--;
    return copy;
}

static bool has_room(const struct clock *c, uint32_t slot)
{
    return (uint64_t)slot >> (BITS * (c->level + 1)) == 0;
}

/* The same clock as a tree of at least this level. */
static struct clock *raise_to(struct clock *c, uint32_t level)
{
    while (c->level < level) {
        struct clock *top = node_new(c->level + 1);

        top->kid[0] = c;
        c = top;
    }
    return c;
}

uint32_t clock_get(const struct clock *c, uint32_t slot)
{
    if (!c || !has_room(c, slot))
        return 0;
    while (c && c->level)
        c = c->kid[branch(slot, c->level)];
    return c ? c->at[branch(slot, 0)] : 0;
}

void clock_set(struct clock **c, uint32_t slot, uint32_t epoch)
{
    if (!*c)
        *c = node_new(0);
    while (!has_room(*c, slot))
        *c = raise_to(*c, (*c)->level + 1);
    *c = writable(*c);
    while ((*c)->level) {
        uint32_t level = (*c)->level;

        c = &(*c)->kid[branch(slot, level)];
        *c = *c ? writable(*c) : node_new(level - 1);
    }
    (*c)->at[branch(slot, 0)] = epoch;
}

/* From a reference to a to one to b. */
static struct clock *adopt(struct clock *a, struct clock *b)
{
    clock_share(b);
    clock_drop(a);
    return b;
}

struct joining {
    bool changed;
    uint64_t visits;
};

static struct clock *join_leaf(struct clock *a, struct clock *b, struct joining *j)
{
    bool a_behind = false;
    bool b_behind = false;

    for (int i = 0; i < WAYS; i++) {
        a_behind |= a->at[i] < b->at[i];
        b_behind |= b->at[i] < a->at[i];
    }
    if (!a_behind)
        return a;
    j->changed = true;
    if (!b_behind)
        return adopt(a, b);
    a = writable(a);
    for (int i = 0; i < WAYS; i++)
        if (a->at[i] < b->at[i])
            a->at[i] = b->at[i];
    return a;
}

static struct clock *join(struct clock *a, struct clock *b, struct joining *j);

static struct clock *join_inner(struct clock *a, struct clock *b, struct joining *j)
{
    bool same = true;

    for (int i = 0; i < WAYS; i++) {
        struct clock *kid = a->kid[i];

        if (a->refs == 1) {
            a->kid[i] = join(kid, b->kid[i], j);
        } else if (kid != b->kid[i] && b->kid[i]) {
            struct clock *joined = join(clock_share(kid), b->kid[i], j);

            if (joined != kid)
                a = writable(a);
            clock_drop(a->kid[i]);
            a->kid[i] = joined;
        }
        same = same && a->kid[i] == b->kid[i];
    }
    return same ? adopt(a, b) : a;
}

/* From a reference to a to one to the join of both, which have the same level. */
static struct clock *join(struct clock *a, struct clock *b, struct joining *j)
{
    if (a == b || !b)
        return a;
    j->visits++;
    if (!a) {
        j->changed = true;
        return clock_share(b);
    }
    return a->level ? join_inner(a, b, j) : join_leaf(a, b, j);
}

bool clock_join(struct clock **into, struct clock *from, uint64_t *visits)
{
    struct joining j = {.changed = false};

    if (!from || *into == from)
        return false;
    if (!*into) {
        *into = clock_share(from);
        return true;
    }
    struct clock *b = raise_to(clock_share(from), (*into)->level);

    *into = join(raise_to(*into, b->level), b, &j);
    clock_drop(b);
    *visits += j.visits;
    return j.changed;
}

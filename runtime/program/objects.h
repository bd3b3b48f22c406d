/* objects.h: what variables of a workload refer to: buffers, messages, regions, vars, and the primitives
 * of runtime/sync with a count of references around them.
 *
 * Each begins with its handle and is gone with its last reference. A buffer and what a var keeps are
 * reachable memory of the collector's as long as they live. */
#pragma once

#include "runtime/program/kinds.h"
#include "runtime/sync/sync.h"

struct object_code;

/* The real memory (runtime/held.h) that object_new would take. */
size_t object_size(const struct rt *rt, const struct object_code *code, int64_t n);

#define PUTS_KEPT 4

/* A piece of memory with an identity. A name holds it as of a generation: `put` begins the next one, so
 * that whoever still uses the old name is found out, whether or not somebody else has it by now. */
struct buffer {
    struct handle h;
    uint32_t generation; /* value.aux of the names that may use it */
    int64_t size, pointers;
    uint64_t written_for; /* the request whose output is in it */
    int64_t written;      /* bytes of that, not yet sent as an answer */
    struct shadow shadow;
    struct deed puts[PUTS_KEPT]; /* of the last generations: which one ended it */
};
struct value buffer_new(struct rt *rt, int64_t size, int64_t pointers);

static inline struct buffer *buffer_of(struct value v)
{
    return (struct buffer *)v.ref;
}

static inline void buffer_put(struct buffer *b, struct deed put)
{
    b->puts[b->generation % PUTS_KEPT] = put;
    b->generation++;
}

static inline bool buffer_is_stale(struct value v)
{
    return v.aux != buffer_of(v)->generation;
}

/* Several values that travel as one. One that holds a request also says who sent it and when, because
 * whoever binds it takes the request in hand; a request sent alone is a list of one. */
struct list {
    struct handle h;
    uint32_t n;
    uint64_t from; /* goroutine; 0: holds no request */
    int64_t sent;
    struct value items[];
};
struct list *list_new(struct rt *rt, uint32_t n); /* of VALUE_NONE */

static inline struct list *list_of(struct value v)
{
    return (struct list *)v.ref;
}

static inline struct value list_value(struct list *l)
{
    return (struct value){.tag = VALUE_LIST, .aux = l->n, .ref = &l->h};
}

/* An annotation in two steps. */
struct region {
    struct handle h;
    uint64_t task;
    const char *name; /* borrowed from the program */
    uint32_t depth;   /* how many were open there with it */
    struct deed begun, ended;
};
struct value region_new(struct rt *rt, uint64_t task, const char *name, uint32_t depth, struct deed begun);

static inline struct region *region_of(struct value v)
{
    return (struct region *)v.ref;
}

/* The program's own shared word. */
struct var {
    struct handle h;
    struct shadow shadow;
    const char *name;
    int64_t kept, kept_pointers; /* allocations that live as long as it does */
};

struct array {
    struct handle h;
    uint32_t n;
    struct value items[];
};

static inline struct context *context_of_value(struct value v)
{
    return (struct context *)v.ref;
}

/* A declared object. `n` is its size, capacity or the length of an array; `numbered`: declared for all,
 * so that the ledger tells its locks by number. */
struct value object_new(struct rt *rt, const struct object_code *code, int64_t n, bool numbered);

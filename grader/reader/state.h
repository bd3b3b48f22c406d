/* state.h: the goroutines, procs and threads of the traced program, as far as its events told.
 *
 * Kept across generations, since all of it carries over. Memory is that of what is alive: goroutines go
 * when they are destroyed; procs, threads and tasks are few. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "format/events.h"
#include "grader/reader/event.h"
#include "grader/reader/idtree.h"

/* A sequence number is good for one generation: where status or creation was stated, it is 0. */
struct sequence {
    uint64_t generation, n;
};

/* A range in progress. Of a stop-the-world, `wire_kind` tells it from others while it lasts, and `kind`
 * is that string's id for the whole trace. */
struct range {
    enum range_name name;
    uint64_t wire_kind;
    uint32_t kind;
};

/* Ranges on one resource are a handful; a limit keeps a hostile file from making the search long. */
enum { MAX_RANGES = 64 };

struct ranges {
    VEC(struct range) list;
};

struct region {
    uint64_t task;
    uint32_t name;
};

struct g_state {
    struct idnode node;
    enum wire_g_status status;
    struct sequence seq;
    struct ranges ranges;
    VEC(struct region) regions; /* innermost last */
};

struct p_state {
    struct idnode node;
    enum wire_p_status status;
    struct sequence seq;
    struct ranges ranges;
};

/* What a thread holds; known from its first event on, or from a GoStatus that names it. A proc that is
 * held is always known; a goroutine may have been ended by another thread that holds it as well. */
struct m_state {
    struct idnode node;
    uint64_t g, p;        /* TRACE_NO_GOROUTINE, TRACE_NO_PROC */
    struct m_state *next; /* in the order in which they became known */
};

struct task_state {
    struct idnode node;
    uint64_t parent;
    uint32_t name;
};

enum gc_state { GC_UNDETERMINED, GC_NOT_RUNNING, GC_RUNNING };

struct state {
    struct idtree gs, ps, ms, tasks;
    struct m_state *first_m, **last_m;
    uint64_t first_generation;
    uint64_t gc_seq;
    enum gc_state gc;
};

void state_init(struct state *s, uint64_t first_generation);
void state_release(struct state *s);

/* NULL when not known. */
struct g_state *state_g(const struct state *s, uint64_t id);
struct p_state *state_p(const struct state *s, uint64_t id);
struct m_state *state_m(const struct state *s, uint64_t id);
struct task_state *state_task(const struct state *s, uint64_t id);

/* Make one that is not known yet. */
struct g_state *state_add_g(struct state *s, uint64_t id, enum wire_g_status status, struct sequence seq);
struct p_state *state_add_p(struct state *s, uint64_t id, enum wire_p_status status, struct sequence seq);
struct m_state *state_add_m(struct state *s, uint64_t id);
struct task_state *state_add_task(struct state *s, uint64_t id, uint64_t parent, uint32_t name);

void state_remove_g(struct state *s, struct g_state *g);
void state_remove_task(struct state *s, struct task_state *t);

/* The range of that name and kind in progress, or NULL. A `wire_kind` of RANGE_ANY matches every kind:
 * the one that began first. */
#define RANGE_ANY UINT64_MAX
struct range *ranges_find(const struct ranges *r, enum range_name name, uint64_t wire_kind);

/* False if there are MAX_RANGES already. */
bool ranges_add(struct ranges *r, struct range range);
void ranges_remove(struct ranges *r, struct range *range);

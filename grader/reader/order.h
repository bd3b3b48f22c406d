/* order.h: the events of a generation, merged from its threads into one order that can have happened.
 *
 * Every thread's events are in program order; between threads only sequence numbers and states decide:
 * a GoStart waits until its goroutine is runnable, a ProcSteal until the P is in a system call. Times
 * merely say which thread is tried first. So the merge runs the traced scheduler again: it keeps the
 * state of every G, P and M (state.h), takes the earliest event that its rule (rules.h) lets happen, and
 * refuses traces in which none can, or in which one does what no scheduler does.
 *
 * State carries over from generation to generation; generations never overlap. The rules and the words
 * of the refusals are those of Go's reader (Go 1.26, internal/trace). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "grader/reader/event.h"
#include "grader/reader/generation.h"
#include "grader/reader/state.h"
#include "grader/reader/wire.h"

/* One thread's way through its batches, and the event it has come to. */
struct cursor {
    struct idnode node; /* by thread */
    struct m_state *m;  /* NULL until the thread is known, and always for "no thread" */
    uint64_t thread;
    size_t number; /* in order of first appearance: decides between equal times */
    struct batch *batch, *last_batch;
    const uint8_t *at, *end; /* the rest of the batch */
    struct wire_event wire;
    int64_t time;
    uint64_t offset; /* in the file */
};

/* What a thread holds. */
struct context {
    uint64_t thread, proc, goroutine;
};

enum { QUEUE_EVENTS = 3 }; /* as many as one wire event can become */

struct order {
    struct interners *interners;
    enum trace_version version;
    bool strict; /* events that the version does not have are refused */
    struct state state;
    int64_t last_time;     /* of the event that came out last */
    uint64_t done, wasted; /* events that happened; attempts that were too early */

    /* Of this generation. */
    struct generation *gen;
    struct idtree threads;
    size_t cursors;
    VEC(struct cursor *) frontier; /* those with an event left: a heap by (time, number) */
    size_t sample;                 /* the next one */
    struct trace_event queue[QUEUE_EVENTS];
    size_t queue_at, queue_len;

    /* Of the event being tried: what rules look at. */
    struct cursor *cursor;
    struct context context; /* before it */
    struct trace_error *err;
};

enum order_result { ORDER_EVENT, ORDER_DONE, ORDER_FAILED };

void order_init(struct order *o, struct interners *interners, enum trace_version version, bool strict);
void order_release(struct order *o);

/* Sets out on a generation, which must stay as it is until ORDER_DONE. Decodes each thread's first
 * event; false if one cannot be. */
bool order_begin(struct order *o, struct generation *g, struct trace_error *err);

/* The next event; ORDER_DONE: the generation has no more. */
enum order_result order_next(struct order *o, struct trace_event *out, struct trace_error *err);

/* When an event that claims `time` comes out: then, or 1 ns after the one before it (the first: after 0). */
int64_t order_time(struct order *o, int64_t time);

/* op.h: operations that may take more than one step, and the record each keeps in its goroutine.
 *
 * Every operation that may block is one function `enum end f(m, g, op, ...)`, called again with the
 * same record until it says DONE. Its phase is `op->at`; 0 is always the first phase, so a zeroed
 * record starts an operation. The record lives in the goroutine (struct g, `op`) and belongs to the M
 * that runs it. A composite operation embeds the record of the simpler one. */
#pragma once

#include "runtime/seam.h"
#include "runtime/value.h"

/* How one step of an operation, or of a goroutine, ended. */
enum end {
    DONE,    /* finished; the result is in the record */
    PARK,    /* g is enqueued where park_on() said and leaves its M; call again when it was readied */
    AGAIN,   /* spend the charged cost and call again (a spin round, mark work) */
    YIELD,   /* g goes to the tail of the queue that yield_to() named; call again when it runs */
    CALL,    /* g makes the system call that call_out() described; call again when it is over */
    NAP,     /* g keeps its M and P; call again when woken or at m->nap_until (stopping the world) */
    COMPUTE, /* g wants m->compute_ns of CPU; m->ran tells how much it got; call again */
    PANIC,   /* the operation panicked with m->panic_text; the goroutine runs its deferred steps */
    EXIT,    /* the goroutine is finished (only from a goroutine's run function) */
};

/* One wait of one goroutine on one primitive (Go's sudog). Guarded by the primitive's lock. */
struct waiter {
    struct g *g;
    struct waiter *next, *prev;
    struct value value; /* sent by the waiter, or delivered to it; semaphore: how many it wants */
    uint32_t index;     /* select: which case */
    bool ok;            /* delivered (false: the channel was closed) */
    bool is_select;     /* one of several: compete for the select's gate (sync/select.c) */
    bool handoff;       /* mutex: ownership came with the wake-up */
};

struct chan;
struct mutex;
struct rwmutex;
struct waitgroup;
struct semaphore;

/* A deadline at which `fire` runs on the P that owns the timer (sched/timer.c). */
struct timer {
    int64_t when;
    uint64_t seq;
    struct p *p;  /* whose heap it is in; NULL when in none; atomic */
    uint32_t pos; /* place in that heap */
    void (*fire)(struct m *m, struct timer *t);
};

struct chan_op {
    uint8_t at;
    bool ok;            /* receive: a value came (false: closed and empty) */
    struct value value; /* send: what to send (moved away); receive: what came (owned by the caller) */
};

enum select_dir { SELECT_RECV, SELECT_SEND, SELECT_AFTER, SELECT_DONE };

struct select_case {
    enum select_dir dir;
    struct chan *c;     /* RECV, SEND; DONE: the context's done channel; NULL: never ready */
    struct value value; /* SEND: moved away if chosen; RECV: what came */
    int64_t after;      /* AFTER: duration in ns */
};

struct select_op {
    uint8_t at;
    bool has_default;
    bool ok;
    uint16_t n;
    int16_t chosen; /* index of the case that proceeded, or -1 for default */
    struct select_case *cases;
    struct select_state *state; /* waiters, lock order, timers while parked */
};

struct mutex_op {
    uint8_t at;
    uint8_t spins;
    bool woken;    /* this goroutine set the mutex's woken bit */
    bool starving; /* it has waited too long */
    bool slept;    /* it has been among the waiters: next time it goes to the front */
    bool front;    /* where it queues now */
    int64_t since; /* when it first slept */
};

struct rwmutex_op {
    uint8_t at;
    struct mutex_op writers;
};

struct waitgroup_op {
    uint8_t at;
};

struct semaphore_op {
    uint8_t at;
};

struct sleep_op {
    uint8_t at;
    struct timer timer;
};

/* Taking part in a stop of the world (sched/stw.c). */
struct stw_op {
    uint8_t at;
};

/* Starting or ending a collector cycle (gc/cycle.c). */
struct cycle_op {
    uint8_t at;
    struct stw_op stw;
};

/* Paying an allocation debt (gc/assist.c). */
struct assist_op {
    int64_t work;   /* to be marked, */
    int64_t done;   /* of that, so far */
    uint32_t cycle; /* in which the debt was made (the low bits of its number) */
    uint8_t at;
    bool told; /* a range is open in the trace */
    struct cycle_op end;
};

struct alloc_op {
    uint8_t at;
    bool refilled;    /* took a span, so that it must look at the trigger */
    int64_t bytes;    /* asked for */
    int64_t pointers; /* of these, bytes that the collector must scan */
    union {
        struct assist_op assist; /* first it pays, */
        struct {                 /* then it has its memory */
            int64_t zeroed;
            struct cycle_op start;
        };
    };
};

/* A system call or a network operation of the world (world/services.c). */
struct outside_op {
    uint8_t at;
    bool failed;
    struct call *call; /* on its way, owned by the world */
};

/* Using the CPU (program/run_work.c). */
struct compute_op {
    uint8_t at;
    int64_t left;  /* not received yet */
    int64_t since; /* when it began */
};

/* Serving loads (world/serve.c). */
struct serve_op {
    uint8_t at;
    struct serve *serve;
};

/* What every goroutine has room for. Nothing in it is larger than a timer and a phase (sleep): parked
 * goroutines are many, so what needs more keeps it elsewhere while it needs it, as select does. */
union op {
    struct chan_op chan;
    struct select_op select;
    struct mutex_op mutex;
    struct rwmutex_op rwmutex;
    struct waitgroup_op waitgroup;
    struct semaphore_op semaphore;
    struct sleep_op sleep;
    struct alloc_op alloc;
    struct outside_op outside;
    struct compute_op compute;
    struct serve_op serve;
    struct stw_op stw;
};
_Static_assert(sizeof(union op) == sizeof(struct sleep_op), "an operation needs a record of its own");

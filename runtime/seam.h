/* The seam between the policy core and the machine it runs on.
 *
 * The core (scheduler, primitives, timers, collector, tracer) is a library of steps that never
 * block a thread. A machine calls sched_step(m) to run one M for one instant and carries out the
 * *want* it returns; the core calls a machine through the small table below. The virtual machine
 * is an event loop around sched_step, a thread machine is a loop in each pthread, and a unit test
 * steps Ms by hand.
 *
 * Rules:
 * - In virtual time a step is atomic and happens at one instant; its cost is charged after it.
 * - An M never schedules its own future: it asks for CPU time and receives it.
 * - Only sched/inline.h asks which machine it is on (`rt->threads`): for the clock, for costs, for
 *   locks and for atomics. Whatever is rare goes through `struct machine_ops`.
 * - Shared fields are guarded by a named `struct rt_lock` or are touched only with the at_* macros. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/ledger.h"
#include "runtime/machine/costs.h"

struct g;
struct m;
struct p;
struct rt;

/* What an M wants next. Everything a machine must be able to do for the core. */
enum want_kind {
    WANT_COMPUTE, /* CPU time: `ns` of program work (may be 0) on top of the step's charged cost */
    WANT_WAIT, /* sleep until woken by a token or until `deadline` (NEVER: no deadline) */
    WANT_POLL, /* the same, and ended by completions of outside operations too */
    WANT_CALL, /* a blocking system call, described by `call` */
    WANT_GONE, /* this M is finished */
};

#define NEVER INT64_MAX

struct want {
    enum want_kind kind;
    bool uncuttable; /* COMPUTE that no preemption signal can stop */
    union {
        int64_t ns; /* COMPUTE */
        int64_t deadline; /* WAIT, POLL: absolute, in the machine's nanoseconds */
        struct outside *call; /* CALL: over when this has fired (the caller schedules it with outside_at) */
    };
};

/* Something outside the program that happens at a known instant: an arrival, the end of a network
 * operation, of a system call, a client's patience. Embedded in whatever owns it. `fire` is called
 * by the machine between steps; it may call poll_ready and outside_at, and never runs a goroutine. */
struct outside {
    int64_t when;
    uint64_t seq; /* tie-break, given by the machine */
    void (*fire)(struct rt *rt, struct outside *o);
    uint32_t pos; /* place in the machine's queue, 0 when not queued */
    bool housekeeping; /* does not keep the run alive (a quiet machine may still hold some) */
    struct m *caller;  /* set by the machine while an M's CALL waits for this to fire */
};

/* A FIFO or LIFO of goroutines linked through g->link. */
struct g_list {
    struct g *head, *tail;
    uint32_t n;
};

/* What the core asks of a machine. All calls return at once. */
struct machine_ops {
    void (*start)(struct m *m); /* give a new M a context; it begins as if woken */
    void (*wake)(struct m *m); /* leave a token: ends its WAIT or POLL; never lost */
    void (*preempt)(struct m *m); /* cut its COMPUTE short at the next safe instant */
    /* Takes up to `max` goroutines whose outside operations have completed, in the poller's
     * order (last completed first, as epoll's list is built). Appends to `ready`. */
    uint32_t (*poll_now)(struct rt *rt, struct g_list *ready, uint32_t max);
    void (*poll_break)(struct rt *rt); /* end a POLL early (a nearer timer came up) */
    void (*poll_ready)(struct rt *rt, struct g *g); /* g's outside operation has completed */
    void (*outside_at)(struct rt *rt, struct outside *o, int64_t when); /* (re)schedule */
    void (*outside_cancel)(struct rt *rt, struct outside *o); /* no-op if not queued */
    void (*emit)(struct rt *rt, const void *bytes, size_t n); /* append to the trace */
    void (*finish)(struct rt *rt, enum run_end how); /* no further step will be asked for */
};

/* A lock of the runtime itself. In virtual time it cannot be contended (steps are atomic), so
 * taking a held one is a bug and aborts; on threads it is a futex lock. */
struct rt_lock {
    uint32_t word;
};

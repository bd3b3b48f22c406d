/* simulate.h: one run of a workload in its world, on the virtual machine, from boot to the last ledger page.
 *
 *     program + world + seed  ->  simulate()  ->  trace bytes, and how it ended
 *
 * Same arguments, same bytes. Recording, detection and progress reports do not change the schedule. (But a
 * runaway may be stopped sooner with them: what they take of the machine is in its budget.) */
#pragma once

#include "base/diag.h"
#include "runtime/machine/virtual.h"
#include "runtime/sched/g.h"

struct program;
struct world_def;

#define SIMULATE_CPUS 4              /* of a workload that has no world */
/* Budgets: what a runaway workload may use before it is stopped, in some ten seconds. */
#define SIMULATE_MAX_STEPS 20000000 /* a lab takes 0.2 million */
#define SIMULATE_MAX_TIME (3600 * INT64_C(1000000000))
#define SIMULATE_MAX_TRACE (UINT64_C(256) << 20) /* a lab makes 2 MiB at most */
#define SIMULATE_MAX_HELD (UINT64_C(512) << 20) /* a lab takes less than 1 MiB */
#define SIMULATE_MAX_GOROUTINES (1 << 20)

struct simulation {
    const struct program *program;
    const struct world_def *world;
    const char *scenario_digest; /* for the ledger; NULL: none */
    uint64_t seed;               /* the world's luck: requests, costs, latencies, parameters */
    uint64_t schedule_seed;      /* the schedule's: wake-ups, steals, select order */
    bool adversarial;
    bool trace;
    bool detect;
    struct sink sink; /* trace bytes */
    void (*tick)(void *context, int64_t now);
    void *tick_context;
};

struct simulated {
    enum run_end end;
    char text[512]; /* the panic, or what is deadlocked */
    int64_t time;   /* virtual ns */
    struct counts counts;
    uint64_t trace_bytes, trace_events;
    uint64_t held;       /* real memory that the program took and did not give back at the end: 0 */
    uint64_t goroutines; /* structs of goroutines made: the most that lived at once, about */
};

/* False after reporting what in the world does not fit this seed. */
bool simulate(const struct simulation *s, struct simulated *out, struct diags *d);

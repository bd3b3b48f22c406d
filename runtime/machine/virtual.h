/* virtual.h: the machine with a virtual clock: one event loop, deterministic to the byte.
 *
 * What is going to happen is a queue of outside things (arrivals, ends of operations, wake-ups of sleeping
 * Ms) and the edges of CPUs (an M has received the CPU time it asked for, or its slice is over), each in
 * the order of (time, sequence); of one instant, the outside comes first. Idle time is jumped over, never
 * walked.
 *
 * Ms receive CPU time from n virtual CPUs through a fair operating system: an M that sleeps pays a wake-up
 * latency, and keeps its CPU for a slice of 3 ms when others wait. Not modelled: affinity, frequency, NUMA,
 * contention of the runtime's internal locks (steps are atomic). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/seam.h"

struct machine;

/* Where trace bytes go. May be NULL. */
struct sink {
    void (*write)(void *context, const void *bytes, size_t n);
    void *context;
};

extern const struct machine_ops virtual_ops;

struct machine *virtual_new(uint32_t cpus, struct sink sink);
void virtual_free(struct machine *vm);
/* Before sched_boot: the simulation that this machine runs. */
void virtual_attach(struct machine *vm, struct rt *rt);
/* Runs to the end: main returned, panic, deadlock, or out of the budget that rt->set states. `tick`, if
 * any, is called now and then with the virtual time (for progress lines) and cannot influence the run. */
void virtual_run(struct machine *vm, void (*tick)(void *context, int64_t now), void *context);

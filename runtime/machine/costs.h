/* What operations of the runtime cost in virtual time: one table with a version.
 *
 * Orders of magnitude of Go 1.22-1.26 on a current x86-64 server. Labs are tuned against these
 * numbers, so a change of any of them raises COSTS_VERSION, which every trace and verdict carries. */
#pragma once

#define COSTS_VERSION 1

/* clang-format off */
#define COSTS(X)                                                                       \
    /* symbol            ns   what */                                                  \
    X(STEP,               1, "any step at all")                                        \
    X(INSTRUCTION,        2, "one instruction of a program that does nothing else")    \
    X(CALL,               5, "a function call and its return")                         \
    X(SCHEDULE,         120, "one scheduling round that finds work at once")           \
    X(FIND,              80, "looking at the global queue, the poller, other Ps")      \
    X(STEAL,             60, "taking half of another P's ring")                        \
    X(SPAWN,            300, "a go statement")                                         \
    X(READY,             60, "making a goroutine runnable")                            \
    X(PARK,              80, "parking the current goroutine")                          \
    X(WAKE_THREAD,      900, "starting or waking an M (futex wake)")                   \
    X(STOP_THREAD,      500, "putting an M to sleep")                                  \
    X(CHANNEL,           60, "a channel operation")                                    \
    X(SELECT_CASE,       40, "one case of a select")                                   \
    X(LOCK,              20, "taking or releasing a mutex")                            \
    X(SPIN,             120, "one round of active spinning (30 PAUSE)")                \
    X(ATOMIC,             8, "an atomic operation")                                    \
    X(TIMER,            100, "arming or running a timer")                              \
    X(POLL,             700, "a non-blocking poll of the network")                     \
    X(NET,             1500, "starting or finishing a network operation")              \
    X(SYSCALL,          200, "entering and leaving a system call")                     \
    X(SIGNAL,          1500, "delivering a preemption signal")                         \
    X(ACCESS,             5, "a read or write of a shared variable")                   \
    X(WRITE_KIB,         60, "filling one KiB of a buffer")                            \
    X(ALLOC,             60, "an allocation")                                          \
    X(ALLOC_KIB,         25, "zeroing one KiB of a fresh allocation")                  \
    X(POOL,              30, "a Get or Put of a sync.Pool")                            \
    X(DEFER,              5, "registering a deferred call")                            \
    X(ANNOTATE,          40, "creating a task, region or log record")                  \
    X(CONTEXT,          150, "deriving or cancelling a context")                       \
    X(MARK_UNIT,          1, "marking one byte of pointerful heap, in ns per MARK_BYTES") \
    X(STW,             8000, "one stop-the-world phase's own work")                    \
    X(SWEEP,            100, "sweeping one span of 8 KiB")                             \
    X(SYSMON,           600, "one round of sysmon")
/* clang-format on */

enum cost {
#define X(sym, ns, what) COST_##sym,
    COSTS(X)
#undef X
    COST_COUNT
};

#define MARK_BYTES 1 /* bytes of scan work marked per COST_MARK_UNIT: about 1 GB/s per core */

/* Operating system model, in ns: an M that slept runs this long after it was woken (drawn from
 * the schedule's seed), and keeps a CPU for a slice when somebody else wants it. */
#define OS_WAKE_LATENCY_MIN 2000
#define OS_WAKE_LATENCY_MAX 8000
#define OS_SLICE 3000000
#define OS_WAKE_PREEMPTS 1000000 /* a waking M takes the CPU of one this far ahead */
/* Adversarial schedules: a thread that has lost its CPU to somebody else's work has it back after this. */
#define OS_STALL_MIN 1000000
#define OS_STALL_MAX 20000000

/* pacer.h: when a cycle starts, how large the heap may grow meanwhile, and what allocation pays for it.
 *
 * The pacer is arithmetic on one struct: it knows no goroutines, takes no locks and reads no clock. The
 * unit of work is one byte that marking must scan. Names of the quantities, with Go's letters:
 *
 *     marked        M   bytes found live by the last cycle
 *     stack_scan    S   bytes of stacks scanned by the last cycle
 *     globals       R   bytes of globals, the same in every cycle
 *     live          L   M plus what was allocated since (by whole spans: a slight over-estimate)
 *     triggered     T   L when the running cycle was triggered
 *
 *        0 ......... M ....... lower .... trigger .... upper .... goal
 *                              |<------- where the trigger may lie ->|
 *
 * All of it is Go's (1.22-1.26, runtime/mgcpacer.go): goal and trigger, worker counts, the assist ratio,
 * and the cons/mark estimate at the end of a cycle. Real numbers are doubles, evaluated in the order
 * written, without contraction, and become integers by saturation, so that every compiler and CPU gets
 * the same. Left for later: the memory limit and the CPU limiter. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PACER_UTILIZATION 0.25       /* part of all Ps that marks in the background */
#define PACER_OVER_ASSIST (64 << 10) /* least work of one assist; the surplus is credit */
#define PACER_HISTORY     4          /* cycles whose cons/mark estimates are remembered */
#define PACER_NO_GOAL     INT64_MAX  /* goal and trigger when GOGC is off */

struct pacer {
    int32_t gogc; /* percent; -1 is off */
    uint32_t procs;

    /* What the last cycle found. */
    int64_t marked;
    int64_t heap_scan; /* bytes of heap it scanned */
    int64_t stack_scan;
    int64_t globals;
    double cons_mark; /* bytes allocated per unit marked, CPU share taken into account */
    double past[PACER_HISTORY];

    /* Committed for the next cycle. */
    int64_t gogc_goal;
    int64_t runway;      /* how long before the goal marking should begin, in bytes */
    int64_t sweep_floor; /* neither goal nor trigger lies below it: room to sweep first; 0: none */

    /* The heap now. */
    int64_t live;
    int64_t scannable; /* bytes of it that are pointers, garbage included */

    /* The running cycle. */
    int64_t triggered; /* -1: none has been triggered yet */
    int64_t began;     /* when marking began */
    int64_t stacks;    /* bytes of stacks there are to scan at most */
    int64_t done;      /* units marked so far */
    int64_t assist_time;
    int64_t idle_time;
    double work_per_byte; /* the assist ratio and its reciprocal */
    double bytes_per_work;
};

/* How marking is spread over the Ps. */
struct pacer_workers {
    int64_t dedicated; /* Ps that only mark */
    double fractional; /* part of the time of each other P */
    int64_t idle;      /* idle Ps that may help at once */
};

/* A process with an empty heap that has never run a cycle. */
void pacer_init(struct pacer *p, int32_t gogc, uint32_t procs, int64_t globals);

/* Where the goal and the window of the trigger are for the heap as the last cycle left it. */
int64_t pacer_goal(const struct pacer *p);
int64_t pacer_trigger(const struct pacer *p);
int64_t pacer_trigger_lower(const struct pacer *p);
int64_t pacer_trigger_upper(const struct pacer *p);

/* Workers for a cycle; `timed`: it was started because of its age, so that idle Ps are left alone. */
struct pacer_workers pacer_workers(uint32_t procs, bool timed);

/* Marking begins, with this much of stacks to scan; computes the assist ratio. */
void pacer_begin(struct pacer *p, int64_t now, int64_t stacks);

/* The assist ratio again: to be called when `live` has changed while marking. */
void pacer_revise(struct pacer *p);

/* Marking is over: a new cons/mark estimate. */
void pacer_end(struct pacer *p, int64_t now);

/* The cycle left this much: resets the heap, then computes goal and runway for the next one. `swept`:
 * nothing is left to sweep. */
void pacer_reset(struct pacer *p, int64_t marked, int64_t heap_scan, int64_t stack_scan);
void pacer_commit(struct pacer *p, bool swept);

/* As though the last cycle had ended with this cons/mark estimate. */
void pacer_warm(struct pacer *p, double cons_mark);

/* What a goroutine that owes `debt` bytes is asked to mark, and how many bytes that repays. */
struct pacer_bill {
    int64_t work, bytes;
};
struct pacer_bill pacer_bill(const struct pacer *p, int64_t debt);

/* Exchange between the two, at the present ratio, rounded down. */
int64_t pacer_work(const struct pacer *p, int64_t bytes);
int64_t pacer_bytes(const struct pacer *p, int64_t work);

/* gc.h: the collector's own state, shared by the files of this room and by nobody else.
 *
 * A cycle, and who moves it on:
 *
 *        the goroutine that met the trigger,             the worker or assist that
 *        or the forced-GC helper                         found no work left
 *     OFF ---------------> STARTING ---------------> MARKING -----------------> OFF
 *         cycle_start:               world stopped:            cycle_end: world stopped:
 *         sweeps what is left,       pools cleared, sums       assists woken, estimate made,
 *         starts workers             taken, balances zeroed    garbage handed to the sweeper
 *
 * Marking is a pool of scan work, known in full when the cycle begins (everything reachable then, stacks,
 * globals). Markers take it in chunks that count as done at once and are then paid for in CPU time that no
 * preemption cuts, so that no goroutine off its P ever holds unfinished work.
 *
 * Deliberately not modelled: Go's ragged barrier before mark termination preempts every P to flush its
 * mark buffers; there are none here, so it would find nothing, and what is left of it is that the Ps'
 * assist times are collected. A goroutine that meets the trigger while another stops the world goes on
 * until it is stopped too, where Go lets it wait. Left for later: proportional sweep, memory limit, CPU
 * limiter. */
#pragma once

#include "runtime/gc/hooks.h"
#include "runtime/gc/heap.h"
#include "runtime/gc/pacer.h"
#include "runtime/sched/sched.h"

#define GC_SPAN        8192        /* bytes that a P takes at a time; larger allocations are taken directly */
#define GC_MARK_CHUNK  20000       /* units marked in one step: ten of Go's credit flushes, 20 us */
#define GC_STACK_BYTES 1024        /* scanned of each goroutine's stack: half of Go's smallest */
#define GC_GLOBALS     (256 << 10) /* scanned of a program's data, as in a small Go service */

enum gc_phase { GC_OFF, GC_STARTING, GC_MARKING };

enum worker_mode { WORKER_DEDICATED, WORKER_FRACTIONAL, WORKER_IDLE };

/* A background mark worker: a native goroutine that is parked or marks on some P. */
struct worker {
    uint8_t at;
    enum worker_mode mode;
    bool stop;          /* asked to give way */
    bool gave_queue;    /* dedicated: has given its P's queue away */
    int64_t since;      /* when it began to mark on this P */
    int64_t owed;       /* marked and not yet published as credit */
    int64_t till_check; /* units until it looks for ordinary work */
    struct g *g;
    struct g *starter;   /* waits until the worker is there */
    struct worker *next; /* stack of parked workers */
    struct cycle_op end;
};

struct gc_clear {
    void (*clear)(struct rt *rt, void *context);
    void *context;
};

struct gc {
    struct rt_lock lock; /* guards all that is not atomic; taken before rt->lock */

    uint32_t phase; /* atomic: enum gc_phase */
    int64_t reach;  /* atomic: the owners' sums */
    int64_t reach_pointers;

    struct pacer pacer;
    int64_t peak;
    uint64_t cycle;   /* number of the last one begun */
    int64_t last_end; /* when the last one ended, 0: none has */

    /* The running cycle. */
    int64_t snapshot, snapshot_pointers; /* reachable when it began */
    int64_t stacks;                      /* bytes of stacks it scans */
    int64_t black;                       /* allocated while it marks */
    int64_t work;                        /* scan work that nobody has taken yet */
    int64_t credit;                      /* marked in the background, not yet spent on debts */
    bool ending;
    struct pacer_workers slots; /* workers that may still start */
    struct g_list assists;      /* goroutines waiting for credit, FIFO */

    /* Sweeping what the last cycle left. */
    int64_t unswept; /* spans */
    int64_t garbage; /* bytes in them */
    bool sweeper_parked;

    struct worker *workers; /* one per P, the first n_workers of which have been started */
    uint32_t n_workers;
    struct worker *parked;
    struct g *sweeper;
    bool helper_parked;
    struct {
        struct g *g;
        uint8_t at;
        struct cycle_op start;
    } helper;

    struct gc_clear *clears; /* in the order of registration */
    size_t n_clears;
};

static inline bool gc_marking(const struct rt *rt)
{
    return rt->gc && at_load(rt, &rt->gc->phase) == GC_MARKING;
}

/* ---- heap.c */

/* Collects what the Ps have allocated since they last told; the world is stopped. */
void heap_flush(struct rt *rt);

/* ---- cycle.c. Both are called until DONE, by a goroutine that runs. */

/* Whether no cycle runs and the heap has reached the trigger, or the last one is two minutes ago. */
bool cycle_due(struct rt *rt);
bool cycle_overdue(struct m *m);
/* Sweeps what is left and begins a cycle, unless that is no longer called for; `timed`: because it was
 * overdue, not because it was due. */
enum end cycle_start(struct m *m, struct g *g, struct cycle_op *op, bool timed);
/* Ends the cycle if all work is done and nobody else ends it. */
enum end cycle_end(struct m *m, struct g *g, struct cycle_op *op);

/* ---- mark.c */

/* Takes up to `max` units of work, which count as marked; 0: there is none left, or no cycle marks. */
int64_t mark_take(struct m *m, int64_t max);
/* The CPU time that they cost: return the result. */
enum end mark_for(struct m *m, int64_t units);
/* Publishes background work: pays waiting assists in order, and keeps the rest as credit. */
void mark_credit(struct m *m, int64_t work);

/* ---- worker.c */

/* Whether there is work that a P without any other could do. gc->lock held. */
bool worker_wants_idle(const struct gc *gc);

/* Starts one more worker, if there are fewer than Ps: parks g until the worker is there, then wants to be
 * called again. DONE: there are enough. */
enum end worker_start(struct m *m, struct g *g);

/* ---- assist.c */

/* Lets g pay what it owes; DONE when it may allocate. */
enum end assist(struct m *m, struct g *g, struct assist_op *op);

/* ---- sweep.c */
extern const struct g_kind sweeper_kind;

/* A cycle has left this much in the heap, so much of it garbage: readies the sweeper. World stopped. */
void sweep_begin(struct m *m, int64_t heap, int64_t garbage);
/* Sweeps up to n spans on m and charges for them; how many there were. */
int64_t sweep_some(struct m *m, int64_t n);
/* Before a P takes memory: sweeps as much as it takes to get it back from garbage. */
void sweep_for(struct m *m, int64_t bytes);

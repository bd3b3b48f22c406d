/* g.h: the three actors of the scheduler and the simulation they live in.
 *
 *   G  goroutine       M  OS thread       P  licence to run Go code; GOMAXPROCS of them
 *
 * A running G has an M that holds a P. States of a G, and the function that makes each change (all of
 * them through g_move in sched/move.h, which alone writes the scheduling events):
 *
 *            spawn            execute            leave (park)
 *     IDLE --------> RUNNABLE --------> RUNNING --------------> WAITING
 *                      ^   ^               | |  \                  |
 *                      |   |  leave (yield)| |   \ enter_syscall   |
 *                      |   +---------------+ |    v                |
 *                      |                     |   SYSCALL --> RUNNING (kept its P, or got another)
 *                      |                     v        \--> RUNNABLE (found no P)
 *                      +--- ready -----------|---------------------+
 *                                            v
 *                                          DEAD (the struct is reused, the id never)
 *
 * States of a P (p_move): RUNNING with an M; IDLE on the idle stack; SYSCALL while its G is in a system
 * call, whence sysmon may take it; GCSTOP while the world is stopped.
 *
 * Fields are grouped by who may touch them. No pointer to a G is used after the lock that guards its
 * wait was released. There are no static variables below `struct rt`: several simulations may be
 * stepped in turn in one process. */
#pragma once

#include "format/leaf.h"
#include "format/reasons.h"
#include "runtime/detect/types.h"
#include "runtime/gc/types.h"
#include "runtime/sched/op.h"
#include "runtime/seam.h"
#include "runtime/trace/types.h"

enum g_state { G_IDLE, G_RUNNABLE, G_RUNNING, G_SYSCALL, G_WAITING, G_DEAD };
enum p_state { P_IDLE, P_RUNNING, P_SYSCALL, P_GCSTOP };

#define RUNQ_SIZE 256 /* Go: a P's ring holds 256 goroutines */
#define TIME_SLICE 10000000
#define GID_BATCH 16  /* Go: goroutine ids are handed to Ps in batches */

/* What kind of goroutine this is. The scheduler knows no more about it than this table. */
struct g_kind {
    const char *name;
    enum leaf root;  /* native goroutines: the function at the root of their stacks; else LEAF_NONE */
    bool system;     /* the runtime's own: does not keep the program alive, shown as such in traces */
    /* Runs g for one step. EXIT ends the goroutine. */
    enum end (*run)(struct m *m, struct g *g);
    /* Where g is, for stacks in traces and reports. NULL for native kinds: the root alone. */
    struct site (*site)(const struct g *g);
    /* g has ended: frees what it owned. May be NULL. */
    void (*bury)(struct rt *rt, struct g *g);
    /* Asked before g is preempted: true if it dealt with the request itself (a dedicated mark worker
     * gives its queue away and goes on). NULL: preempt it. */
    bool (*keep_running)(struct m *m, struct g *g);
    /* Says see() once for each counted reference that g's variables and its operation hold: whose they
     * are decides which goroutines have leaked (detect/detect.h). NULL: what g holds is not known. */
    void (*refs)(struct g *g, void (*see)(void *context, struct handle *h), void *context);
};

/* A million of them may be parked: fields are in an order that leaves no gaps. */
struct g {
    /* Set at birth. */
    uint64_t id;
    const struct g_kind *kind;
    struct site entry; /* its function */

    /* Owned by the M that runs g. */
    uint32_t regions;  /* user regions open, for misuse reports */
    uint32_t priority; /* adversarial schedules: larger runs first */
    struct m *m;
    void *body;        /* the kind's own state: frames of a workload goroutine */
    union op op;
    uint64_t hand;     /* request in hand (hand_make), 0 for none */
    int64_t assist;    /* allocation balance in bytes while marking; < 0 is debt */
    int64_t ran;       /* CPU time it received for a COMPUTE that was cut short */

    /* Guarded by the primitive that g waits on. */
    struct waiter waiter;
    const void *waits_on; /* the primitive, for deadlock and leak reports */
    uint8_t block_reason; /* enum block_reason of the present wait */

    /* Atomic. */
    uint32_t state;       /* enum g_state */

    /* Guarded by whatever queue g is on. */
    struct g *link;

    struct trace_stamp stamp;
    struct hb_g hb;
};

struct timer_heap {
    struct timer **at;
    uint32_t n, cap;
};

struct p {
    uint32_t id;
    uint32_t state; /* enum p_state; atomic */
    struct m *m;    /* holder while RUNNING or SYSCALL */
    struct p *idle_link;
    uint32_t is_idle; /* on the idle stack; atomic. An IDLE P that an M is about to take is not */

    /* Run queue: one producer (the holder), many consumers. */
    uint32_t head; /* atomic: consumers advance it by cas */
    uint32_t tail; /* atomic: the producer alone stores it */
    struct g *ring[RUNQ_SIZE];
    struct g *runnext; /* atomic */

    uint32_t schedtick;   /* rounds that began a new time slice; atomic */
    uint32_t syscalltick; /* system calls; atomic */
    struct {
        uint32_t schedtick, syscalltick;
        int64_t sched_when, syscall_when;
    } seen; /* sysmon's notes */

    struct rt_lock timer_lock;
    struct timer_heap timers;
    int64_t first_timer; /* atomic: earliest deadline, NEVER if none */

    /* Owned by the holder. */
    struct g_list free; /* dead Gs: at 64 half of them spill to rt->free */
    uint64_t next_gid, end_gid;
    struct p_gc gc;

    struct trace_stamp stamp;
};

/* Where an M resumes. Everything else it does is "continue my G". */
enum m_at {
    M_TOP,          /* start a scheduling round, or run m->g */
    M_STEAL_PAUSED, /* paused 3 us before taking a victim's runnext */
    M_POLLED,       /* came back from a blocking poll */
    M_CALLED,       /* came back from a system call */
    M_STOPPED,      /* asleep without a P */
};

/* Collected over a run; never read by a decision. */
struct counts {
    uint64_t steps;
    uint64_t events; /* calls of g_move, g_birth, p_move */
};

struct m {
    struct rt *rt;
    uint32_t id;
    enum m_at at;
    struct p *p; /* held, or NULL */
    struct g *g; /* running or in a system call, or NULL */
    struct p *call_p;   /* the P it left behind when it went into a system call, */
    uint32_t call_tick; /* and that P's syscalltick then: another one means that it was taken away since */
    bool is_sysmon;

    struct p *next_p; /* guarded by rt->lock: given to a sleeping M, together with `spinning` */
    bool spinning;    /* looks at other Ps' queues for work; its own while it is awake */

    struct m *idle_link; /* guarded by rt->lock */

    uint32_t preempt; /* atomic: its goroutine is asked to give way at its next step */

    /* Where the search for work paused (M_STEAL_PAUSED). */
    struct {
        uint32_t round, left, pos, stride;
        struct g *next; /* the runnext it saw; compared, never followed */
    } steal;

    /* sysmon's own. */
    struct {
        uint32_t idle_rounds; /* since it last took a P out of a system call or was woken */
        int64_t nap;          /* how long it sleeps between rounds */
    } monitor;

    /* One step's talk between an operation and the scheduler. */
    int64_t cost;              /* charged so far in this step, ns */
    int64_t compute_ns;        /* COMPUTE: asked for */
    bool uncuttable;           /* COMPUTE: only a cooperative point stops it */
    int64_t nap_until;         /* NAP */
    struct rt_lock *unlock;    /* PARK: released after g has left */
    struct outside *call;      /* CALL */
    enum leaf leaf;            /* PARK, YIELD, CALL: what g is doing in the runtime */
    uint8_t reason;            /* PARK: enum block_reason; YIELD: enum stop_reason */
    bool yield_local;          /* YIELD: to the local tail instead of the global one */
    const char *panic_text;    /* PANIC: borrowed until the goroutine has unwound */

    /* What the machine left before the step. */
    int64_t ran; /* COMPUTE: CPU time received */
    bool woken;  /* WAIT, POLL: by a token or a completion (false: deadline) */

    bool was_spinning; /* before it blocked in the poller */
    bool resumed;      /* m->g has just been put on m: it finds its CPU time in g->ran */
    struct counts counts;

    struct trace_buffer *trace;
    void *machine; /* the machine's own record of this M */
};

/* Go's random draws and the operating system's whims: each a stream of its own, so that a new consumer
 * never shifts another (base/rng.h: rng_draw(seed, purpose, entity, n)). The first group is drawn from the
 * world's seed, the second from the schedule's. */
enum draw_purpose {
    DRAW_GAP = 1, DRAW_ATTRIBUTE, DRAW_WORK, DRAW_SERVICE, DRAW_FAILURE, DRAW_PARAM, DRAW_THINK,
    DRAW_WAKE = 100, DRAW_STEAL, DRAW_SELECT, DRAW_ENLIST, DRAW_CANCEL, DRAW_RUNNEXT, DRAW_SHUFFLE,
    DRAW_PRIORITY, DRAW_CHANGE, DRAW_STALL, DRAW_COUNT,
};

struct settings {
    uint32_t gomaxprocs;
    uint32_t cpus; /* of the machine: on one alone nobody spins for a mutex */
    int32_t gogc; /* percent; -1 is off */
    bool async_preempt;
    bool adversarial; /* perturb the policy as race builds do, and run by priorities */
    uint64_t seed;          /* the world's luck */
    uint64_t schedule_seed; /* the schedule's */
    /* Budgets: beyond one of them the run is stopped, END_BUDGET. 0 is none. */
    uint64_t max_steps;     /* of the machine, with what was added for long ones (rt->effort) */
    int64_t max_time;       /* virtual ns */
    uint64_t max_trace;     /* bytes, looked at now and then */
    uint64_t max_held;      /* bytes of real memory, rt->held */
    int64_t max_goroutines; /* alive at once */
};

/* One simulation. Owned by the caller (rt_new, rt_free). */
struct rt {
    bool threads;
    const struct machine_ops *ops;
    void *machine;
    struct settings set;
    int64_t now; /* virtual machine: the clock */

    struct rt_lock lock; /* guards the next group */
    struct g_list global;
    struct p *idle_p;
    struct m *idle_m;
    struct g_list free;
    struct m **allm;
    struct g **allg;
    uint32_t n_m, cap_m, n_g, cap_g;
    uint64_t next_gid;
    struct m *stopper; /* M of the goroutine that stops the world */

    struct p *allp; /* fixed array of set.gomaxprocs */
    uint32_t *coprimes; /* the strides at which a thief may visit them all */
    uint32_t n_coprimes;
    struct m *sysmon;
    struct g *main;

    /* Atomic. */
    uint32_t n_idle_p, n_idle_m, n_spinning, need_spinning;
    uint32_t n_global;     /* mirror of global.n for looks without the lock */
    uint32_t stopping;     /* the world is being stopped or is stopped */
    uint32_t stop_wait;    /* Ps that have not stopped yet */
    uint32_t poll_waiters; /* goroutines waiting on the poller */
    uint32_t sysmon_waits; /* deep sleep */
    uint32_t ended;
    int64_t last_poll;     /* when the network was last polled; 0 while an M is blocked in it */
    int64_t poll_until;    /* deadline of the M blocked in the poller */
    int64_t n_user;        /* live goroutines that are not the runtime's own */
    int64_t peak_user;     /* the most there were (virtual machine only) */
    uint64_t effort;       /* steps to be counted besides, for those that took longer than a step should */
    uint64_t held;         /* bytes of real memory that the program has taken (runtime/held.h) */

    uint64_t timer_seq; /* atomic */
    uint64_t n_tasks;   /* atomic: user tasks so far, traced or not; ids are 1 to n_tasks */
    uint64_t next_object; /* atomic: ids of channels */
    struct handle *dead; /* to be freed when what is being freed is (virtual machine only) */
    bool freeing;
    struct rt_lock channels_lock;
    struct chan *channels; /* all there are; guarded by channels_lock */
    uint64_t draws[DRAW_COUNT]; /* atomic: how often each of the schedule's streams was drawn from */
    struct g_list stw_queue; /* goroutines that want to stop the world, FIFO; guarded by lock */
    struct g *stw_owner;

    enum run_end end;
    char end_text[512]; /* the panic, or what is deadlocked */
    struct site end_site;
    uint64_t end_g;

    struct tracer *tracer;   /* NULL: never traces */
    struct sites *sites;     /* call paths and symbols (trace/sites.h) */
    struct ledger *ledger;   /* NULL in bare unit tests */
    struct detector *detector; /* NULL: no detection (threads) */
    struct gc *gc;
    struct world *world;     /* NULL without a world */
    const struct program *program; /* borrowed, immutable */
    struct process *process;       /* its declared objects in this run (program/process.h) */
};

/* The request in hand as one number: load * 2^32 + index + 1. */
static inline uint64_t hand_make(uint32_t load, uint32_t index)
{
    return ((uint64_t)load << 32) + index + 1;
}

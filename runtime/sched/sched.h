/* sched.h: the scheduler as its users see it: machines step it, primitives park and ready goroutines.
 *
 * The rules and numbers are those of the Go runtime, 1.25-1.26 (runtime/proc.go). */
#pragma once

#include "runtime/sched/g.h"
#include "runtime/sched/inline.h"

/* ---- lifetime (rt.c) */

/* A simulation with nothing in it; the caller adds tracer, ledger, detector, collector, world and
 * program before sched_boot. Owned by the caller. */
struct rt *rt_new(const struct settings *set, const struct machine_ops *ops, void *machine);
uint64_t rt_free(struct rt *rt); /* returns what the program took and did not give back: 0 */

/* ---- for machines (rt.c, step.c) */

/* Makes the Ps, M0 holding P0, the system goroutines, G1 = main of the given kind, and sysmon's M. The
 * machine must be able to take wakes already. */
struct m *sched_boot(struct rt *rt, const struct g_kind *main, void *body, struct site entry);
/* Runs m for one instant. Precondition: its last want is fulfilled and nobody else steps it. */
struct want sched_step(struct m *m);
/* Nothing can happen any more: decides between deadlock and a clean end, and finishes the run. */
void sched_quiet(struct rt *rt);
/* The run is over for the given reason: writes the end to the ledger, tells the machine. */
void sched_finish(struct rt *rt, enum run_end how);
/* The same for a program that has had more than it may. `what`: of which budget, "more than 5 steps". */
void sched_stop(struct rt *rt, const char *what);

/* ---- for operations */

/* A new runnable goroutine, in the current P's runnext (Go: newproc), created by m's current goroutine if
 * there is one, whose request in hand it inherits. `entry` is its start function. */
struct g *spawn(struct m *m, const struct g_kind *kind, void *body, struct site entry);
enum where { TO_RUNNEXT, TO_LOCAL_TAIL };
/* Makes a waiting goroutine runnable on m's P and tries to wake another M. `leaf` is what the waker is
 * doing (for the stack of the unblock event). m must hold a P. */
void ready(struct m *m, struct g *g, enum where where, enum leaf leaf);
/* A list from the poller or another bulk source (Go: injectglist), m with or without a P. */
void inject(struct m *m, struct g_list *list);

/* The current goroutine has enqueued itself under `l` (or NULL) and leaves: return the result. */
static inline enum end park_on(struct m *m, enum block_reason why, enum leaf leaf, struct rt_lock *l)
{
    m->reason = (uint8_t)why;
    m->leaf = leaf;
    m->unlock = l;
    return PARK;
}

/* The current goroutine gives way: to the global tail (Gosched) or to the local one (hand-off). */
static inline enum end yield_to(struct m *m, bool local, enum stop_reason why, enum leaf leaf)
{
    m->reason = (uint8_t)why;
    m->leaf = leaf;
    m->yield_local = local;
    return YIELD;
}

/* The current goroutine panics; `text` must outlive its unwinding. */
static inline enum end panic_with(struct m *m, const char *text)
{
    m->panic_text = text;
    return PANIC;
}

/* Ends the program on behalf of m's goroutine, running no deferred step: what Go calls a fatal error
 * ("sync: unlock of unlocked mutex"). Returns EXIT for the caller to return. */
enum end fatal(struct m *m, const char *text);
/* Nobody recovered the panic of m's goroutine: ends the program. */
void uncaught_panic(struct m *m);

static inline struct g *current(const struct m *m)
{
    return m->g;
}

/* Where the current goroutine is in the workload; {0,0} for native ones. */
static inline struct site site_of(const struct g *g)
{
    return g && g->kind->site ? g->kind->site(g) : (struct site){0, 0};
}

/* A draw of the schedule's own stream `purpose`. */
uint64_t schedule_draw(struct rt *rt, enum draw_purpose purpose);

/* ---- queues */
static inline void g_list_push_tail(struct g_list *l, struct g *g)
{
    g->link = NULL;
    if (l->tail)
        l->tail->link = g;
    else
        l->head = g;
    l->tail = g;
    l->n++;
}

static inline struct g *g_list_pop(struct g_list *l)
{
    struct g *g = l->head;
    if (!g)
        return NULL;
    l->head = g->link;
    if (!l->head)
        l->tail = NULL;
    g->link = NULL;
    l->n--;
    return g;
}

/* ---- sleeping (timer.c) */
enum end op_sleep(struct m *m, struct g *g, struct sleep_op *op, int64_t duration);
/* Arms t on m's P / takes it off whichever heap it is in. */
void timer_start(struct m *m, struct timer *t, int64_t when, void (*fire)(struct m *, struct timer *));
bool timer_stop(struct rt *rt, struct timer *t); /* false: it has fired already */
/* Runs p's expired timers on m; whether there were any. */
bool timers_run(struct m *m, struct p *p);

/* ---- the poller (poll.c) */
/* The current goroutine waits for an outside operation; whoever completes it says ops->poll_ready(g). */
enum end poll_park(struct m *m, enum leaf leaf);
/* The current goroutine makes a system call that cannot block: a read, write or accept on a descriptor of
 * the poller. Not traced; like every call it ends a deep sleep of sysmon, without which nobody would poll
 * while all Ps are busy. */
void brief_syscall(struct m *m);
/* Takes what has completed, in the poller's order, and no longer counts it as waiting. */
uint32_t poll_take(struct rt *rt, struct g_list *ready);
/* A deadline came up that is earlier than known: interrupts the M blocked in the poller if it would
 * sleep past it, or wakes an M if nobody is there. */
void poll_tell(struct m *m, int64_t when);

/* ---- system calls (syscall.c) */
static inline enum end call_out(struct m *m, struct outside *o, enum leaf leaf)
{
    m->call = o;
    m->leaf = leaf;
    return CALL;
}

/* ---- stopping the world (stw.c) */
/* Stops the world on behalf of the current goroutine: waits its turn (FIFO, handed over), asks every P to
 * stop, re-asking every 100 us. Called until DONE; then only this M runs, until stw_start. */
enum end stw_stop(struct m *m, struct g *g, struct stw_op *op, enum stw_kind kind, enum leaf leaf);
void stw_start(struct m *m, struct g *g, struct stw_op *op);

/* sync.h: channels, select and locks, with Go's semantics.
 *
 * One implementation for every kind of goroutine and machine. A blocking operation is a function called
 * until it says DONE (sched/op.h): it enqueues the current goroutine under the primitive's lock and
 * returns park_on(...) still holding that lock; the scheduler lets go of it after the goroutine has left.
 * The waker fills the waiter's record and calls ready(). Each primitive states its happens-before edges
 * through detect/detect.h and charges its cost.
 *
 * Objects embed a handle, so that workload values can refer to them; `number` is the ledger's object
 * number of a declared lock (0: not declared), by which waits and held locks are told. */
#pragma once

#include "base/mem.h"
#include "runtime/detect/detect.h"
#include "runtime/sched/sched.h"

struct waitq {
    struct waiter *first, *last;
};

/* ---- what a parked goroutine waits for (wait.c, select.c), for reports and for the end of a run */

/* The i-th object through which g could be woken (a select has one per case), NULL past the last; also
 * NULL for a wait on nothing, such as a nil channel. */
const void *wait_object(const struct g *g, uint32_t i);
/* g waits in a select with a deadline, so it cannot be stuck. */
bool wait_is_timed(const struct g *g);
/* Says see() for each reference among the values that g's wait holds: sent, and not received yet. Values in
 * the operation's own record and cases are the caller's. */
void wait_refs(const struct g *g, void (*see)(void *context, struct handle *h), void *context);
/* g is buried while it waits: drops those values. No-op if it does not wait. */
void wait_abandon(struct rt *rt, struct g *g);

/* ---- channels (chan.c). Go runtime/chan.go. One that is NULL (Go: nil) blocks for ever, reason "forever".
 * After a PANIC the value that was to be sent is the caller's again. */
struct chan {
    struct handle h;
    struct rt_lock lock;
    uint64_t id; /* lock order of select; unique in the simulation */
    uint32_t capacity, count, head;
    bool closed;
    struct value *slots;
    struct hb_place *slot_hb; /* per slot: each operation takes what is there and leaves its own */
    struct hb hb;       /* close */
    struct waitq receivers, senders;
    struct chan *next, *prev; /* all channels of the run, rt->channels */
};

struct chan *chan_new(struct rt *rt, uint32_t capacity); /* one reference, the caller's */
size_t chan_size(const struct rt *rt, uint32_t capacity); /* the real memory it takes */
enum end chan_send(struct m *m, struct g *g, struct chan *c, struct chan_op *op);
enum end chan_recv(struct m *m, struct g *g, struct chan *c, struct chan_op *op);
enum end chan_close(struct m *m, struct g *g, struct chan *c); /* DONE or PANIC */
/* The run is over: references are counted, so channels in their own or each other's buffers would live on. */
void chan_empty_all(struct rt *rt);
uint32_t chan_len(const struct rt *rt, const struct chan *c);

/* ---- select (select.c). The cases are the caller's array and must stay where they are until DONE. Then
 * op->chosen is the case that proceeded (-1: default) and op->ok tells, for a receive, whether a value came.
 * Of several `after` cases only the one that ends first can be chosen; one that is not above 0 is ready at
 * once. */
enum end op_select(struct m *m, struct g *g, struct select_op *op);

/* Locks and the like: *_init begins their life with one reference, their owner's; *_fini ends it. Waits for
 * one that has a number are told to the ledger, once per operation. */

/* ---- sync.Mutex (mutex.c). Go internal/sync/mutex.go: normal and starvation mode, spinning. */
#define MUTEX_LOCKED   1u
#define MUTEX_WOKEN    2u /* somebody is awake and will compete: an unlock need not wake another */
#define MUTEX_STARVING 4u /* ownership is handed from unlock to the first waiter */
#define MUTEX_WAITER   8u /* one waiter; their number is in the bits from here up */
struct mutex {
    struct handle h;
    struct rt_lock lock; /* guards the queue of waiters */
    uint32_t state;      /* atomic: the bits below and the number of waiters, as in Go */
    uint32_t sema;       /* permits of its semaphore */
    struct waitq waiters;
    struct hb_place place;
    uint64_t holder; /* goroutine that locked it, for reports; atomic */
    uint32_t number;
};
void mutex_init(struct mutex *mu);
void mutex_fini(struct rt *rt, struct mutex *mu);
enum end mutex_lock(struct m *m, struct g *g, struct mutex *mu, struct mutex_op *op, enum leaf leaf);
bool mutex_trylock(struct m *m, struct g *g, struct mutex *mu);
/* DONE; YIELD after a hand-off in starvation mode (call again: it is done then); fatal if unlocked. */
enum end mutex_unlock(struct m *m, struct g *g, struct mutex *mu, struct mutex_op *op);

/* ---- sync.RWMutex (rwmutex.c): writers first; readers that came during a write go before the next. */
struct rwmutex {
    struct handle h;
    struct mutex writers; /* held while a writer waits or writes */
    struct rt_lock lock;
    int32_t readers;   /* count, minus 2^30 while a writer is pending */
    int32_t departing; /* readers the pending writer still waits for */
    struct waitq read_waiters;
    struct waiter *writer;
    struct hb hb_write, hb_read;
    uint64_t holder;
    uint32_t number;
};
void rwmutex_init(struct rwmutex *rw);
void rwmutex_fini(struct rt *rt, struct rwmutex *rw);
enum end rwmutex_rlock(struct m *m, struct g *g, struct rwmutex *rw, struct rwmutex_op *op);
enum end rwmutex_runlock(struct m *m, struct g *g, struct rwmutex *rw);
enum end rwmutex_lock(struct m *m, struct g *g, struct rwmutex *rw, struct rwmutex_op *op);
enum end rwmutex_unlock(struct m *m, struct g *g, struct rwmutex *rw, struct rwmutex_op *op);
bool rwmutex_trylock(struct m *m, struct g *g, struct rwmutex *rw);

/* ---- sync.WaitGroup (waitgroup.c) */
struct waitgroup {
    struct handle h;
    struct rt_lock lock;
    int64_t counter; /* guarded by lock */
    struct waitq waiters;
    struct hb hb;
    struct shadow first_add; /* an Add from zero reads it, the first Wait writes it */
    const char *name;        /* for race reports; borrowed, "waitgroup" unless set */
    uint32_t number;
};
void waitgroup_init(struct waitgroup *wg);
void waitgroup_fini(struct rt *rt, struct waitgroup *wg);
enum end waitgroup_add(struct m *m, struct g *g, struct waitgroup *wg, int64_t delta,
                       enum leaf leaf); /* DONE or PANIC */
enum end waitgroup_wait(struct m *m, struct g *g, struct waitgroup *wg, struct waitgroup_op *op);

/* ---- weighted semaphore (semaphore.c), golang.org/x/sync/semaphore: strict FIFO. */
struct semaphore {
    struct handle h;
    struct rt_lock lock;
    int64_t size, used;
    struct waitq waiters;
    uint64_t taken, returned; /* units in all; both orders are those of the calls */
    VEC(struct hb_place) slots; /* unit u leaves its clock in slot u % size */
    uint32_t number;
};
void semaphore_init(struct semaphore *s, int64_t size);
void semaphore_fini(struct rt *rt, struct semaphore *s);
enum end semaphore_acquire(struct m *m, struct g *g, struct semaphore *s, int64_t n, struct semaphore_op *op);
enum end semaphore_release(struct m *m, struct g *g, struct semaphore *s, int64_t n); /* DONE or PANIC */

/* ---- sync.Pool (pool.c): per-P private item and shared list; what is idle when a collection begins
 * survives one more. Holds values. A Put comes before the Get that returns the value. */
struct pool;                          /* its first member is a handle */
size_t pool_size(const struct rt *rt); /* the real memory a new one takes */
struct pool *pool_new(struct rt *rt); /* one reference, the caller's; registered with the collector, so
                                       * it must outlive the last collection */
/* An idle value that fits (`fits` NULL: any), the caller's now; VALUE_NONE if there is none. */
struct value pool_get(struct m *m, struct pool *p, bool (*fits)(struct value v, void *context),
                      void *context);
void pool_put(struct m *m, struct pool *p, struct value v); /* takes v over */
void pool_age(struct rt *rt, void *pool);                   /* a collection begins, the world is stopped */

/* ---- contexts (context.c). A task id travels in them; cancelling closes the done channel of the whole
 * subtree, children in an order drawn from the schedule (Go: map order). A context keeps its parent, not
 * its children. Lock order: a context, then its done channel. */
struct context {
    struct handle h;
    struct rt_lock lock;
    struct context *parent;      /* kept */
    struct context *canceller;   /* itself if it can be cancelled, else the nearest above that can; NULL */
    struct context *children;    /* those whose end follows from this one's; guarded by lock */
    struct context *next, *prev; /* siblings; guarded by the lock of parent->canceller */
    struct chan *done;           /* made when it is asked for or when the context ends */
    uint64_t task;               /* of the nearest enclosing task, 0: background */
    uint32_t cancelled;          /* atomic */
    uint32_t depth;              /* how many contexts are above it */
    struct ctx_watch *watches;
};
/* Told when a context ends: embedded in whatever waits outside a channel (a network operation). The
 * callback runs with the context locked: it may ready goroutines, not use the context. */
struct ctx_watch {
    struct context *ctx; /* the canceller, kept until context_unwatch */
    struct ctx_watch *next, *prev;
    void (*cancelled)(struct m *m, struct ctx_watch *w);
};
/* All of these return one reference, the caller's. */
struct context *context_background(struct rt *rt);
struct context *context_derive(struct m *m, struct context *parent, bool cancellable);
struct context *context_with_task(struct m *m, struct context *parent, uint64_t task);

/* Ends ctx and everything derived from it; no effect the second time, nor on one that cannot be
 * cancelled. Always DONE. */
enum end context_cancel(struct m *m, struct g *g, struct context *ctx);
bool context_done(const struct rt *rt, const struct context *ctx);
/* g has learnt from context_done or a watch, not from the channel, that ctx has ended: what happened
 * before it was cancelled now happened before g goes on. */
void context_noticed(struct rt *rt, struct g *g, const struct context *ctx);
struct chan *context_done_chan(struct rt *rt, struct context *ctx); /* borrowed; NULL: can never end */
/* False: ctx has ended already, nothing was registered. True: context_unwatch must follow, also after
 * the callback; when it has returned the callback is not running and will not be called. */
bool context_watch(struct rt *rt, struct context *ctx, struct ctx_watch *w);
void context_unwatch(struct rt *rt, struct ctx_watch *w);

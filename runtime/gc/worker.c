/* Background mark workers: who runs them where, and for how long. Go runtime/mgc.go: gcBgMarkWorker,
 * mgcpacer.go: findRunnableGCWorker. */
#include "runtime/gc/gc.h"
#include "runtime/sched/runq.h"
#include "runtime/trace/trace.h"

#define CHECK_EVERY 100000 /* units between looks for ordinary work */
#define MAX_OVERRUN 1.2    /* a fractional worker stops at this many times its share */

enum { WORKER_NEW, WORKER_BEGIN, WORKER_MARKING, WORKER_ENDING };

static const enum gc_label labels[] = {
    [WORKER_DEDICATED] = GC_LABEL_DEDICATED,
    [WORKER_FRACTIONAL] = GC_LABEL_FRACTIONAL,
    [WORKER_IDLE] = GC_LABEL_IDLE,
};

/* ---- which P gets a worker; gc->lock held */

/* Whether fractional workers have had no more than their share of P's time, times `tolerance`. */
static bool within_share(const struct gc *gc, int64_t had, int64_t at, double tolerance)
{
    int64_t elapsed = at - gc->pacer.began;

    return elapsed <= 0 || (double)had / (double)elapsed <= tolerance * gc->slots.fractional;
}

/* Takes a slot for m's P; false: it should do something else. */
static bool take_slot(struct gc *gc, struct m *m, enum worker_mode *mode)
{
    if (gc->slots.dedicated > 0) {
        gc->slots.dedicated--;
        *mode = WORKER_DEDICATED;
        return true;
    }
    *mode = WORKER_FRACTIONAL;
    return gc->slots.fractional > 0 && within_share(gc, m->p->gc.fractional_time, now(m), 1);
}

static struct g *take_worker(struct gc *gc, enum worker_mode mode)
{
    struct worker *w = gc->parked;

    gc->parked = w->next;
    w->mode = mode;
    return w->g;
}

struct g *gc_find_worker(struct m *m)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;
    enum worker_mode mode;
    struct g *g = NULL;

    if (!gc_marking(rt))
        return NULL;
    lock(rt, &gc->lock);
    if (gc->work > 0 && gc->parked && take_slot(gc, m, &mode))
        g = take_worker(gc, mode);
    unlock(rt, &gc->lock);
    return g;
}

bool worker_wants_idle(const struct gc *gc)
{
    return gc->work > 0 && gc->slots.idle > 0 && gc->parked;
}

struct g *gc_find_idle_worker(struct m *m)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;
    struct g *g = NULL;

    if (!gc_marking(rt))
        return NULL;
    lock(rt, &gc->lock);
    if (worker_wants_idle(gc)) {
        gc->slots.idle--;
        g = take_worker(gc, WORKER_IDLE);
    }
    unlock(rt, &gc->lock);
    return g;
}

bool gc_idle_work(struct rt *rt)
{
    if (!gc_marking(rt))
        return false;
    lock(rt, &rt->gc->lock);
    bool any = worker_wants_idle(rt->gc);

    unlock(rt, &rt->gc->lock);
    return any;
}

bool gc_work(struct rt *rt)
{
    if (!gc_marking(rt))
        return false;
    lock(rt, &rt->gc->lock);
    bool any = rt->gc->work > 0;

    unlock(rt, &rt->gc->lock);
    return any;
}

/* ---- the worker's life */

static void begin(struct m *m, struct worker *w)
{
    trace_label(m, labels[w->mode]);
    w->since = now(m);
    w->stop = false;
    w->gave_queue = false;
    w->till_check = CHECK_EVERY;
}

/* Something else could run on m's P. */
static bool ordinary_work(struct m *m)
{
    struct rt *rt = m->rt;
    struct g_list list = {0};

    if (at_load(rt, &rt->n_global) || !runq_empty(rt, m->p))
        return true;
    if (!at_load(rt, &rt->poll_waiters) || !at_load(rt, &rt->last_poll) || !poll_take(rt, &list))
        return false;
    inject(m, &list);
    return true;
}

/* A fractional worker has had more of its P's time than it may. */
static bool overran(struct m *m, const struct worker *w)
{
    struct gc *gc = m->rt->gc;

    lock(m->rt, &gc->lock);
    bool within = within_share(gc, m->p->gc.fractional_time + now(m) - w->since, now(m), MAX_OVERRUN);

    unlock(m->rt, &gc->lock);
    return !within;
}

static bool should_stop(struct m *m, struct worker *w)
{
    if (w->stop || w->mode == WORKER_DEDICATED)
        return w->stop;
    if (w->till_check > 0)
        return false;
    w->till_check += CHECK_EVERY;
    return w->mode == WORKER_IDLE ? ordinary_work(m) : overran(m, w);
}

/* Gives the slot back and accounts for the time. */
static void stop(struct m *m, struct worker *w)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;
    int64_t time = now(m) - w->since;

    if (!gc_marking(rt))
        return;
    lock(rt, &gc->lock);
    switch (w->mode) {
    case WORKER_DEDICATED:
        gc->slots.dedicated++;
        break;
    case WORKER_FRACTIONAL:
        m->p->gc.fractional_time += time;
        break;
    case WORKER_IDLE:
        gc->slots.idle++;
        gc->pacer.idle_time += time;
        break;
    }
    unlock(rt, &gc->lock);
}

static enum end park(struct m *m, struct worker *w)
{
    struct gc *gc = m->rt->gc;

    lock(m->rt, &gc->lock);
    if (w->at == WORKER_NEW)
        ready(m, w->starter, TO_RUNNEXT, LEAF_GC_WORKER);
    w->at = WORKER_BEGIN;
    w->next = gc->parked;
    gc->parked = w;
    return park_on(m, BLOCK_SYSTEM_GOROUTINE, LEAF_GC_WORKER, &gc->lock);
}

static int64_t mark(struct m *m, struct worker *w)
{
    mark_credit(m, w->owed);
    w->owed = should_stop(m, w) ? 0 : mark_take(m, GC_MARK_CHUNK);
    w->till_check -= w->owed;
    return w->owed;
}

static enum end run(struct m *m, struct g *g)
{
    struct worker *w = g->body;
    enum end e;

    switch (w->at) {
    case WORKER_BEGIN:
        begin(m, w);
        w->at = WORKER_MARKING;
        /* fallthrough */
    case WORKER_MARKING:
        if (mark(m, w) > 0)
            return mark_for(m, w->owed);
        stop(m, w);
        w->at = WORKER_ENDING;
        /* fallthrough */
    case WORKER_ENDING:
        e = cycle_end(m, g, &w->end);
        if (e != DONE)
            return e;
    }
    return park(m, w);
}

/* A worker is never preempted: it stops by itself at the end of its chunk. A dedicated one goes on all the
 * same, but lets its P's goroutines run elsewhere; only a stop of the world ends it. */
static bool keep_running(struct m *m, struct g *g)
{
    struct worker *w = g->body;
    struct g_list queue = {0};
    bool inherit;

    if (w->mode != WORKER_DEDICATED || at_load(m->rt, &m->rt->stopping)) {
        w->stop = true;
    } else if (!w->gave_queue) {
        w->gave_queue = true;
        for (struct g *other; (other = runq_get(m, &inherit));)
            g_list_push_tail(&queue, other);
        global_put_list(m, &queue);
    }
    return true;
}

static const struct g_kind worker_kind = {
    .name = "runtime.gcBgMarkWorker",
    .root = LEAF_GC_WORKER,
    .system = true,
    .run = run,
    .keep_running = keep_running,
};

enum end worker_start(struct m *m, struct g *g)
{
    struct gc *gc = m->rt->gc;

    if (gc->n_workers == m->rt->set.gomaxprocs)
        return DONE;
    struct worker *w = &gc->workers[gc->n_workers++];

    lock(m->rt, &gc->lock); /* held until g has left */
    w->starter = g;
    w->g = spawn(m, &worker_kind, w, (struct site){0});
    return park_on(m, BLOCK_CHAN_RECEIVE, LEAF_GC_START, &gc->lock);
}

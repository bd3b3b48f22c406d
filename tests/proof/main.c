/* proof [SECONDS [PROCS...]]: runs workloads of the runtime's own operations on real threads and counts
 * what comes out. Meant to be built with -fsanitize=thread. Every workload's result is known beforehand,
 * whatever the threads do; what is guarded by a lock is a plain variable, so that a lock that does not
 * exclude is seen as a data race too. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "runtime/machine/futex.h"
#include "runtime/sync/sync.h"
#include "tests/proof/machine.h"

#define WORKERS 12
#define ROUNDS  400

struct lab;

/* One worker of a job. `step` is called until it says DONE. */
struct worker {
    struct lab *lab;
    int id, at, round;
    struct select_case cases[3];
    struct context *ctx;
    struct outside call;
};

struct job {
    const char *name;
    enum end (*step)(struct m *m, struct g *g, struct worker *w);
    int64_t expected; /* lab->sum in the end */
    uint32_t buffer;  /* of lab->chan */
};

/* What the workers of a job share. */
struct lab {
    const struct job *job;
    struct waitgroup wg;
    struct mutex mu;
    struct rwmutex rw;
    struct semaphore sem;
    struct pool *pool;
    struct chan *chan, *back;
    struct context *ctx;
    int64_t sum;         /* guarded by mu, or counted atomically */
    int64_t left, right; /* guarded by rw: always equal */
    int32_t inside;      /* holders of sem; atomic */
    struct chan *pair[WORKERS / 2];
    int32_t answered[WORKERS / 2]; /* rounds, by the second of each pair; atomic */
    int at;                        /* main's phase */
    int started;
};

static void fail(const struct lab *lab, const char *what)
{
    fprintf(stderr, "proof: %s: %s\n", lab->job->name, what);
    exit(1);
}

/* Begins an operation: its record is empty, and the worker's next call goes on at `at`. */
static void begin(struct g *g, struct worker *w, int at)
{
    memset(&g->op, 0, sizeof g->op);
    w->at = at;
}

static enum end next_round(struct worker *w)
{
    w->round++;
    w->at = 0;
    return w->round == ROUNDS ? DONE : AGAIN;
}

static void count(struct lab *lab, int64_t n)
{
    __atomic_add_fetch(&lab->sum, n, __ATOMIC_RELAXED);
}

static enum end lock_step(struct m *m, struct g *g, struct worker *w)
{
    struct lab *lab = w->lab;
    enum end end;

    switch (w->at) {
    case 0:
        begin(g, w, 1);
        /* fall through */
    case 1:
        end = mutex_lock(m, g, &lab->mu, &g->op.mutex, LEAF_MUTEX_LOCK);
        if (end != DONE)
            return end;
        lab->sum++;
        begin(g, w, 2);
        if (w->round % 16 == 0) /* hold it for longer than a spin */
            return yield_to(m, false, STOP_GOSCHED, LEAF_GOSCHED);
        /* fall through */
    default:
        end = mutex_unlock(m, g, &lab->mu, &g->op.mutex);
        return end == DONE ? next_round(w) : end;
    }
}

/* Every third worker writes. */
static enum end rw_step(struct m *m, struct g *g, struct worker *w)
{
    struct lab *lab = w->lab;
    struct rwmutex_op *op = &g->op.rwmutex;
    bool writes = w->id % 3 == 0;
    enum end end;

    switch (w->at) {
    case 0:
        begin(g, w, 1);
        /* fall through */
    case 1:
        end = writes ? rwmutex_lock(m, g, &lab->rw, op) : rwmutex_rlock(m, g, &lab->rw, op);
        if (end != DONE)
            return end;
        if (lab->left != lab->right)
            fail(lab, "a reader saw half a write");
        if (writes)
            lab->left++;
        begin(g, w, 2);
        if (w->round % 8 == 0)
            return yield_to(m, false, STOP_GOSCHED, LEAF_GOSCHED);
        /* fall through */
    case 2:
        if (writes) {
            lab->right++;
            lab->sum++;
        }
        w->at = 3;
        /* fall through */
    default:
        end = writes ? rwmutex_unlock(m, g, &lab->rw, op) : rwmutex_runlock(m, g, &lab->rw);
        return end == DONE ? next_round(w) : end;
    }
}

/* The even workers send, the odd ones receive as many. */
static enum end channel_step(struct m *m, struct g *g, struct worker *w)
{
    struct chan_op *op = &g->op.chan;
    enum end end;

    if (w->at == 0) {
        begin(g, w, 1);
        op->value = (struct value){.tag = VALUE_NUMBER, .n = w->round};
    }
    if (w->id % 2 == 0) {
        end = chan_send(m, g, w->lab->chan, op);
    } else {
        end = chan_recv(m, g, w->lab->chan, op);
        if (end == DONE)
            count(w->lab, op->value.n);
    }
    return end == DONE ? next_round(w) : end;
}

/* Everybody sends on one channel and receives on the other, in whichever order select finds; the odd
 * workers the other way round. With a deadline that sometimes comes first. */
static enum end select_step(struct m *m, struct g *g, struct worker *w)
{
    struct lab *lab = w->lab;
    struct select_op *op = &g->op.select;
    bool odd = w->id % 2;

    if (w->at == 0) {
        begin(g, w, 1);
        w->cases[0] = (struct select_case){SELECT_SEND, .c = odd ? lab->back : lab->chan,
                                           .value = {.tag = VALUE_NUMBER, .n = 1}};
        w->cases[1] = (struct select_case){SELECT_RECV, .c = odd ? lab->chan : lab->back};
        w->cases[2] = (struct select_case){SELECT_AFTER, .after = 20000 + 1000 * w->id};
        op->cases = w->cases;
        op->n = 3;
        op->has_default = w->round % 10 == 9;
    }
    enum end end = op_select(m, g, op);

    if (end != DONE)
        return end;
    if (op->chosen == 0)
        count(lab, 1);
    if (op->chosen == 1)
        count(lab, -w->cases[1].value.n);
    return next_round(w);
}

/* A worker spawns another one, until there are as many as rounds; the waitgroup counts them. */
static enum end spawn_step(struct m *m, struct g *g, struct worker *w);

static enum end sem_step(struct m *m, struct g *g, struct worker *w)
{
    struct lab *lab = w->lab;
    int n = 1 + w->id % 3;
    enum end end;

    switch (w->at) {
    case 0:
        begin(g, w, 1);
        /* fall through */
    case 1:
        end = semaphore_acquire(m, g, &lab->sem, n, &g->op.semaphore);
        if (end != DONE)
            return end;
        if (__atomic_add_fetch(&lab->inside, n, __ATOMIC_RELAXED) > 4)
            fail(lab, "more inside than the semaphore admits");
        w->at = 2;
        return yield_to(m, false, STOP_GOSCHED, LEAF_GOSCHED);
    default:
        __atomic_sub_fetch(&lab->inside, n, __ATOMIC_RELAXED);
        semaphore_release(m, g, &lab->sem, n);
        count(lab, 1);
        return next_round(w);
    }
}

static enum end pool_step(struct m *m, struct g *g, struct worker *w)
{
    struct value v = pool_get(m, w->lab->pool, NULL, NULL);

    (void)g;
    if (v.tag == VALUE_NONE) {
        count(w->lab, 1); /* made one; main takes them out again */
        v = (struct value){.tag = VALUE_NUMBER, .n = 1};
    }
    pool_put(m, w->lab->pool, v);
    return next_round(w) == DONE ? DONE : yield_to(m, false, STOP_GOSCHED, LEAF_GOSCHED);
}

static enum end sleep_step(struct m *m, struct g *g, struct worker *w)
{
    if (w->at == 0)
        begin(g, w, 1);
    enum end end = op_sleep(m, g, &g->op.sleep, 1000 * (w->id + 1));

    if (end != DONE)
        return end;
    count(w->lab, 1);
    w->round += 9; /* a tenth as often */
    return next_round(w);
}

/* The even workers derive contexts from the common one and drop them; the odd ones wait for its end, which
 * worker 0 brings about in its last round. */
static enum end context_step(struct m *m, struct g *g, struct worker *w)
{
    struct lab *lab = w->lab;

    if (w->id % 2) {
        if (w->at == 0) {
            begin(g, w, 1);
            w->ctx = context_derive(m, lab->ctx, w->id % 4 == 1);
        }
        enum end end = chan_recv(m, g, context_done_chan(m->rt, w->ctx), &g->op.chan);

        if (end != DONE)
            return end;
        handle_drop(m->rt, &w->ctx->h);
        count(lab, 1);
        return DONE;
    }
    struct context *child = context_derive(m, lab->ctx, true);
    struct context *below = context_derive(m, child, true);

    handle_drop(m->rt, &child->h);
    context_cancel(m, g, w->round % 2 ? below : child);
    handle_drop(m->rt, &below->h);
    if (w->id == 0 && w->round == ROUNDS - 1)
        context_cancel(m, g, lab->ctx);
    return next_round(w) == DONE ? DONE : yield_to(m, false, STOP_GOSCHED, LEAF_GOSCHED);
}

/* As many pairs as there is room for on the Ps. The first of a pair readies the second and then keeps its
 * P busy until the second has run, which it can only on another P: a wake-up that nobody took up, because
 * the last spinner was just going to sleep, ends all progress. */
static enum end busy_step(struct m *m, struct g *g, struct worker *w)
{
    struct lab *lab = w->lab;
    int pair = w->id / 2;
    struct chan_op *op = &g->op.chan;
    enum end end;

    if (pair >= (int)m->rt->set.gomaxprocs / 2)
        return DONE;
    if (w->id % 2) {
        if (w->at == 0)
            begin(g, w, 1);
        end = chan_recv(m, g, lab->pair[pair], op);
        if (end != DONE)
            return end;
        __atomic_store_n(&lab->answered[pair], w->round + 1, __ATOMIC_RELAXED);
        return next_round(w);
    }
    if (w->at == 0)
        begin(g, w, 1);
    if (w->at == 1) {
        end = chan_send(m, g, lab->pair[pair], op);
        if (end != DONE)
            return end;
        w->at = 2;
    }
    if (__atomic_load_n(&lab->answered[pair], __ATOMIC_RELAXED) > w->round)
        return next_round(w);
    sched_yield(); /* the machine may have fewer CPUs than Ps */
    return AGAIN;
}

/* System calls, some of them short, some so long that the monitor takes the P away. */
static enum end call_step(struct m *m, struct g *g, struct worker *w)
{
    static const int64_t lengths[] = {0, 20000, 60000, 150000};

    (void)g;
    if (w->at == 0) {
        w->at = 1;
        m->rt->ops->outside_at(m->rt, &w->call, now(m) + lengths[(w->id + w->round) % 4]);
        return call_out(m, &w->call, LEAF_SYSCALL);
    }
    count(w->lab, 1);
    return next_round(w);
}

/* Every fourth worker stops the world and looks without a lock at what the others change. */
static enum end stop_among(struct m *m, struct g *g, struct worker *w,
                           enum end (*others)(struct m *m, struct g *g, struct worker *w))
{
    struct lab *lab = w->lab;
    struct stw_op *op = &g->op.stw;

    if (w->id % 4)
        return others(m, g, w);
    if (w->at == 0)
        begin(g, w, 1);
    enum end end = stw_stop(m, g, op, STW_READ_MEM_STATS, LEAF_NONE);

    if (end != DONE)
        return end;
    int64_t before = lab->sum;

    for (int i = 0; i < 1000; i++)
        if (*(volatile int64_t *)&lab->sum != before)
            fail(lab, "the world moved while it was stopped");
    stw_start(m, g, op);
    w->round += 19; /* a twentieth as often */
    return next_round(w) == DONE ? DONE : yield_to(m, false, STOP_GOSCHED, LEAF_GOSCHED);
}

static enum end stop_step(struct m *m, struct g *g, struct worker *w)
{
    return stop_among(m, g, w, lock_step);
}

static enum end stop_calls_step(struct m *m, struct g *g, struct worker *w)
{
    return stop_among(m, g, w, call_step);
}

static const struct job jobs[] = {
    {"mutex", lock_step, WORKERS *ROUNDS, 0},
    {"rwmutex", rw_step, WORKERS / 3 * ROUNDS, 0},
    {"channel, unbuffered", channel_step, WORKERS / 2 * (ROUNDS * (ROUNDS - 1) / 2), 0},
    {"channel, buffered", channel_step, WORKERS / 2 * (ROUNDS * (ROUNDS - 1) / 2), 7},
    {"select", select_step, 0, 0},
    {"select, buffered", select_step, 0, 3},
    {"spawn", spawn_step, WORKERS *ROUNDS, 0},
    {"busy", busy_step, 0, 0},
    {"stop the world", stop_step, WORKERS / 4 * 3 * ROUNDS, 0},
    {"system calls", call_step, WORKERS *ROUNDS, 0},
    {"stop the world in calls", stop_calls_step, WORKERS / 4 * 3 * ROUNDS, 0},
    {"semaphore", sem_step, WORKERS *ROUNDS, 0},
    {"pool", pool_step, 0, 0},
    {"sleep", sleep_step, WORKERS *ROUNDS / 10, 0},
    {"context", context_step, WORKERS / 2, 0},
};

static enum end run_worker(struct m *m, struct g *g)
{
    struct worker *w = g->body;
    enum end end = w->lab->job->step(m, g, w);

    if (end == PANIC)
        fail(w->lab, m->panic_text);
    if (end != DONE)
        return end;
    waitgroup_add(m, g, &w->lab->wg, -1, LEAF_WG_DONE);
    return EXIT;
}

static void bury_worker(struct rt *rt, struct g *g)
{
    (void)rt;
    free(g->body);
}

static const struct g_kind worker_kind = {.name = "worker", .run = run_worker, .bury = bury_worker};

static void start_worker(struct m *m, struct lab *lab, int id, int round)
{
    struct worker *w = xcalloc(1, sizeof *w);

    *w = (struct worker){.lab = lab, .id = id, .round = round};
    spawn(m, &worker_kind, w, (struct site){0, 0});
}

static enum end spawn_step(struct m *m, struct g *g, struct worker *w)
{
    count(w->lab, 1);
    if (w->round + 1 < ROUNDS) {
        waitgroup_add(m, g, &w->lab->wg, 1, LEAF_NONE);
        start_worker(m, w->lab, w->id, w->round + 1);
    }
    return DONE;
}

/* ---- main: one job after the other */

static void open_job(struct m *m, struct lab *lab)
{
    const struct job *job = lab->job;

    *lab = (struct lab){.job = job, .at = 1};
    waitgroup_init(&lab->wg);
    mutex_init(&lab->mu);
    rwmutex_init(&lab->rw);
    semaphore_init(&lab->sem, 4);
    lab->pool = pool_new(m->rt);
    lab->chan = chan_new(m->rt, job->buffer);
    lab->back = chan_new(m->rt, 2 * job->buffer);
    for (int i = 0; i < WORKERS / 2; i++)
        lab->pair[i] = chan_new(m->rt, 0);
    struct context *top = context_background(m->rt);

    lab->ctx = context_derive(m, top, true);
    handle_drop(m->rt, &top->h);
}

/* What is left in the channels and in the pool belongs to the sum. */
static void close_job(struct m *m, struct lab *lab)
{
    struct rt *rt = m->rt;

    lab->sum -= chan_len(rt, lab->chan) + chan_len(rt, lab->back);
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++) {
        struct m at = {.rt = rt, .p = &rt->allp[i]};

        while (pool_get(&at, lab->pool, NULL, NULL).tag != VALUE_NONE)
            lab->sum--;
    }
    if (lab->sum != lab->job->expected) {
        fprintf(stderr, "proof: %s: %lld instead of %lld\n", lab->job->name, (long long)lab->sum,
                (long long)lab->job->expected);
        exit(1);
    }
    for (int i = 0; i < WORKERS / 2; i++)
        handle_drop(rt, &lab->pair[i]->h);
    handle_drop(rt, &lab->chan->h);
    handle_drop(rt, &lab->back->h);
    handle_drop(rt, &lab->ctx->h);
    handle_drop(rt, (struct handle *)lab->pool);
}

static enum end run_main(struct m *m, struct g *g)
{
    struct lab *lab = g->body;
    enum end end;

    switch (lab->at) {
    case 0:
        open_job(m, lab);
        return AGAIN;
    case 1: /* one at a time, so that the first are at work already */
        waitgroup_add(m, g, &lab->wg, 1, LEAF_NONE);
        start_worker(m, lab, lab->started, 0);
        if (++lab->started == WORKERS)
            lab->at = 2;
        memset(&g->op, 0, sizeof g->op);
        return AGAIN;
    default:
        end = waitgroup_wait(m, g, &lab->wg, &g->op.waitgroup);
        if (end == PANIC)
            fail(lab, m->panic_text);
        if (end != DONE)
            return end;
        close_job(m, lab);
        lab->at = 0;
        return ++lab->job == jobs + ARRAY_LEN(jobs) ? EXIT : AGAIN;
    }
}

static const struct g_kind main_kind = {.name = "main", .run = run_main};

int main(int argc, char **argv)
{
    static const char *const usual[] = {"1", "2", "3", "4", "8"};
    int64_t seconds = argc > 1 ? atoi(argv[1]) : 5;
    const char *const *procs = argc > 2 ? (const char *const *)argv + 2 : usual;
    size_t n = argc > 2 ? (size_t)argc - 2 : ARRAY_LEN(usual);
    int64_t end = thread_clock() + seconds * 1000000000;
    long runs = 0;

    do {
        struct lab lab = {.job = jobs};

        proof_run((uint32_t)atoi(procs[(size_t)runs % n]), &main_kind, &lab, 60);
        runs++;
    } while (thread_clock() < end || (size_t)runs < n);
    printf("proof: %ld runs of %zu workloads, all as expected\n", runs, ARRAY_LEN(jobs));
    return 0;
}

#include "tests/proof/machine.h"

#include <pthread.h>
#include <stdio.h>

#include "base/mem.h"
#include "runtime/machine/futex.h"

#define SECOND      1000000000
#define FALSE_ALARM 50000

struct thread {
    struct m *m;
    struct proof *proof;
    pthread_t id;
    uint32_t token;
    uint32_t want; /* for the dump */
    bool joined;
    struct thread *next;
};

struct proof {
    struct rt *rt;
    struct rt_lock lock;
    struct thread *threads; /* guarded by lock */
    uint32_t polled;        /* the token of whoever polls; may be left over from before */
    uint32_t ended;
};

static struct proof *proof_of(const struct rt *rt)
{
    return rt->machine;
}

static void leave_token(uint32_t *token)
{
    __atomic_store_n(token, 1, __ATOMIC_SEQ_CST);
    futex_wake(token, 1);
}

/* True: by the token. False: the deadline has passed, or the run is over. */
static bool sleep_on(struct proof *p, uint32_t *token, int64_t deadline)
{
    while (!__atomic_exchange_n(token, 0, __ATOMIC_SEQ_CST)) {
        if (thread_clock() >= deadline || __atomic_load_n(&p->ended, __ATOMIC_SEQ_CST))
            return false;
        futex_wait(token, 0, deadline);
    }
    return true;
}

/* A sleep without a deadline ends now and then for no reason, as by a token left too late for the sleep
 * before: an M must look whether it was meant. */
static int64_t sleep_until(const struct m *m, int64_t deadline)
{
    return deadline == NEVER ? thread_clock() + FALSE_ALARM * (1 + m->id % 8) : deadline;
}

static void burn(int64_t ns)
{
    int64_t end = thread_clock() + ns;

    while (ns > 0 && thread_clock() < end)
        continue;
}

static void *run_thread(void *arg)
{
    struct thread *t = arg;
    struct m *m = t->m;
    uint32_t call = 0; /* a token that nobody leaves */

    while (!__atomic_load_n(&t->proof->ended, __ATOMIC_SEQ_CST)) {
        struct want want = sched_step(m);

        __atomic_store_n(&t->want, want.kind, __ATOMIC_RELAXED);
        switch (want.kind) {
        case WANT_COMPUTE:
            burn(want.ns);
            m->ran = want.ns;
            break;
        case WANT_WAIT:
            m->woken = sleep_on(t->proof, &t->token, sleep_until(m, want.deadline));
            break;
        case WANT_POLL:
            m->woken = sleep_on(t->proof, &t->proof->polled, want.deadline);
            break;
        case WANT_CALL:
            sleep_on(t->proof, &call, want.call->when);
            break;
        case WANT_GONE:
            return NULL;
        }
    }
    return NULL;
}

static void op_start(struct m *m)
{
    struct proof *p = proof_of(m->rt);

    struct thread *t = xcalloc(1, sizeof *t);

    t->m = m;
    t->proof = p;
    m->machine = t;
    futex_lock(&p->lock);
    t->next = p->threads;
    p->threads = t;
    if (pthread_create(&t->id, NULL, run_thread, t) != 0)
        abort();
    futex_unlock(&p->lock);
}

static void op_wake(struct m *m)
{
    struct thread *t = m->machine;

    leave_token(&t->token);
}

static void op_preempt(struct m *m)
{
    (void)m; /* seen at the goroutine's next step */
}

static uint32_t op_poll_now(struct rt *rt, struct g_list *ready_now, uint32_t max)
{
    (void)rt, (void)ready_now, (void)max;
    return 0;
}

static void op_poll_break(struct rt *rt)
{
    leave_token(&proof_of(rt)->polled);
}

/* What happens outside are ends of system calls, which their Ms wait for. */
static void op_outside_at(struct rt *rt, struct outside *o, int64_t when)
{
    (void)rt;
    o->when = when;
}

static void op_finish(struct rt *rt, enum run_end how)
{
    struct proof *p = proof_of(rt);

    if (how != END_RETURNED) {
        fprintf(stderr, "proof: ended with: %s\n", rt->end_text);
        exit(1);
    }
    __atomic_store_n(&p->ended, 1, __ATOMIC_SEQ_CST);
    futex_lock(&p->lock);
    for (struct thread *t = p->threads; t; t = t->next)
        leave_token(&t->token);
    futex_unlock(&p->lock);
    leave_token(&p->polled);
    futex_wake(&p->ended, 1);
}

static const struct machine_ops proof_ops = {
    .start = op_start,
    .wake = op_wake,
    .preempt = op_preempt,
    .poll_now = op_poll_now,
    .poll_break = op_poll_break,
    .outside_at = op_outside_at,
    .finish = op_finish,
};

/* Everything is stuck, so reading without locks is as good as it gets. */
static void dump(const struct proof *p)
{
    const struct rt *rt = p->rt;

    fprintf(stderr, "proof: no end in sight: %u spinning, need %u, %u idle Ps, %u idle Ms, %u global\n",
            rt->n_spinning, rt->need_spinning, rt->n_idle_p, rt->n_idle_m, rt->n_global);
    fprintf(stderr, "  last poll %lld, poll until %lld, now %lld\n", (long long)rt->last_poll,
            (long long)rt->poll_until, (long long)thread_clock());
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++) {
        const struct p *q = &rt->allp[i];

        fprintf(stderr, "  P%u state %u, M %d, ring %u, runnext %s, %u timers, first %lld\n", q->id, q->state,
                q->m ? (int)q->m->id : -1, q->tail - q->head, q->runnext ? "yes" : "no", q->timers.n,
                (long long)q->first_timer);
    }
    for (const struct thread *t = p->threads; t; t = t->next)
        fprintf(stderr, "  M%u at %d, want %u, token %u, P %d, G %lld%s\n", t->m->id, (int)t->m->at, t->want,
                t->token, t->m->p ? (int)t->m->p->id : -1, t->m->g ? (long long)t->m->g->id : -1,
                t->m->spinning ? ", spinning" : "");
    for (uint32_t i = 0; i < rt->n_g; i++) {
        const struct g *g = rt->allg[i];

        if (g->state != G_DEAD && g->state != G_IDLE)
            fprintf(stderr, "  G%llu %s state %u, %s\n", (unsigned long long)g->id, g->kind->name, g->state,
                    block_reason_texts[g->block_reason]);
    }
}

static void await_end(struct proof *p, int seconds)
{
    int64_t deadline = thread_clock() + (int64_t)seconds * SECOND;

    while (!__atomic_load_n(&p->ended, __ATOMIC_SEQ_CST)) {
        if (thread_clock() > deadline) {
            dump(p);
            _Exit(1);
        }
        futex_wait(&p->ended, 0, deadline);
    }
}

static struct thread *first_running(struct proof *p)
{
    futex_lock(&p->lock);
    struct thread *t = p->threads;

    while (t && t->joined)
        t = t->next;
    futex_unlock(&p->lock);
    return t;
}

/* A thread may start or wake another until it has seen the end: the list grows while it is joined, and
 * nothing is freed before all are gone. */
static void join_all(struct proof *p)
{
    struct thread *t;

    while ((t = first_running(p))) {
        pthread_join(t->id, NULL);
        t->joined = true;
    }
    while ((t = p->threads)) {
        p->threads = t->next;
        free(t);
    }
}

void proof_run(uint32_t procs, const struct g_kind *main, void *body, int seconds)
{
    struct settings set = {.gomaxprocs = procs, .cpus = procs, .gogc = -1, .seed = 1, .schedule_seed = procs};
    struct proof p = {0};

    p.rt = rt_new(&set, &proof_ops, &p);
    p.rt->threads = true;
    sched_boot(p.rt, main, body, (struct site){0, 0});
    await_end(&p, seconds);
    join_all(&p);
    rt_free(p.rt);
}

#include "tests/unit/hand.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "runtime/detect/detect.h"
#include "runtime/machine/virtual.h"

#define MARKS        16
#define WAKE_LATENCY 5000

struct thread {
    struct m *m;
    struct want want;
    int64_t free_at; /* COMPUTE: when the time asked for has been received */
    bool token;
    int64_t token_at; /* when the wake-up takes effect */
};

struct said {
    size_t from, to; /* in the log */
    int64_t at;
};

struct hand {
    struct rt *rt;
    struct machine *vm; /* NULL: Ms are stepped by hand */
    struct strbuf log;
    VEC(struct said) said;
    VEC(struct thread *) threads; /* by M id; NULL: not started */
    struct thread *poller;
    struct hb_point marks[MARKS];
};

/* A goroutine that follows a script. */
struct actor {
    struct hand *hand;
    const char *name;
    const struct act *acts;
    uint32_t pc;
    bool begun; /* the present act is in progress */
    enum leaf leaf; /* where it parked last */
    int64_t left;
    struct outside outside;
    struct g *waiting; /* for the network */
};

/* ---- the machine */

static struct hand *hand_of(const struct rt *rt)
{
    return rt->machine;
}

static void op_start(struct m *m)
{
    struct hand *h = hand_of(m->rt);
    struct thread *t = xcalloc(1, sizeof *t);

    t->m = m;
    t->want.kind = WANT_COMPUTE;
    t->free_at = m->rt->now + WAKE_LATENCY;
    m->machine = t;
    while (h->threads.len <= m->id)
        vec_push(&h->threads, NULL);
    h->threads.data[m->id] = t;
}

static void leave_token(struct thread *t, int64_t at)
{
    if (!t->token)
        t->token_at = at + WAKE_LATENCY;
    t->token = true;
}

static void op_wake(struct m *m)
{
    leave_token(m->machine, m->rt->now);
}

static void op_preempt(struct m *m)
{
    (void)m; /* the request is seen at the goroutine's next step */
}

static uint32_t op_poll_now(struct rt *rt, struct g_list *list, uint32_t max)
{
    (void)rt, (void)list, (void)max;
    return 0;
}

static void op_poll_break(struct rt *rt)
{
    struct hand *h = hand_of(rt);

    if (h->poller)
        leave_token(h->poller, rt->now);
}

static void op_outside_at(struct rt *rt, struct outside *o, int64_t when)
{
    (void)rt, (void)o, (void)when; /* never */
}

static void op_finish(struct rt *rt, enum run_end how)
{
    (void)rt, (void)how;
}

static const struct machine_ops hand_ops = {
    .start = op_start,
    .wake = op_wake,
    .preempt = op_preempt,
    .poll_now = op_poll_now,
    .poll_break = op_poll_break,
    .outside_at = op_outside_at,
    .finish = op_finish,
};

/* When t can be stepped next. */
static int64_t due(const struct thread *t)
{
    switch (t->want.kind) {
    case WANT_COMPUTE:
        return t->free_at;
    case WANT_WAIT:
    case WANT_POLL:
        return t->token ? t->token_at : t->want.deadline;
    default:
        return NEVER;
    }
}

static void step(struct hand *h, struct thread *t)
{
    struct m *m = t->m;

    m->ran = t->want.kind == WANT_COMPUTE ? t->want.ns : 0;
    if (t->want.kind == WANT_WAIT || t->want.kind == WANT_POLL) {
        m->woken = t->token;
        t->token = false;
    }
    if (h->poller == t)
        h->poller = NULL;
    t->want = sched_step(m);
    t->free_at = h->rt->now + m->cost + (t->want.kind == WANT_COMPUTE ? t->want.ns : 0);
    if (t->want.kind == WANT_POLL)
        h->poller = t;
}

bool hand_step(struct hand *h, uint32_t id)
{
    struct thread *t = id < h->threads.len ? h->threads.data[id] : NULL;

    if (!t || h->rt->ended)
        return false;
    if (t->want.kind != WANT_COMPUTE && !t->token && due(t) > h->rt->now)
        return false;
    step(h, t);
    return true;
}

static struct thread *next_due(const struct hand *h, int64_t *when)
{
    struct thread *best = NULL;

    *when = NEVER;
    for (size_t i = 0; i < h->threads.len; i++) {
        struct thread *t = h->threads.data[i];

        if (!t || t->m->is_sysmon || due(t) >= *when)
            continue;
        best = t;
        *when = due(t);
    }
    return best;
}

void hand_run(struct hand *h, int64_t until)
{
    struct thread *t;
    int64_t when;

    if (h->vm) {
        h->rt->set.max_time = until;
        virtual_run(h->vm, NULL, NULL);
        return;
    }
    while (!h->rt->ended && (t = next_due(h, &when)) && when < until) {
        if (when > h->rt->now)
            h->rt->now = when;
        step(h, t);
    }
}

/* ---- scripts */

static void say(const struct actor *a, const char *text)
{
    struct hand *h = a->hand;

    strbuf_add(&h->log, h->log.len ? "; " : "");
    size_t from = h->log.len;

    strbuf_add(&h->log, a->name);
    if (text)
        strbuf_addf(&h->log, ": %s", text);
    vec_push(&h->said, ((struct said){from, h->log.len, h->rt->now}));
}

static void say_value(const struct actor *a, const char *what, bool ok, struct value v)
{
    char text[64];

    if (!ok)
        snprintf(text, sizeof text, "%sclosed", what);
    else if (v.tag == VALUE_NONE)
        snprintf(text, sizeof text, "%sdone", what);
    else
        snprintf(text, sizeof text, "%s%" PRId64, what, v.n);
    say(a, text);
}

static struct value number(int64_t n)
{
    return (struct value){.tag = VALUE_NUMBER, .n = n};
}

static enum end run_actor(struct m *m, struct g *g);

static void bury_actor(struct rt *rt, struct g *g)
{
    wait_abandon(rt, g);
    free(g->body);
    g->body = NULL;
}

static const struct g_kind actor_kind = {.name = "script", .run = run_actor, .bury = bury_actor};

static struct actor *actor_new(struct hand *h, const char *name, const struct act *acts)
{
    struct actor *a = xcalloc(1, sizeof *a);

    a->hand = h;
    a->name = name;
    a->acts = acts;
    return a;
}

static enum end burn(struct m *m, struct actor *a, const struct act *act, bool first)
{
    a->left = first ? act->n : a->left - m->ran;
    if (a->left <= 0)
        return DONE;
    m->compute_ns = a->left;
    m->uncuttable = act->def;
    return COMPUTE;
}

static void network_over(struct rt *rt, struct outside *o)
{
    struct actor *a = (struct actor *)((char *)o - offsetof(struct actor, outside));

    rt->ops->poll_ready(rt, a->waiting);
}

static void call_over(struct rt *rt, struct outside *o)
{
    (void)rt, (void)o;
}

static enum end go_outside(struct m *m, struct g *g, struct actor *a, const struct act *act, bool first)
{
    if (!first)
        return DONE;
    a->waiting = g;
    a->outside.fire = act->kind == ACT_NETWORK ? network_over : call_over;
    m->rt->ops->outside_at(m->rt, &a->outside, now(m) + act->n);
    return act->kind == ACT_NETWORK ? poll_park(m, LEAF_NET_READ) : call_out(m, &a->outside, LEAF_SYSCALL);
}

static enum end do_select(struct m *m, struct g *g, struct actor *a, const struct act *act, bool first)
{
    struct select_op *op = &g->op.select;
    struct select_case *cases = (struct select_case *)act->on;
    enum end end;

    if (first) {
        op->cases = cases;
        op->n = (uint16_t)act->n;
        op->has_default = act->def;
    }
    end = op_select(m, g, op);
    if (end == DONE && op->chosen < 0) {
        say(a, "default");
    } else if (end == DONE) {
        char text[32];
        struct select_case *chosen = &cases[op->chosen];

        snprintf(text, sizeof text, "case %d ", op->chosen);
        say_value(a, text, op->ok, chosen->value);
        value_drop(m->rt, &chosen->value);
    }
    return end;
}

static enum end do_channel(struct m *m, struct g *g, struct actor *a, const struct act *act, bool first)
{
    struct chan *c = (struct chan *)act->on;
    struct chan_op *op = &g->op.chan;
    enum end end;

    if (act->kind == ACT_CLOSE)
        return chan_close(m, g, c);
    if (act->kind == ACT_SEND) {
        if (first)
            op->value = number(act->n);
        return chan_send(m, g, c, op);
    }
    end = chan_recv(m, g, c, op);
    if (end == DONE)
        say_value(a, "", op->ok, op->value);
    return end;
}

static enum end do_lock(struct m *m, struct g *g, struct actor *a, const struct act *act)
{
    void *on = (void *)act->on;

    switch (act->kind) {
    case ACT_LOCK:
        return mutex_lock(m, g, on, &g->op.mutex, LEAF_MUTEX_LOCK);
    case ACT_TRYLOCK:
        say(a, mutex_trylock(m, g, on) ? "yes" : "no");
        return DONE;
    case ACT_UNLOCK:
        return mutex_unlock(m, g, on, &g->op.mutex);
    case ACT_RLOCK:
        return rwmutex_rlock(m, g, on, &g->op.rwmutex);
    case ACT_RUNLOCK:
        return rwmutex_runlock(m, g, on);
    case ACT_WLOCK:
        return rwmutex_lock(m, g, on, &g->op.rwmutex);
    case ACT_WTRYLOCK:
        say(a, rwmutex_trylock(m, g, on) ? "yes" : "no");
        return DONE;
    case ACT_WUNLOCK:
        return rwmutex_unlock(m, g, on, &g->op.rwmutex);
    case ACT_ADD:
        return waitgroup_add(m, g, on, act->n, LEAF_WG_DONE);
    case ACT_WAIT:
        return waitgroup_wait(m, g, on, &g->op.waitgroup);
    case ACT_ACQUIRE:
        return semaphore_acquire(m, g, on, act->n, &g->op.semaphore);
    default:
        return semaphore_release(m, g, on, act->n);
    }
}

/* One step of the present act. */
static enum end do_act(struct m *m, struct g *g, struct actor *a, const struct act *act, bool first)
{
    struct hand *h = a->hand;

    switch (act->kind) {
    case ACT_END:
        return EXIT;
    case ACT_SAY:
        say(a, act->text);
        return DONE;
    case ACT_GO:
        spawn(m, &actor_kind, actor_new(h, act->text, act->on), (struct site){0, 0});
        return DONE;
    case ACT_BURN:
        return burn(m, a, act, first);
    case ACT_SLEEP:
        return op_sleep(m, g, &g->op.sleep, act->n);
    case ACT_GOSCHED:
        return first ? yield_to(m, false, STOP_GOSCHED, LEAF_GOSCHED) : DONE;
    case ACT_STOP:
        return chan_recv(m, g, NULL, &g->op.chan);
    case ACT_AGAIN_FROM:
        a->pc = (uint32_t)act->n - 1;
        return DONE;
    case ACT_SEND:
    case ACT_RECV:
    case ACT_CLOSE:
        return do_channel(m, g, a, act, first);
    case ACT_SELECT:
        return do_select(m, g, a, act, first);
    case ACT_CANCEL:
        return context_cancel(m, g, (struct context *)act->on);
    case ACT_MARK:
        h->marks[act->n] = hb_mark(m->rt, g);
        return DONE;
    case ACT_KNOWS:
        say(a, hb_before(m->rt, h->marks[act->n], g) ? "yes" : "no");
        return DONE;
    case ACT_RELIES:
        say(a, hb_firmly_before(m->rt, h->marks[act->n], g) ? "firm" : "luck");
        return DONE;
    case ACT_CALL_ME:
        act->call(m, g);
        return DONE;
    case ACT_DO:
        return act->step(m, g);
    case ACT_NETWORK:
    case ACT_SYSCALL:
        return go_outside(m, g, a, act, first);
    default:
        return do_lock(m, g, a, act);
    }
}

static enum end run_actor(struct m *m, struct g *g)
{
    struct actor *a = g->body;
    bool first = !a->begun;

    if (first)
        memset(&g->op, 0, sizeof g->op);
    a->begun = true;
    enum end end = do_act(m, g, a, &a->acts[a->pc], first);

    if (end == PARK)
        a->leaf = m->leaf;
    if (end == PANIC) { /* ends the goroutine, so that a test can go on */
        char text[96];

        snprintf(text, sizeof text, "panic %s", m->panic_text);
        say(a, text);
        return EXIT;
    }
    if (end == DONE) {
        a->begun = false;
        a->pc++;
    }
    return end;
}

/* ---- for tests */

static struct hand *make(uint32_t procs, uint32_t cpus, const struct machine_ops *ops)
{
    struct hand *h = xcalloc(1, sizeof *h);
    struct settings set = {.gomaxprocs = procs, .cpus = cpus, .gogc = -1, .seed = 1, .schedule_seed = 1};

    strbuf_init(&h->log);
    h->rt = rt_new(&set, ops, h);
    return h;
}

struct hand *hand_new(uint32_t procs)
{
    return make(procs, procs, &hand_ops);
}

struct hand *hand_on_cpus(uint32_t procs, uint32_t cpus)
{
    struct hand *h = make(procs, cpus, &virtual_ops);

    h->vm = virtual_new(cpus, (struct sink){0});
    virtual_attach(h->vm, h->rt);
    return h;
}

void hand_free(struct hand *h)
{
    if (h->vm)
        virtual_free(h->vm);
    for (size_t i = 0; i < h->threads.len; i++)
        free(h->threads.data[i]);
    vec_free(&h->threads);
    vec_free(&h->said);
    strbuf_release(&h->log);
    rt_free(h->rt);
    free(h);
}

struct rt *hand_rt(struct hand *h)
{
    return h->rt;
}

void hand_boot(struct hand *h, const struct act *main)
{
    sched_boot(h->rt, &actor_kind, actor_new(h, "main", main), (struct site){0, 0});
}

const char *hand_log(const struct hand *h)
{
    return h->log.text;
}

int64_t hand_time(const struct hand *h, const char *line)
{
    for (size_t i = 0; i < h->said.len; i++) {
        const struct said *said = &h->said.data[i];

        if (strlen(line) == said->to - said->from &&
            memcmp(line, h->log.text + said->from, said->to - said->from) == 0)
            return said->at;
    }
    return -1;
}

void hand_clear(struct hand *h)
{
    h->said.len = 0;
    strbuf_reset(&h->log);
}

struct g *hand_g(const struct hand *h, const char *name)
{
    for (uint32_t i = 0; i < h->rt->n_g; i++) {
        struct g *g = h->rt->allg[i];
        struct actor *a = g->kind == &actor_kind ? g->body : NULL;

        if (a && strcmp(a->name, name) == 0)
            return g;
    }
    return NULL;
}

enum leaf hand_leaf(const struct hand *h, const char *name)
{
    return ((const struct actor *)hand_g(h, name)->body)->leaf;
}

const char *hand_state(const struct hand *h, const char *name)
{
    const struct g *g = hand_g(h, name);

    if (!g)
        return NULL;
    switch ((enum g_state)g->state) {
    case G_WAITING:
        return block_reason_texts[g->block_reason];
    case G_RUNNABLE:
        return "runnable";
    case G_RUNNING:
        return "running";
    default:
        return "other";
    }
}

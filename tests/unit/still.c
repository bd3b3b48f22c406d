#include "tests/unit/still.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "runtime/sched/find.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/wake.h"

static struct still *still_of(const struct rt *rt)
{
    return rt->machine;
}

/* ---- the machine */

static void ask(struct m *m, const char *what)
{
    struct strbuf *asked = &still_of(m->rt)->asked;

    strbuf_addf(asked, "%s%s M%u", asked->len ? "; " : "", what, m->id);
    if (m->next_p)
        strbuf_addf(asked, " with P%u", m->next_p->id);
    if (m->spinning)
        strbuf_add(asked, " spinning");
}

static void op_start(struct m *m)
{
    ask(m, "start");
}

static void op_wake(struct m *m)
{
    ask(m, "wake");
}

static void op_preempt(struct m *m)
{
    ask(m, "preempt");
}

static uint32_t op_poll_now(struct rt *rt, struct g_list *list, uint32_t max)
{
    struct still *s = still_of(rt);
    uint32_t n = 0;

    s->polls++;
    for (; n < max && s->completed.n; n++)
        g_list_push_tail(list, g_list_pop(&s->completed));
    return n;
}

static void op_poll_break(struct rt *rt)
{
    struct strbuf *asked = &still_of(rt)->asked;

    strbuf_addf(asked, "%sbreak", asked->len ? "; " : "");
}

static void op_finish(struct rt *rt, enum run_end how)
{
    (void)rt, (void)how;
}

static const struct machine_ops still_ops = {
    .start = op_start,
    .wake = op_wake,
    .preempt = op_preempt,
    .poll_now = op_poll_now,
    .poll_break = op_poll_break,
    .finish = op_finish,
};

const char *still_asked(struct still *s)
{
    strbuf_reset(&s->answer);
    strbuf_add(&s->answer, s->asked.text);
    strbuf_reset(&s->asked);
    return s->answer.text;
}

/* ---- goroutines */

static enum end run_body(struct m *m, struct g *g)
{
    struct still_body *body = (struct still_body *)g;

    return body->run ? body->run(m, g) : AGAIN;
}

static const struct g_kind still_kind = {.name = "still", .run = run_body};

struct g *still_g(struct still *s, enum g_state state)
{
    struct still_body *body = xcalloc(1, sizeof *body);

    vec_push(&s->bodies, body);
    body->g.id = s->bodies.len;
    body->g.kind = &still_kind;
    body->g.state = state;
    return &body->g;
}

struct g *still_run(struct still *s, struct m *m)
{
    struct g *g = still_g(s, G_RUNNABLE);

    g_move(m, g, G_RUNNABLE, G_RUNNING);
    return g;
}

void still_does(struct g *g, enum end (*run)(struct m *m, struct g *g))
{
    ((struct still_body *)g)->run = run;
}

uint64_t still_block(struct m *m)
{
    uint64_t id = m->g->id;

    m->reason = BLOCK_SYNC;
    m->leaf = LEAF_NONE;
    g_move(m, m->g, G_RUNNING, G_WAITING);
    return id;
}

/* ---- queues */

uint64_t still_fill(struct still *s, struct m *m, uint32_t n)
{
    uint64_t first = s->bodies.len + 1;

    for (uint32_t i = 0; i < n; i++)
        runq_put(m, still_g(s, G_RUNNABLE), false);
    return first;
}

uint64_t still_next(struct m *m)
{
    bool inherit;
    struct g *g = runq_get(m, &inherit);

    return g ? g->id : 0;
}

static void add_id(struct still *s, const struct g *g)
{
    strbuf_addf(&s->answer, "%s%" PRIu64, s->answer.len ? " " : "", g->id);
}

const char *still_global(struct still *s)
{
    strbuf_reset(&s->answer);
    for (const struct g *g = s->rt->global.head; g; g = g->link)
        add_id(s, g);
    return s->answer.text;
}

const char *still_ring(struct still *s, uint32_t p)
{
    const struct p *of = &s->rt->allp[p];

    strbuf_reset(&s->answer);
    for (uint32_t i = of->head; i != of->tail; i++)
        add_id(s, of->ring[i % RUNQ_SIZE]);
    return s->answer.text;
}

/* ---- Ms and Ps */

struct m *still_m(struct still *s, uint32_t p)
{
    struct m *m = m_new(s->rt);

    m->at = M_TOP;
    p_move(m, &s->rt->allp[p], P_IDLE, P_RUNNING);
    return m;
}

struct m *still_sleeper(struct still *s)
{
    struct m *m = m_new(s->rt);

    stop_m(m);
    return m;
}

struct m *still_sysmon(struct still *s)
{
    struct m *m = m_new(s->rt);

    m->is_sysmon = true;
    m->at = M_TOP;
    s->rt->sysmon = m;
    return m;
}

void still_idle(struct still *s, uint32_t p)
{
    lock(s->rt, &s->rt->lock);
    idle_p_put(s->rt, &s->rt->allp[p]);
    unlock(s->rt, &s->rt->lock);
}

/* ---- */

void still_begin(struct still *s, uint32_t procs)
{
    struct settings set = {.gomaxprocs = procs, .cpus = procs, .gogc = -1, .seed = 1, .schedule_seed = 1};

    *s = (struct still){.asked = STRBUF_INIT, .answer = STRBUF_INIT};
    s->rt = rt_new(&set, &still_ops, s);
    s->rt->now = 1000000000;
    s->rt->last_poll = s->rt->now;
}

void still_end(struct still *s)
{
    rt_free(s->rt);
    for (size_t i = 0; i < s->bodies.len; i++)
        free(s->bodies.data[i]);
    vec_free(&s->bodies);
    strbuf_release(&s->asked);
    strbuf_release(&s->answer);
}

#include "tests/unit/trace_stage.h"

#include "base/mem.h"
#include "runtime/sched/move.h"

static struct site where_it_is(const struct g *g)
{
    return *(const struct site *)g->body;
}

static const struct g_kind program = {.name = "program", .site = where_it_is};
static const struct g_kind native = {.name = "sweeper", .root = LEAF_BG_SWEEP, .system = true};

static void name_frame(void *context, uint32_t pc, struct frame *out)
{
    (void)context;
    out->func = pc < 10 ? "main.main" : "worker";
    out->file = "workload.yaml";
    out->line = pc;
}

static void emit(struct rt *rt, const void *bytes, size_t n)
{
    struct stage *s = rt->machine;

    strbuf_addn(&s->out, bytes, n);
}

static const struct machine_ops ops = {.emit = emit};

struct stage *stage_new(void)
{
    struct stage *s = xcalloc(1, sizeof(*s));
    struct rt *rt = &s->rt;

    rt->ops = &ops;
    rt->machine = s;
    rt->set.gomaxprocs = STAGE_PS;
    rt->allp = s->p;
    rt->allm = s->ms;
    rt->allg = s->gs;
    rt->n_m = STAGE_MS;
    rt->n_g = STAGE_GS;
    for (uint32_t i = 0; i < STAGE_PS; i++)
        s->p[i].id = i;
    for (uint32_t i = 0; i < STAGE_MS; i++) {
        s->m[i].rt = rt;
        s->m[i].id = i;
        s->ms[i] = &s->m[i];
    }
    for (uint32_t i = 0; i < STAGE_GS; i++) {
        s->g[i].id = i;
        s->g[i].body = &s->at[i];
        s->gs[i] = &s->g[i];
    }
    rt->sites = sites_new(&(struct symbols){NULL, name_frame});
    rt->ledger = ledger_new();
    rt->tracer = trace_new(rt, STAGE_PERIOD - 1);
    strbuf_init(&s->out);
    return s;
}

void stage_free(struct stage *s)
{
    trace_free(s->rt.tracer);
    ledger_free(s->rt.ledger);
    sites_free(s->rt.sites);
    strbuf_release(&s->out);
    free(s);
}

void stage_wait(struct stage *s, int64_t ns)
{
    s->rt.now += ns;
    trace_due(&s->rt);
}

void stage_boot(struct stage *s)
{
    stage_hold(&s->m[0], &s->p[0]);
    stage_born(&s->m[0], &s->g[1], (struct site){0, 1});
    stage_run(&s->m[0], &s->g[1]);
}

void stage_hold(struct m *m, struct p *p)
{
    p_move(m, p, P_IDLE, P_RUNNING);
}

void stage_let_go(struct m *m)
{
    p_move(m, m->p, P_RUNNING, P_IDLE);
}

static void born(struct m *m, struct g *g, const struct g_kind *kind, struct site entry)
{
    g->state = G_IDLE;
    g->kind = kind;
    g->entry = entry;
    *(struct site *)g->body = entry;
    g_birth(m, g);
}

void stage_born(struct m *m, struct g *g, struct site entry)
{
    born(m, g, &program, entry);
}

void stage_born_native(struct m *m, struct g *g)
{
    born(m, g, &native, (struct site){0, 0});
}

void stage_run(struct m *m, struct g *g)
{
    g_move(m, g, G_RUNNABLE, G_RUNNING);
}

static void leave(struct m *m, uint8_t why, enum leaf leaf, enum g_state to)
{
    m->reason = why;
    m->leaf = leaf;
    g_move(m, m->g, G_RUNNING, to);
}

void stage_yield(struct m *m, enum stop_reason why, enum leaf leaf)
{
    leave(m, (uint8_t)why, leaf, G_RUNNABLE);
}

void stage_park(struct m *m, enum block_reason why, enum leaf leaf)
{
    leave(m, (uint8_t)why, leaf, G_WAITING);
}

void stage_ready(struct m *m, struct g *g, enum leaf leaf)
{
    m->leaf = leaf;
    g_move(m, g, G_WAITING, G_RUNNABLE);
}

void stage_exit(struct m *m)
{
    leave(m, 0, LEAF_NONE, G_DEAD);
}

void stage_call(struct m *m)
{
    struct p *p = m->p;

    leave(m, 0, LEAF_SYSCALL, G_SYSCALL);
    m->call_p = p;
    p_move(m, p, P_RUNNING, P_SYSCALL);
}

void stage_retake(struct m *thief, struct p *p)
{
    p_move(thief, p, P_SYSCALL, P_IDLE);
}

void stage_return_kept(struct m *m)
{
    struct p *p = m->call_p;

    m->call_p = NULL;
    p_move(m, p, P_SYSCALL, P_RUNNING);
    g_move(m, m->g, G_SYSCALL, G_RUNNING);
}

void stage_return_lost(struct m *m)
{
    m->call_p = NULL;
    g_move(m, m->g, G_SYSCALL, G_RUNNABLE);
}

#include "tests/unit/trace_chaos.h"

#include "base/mem.h"
#include "base/rng.h"

enum { SYSMON = STAGE_MS - 1, MAX_REGIONS = 3, MAX_TASKS = 8 };

struct chaos {
    struct stage *s;
    uint64_t seed, drawn;
    int regions[STAGE_GS];
    VEC(uint64_t) tasks;
    bool marking;
    uint64_t last_id; /* of a goroutine: ids are never used again */
};

static uint32_t pick(struct chaos *c, uint32_t n)
{
    c->drawn++;
    return (uint32_t)(rng_draw(c->seed, 0, 0, c->drawn) % n);
}

/* Some goroutine in the given state, or NULL. */
static struct g *some_g(struct chaos *c, enum g_state state)
{
    uint32_t first = pick(c, STAGE_GS);

    for (uint32_t i = 0; i < STAGE_GS; i++) {
        struct g *g = &c->s->g[(first + i) % STAGE_GS];

        if (g->state == (uint32_t)state && g->id)
            return g;
    }
    return NULL;
}

static struct p *some_p(struct chaos *c, enum p_state state)
{
    uint32_t first = pick(c, STAGE_PS);

    for (uint32_t i = 0; i < STAGE_PS; i++) {
        struct p *p = &c->s->p[(first + i) % STAGE_PS];

        if (p->state == (uint32_t)state)
            return p;
    }
    return NULL;
}

/* ---- what a running goroutine does */

static size_t slot(const struct chaos *c, const struct g *g)
{
    return (size_t)(g - c->s->g);
}

static void spawn_one(struct chaos *c, struct m *m)
{
    struct g *g = some_g(c, G_DEAD);

    if (!g)
        g = some_g(c, G_IDLE);
    if (!g)
        return;
    g->id = ++c->last_id;
    c->regions[slot(c, g)] = 0;
    if (pick(c, 4))
        stage_born(m, g, (struct site){0, 10 + pick(c, 5)});
    else
        stage_born_native(m, g);
}

static void block(struct chaos *c, struct m *m)
{
    uint32_t leaf = 1 + pick(c, LEAF_COUNT - 1);
    uint32_t why = pick(c, BLOCK_REASON_COUNT);

    if (why == BLOCK_FOREVER) /* who waits for ever is never readied again: Go's tools rely on it */
        why = BLOCK_SLEEP;
    stage_park(m, (enum block_reason)why, (enum leaf)leaf);
}

static void end_goroutine(struct m *m)
{
    if (m->g->stamp.in_range)
        trace_assist_end(m);
    stage_exit(m);
}

static void assist(struct m *m)
{
    if (m->g->stamp.in_range)
        trace_assist_end(m);
    else
        trace_assist_begin(m);
}

static void mark(struct chaos *c, struct m *m)
{
    if (c->marking)
        trace_gc_end(m);
    else
        trace_gc_begin(m, LEAF_GC_START);
    c->marking = !c->marking;
}

static void task(struct chaos *c, struct m *m)
{
    if (c->tasks.len && (pick(c, 2) || c->tasks.len == MAX_TASKS)) {
        trace_task_end(m, vec_pop(&c->tasks));
    } else {
        uint64_t parent = c->tasks.len ? vec_last(&c->tasks) : 0;
        uint64_t id = trace_new_task_id(&c->s->rt);

        trace_task_begin(m, id, parent, id % 2 ? "request" : "background work");
        vec_push(&c->tasks, id);
    }
}

static void region(struct chaos *c, struct m *m)
{
    static const char *const names[MAX_REGIONS] = {"outer", "middle", "inner"};
    int *open = &c->regions[slot(c, m->g)];
    bool begin = *open == 0 || (*open < MAX_REGIONS && pick(c, 2));

    if (begin)
        trace_region_begin(m, 0, names[(*open)++]);
    else
        trace_region_end(m, 0, names[--*open]);
}

/* Only m does something until the world goes on, and no generation ends. */
static void stop_the_world(struct chaos *c, struct m *m)
{
    trace_stw_begin(m, STW_GC_MARK_TERM, LEAF_GC_MARK_DONE);
    c->s->rt.stopping = 1;
    for (int i = 0; i < STAGE_PS; i++) {
        if (c->s->p[i].state == P_SYSCALL)
            stage_retake(m, &c->s->p[i]);
    }
    stage_wait(c->s, 2 * STAGE_PERIOD);
    trace_heap_goal(m, 4 << 20);
    c->s->rt.stopping = 0;
    trace_stw_end(m);
}

static void act_running(struct chaos *c, struct m *m)
{
    struct g *other;

    if (m->g->kind->site)
        c->s->at[slot(c, m->g)] = (struct site){0, 10 + pick(c, 9)};
    switch (pick(c, 16)) {
    case 0:
    case 1:
        block(c, m);
        break;
    case 2:
        stage_yield(m, STOP_PREEMPTED, LEAF_ASYNC_PREEMPT);
        break;
    case 3:
    case 4:
        if ((other = some_g(c, G_WAITING)))
            stage_ready(m, other, LEAF_MUTEX_UNLOCK);
        break;
    case 5:
    case 6:
        spawn_one(c, m);
        break;
    case 7:
        end_goroutine(m);
        break;
    case 8:
    case 9:
        stage_call(m);
        if (pick(c, 8) == 0) /* the world is being stopped just now */
            stage_retake(m, m->call_p);
        break;
    case 10:
        task(c, m);
        break;
    case 11:
        region(c, m);
        break;
    case 12:
        trace_log(m, 0, pick(c, 2) ? "cache" : "", "a message");
        break;
    case 13:
        assist(m);
        break;
    case 14:
        mark(c, m);
        break;
    case 15:
        if (pick(c, 20) == 0)
            stop_the_world(c, m);
        break;
    }
}

/* ---- what Ms do */

static void act_scheduling(struct chaos *c, struct m *m)
{
    struct g *g;

    switch (pick(c, 8)) {
    case 0:
        stage_let_go(m);
        break;
    case 1:
        trace_heap(m, 1000000 + pick(c, 1000000));
        break;
    case 2:
        if (m->p->stamp.in_range)
            trace_sweep_end(m, 8192, 4096);
        else
            trace_sweep_begin(m);
        break;
    case 3:
        if ((g = some_g(c, G_WAITING))) /* a timer, the poller */
            stage_ready(m, g, LEAF_NONE);
        break;
    default:
        if ((g = some_g(c, G_RUNNABLE)))
            stage_run(m, g);
        else if (pick(c, 4) == 0)
            spawn_one(c, m);
    }
}

static void act_calling(struct chaos *c, struct m *m)
{
    struct g *g = m->g;
    struct p *p;

    if (m->call_p->state == P_SYSCALL && m->call_p->m == m) {
        stage_return_kept(m);
        return;
    }
    if (pick(c, 4) == 0 && (p = some_p(c, P_SYSCALL)))
        stage_retake(m, p); /* out of another M's call */
    if (pick(c, 2) && (p = some_p(c, P_IDLE))) {
        stage_hold(m, p);
        stage_return_lost(m);
        stage_run(m, g);
    } else {
        stage_return_lost(m);
    }
}

static void act_sysmon(struct chaos *c, struct m *m)
{
    struct p *p = some_p(c, P_SYSCALL);
    struct g *g = some_g(c, G_WAITING);

    if (p && pick(c, 2))
        stage_retake(m, p);
    else if (g)
        stage_ready(m, g, LEAF_NONE);
}

static void act(struct chaos *c)
{
    struct m *m = &c->s->m[pick(c, STAGE_MS)];
    struct p *p;

    if (m->id == SYSMON) {
        act_sysmon(c, m);
    } else if (m->p && m->g) {
        act_running(c, m);
    } else if (m->p) {
        act_scheduling(c, m);
    } else if (m->g) {
        if (pick(c, 4) == 0)
            act_calling(c, m);
    } else if ((p = some_p(c, P_IDLE))) {
        stage_hold(m, p);
    }
}

struct chaos *chaos_new(struct stage *s, uint64_t seed)
{
    struct chaos *c = xcalloc(1, sizeof(*c));

    c->s = s;
    c->seed = seed;
    c->last_id = STAGE_GS;
    return c;
}

void chaos_free(struct chaos *c)
{
    vec_free(&c->tasks);
    free(c);
}

void chaos_go_on(struct chaos *c, int steps)
{
    for (int i = 0; i < steps; i++) {
        act(c);
        if (pick(c, 3) == 0)
            stage_wait(c->s, pick(c, STAGE_PERIOD / 20));
    }
}

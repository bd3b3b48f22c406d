#include "grader/reader/state.h"

#include <stdlib.h>
#include <string.h>

void state_init(struct state *s, uint64_t first_generation)
{
    *s = (struct state){.first_generation = first_generation};
    s->last_m = &s->first_m;
}

static void free_g(struct idnode *node, void *unused)
{
    struct g_state *g = (struct g_state *)node;

    (void)unused;
    vec_free(&g->ranges.list);
    vec_free(&g->regions);
    free(g);
}

static void free_p(struct idnode *node, void *unused)
{
    struct p_state *p = (struct p_state *)node;

    (void)unused;
    vec_free(&p->ranges.list);
    free(p);
}

static void free_plain(struct idnode *node, void *unused)
{
    (void)unused;
    free(node);
}

void state_release(struct state *s)
{
    idtree_drain(&s->gs, free_g, NULL);
    idtree_drain(&s->ps, free_p, NULL);
    idtree_drain(&s->ms, free_plain, NULL);
    idtree_drain(&s->tasks, free_plain, NULL);
}

struct g_state *state_g(const struct state *s, uint64_t id)
{
    return (struct g_state *)idtree_find(&s->gs, id);
}

struct p_state *state_p(const struct state *s, uint64_t id)
{
    return (struct p_state *)idtree_find(&s->ps, id);
}

struct m_state *state_m(const struct state *s, uint64_t id)
{
    return (struct m_state *)idtree_find(&s->ms, id);
}

struct task_state *state_task(const struct state *s, uint64_t id)
{
    return (struct task_state *)idtree_find(&s->tasks, id);
}

struct g_state *state_add_g(struct state *s, uint64_t id, enum wire_g_status status, struct sequence seq)
{
    struct g_state *g = xcalloc(1, sizeof(*g));

    g->status = status;
    g->seq = seq;
    idtree_insert(&s->gs, id, &g->node);
    return g;
}

struct p_state *state_add_p(struct state *s, uint64_t id, enum wire_p_status status, struct sequence seq)
{
    struct p_state *p = xcalloc(1, sizeof(*p));

    p->status = status;
    p->seq = seq;
    idtree_insert(&s->ps, id, &p->node);
    return p;
}

struct m_state *state_add_m(struct state *s, uint64_t id)
{
    struct m_state *m = xcalloc(1, sizeof(*m));

    m->g = TRACE_NO_GOROUTINE;
    m->p = TRACE_NO_PROC;
    idtree_insert(&s->ms, id, &m->node);
    *s->last_m = m;
    s->last_m = &m->next;
    return m;
}

struct task_state *state_add_task(struct state *s, uint64_t id, uint64_t parent, uint32_t name)
{
    struct task_state *t = xcalloc(1, sizeof(*t));

    t->parent = parent;
    t->name = name;
    idtree_insert(&s->tasks, id, &t->node);
    return t;
}

void state_remove_g(struct state *s, struct g_state *g)
{
    idtree_remove(&s->gs, &g->node);
    free_g(&g->node, NULL);
}

void state_remove_task(struct state *s, struct task_state *t)
{
    idtree_remove(&s->tasks, &t->node);
    free(t);
}

struct range *ranges_find(const struct ranges *r, enum range_name name, uint64_t wire_kind)
{
    for (size_t i = 0; i < r->list.len; i++) {
        struct range *range = &r->list.data[i];
        if (range->name == name && (wire_kind == RANGE_ANY || range->wire_kind == wire_kind))
            return range;
    }
    return NULL;
}

bool ranges_add(struct ranges *r, struct range range)
{
    if (r->list.len == MAX_RANGES)
        return false;
    vec_push(&r->list, range);
    return true;
}

void ranges_remove(struct ranges *r, struct range *range)
{
    size_t after = r->list.len - (size_t)(range - r->list.data) - 1;

    memmove(range, range + 1, after * sizeof(*range));
    r->list.len--;
}

#include "runtime/sched/spawn.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "runtime/detect/detect.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/wake.h"

#define FREE_MAX 64 /* Go: a P's cache of dead goroutines flushes at 64 down to below 32 */
#define FREE_KEEP 32

static struct g *g_new(struct rt *rt)
{
    struct g *g = xcalloc(1, sizeof *g);

    lock(rt, &rt->lock);
    if (rt->n_g == rt->cap_g) {
        rt->cap_g = rt->cap_g ? 2 * rt->cap_g : 64;
        rt->allg = xrealloc(rt->allg, rt->cap_g * sizeof(struct g *));
    }
    rt->allg[rt->n_g++] = g;
    unlock(rt, &rt->lock);
    return g;
}

static void refill(struct rt *rt, struct p *p)
{
    lock(rt, &rt->lock);
    while (p->free.n < FREE_KEEP && rt->free.n)
        g_list_push_tail(&p->free, g_list_pop(&rt->free));
    unlock(rt, &rt->lock);
}

static struct g *g_take(struct m *m)
{
    struct p *p = m->p;

    if (p->free.n == 0)
        refill(m->rt, p);
    struct g *g = g_list_pop(&p->free);

    if (!g)
        return g_new(m->rt);
    memset(g, 0, sizeof *g);
    return g;
}

void g_release(struct m *m, struct g *g)
{
    struct rt *rt = m->rt;
    struct p *p = m->p;

    if (!g->kind->system)
        at_add(rt, &rt->n_user, -1);
    if (g->kind->bury)
        g->kind->bury(rt, g);
    g_list_push_tail(&p->free, g);
    if (p->free.n < FREE_MAX)
        return;
    lock(rt, &rt->lock);
    while (p->free.n >= FREE_KEEP)
        g_list_push_tail(&rt->free, g_list_pop(&p->free));
    unlock(rt, &rt->lock);
}

static uint64_t next_id(struct m *m)
{
    struct p *p = m->p;

    if (p->next_gid == p->end_gid) {
        p->end_gid = at_add(m->rt, &m->rt->next_gid, (uint64_t)GID_BATCH) + 1;
        p->next_gid = p->end_gid - GID_BATCH;
    }
    return p->next_gid++;
}

struct g *spawn(struct m *m, const struct g_kind *kind, void *body, struct site entry)
{
    struct rt *rt = m->rt;
    struct g *parent = m->g;
    struct g *g = g_take(m);

    charge(m, COST_SPAWN, 1);
    g->id = next_id(m);
    g->kind = kind;
    g->body = body;
    g->entry = entry;
    g->waiter.g = g;
    if (parent && !kind->system)
        g->hand = parent->hand;
    if (rt->set.adversarial)
        g->priority = (uint32_t)(rng_draw(rt->set.schedule_seed, DRAW_PRIORITY, g->id, 0) >> 32);
    hb_birth(rt, parent, g);
    if (!kind->system)
        note_peak(rt, &rt->peak_user, at_add(rt, &rt->n_user, 1));
    g_birth(m, g);
    runq_put(m, g, true);
    wake_p(m);
    return g;
}

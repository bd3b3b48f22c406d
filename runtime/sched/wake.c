#include "runtime/sched/wake.h"

#include "base/mem.h"
#include "runtime/gc/hooks.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sched.h"

#define MAX_M 10000 /* Go: exceeding the thread limit is fatal */

void idle_p_put(struct rt *rt, struct p *p)
{
    p->idle_link = rt->idle_p;
    rt->idle_p = p;
    at_store(rt, &p->is_idle, 1u);
    at_add(rt, &rt->n_idle_p, 1);
}

struct p *idle_p_get(struct rt *rt)
{
    struct p *p = rt->idle_p;

    if (p) {
        rt->idle_p = p->idle_link;
        p->idle_link = NULL;
        at_store(rt, &p->is_idle, 0u);
        at_add(rt, &rt->n_idle_p, (uint32_t)-1);
    }
    return p;
}

struct p *idle_p_take(struct rt *rt, bool for_spinner)
{
    lock(rt, &rt->lock);
    struct p *p = idle_p_get(rt);

    if (!p && for_spinner)
        at_store(rt, &rt->need_spinning, 1u);
    unlock(rt, &rt->lock);
    return p;
}

void idle_m_put(struct rt *rt, struct m *m)
{
    m->idle_link = rt->idle_m;
    rt->idle_m = m;
    at_add(rt, &rt->n_idle_m, 1);
}

static struct m *idle_m_get(struct rt *rt)
{
    struct m *m = rt->idle_m;

    if (m) {
        rt->idle_m = m->idle_link;
        m->idle_link = NULL;
        at_add(rt, &rt->n_idle_m, (uint32_t)-1);
    }
    return m;
}

/* rt->lock held. */
static struct m *m_add(struct rt *rt)
{
    if (rt->n_m == MAX_M)
        return NULL;
    if (rt->n_m == rt->cap_m) {
        rt->cap_m = rt->cap_m ? 2 * rt->cap_m : 16;
        rt->allm = xrealloc(rt->allm, rt->cap_m * sizeof(struct m *));
    }
    struct m *m = xcalloc(1, sizeof *m);

    m->rt = rt;
    m->id = rt->n_m;
    m->at = M_STOPPED;
    rt->allm[rt->n_m++] = m;
    return m;
}

struct m *m_new(struct rt *rt)
{
    lock(rt, &rt->lock);
    struct m *m = m_add(rt);

    unlock(rt, &rt->lock);
    return m;
}

void start_m(struct m *by, struct p *p, bool spinning)
{
    struct rt *rt = by->rt;
    bool is_new = false;

    lock(rt, &rt->lock);
    struct m *m = idle_m_get(rt);

    if (!m) {
        m = m_add(rt);
        is_new = true;
    }
    if (!m) { /* out of threads: p stays idle, as it would if Go went on instead of dying */
        idle_p_put(rt, p);
        unlock(rt, &rt->lock);
        fatal(by, "runtime: program exceeds 10000-thread limit");
        return;
    }
    m->next_p = p;
    m->spinning = spinning;
    unlock(rt, &rt->lock);
    charge(by, COST_WAKE_THREAD, 1);
    if (is_new)
        rt->ops->start(m);
    else
        rt->ops->wake(m);
}

void wake_p(struct m *m)
{
    struct rt *rt = m->rt;

    /* At most one M at a time is on its way to look for work. */
    if (at_load(rt, &rt->n_spinning) != 0)
        return;
    /* Whoever idles a P from here on sees that a spinner is needed, or another becomes one. */
    if (at_load(rt, &rt->n_idle_p) == 0 && at_load(rt, &rt->need_spinning))
        return;
    if (!at_cas(rt, &rt->n_spinning, 0u, 1u))
        return;
    struct p *p = idle_p_take(rt, true);

    if (p)
        start_m(m, p, true);
    else
        at_add(rt, &rt->n_spinning, (uint32_t)-1);
}

void spin_begin(struct m *m)
{
    m->spinning = true;
    at_add(m->rt, &m->rt->n_spinning, 1);
    at_store(m->rt, &m->rt->need_spinning, 0u);
}

void spin_end(struct m *m)
{
    m->spinning = false;
    at_add(m->rt, &m->rt->n_spinning, (uint32_t)-1);
}

/* rt->lock held: the world is being stopped and p joins it. */
static void hand_to_stop(struct m *by, struct p *p)
{
    struct rt *rt = by->rt;

    p_move(by, p, P_IDLE, P_GCSTOP);
    if (at_add(rt, &rt->stop_wait, (uint32_t)-1) == 0)
        rt->ops->wake(rt->stopper);
}

void hand_off(struct m *by, struct p *p)
{
    struct rt *rt = by->rt;

    if (!runq_empty(rt, p) || at_load(rt, &rt->n_global) || gc_work(rt)) {
        start_m(by, p, false);
        return;
    }
    if (at_load(rt, &rt->n_spinning) + at_load(rt, &rt->n_idle_p) == 0 &&
        at_cas(rt, &rt->n_spinning, 0u, 1u)) {
        at_store(rt, &rt->need_spinning, 0u);
        start_m(by, p, true);
        return;
    }
    lock(rt, &rt->lock);
    if (at_load(rt, &rt->stopping)) {
        hand_to_stop(by, p);
        unlock(rt, &rt->lock);
        return;
    }
    bool last = at_load(rt, &rt->n_idle_p) == rt->set.gomaxprocs - 1 && at_load(rt, &rt->last_poll) != 0;

    if (rt->global.n || last) { /* new work, or nobody would be left to poll the network */
        unlock(rt, &rt->lock);
        start_m(by, p, false);
        return;
    }
    int64_t first = at_load(rt, &p->first_timer);

    idle_p_put(rt, p);
    unlock(rt, &rt->lock);
    if (first != NEVER)
        poll_tell(by, first);
}

void ready(struct m *m, struct g *g, enum where where, enum leaf leaf)
{
    m->leaf = leaf;
    charge(m, COST_READY, 1);
    g_move(m, g, G_WAITING, G_RUNNABLE);
    runq_put(m, g, where == TO_RUNNEXT);
    wake_p(m);
}

static void inject_without_p(struct m *m, struct g_list *list)
{
    struct rt *rt = m->rt;
    uint32_t n = list->n;

    global_put_list(m, list);
    for (; n > 0; n--) {
        struct p *p = idle_p_take(rt, true);

        if (!p)
            return;
        start_m(m, p, false);
    }
}

void inject(struct m *m, struct g_list *list)
{
    struct rt *rt = m->rt;
    struct g_list first = {0};

    if (list->n == 0)
        return;
    m->leaf = LEAF_NONE;
    for (struct g *g = list->head; g; g = g->link)
        g_move(m, g, G_WAITING, G_RUNNABLE);
    if (!m->p) {
        inject_without_p(m, list);
        return;
    }
    uint32_t idle = at_load(rt, &rt->n_idle_p);

    for (uint32_t i = 0; i < idle && list->n; i++)
        g_list_push_tail(&first, g_list_pop(list));
    if (first.n)
        inject_without_p(m, &first);
    runq_put_list(m, list);
    wake_p(m);
}

/* The life of a simulation: making it, booting it, ending it. */
#include <stdio.h>

#include "base/mem.h"
#include "base/rng.h"
#include "runtime/gc/hooks.h"
#include "runtime/sched/move.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/wake.h"

static uint32_t gcd(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t t = a % b;

        a = b;
        b = t;
    }
    return a;
}

static void find_coprimes(struct rt *rt)
{
    uint32_t n = rt->set.gomaxprocs;

    rt->coprimes = xcalloc(n, sizeof *rt->coprimes);
    for (uint32_t i = 1; i <= n; i++)
        if (gcd(i, n) == 1)
            rt->coprimes[rt->n_coprimes++] = i;
}

struct rt *rt_new(const struct settings *set, const struct machine_ops *ops, void *machine)
{
    struct rt *rt = xcalloc(1, sizeof *rt);

    rt->set = *set;
    rt->ops = ops;
    rt->machine = machine;
    rt->last_poll = 1; /* not 0: nobody is blocked in the poller */
    find_coprimes(rt);
    rt->allp = xcalloc(set->gomaxprocs, sizeof *rt->allp);
    for (uint32_t i = 0; i < set->gomaxprocs; i++) {
        rt->allp[i].id = i;
        rt->allp[i].first_timer = NEVER;
        rt->allp[i].seen.schedtick = rt->allp[i].seen.syscalltick = UINT32_MAX; /* not seen yet */
    }
    return rt;
}

static void bury_living(struct rt *rt)
{
    for (uint32_t i = 0; i < rt->n_g; i++) {
        struct g *g = rt->allg[i];

        if (g->kind && g->kind->bury && g->state != G_DEAD)
            g->kind->bury(rt, g);
    }
}

uint64_t rt_free(struct rt *rt)
{
    uint64_t left;

    bury_living(rt);
    left = rt->held;
    for (uint32_t i = 0; i < rt->n_g; i++)
        free(rt->allg[i]);
    for (uint32_t i = 0; i < rt->n_m; i++)
        free(rt->allm[i]);
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++)
        free(rt->allp[i].timers.at);
    free(rt->allg);
    free(rt->allm);
    free(rt->allp);
    free(rt->coprimes);
    free(rt);
    return left;
}

struct m *sched_boot(struct rt *rt, const struct g_kind *main, void *body, struct site entry)
{
    struct m *m0 = m_new(rt);

    m0->at = M_TOP;
    p_move(m0, &rt->allp[0], P_IDLE, P_RUNNING);
    rt->sysmon = m_new(rt);
    rt->sysmon->is_sysmon = true;
    rt->sysmon->at = M_TOP;
    rt->main = spawn(m0, main, body, entry);
    gc_boot(m0);
    /* Only now, so that no M is woken and steals main before the simulation stands (Go: newproc wakes
     * nobody until the main goroutine has started). */
    lock(rt, &rt->lock);
    for (uint32_t i = rt->set.gomaxprocs; i-- > 1;)
        idle_p_put(rt, &rt->allp[i]);
    unlock(rt, &rt->lock);
    rt->ops->start(m0);
    rt->ops->start(rt->sysmon);
    return m0;
}

/* The first to come says how the run ended. Nobody reads it before ops->finish: the others only stop. */
static void end_run(struct rt *rt, enum run_end how, const char *text, const struct g *g)
{
    if (!at_cas(rt, &rt->ended, 0u, 1u))
        return;
    rt->end = how;
    snprintf(rt->end_text, sizeof rt->end_text, "%s", text);
    rt->end_site = site_of(g);
    rt->end_g = g ? g->id : 0;
    rt->ops->finish(rt, how);
}

void sched_finish(struct rt *rt, enum run_end how)
{
    end_run(rt, how, "", NULL);
}

void sched_stop(struct rt *rt, const char *what)
{
    end_run(rt, END_BUDGET, what, NULL);
}

void sched_quiet(struct rt *rt)
{
    bool none = at_load(rt, &rt->n_user) == 0;

    end_run(rt, END_DEADLOCK,
            none ? "no goroutines (main called runtime.Goexit) - deadlock!"
                 : "all goroutines are asleep - deadlock!",
            NULL);
}

enum end fatal(struct m *m, const char *text)
{
    end_run(m->rt, END_FATAL, text, m->g);
    return EXIT;
}

void uncaught_panic(struct m *m)
{
    end_run(m->rt, END_PANIC, m->panic_text, m->g);
}

uint64_t schedule_draw(struct rt *rt, enum draw_purpose purpose)
{
    uint64_t n = at_add(rt, &rt->draws[purpose], (uint64_t)1);

    return rng_draw(rt->set.schedule_seed, purpose, 0, n);
}

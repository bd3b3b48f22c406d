#include "runtime/sched/move.h"

#include <stdio.h>

#include "runtime/sched/inline.h"
#include "runtime/trace/trace.h"

static const char *const g_names[] = {"idle", "runnable", "running", "syscall", "waiting", "dead"};
static const char *const p_names[] = {"idle", "running", "syscall", "gcstop"};

static _Noreturn void bad_g(const struct g *g, uint32_t found, enum g_state from, enum g_state to)
{
    fprintf(stderr, "goroutine %llu is %s, cannot go from %s to %s\n", (unsigned long long)g->id,
            g_names[found], g_names[from], g_names[to]);
    abort();
}

static _Noreturn void bad_p(const struct p *p, uint32_t found, enum p_state from, enum p_state to)
{
    fprintf(stderr, "P %u is %s, cannot go from %s to %s\n", p->id, p_names[found], p_names[from],
            p_names[to]);
    abort();
}

#define CHANGE(from, to) ((from) * 8 + (to))

static void g_event(struct m *m, struct g *g, enum g_state from, enum g_state to)
{
    switch (CHANGE(from, to)) {
    case CHANGE(G_RUNNABLE, G_RUNNING):
        trace_go_start(m, g);
        break;
    case CHANGE(G_RUNNING, G_RUNNABLE):
        trace_go_stop(m, m->reason, m->leaf);
        break;
    case CHANGE(G_RUNNING, G_WAITING):
        g->block_reason = m->reason;
        trace_go_block(m, m->reason, m->leaf);
        break;
    case CHANGE(G_WAITING, G_RUNNABLE):
        trace_go_unblock(m, g, m->leaf);
        break;
    case CHANGE(G_RUNNING, G_DEAD):
        trace_go_destroy(m);
        break;
    case CHANGE(G_RUNNING, G_SYSCALL):
        trace_syscall_begin(m, m->leaf);
        break;
    case CHANGE(G_SYSCALL, G_RUNNING):
        trace_syscall_end(m);
        break;
    case CHANGE(G_SYSCALL, G_RUNNABLE):
        trace_syscall_end_blocked(m);
        break;
    default:
        bad_g(g, from, from, to);
    }
}

void g_birth(struct m *m, struct g *g)
{
    m->counts.events++;
    trace_go_create(m, g);
    at_store(m->rt, &g->state, (uint32_t)G_RUNNABLE);
}

void g_move(struct m *m, struct g *g, enum g_state from, enum g_state to)
{
    uint32_t found = at_load(m->rt, &g->state);

    if (found != from)
        bad_g(g, found, from, to);
    m->counts.events++;
    g_event(m, g, from, to);
    if (from == G_RUNNABLE) {
        m->g = g;
        g->m = m;
    } else if ((from == G_RUNNING && to != G_SYSCALL) || (from == G_SYSCALL && to == G_RUNNABLE)) {
        m->g = NULL;
        g->m = NULL;
    }
    at_store(m->rt, &g->state, (uint32_t)to);
}

static void p_event(struct m *m, struct p *p, enum p_state from, enum p_state to)
{
    switch (CHANGE(from, to)) {
    case CHANGE(P_IDLE, P_RUNNING):
    case CHANGE(P_GCSTOP, P_RUNNING):
        trace_proc_start(m, p);
        break;
    case CHANGE(P_RUNNING, P_IDLE):
    case CHANGE(P_RUNNING, P_GCSTOP):
        trace_proc_stop(m);
        break;
    case CHANGE(P_SYSCALL, P_IDLE):
    case CHANGE(P_SYSCALL, P_GCSTOP):
        trace_proc_steal(m, p, p->m);
        break;
    case CHANGE(P_SYSCALL, P_RUNNING):
        if (p->m != m) { /* out of the call of another */
            trace_proc_steal(m, p, p->m);
            trace_proc_start(m, p);
        }
        break;
    case CHANGE(P_RUNNING, P_SYSCALL): /* told by the goroutine's own event */
    case CHANGE(P_IDLE, P_GCSTOP): /* idle either way, for a trace */
    case CHANGE(P_GCSTOP, P_IDLE):
        break;
    default:
        bad_p(p, from, from, to);
    }
}

bool p_try(struct m *m, struct p *p, enum p_state from, enum p_state to)
{
    if (!at_cas(m->rt, &p->state, (uint32_t)from, (uint32_t)to))
        return false;
    m->counts.events++;
    p_event(m, p, from, to);
    if (to == P_RUNNING) {
        m->p = p;
        at_store(m->rt, &p->m, m);
    } else if (to == P_SYSCALL) {
        m->p = NULL; /* p->m stays: whoever takes p away must say from whom */
    } else {
        if (from == P_RUNNING)
            m->p = NULL;
        at_store(m->rt, &p->m, (struct m *)NULL);
    }
    return true;
}

void p_move(struct m *m, struct p *p, enum p_state from, enum p_state to)
{
    if (!p_try(m, p, from, to))
        bad_p(p, at_load(m->rt, &p->state), from, to);
}

/* The rules of procs: which thread runs which P. */
#include <inttypes.h>

#include "grader/reader/rules.h"

static enum trace_state state_of(enum wire_p_status status)
{
    switch (status) {
    case WIRE_P_RUNNING:
    case WIRE_P_SYSCALL:
        return TRACE_RUNNING;
    case WIRE_P_IDLE:
    case WIRE_P_SYSCALL_ABANDONED:
        return TRACE_IDLE;
    default:
        return TRACE_UNDETERMINED;
    }
}

enum rule_result rule_procs_change(struct order *o)
{
    struct trace_event *e;

    if (!rule_needs(o, NEED_ALL) || !(e = rule_event(o, TRACE_METRIC)))
        return RULE_FAILED;
    e->metric.metric = METRIC_GOMAXPROCS;
    e->metric.value = rule_arg(o, 1);
    return RULE_DONE;
}

/* The owner of a P in a system call is known but the thief was told it is not: the event belongs to the
 * owner, which keeps the P until the steal that follows. */
static enum rule_result abandon(struct order *o, uint64_t id, struct p_state *p)
{
    struct m_state *m = o->state.first_m;

    while (m && m->p != id) {
        m = m->next;
        o->wasted++;
    }
    if (!m)
        return rule_fail(o, "failed to find sched context for proc %" PRId64 " that's about to be stolen",
                         (int64_t)id);
    o->context = (struct context){m->node.id, m->p, m->g};
    p->seq = rule_stated(o);
    return rule_transition(o, TRACE_PROC, id, TRACE_RUNNING, TRACE_RUNNING) ? RULE_DONE : RULE_FAILED;
}

enum rule_result rule_proc_status(struct order *o)
{
    uint64_t id = rule_arg(o, 1), raw = rule_arg(o, 2);
    struct p_state *p = state_p(&o->state, id);
    enum wire_p_status status = (enum wire_p_status)raw;

    if (raw >= WIRE_P_STATUSES)
        return rule_fail(o, "invalid status for proc %" PRId64 ": %" PRIu64, (int64_t)id, raw);
    if (p && status == WIRE_P_SYSCALL_ABANDONED && p->status == WIRE_P_SYSCALL)
        return abandon(o, id, p);
    if (p && p->status != status)
        return rule_fail(o, "inconsistent status for proc %" PRId64 ": old %s vs. new %s", (int64_t)id,
                         p_status_name(p->status), p_status_name(status));
    enum trace_state to = state_of(status);
    enum trace_state unknown = rule_first_generation(o) ? TRACE_UNDETERMINED : TRACE_NOT_EXIST;
    if (!rule_transition(o, TRACE_PROC, id, p ? to : unknown, to))
        return RULE_FAILED;
    if (p)
        p->seq = rule_stated(o);
    else
        state_add_p(&o->state, id, status, rule_stated(o));
    if (to == TRACE_RUNNING)
        rule_hold_p(o, id);
    return RULE_DONE;
}

enum rule_result rule_proc_start(struct order *o)
{
    uint64_t id = rule_arg(o, 1), seq = rule_arg(o, 2);
    struct p_state *p = state_p(&o->state, id);

    if (!p || p->status != WIRE_P_IDLE || !rule_succeeds(o, seq, p->seq) || o->context.proc != TRACE_NO_PROC)
        return RULE_NOT_YET;
    if (!rule_needs(o, NEED_THREAD) || !rule_transition(o, TRACE_PROC, id, TRACE_IDLE, TRACE_RUNNING))
        return RULE_FAILED;
    p->status = WIRE_P_RUNNING;
    p->seq = rule_sequence(o, seq);
    rule_hold_p(o, id);
    return RULE_DONE;
}

enum rule_result rule_proc_stop(struct order *o)
{
    uint64_t id = o->context.proc;
    struct p_state *p = id == TRACE_NO_PROC ? NULL : state_p(&o->state, id);

    if (!p)
        return rule_fail(o, "event %s for proc (%" PRId64 ") that doesn't exist", rule_name(o), (int64_t)id);
    if (p->status != WIRE_P_RUNNING && p->status != WIRE_P_SYSCALL)
        return rule_fail(o, "%s event for proc that's not %s or %s", rule_name(o),
                         p_status_name(WIRE_P_RUNNING), p_status_name(WIRE_P_SYSCALL));
    if (!rule_transition(o, TRACE_PROC, id, TRACE_RUNNING, TRACE_IDLE))
        return RULE_FAILED;
    p->status = WIRE_P_IDLE;
    rule_hold_p(o, TRACE_NO_PROC);
    return RULE_DONE;
}

/* The thread that loses the P, or NULL and an error. */
static struct m_state *robbed(struct order *o, uint64_t id, uint64_t thread)
{
    if (thread == o->context.thread) {
        if (o->context.proc == id)
            return o->cursor->m;
        rule_fail(
            o, "tried to self-steal proc %" PRId64 " (thread %" PRId64 "), but got proc %" PRId64 " instead",
            (int64_t)id, (int64_t)thread, (int64_t)o->context.proc);
        return NULL;
    }
    struct m_state *m = state_m(&o->state, thread);
    if (!m)
        rule_fail(o, "stole proc from non-existent thread %" PRId64, (int64_t)thread);
    else if (m->p != id)
        rule_fail(o,
                  "tried to steal proc %" PRId64 " from thread %" PRId64 ", but got proc %" PRId64 " instead",
                  (int64_t)id, (int64_t)thread, (int64_t)m->p);
    return m && m->p == id ? m : NULL;
}

enum rule_result rule_proc_steal(struct order *o)
{
    uint64_t id = rule_arg(o, 1), seq = rule_arg(o, 2), thread = rule_arg(o, 3);
    struct p_state *p = state_p(&o->state, id);
    struct m_state *from = NULL;

    if (!p || (p->status != WIRE_P_SYSCALL && p->status != WIRE_P_SYSCALL_ABANDONED) ||
        !rule_succeeds(o, seq, p->seq))
        return RULE_NOT_YET;
    if (!rule_needs(o, NEED_THREAD))
        return RULE_FAILED;
    if (p->status == WIRE_P_SYSCALL && !(from = robbed(o, id, thread)))
        return RULE_FAILED;
    if (!rule_transition(o, TRACE_PROC, id, from ? TRACE_RUNNING : TRACE_IDLE, TRACE_IDLE))
        return RULE_FAILED;
    p->status = WIRE_P_IDLE;
    p->seq = rule_sequence(o, seq);
    if (from)
        from->p = TRACE_NO_PROC;
    return RULE_DONE;
}

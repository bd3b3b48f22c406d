/* The rules of goroutines: from creation through running, waiting and system calls to the end. */
#include <inttypes.h>

#include "grader/reader/rules.h"

static enum trace_state state_of(enum wire_g_status status)
{
    static const enum trace_state states[WIRE_G_STATUSES] = {
        [WIRE_G_BAD] = TRACE_UNDETERMINED, [WIRE_G_RUNNABLE] = TRACE_RUNNABLE,
        [WIRE_G_RUNNING] = TRACE_RUNNING,  [WIRE_G_SYSCALL] = TRACE_SYSCALL,
        [WIRE_G_WAITING] = TRACE_WAITING,
    };
    return states[status];
}

/* The goroutine of the context, which must be known and in that status; NULL and an error otherwise. */
static struct g_state *current(struct order *o, enum wire_g_status status)
{
    struct g_state *g = state_g(&o->state, o->context.goroutine);

    if (!g) {
        rule_fail(o, "event %s for goroutine (%" PRId64 ") that doesn't exist", rule_name(o),
                  (int64_t)o->context.goroutine);
        return NULL;
    }
    if (g->status != status) {
        rule_fail(o, "%s event for goroutine that's not %s", rule_name(o), g_status_name(status));
        return NULL;
    }
    return g;
}

/* A named goroutine that is in that status and whose sequence number comes before `seq`. */
static struct g_state *ready(struct order *o, enum wire_g_status status, uint64_t id, uint64_t seq)
{
    struct g_state *g = state_g(&o->state, id);

    return g && g->status == status && rule_succeeds(o, seq, g->seq) ? g : NULL;
}

static struct trace_event *go_transition(struct order *o, uint64_t id, enum trace_state from,
                                         enum trace_state to)
{
    return rule_transition(o, TRACE_GOROUTINE, id, from, to);
}

/* A goroutine in a system call belongs to a thread, which may never say anything itself: it becomes
 * known here. The event is that thread's. */
static bool state_syscall(struct order *o, uint64_t id, uint64_t thread)
{
    bool mine = thread == o->context.thread, fresh = false;
    struct m_state *m = mine ? o->cursor->m : NULL;

    if (thread == TRACE_NO_THREAD) {
        rule_fail(o, "found goroutine %" PRId64 " in syscall without a thread", (int64_t)id);
        return false;
    }
    if (!mine && !(m = state_m(&o->state, thread))) {
        m = state_add_m(&o->state, thread);
        fresh = true;
    }
    if (m->g != id && !fresh && !(mine && rule_first_generation(o))) {
        rule_fail(o,
                  "inconsistent thread for syscalling goroutine %" PRId64 ": thread has goroutine %" PRId64,
                  (int64_t)id, (int64_t)m->g);
        return false;
    }
    o->context = (struct context){thread, m->p, m->g};
    m->g = id;
    return true;
}

enum rule_result rule_go_status(struct order *o)
{
    uint64_t id = rule_arg(o, 1), thread = rule_arg(o, 2), raw = rule_arg(o, 3);
    struct g_state *g = state_g(&o->state, id);
    enum wire_g_status status = (enum wire_g_status)raw;

    if (raw >= WIRE_G_STATUSES)
        return rule_fail(o, "invalid status for goroutine %" PRId64 ": %" PRIu64, (int64_t)id, raw);
    if (g && g->status != status)
        return rule_fail(o, "inconsistent status for goroutine %" PRId64 ": old %s vs. new %s", (int64_t)id,
                         g_status_name(g->status), g_status_name(status));
    if (!g && !rule_first_generation(o))
        return rule_fail(o,
                         "found goroutine status for new goroutine after the first generation: "
                         "id=%" PRId64 " status=%s",
                         (int64_t)id, g_status_name(status));
    if (status == WIRE_G_SYSCALL && !state_syscall(o, id, thread))
        return RULE_FAILED;
    enum trace_state to = state_of(status);
    struct trace_event *e = go_transition(o, id, g ? to : TRACE_UNDETERMINED, to);
    if (!e)
        return RULE_FAILED;
    e->transition.stack = e->stack;
    if (g)
        g->seq = rule_stated(o);
    else
        state_add_g(&o->state, id, status, rule_stated(o));
    if (status == WIRE_G_RUNNING)
        rule_hold_g(o, id);
    return RULE_DONE;
}

enum rule_result rule_go_create(struct order *o)
{
    bool blocked = o->cursor->wire.no == EV_GO_CREATE_BLOCKED;
    uint64_t id = rule_arg(o, 1);
    struct g_state *creator;

    if (!rule_needs(o, NEED_THREAD | NEED_PROC))
        return RULE_FAILED;
    creator = o->context.goroutine == TRACE_NO_GOROUTINE ? NULL : state_g(&o->state, o->context.goroutine);
    if (creator && creator->status != WIRE_G_RUNNING)
        return rule_fail(o, "%s event for goroutine that's not %s", rule_name(o),
                         g_status_name(WIRE_G_RUNNING));
    if (state_g(&o->state, id))
        return rule_fail(o, "tried to create goroutine (%" PRId64 ") that already exists", (int64_t)id);
    if (!go_transition(o, id, TRACE_NOT_EXIST, blocked ? TRACE_WAITING : TRACE_RUNNABLE))
        return RULE_FAILED;
    state_add_g(&o->state, id, blocked ? WIRE_G_WAITING : WIRE_G_RUNNABLE, rule_stated(o));
    return RULE_DONE;
}

enum rule_result rule_go_create_syscall(struct order *o)
{
    uint64_t id = rule_arg(o, 1);

    if (!rule_needs(o, NEED_THREAD | NEED_NO_GOROUTINE))
        return RULE_FAILED;
    if (state_g(&o->state, id))
        return rule_fail(o, "tried to create goroutine (%" PRId64 ") in syscall that already exists",
                         (int64_t)id);
    if (!go_transition(o, id, TRACE_NOT_EXIST, TRACE_SYSCALL))
        return RULE_FAILED;
    state_add_g(&o->state, id, WIRE_G_SYSCALL, rule_stated(o));
    rule_hold_g(o, id);
    return RULE_DONE;
}

enum rule_result rule_go_start(struct order *o)
{
    uint64_t id = rule_arg(o, 1), seq = rule_arg(o, 2);
    struct g_state *g = ready(o, WIRE_G_RUNNABLE, id, seq);

    if (!g)
        return RULE_NOT_YET;
    if (!rule_needs(o, NEED_THREAD | NEED_PROC | NEED_NO_GOROUTINE) ||
        !go_transition(o, id, TRACE_RUNNABLE, TRACE_RUNNING))
        return RULE_FAILED;
    g->status = WIRE_G_RUNNING;
    g->seq = rule_sequence(o, seq);
    rule_hold_g(o, id);
    return RULE_DONE;
}

/* The running goroutine stops running: it yields, blocks or ends. */
enum rule_result rule_go_give_up(struct order *o)
{
    enum event_no no = o->cursor->wire.no;
    enum trace_state to = no == EV_GO_STOP    ? TRACE_RUNNABLE
                          : no == EV_GO_BLOCK ? TRACE_WAITING
                                              : TRACE_NOT_EXIST;
    struct g_state *g;
    struct trace_event *e;

    if (!rule_needs(o, NEED_ALL) || !(g = current(o, WIRE_G_RUNNING)) ||
        !(e = go_transition(o, g->node.id, TRACE_RUNNING, to)))
        return RULE_FAILED;
    e->transition.stack = e->stack;
    if (no != EV_GO_DESTROY && !rule_string(o, 0, &e->transition.reason))
        return RULE_FAILED;
    if (no == EV_GO_DESTROY)
        state_remove_g(&o->state, g);
    else
        g->status = no == EV_GO_STOP ? WIRE_G_RUNNABLE : WIRE_G_WAITING;
    rule_hold_g(o, TRACE_NO_GOROUTINE);
    return RULE_DONE;
}

/* Back to C: the thread may still hold the P of the call, which is then as good as stolen. */
static bool drop_proc(struct order *o)
{
    uint64_t id = o->context.proc;
    struct p_state *p = state_p(&o->state, id);

    if (p->status != WIRE_P_SYSCALL) {
        rule_fail(o, "proc %" PRId64 " in unexpected state %s during %s", (int64_t)id,
                  p_status_name(p->status), rule_name(o));
        return false;
    }
    if (!rule_transition(o, TRACE_PROC, id, TRACE_RUNNING, TRACE_IDLE))
        return false;
    p->status = WIRE_P_SYSCALL_ABANDONED;
    rule_hold_p(o, TRACE_NO_PROC);
    return true;
}

enum rule_result rule_go_destroy_syscall(struct order *o)
{
    struct g_state *g;

    if (!rule_needs(o, NEED_THREAD | NEED_GOROUTINE) || !(g = current(o, WIRE_G_SYSCALL)))
        return RULE_FAILED;
    if (o->context.proc != TRACE_NO_PROC && !drop_proc(o))
        return RULE_FAILED;
    if (!go_transition(o, g->node.id, TRACE_SYSCALL, TRACE_NOT_EXIST))
        return RULE_FAILED;
    state_remove_g(&o->state, g);
    rule_hold_g(o, TRACE_NO_GOROUTINE);
    return RULE_DONE;
}

enum rule_result rule_go_unblock(struct order *o)
{
    uint64_t id = rule_arg(o, 1), seq = rule_arg(o, 2);
    struct g_state *g = ready(o, WIRE_G_WAITING, id, seq);

    if (!g)
        return RULE_NOT_YET;
    if (!go_transition(o, id, TRACE_WAITING, TRACE_RUNNABLE))
        return RULE_FAILED;
    g->status = WIRE_G_RUNNABLE;
    g->seq = rule_sequence(o, seq);
    return RULE_DONE;
}

/* A direct hand-over between coroutines: the named goroutine wakes, the current one blocks or ends, and
 * the named one runs in its place. */
enum rule_result rule_go_switch(struct order *o)
{
    bool destroy = o->cursor->wire.no == EV_GO_SWITCH_DESTROY;
    uint64_t id = rule_arg(o, 1), seq = rule_arg(o, 2);
    struct g_state *from, *to;

    if (!rule_needs(o, NEED_ALL) || !(from = current(o, WIRE_G_RUNNING)))
        return RULE_FAILED;
    to = ready(o, WIRE_G_WAITING, id, seq);
    if (!to)
        return RULE_NOT_YET;
    go_transition(o, id, TRACE_WAITING, TRACE_RUNNABLE);
    go_transition(o, from->node.id, TRACE_RUNNING, destroy ? TRACE_NOT_EXIST : TRACE_WAITING);
    o->context.goroutine = TRACE_NO_GOROUTINE;
    go_transition(o, id, TRACE_RUNNABLE, TRACE_RUNNING);
    if (destroy)
        state_remove_g(&o->state, from);
    else
        from->status = WIRE_G_WAITING;
    to->status = WIRE_G_RUNNING;
    to->seq = rule_sequence(o, seq);
    rule_hold_g(o, id);
    return RULE_DONE;
}

/* The P's number must follow at once: nobody but this thread could have advanced it. */
enum rule_result rule_go_syscall_begin(struct order *o)
{
    uint64_t seq = rule_arg(o, 1);
    struct g_state *g;
    struct p_state *p;
    struct trace_event *e;

    if (!rule_needs(o, NEED_ALL) || !(g = current(o, WIRE_G_RUNNING)))
        return RULE_FAILED;
    p = state_p(&o->state, o->context.proc);
    if (!rule_succeeds(o, seq, p->seq))
        return rule_fail(o,
                         "failed to advance %s: can't make sequence: %" PRIu64 " (gen=%" PRIu64
                         ") -> %" PRIu64 " (gen=%" PRIu64 ")",
                         rule_name(o), p->seq.n, p->seq.generation, seq, o->gen->number);
    if (!(e = go_transition(o, g->node.id, TRACE_RUNNING, TRACE_SYSCALL)))
        return RULE_FAILED;
    e->transition.stack = e->stack;
    g->status = WIRE_G_SYSCALL;
    p->status = WIRE_P_SYSCALL;
    p->seq = rule_sequence(o, seq);
    return RULE_DONE;
}

enum rule_result rule_go_syscall_end(struct order *o)
{
    struct g_state *g;
    struct p_state *p;

    if (!rule_needs(o, NEED_ALL) || !(g = current(o, WIRE_G_SYSCALL)))
        return RULE_FAILED;
    p = state_p(&o->state, o->context.proc);
    if (p->status != WIRE_P_SYSCALL)
        return rule_fail(o, "expected proc %" PRId64 " in state %s, but got %s instead", (int64_t)p->node.id,
                         p_status_name(WIRE_P_SYSCALL), p_status_name(p->status));
    if (!go_transition(o, g->node.id, TRACE_SYSCALL, TRACE_RUNNING))
        return RULE_FAILED;
    g->status = WIRE_G_RUNNING;
    p->status = WIRE_P_RUNNING;
    return RULE_DONE;
}

/* Only possible once the P of the call is gone (or another one was taken since). */
enum rule_result rule_go_syscall_end_blocked(struct order *o)
{
    uint64_t held = o->context.proc;
    struct g_state *g;

    if (held != TRACE_NO_PROC && state_p(&o->state, held)->status == WIRE_P_SYSCALL)
        return RULE_NOT_YET;
    if (!rule_needs(o, NEED_THREAD | NEED_GOROUTINE) || !(g = current(o, WIRE_G_SYSCALL)) ||
        !go_transition(o, g->node.id, TRACE_SYSCALL, TRACE_RUNNABLE))
        return RULE_FAILED;
    g->status = WIRE_G_RUNNABLE;
    rule_hold_g(o, TRACE_NO_GOROUTINE);
    return RULE_DONE;
}

enum rule_result rule_go_label(struct order *o)
{
    struct trace_event *e;

    if (!rule_needs(o, NEED_ALL) || !(e = rule_event(o, TRACE_LABEL)) || !rule_string(o, 0, &e->label.label))
        return RULE_FAILED;
    return RULE_DONE;
}

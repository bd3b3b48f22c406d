#include "grader/reader/rules.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

typedef enum rule_result rule_function(struct order *o);

static rule_function *const rules[EVENT_NUMBERS] = {
    [EV_PROCS_CHANGE] = rule_procs_change,
    [EV_PROC_START] = rule_proc_start,
    [EV_PROC_STOP] = rule_proc_stop,
    [EV_PROC_STEAL] = rule_proc_steal,
    [EV_PROC_STATUS] = rule_proc_status,
    [EV_GO_CREATE] = rule_go_create,
    [EV_GO_CREATE_SYSCALL] = rule_go_create_syscall,
    [EV_GO_START] = rule_go_start,
    [EV_GO_DESTROY] = rule_go_give_up,
    [EV_GO_DESTROY_SYSCALL] = rule_go_destroy_syscall,
    [EV_GO_STOP] = rule_go_give_up,
    [EV_GO_BLOCK] = rule_go_give_up,
    [EV_GO_UNBLOCK] = rule_go_unblock,
    [EV_GO_SYSCALL_BEGIN] = rule_go_syscall_begin,
    [EV_GO_SYSCALL_END] = rule_go_syscall_end,
    [EV_GO_SYSCALL_END_BLOCKED] = rule_go_syscall_end_blocked,
    [EV_GO_STATUS] = rule_go_status,
    [EV_STW_BEGIN] = rule_stw_begin,
    [EV_STW_END] = rule_stw_end,
    [EV_GC_ACTIVE] = rule_gc_active,
    [EV_GC_BEGIN] = rule_gc_begin,
    [EV_GC_END] = rule_gc_end,
    [EV_GC_SWEEP_ACTIVE] = rule_sweep_active,
    [EV_GC_SWEEP_BEGIN] = rule_sweep_begin,
    [EV_GC_SWEEP_END] = rule_sweep_end,
    [EV_GC_MARK_ASSIST_ACTIVE] = rule_assist_active,
    [EV_GC_MARK_ASSIST_BEGIN] = rule_assist_begin,
    [EV_GC_MARK_ASSIST_END] = rule_assist_end,
    [EV_HEAP_ALLOC] = rule_heap,
    [EV_HEAP_GOAL] = rule_heap,
    [EV_GO_LABEL] = rule_go_label,
    [EV_USER_TASK_BEGIN] = rule_task_begin,
    [EV_USER_TASK_END] = rule_task_end,
    [EV_USER_REGION_BEGIN] = rule_region_begin,
    [EV_USER_REGION_END] = rule_region_end,
    [EV_USER_LOG] = rule_log,
    [EV_GO_SWITCH] = rule_go_switch,
    [EV_GO_SWITCH_DESTROY] = rule_go_switch,
    [EV_GO_CREATE_BLOCKED] = rule_go_create,
    [EV_GO_STATUS_STACK] = rule_go_status,
    [EV_SPAN] = rule_experimental,
    [EV_SPAN_ALLOC] = rule_experimental,
    [EV_SPAN_FREE] = rule_experimental,
    [EV_HEAP_OBJECT] = rule_experimental,
    [EV_HEAP_OBJECT_ALLOC] = rule_experimental,
    [EV_HEAP_OBJECT_FREE] = rule_experimental,
    [EV_GOROUTINE_STACK] = rule_experimental,
    [EV_GOROUTINE_STACK_ALLOC] = rule_experimental,
    [EV_GOROUTINE_STACK_FREE] = rule_experimental,
};

/* A thread becomes known when its first event is looked at, not when that event happens. */
static void look_at_thread(struct order *o)
{
    struct cursor *c = o->cursor;

    if (!c->m && c->thread != TRACE_NO_THREAD) {
        c->m = state_m(&o->state, c->thread);
        if (!c->m)
            c->m = state_add_m(&o->state, c->thread);
    }
    o->context.thread = c->thread;
    o->context.proc = c->m ? c->m->p : TRACE_NO_PROC;
    o->context.goroutine = c->m ? c->m->g : TRACE_NO_GOROUTINE;
}

enum rule_result rule_try(struct order *o)
{
    rule_function *rule = rules[o->cursor->wire.no];

    look_at_thread(o);
    if (!rule)
        return rule_fail(o, "bad event type found while ordering: %u", o->cursor->wire.no);
    return rule(o);
}

const char *rule_name(const struct order *o)
{
    return o->cursor->wire.spec->name;
}

enum rule_result rule_fail(struct order *o, const char *fmt, ...)
{
    char text[320], thread[40] = "no thread";
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (o->cursor->thread != TRACE_NO_THREAD)
        snprintf(thread, sizeof(thread), "thread %" PRIu64, o->cursor->thread);
    trace_error_set(o->err, TRACE_BROKEN_ORDER, o->cursor->offset, "%s (%s, generation %" PRIu64 "): %s",
                    rule_name(o), thread, o->gen->number, text);
    return RULE_FAILED;
}

bool rule_needs(struct order *o, unsigned needs)
{
    const struct context *c = &o->context;
    const char *complaint = NULL;

    if (needs & NEED_THREAD && c->thread == TRACE_NO_THREAD)
        complaint = "expected a thread but didn't have one";
    else if (needs & NEED_PROC && c->proc == TRACE_NO_PROC)
        complaint = "expected a proc but didn't have one";
    else if (needs & NEED_GOROUTINE && c->goroutine == TRACE_NO_GOROUTINE)
        complaint = "expected a goroutine but didn't have one";
    else if (needs & NEED_NO_GOROUTINE && c->goroutine != TRACE_NO_GOROUTINE)
        complaint = "expected no goroutine but had one";
    if (complaint)
        rule_fail(o, "%s", complaint);
    return !complaint;
}

struct sequence rule_sequence(const struct order *o, uint64_t n)
{
    return (struct sequence){o->gen->number, n};
}

struct sequence rule_stated(const struct order *o)
{
    return rule_sequence(o, 0);
}

bool rule_succeeds(const struct order *o, uint64_t n, struct sequence seq)
{
    return seq.generation == o->gen->number && n == seq.n + 1;
}

bool rule_first_generation(const struct order *o)
{
    return o->gen->number == o->state.first_generation;
}

void rule_hold_g(struct order *o, uint64_t id)
{
    if (o->cursor->m)
        o->cursor->m->g = id;
}

void rule_hold_p(struct order *o, uint64_t id)
{
    if (o->cursor->m)
        o->cursor->m->p = id;
}

static bool find_stack(struct order *o, uint8_t position, uint32_t *id)
{
    *id = 0;
    if (!position)
        return true;
    struct gen_stack *s = generation_stack(o->gen, rule_arg(o, position));
    if (s) {
        *id = stable_stack(o->interners, s);
        return true;
    }
    trace_error_set(o->err, TRACE_CORRUPT, o->cursor->offset,
                    "found invalid stack ID %" PRIu64 " for event %s", rule_arg(o, position), rule_name(o));
    return false;
}

struct trace_event *rule_event(struct order *o, enum trace_kind kind)
{
    struct trace_event *e = &o->queue[o->queue_len];

    if (!find_stack(o, o->cursor->wire.spec->stack, &e->stack))
        return NULL;
    e->kind = kind;
    e->wire = o->cursor->wire.no;
    e->time = o->cursor->time;
    e->thread = o->context.thread;
    e->proc = o->context.proc;
    e->goroutine = o->context.goroutine;
    e->generation = o->gen->number;
    e->offset = o->cursor->offset;
    o->queue_len++;
    return e;
}

struct trace_event *rule_transition(struct order *o, enum trace_resource resource, uint64_t id,
                                    enum trace_state from, enum trace_state to)
{
    struct trace_event *e = rule_event(o, TRACE_TRANSITION);

    if (!e)
        return NULL;
    e->transition.resource = resource;
    e->transition.id = id;
    e->transition.from = from;
    e->transition.to = to;
    e->transition.reason = 0;
    return find_stack(o, o->cursor->wire.spec->new_stack, &e->transition.stack) ? e : NULL;
}

struct gen_string *rule_text(struct order *o, int i)
{
    uint64_t id = rule_arg(o, o->cursor->wire.spec->string + i);
    struct gen_string *s = generation_string(o->gen, id);

    if (!s)
        trace_error_set(o->err, TRACE_CORRUPT, o->cursor->offset,
                        "found invalid string ID %" PRIu64 " for event %s", id, rule_name(o));
    return s;
}

bool rule_string(struct order *o, int i, uint32_t *id)
{
    struct gen_string *s = rule_text(o, i);

    if (s)
        *id = stable_string(o->interners, s);
    return s != NULL;
}

const char *g_status_name(enum wire_g_status status)
{
    static const char *const names[WIRE_G_STATUSES] = {"Bad", "Runnable", "Running", "Syscall", "Waiting"};
    return names[status];
}

const char *p_status_name(enum wire_p_status status)
{
    static const char *const names[WIRE_P_STATUSES] = {"Bad", "Running", "Idle", "Syscall",
                                                       "SyscallAbandoned"};
    return names[status];
}

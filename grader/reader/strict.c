#include "grader/reader/strict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "grader/reader/idtree.h"
#include "grader/reader/reader.h"
#include "grader/reader/state.h"

/* A goroutine or a proc, and the thread it executes on. */
struct resource {
    struct idnode node;
    enum trace_state state;
    uint64_t thread; /* TRACE_NO_THREAD while it does not execute */
    struct ranges ranges;
};

struct thread {
    struct idnode node;
    uint64_t g, p;
};

struct task {
    struct idnode node;
    uint32_t name;
};

struct strict {
    const struct trace_reader *reader;
    struct idtree gs, ps, threads, tasks;
    struct ranges global;
    VEC(bool) seen_stacks; /* by id */
    uint64_t syncs, first_generation;
    uint64_t generation, events; /* the current one, and how many events it has had */
    bool has_time, has_clock;
    int64_t time, clock;
    uint64_t mono, sec, nsec;
    /* The event under examination. */
    const struct trace_event *e;
    struct trace_error *err;
};

struct strict *strict_new(const struct trace_reader *r)
{
    struct strict *s = xcalloc(1, sizeof(*s));

    s->reader = r;
    return s;
}

static void free_resource(struct idnode *node, void *unused)
{
    struct resource *r = (struct resource *)node;

    (void)unused;
    vec_free(&r->ranges.list);
    free(r);
}

static void free_node(struct idnode *node, void *unused)
{
    (void)unused;
    free(node);
}

void strict_free(struct strict *s)
{
    if (!s)
        return;
    idtree_drain(&s->gs, free_resource, NULL);
    idtree_drain(&s->ps, free_resource, NULL);
    idtree_drain(&s->threads, free_node, NULL);
    idtree_drain(&s->tasks, free_node, NULL);
    vec_free(&s->global.list);
    vec_free(&s->seen_stacks);
    free(s);
}

static bool fail(struct strict *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct strict *s, const char *fmt, ...)
{
    const struct event_spec *spec = event_spec(s->e->wire);
    char text[320];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (spec)
        trace_error_set(s->err, TRACE_BROKEN_ORDER, s->e->offset, "%s (generation %" PRIu64 "): %s",
                        spec->name, s->e->generation, text);
    else
        trace_error_set(s->err, TRACE_BROKEN_ORDER, s->e->offset, "%s", text);
    return false;
}

static struct thread *thread_of(struct strict *s, uint64_t id)
{
    struct thread *t = (struct thread *)idtree_find(&s->threads, id);

    if (!t) {
        t = xcalloc(1, sizeof(*t));
        t->g = TRACE_NO_GOROUTINE;
        t->p = TRACE_NO_PROC;
        idtree_insert(&s->threads, id, &t->node);
    }
    return t;
}

/* ---- transitions ----------------------------------------------------------------------------------- */

static const char *resource_name(const struct trace_event *e)
{
    return e->transition.resource == TRACE_PROC ? "proc" : "goroutine";
}

static bool executes(enum trace_state state)
{
    return state == TRACE_RUNNING || state == TRACE_SYSCALL;
}

/* The state it leaves must be the one it is in; what is not known yet can come from nowhere only. */
static bool check_from(struct strict *s, const struct resource *known)
{
    enum trace_state from = s->e->transition.from;
    int64_t id = (int64_t)s->e->transition.id;

    if (s->e->transition.to == TRACE_UNDETERMINED)
        return fail(s, "%s %" PRId64 " becomes undetermined", resource_name(s->e), id);
    if (known && known->state != from)
        return fail(s, "%s %" PRId64 " goes from %s, but it is %s", resource_name(s->e), id,
                    trace_state_names[from], trace_state_names[known->state]);
    if (known || from == TRACE_NOT_EXIST)
        return true;
    if (from == TRACE_UNDETERMINED && s->e->generation == s->first_generation)
        return true;
    return fail(s, "%s %" PRId64 " goes from %s, but it is not known", resource_name(s->e), id,
                trace_state_names[from]);
}

/* What the thread executes of that kind. */
static uint64_t *slot(struct thread *t, enum trace_resource kind)
{
    return kind == TRACE_PROC ? &t->p : &t->g;
}

/* An executing resource must be leaving, or stated again on, the thread it is on; only a P may be taken
 * away by another. */
static bool check_unbind(struct strict *s, struct resource *r)
{
    const struct trace_event *e = s->e;

    if (r->thread == TRACE_NO_THREAD)
        return true;
    if (r->thread != e->thread && e->wire != EV_PROC_STEAL)
        return fail(s, "%s %" PRId64 " is on thread %" PRId64 ", not on thread %" PRId64, resource_name(e),
                    (int64_t)r->node.id, (int64_t)r->thread, (int64_t)e->thread);
    *slot(thread_of(s, r->thread), e->transition.resource) = UINT64_MAX;
    r->thread = TRACE_NO_THREAD;
    return true;
}

static bool check_bind(struct strict *s, struct resource *r)
{
    const struct trace_event *e = s->e;
    int64_t id = (int64_t)r->node.id;

    if (e->thread == TRACE_NO_THREAD)
        return fail(s, "%s %" PRId64 " is %s on no thread", resource_name(e), id,
                    trace_state_names[e->transition.to]);
    struct thread *t = thread_of(s, e->thread);
    uint64_t *holds = slot(t, e->transition.resource);
    if (*holds != UINT64_MAX)
        return fail(s, "thread %" PRId64 " has %s %" PRId64 " already and cannot execute %" PRId64,
                    (int64_t)e->thread, resource_name(e), (int64_t)*holds, id);
    if (e->transition.resource == TRACE_GOROUTINE && e->transition.to == TRACE_RUNNING &&
        t->p == TRACE_NO_PROC)
        return fail(s,
                    "goroutine %" PRId64 " runs on thread %" PRId64 ", which has no proc: "
                    "a proc must be stated before its goroutine",
                    id, (int64_t)e->thread);
    *holds = r->node.id;
    r->thread = e->thread;
    return true;
}

static bool check_transition(struct strict *s)
{
    const struct trace_event *e = s->e;
    struct idtree *tree = e->transition.resource == TRACE_PROC ? &s->ps : &s->gs;
    struct resource *r = (struct resource *)idtree_find(tree, e->transition.id);

    if (!check_from(s, r))
        return false;
    if (!r) {
        r = xcalloc(1, sizeof(*r));
        r->thread = TRACE_NO_THREAD;
        idtree_insert(tree, e->transition.id, &r->node);
    }
    r->state = e->transition.to;
    if (!check_unbind(s, r) || (executes(r->state) && !check_bind(s, r)))
        return false;
    if (r->state != TRACE_NOT_EXIST)
        return true;
    if (r->ranges.list.len)
        return fail(s, "goroutine %" PRId64 " ends inside a range: %s", (int64_t)r->node.id,
                    range_names[r->ranges.list.data[0].name]);
    idtree_remove(tree, &r->node);
    free_resource(&r->node, NULL);
    return true;
}

/* ---- the rest ------------------------------------------------------------------------------------------ */

static struct ranges *ranges_in_scope(struct strict *s)
{
    const struct trace_event *e = s->e;
    struct idtree *tree = e->range.scope == TRACE_PROC ? &s->ps : &s->gs;

    if (e->range.scope == TRACE_GLOBAL)
        return &s->global;
    struct resource *r = (struct resource *)idtree_find(tree, e->range.id);
    return r ? &r->ranges : NULL;
}

static bool check_range(struct strict *s)
{
    const struct trace_event *e = s->e;
    struct ranges *ranges = ranges_in_scope(s);
    struct range range = {e->range.name, e->range.kind, e->range.kind};

    if (!ranges)
        return fail(s, "a range of something that is not known: %s", range_names[range.name]);
    struct range *known = ranges_find(ranges, range.name, range.wire_kind);
    if (e->kind == TRACE_RANGE_BEGIN && known)
        return fail(s, "the range has begun already: %s", range_names[range.name]);
    if (e->kind == TRACE_RANGE_END && !known)
        return fail(s, "the range has not begun: %s", range_names[range.name]);
    if (e->kind == TRACE_RANGE_END)
        ranges_remove(ranges, known);
    else if (!known && !ranges_add(ranges, range))
        return fail(s, "more than %d ranges in progress at once", MAX_RANGES);
    return true;
}

static bool check_task_begin(struct strict *s)
{
    uint64_t id = s->e->task.id;
    struct task *t;

    if (id == TRACE_BACKGROUND_TASK || id == TRACE_NO_TASK)
        return fail(s, "task %" PRId64 " cannot begin", (int64_t)id);
    t = (struct task *)idtree_find(&s->tasks, id);
    if (!t) {
        t = xcalloc(1, sizeof(*t));
        idtree_insert(&s->tasks, id, &t->node);
    }
    t->name = s->e->task.name;
    return true;
}

static bool check_task_end(struct strict *s)
{
    struct task *t = (struct task *)idtree_find(&s->tasks, s->e->task.id);

    if (!t)
        return true;
    if (t->name != s->e->task.name)
        return fail(s, "task %" PRId64 " ends under another name", (int64_t)t->node.id);
    idtree_remove(&s->tasks, &t->node);
    free(t);
    return true;
}

static bool check_label(struct strict *s)
{
    if (!s->e->label.label)
        return fail(s, "the label is empty");
    if (!idtree_find(&s->gs, s->e->goroutine))
        return fail(s, "the label is on goroutine %" PRId64 ", which is not known", (int64_t)s->e->goroutine);
    return true;
}

static bool check_clock(struct strict *s)
{
    const struct trace_event *e = s->e;
    bool later = e->sync.sec > s->sec || (e->sync.sec == s->sec && e->sync.nsec > s->nsec);

    if (!e->sync.mono || !e->sync.sec)
        return fail(s, "the clock snapshot of generation %" PRIu64 " is empty", e->generation);
    if (s->has_clock && (e->sync.clock <= s->clock || e->sync.mono <= s->mono || !later))
        return fail(s, "the clock snapshot of generation %" PRIu64 " does not come after the one before",
                    e->generation);
    s->has_clock = true;
    s->clock = e->sync.clock;
    s->mono = e->sync.mono;
    s->sec = e->sync.sec;
    s->nsec = e->sync.nsec;
    return true;
}

static bool check_sync(struct strict *s)
{
    const struct trace_event *e = s->e;

    if (e->sync.n != s->syncs + 1)
        return fail(s, "sync %" PRIu64 " follows sync %" PRIu64, e->sync.n, s->syncs);
    if (s->syncs && !s->events)
        return fail(s, "generation %" PRIu64 " has no event", s->generation);
    if (!s->syncs)
        s->first_generation = e->generation;
    s->syncs++;
    s->generation = e->generation;
    s->events = 0;
    return !e->sync.has_clock || check_clock(s);
}

static bool check_time(struct strict *s)
{
    if (s->has_time && s->e->time <= s->time)
        return fail(s, "at %" PRId64 " ns, behind %" PRId64 " ns", s->e->time, s->time);
    s->has_time = true;
    s->time = s->e->time;
    return true;
}

/* Only the leaf may be without a place. A stack is looked at once. */
static bool check_stack(struct strict *s, uint32_t id)
{
    struct trace_stack stack = reader_stack(s->reader, id);

    while (s->seen_stacks.len <= id)
        vec_push(&s->seen_stacks, false);
    if (s->seen_stacks.data[id])
        return true;
    s->seen_stacks.data[id] = true;
    for (uint32_t i = 1; i < stack.count; i++) {
        struct trace_frame f = reader_frame(s->reader, stack.frames[i]);
        if (!f.pc || !f.line || !f.func || !f.file)
            return fail(s, "frame %" PRIu32 " of its stack lacks a function, file, line or PC", i);
    }
    return true;
}

static bool check_kind(struct strict *s)
{
    switch (s->e->kind) {
    case TRACE_SYNC:
        return check_sync(s);
    case TRACE_TRANSITION:
        return check_stack(s, s->e->transition.stack) && check_transition(s);
    case TRACE_RANGE_BEGIN:
    case TRACE_RANGE_ACTIVE:
    case TRACE_RANGE_END:
        return check_range(s);
    case TRACE_TASK_BEGIN:
        return check_task_begin(s);
    case TRACE_TASK_END:
        return check_task_end(s);
    case TRACE_LABEL:
        return check_label(s);
    default:
        return true;
    }
}

bool strict_check(struct strict *s, const struct trace_event *e, struct trace_error *err)
{
    if (e->kind == TRACE_LEDGER_PAGE)
        return true;
    s->e = e;
    s->err = err;
    if (!check_time(s) || !check_kind(s) || !check_stack(s, e->stack))
        return false;
    s->events += e->kind != TRACE_SYNC && e->kind != TRACE_SAMPLE;
    return true;
}

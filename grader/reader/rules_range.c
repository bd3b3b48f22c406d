/* The rules of ranges (stop-the-world, mark phase, sweeps, assists) and of the heap's metrics. */
#include <inttypes.h>

#include "grader/reader/rules.h"

/* Queues an event of a range; a stop-the-world's begin names its kind. */
static struct trace_event *range_event(struct order *o, enum trace_kind kind, enum range_name name,
                                       enum trace_resource scope, uint64_t id)
{
    struct trace_event *e = rule_event(o, kind);

    if (!e)
        return NULL;
    e->range.name = name;
    e->range.kind = 0;
    e->range.scope = scope;
    e->range.id = id;
    e->range.swept = 0;
    e->range.reclaimed = 0;
    return e;
}

/* The ranges of the context's goroutine or proc, whichever the scope says; NULL and an error if the
 * goroutine has ended elsewhere. */
static struct ranges *ranges_of(struct order *o, enum trace_resource scope)
{
    if (scope == TRACE_PROC)
        return &state_p(&o->state, o->context.proc)->ranges;
    struct g_state *g = state_g(&o->state, o->context.goroutine);
    if (g)
        return &g->ranges;
    rule_fail(o, "encountered event of type %u without known state for current goroutine %" PRId64,
              o->cursor->wire.no, (int64_t)o->context.goroutine);
    return NULL;
}

static bool add(struct order *o, struct ranges *ranges, struct range range)
{
    if (ranges_add(ranges, range))
        return true;
    rule_fail(o, "more than %d ranges in progress at once", MAX_RANGES);
    return false;
}

/* A range begins on the goroutine or proc of the context. `wire_kind` is 0 for all but STW. */
static enum rule_result begin(struct order *o, enum range_name name, enum trace_resource scope,
                              uint64_t wire_kind)
{
    struct ranges *ranges = ranges_of(o, scope);
    struct range range = {.name = name, .wire_kind = wire_kind};
    struct trace_event *e;

    if (!ranges)
        return RULE_FAILED;
    if (ranges_find(ranges, name, wire_kind))
        return rule_fail(o, "discovered event already in-flight for when starting event %s", rule_name(o));
    uint64_t id = scope == TRACE_GOROUTINE ? o->context.goroutine : o->context.proc;
    if (!(e = range_event(o, TRACE_RANGE_BEGIN, name, scope, id)))
        return RULE_FAILED;
    if (name == RANGE_STW && !rule_string(o, 0, &range.kind))
        return RULE_FAILED;
    e->range.kind = range.kind;
    return add(o, ranges, range) ? RULE_DONE : RULE_FAILED;
}

/* The first range of that name ends; NULL and an error if there is none. */
static struct trace_event *end(struct order *o, enum range_name name, enum trace_resource scope)
{
    struct ranges *ranges = ranges_of(o, scope);
    struct trace_event *e;

    if (!ranges)
        return NULL;
    struct range *range = ranges_find(ranges, name, RANGE_ANY);
    if (!range) {
        rule_fail(o, "tried to end event %s, but not in-flight", rule_name(o));
        return NULL;
    }
    uint64_t id = scope == TRACE_GOROUTINE ? o->context.goroutine : o->context.proc;
    e = range_event(o, TRACE_RANGE_END, name, scope, id);
    if (e)
        e->range.kind = range->kind;
    ranges_remove(ranges, range);
    return e;
}

/* A range that began before this generation, on a named resource. In the first one that is news. */
static enum rule_result active(struct order *o, enum range_name name, enum trace_resource scope, uint64_t id,
                               struct ranges *ranges)
{
    struct range *known = ranges_find(ranges, name, 0);

    if (rule_first_generation(o) && known)
        return rule_fail(o, "found named active range already in first gen: %s", range_names[name]);
    if (!rule_first_generation(o) && !known)
        return rule_fail(o, "resource is missing active range: %s of %s %" PRId64, range_names[name],
                         scope == TRACE_GOROUTINE ? "goroutine" : "proc", (int64_t)id);
    if (!known && !add(o, ranges, (struct range){.name = name}))
        return RULE_FAILED;
    return range_event(o, TRACE_RANGE_ACTIVE, name, scope, id) ? RULE_DONE : RULE_FAILED;
}

enum rule_result rule_stw_begin(struct order *o)
{
    if (!rule_needs(o, NEED_ALL))
        return RULE_FAILED;
    return begin(o, RANGE_STW, TRACE_GOROUTINE, rule_arg(o, 1));
}

enum rule_result rule_stw_end(struct order *o)
{
    bool good = rule_needs(o, NEED_ALL) && end(o, RANGE_STW, TRACE_GOROUTINE);

    return good ? RULE_DONE : RULE_FAILED;
}

enum rule_result rule_assist_begin(struct order *o)
{
    if (!rule_needs(o, NEED_ALL))
        return RULE_FAILED;
    return begin(o, RANGE_GC_MARK_ASSIST, TRACE_GOROUTINE, 0);
}

enum rule_result rule_assist_end(struct order *o)
{
    bool good = rule_needs(o, NEED_ALL) && end(o, RANGE_GC_MARK_ASSIST, TRACE_GOROUTINE);

    return good ? RULE_DONE : RULE_FAILED;
}

enum rule_result rule_assist_active(struct order *o)
{
    uint64_t id = rule_arg(o, 1);
    struct g_state *g = state_g(&o->state, id);

    if (!g)
        return rule_fail(o, "uninitialized goroutine %" PRId64 " found during %s", (int64_t)id, rule_name(o));
    return active(o, RANGE_GC_MARK_ASSIST, TRACE_GOROUTINE, id, &g->ranges);
}

enum rule_result rule_sweep_begin(struct order *o)
{
    if (!rule_needs(o, NEED_THREAD | NEED_PROC))
        return RULE_FAILED;
    return begin(o, RANGE_GC_SWEEP, TRACE_PROC, 0);
}

enum rule_result rule_sweep_end(struct order *o)
{
    struct trace_event *e;

    if (!rule_needs(o, NEED_THREAD | NEED_PROC) || !(e = end(o, RANGE_GC_SWEEP, TRACE_PROC)))
        return RULE_FAILED;
    e->range.swept = rule_arg(o, 1);
    e->range.reclaimed = rule_arg(o, 2);
    return RULE_DONE;
}

enum rule_result rule_sweep_active(struct order *o)
{
    uint64_t id = rule_arg(o, 1);
    struct p_state *p = state_p(&o->state, id);

    if (!p)
        return rule_fail(o, "encountered %s for unknown proc %" PRId64, rule_name(o), (int64_t)id);
    return active(o, RANGE_GC_SWEEP, TRACE_PROC, id, &p->ranges);
}

/* The mark phase happened, with its sequence number and what it leaves. */
static enum rule_result mark_phase(struct order *o, enum trace_kind kind, enum gc_state after)
{
    if (!range_event(o, kind, RANGE_GC_MARK, TRACE_GLOBAL, 0))
        return RULE_FAILED;
    o->state.gc_seq = rule_arg(o, 1);
    o->state.gc = after;
    return RULE_DONE;
}

enum rule_result rule_gc_active(struct order *o)
{
    if (rule_first_generation(o)) {
        if (o->state.gc != GC_UNDETERMINED)
            return rule_fail(o, "GCActive in the first generation isn't first GC event");
        return mark_phase(o, TRACE_RANGE_ACTIVE, GC_RUNNING);
    }
    if (rule_arg(o, 1) != o->state.gc_seq + 1)
        return RULE_NOT_YET;
    if (o->state.gc != GC_RUNNING)
        return rule_fail(o, "encountered GCActive while GC was not in progress");
    return rule_needs(o, NEED_ALL) ? mark_phase(o, TRACE_RANGE_ACTIVE, GC_RUNNING) : RULE_FAILED;
}

enum rule_result rule_gc_begin(struct order *o)
{
    if (o->state.gc == GC_UNDETERMINED)
        return mark_phase(o, TRACE_RANGE_BEGIN, GC_RUNNING);
    if (rule_arg(o, 1) != o->state.gc_seq + 1)
        return RULE_NOT_YET;
    if (o->state.gc == GC_RUNNING)
        return rule_fail(o, "encountered GCBegin while GC was already in progress");
    return rule_needs(o, NEED_ALL) ? mark_phase(o, TRACE_RANGE_BEGIN, GC_RUNNING) : RULE_FAILED;
}

enum rule_result rule_gc_end(struct order *o)
{
    if (rule_arg(o, 1) != o->state.gc_seq + 1)
        return RULE_NOT_YET;
    if (o->state.gc == GC_NOT_RUNNING)
        return rule_fail(o, "encountered GCEnd when GC was not in progress");
    if (o->state.gc == GC_UNDETERMINED)
        return rule_fail(o, "encountered GCEnd when GC was in an undetermined state");
    return rule_needs(o, NEED_ALL) ? mark_phase(o, TRACE_RANGE_END, GC_NOT_RUNNING) : RULE_FAILED;
}

enum rule_result rule_heap(struct order *o)
{
    bool goal = o->cursor->wire.no == EV_HEAP_GOAL;
    struct trace_event *e;

    if (!rule_needs(o, NEED_THREAD | NEED_PROC) || !(e = rule_event(o, TRACE_METRIC)))
        return RULE_FAILED;
    e->metric.metric = goal ? METRIC_HEAP_GOAL : METRIC_HEAP_OBJECTS;
    e->metric.value = rule_arg(o, 1);
    return RULE_DONE;
}

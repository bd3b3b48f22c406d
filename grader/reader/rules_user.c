/* The rules of what the program says of itself: tasks, regions, logs; and of experiments. */
#include <inttypes.h>
#include <string.h>

#include "grader/reader/plain.h"
#include "grader/reader/rules.h"

/* The name argument as an id for the whole trace. A missing one is told apart from other missing
 * strings, because Go's reader looks these up while ordering. */
static bool name_of(struct order *o, uint32_t *name)
{
    uint64_t id = rule_arg(o, o->cursor->wire.spec->string);
    struct gen_string *s = generation_string(o->gen, id);

    if (!s) {
        trace_error_set(o->err, TRACE_CORRUPT, o->cursor->offset,
                        "invalid string ID %" PRIu64 " for %s event", id, rule_name(o));
        return false;
    }
    *name = stable_string(o->interners, s);
    return true;
}

enum rule_result rule_task_begin(struct order *o)
{
    uint64_t id = rule_arg(o, 1), parent = rule_arg(o, 2);
    struct trace_event *e;
    uint32_t name;

    if (state_task(&o->state, id))
        return rule_fail(o, "task ID conflict: %" PRIu64, id);
    if (!name_of(o, &name) || !rule_needs(o, NEED_ALL) || !(e = rule_event(o, TRACE_TASK_BEGIN)))
        return RULE_FAILED;
    e->task.id = id;
    e->task.parent = parent == TRACE_BACKGROUND_TASK ? TRACE_NO_TASK : parent;
    e->task.name = name;
    state_add_task(&o->state, id, e->task.parent, name);
    return RULE_DONE;
}

/* The end says only the id; name and parent are remembered from the begin, if that was seen. */
enum rule_result rule_task_end(struct order *o)
{
    struct task_state *t = state_task(&o->state, rule_arg(o, 1));
    struct trace_event *e;

    if (!rule_needs(o, NEED_ALL) || !(e = rule_event(o, TRACE_TASK_END)))
        return RULE_FAILED;
    e->task.id = rule_arg(o, 1);
    e->task.parent = t ? t->parent : TRACE_NO_TASK;
    e->task.name = t ? t->name : 0;
    if (t)
        state_remove_task(&o->state, t);
    return RULE_DONE;
}

/* What both ends of a region need: the name, the event queued, the goroutine. */
static struct g_state *region_event(struct order *o, enum trace_kind kind, struct region *region)
{
    struct trace_event *e;
    struct g_state *g;

    if (!rule_needs(o, NEED_ALL) || !name_of(o, &region->name))
        return NULL;
    region->task = rule_arg(o, 1);
    g = state_g(&o->state, o->context.goroutine);
    if (!g) {
        rule_fail(o, "encountered event of type %u without known state for current goroutine %" PRId64,
                  o->cursor->wire.no, (int64_t)o->context.goroutine);
        return NULL;
    }
    if (!(e = rule_event(o, kind)))
        return NULL;
    e->region.task = region->task;
    e->region.name = region->name;
    return g;
}

enum rule_result rule_region_begin(struct order *o)
{
    struct region region;
    struct g_state *g = region_event(o, TRACE_REGION_BEGIN, &region);

    if (!g)
        return RULE_FAILED;
    vec_push(&g->regions, region);
    return RULE_DONE;
}

/* "17 \"lookup\"", the name cut to what a message can hold. */
static void describe_region(const struct order *o, struct region r, char out[100])
{
    size_t length;
    const char *name = intern_bytes(&o->interners->strings, r.name, &length);
    size_t n = (size_t)snprintf(out, 100, "%" PRIu64 " \"", r.task);

    char *start = out + n;

    for (size_t i = 0; i < length && n < 97; i++)
        out[n++] = name[i];
    plain_make(start, n - (size_t)(start - out)); /* also what the cut left of a character */
    memcpy(out + n, "\"", 2);
}

/* Regions nest: the end must be the innermost one's. With none open it began before the trace did. */
enum rule_result rule_region_end(struct order *o)
{
    struct region ends;
    struct g_state *g = region_event(o, TRACE_REGION_END, &ends);

    if (!g)
        return RULE_FAILED;
    if (g->regions.len == 0)
        return RULE_DONE;
    struct region innermost = vec_last(&g->regions);
    if (innermost.task != ends.task || innermost.name != ends.name) {
        char end[100], begin[100];
        describe_region(o, ends, end);
        describe_region(o, innermost, begin);
        return rule_fail(o,
                         "misuse of region in goroutine %" PRId64 ": region end {%s} when the "
                         "inner-most active region start event is {%s}",
                         (int64_t)g->node.id, end, begin);
    }
    (void)vec_pop(&g->regions);
    return RULE_DONE;
}

enum rule_result rule_log(struct order *o)
{
    struct gen_string *message;
    struct trace_event *e;

    if (!rule_needs(o, NEED_ALL) || !(e = rule_event(o, TRACE_LOG)) || !rule_string(o, 0, &e->log.category) ||
        !(message = rule_text(o, 1)))
        return RULE_FAILED;
    e->log.task = rule_arg(o, 1);
    e->log.message = (struct trace_text){message->text, message->length};
    return RULE_DONE;
}

enum rule_result rule_experimental(struct order *o)
{
    struct trace_event *e;

    if (!rule_needs(o, NEED_THREAD) || !(e = rule_event(o, TRACE_EXPERIMENTAL)))
        return RULE_FAILED;
    memcpy(e->experimental.arg, o->cursor->wire.arg, sizeof(e->experimental.arg));
    return RULE_DONE;
}

#include "grader/reader/order.h"

#include <inttypes.h>
#include <string.h>

#include "grader/reader/rules.h"

/* A thread may have to wait for others at every event, and each attempt costs; a real trace wastes less
 * than one per event. The limits keep a hostile file from costing the square of its size. */
enum { WASTE_PER_EVENT = 256, WASTE_ANYWAY = 1 << 24 };

void order_init(struct order *o, struct interners *interners, enum trace_version version, bool strict)
{
    *o = (struct order){.interners = interners, .version = version, .strict = strict};
    state_init(&o->state, 0);
}

void order_release(struct order *o)
{
    state_release(&o->state);
    vec_free(&o->frontier);
}

int64_t order_time(struct order *o, int64_t time)
{
    if (time <= o->last_time)
        time = (int64_t)((uint64_t)o->last_time + 1);
    o->last_time = time;
    return time;
}

/* ---- cursors ------------------------------------------------------------------------------------ */

static void open_batch(struct order *o, struct cursor *c, struct batch *b)
{
    c->batch = b;
    c->at = o->gen->bytes.data + b->at;
    c->end = c->at + b->size;
    c->time = generation_ns(o->gen, b->time);
}

static uint64_t cursor_offset(const struct order *o, const struct cursor *c)
{
    return c->batch->offset + (uint64_t)(c->at - (o->gen->bytes.data + c->batch->at));
}

static bool refuse_newer(const struct order *o, const struct cursor *c, struct trace_error *err)
{
    const struct event_spec *spec = c->wire.spec;

    if (!o->strict || spec->since <= o->version)
        return true;
    trace_error_set(err, TRACE_CORRUPT, c->offset, "%s is an event of version 1.%d, but the header says 1.%d",
                    spec->name, spec->since, o->version);
    return false;
}

enum move { MOVED, AT_END, MOVE_FAILED };

/* Goes to the thread's next event. */
static enum move cursor_move(struct order *o, struct cursor *c, struct trace_error *err)
{
    const char *problem;

    while (c->at == c->end) {
        if (!c->batch->next)
            return AT_END;
        open_batch(o, c, &o->gen->batches.data[c->batch->next - 1]);
    }
    c->offset = cursor_offset(o, c);
    size_t n = wire_decode(c->at, c->end, &c->wire, &problem);
    if (n == 0) {
        trace_error_set(err, TRACE_CORRUPT, c->offset, problem, (unsigned)*c->at);
        return MOVE_FAILED;
    }
    c->at += n;
    c->time = (int64_t)((uint64_t)c->time + (uint64_t)generation_ns(o->gen, c->wire.arg[0]));
    return refuse_newer(o, c, err) ? MOVED : MOVE_FAILED;
}

/* Gives a batch to the cursor of its thread, which is made if it is the first. */
static struct cursor *cursor_for(struct order *o, struct batch *b)
{
    struct cursor *c = (struct cursor *)idtree_find(&o->threads, b->thread);

    if (c) {
        c->last_batch->next = (size_t)(b - o->gen->batches.data) + 1;
        c->last_batch = b;
        return NULL;
    }
    c = arena_alloc(&o->gen->arena, sizeof(*c));
    c->thread = b->thread;
    c->number = o->cursors++;
    c->last_batch = b;
    idtree_insert(&o->threads, b->thread, &c->node);
    open_batch(o, c, b);
    return c;
}

/* ---- the frontier: a heap whose first is the cursor with the earliest event ------------------------ */

static bool earlier(const struct cursor *a, const struct cursor *b)
{
    return a->time != b->time ? a->time < b->time : a->number < b->number;
}

static void sift_down(struct cursor **heap, size_t len, size_t i)
{
    struct cursor *c = heap[i];

    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= len)
            break;
        if (child + 1 < len && earlier(heap[child + 1], heap[child]))
            child++;
        if (!earlier(heap[child], c))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = c;
}

static void sift_up(struct cursor **heap, size_t i)
{
    struct cursor *c = heap[i];

    while (i > 0 && earlier(c, heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = c;
}

/* Takes the earliest of the first `len` out of the heap and puts it behind them, at [len - 1]. */
static void set_aside(struct cursor **heap, size_t len)
{
    struct cursor *c = heap[0];

    heap[0] = heap[len - 1];
    heap[len - 1] = c;
    sift_down(heap, len - 1, 0);
}

/* The cursor at heap[i] has taken its event: goes to its next one, or gives its place to the last. */
static bool move_on(struct order *o, size_t i, struct trace_error *err)
{
    struct cursor **heap = o->frontier.data;
    enum move move = cursor_move(o, heap[i], err);

    if (move == AT_END)
        heap[i] = heap[--o->frontier.len];
    return move != MOVE_FAILED;
}

/* ---- taking events ---------------------------------------------------------------------------------- */

bool order_begin(struct order *o, struct generation *g, struct trace_error *err)
{
    if (!o->state.first_generation)
        o->state.first_generation = g->number;
    o->gen = g;
    o->threads.root = NULL;
    o->cursors = 0;
    o->sample = 0;
    vec_clear(&o->frontier);
    for (size_t i = 0; i < g->batches.len; i++) {
        struct batch *b = &g->batches.data[i];
        struct cursor *c = b->kind == BATCH_EVENTS ? cursor_for(o, b) : NULL;
        if (c)
            vec_push(&o->frontier, c);
    }
    size_t kept = 0;
    for (size_t i = 0; i < o->frontier.len; i++) {
        struct cursor *c = o->frontier.data[i];
        enum move move = cursor_move(o, c, err);
        if (move == MOVE_FAILED)
            return false;
        if (move == MOVED)
            o->frontier.data[kept++] = c;
    }
    o->frontier.len = kept;
    for (size_t i = 1; i < kept; i++)
        sift_up(o->frontier.data, i);
    return true;
}

static enum rule_result try(struct order *o, struct cursor *c, struct trace_error *err)
{
    o->cursor = c;
    o->err = err;
    o->queue_at = o->queue_len = 0;
    enum rule_result result = rule_try(o);
    if (result == RULE_DONE)
        o->done++;
    if (result == RULE_NOT_YET && ++o->wasted > WASTE_ANYWAY + o->done * WASTE_PER_EVENT)
        return rule_fail(o, "gave up: %" PRIu64 " attempts were needed for %" PRIu64 " events", o->wasted,
                         o->done);
    return result;
}

/* Every cursor was set aside, the earliest farthest behind: that one is named first. */
static void refuse_stuck(struct order *o, struct trace_error *err)
{
    struct cursor **frontier = o->frontier.data;
    size_t n = o->frontier.len;

    trace_error_set(err, TRACE_BROKEN_ORDER, frontier[n - 1]->offset,
                    "failed to advance: no thread in generation %" PRIu64 " can do its next event",
                    o->gen->number);
    for (size_t i = n; i-- > 0;)
        rule_explain(o, frontier[i], err);
}

/* The earliest event was too early. Sets its cursor, and those after it that are too early as well,
 * aside at the end of the frontier, until one can; then takes them in again. */
static bool advance_another(struct order *o, struct trace_error *err)
{
    struct cursor **heap = o->frontier.data;
    size_t len = o->frontier.len;
    enum rule_result result = RULE_NOT_YET;

    while (result == RULE_NOT_YET) {
        set_aside(heap, len--);
        if (len == 0) {
            refuse_stuck(o, err);
            return false;
        }
        result = try(o, heap[0], err);
    }
    set_aside(heap, len--);
    if (result == RULE_FAILED || !move_on(o, len, err))
        return false;
    for (; len < o->frontier.len; len++)
        sift_up(heap, len);
    return true;
}

/* Lets the earliest event happen that can. */
static bool advance(struct order *o, struct trace_error *err)
{
    struct cursor **heap = o->frontier.data;
    enum rule_result result = try(o, heap[0], err);

    if (result == RULE_NOT_YET)
        return advance_another(o, err);
    if (result == RULE_FAILED || !move_on(o, 0, err))
        return false;
    if (o->frontier.len)
        sift_down(heap, o->frontier.len, 0);
    return true;
}

static bool sample_is_next(const struct order *o)
{
    if (o->sample == o->gen->samples.len)
        return false;
    return !o->frontier.len ||
           generation_ns(o->gen, o->gen->samples.data[o->sample].time) < o->frontier.data[0]->time;
}

/* Go's reader does not look whether a sample's stack exists; without strictness it is just missing. */
static bool take_sample(struct order *o, struct trace_event *out, struct trace_error *err)
{
    const struct cpu_sample *s = &o->gen->samples.data[o->sample++];
    struct gen_stack *stack = generation_stack(o->gen, s->stack);

    if (!stack && o->strict) {
        trace_error_set(err, TRACE_CORRUPT, s->offset, "found invalid stack ID %" PRIu64 " for CPU sample",
                        s->stack);
        return false;
    }
    out->kind = TRACE_SAMPLE;
    out->wire = EV_CPU_SAMPLE;
    out->time = order_time(o, generation_ns(o->gen, s->time));
    out->thread = s->thread;
    out->proc = s->proc;
    out->goroutine = s->goroutine ? s->goroutine : TRACE_NO_GOROUTINE;
    out->stack = stack ? stable_stack(o->interners, stack) : 0;
    out->generation = o->gen->number;
    out->offset = s->offset;
    return true;
}

enum order_result order_next(struct order *o, struct trace_event *out, struct trace_error *err)
{
    if (o->queue_at == o->queue_len) {
        if (sample_is_next(o))
            return take_sample(o, out, err) ? ORDER_EVENT : ORDER_FAILED;
        if (!o->frontier.len)
            return ORDER_DONE;
        if (!advance(o, err))
            return ORDER_FAILED;
    }
    *out = o->queue[o->queue_at++];
    out->time = order_time(o, out->time);
    return ORDER_EVENT;
}

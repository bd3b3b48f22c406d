#include "grader/reader/generation.h"

#include <inttypes.h>
#include <string.h>

#include "grader/reader/tables.h"
#include "grader/reader/wire.h"

/* How collecting the batches of a generation came to its end. */
enum collected {
    COMPLETE,  /* the next generation begins, or the end mark was there */
    FILE_ENDS, /* no more batches */
    DISORDER,  /* another generation begins that cannot follow: *err */
    DAMAGED,   /* the next batch cannot be read, or cannot stand here: *err */
};

void generation_release(struct generation *g)
{
    vec_free(&g->bytes);
    vec_free(&g->batches);
    vec_free(&g->samples);
    vec_free(&g->pages);
    arena_release(&g->arena);
}

/* Empties everything but keeps the memory of the arrays, and defines the ids that always exist. */
static void reset(struct generation *g)
{
    struct generation old = *g;

    arena_release(&old.arena);
    *g = (struct generation){
        .bytes = old.bytes, .batches = old.batches, .samples = old.samples, .pages = old.pages};
    vec_clear(&g->bytes);
    vec_clear(&g->batches);
    vec_clear(&g->samples);
    vec_clear(&g->pages);
    g->frames_end = &g->frames;

    struct gen_string *empty = arena_alloc(&g->arena, sizeof(*empty));
    struct gen_stack *none = arena_alloc(&g->arena, sizeof(*none));
    empty->text = "";
    idtree_insert(&g->strings, TRACE_NO_STRING, &empty->node);
    idtree_insert(&g->stacks, TRACE_NO_STACK, &none->node);
}

static enum batch_result next_header(struct framing *f, struct batch_header *h, struct trace_error *err)
{
    if (!f->has_next)
        return batch_read_header(&f->in, f->version, h, err);
    f->has_next = false;
    *h = f->next;
    return BATCH_HEADER;
}

/* Where generations end without a mark, the next number ends one. */
static enum collected other_generation(struct framing *f, const struct generation *g,
                                       const struct batch_header *h, struct trace_error *err)
{
    if (f->version < TRACE_GO_26 && h->generation == g->number + 1) {
        f->next = *h;
        f->has_next = true;
        return COMPLETE;
    }
    if (f->version < TRACE_GO_26)
        trace_error_set(err, TRACE_CORRUPT, h->offset,
                        "generations out of order: %" PRIu64 " follows %" PRIu64, h->generation, g->number);
    else
        trace_error_set(err, TRACE_CORRUPT, h->offset,
                        "missing end-of-generation event, or generations are interleaved: "
                        "%" PRIu64 " inside %" PRIu64,
                        h->generation, g->number);
    return DISORDER;
}

/* Reads the data of a batch of this generation and notes the batch. */
static bool add_batch(struct framing *f, struct generation *g, const struct batch_header *h,
                      struct trace_error *err)
{
    size_t at = g->bytes.len;

    vec_reserve(&g->bytes, (size_t)h->size + 1); /* so that empty data has an address, too */
    if (!batch_read_data(&f->in, h, g->bytes.data + at, err))
        return false;
    if (!g->start || h->time < g->start)
        g->start = h->time;
    g->end_offset = h->data + h->size;
    if (h->experiment)
        return true; /* opaque: passed over */
    struct batch b = {
        .kind = batch_kind_of(f->version, g->bytes.data + at, h->size),
        .thread = h->thread,
        .time = h->time,
        .at = at,
        .size = h->size,
        .offset = h->data,
    };
    g->bytes.len += h->size;
    vec_push(&g->batches, b);
    return true;
}

static enum collected collect(struct framing *f, struct generation *g, struct trace_error *err)
{
    for (;;) {
        struct batch_header h;

        switch (next_header(f, &h, err)) {
        case BATCH_HEADER:
            break;
        case BATCH_MARK:
            return COMPLETE;
        case BATCH_END:
            return FILE_ENDS;
        case BATCH_FAILED:
            return DAMAGED;
        }
        if (h.generation == 0) {
            trace_error_set(err, TRACE_CORRUPT, h.offset, "invalid generation number 0");
            return DAMAGED;
        }
        if (!g->number)
            g->number = h.generation;
        if (h.generation != g->number)
            return other_generation(f, g, &h, err);
        if (!add_batch(f, g, &h, err))
            return DAMAGED;
    }
}

/* The file ends behind what was collected. Returns false when that is an answer already. */
static bool accept_file_end(const struct framing *f, const struct generation *g, struct trace_error *err)
{
    if (g->number && f->version < TRACE_GO_26)
        return true;
    if (!g->number && f->generations)
        return false;
    if (g->number)
        trace_error_set(err, TRACE_TRUNCATED, input_offset(&f->in),
                        "incomplete generation found: %" PRIu64 " has no end mark", g->number);
    else
        trace_error_set(err, TRACE_TRUNCATED, input_offset(&f->in),
                        "the file ends behind its header: no generation follows");
    return false;
}

static bool check_clock(const struct framing *f, const struct generation *g, struct trace_error *err)
{
    const char *missing = NULL;

    if (!g->frequency)
        missing = "no frequency event found";
    else if (!g->has_snapshot && f->version >= TRACE_GO_25)
        missing = "no clock snapshot event found";
    if (!missing)
        return true;
    trace_error_set(err, g->at_file_end ? TRACE_TRUNCATED : TRACE_CORRUPT, g->end_offset,
                    "generation %" PRIu64 " is incomplete: %s", g->number, missing);
    return false;
}

static bool build_tables(const struct framing *f, struct generation *g, struct trace_error *err)
{
    for (size_t i = 0; i < g->batches.len; i++) {
        const struct batch *b = &g->batches.data[i];
        if (b->kind != BATCH_EVENTS && !tables_take(g, f->version, b, err))
            return false;
    }
    if (check_clock(f, g, err) && tables_finish(g, err))
        return true;
    generation_blame(g, err);
    return false;
}

enum generation_result generation_read(struct generation *g, struct framing *f, struct trace_error *err)
{
    reset(g);
    g->offset = g->end_offset = f->has_next ? f->next.offset : input_offset(&f->in);
    switch (collect(f, g, err)) {
    case COMPLETE:
        break;
    case FILE_ENDS:
        if (!accept_file_end(f, g, err))
            return !g->number && f->generations ? GENERATION_NONE : GENERATION_FAILED;
        g->at_file_end = true;
        break;
    case DISORDER:
        return GENERATION_FAILED;
    case DAMAGED:
        if (!g->number || f->version >= TRACE_GO_26)
            return GENERATION_FAILED;
        g->damaged = true;
        g->damage = *err;
        break;
    }
    if (!build_tables(f, g, err))
        return GENERATION_FAILED;
    f->generations++;
    return GENERATION_READ;
}

/* True if an event batch mentions a string or stack that the generation does not define. */
static bool mentions_missing(const struct generation *g, const struct wire_event *w)
{
    const struct event_spec *s = w->spec;

    if (s->stack && !generation_stack(g, w->arg[s->stack]))
        return true;
    if (s->new_stack && !generation_stack(g, w->arg[s->new_stack]))
        return true;
    for (int i = 0; i < s->strings; i++) {
        if (!generation_string(g, w->arg[s->string + i]))
            return true;
    }
    return false;
}

static bool batch_lacks_tables(const struct generation *g, const struct batch *b)
{
    const uint8_t *at = g->bytes.data + b->at, *end = at + b->size;
    struct wire_event w;
    const char *problem;

    while (at < end) {
        size_t n = wire_decode(at, end, &w, &problem);
        if (n == 0)
            return false;
        if (mentions_missing(g, &w))
            return true;
        at += n;
    }
    return false;
}

/* Before 1.25 some writers put the frequency at the very end, behind the tables: then all is there. */
static bool ends_with_clock(const struct generation *g)
{
    size_t n = g->batches.len;

    return n > 1 && g->batches.data[n - 1].kind == BATCH_CLOCK && g->batches.data[n - 2].kind != BATCH_EVENTS;
}

/* Otherwise the tables come last: where one is missing, the end of the generation is. */
static bool lacks_tables(const struct generation *g)
{
    if (ends_with_clock(g))
        return false;
    for (const struct gen_frame *f = g->frames; f; f = f->next) {
        if (!generation_string(g, f->func_id) || !generation_string(g, f->file_id))
            return true;
    }
    for (size_t i = 0; i < g->batches.len; i++) {
        const struct batch *b = &g->batches.data[i];
        if (b->kind == BATCH_EVENTS && batch_lacks_tables(g, b))
            return true;
    }
    return false;
}

void generation_blame(const struct generation *g, struct trace_error *err)
{
    if (g->damaged) {
        *err = g->damage;
    } else if (g->at_file_end && err->fault != TRACE_TRUNCATED && lacks_tables(g)) {
        struct trace_error was = *err;
        trace_error_set(err, TRACE_TRUNCATED, g->end_offset,
                        "generation %" PRIu64 " lacks tables that its events need", g->number);
        trace_error_note(err, "at 0x%" PRIx64 ": %s", was.offset, was.message);
    }
}

int64_t generation_ns(const struct generation *g, uint64_t units)
{
    double ns = (double)units * g->ns_per_unit;

    return ns >= -0x1p63 && ns < 0x1p63 ? (int64_t)ns : INT64_MIN;
}

struct gen_string *generation_string(const struct generation *g, uint64_t id)
{
    return (struct gen_string *)idtree_find(&g->strings, id);
}

struct gen_stack *generation_stack(const struct generation *g, uint64_t id)
{
    return (struct gen_stack *)idtree_find(&g->stacks, id);
}

uint32_t stable_string(struct interners *in, struct gen_string *s)
{
    if (!s->stable)
        s->stable = intern_id(&in->strings, s->text, s->length);
    return s->stable;
}

static uint32_t stable_frame(struct interners *in, struct gen_frame *f)
{
    if (!f->stable) {
        struct stable_frame content = {
            .pc = f->node.id,
            .line = f->line,
            .func = stable_string(in, f->func),
            .file = stable_string(in, f->file),
        };
        f->stable = intern_id(&in->frames, &content, sizeof(content));
    }
    return f->stable;
}

uint32_t stable_stack(struct interners *in, struct gen_stack *s)
{
    uint32_t frames[TRACE_MAX_FRAMES];

    if (!s->stable) {
        for (uint32_t i = 0; i < s->count; i++)
            frames[i] = stable_frame(in, s->frames[i]);
        s->stable = intern_id(&in->stacks, frames, s->count * sizeof(*frames));
    }
    return s->stable;
}

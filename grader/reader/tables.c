#include "grader/reader/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/ledger.h"
#include "format/varint.h"

/* A batch while its records are taken one by one. */
struct records {
    struct generation *g;
    const uint8_t *at, *end;
    const uint8_t *record; /* where the current one begins */
    const uint8_t *start;  /* first byte of the batch's data */
    uint64_t offset;       /* of that byte in the file */
    struct trace_error *err;
};

static uint64_t record_offset(const struct records *r)
{
    return r->offset + (uint64_t)(r->record - r->start);
}

#define corrupt(r, ...) (trace_error_set((r)->err, TRACE_CORRUPT, record_offset(r), __VA_ARGS__), false)

static bool take(struct records *r, const char *what, uint64_t *value)
{
    int n = varint_get(r->at, r->end, value);

    if (n < 0)
        return corrupt(r, "reading %s: varint does not fit 64 bits", what);
    if (n == 0)
        return corrupt(r, "reading %s: the batch ends inside the record", what);
    r->at += n;
    return true;
}

/* Starts the next record, which must be of type `no`. */
static bool begin_record(struct records *r, enum event_no no, const char *name)
{
    r->record = r->at;
    int got = *r->at++;
    return got == (int)no || corrupt(r, "expected %s event, got %d", name, got);
}

enum batch_kind batch_kind_of(enum trace_version version, const uint8_t *data, uint32_t size)
{
    int clock = version < TRACE_GO_25 ? EV_FREQUENCY : EV_SYNC;

    if (size == 0)
        return BATCH_EVENTS;
    if (data[0] == clock)
        return BATCH_CLOCK;
    switch (data[0]) {
    case EV_STRINGS:
        return BATCH_STRINGS;
    case EV_STACKS:
        return BATCH_STACKS;
    case EV_CPU_SAMPLES:
        return BATCH_SAMPLES;
    default:
        return BATCH_EVENTS;
    }
}

static bool take_string(struct records *r)
{
    uint64_t id, length;

    if (!begin_record(r, EV_STRING, "string") || !take(r, "string ID", &id) ||
        !take(r, "string length", &length))
        return false;
    if (length > TRACE_MAX_STRING)
        return corrupt(r, "invalid string size %" PRIu64 ", maximum is %d", length, TRACE_MAX_STRING);
    size_t there = (size_t)(r->end - r->at);
    if (length > there)
        return corrupt(r, "failed to read full string: read %zu but wanted %" PRIu64, there, length);
    struct gen_string *s = arena_alloc(&r->g->arena, sizeof(*s));
    s->text = (const char *)r->at;
    s->length = (uint32_t)length;
    r->at += length;
    if (idtree_insert(&r->g->strings, id, &s->node))
        return corrupt(r, "multiple strings with the same ID: id=%" PRIu64, id);
    size_t magic = strlen(LEDGER_MAGIC);
    if (length >= magic && memcmp(s->text, LEDGER_MAGIC, magic) == 0)
        vec_push(&r->g->pages, s);
    return true;
}

static struct gen_frame *take_frame(struct records *r, uint64_t stack)
{
    uint64_t pc, func, file, line;

    if (!take(r, "a frame's PC", &pc) || !take(r, "a frame's funcID", &func) ||
        !take(r, "a frame's fileID", &file) || !take(r, "a frame's line", &line))
        return NULL;
    struct gen_frame *known = (struct gen_frame *)idtree_find(&r->g->pcs, pc);
    if (known)
        return known;
    struct gen_frame *f = arena_alloc(&r->g->arena, sizeof(*f));
    f->func_id = func;
    f->file_id = file;
    f->line = line;
    f->stack = stack;
    f->offset = record_offset(r);
    idtree_insert(&r->g->pcs, pc, &f->node);
    *r->g->frames_end = f;
    r->g->frames_end = &f->next;
    return f;
}

static bool take_stack(struct records *r)
{
    uint64_t id, count;

    if (!begin_record(r, EV_STACK, "stack") || !take(r, "stack ID", &id) || !take(r, "stack size", &count))
        return false;
    if (count > TRACE_MAX_FRAMES)
        return corrupt(r, "invalid stack size %" PRIu64 ", maximum is %d", count, TRACE_MAX_FRAMES);
    struct gen_stack *s = arena_alloc(&r->g->arena, sizeof(*s));
    s->count = (uint32_t)count;
    s->frames = arena_array(&r->g->arena, s->count, sizeof(*s->frames));
    for (uint32_t i = 0; i < s->count; i++) {
        s->frames[i] = take_frame(r, id);
        if (!s->frames[i])
            return false;
    }
    if (idtree_insert(&r->g->stacks, id, &s->node))
        return corrupt(r, "multiple stacks with the same ID: id=%" PRIu64, id);
    return true;
}

static bool take_sample(struct records *r)
{
    struct cpu_sample s;

    if (!begin_record(r, EV_CPU_SAMPLE, "CPU sample") || !take(r, "a sample's time", &s.time) ||
        !take(r, "a sample's M", &s.thread) || !take(r, "a sample's P", &s.proc) ||
        !take(r, "a sample's G", &s.goroutine) || !take(r, "a sample's stack", &s.stack))
        return false;
    s.offset = record_offset(r);
    vec_push(&r->g->samples, s);
    return true;
}

static bool take_frequency(struct records *r)
{
    uint64_t frequency;

    if (!take(r, "frequency", &frequency))
        return false;
    if (r->g->frequency)
        return corrupt(r, "found multiple frequency events");
    if (frequency == 0)
        return corrupt(r, "the clock's frequency is 0");
    r->g->frequency = frequency;
    r->g->ns_per_unit = 1.0 / ((double)frequency / 1e9);
    return true;
}

static bool take_snapshot(struct records *r, uint64_t batch_time)
{
    struct clock_snapshot *s = &r->g->snapshot;
    uint64_t dt;

    if (r->g->has_snapshot)
        return corrupt(r, "found multiple clock snapshot events");
    if (!take(r, "a snapshot's time", &dt) || !take(r, "a snapshot's mono", &s->mono) ||
        !take(r, "a snapshot's sec", &s->sec) || !take(r, "a snapshot's nsec", &s->nsec))
        return false;
    s->trace = batch_time + dt;
    r->g->has_snapshot = true;
    return true;
}

static bool take_clock(struct records *r, uint64_t batch_time)
{
    r->record = r->at;
    switch (*r->at++) {
    case EV_FREQUENCY:
        return take_frequency(r);
    case EV_CLOCK_SNAPSHOT:
        return take_snapshot(r, batch_time);
    default:
        return corrupt(r, "expected frequency or clock snapshot event, got %d", *r->record);
    }
}

bool tables_take(struct generation *g, enum trace_version version, const struct batch *b,
                 struct trace_error *err)
{
    const uint8_t *data = g->bytes.data + b->at;
    struct records r = {g, data, data + b->size, data, data, b->offset, err};
    bool good = true;

    if (b->kind != BATCH_CLOCK || version >= TRACE_GO_25)
        r.at++; /* the byte that named the kind; before 1.25 the frequency itself does */
    while (good && r.at < r.end) {
        switch (b->kind) {
        case BATCH_STRINGS:
            good = take_string(&r);
            break;
        case BATCH_STACKS:
            good = take_stack(&r);
            break;
        case BATCH_SAMPLES:
            good = take_sample(&r);
            break;
        default:
            good = take_clock(&r, b->time);
        }
    }
    return good;
}

static int by_time(const void *a, const void *b)
{
    const struct cpu_sample *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static bool tie_frame(struct generation *g, struct gen_frame *f, struct trace_error *err)
{
    f->func = generation_string(g, f->func_id);
    f->file = generation_string(g, f->file_id);
    if (f->func && f->file)
        return true;
    trace_error_set(err, TRACE_CORRUPT, f->offset,
                    "found invalid %s string ID %" PRIu64 " for stack %" PRIu64, f->func ? "file" : "func",
                    f->func ? f->file_id : f->func_id, f->stack);
    return false;
}

bool tables_finish(struct generation *g, struct trace_error *err)
{
    for (struct gen_frame *f = g->frames; f; f = f->next) {
        if (!tie_frame(g, f, err))
            return false;
    }
    if (g->samples.len)
        qsort(g->samples.data, g->samples.len, sizeof(*g->samples.data), by_time);
    return true;
}

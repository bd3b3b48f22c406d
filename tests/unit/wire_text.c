#include "tests/unit/wire_text.h"

#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "format/events.h"
#include "format/varint.h"

struct text {
    uint64_t generation, id;
    const uint8_t *bytes;
    size_t n;
};

struct stack {
    uint64_t generation, id;
    const uint8_t *frames; /* still encoded */
    uint64_t n;
};

struct batch {
    uint64_t generation, thread, time;
    const uint8_t *start, *at, *end; /* from its header; its data */
};

struct decoder {
    struct strbuf *out;
    VEC(struct batch) batches;
    VEC(struct text) texts;
    VEC(struct stack) stacks;
};

static uint64_t number(const uint8_t **at, const uint8_t *end)
{
    uint64_t v = 0;
    int n = varint_get(*at, end, &v);

    ck_assert_msg(n > 0, "a number is cut off or too large");
    *at += n;
    return v;
}

static void split(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
    ck_assert(end - at >= TRACE_HEADER_BYTES);
    ck_assert_mem_eq(at, "go 1.22 trace\0\0", TRACE_HEADER_BYTES);
    at += TRACE_HEADER_BYTES;
    while (at < end) {
        struct batch b = {.start = at};

        ck_assert_uint_eq(*at++, EV_EVENT_BATCH);
        b.generation = number(&at, end);
        b.thread = number(&at, end);
        b.time = number(&at, end);
        uint64_t size = number(&at, end);

        ck_assert_uint_le(size, TRACE_MAX_BATCH);
        ck_assert_uint_le(size, (uint64_t)(end - at));
        b.at = at;
        b.end = at += size;
        vec_push(&d->batches, b);
    }
}

static void take_string(struct decoder *d, const struct batch *b, const uint8_t **at)
{
    struct text t = {.generation = b->generation};

    ck_assert_uint_eq(*(*at)++, EV_STRING);
    t.id = number(at, b->end);
    t.n = number(at, b->end);
    t.bytes = *at;
    ck_assert_uint_le(t.n, TRACE_MAX_STRING);
    ck_assert_uint_le(t.n, (size_t)(b->end - *at));
    *at += t.n;
    vec_push(&d->texts, t);
}

static void take_stack(struct decoder *d, const struct batch *b, const uint8_t **at)
{
    struct stack s = {.generation = b->generation};

    ck_assert_uint_eq(*(*at)++, EV_STACK);
    s.id = number(at, b->end);
    s.n = number(at, b->end);
    s.frames = *at;
    ck_assert_uint_le(s.n, TRACE_MAX_FRAMES);
    for (uint64_t i = 0; i < 4 * s.n; i++)
        number(at, b->end);
    vec_push(&d->stacks, s);
}

static void take_tables(struct decoder *d)
{
    for (size_t i = 0; i < d->batches.len; i++) {
        const struct batch *b = &d->batches.data[i];
        const uint8_t *at = b->at + 1;

        while (*b->at == EV_STRINGS && at < b->end)
            take_string(d, b, &at);
        while (*b->at == EV_STACKS && at < b->end)
            take_stack(d, b, &at);
    }
}

static void put_text(struct decoder *d, uint64_t generation, uint64_t id)
{
    for (size_t i = 0; i < d->texts.len; i++) {
        const struct text *t = &d->texts.data[i];

        if (t->generation == generation && t->id == id) {
            strbuf_addn(d->out, t->bytes, t->n);
            return;
        }
    }
    ck_assert_msg(id == 0, "generation %d has no string %d", (int)generation, (int)id);
}

static void put_stack(struct decoder *d, uint64_t generation, uint64_t id)
{
    for (size_t i = 0; i < d->stacks.len; i++) {
        const struct stack *s = &d->stacks.data[i];
        const uint8_t *at = s->frames;
        const uint8_t *end = at + 4 * VARINT_MAX_BYTES * s->n;

        if (s->generation != generation || s->id != id)
            continue;
        for (uint64_t frame = 0; frame < s->n; frame++) {
            strbuf_addch(d->out, frame ? ' ' : '[');
            number(&at, end); /* the PC */
            put_text(d, generation, number(&at, end));
            number(&at, end); /* the file */
            strbuf_addf(d->out, ":%d", (int)number(&at, end));
        }
        strbuf_addch(d->out, ']');
        return;
    }
    ck_assert_msg(id == 0, "generation %d has no stack %d", (int)generation, (int)id);
    strbuf_addch(d->out, '-');
}

static void put_argument(struct decoder *d, uint64_t generation, const struct event_spec *spec,
                         int i, uint64_t v)
{
    strbuf_addch(d->out, ' ');
    if (spec->string && i >= spec->string && i < spec->string + spec->strings) {
        strbuf_addch(d->out, '"');
        put_text(d, generation, v);
        strbuf_addch(d->out, '"');
    } else if ((spec->stack && i == spec->stack) || (spec->new_stack && i == spec->new_stack)) {
        put_stack(d, generation, v);
    } else if (v == TRACE_NO_THREAD) {
        strbuf_addch(d->out, '-');
    } else {
        strbuf_addf(d->out, "%llu", (unsigned long long)v);
    }
}

static void put_events(struct decoder *d, const struct batch *b)
{
    const uint8_t *at = b->at;
    uint64_t time = b->time;

    while (at < b->end) {
        const struct event_spec *spec = event_spec(*at++);

        ck_assert(spec && spec->timed && spec->since == TRACE_GO_22);
        uint64_t delta = number(&at, b->end);

        ck_assert_uint_gt(delta, 0);
        time += delta;
        strbuf_addf(d->out, "  %llu %s", (unsigned long long)time, spec->name);
        for (int i = 1; i < spec->argc; i++)
            put_argument(d, b->generation, spec, i, number(&at, b->end));
        strbuf_addch(d->out, '\n');
    }
}

static void put_batch(struct decoder *d, const struct batch *b)
{
    const uint8_t *at = b->at + 1;

    strbuf_addf(d->out, "gen %d thread ", (int)b->generation);
    if (b->thread == TRACE_NO_THREAD)
        strbuf_addch(d->out, '-');
    else
        strbuf_addf(d->out, "%d", (int)b->thread);
    switch (*b->at) {
    case EV_STRINGS:
        strbuf_add(d->out, " strings\n");
        break;
    case EV_STACKS:
        strbuf_add(d->out, " stacks\n");
        break;
    case EV_FREQUENCY:
        strbuf_addf(d->out, " frequency %llu\n", (unsigned long long)number(&at, b->end));
        ck_assert_ptr_eq(at, b->end);
        break;
    default:
        strbuf_addch(d->out, '\n');
        put_events(d, b);
    }
}

static void begin(struct decoder *d, const void *trace, size_t n)
{
    const uint8_t *at = trace;

    split(d, at, at + n);
    take_tables(d);
}

static void end(struct decoder *d)
{
    vec_free(&d->batches);
    vec_free(&d->texts);
    vec_free(&d->stacks);
}

void wire_text(struct strbuf *out, const void *trace, size_t n)
{
    struct decoder d = {.out = out};

    begin(&d, trace, n);
    for (size_t i = 0; i < d.batches.len; i++)
        put_batch(&d, &d.batches.data[i]);
    end(&d);
}

void wire_text_of(struct strbuf *out, const void *trace, size_t n, uint64_t generation,
                   uint64_t thread)
{
    struct decoder d = {.out = out};

    begin(&d, trace, n);
    for (size_t i = 0; i < d.batches.len; i++) {
        const struct batch *b = &d.batches.data[i];
        const struct event_spec *first = event_spec(*b->at);

        if (b->generation == generation && b->thread == (thread ? thread : TRACE_NO_THREAD) &&
            first && first->timed)
            put_events(&d, b);
    }
    end(&d);
}

void wire_cut_out(struct strbuf *out, const void *trace, size_t n, uint64_t generation)
{
    struct decoder d = {.out = out};

    begin(&d, trace, n);
    strbuf_addn(out, trace, TRACE_HEADER_BYTES);
    for (size_t i = 0; i < d.batches.len; i++) {
        const struct batch *b = &d.batches.data[i];

        if (b->generation == generation)
            strbuf_addn(out, b->start, (size_t)(b->end - b->start));
    }
    end(&d);
}

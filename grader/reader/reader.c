#include "grader/reader/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "grader/reader/generation.h"
#include "grader/reader/order.h"
#include "grader/reader/strict.h"

/* What trace_next does next. */
enum phase {
    READ_GENERATION, /* from the file; ends in a SYNC */
    HAND_OVER_PAGES, /* the ledger pages of the generation */
    ORDER_EVENTS,    /* its events */
    FINISHED,        /* the last SYNC is out */
    BROKEN,          /* `error` is the answer for ever */
};

struct trace_reader {
    enum phase phase;
    struct framing framing;
    struct generation generation;
    struct order order;
    struct interners interners;
    struct strict *strict; /* NULL unless asked for */
    size_t page;           /* the next one of the generation */
    uint64_t syncs;
    struct trace_error error;
};

static struct trace_reader *start(struct trace_reader *r, struct trace_options options,
                                  struct trace_error *err)
{
    r->framing.version = batch_read_version(&r->framing.in, err);
    if (!r->framing.version) {
        trace_close(r);
        return NULL;
    }
    order_init(&r->order, &r->interners, r->framing.version, options.strict);
    if (options.strict)
        r->strict = strict_new(r);
    return r;
}

struct trace_reader *trace_open(const char *path, struct trace_options options, struct trace_error *err)
{
    struct trace_reader *r = xcalloc(1, sizeof(*r));

    if (!input_open_file(&r->framing.in, path)) {
        trace_error_set(err, TRACE_UNREADABLE, 0, "%s", strerror(errno));
        free(r);
        return NULL;
    }
    return start(r, options, err);
}

struct trace_reader *trace_open_memory(const void *bytes, size_t length, struct trace_options options,
                                       struct trace_error *err)
{
    struct trace_reader *r = xcalloc(1, sizeof(*r));

    input_open_memory(&r->framing.in, bytes, length);
    return start(r, options, err);
}

void trace_close(struct trace_reader *r)
{
    if (!r)
        return;
    input_close(&r->framing.in);
    generation_release(&r->generation);
    order_release(&r->order);
    intern_release(&r->interners.strings);
    intern_release(&r->interners.frames);
    intern_release(&r->interners.stacks);
    strict_free(r->strict);
    free(r);
}

/* An event that no thread did. */
static void synthetic(struct trace_reader *r, struct trace_event *out, enum trace_kind kind, int64_t time)
{
    out->kind = kind;
    out->wire = EV_NONE;
    out->time = time;
    out->thread = TRACE_NO_THREAD;
    out->proc = TRACE_NO_PROC;
    out->goroutine = TRACE_NO_GOROUTINE;
    out->stack = 0;
    out->generation = r->generation.number;
    out->offset = r->generation.offset;
}

static void sync_event(struct trace_reader *r, struct trace_event *out)
{
    const struct generation *g = &r->generation;

    synthetic(r, out, TRACE_SYNC, order_time(&r->order, generation_ns(g, g->start)));
    out->sync.n = ++r->syncs;
    out->sync.has_clock = g->has_snapshot;
    out->sync.clock = g->has_snapshot ? generation_ns(g, g->snapshot.trace) : 0;
    out->sync.mono = g->snapshot.mono;
    out->sync.sec = g->snapshot.sec;
    out->sync.nsec = g->snapshot.nsec;
}

/* The SYNC behind the last generation: no clock, the next free time. */
static void last_sync(struct trace_reader *r, struct trace_event *out)
{
    synthetic(r, out, TRACE_SYNC, order_time(&r->order, r->order.last_time));
    out->offset = input_offset(&r->framing.in);
    out->sync.n = ++r->syncs;
    out->sync.has_clock = false;
    out->sync.clock = 0;
    out->sync.mono = out->sync.sec = out->sync.nsec = 0;
}

static enum trace_result read_generation(struct trace_reader *r, struct trace_event *out,
                                         struct trace_error *err)
{
    switch (generation_read(&r->generation, &r->framing, err)) {
    case GENERATION_FAILED:
        return TRACE_ERROR;
    case GENERATION_NONE:
        last_sync(r, out);
        r->phase = FINISHED;
        return TRACE_EVENT;
    case GENERATION_READ:
        break;
    }
    if (!order_begin(&r->order, &r->generation, err)) {
        generation_blame(&r->generation, err);
        return TRACE_ERROR;
    }
    sync_event(r, out);
    r->page = 0;
    r->phase = HAND_OVER_PAGES;
    return TRACE_EVENT;
}

static struct trace_text take_page(struct trace_reader *r)
{
    const struct gen_string *page = r->generation.pages.data[r->page++];

    return (struct trace_text){page->text, page->length};
}

static void hand_over_page(struct trace_reader *r, struct trace_event *out)
{
    synthetic(r, out, TRACE_LEDGER_PAGE, r->order.last_time);
    out->page = take_page(r);
}

/* One step; goes on to the next phase where one has nothing more to give. */
static enum trace_result next(struct trace_reader *r, struct trace_event *out, struct trace_error *err)
{
    for (;;) {
        switch (r->phase) {
        case READ_GENERATION:
            return read_generation(r, out, err);
        case HAND_OVER_PAGES:
            if (r->page < r->generation.pages.len) {
                hand_over_page(r, out);
                return TRACE_EVENT;
            }
            r->phase = ORDER_EVENTS;
            break;
        case ORDER_EVENTS:
            switch (order_next(&r->order, out, err)) {
            case ORDER_EVENT:
                return TRACE_EVENT;
            case ORDER_FAILED:
                generation_blame(&r->generation, err);
                return TRACE_ERROR;
            case ORDER_DONE:
                break;
            }
            if (r->generation.damaged) {
                *err = r->generation.damage;
                return TRACE_ERROR;
            }
            r->phase = READ_GENERATION;
            break;
        case FINISHED:
            return TRACE_END;
        case BROKEN:
            *err = r->error;
            return TRACE_ERROR;
        }
    }
}

enum trace_result trace_next(struct trace_reader *r, struct trace_event *out, struct trace_error *err)
{
    enum trace_result result = next(r, out, err);

    if (result == TRACE_EVENT && r->strict && !strict_check(r->strict, out, err))
        result = TRACE_ERROR;
    if (result == TRACE_ERROR && r->phase != BROKEN) {
        r->phase = BROKEN;
        r->error = *err;
    }
    return result;
}

bool trace_next_page(struct trace_reader *r, struct trace_text *page)
{
    struct trace_error ignored;

    if (r->phase != BROKEN || r->error.fault != TRACE_BROKEN_ORDER)
        return false;
    while (r->page == r->generation.pages.len) {
        if (generation_read(&r->generation, &r->framing, &ignored) != GENERATION_READ)
            return false;
        r->page = 0;
    }
    *page = take_page(r);
    return true;
}

enum trace_version reader_version(const struct trace_reader *r)
{
    return r->framing.version;
}

struct trace_text reader_string(const struct trace_reader *r, uint32_t string)
{
    struct trace_text t;

    t.text = intern_bytes(&r->interners.strings, string, &t.length);
    return t;
}

struct trace_stack reader_stack(const struct trace_reader *r, uint32_t stack)
{
    size_t size;
    const void *frames = intern_bytes(&r->interners.stacks, stack, &size);

    return (struct trace_stack){frames, (uint32_t)(size / sizeof(uint32_t))};
}

struct trace_frame reader_frame(const struct trace_reader *r, uint32_t frame)
{
    size_t size;
    const struct stable_frame *f = intern_bytes(&r->interners.frames, frame, &size);

    return (struct trace_frame){f->pc, f->line, f->func, f->file};
}

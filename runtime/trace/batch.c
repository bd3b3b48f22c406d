/* batch.c: the bytes of a stream until they are a batch; its memory then serves the next one. */
#include "runtime/trace/tracer.h"

void batch_emit(struct tracer *t, const void *bytes, size_t n)
{
    t->rt->ops->emit(t->rt, bytes, n);
    t->bytes += n;
}

struct trace_buffer *batch_thread(struct tracer *t, struct m *m)
{
    while (t->threads.len <= m->id)
        vec_push(&t->threads, NULL);

    struct trace_buffer *b = xcalloc(1, sizeof(*b));

    b->m = m;
    t->threads.data[m->id] = b;
    m->trace = b;
    return b;
}

static void open_batch(struct tracer *t, struct trace_buffer *b)
{
    int64_t first = b->m ? now(b->m) : t->opened;

    if (t->blocks.len == 0)
        vec_push(&t->blocks, xmalloc(TRACE_MAX_BATCH));
    b->data = vec_pop(&t->blocks);
    b->used = 0;
    b->left = TRACE_MAX_BATCH;
    /* Readers take the earliest base of a generation for the time it began. */
    if (b->last < t->opened)
        b->last = t->opened;
    if (b->last < first - 1)
        b->last = first - 1;
    b->base = b->last;
    if (b->lead) {
        b->data[b->used++] = b->lead;
        b->left--;
    }
}

void batch_drop(struct tracer *t, struct trace_buffer *b)
{
    if (!b->data)
        return;
    vec_push(&t->blocks, b->data);
    b->data = NULL;
    b->used = b->left = 0;
}

void batch_close(struct tracer *t, struct trace_buffer *b)
{
    uint8_t header[1 + 4 * VARINT_MAX_BYTES];
    uint8_t *end = header;

    if (!b->data)
        return;
    *end++ = EV_EVENT_BATCH;
    end = varint_put(end, t->generation);
    end = varint_put(end, wire_thread(b->m));
    end = varint_put(end, (uint64_t)b->base);
    end = varint_put(end, b->used);
    batch_emit(t, header, (size_t)(end - header));
    batch_emit(t, b->data, b->used);
    batch_drop(t, b);
}

void batch_turn(struct tracer *t, struct trace_buffer *b)
{
    batch_close(t, b);
    open_batch(t, b);
}

uint8_t *batch_room(struct tracer *t, struct trace_buffer *b, size_t n)
{
    if (b->left < n)
        batch_turn(t, b);
    return b->data + b->used;
}

void batch_end(struct trace_buffer *b, const uint8_t *end)
{
    b->used = (size_t)(end - b->data);
    b->left = TRACE_MAX_BATCH - b->used;
}

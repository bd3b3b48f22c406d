#include "runtime/trace/tracer.h"

#include <string.h>

#include "runtime/sched/sched.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"

#define SLOTS_MIN 256

/* ---- strings */

uint64_t tables_string(struct trace_tables *t, const char *text)
{
    size_t n = strnlen(text, TRACE_MAX_STRING);

    return n ? strmap_intern_n(&t->strings, text, n) + 1 : TRACE_NO_STRING;
}

/* A function's or a file's name: what distinguishes it stands at its end, which is what Go keeps. */
static uint64_t name_string(struct trace_tables *t, const char *name)
{
    size_t n = strlen(name);

    return tables_string(t, n > TRACE_MAX_STRING ? name + n - TRACE_MAX_STRING : name);
}

static void put_fixed(struct trace_tables *t, const char *const *texts, size_t n, uint8_t *ids)
{
    for (size_t i = 0; i < n; i++)
        ids[i] = (uint8_t)tables_string(t, texts[i]);
}

void tables_release(struct trace_tables *t)
{
    strmap_release(&t->strings);
    vec_free(&t->stacks);
    free(t->slots);
    *t = (struct trace_tables){0};
}

void tables_reset(struct trace_tables *t)
{
    strmap_release(&t->strings);
    t->written = 0;
    put_fixed(t, block_reason_texts, BLOCK_REASON_COUNT, t->block);
    put_fixed(t, stop_reason_texts, STOP_REASON_COUNT, t->stop);
    put_fixed(t, stw_kind_texts, STW_KIND_COUNT, t->stw);
    put_fixed(t, gc_label_texts, GC_LABEL_COUNT, t->label);
    vec_clear(&t->stacks);
    if (t->slots)
        memset(t->slots, 0, t->nslots * sizeof(*t->slots));
}

/* ---- stacks */

static size_t home(const struct trace_tables *t, const struct stack_key *k)
{
    uint64_t h = ((uint64_t)k->at.path << 32 | k->at.pc) * UINT64_C(0x9e3779b97f4a7c15);

    h ^= ((uint64_t)k->leaf << 8 | k->root) * UINT64_C(0xc2b2ae3d27d4eb4f);
    return (size_t)(h ^ (h >> 32)) & (t->nslots - 1);
}

static bool same(const struct stack_key *a, const struct stack_key *b)
{
    return a->at.pc == b->at.pc && a->at.path == b->at.path && a->leaf == b->leaf &&
           a->root == b->root;
}

/* The slot that holds k's id, or the free one where it belongs. */
static uint32_t *slot_of(const struct trace_tables *t, const struct stack_key *k)
{
    size_t i = home(t, k);

    while (t->slots[i] && !same(&t->stacks.data[t->slots[i] - 1], k))
        i = (i + 1) & (t->nslots - 1);
    return &t->slots[i];
}

static void grow_slots(struct trace_tables *t)
{
    free(t->slots);
    t->nslots = t->nslots ? t->nslots * 2 : SLOTS_MIN;
    t->slots = xcalloc(t->nslots, sizeof(*t->slots));
    for (size_t i = 0; i < t->stacks.len; i++)
        *slot_of(t, &t->stacks.data[i]) = (uint32_t)i + 1;
}

static uint64_t stack_id(struct trace_tables *t, struct stack_key key)
{
    if (key.at.path == 0 && key.at.pc == 0 && key.leaf == LEAF_NONE && key.root == LEAF_NONE)
        return TRACE_NO_STACK;
    if (t->stacks.len * 2 >= t->nslots)
        grow_slots(t);

    uint32_t *slot = slot_of(t, &key);

    if (!*slot) {
        vec_push(&t->stacks, key);
        *slot = (uint32_t)t->stacks.len;
    }
    return *slot;
}

uint64_t tables_stack(struct trace_tables *t, const struct g *g, enum leaf leaf)
{
    if (!g)
        return TRACE_NO_STACK;
    return stack_id(t, (struct stack_key){site_of(g), (uint8_t)leaf, (uint8_t)g->kind->root});
}

uint64_t tables_entry(struct trace_tables *t, const struct g *g)
{
    return stack_id(t, (struct stack_key){g->entry, LEAF_NONE, (uint8_t)g->kind->root});
}

/* ---- writing */

static void put_string(struct tracer *t, struct trace_buffer *b, uint64_t id, const char *text,
                       size_t n)
{
    uint8_t *to = batch_room(t, b, 1 + 2 * VARINT_MAX_BYTES + n);

    *to++ = EV_STRING;
    to = varint_put(to, id);
    to = varint_put(to, n);
    memcpy(to, text, n);
    batch_end(b, to + n);
}

void tables_write_strings(struct tracer *t)
{
    struct trace_buffer b = {.lead = EV_STRINGS};
    const struct strmap *m = &t->tables.strings;

    for (size_t i = t->tables.written; i < m->len; i++)
        put_string(t, &b, i + 1, m->entries[i].key, m->entries[i].key_len);
    t->tables.written = m->len;
    batch_close(t, &b);
}

static void put_stack(struct tracer *t, struct trace_buffer *b, uint64_t id)
{
    const struct stack_key *k = &t->tables.stacks.data[id - 1];
    struct frame frames[TRACE_MAX_FRAMES];
    size_t n = site_frames(t->rt->sites, k->at, k->leaf, k->root, frames, TRACE_MAX_FRAMES);
    uint8_t *to = batch_room(t, b, 1 + (2 + 4 * n) * VARINT_MAX_BYTES);

    *to++ = EV_STACK;
    to = varint_put(to, id);
    to = varint_put(to, n);
    for (size_t i = 0; i < n; i++) {
        to = varint_put(to, frames[i].pc);
        to = varint_put(to, name_string(&t->tables, frames[i].func));
        to = varint_put(to, name_string(&t->tables, frames[i].file));
        to = varint_put(to, frames[i].line);
    }
    batch_end(b, to);
}

void tables_write_stacks(struct tracer *t)
{
    struct trace_buffer b = {.lead = EV_STACKS};

    for (size_t id = 1; id <= t->tables.stacks.len; id++)
        put_stack(t, &b, id);
    batch_close(t, &b);
}

struct pages {
    struct tracer *t;
    struct trace_buffer buffer;
    uint64_t id;
};

static void put_page(void *context, const char *bytes, size_t n)
{
    struct pages *p = context;

    p->id++;
    put_string(p->t, &p->buffer, p->id, bytes, n);
}

void tables_write_ledger(struct tracer *t)
{
    struct pages p = {t, {.lead = EV_STRINGS}, t->tables.strings.len};

    if (t->rt->ledger)
        ledger_flush(t->rt->ledger, put_page, &p);
    batch_close(t, &p.buffer);
}

/* tracer.h: the inside of the tracer, for this room alone.
 *
 *   write.c, annotate.c   one function per event: owed statuses, then type, time and arguments
 *   batch.c               a thread's bytes until they are a full batch
 *   tables.c              strings and stacks of the open generation
 *   seal.c                generations: what is owed when one opens, what completes it; the ends
 *
 * Who is stated when. Whoever holds a P was stated on its M's stream as the generation opened, or
 * has written its ProcStart and GoStart since: the P and G an event runs on need no look. Every
 * other resource is stated just before its first event, with its state before that event, and the
 * rest when the generation is sealed: without an event, its state is still that of the opening. */
#pragma once

#include "base/hashmap.h"
#include "base/mem.h"
#include "format/events.h"
#include "format/varint.h"
#include "runtime/sched/inline.h"
#include "runtime/trace/trace.h"

/* ---- tables.c */

struct stack_key {
    struct site at;
    uint8_t leaf, root; /* enum leaf */
};

struct trace_tables {
    struct strmap strings; /* id = index + 1 */
    size_t written;        /* so many of them are in the file */

    /* Ids of the runtime's own texts. */
    uint8_t block[BLOCK_REASON_COUNT], stop[STOP_REASON_COUNT];
    uint8_t stw[STW_KIND_COUNT], label[GC_LABEL_COUNT];

    VEC(struct stack_key) stacks; /* id = index + 1 */
    uint32_t *slots;              /* open addressing: an id, 0: free */
    size_t nslots;                /* a power of two */
};

/* Empties the tables and puts in the runtime's own texts: Go does so in every generation. */
void tables_reset(struct trace_tables *t);
void tables_release(struct trace_tables *t);

/* The id of a text, cut at 1,024 bytes; 0 for the empty one. */
uint64_t tables_string(struct trace_tables *t, const char *text);

/* The id of the stack on which g is now; 0 without a goroutine or without a frame. */
uint64_t tables_stack(struct trace_tables *t, const struct g *g, enum leaf leaf);

/* The id of the stack on which g will start. */
uint64_t tables_entry(struct trace_tables *t, const struct g *g);

/* Write what is not yet in the file. Stacks add strings, so they come first; the pages of the
 * ledger take the ids behind all strings, so they come last. */
void tables_write_stacks(struct tracer *t);
void tables_write_strings(struct tracer *t);
void tables_write_ledger(struct tracer *t);

/* ---- batch.c */

/* A stream of batches: the events of one thread, the statuses that no thread writes, or a table. */
struct trace_buffer {
    struct m *m;   /* whose events; NULL for what belongs to no thread */
    uint8_t lead;  /* tables: the byte that begins each batch; 0 for events */
    uint8_t *data; /* TRACE_MAX_BATCH bytes while a batch is open */
    size_t used;
    size_t left; /* 0 while none is open */
    int64_t base; /* time in the batch's header */
    int64_t last; /* time of the last event; never goes back, over all generations */
};

enum tracer_state { TRACER_NEW, TRACER_OPEN, TRACER_ENDED };

struct tracer {
    struct rt *rt;
    int64_t period;
    enum tracer_state state;

    uint32_t generation;  /* the open one */
    int64_t opened;       /* its time: no event in it is earlier */
    uint64_t opened_with; /* `events` once it was open */
    bool owes_procs;      /* ProcsChange, and GCActive if marking, wait for an M with P and G */

    uint64_t gc_seq;
    bool marking;

    struct trace_tables tables;
    VEC(struct trace_buffer *) threads; /* by id of the M; NULL: wrote nothing yet */
    VEC(uint8_t *) blocks;              /* memory of closed batches, for the next ones */

    uint64_t events, bytes;
};

/* The stream of m's events. */
struct trace_buffer *batch_thread(struct tracer *t, struct m *m);

/* Closes the batch if one is open and opens the next. */
void batch_turn(struct tracer *t, struct trace_buffer *b);

/* Room for n < TRACE_MAX_BATCH bytes in an open batch; batch_end says how many were used. */
uint8_t *batch_room(struct tracer *t, struct trace_buffer *b, size_t n);
void batch_end(struct trace_buffer *b, const uint8_t *end);

/* Emits the open batch if there is one, or forgets it. */
void batch_close(struct tracer *t, struct trace_buffer *b);
void batch_drop(struct tracer *t, struct trace_buffer *b);

void batch_emit(struct tracer *t, const void *bytes, size_t n);

/* ---- write.c */

/* The tracer if it records, else NULL. */
static inline struct tracer *recording(const struct rt *rt)
{
    struct tracer *t = rt->tracer;

    return t && t->state == TRACER_OPEN ? t : NULL;
}

static inline struct trace_buffer *stream(struct tracer *t, struct m *m)
{
    return m->trace ? m->trace : batch_thread(t, m);
}

/* Thread ids on the wire begin with 1. */
static inline uint64_t wire_thread(const struct m *m)
{
    return m ? (uint64_t)m->id + 1 : TRACE_NO_THREAD;
}

/* Writes one event, its time delta first. */
void write_event(struct tracer *t, struct trace_buffer *b, enum event_no no, const uint64_t *args,
                 size_t n);

#define ARGS(...) \
    (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)
#define NO_ARGS NULL, 0

/* State a resource unless this generation has done so, with the range it is in. */
void write_p_status(struct tracer *t, struct trace_buffer *b, struct p *p,
                    enum wire_p_status status);
void write_g_status(struct tracer *t, struct trace_buffer *b, struct g *g, const struct m *m,
                    enum wire_g_status status);

/* Pays what the opening of the generation owes; m's stream has a P and a G now. */
void write_owed(struct tracer *t, struct trace_buffer *b);

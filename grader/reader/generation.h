/* generation.h: one generation of a trace: its event batches, its tables, its clock.
 *
 * A generation is the unit in which a trace can be understood: tables may stand anywhere in it, before
 * or after their use, so all of it is read before its first event. Memory is one generation's bytes and
 * tables; it is used again for the next.
 *
 * What is not known here: what events mean and in which order they happened (order.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/mem.h"
#include "grader/reader/batch.h"
#include "grader/reader/idtree.h"
#include "grader/reader/intern.h"

/* Table entries. `stable` is the id for the whole trace, 0 until somebody asks for it. */
struct gen_string {
    struct idnode node;
    const char *text; /* not ended by a NUL */
    uint32_t length;
    uint32_t stable;
};

/* The PC is the identity of a frame in its generation: the first definition wins, others are ignored. */
struct gen_frame {
    struct idnode node; /* by PC */
    struct gen_frame *next;
    uint64_t func_id, file_id, line;
    uint64_t stack, offset; /* where it was defined */
    struct gen_string *func, *file;
    uint32_t stable;
};

struct gen_stack {
    struct idnode node;
    struct gen_frame **frames; /* leaf first */
    uint32_t count;
    uint32_t stable;
};

struct cpu_sample {
    uint64_t time; /* trace clock */
    uint64_t thread, proc, goroutine, stack;
    uint64_t offset;
};

/* What the first byte of a batch's data says it holds. */
enum batch_kind { BATCH_EVENTS, BATCH_STRINGS, BATCH_STACKS, BATCH_SAMPLES, BATCH_CLOCK };

struct batch {
    enum batch_kind kind;
    uint64_t thread, time;
    size_t at; /* of its data in generation.bytes */
    uint32_t size;
    uint64_t offset; /* of its data in the file */
    size_t next;     /* index + 1 of the thread's next batch; 0: none. Set by order_begin */
};

struct clock_snapshot {
    uint64_t trace; /* trace clock, converted to ns by generation_ns */
    uint64_t mono, sec, nsec;
};

/* One content, one number, for the whole trace. */
struct interners {
    struct intern strings, frames, stacks;
};

/* What a frame's content is made of: ids of strings, for the whole trace. */
struct stable_frame {
    uint64_t pc, line;
    uint32_t func, file;
};

struct generation {
    uint64_t number;
    VEC(uint8_t) bytes;             /* the data of all batches, one after another */
    VEC(struct batch) batches;      /* in file order */
    VEC(struct cpu_sample) samples; /* by time */
    VEC(struct gen_string *) pages; /* ledger pages, in file order */
    struct idtree strings, stacks, pcs;
    struct gen_frame *frames, **frames_end; /* in file order */
    uint64_t frequency;                     /* trace clock units per second; 0: none seen */
    double ns_per_unit;
    bool has_snapshot;
    struct clock_snapshot snapshot;
    uint64_t start;              /* earliest time of a batch, trace clock */
    uint64_t offset, end_offset; /* in the file */
    bool at_file_end;            /* nothing says that it is complete: the file simply ends behind it */
    bool damaged;                /* the batch behind it could not be read: */
    struct trace_error damage;
    struct arena arena;
};

/* The file, and what is already known of the next generation. */
struct framing {
    struct input in;
    enum trace_version version;
    uint64_t generations; /* read so far */
    bool has_next;
    struct batch_header next;
};

enum generation_result { GENERATION_READ, GENERATION_NONE, GENERATION_FAILED };

void generation_release(struct generation *g);

/* Forgets the last generation and reads the next. GENERATION_NONE: the trace has ended well. */
enum generation_result generation_read(struct generation *g, struct framing *f, struct trace_error *err);

/* An event of this generation could not be understood. If that is because the end of the generation is
 * missing, the answer is not what *err says, but "truncated" or the damage that ended it. */
void generation_blame(const struct generation *g, struct trace_error *err);

/* Trace clock units to ns, in the double arithmetic of Go's reader: each number converted alone,
 * truncated, and what does not fit becomes the smallest integer. */
int64_t generation_ns(const struct generation *g, uint64_t units);

/* Entries by wire id, NULL when the generation has none. Id 0 is the empty one. */
struct gen_string *generation_string(const struct generation *g, uint64_t id);
struct gen_stack *generation_stack(const struct generation *g, uint64_t id);

/* Ids for the whole trace. */
uint32_t stable_string(struct interners *in, struct gen_string *s);
uint32_t stable_stack(struct interners *in, struct gen_stack *s);

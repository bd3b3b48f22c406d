/* batch.h: the outermost layer of a trace: the file header, and one batch after another.
 *
 *     file       := header(16 bytes) generation*
 *     generation := batch+          (versions 22, 23, 25)
 *                 | batch+ 0x34     (version 26: EndOfGeneration, a bare byte)
 *     batch      := 0x01     gen thread time size, then size bytes
 *                 | 0x31 exp gen thread time size, then size bytes
 *
 * No judgement beyond that: what a batch holds, and to which generation it belongs, is for others. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "format/events.h"
#include "grader/reader/error.h"
#include "grader/reader/input.h"

struct batch_header {
    uint64_t offset;    /* of its first byte in the file */
    uint64_t data;      /* offset of the first byte behind the header */
    uint8_t experiment; /* 0: none */
    bool experimental;  /* written as an experimental batch, even if the experiment is 0 */
    uint64_t generation, thread, time;
    uint32_t size;
};

enum batch_result {
    BATCH_HEADER, /* *h is filled; its data comes next */
    BATCH_MARK,   /* a bare EndOfGeneration */
    BATCH_END,    /* the file ends exactly here */
    BATCH_FAILED, /* *err says why */
};

/* Reads the 16 bytes. Returns the version, or 0 and an error. */
enum trace_version batch_read_version(struct input *in, struct trace_error *err);

/* Reads what comes between batches. */
enum batch_result batch_read_header(struct input *in, enum trace_version version, struct batch_header *h,
                                    struct trace_error *err);

/* Reads the batch's bytes; `to` has room for h->size. */
bool batch_read_data(struct input *in, const struct batch_header *h, void *to, struct trace_error *err);

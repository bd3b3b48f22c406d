/* tables.h: what a batch without events holds: strings, stacks, CPU samples, the clock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "grader/reader/generation.h"

/* The first byte of a batch's data decides. */
enum batch_kind batch_kind_of(enum trace_version version, const uint8_t *data, uint32_t size);

/* Takes the records of one such batch into the generation, whose bytes move no more. */
bool tables_take(struct generation *g, enum trace_version version, const struct batch *b,
                 struct trace_error *err);

/* Once the generation is complete: ties frames to their strings, sorts the samples. */
bool tables_finish(struct generation *g, struct trace_error *err);

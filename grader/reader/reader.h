/* reader.h: opens an execution trace and hands over what happened, one event after another.
 *
 *     struct trace_error err;
 *     struct trace_reader *r = trace_open("a.trace", (struct trace_options){0}, &err);
 *     struct trace_event e;
 *     enum trace_result got = r ? TRACE_EVENT : TRACE_ERROR;
 *
 *     while (r && (got = trace_next(r, &e, &err)) == TRACE_EVENT)
 *         use(&e);
 *     if (got == TRACE_ERROR)
 *         trace_error_print(stderr, "a.trace", &err);
 *     trace_close(r);
 *
 * Reads genuine Go traces of the versions 1.22, 1.23, 1.25 and 1.26 in one pass. Memory: one generation
 * (a second or so of the traced program), what is alive in it, and the different strings and stacks.
 * Every event has been checked against the rules of Go's own reader; no input crashes this one. What was
 * delivered before an error stays true: a truncated trace can be used up to its end.
 *
 * The reader knows nothing of grading, nor what the pages of a ledger say. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grader/reader/error.h"
#include "grader/reader/event.h"

struct trace_reader;

struct trace_options {
    /* Also refuse what Go's reader lets pass although no runtime does it, or its tools trip over it
     * (strict.h). For traces of our own, and for `validate`. */
    bool strict;
};

enum trace_result { TRACE_EVENT, TRACE_END, TRACE_ERROR };

/* NULL, and *err is set, if the file cannot be opened or has no header that is known. */
struct trace_reader *trace_open(const char *path, struct trace_options options, struct trace_error *err);

/* The same from memory, which must stay until trace_close. */
struct trace_reader *trace_open_memory(const void *bytes, size_t length, struct trace_options options,
                                       struct trace_error *err);

/* NULL is allowed. */
void trace_close(struct trace_reader *r);

/* The next event. After TRACE_END or TRACE_ERROR the answer stays the same. */
enum trace_result trace_next(struct trace_reader *r, struct trace_event *out, struct trace_error *err);

/* After a TRACE_ERROR because of an event that cannot be: the next ledger page that has not been handed over.
 * It stands in the table of strings, so the order of the events is nothing to it. False: there is none. */
bool trace_next_page(struct trace_reader *r, struct trace_text *page);

/* The number in the header. */
enum trace_version reader_version(const struct trace_reader *r);

/* ---- what ids in events stand for; good until trace_close ------------------------------------------ */

/* Ids of strings, stacks and frames count from 1 in order of first use, so that an array can be indexed
 * by them; 0 is the empty string and the empty stack. */
struct trace_text reader_string(const struct trace_reader *r, uint32_t string);

struct trace_stack {
    const uint32_t *frames; /* ids, leaf first */
    uint32_t count;
};
struct trace_stack reader_stack(const struct trace_reader *r, uint32_t stack);

struct trace_frame {
    uint64_t pc, line;
    uint32_t func, file; /* strings */
};
struct trace_frame reader_frame(const struct trace_reader *r, uint32_t frame);

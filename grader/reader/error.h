/* error.h: what can be wrong with a trace file, and how it is said.
 *
 * The classes are answers a person acts on differently: a truncated trace comes from a program that
 * never stopped tracing (or a cut copy), a corrupt one from damage or from output mixed into it, an
 * inconsistent one from a faulty writer, an unsupported one from another Go release.
 *
 *     store/7.trace:0x1f3: error: truncated trace: failed to read full batch: read 12 but wanted 57
 *
 * Offsets count bytes from the start of the file. Of a truncated trace the offset is where the file
 * ends; otherwise where the offending batch, table record or event begins. */
#pragma once

#include <stdio.h>
#include <stdint.h>
#include <stdio.h>

#include "base/strbuf.h"

enum trace_fault {
    TRACE_UNREADABLE,   /* no such file, an I/O error: not about the content */
    TRACE_NOT_A_TRACE,  /* the header is another one */
    TRACE_UNSUPPORTED,  /* an execution trace of a version this reader does not know */
    TRACE_TRUNCATED,    /* well so far, then the file ends */
    TRACE_CORRUPT,      /* framing, a table or an event cannot be decoded */
    TRACE_BROKEN_ORDER, /* every event can be read, but no running program does this */
};

struct trace_error {
    enum trace_fault fault;
    uint64_t offset;
    char message[480]; /* one line, no full stop; Go's own words where Go has a text for it */
    char notes[1200];  /* further lines, each ended by a newline; often empty */
};

/* Sets fault, offset and message; forgets notes. */
void trace_error_set(struct trace_error *e, enum trace_fault fault, uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds a line to the notes; what does not fit any more is left out. */
void trace_error_note(struct trace_error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "truncated", "corrupt" ...: one word for machines. */
const char *trace_fault_name(enum trace_fault fault);

/* The complaint as shown above, notes below it, every line ended by a newline. */
void trace_error_format(struct strbuf *out, const char *file, const struct trace_error *e);
void trace_error_print(FILE *out, const char *file, const struct trace_error *e);

/* trace_cases.h: small traces in text form with what a reader must say about them.
 *
 *     # What the file is about.
 *
 *     == the title of a case
 *     Trace Go1.22
 *     EventBatch gen=1 m=0 time=0
 *     ...
 *     => 4 events, the last at 3                           the verdict of the reader
 *     => 2 events, then inconsistent at 0x2f: GoStart ...  or its refusal, with notes below
 *        | thread 7 at 0x2f: ...
 *     strict => ...                                        only where strictness makes a difference
 *     go => ok                                             only where Go's reader decides otherwise
 *
 * Events are counted as they are handed over, ledger pages and syncs included. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/strbuf.h"

struct trace_case {
    const char *file;
    unsigned line; /* of the title */
    char *title;
    char *trace;   /* the text, from "Trace" on */
    char *verdict; /* the lines after it, but not `go =>` */
    char *go;      /* that line, or NULL */
};

struct trace_case_file {
    char *path;
    char *intro; /* the lines before the first title */
    VEC(struct trace_case) cases;
};

struct trace_case_files {
    VEC(struct trace_case_file) files; /* by name */
};

/* Reads all files of a folder; ends the program with a message if one cannot be read. */
void trace_cases_load(struct trace_case_files *all, const char *folder);
void trace_cases_release(struct trace_case_files *all);

/* A trace in text form as bytes, appended; ends the program with a message if the text is wrong. */
void trace_from_text(const char *text, struct strbuf *bytes);
void trace_case_bytes(const struct trace_case *c, struct strbuf *bytes);

/* What the reader says of these bytes, as verdict lines. */
void trace_case_read(struct strbuf *verdict, const void *bytes, size_t length);

/* Writes the file again, with the verdicts of now. */
void trace_cases_bless(const struct trace_case_file *file);

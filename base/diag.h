/* Complaints about the user's files, in the form that compilers made familiar:
 *
 *     scenarios/convoy.yaml:14:9: error: unknown step 'lokc'; did you mean 'lock'?
 *        14 |       - lokc: mu
 *           |         ^~~~
 *     scenarios/convoy.yaml:3:3: note: locks declared here: 'mu', 'cache'
 *
 * A collector takes errors and warnings in any order, each with its notes, and prints them by
 * position: files in the order in which they were first spoken of, then offset, then order of
 * report. After DIAGS_SHOWN errors it says "too many errors" and only counts.
 *
 * How to write one: lower case, no full stop; what is wrong first, then what was expected and what
 * was found; names in 'quotes', text to be typed in `backquotes`.
 *
 * A function that reports returns false or NULL beside it. The collector copies the message; the
 * source of a span must live until the diagnostics are printed.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/source.h"
#include "base/strbuf.h"

#define DIAGS_SHOWN 12 /* as many as fit on a screen with their lines */

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct diag {
    enum severity severity;
    struct span span;
    char *message;
    struct diag *notes; /* printed below, in order of report */
    size_t nnotes;
};

struct diags {
    struct diag *list; /* errors and warnings, in order of report */
    size_t len, cap;
    size_t errors;
};

// clang-format off
#define DIAGS_INIT {.len = 0}
// clang-format on
void diags_release(struct diags *d);

void diags_error(struct diags *d, struct span span, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diags_warn(struct diags *d, struct span span, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Attached to the last error or warning; ignored when there is none. */
void diags_note(struct diags *d, struct span span, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void diags_verror(struct diags *d, struct span span, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Writes everything, with ANSI colours if asked. */
void diags_print(const struct diags *d, FILE *out, bool color);
void diags_format(const struct diags *d, struct strbuf *out, bool color);

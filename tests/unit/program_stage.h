/* program_stage.h: workloads for tests of the program room: loaded from text, run on the virtual machine, and
 * what they left behind.
 *
 *     struct show s;
 *     show(&s, "workload: t\nmain:\n  - log: hello\n");
 *     ck_assert_str_eq(s.log, "hello");
 *     show_end(&s);
 *
 * The log is what `log` steps recorded, "CATEGORY MESSAGE" in the order of time, joined by "; ". */
#pragma once

#include "base/strbuf.h"
#include "runtime/simulate.h"

struct program;

struct show {
    struct simulated end;
    char *log;            /* of the `log` steps */
    struct strbuf trace;  /* its bytes */
    struct strbuf events; /* as text, wire_text.h */
    struct strbuf ledger; /* its lines */
    struct strbuf lines;  /* the last answer of show_lines */
    char *panic;          /* "TEXT | SITE", or "" */
};

/* Loads and runs; fails the test if the text has a mistake. */
void show(struct show *s, const char *text);
void show_end(struct show *s);

/* The lines of the ledger with this keyword, without it. Valid until the next call. */
const char *show_lines(struct show *s, const char *keyword);
/* How often an event occurs whose line (wire_text.h) has all three parts, any of which may be "". */
int show_count(const struct show *s, const char *event, const char *argument, const char *frame);

/* When the `log` of this category was recorded first, in ns; -1 if it was not. */
int64_t show_time(const struct show *s, const char *category);

/* The messages of a text that is not a program, "LINE:COLUMN: TEXT", warnings with "warning: ", notes with
 * "note: " before the text, one per line. Caller frees. *loaded: whether it is a program in spite of them. */
char *messages_of(const char *text, bool *loaded);

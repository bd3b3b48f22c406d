/* ledger.h: the runtime's own account, written into the trace as unused pages of the string table.
 *
 * Lines and their fields are listed in format/ledger.h. Lines gather in a page of at most 1,024
 * bytes; a line never spans pages, and one that is longer than a page is cut. Each generation
 * carries the pages of what happened in it, the last also the end state. What is added before the
 * trace starts goes into its first generation; what is added after it ended, or without a tracer,
 * is thrown away. */
#pragma once

#include <stddef.h>

#include "format/ledger.h"
#include "runtime/trace/types.h"

struct rt;

struct ledger *ledger_new(void);
void ledger_free(struct ledger *l); /* NULL is fine */

/* Adds one line: the keyword of `line` and then the formatted fields. Control characters become
 * blanks, so that no field can end the line. No-op when rt->ledger is NULL. */
void ledger_add(struct rt *rt, enum ledger_line line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same in parts, one line at a time: begin, then fields, each call putting a blank before its own.
 * ledger_numbers is for the lines that every request and every wait writes: dozens of numbers, which to
 * format as text would cost more than simulating the request. */
void ledger_begin(struct rt *rt, enum ledger_line line);
void ledger_fields(struct rt *rt, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define ledger_numbers(rt, ...)                                                                              \
    ledger_number_list((rt), (const int64_t[]){__VA_ARGS__},                                                 \
                       sizeof(const int64_t[]){__VA_ARGS__} / sizeof(int64_t))
void ledger_number_list(struct rt *rt, const int64_t *numbers, size_t count);
void ledger_hex(struct rt *rt, uint64_t n);
void ledger_amount(struct rt *rt, int64_t amount); /* of work, in 1/LEDGER_UNIT */
void ledger_end(struct rt *rt);

/* Hands the pages gathered so far to `page`, in order, and forgets them (the sealer calls this). */
void ledger_flush(struct ledger *l, void (*page)(void *context, const char *bytes, size_t n),
                  void *context);

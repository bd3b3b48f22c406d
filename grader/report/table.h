/* table.h: columns of text, as wide as they must be.
 *
 *     struct table t = TABLE("lrr");
 *     table_row(&t, "load", "p50", "p99");
 *     table_row(&t, "lookups", "141 ms", "402 ms");
 *     table_end(&t, out);
 *
 * One letter per column: l and r align, and the last column is never padded. Rows are indented by two. */
#pragma once

#include "base/mem.h"
#include "base/strbuf.h"

#define TABLE_COLUMNS 12

struct table {
    const char *columns;
    VEC(char *) cells; /* row by row */
};
#define TABLE(letters)                                                                                       \
    {                                                                                                        \
        .columns = (letters)                                                                                 \
    }

/* As many texts as there are columns; they are copied. */
void table_row(struct table *t, ...);
/* One more cell, by format, for rows that are made piece by piece. */
void table_cell(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends the table and forgets it. */
void table_end(struct table *t, struct strbuf *out);

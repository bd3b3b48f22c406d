#include "grader/report/table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t columns(const struct table *t)
{
    return strlen(t->columns);
}

void table_row(struct table *t, ...)
{
    va_list args;

    va_start(args, t);
    for (size_t i = 0; i < columns(t); i++)
        vec_push(&t->cells, xstrdup(va_arg(args, const char *)));
    va_end(args);
}

void table_cell(struct table *t, const char *format, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list args;

    va_start(args, format);
    strbuf_vaddf(&text, format, args);
    va_end(args);
    vec_push(&t->cells, xstrdup(text.text));
    strbuf_release(&text);
}

/* Letters, not bytes: of UTF-8 the first byte of each. */
static size_t width_of(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void add_cell(struct strbuf *out, const char *text, size_t width, bool right, bool last)
{
    size_t blanks = width - width_of(text);

    if (right)
        strbuf_fill(out, ' ', blanks);
    strbuf_add(out, text);
    if (!right && !last)
        strbuf_fill(out, ' ', blanks);
}

void table_end(struct table *t, struct strbuf *out)
{
    size_t n = columns(t);
    size_t widths[TABLE_COLUMNS] = {0};

    for (size_t i = 0; i < t->cells.len; i++) {
        size_t width = width_of(t->cells.data[i]);

        if (width > widths[i % n])
            widths[i % n] = width;
    }
    for (size_t i = 0; i < t->cells.len; i++) {
        size_t column = i % n;

        strbuf_add(out, "  ");
        add_cell(out, t->cells.data[i], widths[column], t->columns[column] == 'r', column + 1 == n);
        free(t->cells.data[i]);
        if (column + 1 < n)
            continue;
        while (out->len && out->text[out->len - 1] == ' ')
            strbuf_truncate(out, out->len - 1);
        strbuf_addch(out, '\n');
    }
    vec_free(&t->cells);
}

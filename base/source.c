#include "base/source.h"

#include <string.h>

#include "base/mem.h"

void source_init(struct source *s, const char *name, const char *text, size_t len)
{
    VEC(uint32_t) lines = {0};

    *s = (struct source){.name = name, .text = text, .len = len};
    vec_push(&lines, 0);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n')
            vec_push(&lines, (uint32_t)i + 1);
    s->lines = lines.data;
    s->nlines = lines.len;
}

void source_release(struct source *s)
{
    free(s->lines);
    *s = (struct source){0};
}

/* The index of the last line that starts at or before the offset. */
static size_t line_at(const struct source *s, size_t offset)
{
    size_t lo = 0, hi = s->nlines;

    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;

        if (s->lines[middle] <= offset)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

struct span source_span(const struct source *s, size_t offset, size_t length)
{
    size_t line;

    if (offset > s->len)
        offset = s->len;
    if (length > s->len - offset)
        length = s->len - offset;
    line = line_at(s, offset);
    return (struct span){
        .src = s,
        .offset = (uint32_t)offset,
        .line = (uint32_t)line + 1,
        .column = (uint32_t)(offset - s->lines[line]) + 1,
        .length = (uint32_t)length,
    };
}

struct span source_whole(const struct source *s)
{
    return (struct span){.src = s};
}

const char *source_line(const struct source *s, uint32_t line, size_t *len)
{
    size_t start = s->lines[line - 1];
    size_t end = line < s->nlines ? s->lines[line] - 1 : s->len;

    if (end > start && s->text[end - 1] == '\r')
        end--;
    *len = end - start;
    return s->text + start;
}

struct span excerpt_span(const struct excerpt *e, size_t at, size_t length)
{
    if (!e->span.src || !e->verbatim)
        return e->span;
    return source_span(e->span.src, e->span.offset + at, length);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct excerpt excerpt_part(const struct excerpt *e, size_t at, size_t length)
{
    while (length > 0 && is_blank(e->text[at])) {
        at++;
        length--;
    }
    while (length > 0 && is_blank(e->text[at + length - 1]))
        length--;
    return (struct excerpt){
        .text = e->text + at,
        .len = length,
        .span = excerpt_span(e, at, length),
        .verbatim = e->verbatim,
    };
}

struct excerpt excerpt_of_text(const char *text)
{
    return (struct excerpt){.text = text, .len = strlen(text), .verbatim = true};
}

/* A source file, a place in it, and a piece of its text that is a small language of its own.
 *
 * Offsets, lines and columns are bytes: lines and columns count from 1, and a column is a byte's
 * position in its line, as in gcc and Go.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source {
    const char *name; /* as shown in messages */
    const char *text; /* borrowed, text[len] is readable and NUL */
    size_t len;
    uint32_t *lines; /* offset of the first byte of each line */
    size_t nlines;
};

/* Part of a source. A span without a source (all zero) is "nowhere"; one with a source and line 0
 * is the file as a whole. */
struct span {
    const struct source *src;
    uint32_t offset;
    uint32_t line, column;
    uint32_t length; /* bytes; may be 0, and may run over the end of a line */
};

/* Text parsed by itself, such as an expression or `1.5ms`, and where it stands. `text` may differ
 * from what the file has there (an escape, a folded line): then it is not verbatim, and a complaint
 * about any part of it points at all of it. */
struct excerpt {
    const char *text;
    size_t len;
    struct span span;
    bool verbatim; /* byte i of text is byte span.offset + i of the source */
};

/* Borrows name and text, which must outlive the source. */
void source_init(struct source *s, const char *name, const char *text, size_t len);
void source_release(struct source *s);

/* The span of bytes [offset, offset + length), cut to what the source has. */
struct span source_span(const struct source *s, size_t offset, size_t length);

/* The file as a whole. */
struct span source_whole(const struct source *s);

/* Line `line` (from 1) without its line end; its length goes to *len. */
const char *source_line(const struct source *s, uint32_t line, size_t *len);

/* The span of bytes [at, at + length) of the excerpt, as exactly as it is known. */
struct span excerpt_span(const struct excerpt *e, size_t at, size_t length);

/* The part [at, at + length) as an excerpt of its own, without blanks at both ends. */
struct excerpt excerpt_part(const struct excerpt *e, size_t at, size_t length);

/* Text that stands nowhere, for values that come from a command line or a test. */
struct excerpt excerpt_of_text(const char *text);

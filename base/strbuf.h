/* Text, or bytes, that grow.
 *
 * `text` is always a valid C string: text[len] is a NUL that len does not count, even before the
 * first byte is added. Start with STRBUF_INIT, end with strbuf_release, or take the text away with
 * strbuf_take.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
    char *text;
    size_t len, cap; /* cap 0: text is a shared empty string that is not ours */
};

extern const char strbuf_empty[1];
// clang-format off
#define STRBUF_INIT {.text = (char *)strbuf_empty}
// clang-format on

void strbuf_init(struct strbuf *b);
void strbuf_release(struct strbuf *b);

/* Forgets the text and keeps the memory. */
void strbuf_reset(struct strbuf *b);

/* Hands the text to the caller, who frees it; the buffer is empty again. */
char *strbuf_take(struct strbuf *b);

void strbuf_add(struct strbuf *b, const char *text);
void strbuf_addn(struct strbuf *b, const void *bytes, size_t len);
void strbuf_addch(struct strbuf *b, char c);

/* Adds `c` `count` times. */
void strbuf_fill(struct strbuf *b, char c, size_t count);

/* Adds text as one word of a command that can be pasted into a shell: as it is, or quoted. */
void strbuf_add_word(struct strbuf *b, const char *text);

void strbuf_addf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *b, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* Cuts the text to `len` bytes, which must not be more than it has. */
void strbuf_truncate(struct strbuf *b, size_t len);

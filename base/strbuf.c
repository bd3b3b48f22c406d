#include "base/strbuf.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Never written to: every writer makes room first, and then the text is the buffer's own. */
const char strbuf_empty[1] = "";

void strbuf_init(struct strbuf *b)
{
    *b = (struct strbuf)STRBUF_INIT;
}

void strbuf_release(struct strbuf *b)
{
    if (b->cap > 0)
        free(b->text);
    strbuf_init(b);
}

/* Makes room for `more` bytes and the NUL. */
static void make_room(struct strbuf *b, size_t more)
{
    b->text = vec_grow(b->cap ? b->text : NULL, &b->cap, b->len, more + 1, 1);
}

void strbuf_reset(struct strbuf *b)
{
    strbuf_truncate(b, 0);
}

char *strbuf_take(struct strbuf *b)
{
    char *text = b->cap ? b->text : xstrdup("");

    strbuf_init(b);
    return text;
}

void strbuf_addn(struct strbuf *b, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    make_room(b, len);
    memcpy(b->text + b->len, bytes, len);
    b->len += len;
    b->text[b->len] = '\0';
}

void strbuf_add(struct strbuf *b, const char *text)
{
    strbuf_addn(b, text, strlen(text));
}

void strbuf_addch(struct strbuf *b, char c)
{
    strbuf_addn(b, &c, 1);
}

void strbuf_fill(struct strbuf *b, char c, size_t count)
{
    make_room(b, count);
    memset(b->text + b->len, c, count);
    b->len += count;
    b->text[b->len] = '\0';
}

/* Formats into the room there is, and once more if that was too little. */
void strbuf_vaddf(struct strbuf *b, const char *fmt, va_list args)
{
    va_list again;
    size_t room;
    int len;

    make_room(b, 64);
    room = b->cap - b->len;
    va_copy(again, args);
    len = vsnprintf(b->text + b->len, room, fmt, args);
    if (len >= 0 && (size_t)len >= room) {
        make_room(b, (size_t)len);
        vsnprintf(b->text + b->len, (size_t)len + 1, fmt, again);
    }
    va_end(again);
    if (len > 0)
        b->len += (size_t)len;
    b->text[b->len] = '\0';
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    strbuf_vaddf(b, fmt, args);
    va_end(args);
}

void strbuf_add_word(struct strbuf *b, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+:,@%";

    if (*text && !text[strspn(text, plain)]) {
        strbuf_add(b, text);
        return;
    }
    strbuf_addch(b, '\'');
    for (; *text; text++)
        *text == '\'' ? strbuf_add(b, "'\\''") : strbuf_addch(b, *text);
    strbuf_addch(b, '\'');
}

void strbuf_truncate(struct strbuf *b, size_t len)
{
    assert(len <= b->len);
    b->len = len;
    if (b->cap > 0)
        b->text[len] = '\0';
}

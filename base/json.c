#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/utf8.h"

void json_init(struct json *j, struct strbuf *out, int indent)
{
    *j = (struct json){.out = out, .indent = indent};
}

/* A line end and the indentation of the current level, where the writer indents at all. */
static void new_line(struct json *j)
{
    if (j->indent == 0)
        return;
    strbuf_addch(j->out, '\n');
    strbuf_fill(j->out, ' ', (size_t)(j->indent * j->depth));
}

static bool plain(unsigned char c)
{
    return c >= ' ' && c != '"' && c != '\\' && c != 0x7f && c < 0x80;
}

static void add_escape(struct strbuf *out, unsigned char c)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* what, and the letter for it */

    for (size_t i = 0; named[i]; i += 2) {
        if ((unsigned char)named[i] == c) {
            strbuf_addf(out, "\\%c", named[i + 1]);
            return;
        }
    }
    strbuf_addf(out, "\\u%04x", c);
}

static void add_quoted(struct strbuf *out, const char *text, size_t len)
{
    strbuf_addch(out, '"');
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        size_t n = utf8_decode(text + i, len - i).len;

        if (n == 0)
            strbuf_add(out, "\xef\xbf\xbd"); /* U+FFFD, the replacement character */
        else if (n == 1 && !plain(c))
            add_escape(out, c);
        else
            strbuf_addn(out, text + i, n);
        i += n ? n : 1;
    }
    strbuf_addch(out, '"');
}

/* Everything that comes before a value: the comma, the line, the key. */
static void start_value(struct json *j, const char *key)
{
    bool in_object = j->level[j->depth].object;

    if (in_object != (key != NULL))
        abort();
    if (j->depth > 0 && j->level[j->depth].filled)
        strbuf_add(j->out, j->indent > 0 ? "," : ", ");
    if (j->depth > 0)
        new_line(j);
    j->level[j->depth].filled = true;
    if (key) {
        add_quoted(j->out, key, strlen(key));
        strbuf_add(j->out, ": ");
    }
}

static void open_level(struct json *j, const char *key, bool object)
{
    start_value(j, key);
    if (j->depth == JSON_DEPTH)
        abort();
    j->depth++;
    j->level[j->depth].object = object;
    j->level[j->depth].filled = false;
    strbuf_addch(j->out, object ? '{' : '[');
}

void json_object(struct json *j, const char *key)
{
    open_level(j, key, true);
}

void json_array(struct json *j, const char *key)
{
    open_level(j, key, false);
}

void json_end(struct json *j)
{
    bool object = j->level[j->depth].object, filled = j->level[j->depth].filled;

    if (j->depth == 0)
        abort();
    j->depth--;
    if (filled)
        new_line(j);
    strbuf_addch(j->out, object ? '}' : ']');
    if (j->depth == 0)
        strbuf_addch(j->out, '\n');
}

void json_text(struct json *j, const char *key, const char *value, size_t len)
{
    start_value(j, key);
    add_quoted(j->out, value, len);
}

void json_string(struct json *j, const char *key, const char *value)
{
    if (value)
        json_text(j, key, value, strlen(value));
    else
        json_null(j, key);
}

void json_int(struct json *j, const char *key, int64_t value)
{
    start_value(j, key);
    strbuf_addf(j->out, "%" PRId64, value);
}

void json_uint(struct json *j, const char *key, uint64_t value)
{
    start_value(j, key);
    strbuf_addf(j->out, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
    start_value(j, key);
    strbuf_add(j->out, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
    start_value(j, key);
    strbuf_add(j->out, "null");
}

void json_fixed(struct json *j, const char *key, int64_t value, int digits)
{
    start_value(j, key);
    units_add_fixed(j->out, value, digits);
}

/* Writes JSON into a strbuf: no floats, keys in the order given, the same bytes everywhere.
 *
 *     struct json j;
 *     json_init(&j, &buf, 2);
 *     json_object(&j, NULL);
 *         json_string(&j, "lab", name);
 *         json_array(&j, "seeds");
 *             json_int(&j, NULL, 13);
 *         json_end(&j);
 *     json_end(&j);
 *
 * Every value takes its key first: a name inside an object, NULL inside an array and at the top.
 * Misuse (a key in an array, an end too many) aborts: it is a mistake of the program. Text that is
 * not valid UTF-8 is written with U+FFFD in place of each bad byte.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

#define JSON_DEPTH 32

struct json {
    struct strbuf *out;
    int indent; /* blanks per level; 0: all on one line */
    int depth;
    struct {
        bool object, filled;
    } level[JSON_DEPTH + 1]; /* level[0] is the top */
};

void json_init(struct json *j, struct strbuf *out, int indent);

void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);

/* Ends the innermost object or array; a line end follows the outermost. */
void json_end(struct json *j);

void json_string(struct json *j, const char *key, const char *value); /* NULL is null */
void json_text(struct json *j, const char *key, const char *value, size_t len);
void json_int(struct json *j, const char *key, int64_t value);
void json_uint(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

/* value / 10^digits: json_fixed(j, "share", 9631, 2) writes 96.31. */
void json_fixed(struct json *j, const char *key, int64_t value, int digits);

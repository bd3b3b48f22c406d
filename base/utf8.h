/* UTF-8, one character at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct utf8 {
    uint32_t code;
    size_t len; /* bytes; 0: this is not UTF-8 */
};

/* The character at the start of `len` > 0 bytes: the shortest form only, no surrogates, nothing above
 * U+10FFFF. */
struct utf8 utf8_decode(const char *text, size_t len);

/* C0 without exception, DEL, C1: what a terminal would act on. */
static inline bool utf8_is_control(uint32_t code)
{
    return code < ' ' || (code >= 0x7f && code < 0xa0);
}

/* True for a byte that is not the first of its character. */
static inline bool utf8_continues(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

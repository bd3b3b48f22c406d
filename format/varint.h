/* varint.h: the unsigned variable-length integers of the trace format.
 *
 * LEB128: groups of seven bits, the least significant first, the top bit of a byte says that another
 * follows. A 64-bit value takes at most ten bytes, and the tenth is 0 or 1. Padded encodings (more
 * bytes than needed) are legal and common: Go reserves ten bytes for the size of every batch. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { VARINT_MAX_BYTES = 10 };

/* How many bytes the shortest encoding of v takes: 1 to 10. */
static inline int varint_length(uint64_t v)
{
    int n = 1;

    while (v >= 0x80) {
        v >>= 7;
        n++;
    }
    return n;
}

/* Writes the shortest encoding; `to` has room for ten bytes. Returns the end of what was written. */
static inline uint8_t *varint_put(uint8_t *to, uint64_t v)
{
    while (v >= 0x80) {
        *to++ = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    *to++ = (uint8_t)v;
    return to;
}

/* Writes v in exactly `width` bytes, padding with continuation bytes; width is at least
 * varint_length(v) and at most ten. Returns the end of what was written. */
static inline uint8_t *varint_put_padded(uint8_t *to, uint64_t v, int width)
{
    for (int i = 1; i < width; i++) {
        *to++ = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    *to++ = (uint8_t)v;
    return to;
}

/* Reads one integer from [at, end). Returns the number of bytes it took, 0 when the bytes end before
 * the integer does, or -1 when it does not fit 64 bits. *v is written only on success. */
static inline int varint_get(const uint8_t *at, const uint8_t *end, uint64_t *v)
{
    uint64_t value = 0;

    for (int i = 0; i < VARINT_MAX_BYTES; i++) {
        if (at + i == end)
            return 0;
        uint8_t b = at[i];
        if (i == VARINT_MAX_BYTES - 1 && b > 1)
            return -1;
        value |= (uint64_t)(b & 0x7f) << (7 * i);
        if (b < 0x80) {
            *v = value;
            return i + 1;
        }
    }
    return -1;
}

/* Hashing: the same everywhere and for ever, since luck is drawn from it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014), whose every output bit depends on every
 * input bit. A bijection; it maps 0 to 0. */
static inline uint64_t hash_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* FNV-1a, mixed because tables and trees go by a few of its bits. */
static inline uint64_t hash_bytes(const void *bytes, size_t len)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < len; i++)
        h = (h ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    return hash_mix(h);
}

/* SHA-256 (FIPS 180-4), for naming contents: the digest of a workload or a scenario. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA256_HEX   65 /* with its NUL */

struct sha256 {
    uint32_t state[8];
    uint64_t total; /* bytes so far */
    uint8_t block[64];
};

void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t len);
void sha256_end(struct sha256 *h, uint8_t digest[SHA256_BYTES]);

/* All at once, as 64 lower-case hexadecimal digits. */
const char *sha256_hex(char out[SHA256_HEX], const void *data, size_t len);

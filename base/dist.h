/* A distribution of integers (nanoseconds, bytes, counts, keys; a chance is 0 or 1) as data.
 *
 * A sample uses one draw; the branch of a mixture gets a hash of it, so that nothing else shifts.
 * A dist is plain data that may be copied; it borrows the table of a zipf and the branches of a
 * mixture.
 */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/rng.h"

enum dist_kind {
    DIST_CONSTANT,    /* lo */
    DIST_UNIFORM,     /* lo..hi, both included */
    DIST_EXPONENTIAL, /* mean lo */
    DIST_LOGNORMAL,   /* median lo, 99th percentile hi */
    DIST_CHANCE,      /* 1 with chance lo/hi, else 0 */
    DIST_ZIPF,        /* rank 0 .. n-1, rank k with weight 1/(k+1) */
    DIST_CHOICE,      /* one of `choices`, all alike */
    DIST_MIX,         /* one of `branches`, by weight */
};

struct dist {
    enum dist_kind kind;
    int64_t lo, hi;
    union {
        const struct zipf *zipf;
        const int64_t *choices;             /* lo of them */
        const struct dist_branch *branches; /* lo of them; hi is the sum of their weights */
    };
};

struct dist_branch {
    int64_t weight; /* > 0 */
    struct dist dist;
};

/* The table of a Zipf distribution with exponent 1 over n values. */
struct zipf {
    uint32_t n;
    uint64_t *cumulative; /* cumulative[k]: weight of ranks 0..k */
};

/* A table in the arena, 1 <= n <= LIMIT_ZIPF. */
const struct zipf *zipf_new(struct arena *arena, uint32_t n);

/* The rank that a draw hits. */
uint32_t zipf_rank(const struct zipf *z, uint64_t bits);

int64_t dist_sample(const struct dist *d, uint64_t seed, uint32_t purpose, uint64_t entity, uint64_t n);

/* The sample that a draw gives: what dist_sample does with rng_draw(seed, purpose, entity, n). */
int64_t dist_value(const struct dist *d, uint64_t bits);

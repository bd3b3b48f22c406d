#include "base/dist.h"

#include "base/wide.h"

#define ZIPF_UNIT (UINT64_C(1) << 56) /* weight of rank 0; a million ranks weigh 14 times as much */

const struct zipf *zipf_new(struct arena *arena, uint32_t n)
{
    struct zipf *z = arena_alloc(arena, sizeof(*z));
    uint64_t sum = 0;

    z->n = n;
    z->cumulative = arena_array(arena, n, sizeof(*z->cumulative));
    for (uint32_t k = 0; k < n; k++) {
        sum += ZIPF_UNIT / (k + 1);
        z->cumulative[k] = sum;
    }
    return z;
}

/* The first rank whose cumulative weight is above the draw's share of the whole. */
uint32_t zipf_rank(const struct zipf *z, uint64_t bits)
{
    uint64_t target = (uint64_t)((uint128)bits * z->cumulative[z->n - 1] >> 64);
    uint32_t lo = 0, hi = z->n - 1;

    while (lo < hi) {
        uint32_t middle = lo + (hi - lo) / 2;

        if (z->cumulative[middle] > target)
            hi = middle;
        else
            lo = middle + 1;
    }
    return lo;
}

static int64_t mix_value(const struct dist *d, uint64_t bits)
{
    int64_t target = rng_uniform(bits, 0, d->hi - 1);
    int64_t i = 0;

    while (i + 1 < d->lo && target >= d->branches[i].weight)
        target -= d->branches[i++].weight;
    return dist_value(&d->branches[i].dist, rng_pair(bits, (uint64_t)i));
}

int64_t dist_value(const struct dist *d, uint64_t bits)
{
    switch (d->kind) {
    case DIST_CONSTANT:
        return d->lo;
    case DIST_UNIFORM:
        return rng_uniform(bits, d->lo, d->hi);
    case DIST_EXPONENTIAL:
        return rng_exponential(bits, d->lo);
    case DIST_LOGNORMAL:
        return rng_lognormal(bits, d->lo, d->hi);
    case DIST_CHANCE:
        return rng_chance(bits, d->lo, d->hi);
    case DIST_ZIPF:
        return zipf_rank(d->zipf, bits);
    case DIST_CHOICE:
        return d->choices[rng_uniform(bits, 0, d->lo - 1)];
    case DIST_MIX:
        return mix_value(d, bits);
    }
    return 0;
}

int64_t dist_sample(const struct dist *d, uint64_t seed, uint32_t purpose, uint64_t entity, uint64_t n)
{
    return dist_value(d, rng_draw(seed, purpose, entity, n));
}

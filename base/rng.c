#include "base/rng.h"

#include <string.h>

#include "base/hash.h"
#include "base/wide.h"

#define ONE (INT64_C(1) << 32) /* 1 in fixed point with 32 bits behind the point */

#define LN2_32 INT64_C(2977044472) /* ln 2 in the same */

/* ---- the hash ------------------------------------------------------------------------------- */

/* One round for each part of the key, each with a constant of its own: the same numbers in other
 * places are another key. A round is a bijection, so that the draws of one entity never repeat. Something is
 * always added, since hash_mix maps 0 to 0. */
uint64_t rng_draw(uint64_t seed, uint32_t purpose, uint64_t entity, uint64_t n)
{
    uint64_t h = hash_mix(seed + UINT64_C(0x9e3779b97f4a7c15));

    h = hash_mix((h ^ purpose) + UINT64_C(0xd1b54a32d192ed03));
    h = hash_mix((h ^ entity) + UINT64_C(0x8cb92ba72f3d8dd7));
    return hash_mix((h ^ n) + UINT64_C(0xaef17502108ef2d9));
}

uint64_t rng_pair(uint64_t a, uint64_t b)
{
    return hash_mix((hash_mix(a + UINT64_C(0x9e3779b97f4a7c15)) ^ b) + UINT64_C(0xd1b54a32d192ed03));
}

uint64_t rng_text(const char *text)
{
    return hash_bytes(text, strlen(text));
}

/* ---- fixed point ---------------------------------------------------------------------------- */

/* Squaring a mantissa in [1, 2) doubles its logarithm: each time it passes 2, the next bit is 1. */
int64_t fixed_log2(uint64_t x)
{
    int exponent = 63 - __builtin_clzll(x);
    uint64_t mantissa = x << (63 - exponent); /* 63 bits behind the point */
    uint64_t fraction = 0;

    for (int bit = 31; bit >= 0; bit--) {
        uint128 square = (uint128)mantissa * mantissa; /* 126 bits behind the point */
        uint64_t passed = (uint64_t)(square >> 127);

        fraction |= passed << bit;
        mantissa = (uint64_t)(square >> (63 + passed));
    }
    return exponent * ONE + (int64_t)fraction;
}

/* 2^f = e^(f ln 2) for f in [0, 1), by the series of e, from its last term inwards; the result has
 * 62 bits behind the point. Fourteen terms leave an error below 2^-44. */
static uint64_t exp2_fraction(uint64_t f)
{
    const uint64_t one = UINT64_C(1) << 62;
    const uint64_t ln2 = UINT64_C(0x2c5c85fdf473de6b); /* 62 bits behind the point */
    uint64_t y = (uint64_t)((uint128)f * ln2 >> 32);
    uint64_t sum = one;

    for (unsigned k = 14; k > 0; k--)
        sum = one + (uint64_t)((uint128)y * sum >> 62) / k;
    return sum;
}

int64_t fixed_exp2(int64_t x, int64_t scale)
{
    uint64_t f = (uint64_t)x & 0xffffffff;
    int64_t whole = (x - (int64_t)f) / ONE;
    int64_t shift = 62 - whole; /* of a product with 62 bits behind the point */
    uint128 product = (uint128)(uint64_t)scale * exp2_fraction(f);

    if (scale == 0 || shift > 126)
        return 0;
    if (shift < 0)
        return INT64_MAX;
    if (shift > 0)
        product = (product + ((uint128)1 << (shift - 1))) >> shift;
    return product > INT64_MAX ? INT64_MAX : (int64_t)product;
}

/* ---- the inverse normal --------------------------------------------------------------------- */

/* P. J. Acklam's rational approximation (2003), relative error below 1.2e-9, in fixed point with 40
 * bits behind the point: one pair of polynomials for the middle, one for the tails. */
#define Q(x) ((int64_t)(1099511627776.0 * (x))) /* a constant: scaled by a power of two, exactly */

#define ONE_40 ((int128)1 << 40)

static int64_t multiply(int64_t a, int64_t b)
{
    return (int64_t)((int128)a * b / ONE_40);
}

static int64_t polynomial(const int64_t *coefficients, int count, int64_t x)
{
    int64_t sum = coefficients[0];

    for (int i = 1; i < count; i++)
        sum = multiply(sum, x) + coefficients[i];
    return sum;
}

static int64_t quotient(int64_t a, int64_t b)
{
    return (int64_t)(a * ONE_40 / b);
}

/* q = p - 1/2, 40 bits behind the point, |q| < 0.476. */
static int64_t normal_middle(int64_t q)
{
    static const int64_t a[] = {Q(-39.69683028665376), Q(220.9460984245205),  Q(-275.9285104469687),
                                Q(138.3577518672690),  Q(-30.66479806614716), Q(2.506628277459239)};
    static const int64_t b[] = {Q(-54.47609879822406), Q(161.5858368580409),  Q(-155.6989798598866),
                                Q(66.80131188771972),  Q(-13.28068155288572), Q(1)};
    int64_t r = multiply(q, q);

    return quotient(multiply(polynomial(a, 6, r), q), polynomial(b, 6, r));
}

/* The z < 0 whose probability is half of odd / 2^64, in the tail. */
static int64_t normal_tail(uint64_t odd)
{
    static const int64_t c[] = {Q(-0.007784894002430293), Q(-0.3223964580411365), Q(-2.400758277161838),
                                Q(-2.549732539343734),    Q(4.374664141464968),   Q(2.938163982698783)};
    static const int64_t d[] = {Q(0.007784695709041462), Q(0.3224671290700398), Q(2.445134137142996),
                                Q(3.754408661907416), Q(1)};
    int64_t log2_p = fixed_log2(odd) - 65 * ONE;
    /* -2 ln p, 32 bits behind the point, then its root as a power of two, with 40 */
    uint64_t t = (uint64_t)((uint128)(uint64_t)-log2_p * (2 * LN2_32) >> 32);
    int64_t root = fixed_exp2((fixed_log2(t) - 32 * ONE) / 2, INT64_C(1) << 40);

    return quotient(polynomial(c, 6, root), polynomial(d, 5, root));
}

/* Both halves of the draws mirror each other: z(~bits) = -z(bits). */
int64_t fixed_normal(uint64_t bits)
{
    const uint64_t tail = UINT64_C(447331000000000000); /* 0.02425 of 2^64 */
    bool upper = bits >> 63;
    uint64_t low = upper ? ~bits : bits;
    int64_t z;

    if (low < tail)
        z = normal_tail(2 * low + 1);
    else
        z = normal_middle((int64_t)(low >> 24) - (INT64_C(1) << 39));
    z = (z + (z < 0 ? -128 : 128)) / 256; /* from 40 to 32 bits behind the point */
    return upper ? -z : z;
}

/* ---- samples -------------------------------------------------------------------------------- */

int64_t rng_uniform(uint64_t bits, int64_t lo, int64_t hi)
{
    uint64_t span = (uint64_t)hi - (uint64_t)lo;
    uint64_t offset = (uint64_t)((uint128)bits * ((uint128)span + 1) >> 64);

    return (int64_t)((uint64_t)lo + offset);
}

bool rng_chance(uint64_t bits, int64_t num, int64_t den)
{
    return rng_uniform(bits, 0, den - 1) < num;
}

/* -mean ln u for u = bits / 2^64, never 0. */
int64_t rng_exponential(uint64_t bits, int64_t mean)
{
    uint64_t halvings = (uint64_t)(64 * ONE - fixed_log2(bits | 1)); /* -log2 u */
    uint128 ln = (uint128)halvings * (uint64_t)LN2_32 >> 32;         /* -ln u */
    uint128 value = ((uint128)(uint64_t)mean * ln + (ONE >> 1)) >> 32;

    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

/* median (p99 / median)^(z / z99): the 99th percentile lies z99 standard deviations out. */
int64_t rng_lognormal(uint64_t bits, int64_t median, int64_t p99)
{
    const int64_t z99 = INT64_C(9991588038); /* 2.3263478740 */
    int64_t stretch = fixed_log2((uint64_t)p99) - fixed_log2((uint64_t)median);
    int64_t power = (int64_t)((int128)stretch * fixed_normal(bits) / z99);

    return fixed_exp2(power, median);
}

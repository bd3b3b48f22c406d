/* Random numbers without state: each is a hash of what it is for.
 *
 * draw(seed, purpose, entity, n) is the n-th number that `entity` (a request, a load, a goroutine)
 * draws for `purpose`. There is no stream to advance, so a new consumer, another order of events or
 * tracing switched on shifts nobody else's luck.
 *
 * Samples are made of one draw each with integer arithmetic only: the same with every compiler and
 * on every CPU. Accuracy: logarithm and power are good to 2^-30, the inverse normal to 2^-24, so
 * that a sample differs from the exact quantile of its draw by less than a millionth part plus the
 * rounding to an integer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

uint64_t rng_draw(uint64_t seed, uint32_t purpose, uint64_t entity, uint64_t n);

/* Two ids as one entity. Not symmetric. */
uint64_t rng_pair(uint64_t a, uint64_t b);

/* A text, say a parameter's name, as an entity. */
uint64_t rng_text(const char *text);

/* From one draw: an integer in [lo, hi], lo <= hi; the bias is below (hi - lo + 1) / 2^64. */
int64_t rng_uniform(uint64_t bits, int64_t lo, int64_t hi);

/* True with chance num/den, 0 <= num <= den. */
bool rng_chance(uint64_t bits, int64_t num, int64_t den);

/* Exponential with this mean (at least 0); at most 44.4 times the mean, the quantile of 2^-64. */
int64_t rng_exponential(uint64_t bits, int64_t mean);

/* Lognormal with this median and 99th percentile, 0 < median <= p99. */
int64_t rng_lognormal(uint64_t bits, int64_t median, int64_t p99);

/* ---- fixed point, 32 bits after the point ---------------------------------------------------- */

/* log2(x) of an integer x > 0. */
int64_t fixed_log2(uint64_t x);

/* scale * 2^x, rounded, for scale >= 0; INT64_MAX if that is too large. */
int64_t fixed_exp2(int64_t x, int64_t scale);

/* The z with Phi(z) = (bits + 1/2) / 2^64. */
int64_t fixed_normal(uint64_t bits);

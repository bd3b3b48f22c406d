/* Quantities as people write them, exact integers inside: never a float.
 *
 *     durations   ns us (or µs) ms s m       1.5ms is fine, 1.5ns is an error    -> nanoseconds
 *     sizes       B KiB MiB GiB              1.5KiB is fine                      -> bytes
 *     counts      800, 10_000                                                    -> a number
 *     chances     30%, 0.5%, 8/1000          between 0 and 1                     -> a ratio
 *     rates       400/s, 0.5/s, 30/m         more than 0                         -> a ratio, per second
 *     ranges      8ms..12ms                  both ends included
 *
 * A parser takes the whole excerpt, reports what is wrong and returns false, or sets the result and
 * returns true. Ratios are in lowest terms.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/source.h"
#include "base/strbuf.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

#define BYTES_PER_KIB (INT64_C(1) << 10)
#define BYTES_PER_MIB (INT64_C(1) << 20)
#define BYTES_PER_GIB (INT64_C(1) << 30)

struct ratio {
    int64_t num, den; /* den > 0 */
};

bool units_duration(const struct excerpt *e, int64_t *ns, struct diags *d);
bool units_size(const struct excerpt *e, int64_t *bytes, struct diags *d);
bool units_count(const struct excerpt *e, int64_t *count, struct diags *d);
bool units_chance(const struct excerpt *e, struct ratio *chance, struct diags *d);
bool units_rate(const struct excerpt *e, struct ratio *per_second, struct diags *d);

/* True if the text has the form `A..B`; the two ends become excerpts of their own. */
bool units_is_range(const struct excerpt *e, struct excerpt *lo, struct excerpt *hi);

/* One literal at the start of a text, for a larger grammar: the number and the unit right behind it. */
enum unit_kind { UNIT_NONE, UNIT_DURATION, UNIT_SIZE };
struct unit_literal {
    enum unit_kind kind;
    int64_t value; /* the number itself, nanoseconds or bytes */
    size_t len;    /* bytes of text used */
};
bool units_literal(const struct excerpt *e, size_t at, struct unit_literal *out, struct diags *d);

/* Splits `COUNT/UNIT`, where the count may be anything: `$rate/s`. *ns is the unit. */
bool units_per(const struct excerpt *e, struct excerpt *count, int64_t *ns, struct diags *d);

/* What to say where a number stands without its unit: "a unit is missing: `5us`, `5ms`?". */
const char *units_missing(enum unit_kind kind);

/* 10^exponent, 0 <= exponent <= 18. */
int64_t units_power_of_ten(int exponent);

/* num / den in lowest terms; den must be positive, num not INT64_MIN. */
struct ratio ratio_reduce(int64_t num, int64_t den);

/* num/den events in `ns` as events per second; a rate that is not above 0 or too large is reported. */
bool ratio_per_second(int64_t num, int64_t den, int64_t ns, const struct span *span, struct ratio *per_second,
                      struct diags *d);

/* ---- for people: three significant digits or so, rounded half up -------------------------- */

/* 83.4 ms, 2.1 us, 1.25 s, 950 ns, 2m 5s. */
void units_add_duration(struct strbuf *b, int64_t ns);

/* 333 MiB, 2 KiB, 1.5 GiB, 17 B. */
void units_add_size(struct strbuf *b, int64_t bytes);

/* value / 10^digits with exactly `digits` digits after the point. */
void units_add_fixed(struct strbuf *b, int64_t value, int digits);

/* num / den rounded half up to `digits` digits after the point; den must be positive. */
void units_add_ratio(struct strbuf *b, int64_t num, int64_t den, int digits);

/* part of whole as a percentage without its sign, both at least 0: 96.3; of nothing it is 0. */
void units_add_percent(struct strbuf *b, int64_t part, int64_t whole, int digits);

/* The same, as text that lives in `out`, for printf. */
#define UNITS_MAX 40
const char *units_duration_text(char out[UNITS_MAX], int64_t ns);
const char *units_size_text(char out[UNITS_MAX], int64_t bytes);

/* The shortest exact form, as one would type it: 1500us, 2KiB. Reads back as the same value. */
const char *units_duration_exact(char out[UNITS_MAX], int64_t ns);
const char *units_size_exact(char out[UNITS_MAX], int64_t bytes);

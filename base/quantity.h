/* A quantity as it stands in a world, with parameters not yet drawn:
 *
 *     5ms                                    a constant, or an expression: $live * 3 / 2
 *     4ms..6ms                               uniform; the ends may be expressions
 *     {mean: 5ms, shape: exponential}
 *     {median: 4ms, p99: 30ms}               lognormal
 *     {mix: [[99%, 5ms], [1%, 200ms]]}
 *     30%   8/1000   $miss%                  a chance
 *     zipf 500                               a key (numbers only)
 *     [4, 8, 16]                             one of these (where choices are allowed)
 *
 * quantity_parse reads and checks it once, with positions; quantity_resolve fills the parameters of
 * one seed in and gives the dist to draw from. Both report and return NULL or false.
 * Rates (`400/s`, `$rate/s`, `$rate * 2/s`) are not distributions: rate_parse and rate_resolve.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/dist.h"
#include "base/expr.h"
#include "base/units.h"
#include "base/yaml.h"

enum quantity_kind {
    QUANTITY_VALUE,       /* a */
    QUANTITY_RANGE,       /* a..b */
    QUANTITY_EXPONENTIAL, /* mean a */
    QUANTITY_LOGNORMAL,   /* median a, 99th percentile b */
    QUANTITY_CHANCE,      /* see chance */
    QUANTITY_ZIPF,        /* a values */
    QUANTITY_CHOICE,      /* one of parts */
    QUANTITY_MIX,         /* parts by weight */
};

struct quantity {
    enum quantity_kind kind;
    enum expr_type type; /* of a sample: number, duration, size; truth for a chance */
    struct span span;
    struct expr *a, *b;
    struct ratio chance; /* of a chance: this, times `a` if there is one (`$miss%`) */
    struct quantity *parts;
    int64_t *weights; /* of the parts of a mix */
    size_t nparts;
};

enum quantity_flags {
    QUANTITY_CHOICES = 1, /* a list of choices is allowed */
    QUANTITY_CHANCES = 2, /* a chance is allowed; its type is EXPR_TRUTH */
    QUANTITY_ZIPFS = 4,   /* `zipf N` is allowed */
};

/* `want` is the type of a sample, or EXPR_ANY for "number, duration or size, as it is written".
 * `names` resolves `$name`; NULL if there are no parameters. */
struct quantity *quantity_parse(struct arena *arena, const struct yaml_node *node, enum expr_type want,
                                unsigned flags, const struct expr_names *names, struct diags *d);

/* The distribution for one set of parameters. What it needs beside lives in the arena. Reports at the
 * quantity's place what only now shows: an empty range, a negative value, a p99 below the median. */
bool quantity_resolve(struct arena *arena, const struct quantity *q, const struct expr_env *params,
                      struct dist *out, struct diags *d);

struct rate {
    struct expr *count;   /* NULL: a literal, in `literal` */
    struct ratio literal; /* per second */
    int64_t per_ns;       /* `count` events in this time */
    struct span span;
};
struct rate *rate_parse(struct arena *arena, const struct yaml_node *node, const struct expr_names *names,
                        struct diags *d);
bool rate_resolve(const struct rate *r, const struct expr_env *params, struct ratio *per_second,
                  struct diags *d);

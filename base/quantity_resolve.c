/* Quantities with the parameters of one seed filled in. */
#include "base/quantity.h"

#include <string.h>

struct resolver {
    struct arena *arena;
    const struct expr_env *params;
    struct diags *diags;
};

/* Evaluates to at least `least`. */
static bool evaluate(const struct resolver *r, const struct expr *e, int64_t least, int64_t *out)
{
    char found[UNITS_MAX], wanted[UNITS_MAX];
    struct expr_value value;

    if (!expr_eval_or_report(e, r->params, &value, r->diags))
        return false;
    *out = value.n;
    if (value.n >= least)
        return true;
    diags_error(r->diags, e->span, "at least %s is needed here, found %s",
                expr_value_text(wanted, (struct expr_value){value.type, least}),
                expr_value_text(found, value));
    return false;
}

/* Two values in order: the ends of a range, or a median and a percentile. */
static bool evaluate_pair(const struct resolver *r, const struct quantity *q, int64_t least, struct dist *out)
{
    char lo[UNITS_MAX], hi[UNITS_MAX];

    if (!evaluate(r, q->a, least, &out->lo) || !evaluate(r, q->b, least, &out->hi))
        return false;
    if (out->lo <= out->hi)
        return true;
    expr_value_text(lo, (struct expr_value){q->type, out->lo});
    expr_value_text(hi, (struct expr_value){q->type, out->hi});
    if (q->kind == QUANTITY_RANGE)
        diags_error(r->diags, q->span, "this range is empty: %s is more than %s", lo, hi);
    else
        diags_error(r->diags, q->span, "p99 is less than the median: %s is less than %s", hi, lo);
    return false;
}

static bool resolve_chance(const struct resolver *r, const struct quantity *q, struct dist *out)
{
    int64_t factor = 1;

    if (q->a && !evaluate(r, q->a, 0, &factor))
        return false;
    out->kind = DIST_CHANCE;
    out->hi = q->chance.den;
    if (!__builtin_mul_overflow(q->chance.num, factor, &out->lo) && out->lo <= out->hi)
        return true;
    diags_error(r->diags, q->span, "a chance is at most 100%%");
    return false;
}

static bool resolve_zipf(const struct resolver *r, const struct quantity *q, struct dist *out)
{
    int64_t n;

    if (!evaluate(r, q->a, 1, &n))
        return false;
    if (n > LIMIT_ZIPF) {
        diags_error(r->diags, q->a->span, "zipf takes at most %d values", LIMIT_ZIPF);
        return false;
    }
    out->kind = DIST_ZIPF;
    out->zipf = zipf_new(r->arena, (uint32_t)n);
    return true;
}

static bool resolve_choice(const struct resolver *r, const struct quantity *q, struct dist *out)
{
    int64_t *choices = arena_array(r->arena, q->nparts, sizeof(*choices));

    for (size_t i = 0; i < q->nparts; i++)
        if (!evaluate(r, q->parts[i].a, 0, &choices[i]))
            return false;
    out->kind = DIST_CHOICE;
    out->lo = (int64_t)q->nparts;
    out->choices = choices;
    return true;
}

static bool resolve_mix(const struct resolver *r, const struct quantity *q, struct dist *out)
{
    struct dist_branch *branches = arena_array(r->arena, q->nparts, sizeof(*branches));

    out->kind = DIST_MIX;
    out->lo = (int64_t)q->nparts;
    out->hi = 0;
    out->branches = branches;
    for (size_t i = 0; i < q->nparts; i++) {
        branches[i].weight = q->weights[i];
        out->hi += q->weights[i];
        if (!quantity_resolve(r->arena, &q->parts[i], r->params, &branches[i].dist, r->diags))
            return false;
    }
    return true;
}

bool quantity_resolve(struct arena *arena, const struct quantity *q, const struct expr_env *params,
                      struct dist *out, struct diags *d)
{
    struct resolver r = {.arena = arena, .params = params, .diags = d};

    *out = (struct dist){.kind = DIST_CONSTANT};
    switch (q->kind) {
    case QUANTITY_VALUE:
        return evaluate(&r, q->a, 0, &out->lo);
    case QUANTITY_RANGE:
        out->kind = DIST_UNIFORM;
        return evaluate_pair(&r, q, 0, out);
    case QUANTITY_EXPONENTIAL:
        out->kind = DIST_EXPONENTIAL;
        return evaluate(&r, q->a, 0, &out->lo);
    case QUANTITY_LOGNORMAL:
        out->kind = DIST_LOGNORMAL;
        return evaluate_pair(&r, q, 1, out);
    case QUANTITY_CHANCE:
        return resolve_chance(&r, q, out);
    case QUANTITY_ZIPF:
        return resolve_zipf(&r, q, out);
    case QUANTITY_CHOICE:
        return resolve_choice(&r, q, out);
    case QUANTITY_MIX:
        return resolve_mix(&r, q, out);
    }
    return false;
}

bool rate_resolve(const struct rate *r, const struct expr_env *params, struct ratio *per_second,
                  struct diags *d)
{
    struct expr_value count;

    *per_second = r->literal;
    if (!r->count)
        return true;
    return expr_eval_or_report(r->count, params, &count, d) &&
           ratio_per_second(count.n, 1, r->per_ns, &r->span, per_second, d);
}

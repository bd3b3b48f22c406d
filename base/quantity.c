#include "base/quantity.h"

#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"

struct reader {
    struct arena *arena;
    const struct expr_names *names;
    unsigned flags;
    struct diags *diags;
};

static bool is_quantity_type(enum expr_type type)
{
    return type == EXPR_NUMBER || type == EXPR_DURATION || type == EXPR_SIZE;
}

static bool complain(const struct reader *r, struct span span, const char *message)
{
    diags_error(r->diags, span, "%s", message);
    return false;
}

/* ---- expressions in it ---------------------------------------------------------------------- */

static const char *wanted_phrase(enum expr_type want)
{
    return want == EXPR_ANY ? "a number, a duration or a size" : expr_type_phrase(want);
}

static struct expr *read_expr(const struct reader *r, const struct excerpt *e, enum expr_type want)
{
    struct expr *x = expr_parse(r->arena, e, EXPR_PARAMS, r->diags);

    if (x && x->kind == EXPR_NAME) {
        diags_error(r->diags, x->span, "expected %s, found '%s'; a parameter is written `$%s`",
                    wanted_phrase(want), x->name, x->name);
        return NULL;
    }
    if (!x || !expr_check_as(x, want, r->names, 0, r->diags))
        return NULL;
    if (is_quantity_type(x->type))
        return x;
    diags_error(r->diags, x->span, "expected %s, found %s", wanted_phrase(EXPR_ANY),
                expr_type_phrase(x->type));
    return NULL;
}

static struct expr *read_expr_node(const struct reader *r, const struct yaml_node *node, enum expr_type want)
{
    struct excerpt e;

    if (!yaml_is_scalar(node)) {
        diags_error(r->diags, node->span, "expected a value, found %s", yaml_kind_name(node));
        return NULL;
    }
    e = yaml_excerpt(node);
    return read_expr(r, &e, want);
}

/* ---- what is written as text ---------------------------------------------------------------- */

static bool read_value(const struct reader *r, struct quantity *q, const struct excerpt *e)
{
    q->kind = QUANTITY_VALUE;
    q->a = read_expr(r, e, q->type);
    if (!q->a)
        return false;
    q->type = q->a->type;
    return true;
}

static bool read_range(const struct reader *r, struct quantity *q, const struct excerpt *lo,
                       const struct excerpt *hi)
{
    if (!read_value(r, q, lo))
        return false;
    q->kind = QUANTITY_RANGE;
    q->b = read_expr(r, hi, q->type);
    return q->b != NULL;
}

static bool read_zipf(const struct reader *r, struct quantity *q, const struct excerpt *n)
{
    if (!(r->flags & QUANTITY_ZIPFS))
        return complain(r, q->span, "a key such as `zipf 500` cannot stand here");
    q->kind = QUANTITY_ZIPF;
    q->type = EXPR_NUMBER;
    q->a = read_expr(r, n, EXPR_NUMBER);
    return q->a != NULL;
}

/* A literal, or `$miss%`: so many of a hundred. */
static bool read_chance(const struct reader *r, struct quantity *q, const struct excerpt *e)
{
    struct excerpt param = excerpt_part(e, 0, e->len - 1);

    if (!(r->flags & QUANTITY_CHANCES))
        return complain(r, q->span, "a chance such as `30%` cannot stand here");
    q->kind = QUANTITY_CHANCE;
    q->type = EXPR_TRUTH;
    if (e->text[0] != '$' || e->text[e->len - 1] != '%')
        return units_chance(e, &q->chance, r->diags);
    q->chance = (struct ratio){1, 100};
    q->a = read_expr(r, &param, EXPR_NUMBER);
    return q->a != NULL;
}

/* `30%`, or `8/1000` and nothing but digits. */
static bool is_chance(const struct excerpt *e)
{
    return e->len > 0 && (e->text[e->len - 1] == '%' ||
                          (strspn(e->text, "0123456789/ ") >= e->len && memchr(e->text, '/', e->len)));
}

/* `zip 500`: as an expression it would be two that nothing joins. */
static bool is_almost_zipf(const struct reader *r, const struct quantity *q, const struct excerpt *e)
{
    static const char *const known[] = {"zipf"};
    const char *blank = memchr(e->text, ' ', e->len);
    const char *word = blank ? arena_strndup(r->arena, e->text, (size_t)(blank - e->text)) : "";
    char hint[SUGGEST_MAX];

    if (!(r->flags & QUANTITY_ZIPFS) || !*suggest_text(hint, word, known, ARRAY_LEN(known)))
        return false;
    diags_error(r->diags, q->span, "unknown distribution '%s'%s", word, hint);
    return true;
}

static bool read_scalar(const struct reader *r, struct quantity *q, const struct yaml_node *node)
{
    struct excerpt whole = yaml_excerpt(node);
    struct excerpt e = excerpt_part(&whole, 0, whole.len), lo, hi;
    bool chance = is_chance(&e) && (e.text[e.len - 1] == '%' || (r->flags & QUANTITY_CHANCES));

    if (e.len > 5 && memcmp(e.text, "zipf ", 5) == 0) {
        lo = excerpt_part(&e, 5, e.len - 5);
        return read_zipf(r, q, &lo);
    }
    if (is_almost_zipf(r, q, &e))
        return false;
    if (chance || (q->type == EXPR_TRUTH && e.len > 0))
        return read_chance(r, q, &e);
    if (units_is_range(&e, &lo, &hi))
        return read_range(r, q, &lo, &hi);
    return read_value(r, q, &e);
}

/* ---- what is written as a list or a mapping ------------------------------------------------- */

static bool read_node(const struct reader *r, struct quantity *q, const struct yaml_node *node);

static bool read_choices(const struct reader *r, struct quantity *q, const struct yaml_node *node)
{
    struct reader plain = *r;

    plain.flags = 0;
    if (!(r->flags & QUANTITY_CHOICES))
        return complain(r, node->span, "a list of choices cannot stand here");
    if (node->len == 0)
        return complain(r, node->span, "a list of choices is empty");
    q->kind = QUANTITY_CHOICE;
    q->nparts = node->len;
    q->parts = arena_array(r->arena, node->len, sizeof(*q->parts));
    for (size_t i = 0; i < node->len; i++) {
        struct quantity *part = &q->parts[i];

        part->type = q->type;
        part->kind = QUANTITY_VALUE;
        part->span = node->items[i]->span;
        part->a = read_expr_node(&plain, node->items[i], q->type);
        if (!part->a)
            return false;
        q->type = part->type = part->a->type;
    }
    return true;
}

/* [chance, quantity] */
static bool read_branch(const struct reader *r, struct quantity *part, struct ratio *chance,
                        const struct yaml_node *node)
{
    struct reader plain = *r;
    struct excerpt e;

    plain.flags = 0;
    if (!yaml_is_sequence(node) || node->len != 2 || !yaml_is_scalar(node->items[0]))
        return complain(r, node->span, "expected a pair such as `[99%, 5ms]`");
    e = yaml_excerpt(node->items[0]);
    if (!units_chance(&e, chance, r->diags))
        return false;
    if (chance->num == 0)
        return complain(r, node->items[0]->span, "a branch without a chance: remove it");
    return read_node(&plain, part, node->items[1]);
}

static bool common_denominator(const struct ratio *chances, size_t count, int64_t *common)
{
    *common = 1;
    for (size_t i = 0; i < count; i++) {
        int64_t extra = ratio_reduce(*common, chances[i].den).den;

        if (__builtin_mul_overflow(*common, extra, common) || *common > INT64_MAX / LIMIT_MIX)
            return false;
    }
    return true;
}

static bool weigh(const struct reader *r, struct quantity *q, const struct ratio *chances)
{
    int64_t common, sum = 0;
    struct strbuf text = STRBUF_INIT;

    if (!common_denominator(chances, q->nparts, &common))
        return complain(r, q->span, "the chances of this mix are too fine");
    for (size_t i = 0; i < q->nparts; i++) {
        q->weights[i] = common / chances[i].den * chances[i].num;
        sum += q->weights[i];
    }
    if (sum == common)
        return true;
    units_add_percent(&text, sum, common, 2);
    diags_error(r->diags, q->span, "the chances of a mix add up to 100%%, found %s%%", text.text);
    strbuf_release(&text);
    return false;
}

static bool read_mix(const struct reader *r, struct quantity *q, const struct yaml_node *node)
{
    struct ratio chances[LIMIT_MIX];

    if (!yaml_is_sequence(node) || node->len == 0 || node->len > LIMIT_MIX) {
        diags_error(r->diags, node->span, "expected a list of up to %d pairs such as `[99%%, 5ms]`",
                    LIMIT_MIX);
        return false;
    }
    q->kind = QUANTITY_MIX;
    q->nparts = node->len;
    q->parts = arena_array(r->arena, node->len, sizeof(*q->parts));
    q->weights = arena_array(r->arena, node->len, sizeof(*q->weights));
    for (size_t i = 0; i < node->len; i++) {
        q->parts[i].type = q->type;
        if (!read_branch(r, &q->parts[i], &chances[i], node->items[i]))
            return false;
        q->type = q->parts[i].type;
    }
    return weigh(r, q, chances);
}

static bool read_exponential(const struct reader *r, struct quantity *q, const struct yaml_node *node)
{
    const struct yaml_node *shape = yaml_get(node, "shape");

    if (!shape)
        return complain(r, node->span, "a mean needs a shape: `shape: exponential`");
    if (!yaml_is_text(shape, "exponential"))
        return complain(r, shape->span, "the only shape is `exponential`");
    q->kind = QUANTITY_EXPONENTIAL;
    q->a = read_expr_node(r, yaml_get(node, "mean"), q->type);
    if (q->a)
        q->type = q->a->type;
    return q->a != NULL;
}

static bool read_lognormal(const struct reader *r, struct quantity *q, const struct yaml_node *node)
{
    const struct yaml_node *median = yaml_get(node, "median"), *p99 = yaml_get(node, "p99");

    if (!median || !p99)
        return complain(r, node->span, "`median` and `p99` need each other");
    q->kind = QUANTITY_LOGNORMAL;
    q->a = read_expr_node(r, median, q->type);
    if (!q->a)
        return false;
    q->type = q->a->type;
    q->b = read_expr_node(r, p99, q->type);
    return q->b != NULL;
}

/* The keys of a distribution, and which of them go together. */
enum form { FORM_EXPONENTIAL, FORM_LOGNORMAL, FORM_MIX };

static const char *const keys[] = {"mean", "shape", "median", "p99", "mix"};
static const enum form form_of_key[] = {
    FORM_EXPONENTIAL, FORM_EXPONENTIAL, FORM_LOGNORMAL, FORM_LOGNORMAL, FORM_MIX,
};

/* The form that a key belongs to, or -1 after reporting. */
static int find_form(const struct reader *r, const struct yaml_node *key)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (strcmp(key->text, keys[i]) == 0)
            return (int)form_of_key[i];
    yaml_unknown_key(key, "a distribution", keys, ARRAY_LEN(keys), r->diags);
    return -1;
}

static bool read_mapping(const struct reader *r, struct quantity *q, const struct yaml_node *node)
{
    int form = -1;

    for (size_t i = 0; i < node->len; i++) {
        int next = find_form(r, node->pairs[i].key);

        if (next < 0)
            return false;
        if (form >= 0 && next != form) {
            diags_error(r->diags, node->pairs[i].key->span, "'%s' does not go with '%s'",
                        node->pairs[i].key->text, node->pairs[0].key->text);
            return false;
        }
        form = next;
    }
    switch (form) {
    case FORM_EXPONENTIAL:
        return yaml_get(node, "mean") ? read_exponential(r, q, node)
                                      : complain(r, node->span, "a shape needs a mean: `mean: 5ms`");
    case FORM_LOGNORMAL:
        return read_lognormal(r, q, node);
    case FORM_MIX:
        return read_mix(r, q, yaml_get(node, "mix"));
    default:
        return complain(r, node->span, "a distribution is missing here");
    }
}

static bool read_node(const struct reader *r, struct quantity *q, const struct yaml_node *node)
{
    q->span = node->span;
    switch (node->kind) {
    case YAML_SCALAR:
        return read_scalar(r, q, node);
    case YAML_SEQUENCE:
        return read_choices(r, q, node);
    case YAML_MAPPING:
        return read_mapping(r, q, node);
    }
    return false;
}

static bool is_constant(const struct quantity *q)
{
    bool constant = (!q->a || expr_is_constant(q->a)) && (!q->b || expr_is_constant(q->b));

    for (size_t i = 0; i < q->nparts; i++)
        constant = constant && is_constant(&q->parts[i]);
    return constant;
}

/* What does not depend on parameters is wrong now or never. */
static bool check_constant(const struct quantity *q, struct diags *d)
{
    struct arena scratch = {0};
    struct dist dist;
    bool good = !is_constant(q) || quantity_resolve(&scratch, q, NULL, &dist, d);

    arena_release(&scratch);
    return good;
}

struct quantity *quantity_parse(struct arena *arena, const struct yaml_node *node, enum expr_type want,
                                unsigned flags, const struct expr_names *names, struct diags *d)
{
    struct reader r = {.arena = arena, .names = names, .flags = flags, .diags = d};
    struct quantity *q = arena_alloc(arena, sizeof(*q));

    q->type = want;
    return read_node(&r, q, node) && check_constant(q, d) ? q : NULL;
}

/* ---- rates ---------------------------------------------------------------------------------- */

static bool is_decimal(const struct excerpt *e)
{
    return e->len > 0 && strspn(e->text, "0123456789.") >= e->len;
}

struct rate *rate_parse(struct arena *arena, const struct yaml_node *node, const struct expr_names *names,
                        struct diags *d)
{
    struct reader r = {.arena = arena, .names = names, .diags = d};
    struct rate *rate = arena_alloc(arena, sizeof(*rate));
    struct excerpt e, count;

    if (!yaml_is_scalar(node)) {
        diags_error(d, node->span, "expected a rate such as `400/s`, found %s", yaml_kind_name(node));
        return NULL;
    }
    rate->span = node->span;
    e = yaml_excerpt(node);
    if (!units_per(&e, &count, &rate->per_ns, d))
        return NULL;
    if (is_decimal(&count))
        return units_rate(&e, &rate->literal, d) ? rate : NULL;
    rate->count = read_expr(&r, &count, EXPR_NUMBER);
    return rate->count ? rate : NULL;
}

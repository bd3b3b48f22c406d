/* base/quantity: what stands in a world, parsed and resolved */
#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantity.h"

Suite *base_quantity_suite(void);

/* $live is 64 MiB, $rate 400, $miss 30, $lo 8 ms. */
static bool resolve_name(void *ctx, struct expr *leaf, enum expr_type *type, struct diags *d)
{
    static const struct {
        const char *name;
        enum expr_type type;
    } params[] = {{"live", EXPR_SIZE}, {"rate", EXPR_NUMBER}, {"miss", EXPR_NUMBER}, {"lo", EXPR_DURATION}};

    (void)ctx;
    for (size_t i = 0; i < ARRAY_LEN(params); i++) {
        if (leaf->kind == EXPR_PARAM && strcmp(params[i].name, leaf->name) == 0) {
            *type = params[i].type;
            leaf->slot = (int32_t)i;
            return true;
        }
    }
    diags_error(d, leaf->span, "unknown parameter '%s'", leaf->name);
    return false;
}

static bool value_of(void *ctx, const struct expr *leaf, int64_t index, struct expr_value *out)
{
    static const int64_t values[] = {64 << 20, 400, 30, 8000000};

    (void)ctx;
    (void)index;
    *out = (struct expr_value){leaf->type, values[leaf->slot]};
    return true;
}

static const struct expr_names names = {NULL, resolve_name};
static const struct expr_env params = {NULL, value_of};

struct room {
    struct arena arena;
    struct source src;
    struct diags diags;
    struct strbuf text;
};

static const struct yaml_node *open_room(struct room *r, const char *text)
{
    struct yaml_node *root;

    *r = (struct room){.text = STRBUF_INIT};
    strbuf_addf(&r->text, "q: %s\n", text);
    source_init(&r->src, "w", r->text.text, r->text.len);
    root = yaml_parse(&r->arena, &r->src, &r->diags);
    ck_assert_ptr_nonnull(root);
    return yaml_get(root, "q");
}

static void close_room(struct room *r)
{
    strbuf_release(&r->text);
    diags_release(&r->diags);
    source_release(&r->src);
    arena_release(&r->arena);
}

#define ALL (QUANTITY_CHOICES | QUANTITY_CHANCES | QUANTITY_ZIPFS)

/* Leaves the room open, for what the dist borrows. */
static struct dist read_dist(struct room *r, const char *text, enum expr_type want, unsigned flags,
                             enum expr_type *type)
{
    const struct yaml_node *node = open_room(r, text);
    struct quantity *q = quantity_parse(&r->arena, node, want, flags, &names, &r->diags);
    struct dist d = {.kind = DIST_CONSTANT};

    ck_assert_msg(q && quantity_resolve(&r->arena, q, &params, &d, &r->diags), "%s: %s", text,
                  r->diags.len ? r->diags.list[0].message : "");
    *type = q->type;
    return d;
}

START_TEST(forms)
{
    static const struct {
        const char *text;
        enum expr_type type;
        enum dist_kind kind;
        int64_t lo, hi;
    } cases[] = {
        {"5ms", EXPR_DURATION, DIST_CONSTANT, 5000000, 0},
        {"4000", EXPR_NUMBER, DIST_CONSTANT, 4000, 0},
        {"64MiB", EXPR_SIZE, DIST_CONSTANT, 64 << 20, 0},
        {"$live * 3 / 2", EXPR_SIZE, DIST_CONSTANT, 96 << 20, 0},
        {"8ms..12ms", EXPR_DURATION, DIST_UNIFORM, 8000000, 12000000},
        {"3600 .. 4400", EXPR_NUMBER, DIST_UNIFORM, 3600, 4400},
        {"$lo..$lo + 4ms", EXPR_DURATION, DIST_UNIFORM, 8000000, 12000000},
        {"1KiB..4KiB", EXPR_SIZE, DIST_UNIFORM, 1024, 4096},
        {"{mean: 5ms, shape: exponential}", EXPR_DURATION, DIST_EXPONENTIAL, 5000000, 0},
        {"{median: 4ms, p99: 30ms}", EXPR_DURATION, DIST_LOGNORMAL, 4000000, 30000000},
        {"30%", EXPR_TRUTH, DIST_CHANCE, 3, 10},
        {"8/1000", EXPR_TRUTH, DIST_CHANCE, 1, 125},
        {"$miss%", EXPR_TRUTH, DIST_CHANCE, 30, 100},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum expr_type type;
        struct room r;
        struct dist d = read_dist(&r, cases[i].text, EXPR_ANY, ALL, &type);

        ck_assert_int_eq(type, cases[i].type);
        ck_assert_int_eq(d.kind, cases[i].kind);
        ck_assert_int_eq(d.lo, cases[i].lo);
        ck_assert_int_eq(d.hi, cases[i].hi);
        close_room(&r);
    }
}
END_TEST

START_TEST(a_fraction_is_a_chance_only_where_one_may_stand)
{
    enum expr_type type;
    struct room r;
    struct dist d = read_dist(&r, "8/2", EXPR_NUMBER, 0, &type);

    ck_assert_int_eq(d.kind, DIST_CONSTANT);
    ck_assert_int_eq(d.lo, 4);
    close_room(&r);
}
END_TEST

START_TEST(zipfs)
{
    enum expr_type type;
    struct room r;
    struct dist d = read_dist(&r, "zipf $rate + 100", EXPR_ANY, ALL, &type);

    ck_assert_int_eq(type, EXPR_NUMBER);
    ck_assert_int_eq(d.kind, DIST_ZIPF);
    ck_assert_uint_eq(d.zipf->n, 500);
    close_room(&r);
}
END_TEST

START_TEST(choices)
{
    enum expr_type type;
    struct room r;
    struct dist d = read_dist(&r, "[4ms, $lo, 16ms]", EXPR_ANY, ALL, &type);

    ck_assert_int_eq(type, EXPR_DURATION);
    ck_assert_int_eq(d.kind, DIST_CHOICE);
    ck_assert_int_eq(d.lo, 3);
    ck_assert_int_eq(d.choices[1], 8000000);
    ck_assert_int_eq(d.choices[2], 16000000);
    close_room(&r);
}
END_TEST

START_TEST(mixes)
{
    enum expr_type type;
    struct room r;
    struct dist d =
        read_dist(&r, "{mix: [[99%, 5ms], [0.5%, 100ms..200ms], [1/200, {mean: 1s, shape: exponential}]]}",
                  EXPR_DURATION, 0, &type);

    ck_assert_int_eq(type, EXPR_DURATION);
    ck_assert_int_eq(d.kind, DIST_MIX);
    ck_assert_int_eq(d.lo, 3);
    ck_assert_int_eq(d.hi, 200);
    ck_assert_int_eq(d.branches[0].weight, 198);
    ck_assert_int_eq(d.branches[1].weight, 1);
    ck_assert_int_eq(d.branches[1].dist.kind, DIST_UNIFORM);
    ck_assert_int_eq(d.branches[2].dist.kind, DIST_EXPONENTIAL);
    close_room(&r);
}
END_TEST

/* ---- what is refused ------------------------------------------------------------------------ */

static const struct {
    const char *text;
    enum expr_type want;
    unsigned flags, column, length;
    const char *said;
} refused[] = {
    {"5", EXPR_DURATION, 0, 4, 1, "expected a duration, found a number; a unit is missing: `5us`, `5ms`?"},
    {"5KB", EXPR_SIZE, 0, 5, 2, "unknown unit 'KB'; sizes are KiB, MiB, GiB"},
    {"8ms..12", EXPR_ANY, 0, 9, 2, "expected a duration, found a number; a unit is missing: `5us`, `5ms`?"},
    {"12ms..8ms", EXPR_ANY, 0, 4, 9, "this range is empty: 12ms is more than 8ms"},
    {"$lo..4ms", EXPR_ANY, 0, 4, 8, "this range is empty: 8ms is more than 4ms"},
    {"-5ms", EXPR_ANY, 0, 4, 4, "at least 0ns is needed here, found -5ms"},
    {"$rate - 500", EXPR_NUMBER, 0, 4, 11, "at least 0 is needed here, found -100"},
    {"$what", EXPR_ANY, 0, 4, 5, "unknown parameter 'what'"},
    {"true", EXPR_ANY, 0, 4, 4, "expected a number, a duration or a size, found a truth"},
    {"30%", EXPR_ANY, 0, 4, 3, "a chance such as `30%` cannot stand here"},
    {"130%", EXPR_ANY, ALL, 4, 4, "a chance is at most 100%"},
    {"0.3", EXPR_TRUTH, ALL, 4, 3, "expected a chance such as `30%` or `3/10`, found '0.3'"},
    {"$rate%", EXPR_TRUTH, ALL, 4, 6, "a chance is at most 100%"},
    {"$rate", EXPR_TRUTH, ALL, 4, 5, "expected a chance such as `30%` or `3/10`, found '$rate'"},
    {"zipf 5", EXPR_NUMBER, 0, 4, 6, "a key such as `zipf 500` cannot stand here"},
    {"zipf 0", EXPR_NUMBER, ALL, 9, 1, "at least 1 is needed here, found 0"},
    {"zipf 1000001", EXPR_NUMBER, ALL, 9, 7, "zipf takes at most 1000000 values"},
    {"[1, 2]", EXPR_ANY, 0, 4, 6, "a list of choices cannot stand here"},
    {"[]", EXPR_ANY, ALL, 4, 2, "a list of choices is empty"},
    {"[1, 2ms]", EXPR_ANY, ALL, 8, 3, "expected a number, found a duration"},
    {"{median: 4ms}", EXPR_ANY, 0, 4, 13, "`median` and `p99` need each other"},
    {"{median: 4ms, p99: 3ms}", EXPR_ANY, 0, 4, 23, "p99 is less than the median: 3ms is less than 4ms"},
    {"{median: 0ms, p99: 3ms}", EXPR_ANY, 0, 13, 3, "at least 1ns is needed here, found 0ns"},
    {"{mean: 5ms}", EXPR_ANY, 0, 4, 11, "a mean needs a shape: `shape: exponential`"},
    {"{shape: exponential}", EXPR_ANY, 0, 4, 20, "a shape needs a mean: `mean: 5ms`"},
    {"{mean: 5ms, shape: normal}", EXPR_ANY, 0, 23, 6, "the only shape is `exponential`"},
    {"{mean: 5ms, p99: 6ms}", EXPR_ANY, 0, 16, 3, "'p99' does not go with 'mean'"},
    {"{men: 5ms}", EXPR_ANY, 0, 5, 3, "unknown key 'men' in a distribution; did you mean 'mean'?"},
    {"{}", EXPR_ANY, 0, 4, 2, "a distribution is missing here"},
    {"{mix: [[99%, 5ms], [2%, 1s]]}", EXPR_ANY, 0, 4, 29,
     "the chances of a mix add up to 100%, found 101.00%"},
    {"{mix: [[100%, 5ms], [0%, 1s]]}", EXPR_ANY, 0, 25, 2, "a branch without a chance: remove it"},
    {"{mix: [[99%, 5ms], 1s]}", EXPR_ANY, 0, 23, 2, "expected a pair such as `[99%, 5ms]`"},
    {"{mix: [[50%, 5ms], [50%, 5KiB]]}", EXPR_ANY, 0, 29, 4, "expected a duration, found a size"},
    {"{mix: 5}", EXPR_ANY, 0, 10, 1, "expected a list of up to 16 pairs such as `[99%, 5ms]`"},
    {"{mix: [[1/9223372036854775807, 1], [1/9223372036854775806, 1]]}", EXPR_ANY, 0, 4, 63,
     "the chances of this mix are too fine"},
    {"", EXPR_DURATION, 0, 3, 0, "a value is missing here"},
};

START_TEST(refused_with_its_place)
{
    const struct yaml_node *node;
    struct quantity *q;
    struct dist d;
    struct room r;

    node = open_room(&r, refused[_i].text);
    q = quantity_parse(&r.arena, node, refused[_i].want, refused[_i].flags, &names, &r.diags);
    ck_assert(!q || !quantity_resolve(&r.arena, q, &params, &d, &r.diags));
    ck_assert_uint_eq(r.diags.errors, 1);
    ck_assert_str_eq(r.diags.list[0].message, refused[_i].said);
    ck_assert_uint_eq(r.diags.list[0].span.column, refused[_i].column);
    ck_assert_uint_eq(r.diags.list[0].span.length, refused[_i].length);
    close_room(&r);
}
END_TEST

/* What does not depend on parameters is refused before there are any. */
START_TEST(constants_are_checked_at_once)
{
    struct room r;
    const struct yaml_node *node = open_room(&r, "{mix: [[50%, 5ms], [50%, 9ms..8ms]]}");

    ck_assert_ptr_null(quantity_parse(&r.arena, node, EXPR_DURATION, 0, NULL, &r.diags));
    ck_assert_str_eq(r.diags.list[0].message, "this range is empty: 9ms is more than 8ms");
    close_room(&r);
}
END_TEST

/* ---- rates ---------------------------------------------------------------------------------- */

static void assert_rate(const char *text, int64_t num, int64_t den, const char *said)
{
    struct room r;
    const struct yaml_node *node = open_room(&r, text);
    struct rate *rate = rate_parse(&r.arena, node, &names, &r.diags);
    struct ratio per_second = {0, 0};
    bool good = rate && rate_resolve(rate, &params, &per_second, &r.diags);

    ck_assert_int_eq(good, said == NULL);
    if (said)
        ck_assert_str_eq(r.diags.list[0].message, said);
    else
        ck_assert(per_second.num == num && per_second.den == den);
    close_room(&r);
}

START_TEST(rates)
{
    assert_rate("400/s", 400, 1, NULL);
    assert_rate("0.5/s", 1, 2, NULL);
    assert_rate("30/m", 1, 2, NULL);
    assert_rate("$rate/s", 400, 1, NULL);
    assert_rate("$rate * 3 / 2/s", 600, 1, NULL);
    assert_rate("$rate/m", 20, 3, NULL);
    assert_rate("$rate", 0, 0, "a unit is missing: `400/s`?");
    assert_rate("$rate/h", 0, 0, "a rate is per s, per ms or per m: `400/s`");
    assert_rate("$live/s", 0, 0, "expected a number, found a size");
    assert_rate("$rate - 400/s", 0, 0, "a rate must be more than 0");
    assert_rate("/s", 0, 0, "a value is missing here");
    assert_rate("[1]", 0, 0, "expected a rate such as `400/s`, found a list");
}
END_TEST

Suite *base_quantity_suite(void)
{
    Suite *s = suite_create("base/quantity");
    TCase *good = tcase_create("forms"), *errors = tcase_create("errors");

    tcase_add_test(good, forms);
    tcase_add_test(good, a_fraction_is_a_chance_only_where_one_may_stand);
    tcase_add_test(good, zipfs);
    tcase_add_test(good, choices);
    tcase_add_test(good, mixes);
    tcase_add_test(good, rates);
    suite_add_tcase(s, good);

    tcase_add_loop_test(errors, refused_with_its_place, 0, ARRAY_LEN(refused));
    tcase_add_test(errors, constants_are_checked_at_once);
    suite_add_tcase(s, errors);
    return s;
}

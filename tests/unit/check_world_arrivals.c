/* runtime/world/arrivals, luck: requests are a function of seed and load, and have the law they
 * claim. */
#include <check.h>
#include <string.h>

#include "runtime/world/parts.h"

Suite *world_arrivals_suite(void);

struct fixture {
    struct source source;
    struct arena arena;
    struct diags diags;
    struct world_def *def;
    struct world *w;
};

static void open_world(struct fixture *f, const char *yaml, uint64_t seed)
{
    *f = (struct fixture){0};
    source_init(&f->source, "w.yaml", yaml, strlen(yaml));
    struct yaml_node *root = yaml_parse(&f->arena, &f->source, &f->diags);

    f->def = world_load(NULL, yaml_get(root, "world"), &f->diags);
    ck_assert_ptr_nonnull(f->def);
    f->w = world_new(f->def, seed, &f->diags);
}

static void close_world(struct fixture *f)
{
    world_free(f->w);
    world_def_free(f->def);
    diags_release(&f->diags);
    arena_release(&f->arena);
    source_release(&f->source);
}

/* The first n arrivals of a load; how many there were. */
static size_t draw(const struct load *l, int64_t *out, size_t n)
{
    struct arrivals a;
    size_t i = 0;

    arrivals_start(l, &a);
    while (i < n && (out[i] = arrivals_next(l, &a)) < NEVER)
        i++;
    return i;
}

enum { MANY = 100000 };

START_TEST(poisson_arrivals_have_exponential_gaps)
{
    struct fixture f;
    int64_t *when = xcalloc(MANY, sizeof *when);
    size_t long_gaps = 0, very_long_gaps = 0;

    open_world(&f, "world: {loads: {l: {rate: 1000/s, requests: 100000}}}", 3);
    ck_assert_uint_eq(draw(&f.w->loads[0], when, MANY), MANY);
    for (size_t i = 1; i < MANY; i++) {
        ck_assert_int_ge(when[i], when[i - 1]);
        long_gaps += when[i] - when[i - 1] > 1000000;
        very_long_gaps += when[i] - when[i - 1] > 3000000;
    }
    /* 100 s, give or take four times its deviation of 0.32 s; 1/e and 1/e^3 of the gaps */
    ck_assert_int_ge(when[MANY - 1], 98700000000);
    ck_assert_int_le(when[MANY - 1], 101300000000);
    ck_assert_uint_ge(long_gaps, 36788 - 610);
    ck_assert_uint_le(long_gaps, 36788 + 610);
    ck_assert_uint_ge(very_long_gaps, 4979 - 280);
    ck_assert_uint_le(very_long_gaps, 4979 + 280);
    free(when);
    close_world(&f);
}
END_TEST

START_TEST(even_arrivals_do_not_drift)
{
    struct fixture f;
    int64_t when[9];

    open_world(&f, "world: {loads: {l: {rate: 3/s, requests: 9, arrivals: even, from: 1s}}}", 1);
    ck_assert_uint_eq(draw(&f.w->loads[0], when, 9), 9);
    ck_assert_int_eq(when[0], 1333333333);
    ck_assert_int_eq(when[2], 2000000000);
    ck_assert_int_eq(when[8], 4000000000);
    close_world(&f);
}
END_TEST

START_TEST(bursts_come_on_top)
{
    struct fixture f;
    int64_t when[300];
    size_t at_one = 0, at_two = 0;

    open_world(&f,
               "world: {loads: {l: {rate: 100/s, requests: 300, arrivals: even,"
               " bursts: {every: 1s, size: 50}}}}",
               1);
    ck_assert_uint_eq(draw(&f.w->loads[0], when, 300), 300);
    for (size_t i = 0; i < 300; i++) {
        at_one += when[i] == 1000000000;
        at_two += when[i] == 2000000000;
        ck_assert(i == 0 || when[i] >= when[i - 1]);
    }
    ck_assert_uint_eq(at_one, 51);
    ck_assert_uint_eq(at_two, 51);
    ck_assert_int_eq(when[299], 2000000000);
    close_world(&f);
}
END_TEST

START_TEST(a_load_is_bounded_in_time)
{
    struct fixture f;
    int64_t *when = xcalloc(MANY, sizeof *when);

    open_world(&f, "world: {loads: {l: {rate: 1000/s, from: 2s, until: 4s}}}", 5);
    const struct load *l = &f.w->loads[0];
    size_t n = draw(l, when, MANY);

    ck_assert_uint_eq(n, l->total);
    ck_assert_uint_ge(n, 1800);
    ck_assert_uint_le(n, 2200);
    ck_assert_int_ge(when[0], 2000000000);
    ck_assert_int_lt(when[n - 1], 4000000000);
    free(when);
    close_world(&f);
}
END_TEST

START_TEST(another_load_shifts_nobodys_luck)
{
    struct fixture alone, beside;
    int64_t a[100], b[100];

    open_world(&alone, "world: {loads: {l: {rate: 50/s, requests: 100}}}", 8);
    open_world(&beside,
               "world: {works: {w: 1ms..2ms}, loads: {k: {rate: 9/s, requests: 100},"
               " l: {rate: 50/s, requests: 100}}}",
               8);
    draw(&alone.w->loads[0], a, 100);
    draw(&beside.w->loads[1], b, 100);
    ck_assert_mem_eq(a, b, sizeof a);
    draw(&beside.w->loads[0], b, 100);
    ck_assert_mem_ne(a, b, sizeof a);
    close_world(&alone);
    close_world(&beside);
}
END_TEST

START_TEST(another_seed_brings_other_requests)
{
    struct fixture one, two;
    int64_t a[100], b[100];

    open_world(&one, "world: {loads: {l: {rate: 50/s, requests: 100}}}", 1);
    open_world(&two, "world: {loads: {l: {rate: 50/s, requests: 100}}}", 2);
    draw(&one.w->loads[0], a, 100);
    draw(&two.w->loads[0], b, 100);
    ck_assert_mem_ne(a, b, sizeof a);
    close_world(&one);
    close_world(&two);
}
END_TEST

static const char attributes[] =
    "world: {loads: {l: {rate: 50/s, requests: 10000, each: {miss: 30%, size: 1KiB..4KiB,"
    " kind: [1, 5], trace: id}}}}";

START_TEST(attributes_do_not_depend_on_who_asks_first)
{
    struct fixture up, down;

    open_world(&up, attributes, 6);
    open_world(&down, attributes, 6);
    for (uint32_t i = 0; i < 1000; i++) {
        request_arrives(&up.w->loads[0], i, 0);
        request_arrives(&down.w->loads[0], 999 - i, 0);
    }
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_mem_eq(up.w->loads[0].requests[i]->attrs, down.w->loads[0].requests[i]->attrs,
                         4 * sizeof(int64_t));
    close_world(&up);
    close_world(&down);
}
END_TEST

START_TEST(attributes_have_the_law_they_claim)
{
    struct fixture f;
    size_t misses = 0, fives = 0, small = 0;

    open_world(&f, attributes, 6);
    for (uint32_t i = 0; i < 10000; i++) {
        const int64_t *attrs = request_arrives(&f.w->loads[0], i, 0)->attrs;

        misses += attrs[0] == 1;
        ck_assert(attrs[0] == 0 || attrs[0] == 1);
        ck_assert(attrs[1] >= 1024 && attrs[1] <= 4096);
        small += attrs[1] < 2560;
        fives += attrs[2] == 5;
        ck_assert(attrs[2] == 1 || attrs[2] == 5);
    }
    /* four deviations */
    ck_assert(misses >= 3000 - 184 && misses <= 3000 + 184);
    ck_assert(fives >= 5000 - 200 && fives <= 5000 + 200);
    ck_assert(small >= 5000 - 200 && small <= 5000 + 200);
    close_world(&f);
}
END_TEST

START_TEST(amounts_are_rounded_up)
{
    ck_assert_int_eq(world_amount(1, 1), LEDGER_UNIT);
    ck_assert_int_eq(20 * world_amount(1, 20), LEDGER_UNIT);
    ck_assert_int_eq(world_amount(1, 23), LEDGER_UNIT / 23 + 1);
    ck_assert_int_eq(world_amount(0, 5), 0);
}
END_TEST

Suite *world_arrivals_suite(void)
{
    Suite *s = suite_create("world/arrivals");
    TCase *t = tcase_create("arrivals");

    tcase_add_test(t, poisson_arrivals_have_exponential_gaps);
    tcase_add_test(t, even_arrivals_do_not_drift);
    tcase_add_test(t, bursts_come_on_top);
    tcase_add_test(t, a_load_is_bounded_in_time);
    tcase_add_test(t, another_load_shifts_nobodys_luck);
    tcase_add_test(t, another_seed_brings_other_requests);
    tcase_add_test(t, attributes_do_not_depend_on_who_asks_first);
    tcase_add_test(t, attributes_have_the_law_they_claim);
    tcase_add_test(t, amounts_are_rounded_up);
    suite_add_tcase(s, t);
    return s;
}

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "runtime/detect/clock.h"

Suite *detect_clock_suite(void);

START_TEST(empty_clock_is_zero_everywhere)
{
    ck_assert_uint_eq(clock_get(NULL, 0), 0);
    ck_assert_uint_eq(clock_get(NULL, UINT32_MAX), 0);
    clock_drop(NULL);
    ck_assert_ptr_null(clock_share(NULL));
}
END_TEST

START_TEST(sparse_slots_up_to_the_last)
{
    static const uint32_t slots[] = {0, 15, 16, 255, 256, 65535, 1u << 20, UINT32_MAX};
    struct clock *c = NULL;

    for (uint32_t i = 0; i < 8; i++)
        clock_set(&c, slots[i], i + 1);
    for (uint32_t i = 0; i < 8; i++)
        ck_assert_uint_eq(clock_get(c, slots[i]), i + 1);
    ck_assert_uint_eq(clock_get(c, 17), 0);
    ck_assert_uint_eq(clock_get(c, 1u << 30), 0);
    clock_drop(c);
}
END_TEST

START_TEST(a_shared_clock_does_not_change)
{
    struct clock *a = NULL;

    clock_set(&a, 3, 1);
    clock_set(&a, 300, 2);
    struct clock *b = clock_share(a);

    clock_set(&a, 3, 9);
    ck_assert_uint_eq(clock_get(a, 3), 9);
    ck_assert_uint_eq(clock_get(b, 3), 1);
    ck_assert_uint_eq(clock_get(b, 300), 2);
    clock_drop(a);
    clock_drop(b);
}
END_TEST

START_TEST(joining_takes_over_what_is_ahead)
{
    struct clock *a = NULL;
    struct clock *b = NULL;

    uint64_t visits = 0;

    clock_set(&a, 1, 5);
    clock_join(&b, a, &visits);
    ck_assert_ptr_eq(b, a); /* shared, not copied */
    ck_assert_uint_eq(visits, 0);
    clock_set(&b, 40, 7);
    clock_join(&a, b, &visits);
    ck_assert_ptr_eq(a, b);
    clock_join(&a, NULL, &visits);
    ck_assert_ptr_eq(a, b);
    ck_assert_uint_eq(visits, 2); /* the roots, and the leaf that a lacks; the other is the same */
    clock_drop(a);
    clock_drop(b);
}
END_TEST

/* ---- against arrays, with random operations on clocks that share nodes in every way */

enum { CLOCKS = 12, SLOTS = 600, STEPS = 20000 };

struct both {
    struct clock *clock;
    uint32_t array[SLOTS];
};

static uint32_t pick(uint64_t *n, uint32_t below)
{
    return (uint32_t)(rng_draw(42, 1, 0, (*n)++) % below);
}

static void one_step(struct both *all, uint64_t *n)
{
    struct both *a = &all[pick(n, CLOCKS)];
    struct both *b = &all[pick(n, CLOCKS)];
    uint32_t slot = pick(n, 4) ? pick(n, 40) : pick(n, SLOTS);
    uint64_t visits = 0;

    switch (pick(n, 4)) {
    case 0: /* ahead, as clocks go */
    case 1:
        a->array[slot] += pick(n, 3);
        clock_set(&a->clock, slot, a->array[slot]);
        break;
    case 2:
        for (uint32_t i = 0; i < SLOTS; i++)
            if (a->array[i] < b->array[i])
                a->array[i] = b->array[i];
        clock_join(&a->clock, b->clock, &visits);
        break;
    default:
        memcpy(a->array, b->array, sizeof a->array);
        clock_share(b->clock);
        clock_drop(a->clock);
        a->clock = b->clock;
        if (pick(n, 8) == 0) {
            memset(a->array, 0, sizeof a->array);
            clock_drop(a->clock);
            a->clock = NULL;
        }
    }
}

static void check_equal(const struct both *all)
{
    int different = 0;

    for (int c = 0; c < CLOCKS; c++)
        for (uint32_t i = 0; i < SLOTS; i++)
            different += clock_get(all[c].clock, i) != all[c].array[i];
    ck_assert_int_eq(different, 0);
}

START_TEST(like_dense_arrays)
{
    struct both *all = calloc(CLOCKS, sizeof *all);
    uint64_t n = 0;

    for (int i = 0; i < STEPS; i++) {
        one_step(all, &n);
        if (i % 100 == 0)
            check_equal(all);
    }
    check_equal(all);
    for (int c = 0; c < CLOCKS; c++)
        clock_drop(all[c].clock);
    free(all);
}
END_TEST

Suite *detect_clock_suite(void)
{
    Suite *s = suite_create("detect/clock");
    TCase *t = tcase_create("clock");

    tcase_add_test(t, empty_clock_is_zero_everywhere);
    tcase_add_test(t, sparse_slots_up_to_the_last);
    tcase_add_test(t, a_shared_clock_does_not_change);
    tcase_add_test(t, joining_takes_over_what_is_ahead);
    tcase_add_test(t, like_dense_arrays);
    suite_add_tcase(s, t);
    return s;
}

#include <check.h>
#include <stdint.h>

#include "runtime/gc/pacer.h"

Suite *gc_pacer_suite(void);

#define KiB INT64_C(1024)
#define MiB (INT64_C(1) << 20)

/* A heap of which the last cycle found this much, all of it pointers. */
static struct pacer heap_of(int64_t marked, int32_t gogc, uint32_t procs)
{
    struct pacer p;

    pacer_init(&p, gogc, procs, 0);
    pacer_reset(&p, marked, marked, 0);
    pacer_commit(&p, true);
    return p;
}

START_TEST(first_cycle_starts_at_the_upper_end)
{
    struct pacer p;

    pacer_init(&p, 100, 4, 0);
    ck_assert_int_eq(pacer_goal(&p), 4 * MiB);
    ck_assert_int_eq(pacer_trigger_lower(&p), 45 * 4 * MiB / 64);
    ck_assert_int_eq(pacer_trigger_upper(&p), 61 * 4 * MiB / 64);
    ck_assert_int_eq(pacer_trigger(&p), 61 * 4 * MiB / 64);
}
END_TEST

START_TEST(runway_places_the_trigger_in_its_window)
{
    struct pacer p = heap_of(10 * MiB, 100, 4);

    ck_assert_int_eq(pacer_goal(&p), 20 * MiB);
    ck_assert_int_eq(pacer_trigger_lower(&p), 10 * MiB + 45 * 10 * MiB / 64);
    ck_assert_int_eq(pacer_trigger_upper(&p), 10 * MiB + 61 * 10 * MiB / 64);
    p.runway = 2 * MiB;
    ck_assert_int_eq(pacer_trigger(&p), 18 * MiB);
    p.runway = 9 * MiB;
    ck_assert_int_eq(pacer_trigger(&p), pacer_trigger_lower(&p));
    p.runway = 0;
    ck_assert_int_eq(pacer_trigger(&p), pacer_trigger_upper(&p));
}
END_TEST

START_TEST(large_heaps_trigger_four_mib_before_the_goal)
{
    struct pacer p = heap_of(100 * MiB, 100, 4);

    ck_assert_int_eq(pacer_goal(&p), 200 * MiB);
    ck_assert_int_eq(pacer_trigger_lower(&p), 100 * MiB + 100 * MiB / 64 * 45);
    ck_assert_int_eq(pacer_trigger_upper(&p), 196 * MiB);
}
END_TEST

START_TEST(stacks_and_globals_count_towards_the_goal)
{
    struct pacer p;

    pacer_init(&p, 50, 4, 2 * MiB);
    pacer_reset(&p, 100 * MiB, 10 * MiB, 4 * MiB);
    pacer_commit(&p, true);
    ck_assert_int_eq(pacer_goal(&p), (100 + (100 + 4 + 2) / 2) * MiB);
    p.cons_mark = 0.5;
    pacer_commit(&p, true);
    ck_assert_int_eq(p.runway, 24 * MiB); /* 0.5 * 3 * (10 + 4 + 2) */
}
END_TEST

START_TEST(without_gogc_there_is_no_goal)
{
    struct pacer p = heap_of(100 * MiB, -1, 4);

    ck_assert_int_eq(pacer_goal(&p), PACER_NO_GOAL);
    ck_assert_int_eq(pacer_trigger(&p), PACER_NO_GOAL);
}
END_TEST

START_TEST(a_huge_gogc_saturates)
{
    struct pacer p = heap_of(INT64_C(1) << 42, INT32_MAX, 4);

    ck_assert_int_eq(pacer_goal(&p), INT64_MAX);
    ck_assert_int_le(pacer_trigger(&p), INT64_MAX);
    ck_assert_int_gt(pacer_trigger(&p), INT64_C(1) << 42);
}
END_TEST

START_TEST(an_unswept_heap_has_a_floor)
{
    struct pacer p = heap_of(2 * MiB, 100, 4);

    p.live = 5 * MiB; /* long before anything was swept */
    pacer_commit(&p, false);
    ck_assert_int_eq(pacer_goal(&p), 6 * MiB);
    ck_assert_int_eq(pacer_trigger(&p), 6 * MiB);
}
END_TEST

START_TEST(what_triggered_leaves_a_minimum_of_runway)
{
    struct pacer p = heap_of(10 * MiB, 100, 4);

    p.live = 20 * MiB;
    pacer_begin(&p, 0, 0);
    ck_assert_int_eq(pacer_goal(&p), 20 * MiB + 64 * KiB);
    pacer_reset(&p, 10 * MiB, 10 * MiB, 0);
    pacer_commit(&p, true);
    ck_assert_int_eq(pacer_goal(&p), 20 * MiB);
}
END_TEST

/* Go: round(0.25 P), one less and a fractional share where that is more than 30 % off. */
START_TEST(workers_by_number_of_ps)
{
    static const int64_t dedicated[] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4,
                                        4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8};

    for (uint32_t procs = 1; procs <= 32; procs++) {
        struct pacer_workers w = pacer_workers(procs, false);

        ck_assert_int_eq(w.dedicated, dedicated[procs]);
        ck_assert_int_eq(w.idle, (int64_t)procs - w.dedicated);
        if (procs <= 3)
            ck_assert_double_eq(w.fractional, 0.25);
        else if (procs == 6)
            ck_assert_double_eq_tol(w.fractional, 0.5 / 6, 1e-12);
        else
            ck_assert_double_eq(w.fractional, 0);
    }
}
END_TEST

START_TEST(a_timed_cycle_leaves_idle_ps_alone)
{
    ck_assert_int_eq(pacer_workers(8, true).idle, 0);
    ck_assert_int_eq(pacer_workers(2, true).idle, 1);
}
END_TEST

/* L = 18 MiB at the trigger, goal 20, 10 MiB expected: 5 units for each byte. */
static struct pacer marking(void)
{
    struct pacer p = heap_of(10 * MiB, 100, 4);

    p.live = 18 * MiB;
    p.scannable = 18 * MiB;
    pacer_begin(&p, 0, 0);
    return p;
}

START_TEST(ratio_and_first_bill)
{
    struct pacer p = marking();

    ck_assert_double_eq(p.work_per_byte, 5);
    struct pacer_bill b = pacer_bill(&p, 1 * KiB);

    ck_assert_int_eq(b.work, 64 * KiB); /* at least, not 5 KiB */
    ck_assert_int_eq(pacer_bytes(&p, b.work) - 1 * KiB, 64 * KiB / 5 - 1 * KiB);
    ck_assert_int_eq(b.bytes, 64 * KiB / 5);
    b = pacer_bill(&p, 100 * KiB);
    ck_assert_int_eq(b.work, 500 * KiB);
    ck_assert_int_eq(b.bytes, 100 * KiB);
}
END_TEST

START_TEST(ratio_follows_heap_and_work)
{
    struct pacer p = marking();

    p.live = 19 * MiB;
    p.done = 5 * MiB;
    pacer_revise(&p);
    ck_assert_double_eq(p.work_per_byte, 5);
    p.done = 10 * MiB; /* all that was expected: a thousand units stay expected */
    pacer_revise(&p);
    ck_assert_double_eq(p.work_per_byte, 1000.0 / (double)MiB);
}
END_TEST

START_TEST(more_work_than_expected_stretches_the_goal)
{
    struct pacer p = marking();

    p.done = 12 * MiB;
    pacer_revise(&p);
    /* goal' = (20 - 18) / 10 * 18 + 18 = 21.6, of 18 MiB there are 6 left */
    ck_assert_double_eq_tol(p.work_per_byte, 6 / 3.6, 1e-6);
    p.scannable = 1000 * MiB; /* stretched to twice the goal, no further */
    pacer_revise(&p);
    ck_assert_double_eq_tol(p.work_per_byte, 988.0 / 22, 1e-6);
}
END_TEST

START_TEST(past_the_goal_there_is_a_tenth_more)
{
    struct pacer p = marking();

    p.live = 21 * MiB;
    pacer_revise(&p);
    ck_assert_double_eq_tol(p.work_per_byte, 18.0, 1e-5); /* 18 MiB in 22 - 21 */
    p.live = 40 * MiB;
    pacer_revise(&p);
    ck_assert_double_eq(p.work_per_byte, 18.0 * (double)MiB); /* all of it for the next byte */
}
END_TEST

START_TEST(estimate_is_the_worst_of_five_cycles)
{
    struct pacer p = heap_of(10 * MiB, 100, 4);
    static const int64_t grown[] = {4, 1, 1, 1, 1, 1, 1};

    for (int i = 0; i < 7; i++) {
        p.live = 18 * MiB;
        pacer_begin(&p, 1000, 0);
        p.live += grown[i] * MiB;
        p.done = 8 * MiB;
        pacer_end(&p, 1000 + 1000000);
        /* no assists: grown * 0.25 / (8 * 0.75) */
        double want = (i <= 4 ? 4.0 : 1.0) * 0.25 / (8 * 0.75);

        ck_assert_double_eq_tol(p.cons_mark, want, 1e-12);
        pacer_reset(&p, 10 * MiB, 10 * MiB, 0);
    }
}
END_TEST

START_TEST(estimate_counts_assists_and_idle_workers)
{
    struct pacer p = heap_of(10 * MiB, 100, 4);

    p.live = 18 * MiB;
    pacer_begin(&p, 0, 0);
    p.live = 20 * MiB;
    p.done = 10 * MiB;
    p.assist_time = 1000000; /* a quarter of four Ps for a millisecond */
    p.idle_time = 400000;
    pacer_end(&p, 1000000);
    ck_assert_double_eq_tol(p.cons_mark, 2 * (0.5 + 0.1) / (10 * 0.5), 1e-12);
}
END_TEST

START_TEST(assists_on_all_ps_ask_for_the_longest_runway)
{
    struct pacer p = heap_of(10 * MiB, 100, 5);

    p.live = 18 * MiB;
    pacer_begin(&p, 0, 0);
    p.live = 20 * MiB;
    p.done = 10 * MiB;
    p.assist_time = 4000000; /* one of five Ps marks in the background: 1.05 by the formula */
    pacer_end(&p, 1000000);
    pacer_reset(&p, 10 * MiB, 10 * MiB, 0);
    pacer_commit(&p, true);
    ck_assert_int_eq(p.runway, INT64_MAX);
    ck_assert_int_eq(pacer_trigger(&p), pacer_trigger_lower(&p));
}
END_TEST

START_TEST(nothing_allocated_teaches_nothing)
{
    struct pacer p = heap_of(10 * MiB, 100, 4);

    p.live = 18 * MiB;
    pacer_begin(&p, 0, 0);
    p.done = 10 * MiB;
    pacer_end(&p, 1000000);
    ck_assert_double_eq(p.cons_mark, 0);
}
END_TEST

Suite *gc_pacer_suite(void)
{
    Suite *s = suite_create("gc/pacer");
    TCase *trigger = tcase_create("goal and trigger");
    TCase *workers = tcase_create("workers");
    TCase *ratio = tcase_create("assist ratio");
    TCase *estimate = tcase_create("cons/mark");

    tcase_add_test(trigger, first_cycle_starts_at_the_upper_end);
    tcase_add_test(trigger, runway_places_the_trigger_in_its_window);
    tcase_add_test(trigger, large_heaps_trigger_four_mib_before_the_goal);
    tcase_add_test(trigger, stacks_and_globals_count_towards_the_goal);
    tcase_add_test(trigger, without_gogc_there_is_no_goal);
    tcase_add_test(trigger, a_huge_gogc_saturates);
    tcase_add_test(trigger, an_unswept_heap_has_a_floor);
    tcase_add_test(trigger, what_triggered_leaves_a_minimum_of_runway);
    suite_add_tcase(s, trigger);
    tcase_add_test(workers, workers_by_number_of_ps);
    tcase_add_test(workers, a_timed_cycle_leaves_idle_ps_alone);
    suite_add_tcase(s, workers);
    tcase_add_test(ratio, ratio_and_first_bill);
    tcase_add_test(ratio, ratio_follows_heap_and_work);
    tcase_add_test(ratio, more_work_than_expected_stretches_the_goal);
    tcase_add_test(ratio, past_the_goal_there_is_a_tenth_more);
    suite_add_tcase(s, ratio);
    tcase_add_test(estimate, estimate_is_the_worst_of_five_cycles);
    tcase_add_test(estimate, estimate_counts_assists_and_idle_workers);
    tcase_add_test(estimate, assists_on_all_ps_ask_for_the_longest_runway);
    tcase_add_test(estimate, nothing_allocated_teaches_nothing);
    suite_add_tcase(s, estimate);
    return s;
}

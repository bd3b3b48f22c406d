/* Run queues by Go's numbers: the ring's overflow, the global batch, what a thief takes. */
#include <check.h>
#include <stdlib.h>

#include "base/mem.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sched.h"

Suite *sched_vectors_suite(void);

#define MANY 1200

static struct rt *rt;
static struct m m0, m1; /* hold P0 and P1 */
static struct g gs[MANY];

static const struct machine_ops no_machine = {0};

static void begin(uint32_t procs)
{
    struct settings set = {.gomaxprocs = procs, .cpus = procs, .gogc = -1};

    rt = rt_new(&set, &no_machine, NULL);
    m0 = (struct m){.rt = rt, .p = &rt->allp[0]};
    m1 = (struct m){.rt = rt, .p = procs > 1 ? &rt->allp[1] : NULL};
    for (uint32_t i = 0; i < MANY; i++)
        gs[i] = (struct g){.id = i};
}

static void setup(void)
{
    begin(2);
}

static void teardown(void)
{
    rt_free(rt);
}

static void put(uint32_t first, uint32_t n)
{
    for (uint32_t i = first; i < first + n; i++)
        runq_put(&m0, &gs[i], false);
}

/* The id of the next goroutine of m's queue, -1 if there is none. */
static int64_t next(struct m *m)
{
    bool inherit;
    struct g *g = runq_get(m, &inherit);

    return g ? (int64_t)g->id : -1;
}

static void is_in_order(const struct g *g, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++, g = g->link)
        ck_assert_uint_eq(g->id, first + i);
}

/* V4: the 257th. */
START_TEST(a_full_ring_spills_half)
{
    put(0, 257);
    ck_assert_uint_eq(rt->global.n, 129);
    ck_assert_uint_eq(rt->n_global, 129);
    is_in_order(rt->global.head, 0, 128);
    ck_assert_uint_eq(rt->global.tail->id, 256);
    ck_assert_uint_eq(runq_len(rt, &rt->allp[0]), 128);
    ck_assert_int_eq(next(&m0), 128);
}
END_TEST

START_TEST(runnext_does_not_count_as_ring)
{
    for (uint32_t i = 0; i < 257; i++)
        runq_put(&m0, &gs[i], true);
    ck_assert_uint_eq(rt->global.n, 0);
    ck_assert_uint_eq(runq_len(rt, &rt->allp[0]), 256);
    ck_assert_int_eq(next(&m0), 256); /* the last one is in runnext */
    ck_assert_int_eq(next(&m0), 0);
}
END_TEST

START_TEST(runnext_inherits_the_slice)
{
    bool inherit;

    runq_put(&m0, &gs[0], true);
    runq_put(&m0, &gs[1], true); /* kicks the first to the tail */
    ck_assert_uint_eq(runq_get(&m0, &inherit)->id, 1);
    ck_assert(inherit);
    ck_assert_uint_eq(runq_get(&m0, &inherit)->id, 0);
    ck_assert(!inherit);
    ck_assert_ptr_null(runq_get(&m0, &inherit));
    ck_assert(runq_empty(rt, &rt->allp[0]));
}
END_TEST

START_TEST(an_empty_ring_with_a_runnext_is_not_empty)
{
    runq_put(&m0, &gs[0], true);
    ck_assert_uint_eq(runq_len(rt, &rt->allp[0]), 0);
    ck_assert(!runq_empty(rt, &rt->allp[0]));
}
END_TEST

/* V5. */
START_TEST(global_batches)
{
    ck_assert_uint_eq(global_batch(1000, 8), 126);
    ck_assert_uint_eq(global_batch(1000, 4), 128);
    ck_assert_uint_eq(global_batch(1, 8), 1);
    ck_assert_uint_eq(global_batch(3, 1), 3);
    ck_assert_uint_eq(global_batch(7, 8), 1);
    ck_assert_uint_eq(global_batch(100000, 1), 128);
}
END_TEST

START_TEST(a_batch_runs_the_first_and_keeps_the_rest)
{
    teardown();
    begin(8);
    for (uint32_t i = 0; i < 1000; i++)
        global_put(&m0, &gs[i]);
    ck_assert_uint_eq(global_get(&m0, true)->id, 0);
    ck_assert_uint_eq(rt->global.n, 874);
    ck_assert_uint_eq(rt->n_global, 874);
    ck_assert_uint_eq(runq_len(rt, &rt->allp[0]), 125);
    for (int64_t i = 1; i <= 125; i++)
        ck_assert_int_eq(next(&m0), i);
    ck_assert_uint_eq(global_get(&m0, false)->id, 126);
    ck_assert_uint_eq(runq_len(rt, &rt->allp[0]), 0);
}
END_TEST

START_TEST(nothing_global)
{
    ck_assert_ptr_null(global_get(&m0, true));
    ck_assert_ptr_null(global_get(&m0, false));
}
END_TEST

/* V6: of seven, four are taken; the fourth runs, three are kept, three stay. */
START_TEST(a_thief_takes_half_rounded_up)
{
    put(0, 7);
    ck_assert_uint_eq(runq_steal(&m1, &rt->allp[0])->id, 3);
    ck_assert_uint_eq(runq_len(rt, &rt->allp[1]), 3);
    ck_assert_uint_eq(runq_len(rt, &rt->allp[0]), 3);
    for (int64_t i = 0; i < 3; i++)
        ck_assert_int_eq(next(&m1), i);
    for (int64_t i = 4; i < 7; i++)
        ck_assert_int_eq(next(&m0), i);
}
END_TEST

START_TEST(a_thief_takes_the_only_one)
{
    put(0, 1);
    ck_assert_uint_eq(runq_steal(&m1, &rt->allp[0])->id, 0);
    ck_assert_uint_eq(runq_len(rt, &rt->allp[1]), 0);
    ck_assert_ptr_null(runq_steal(&m1, &rt->allp[0]));
}
END_TEST

START_TEST(runnext_is_stolen_by_name_only)
{
    runq_put(&m0, &gs[0], true);
    ck_assert_ptr_null(runq_steal(&m1, &rt->allp[0]));
    put(1, 1);
    ck_assert_uint_eq(runq_steal(&m1, &rt->allp[0])->id, 1);
    ck_assert(!runq_take_next(rt, &rt->allp[0], &gs[1]));
    ck_assert_ptr_eq(rt->allp[0].runnext, &gs[0]);
    ck_assert(runq_take_next(rt, &rt->allp[0], &gs[0]));
    ck_assert_ptr_null(rt->allp[0].runnext);
    ck_assert(!runq_take_next(rt, &rt->allp[0], &gs[0]));
}
END_TEST

START_TEST(rings_wrap_around)
{
    for (uint32_t round = 0; round < 5; round++) {
        put(0, 200);
        for (int64_t i = 0; i < 200; i++)
            ck_assert_int_eq(next(&m0), i);
    }
    put(0, 256);
    ck_assert_uint_eq(runq_steal(&m1, &rt->allp[0])->id, 127);
    ck_assert_uint_eq(runq_len(rt, &rt->allp[1]), 127);
    ck_assert_int_eq(next(&m0), 128);
    ck_assert_uint_eq(rt->global.n, 0);
}
END_TEST

Suite *sched_vectors_suite(void)
{
    Suite *s = suite_create("sched/vectors");
    TCase *t = tcase_create("run queues");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_full_ring_spills_half);
    tcase_add_test(t, runnext_does_not_count_as_ring);
    tcase_add_test(t, runnext_inherits_the_slice);
    tcase_add_test(t, an_empty_ring_with_a_runnext_is_not_empty);
    tcase_add_test(t, global_batches);
    tcase_add_test(t, a_batch_runs_the_first_and_keeps_the_rest);
    tcase_add_test(t, nothing_global);
    tcase_add_test(t, a_thief_takes_half_rounded_up);
    tcase_add_test(t, a_thief_takes_the_only_one);
    tcase_add_test(t, runnext_is_stolen_by_name_only);
    tcase_add_test(t, rings_wrap_around);
    suite_add_tcase(s, t);
    return s;
}

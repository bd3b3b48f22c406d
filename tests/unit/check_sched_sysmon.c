/* The monitor: how often it looks, when it sleeps deeply, whom it preempts, and which Ps it takes out of
 * system calls. Go's runtime, proc.go: sysmon, retake. */
#include <check.h>

#include "runtime/sched/find.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sysmon.h"
#include "runtime/sched/wake.h"
#include "tests/unit/still.h"

Suite *sched_sysmon_suite(void);

#define US     INT64_C(1000)
#define MS     INT64_C(1000000)
#define SECOND INT64_C(1000000000)

static struct still s;
static struct rt *rt;
static struct m *m0, *sysmon;
static struct outside call;

static enum end make_call(struct m *m, struct g *g)
{
    (void)g;
    return call_out(m, &call, LEAF_SYSCALL);
}

static void begin(uint32_t procs)
{
    still_begin(&s, procs);
    rt = s.rt;
    m0 = still_m(&s, 0);
    sysmon = still_sysmon(&s);
    still_does(still_run(&s, m0), make_call);
}

static void setup(void)
{
    begin(2);
}

static void teardown(void)
{
    still_end(&s);
}

/* One round; how long it naps then. */
static int64_t round_of_sysmon(void)
{
    struct want want = sched_step(sysmon);

    ck_assert_int_eq(want.kind, WANT_WAIT);
    return want.deadline - rt->now;
}

/* The round after a nap of that length, ended by its deadline. */
static int64_t round_after(int64_t nap)
{
    sysmon->woken = false;
    rt->now += nap;
    rt->last_poll = rt->now;
    return round_of_sysmon();
}

/* Rounds until `time` from now, at the pace that sysmon likes. */
static void rounds_until(int64_t time)
{
    int64_t end = rt->now + time, nap = 20 * US;

    while (rt->now + nap < end)
        nap = round_after(nap);
}

/* ---- pace */

START_TEST(fifty_naps_of_20_us_then_doubling_to_10_ms)
{
    int64_t nap = round_of_sysmon();

    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(nap, 20 * US);
        nap = round_after(nap);
    }
    for (int64_t want = 40 * US; want < 10 * MS; want *= 2) {
        ck_assert_int_eq(nap, want);
        nap = round_after(nap);
    }
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(nap, 10 * MS);
        nap = round_after(nap);
    }
}
END_TEST

START_TEST(taking_a_p_makes_it_alert_again)
{
    for (int i = 0; i < 100; i++)
        round_after(20 * US);
    ck_assert_int_eq(round_after(0), 10 * MS);
    sched_step(m0); /* enters a call; nobody is idle or spins */
    ck_assert_int_eq(round_after(10 * MS), 20 * US);
    ck_assert_ptr_null(rt->allp[0].m);
}
END_TEST

START_TEST(preempting_does_not)
{
    for (int i = 0; i < 100; i++)
        round_after(20 * US);
    still_asked(&s);
    ck_assert_int_eq(round_after(10 * MS), 10 * MS);
    ck_assert_str_eq(still_asked(&s), "preempt M0");
}
END_TEST

/* ---- deep sleep */

static void idle_all(void)
{
    still_block(m0);
    find_work(m0);
    while (m0->p)
        find_work(m0);
    still_idle(&s, 1);
    rt->last_poll = rt->now;
    ck_assert_uint_eq(rt->n_idle_p, 2);
}

START_TEST(it_sleeps_deeply_when_all_ps_are_idle)
{
    idle_all();
    ck_assert_int_eq(round_of_sysmon(), 60 * SECOND);
    ck_assert_uint_eq(rt->sysmon_waits, 1);
    ck_assert_int_eq(round_after(60 * SECOND), 20 * US);
    ck_assert_uint_eq(rt->sysmon_waits, 0);
    ck_assert_int_eq(round_after(20 * US), 60 * SECOND);
}
END_TEST

START_TEST(or_when_the_world_is_being_stopped)
{
    rt->stopping = 1;
    ck_assert_int_eq(round_of_sysmon(), 60 * SECOND);
}
END_TEST

static void nothing(struct m *m, struct timer *t)
{
    (void)m, (void)t;
}

START_TEST(at_most_until_the_next_timer)
{
    struct timer t = {0};

    timer_start(m0, &t, rt->now + 5 * SECOND, nothing);
    idle_all();
    ck_assert_int_eq(round_of_sysmon(), 5 * SECOND);
    rt->now += 5 * SECOND;
    sched_step(sysmon);
    ck_assert_int_eq(round_of_sysmon(), 20 * US); /* it is due: no sleep */
}
END_TEST

START_TEST(a_system_call_wakes_it_to_20_us)
{
    for (int i = 0; i < 100; i++)
        round_after(20 * US);
    idle_all();
    round_of_sysmon();
    still_asked(&s);
    sysmon_wake(rt);
    sysmon_wake(rt);
    ck_assert_str_eq(still_asked(&s), "wake M1");
    sysmon->woken = true;
    ck_assert_int_eq(round_of_sysmon(), 20 * US);
}
END_TEST

START_TEST(a_timer_wakes_it_at_the_old_pace)
{
    struct timer t = {0};

    for (int i = 0; i < 100; i++)
        round_after(20 * US);
    timer_start(m0, &t, rt->now + SECOND, nothing);
    idle_all();
    round_of_sysmon();
    ck_assert_int_eq(round_after(SECOND), 10 * MS);
}
END_TEST

/* ---- slices */

START_TEST(a_slice_is_over_10_ms_after_it_was_first_seen)
{
    rounds_until(10 * MS); /* first seen after 20 us */
    ck_assert_str_eq(still_asked(&s), "");
    rt->now += 10 * MS - (rt->now - rt->allp[0].seen.sched_when) - 1;
    round_of_sysmon();
    ck_assert_str_eq(still_asked(&s), "");
    rt->now += 1;
    round_of_sysmon();
    ck_assert_str_eq(still_asked(&s), "preempt M0");
    ck_assert_uint_eq(m0->preempt, 1);
}
END_TEST

START_TEST(a_new_slice_is_given_its_own_10_ms)
{
    for (int i = 0; i < 10; i++) {
        round_after(9 * MS);
        rt->allp[0].schedtick++;
    }
    ck_assert_str_eq(still_asked(&s), "");
}
END_TEST

START_TEST(it_asks_again_until_the_slice_ends)
{
    round_of_sysmon();
    round_after(10 * MS);
    round_after(20 * US);
    ck_assert_str_eq(still_asked(&s), "preempt M0; preempt M0");
}
END_TEST

/* ---- system calls: V13, the monitor at its 20 us pace */

/* m0 is 5 us in a call when the monitor comes by for the first time. */
static void enter_call(void)
{
    round_of_sysmon();
    rt->now += 15 * US;
    sched_step(m0);
    rt->now += 5 * US;
}

static bool taken(void)
{
    return rt->allp[0].m != m0;
}

START_TEST(a_call_of_15_us_keeps_its_p)
{
    still_fill(&s, m0, 3);
    enter_call();
    round_of_sysmon();
    ck_assert(!taken());
    rt->now += 10 * US;
    sched_step(m0);
    ck_assert_ptr_eq(m0->p, &rt->allp[0]);
    rt->now += 10 * US;
    round_of_sysmon();
    sched_step(m0); /* the next one, seen once too */
    round_after(20 * US);
    ck_assert(!taken());
}
END_TEST

START_TEST(with_work_behind_it_the_second_look_takes_its_p)
{
    still_idle(&s, 1);
    still_fill(&s, m0, 1);
    enter_call();
    still_asked(&s);
    round_of_sysmon();
    ck_assert(!taken());
    round_after(20 * US);
    ck_assert(taken());
    ck_assert_str_eq(still_asked(&s), "start M2 with P0");
    ck_assert_uint_eq(rt->allp[0].syscalltick, 1);
}
END_TEST

START_TEST(without_work_and_with_an_idle_p_5_ms_keep_it)
{
    still_idle(&s, 1);
    enter_call();
    for (int i = 0; i < 250; i++)
        round_after(20 * US);
    ck_assert(!taken());
    sched_step(m0);
    ck_assert_ptr_eq(m0->p, &rt->allp[0]);
}
END_TEST

START_TEST(and_12_ms_do_not)
{
    still_idle(&s, 1);
    enter_call();
    rt->allp[0].schedtick++; /* a slice as young as the call */
    round_of_sysmon();
    int64_t first = rt->now;

    still_asked(&s);
    while (!taken())
        round_after(20 * US);
    ck_assert_int_eq(rt->now - first, 10 * MS);
    ck_assert_str_eq(still_asked(&s), "start M2 with P0"); /* to poll: all other Ps are idle */
}
END_TEST

START_TEST(where_nobody_looks_for_work_the_second_look_takes_it_too)
{
    enter_call();
    still_asked(&s);
    round_of_sysmon();
    round_after(20 * US);
    ck_assert(taken());
    ck_assert_str_eq(still_asked(&s), "start M2 with P0 spinning");
}
END_TEST

/* The slice of the goroutine in the call is over: no grace for a first sight. */
START_TEST(an_old_slice_loses_its_p_at_first_sight)
{
    round_of_sysmon();
    still_fill(&s, m0, 1);
    rt->now += 10 * MS - 1;
    sched_step(m0);
    still_asked(&s);
    rt->now += 1;
    round_of_sysmon();
    ck_assert(taken());
    ck_assert_str_eq(still_asked(&s), "start M2 with P0");
}
END_TEST

START_TEST(a_new_call_is_a_new_first_sight)
{
    still_fill(&s, m0, 1);
    enter_call();
    for (int i = 0; i < 20; i++) {
        round_of_sysmon();
        ck_assert(!taken());
        sched_step(m0); /* returns */
        sched_step(m0); /* and calls again */
        rt->now += 20 * US;
    }
}
END_TEST

/* ---- the network */

static void complete(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        g_list_push_tail(&s.completed, still_g(&s, G_WAITING));
    rt->poll_waiters = n;
}

START_TEST(it_polls_when_nobody_did_for_more_than_10_ms)
{
    still_idle(&s, 1);
    complete(3);
    rt->now += 10 * MS;
    round_of_sysmon();
    ck_assert_uint_eq(s.polls, 0);
    rt->now += 1;
    still_asked(&s);
    round_of_sysmon();
    ck_assert_uint_eq(s.polls, 1);
    ck_assert_int_eq(rt->last_poll, rt->now);
    ck_assert_str_eq(still_global(&s), "2 3 4");
    ck_assert_str_eq(still_asked(&s), "start M2 with P1");
    ck_assert_uint_eq(rt->poll_waiters, 0);
}
END_TEST

START_TEST(it_does_not_poll_beside_a_blocked_m)
{
    complete(1);
    rt->last_poll = 0;
    rt->now += SECOND;
    round_of_sysmon();
    ck_assert_uint_eq(s.polls, 0);
}
END_TEST

Suite *sched_sysmon_suite(void)
{
    Suite *suite = suite_create("sched/sysmon");
    TCase *t = tcase_create("pace");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, fifty_naps_of_20_us_then_doubling_to_10_ms);
    tcase_add_test(t, taking_a_p_makes_it_alert_again);
    tcase_add_test(t, preempting_does_not);
    suite_add_tcase(suite, t);

    t = tcase_create("deep sleep");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, it_sleeps_deeply_when_all_ps_are_idle);
    tcase_add_test(t, or_when_the_world_is_being_stopped);
    tcase_add_test(t, at_most_until_the_next_timer);
    tcase_add_test(t, a_system_call_wakes_it_to_20_us);
    tcase_add_test(t, a_timer_wakes_it_at_the_old_pace);
    suite_add_tcase(suite, t);

    t = tcase_create("slices");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_slice_is_over_10_ms_after_it_was_first_seen);
    tcase_add_test(t, a_new_slice_is_given_its_own_10_ms);
    tcase_add_test(t, it_asks_again_until_the_slice_ends);
    suite_add_tcase(suite, t);

    t = tcase_create("system calls");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_call_of_15_us_keeps_its_p);
    tcase_add_test(t, with_work_behind_it_the_second_look_takes_its_p);
    tcase_add_test(t, without_work_and_with_an_idle_p_5_ms_keep_it);
    tcase_add_test(t, and_12_ms_do_not);
    tcase_add_test(t, where_nobody_looks_for_work_the_second_look_takes_it_too);
    tcase_add_test(t, an_old_slice_loses_its_p_at_first_sight);
    tcase_add_test(t, a_new_call_is_a_new_first_sight);
    suite_add_tcase(suite, t);

    t = tcase_create("network");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, it_polls_when_nobody_did_for_more_than_10_ms);
    tcase_add_test(t, it_does_not_poll_beside_a_blocked_m);
    suite_add_tcase(suite, t);
    return suite;
}

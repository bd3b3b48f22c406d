/* Stopping the world. Go's runtime, proc.go: stopTheWorldWithSema, startTheWorldWithSema. */
#include <check.h>
#include <string.h>

#include "runtime/sched/find.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/wake.h"
#include "tests/unit/still.h"

Suite *sched_stw_suite(void);

#define US INT64_C(1000)

static struct still s;
static struct rt *rt;
static struct m *m0, *m1; /* hold P0 and P1 */
static struct g *g;       /* runs on m0, which stops the world */
static struct stw_op op;
static struct outside call;
static bool stopped;

static enum end stop(struct m *m, struct g *by)
{
    enum end end = stw_stop(m, by, &op, STW_READ_MEM_STATS, LEAF_NONE);

    stopped = end == DONE;
    return end;
}

static enum end make_call(struct m *m, struct g *by)
{
    (void)by;
    return call_out(m, &call, LEAF_SYSCALL);
}

static void setup(void)
{
    still_begin(&s, 5);
    rt = s.rt;
    m0 = still_m(&s, 0);
    m1 = still_m(&s, 1);
    op = (struct stw_op){0};
    stopped = false;
    g = still_run(&s, m0);
    still_does(g, stop);
}

static void teardown(void)
{
    still_end(&s);
}

/* P2 is idle, P3's goroutine is in a system call. The M in the call. */
static struct m *two_idle_three_calls(void)
{
    struct m *m = still_m(&s, 3);

    still_does(still_run(&s, m), make_call);
    sched_step(m);
    still_idle(&s, 2);
    still_idle(&s, 4);
    return m;
}

START_TEST(idle_ps_and_ps_in_calls_are_taken_at_once)
{
    two_idle_three_calls();
    find_work(m1);
    while (m1->p)
        find_work(m1);
    sched_step(m0);
    ck_assert(stopped);
    for (uint32_t i = 1; i < 5; i++)
        ck_assert_uint_eq(rt->allp[i].state, P_GCSTOP);
    ck_assert_uint_eq(rt->allp[3].syscalltick, 1);
    ck_assert_uint_eq(rt->n_idle_p, 0);
    ck_assert_uint_eq(rt->allp[0].state, P_RUNNING);
    ck_assert_str_eq(still_asked(&s), "");
}
END_TEST

START_TEST(the_others_are_asked_every_100_us)
{
    two_idle_three_calls();
    still_run(&s, m1);
    struct want want = sched_step(m0);

    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(want.kind, WANT_WAIT);
        ck_assert_int_eq(want.deadline, rt->now + 100 * US);
        ck_assert_str_eq(still_asked(&s), "preempt M1");
        ck_assert_uint_eq(m1->preempt, 1);
        rt->now += 100 * US;
        want = sched_step(m0);
    }
    ck_assert(!stopped);
    still_asked(&s);
    sched_step(m1); /* its goroutine gives way */
    sched_step(m1); /* its P joins */
    ck_assert_str_eq(still_asked(&s), "wake M0");
    sched_step(m0);
    ck_assert(stopped);
}
END_TEST

START_TEST(turns_are_taken_in_order)
{
    struct stw_op more[3] = {0};
    struct g *gs[3];

    for (uint32_t i = 2; i < 5; i++)
        still_idle(&s, i);
    find_work(m1);
    while (m1->p)
        find_work(m1);
    rt->n_spinning = 1; /* so that nobody is woken between */
    ck_assert_int_eq(stw_stop(m0, g, &op, STW_READ_MEM_STATS, LEAF_NONE), DONE);
    for (int i = 0; i < 3; i++) {
        gs[i] = still_g(&s, G_RUNNING);
        ck_assert_int_eq(stw_stop(m0, gs[i], &more[i], STW_READ_MEM_STATS, LEAF_NONE), PARK);
        ck_assert_ptr_eq(m0->unlock, &rt->lock);
        unlock(rt, m0->unlock);
        gs[i]->state = G_WAITING;
    }
    for (int i = 0; i < 3; i++) {
        stw_start(m0, g, i ? &more[i - 1] : &op);
        ck_assert_uint_eq(rt->allp[0].runnext->id, gs[i]->id); /* handed over */
        ck_assert_ptr_eq(rt->stw_owner, gs[i]);
        rt->allp[0].runnext = NULL;
        ck_assert_int_eq(stw_stop(m0, gs[i], &more[i], STW_READ_MEM_STATS, LEAF_NONE), DONE);
    }
    stw_start(m0, g, &more[2]);
    ck_assert_ptr_null(rt->stw_owner);
}
END_TEST

/* Stops the world with work on P1, P2 and P4. */
static void stop_with_work(void)
{
    still_fill(&s, m1, 1);
    for (uint32_t i = 2; i < 5; i += 2) {
        struct m *m = still_m(&s, i);

        still_fill(&s, m, 1);
        p_move(m, m->p, P_RUNNING, P_IDLE);
        still_idle(&s, i);
    }
    still_idle(&s, 3);
    rt->stopping = 0;
    sched_step(m0);
    find_work(m1);
    sched_step(m0);
    ck_assert(stopped);
    still_asked(&s);
}

START_TEST(the_start_gives_an_m_to_every_p_with_work_and_wakes_one_more)
{
    stop_with_work();
    m0->g = g;
    stw_start(m0, g, &op);
    ck_assert_str_eq(still_asked(&s),
                     "wake M1 with P1; start M4 with P2; start M5 with P4; start M6 with P3 spinning");
    ck_assert_uint_eq(rt->stopping, 0);
    ck_assert_uint_eq(rt->n_idle_p, 0);
}
END_TEST

START_TEST(idle_ps_are_stacked_lowest_on_top)
{
    for (uint32_t i = 2; i < 5; i++)
        still_idle(&s, i);
    find_work(m1);
    while (m1->p)
        find_work(m1);
    sched_step(m0);
    rt->n_spinning = 1; /* so that nobody is woken */
    stw_start(m0, g, &op);
    for (uint32_t i = 1; i < 5; i++)
        ck_assert_uint_eq(idle_p_take(rt, false)->id, i);
}
END_TEST

START_TEST(the_start_wakes_the_monitor)
{
    struct m *sysmon = still_sysmon(&s);

    stop_with_work();
    sched_step(sysmon);
    ck_assert_uint_eq(rt->sysmon_waits, 1);
    stw_start(m0, g, &op);
    ck_assert_uint_eq(rt->sysmon_waits, 0);
    ck_assert_ptr_nonnull(strstr(still_asked(&s), "wake M2"));
}
END_TEST

/* What the network has ready is polled while the others stand still, and so stays with this P. */
START_TEST(the_start_polls_first)
{
    for (uint32_t i = 2; i < 5; i++)
        still_idle(&s, i);
    find_work(m1);
    while (m1->p)
        find_work(m1);
    sched_step(m0);
    ck_assert(stopped);
    for (int i = 0; i < 3; i++)
        g_list_push_tail(&s.completed, still_g(&s, G_WAITING));
    rt->poll_waiters = 3;
    stw_start(m0, g, &op);
    ck_assert_str_eq(still_ring(&s, 0), "2 3 4");
    ck_assert_str_eq(still_asked(&s), "wake M1 with P1 spinning");
}
END_TEST

START_TEST(a_call_that_ends_meanwhile_waits)
{
    struct m *m = two_idle_three_calls();

    find_work(m1);
    while (m1->p)
        find_work(m1);
    sched_step(m0);
    ck_assert(stopped);
    ck_assert_int_eq(sched_step(m).kind, WANT_WAIT);
    ck_assert_str_eq(still_global(&s), "2");
}
END_TEST

START_TEST(an_m_from_the_poller_waits_with_all_it_brings)
{
    for (uint32_t i = 2; i < 5; i++)
        still_idle(&s, i);
    rt->poll_waiters = 2;
    struct want want;

    do
        want = sched_step(m1);
    while (want.kind == WANT_COMPUTE);
    ck_assert_int_eq(want.kind, WANT_POLL);
    sched_step(m0);
    ck_assert(stopped);
    for (int i = 0; i < 2; i++)
        g_list_push_tail(&s.completed, still_g(&s, G_WAITING));
    ck_assert_int_eq(sched_step(m1).kind, WANT_WAIT);
    ck_assert_str_eq(still_global(&s), "2 3");
}
END_TEST

Suite *sched_stw_suite(void)
{
    Suite *suite = suite_create("sched/stw");
    TCase *t = tcase_create("stop");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, idle_ps_and_ps_in_calls_are_taken_at_once);
    tcase_add_test(t, the_others_are_asked_every_100_us);
    tcase_add_test(t, turns_are_taken_in_order);
    tcase_add_test(t, a_call_that_ends_meanwhile_waits);
    tcase_add_test(t, an_m_from_the_poller_waits_with_all_it_brings);
    suite_add_tcase(suite, t);

    t = tcase_create("start");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_start_gives_an_m_to_every_p_with_work_and_wakes_one_more);
    tcase_add_test(t, idle_ps_are_stacked_lowest_on_top);
    tcase_add_test(t, the_start_wakes_the_monitor);
    tcase_add_test(t, the_start_polls_first);
    suite_add_tcase(suite, t);
    return suite;
}

/* System calls: what happens to the P of a goroutine that makes one, and how it gets one back. Go's runtime,
 * proc.go: reentersyscall, exitsyscall. */
#include <check.h>

#include "runtime/sched/find.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sysmon.h"
#include "runtime/sched/wake.h"
#include "tests/unit/still.h"

Suite *sched_syscall_suite(void);

static struct still s;
static struct rt *rt;
static struct m *m0, *m1; /* hold P0 and P1 */
static struct g *g;       /* runs on m0 */
static struct outside call;

static enum end make_call(struct m *m, struct g *of)
{
    (void)of;
    return call_out(m, &call, LEAF_SYSCALL);
}

static void setup(void)
{
    still_begin(&s, 3);
    rt = s.rt;
    m0 = still_m(&s, 0);
    m1 = still_m(&s, 1);
    g = still_run(&s, m0);
    still_does(g, make_call);
}

static void teardown(void)
{
    still_end(&s);
}

static void enter(struct m *m)
{
    struct want want = sched_step(m);

    ck_assert_int_eq(want.kind, WANT_CALL);
    ck_assert_ptr_eq(want.call, &call);
}

/* P0 is taken away, as sysmon does, and is nobody's. */
static void take_p0(void)
{
    struct m *sysmon = still_sysmon(&s);

    p_move(sysmon, &rt->allp[0], P_SYSCALL, P_IDLE);
    rt->allp[0].syscalltick++;
}

START_TEST(the_p_stays_attached)
{
    enter(m0);
    ck_assert_uint_eq(g->state, G_SYSCALL);
    ck_assert_uint_eq(rt->allp[0].state, P_SYSCALL);
    ck_assert_ptr_eq(rt->allp[0].m, m0);
    ck_assert_ptr_null(m0->p);
    ck_assert_ptr_eq(m0->g, g);
}
END_TEST

START_TEST(its_work_can_be_stolen)
{
    still_fill(&s, m0, 4);
    enter(m0);
    find_work(m1);
    ck_assert_uint_eq(m1->g->id, 3);
    ck_assert_str_eq(still_ring(&s, 0), "4 5");
}
END_TEST

START_TEST(entering_ends_a_deep_sleep_of_the_monitor)
{
    still_sysmon(&s);
    rt->sysmon_waits = 1;
    enter(m0);
    ck_assert_str_eq(still_asked(&s), "wake M2");
    ck_assert_uint_eq(rt->sysmon_waits, 0);
}
END_TEST

START_TEST(while_the_world_is_being_stopped_the_p_is_surrendered)
{
    rt->stopping = 1;
    rt->stop_wait = 1;
    rt->stopper = m1;
    enter(m0);
    ck_assert_uint_eq(rt->allp[0].state, P_GCSTOP);
    ck_assert_uint_eq(rt->allp[0].syscalltick, 1);
    ck_assert_str_eq(still_asked(&s), "wake M1");
}
END_TEST

/* ---- the way back */

START_TEST(back_on_its_own_p)
{
    rt->allp[0].schedtick = 7;
    enter(m0);
    still_idle(&s, 2);
    ck_assert_int_eq(sched_step(m0).kind, WANT_COMPUTE);
    ck_assert_ptr_eq(m0->p, &rt->allp[0]);
    ck_assert_ptr_eq(m0->g, g);
    ck_assert_uint_eq(g->state, G_RUNNING);
    ck_assert_uint_eq(rt->allp[0].schedtick, 7); /* no new slice */
    ck_assert_uint_eq(rt->allp[0].syscalltick, 1);
}
END_TEST

START_TEST(or_on_its_old_p_out_of_the_call_of_another)
{
    enter(m0);
    take_p0();
    struct m *m3 = still_m(&s, 0);

    still_does(still_run(&s, m3), make_call);
    enter(m3);
    still_idle(&s, 2);
    sched_step(m0);
    ck_assert_ptr_eq(m0->p, &rt->allp[0]);
    ck_assert_ptr_eq(m0->g, g);
    ck_assert_ptr_eq(rt->idle_p, &rt->allp[2]);
    sched_step(m3);
    ck_assert_ptr_eq(m3->p, &rt->allp[2]);
}
END_TEST

START_TEST(or_on_any_idle_one)
{
    enter(m0);
    take_p0();
    still_m(&s, 0);
    still_idle(&s, 2);
    rt->allp[2].schedtick = 5;
    sched_step(m0);
    ck_assert_ptr_eq(m0->p, &rt->allp[2]);
    ck_assert_ptr_eq(m0->g, g);
    ck_assert_uint_eq(rt->allp[2].schedtick, 5);
    ck_assert_uint_eq(rt->allp[2].syscalltick, 1);
}
END_TEST

/* All Ps were idle and the monitor slept: without it nobody would preempt what runs now. */
START_TEST(taking_an_idle_p_ends_a_deep_sleep)
{
    enter(m0);
    take_p0();
    still_idle(&s, 0);
    rt->sysmon_waits = 1;
    sched_step(m0);
    ck_assert_ptr_eq(m0->g, g);
    ck_assert_str_eq(still_asked(&s), "wake M2");
    ck_assert_uint_eq(rt->sysmon_waits, 0);
}
END_TEST

START_TEST(or_to_the_global_tail)
{
    enter(m0);
    take_p0();
    still_m(&s, 0);
    global_put(m1, still_g(&s, G_RUNNABLE));
    struct want want = sched_step(m0);

    ck_assert_int_eq(want.kind, WANT_WAIT);
    ck_assert_int_eq(want.deadline, NEVER);
    ck_assert_str_eq(still_global(&s), "2 1");
    ck_assert_uint_eq(rt->n_global, 2);
    ck_assert_uint_eq(g->state, G_RUNNABLE);
    ck_assert_ptr_eq(rt->idle_m, m0);
    ck_assert_ptr_null(m0->g);
}
END_TEST

START_TEST(not_while_the_world_is_stopped)
{
    rt->stopping = 1;
    rt->stop_wait = 3;
    enter(m0);
    ck_assert_int_eq(sched_step(m0).kind, WANT_WAIT);
    ck_assert_str_eq(still_global(&s), "1");
}
END_TEST

/* A request made while nothing runs there is lost: the goroutine that comes back has a slice like any. */
START_TEST(a_goroutine_in_a_call_is_not_preempted)
{
    enter(m0);
    preempt_p(rt, &rt->allp[0]);
    ck_assert_str_eq(still_asked(&s), "");
    sched_step(m0);
    ck_assert_uint_eq(m0->preempt, 0);
    enter(m0);
}
END_TEST

/* ---- brief ones */

START_TEST(brief_calls_keep_the_p_and_wake_the_monitor)
{
    still_sysmon(&s);
    brief_syscall(m0);
    ck_assert_str_eq(still_asked(&s), "");
    rt->sysmon_waits = 1;
    brief_syscall(m0);
    ck_assert_str_eq(still_asked(&s), "wake M2");
    ck_assert_uint_eq(rt->allp[0].state, P_RUNNING);
}
END_TEST

Suite *sched_syscall_suite(void)
{
    Suite *suite = suite_create("sched/syscall");
    TCase *t = tcase_create("entering");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_p_stays_attached);
    tcase_add_test(t, its_work_can_be_stolen);
    tcase_add_test(t, entering_ends_a_deep_sleep_of_the_monitor);
    tcase_add_test(t, while_the_world_is_being_stopped_the_p_is_surrendered);
    tcase_add_test(t, brief_calls_keep_the_p_and_wake_the_monitor);
    suite_add_tcase(suite, t);

    t = tcase_create("the way back");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, back_on_its_own_p);
    tcase_add_test(t, or_on_its_old_p_out_of_the_call_of_another);
    tcase_add_test(t, or_on_any_idle_one);
    tcase_add_test(t, taking_an_idle_p_ends_a_deep_sleep);
    tcase_add_test(t, or_to_the_global_tail);
    tcase_add_test(t, not_while_the_world_is_stopped);
    tcase_add_test(t, a_goroutine_in_a_call_is_not_preempted);
    suite_add_tcase(suite, t);
    return suite;
}

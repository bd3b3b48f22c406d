/* Who wakes whom: idle stacks, one worker at a time, handing off a P, bulk injection, the limit on threads.
 * Go's runtime, proc.go: wakep, startm, handoffp, ready, injectglist. */
#include <check.h>

#include "runtime/gc/gc.h"
#include "runtime/sched/find.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/wake.h"
#include "tests/unit/still.h"

Suite *sched_wake_suite(void);

static struct still s;
static struct rt *rt;
static struct m *m0; /* holds P0 */

static void begin(uint32_t procs)
{
    still_begin(&s, procs);
    rt = s.rt;
    m0 = still_m(&s, 0);
}

static void setup(void)
{
    begin(4);
}

static void teardown(void)
{
    still_end(&s);
}

static void begin_again(uint32_t procs)
{
    teardown();
    begin(procs);
}

/* Ps 1 to 3 go idle, the lowest last. */
static void idle_others(void)
{
    for (uint32_t i = rt->set.gomaxprocs; i-- > 1;)
        still_idle(&s, i);
}

/* ---- idle stacks */

START_TEST(the_last_idled_p_is_used_first)
{
    idle_others();
    ck_assert_uint_eq(rt->n_idle_p, 3);
    for (uint32_t i = 1; i < 4; i++) {
        struct p *p = idle_p_take(rt, false);

        ck_assert_uint_eq(p->id, i);
        ck_assert_uint_eq(p->is_idle, 0);
    }
    ck_assert_ptr_null(idle_p_take(rt, false));
    ck_assert_uint_eq(rt->n_idle_p, 0);
    ck_assert_uint_eq(rt->need_spinning, 0);
    ck_assert_ptr_null(idle_p_take(rt, true));
    ck_assert_uint_eq(rt->need_spinning, 1);
}
END_TEST

START_TEST(the_last_idled_m_is_used_first)
{
    still_sleeper(&s);
    still_sleeper(&s);
    start_m(m0, &rt->allp[1], false);
    start_m(m0, &rt->allp[2], true);
    start_m(m0, &rt->allp[3], false);
    ck_assert_str_eq(still_asked(&s), "wake M2 with P1; wake M1 with P2 spinning; start M3 with P3");
    ck_assert_uint_eq(rt->n_idle_m, 0);
}
END_TEST

START_TEST(the_10001st_thread_is_fatal)
{
    for (uint32_t i = 1; i < 10000; i++)
        ck_assert_ptr_nonnull(m_new(rt));
    ck_assert_uint_eq(rt->n_m, 10000);
    start_m(m0, &rt->allp[1], false);
    ck_assert_str_eq(still_asked(&s), "");
    ck_assert_uint_eq(rt->ended, 1);
    ck_assert_int_eq(rt->end, END_FATAL);
    ck_assert_str_eq(rt->end_text, "runtime: program exceeds 10000-thread limit");
}
END_TEST

START_TEST(ten_thousand_threads_are_not)
{
    for (uint32_t i = 1; i < 9999; i++)
        m_new(rt);
    start_m(m0, &rt->allp[1], false);
    ck_assert_str_eq(still_asked(&s), "start M9999 with P1");
    ck_assert_uint_eq(rt->ended, 0);
}
END_TEST

/* Two Ms may fail at once: what is told is whole, and the first's. */
START_TEST(the_first_fatal_error_is_the_one_told)
{
    struct g *g = still_run(&s, m0);

    fatal(m0, "first");
    fatal(still_sysmon(&s), "second");
    ck_assert_str_eq(rt->end_text, "first");
    ck_assert_uint_eq(rt->end_g, g->id);
}
END_TEST

/* ---- one at a time */

START_TEST(only_one_worker_is_woken_at_a_time)
{
    idle_others();
    wake_p(m0);
    wake_p(m0);
    ck_assert_str_eq(still_asked(&s), "start M1 with P1 spinning");
    ck_assert_uint_eq(rt->n_spinning, 1);
    ck_assert_uint_eq(rt->n_idle_p, 2);
}
END_TEST

START_TEST(a_spinner_that_finds_work_wakes_the_next_before_it_runs)
{
    idle_others();
    wake_p(m0);
    still_asked(&s);
    struct m *m1 = rt->allm[1];

    still_fill(&s, m0, 1);
    ck_assert_int_eq(sched_step(m1).kind, WANT_COMPUTE);
    ck_assert_ptr_eq(m1->p, &rt->allp[1]);
    ck_assert_uint_eq(m1->g->id, 1);
    ck_assert(!m1->spinning);
    ck_assert_str_eq(still_asked(&s), "start M2 with P2 spinning");
    ck_assert_uint_eq(rt->n_spinning, 1);
}
END_TEST

START_TEST(one_of_two_spinners_that_finds_work_wakes_nobody)
{
    idle_others();
    wake_p(m0);
    still_asked(&s);
    rt->n_spinning++;
    still_fill(&s, m0, 1);
    sched_step(rt->allm[1]);
    ck_assert_str_eq(still_asked(&s), "");
    ck_assert_uint_eq(rt->n_spinning, 1);
}
END_TEST

/* Work that nobody could be woken for: whoever is about to idle looks for it instead. */
START_TEST(without_an_idle_p_a_spinner_is_needed)
{
    wake_p(m0);
    ck_assert_str_eq(still_asked(&s), "");
    ck_assert_uint_eq(rt->n_spinning, 0);
    ck_assert_uint_eq(rt->need_spinning, 1);
    spin_begin(m0);
    ck_assert_uint_eq(rt->need_spinning, 0);
    spin_end(m0);
    ck_assert_uint_eq(rt->n_spinning, 0);
}
END_TEST

START_TEST(with_a_spinner_none_is_needed)
{
    rt->n_spinning = 1;
    wake_p(m0);
    ck_assert_uint_eq(rt->need_spinning, 0);
}
END_TEST

/* ---- ready */

START_TEST(a_readied_goroutine_kicks_the_one_before_to_the_tail)
{
    idle_others();
    still_fill(&s, m0, 1);
    for (int i = 0; i < 3; i++)
        ready(m0, still_g(&s, G_WAITING), TO_RUNNEXT, LEAF_NONE);
    ck_assert_str_eq(still_ring(&s, 0), "1 2 3");
    ck_assert_uint_eq(rt->allp[0].runnext->id, 4);
    ck_assert_uint_eq(rt->allp[0].runnext->state, G_RUNNABLE);
    ck_assert_str_eq(still_asked(&s), "start M1 with P1 spinning");
}
END_TEST

START_TEST(or_goes_to_the_tail_itself)
{
    idle_others();
    ready(m0, still_g(&s, G_WAITING), TO_RUNNEXT, LEAF_NONE);
    ready(m0, still_g(&s, G_WAITING), TO_LOCAL_TAIL, LEAF_NONE);
    ck_assert_str_eq(still_ring(&s, 0), "2");
    ck_assert_uint_eq(rt->allp[0].runnext->id, 1);
}
END_TEST

/* ---- handing off a P, in the order of the questions */

static struct p *p1(void)
{
    return &rt->allp[1];
}

/* P1, which nobody holds, is handed off by sysmon. */
static const char *handed_off(void)
{
    struct m *sysmon = still_sysmon(&s);

    still_asked(&s);
    hand_off(sysmon, p1());
    return still_asked(&s);
}

static void idle_two_and_three(void)
{
    still_idle(&s, 2);
    still_idle(&s, 3);
}

START_TEST(hand_off_for_local_work)
{
    idle_two_and_three();
    p1()->runnext = still_g(&s, G_RUNNABLE);
    rt->stopping = 1;
    ck_assert_str_eq(handed_off(), "start M2 with P1");
}
END_TEST

START_TEST(hand_off_for_global_work)
{
    idle_two_and_three();
    global_put(m0, still_g(&s, G_RUNNABLE));
    ck_assert_str_eq(handed_off(), "start M2 with P1");
}
END_TEST

START_TEST(hand_off_for_marking)
{
    static struct gc gc;
    static struct worker worker;

    idle_two_and_three();
    gc = (struct gc){.phase = GC_MARKING, .work = 1, .parked = &worker};
    rt->gc = &gc;
    gc.slots.dedicated = 1; /* no idle worker may run, but a dedicated one could */
    ck_assert_str_eq(handed_off(), "start M2 with P1");
}
END_TEST

START_TEST(hand_off_where_nobody_looks_for_work)
{
    rt->need_spinning = 1;
    ck_assert_str_eq(handed_off(), "start M2 with P1 spinning");
    ck_assert_uint_eq(rt->n_spinning, 1);
    ck_assert_uint_eq(rt->need_spinning, 0);
}
END_TEST

START_TEST(hand_off_to_a_stop_of_the_world)
{
    rt->stopping = 1;
    rt->stop_wait = 1;
    rt->stopper = m0;
    rt->n_spinning = 1;
    ck_assert_str_eq(handed_off(), "wake M0");
    ck_assert_uint_eq(p1()->state, P_GCSTOP);
    ck_assert_uint_eq(rt->stop_wait, 0);
}
END_TEST

START_TEST(hand_off_so_that_somebody_polls)
{
    begin_again(2);
    rt->n_spinning = 1;
    still_idle(&s, 0);
    ck_assert_str_eq(handed_off(), "start M2 with P1");
    begin_again(2);
    rt->n_spinning = 1;
    still_idle(&s, 0);
    rt->last_poll = 0; /* an M is in the poller */
    ck_assert_str_eq(handed_off(), "");
    ck_assert_ptr_eq(rt->idle_p, p1());
}
END_TEST

static void nothing(struct m *m, struct timer *t)
{
    (void)m, (void)t;
}

START_TEST(hand_off_to_the_idle_stack_and_tell_the_poller)
{
    struct timer t = {0};

    begin_again(3);
    still_idle(&s, 2);
    rt->last_poll = 0;
    rt->poll_until = 2000;
    struct m *m1 = still_m(&s, 1);

    timer_start(m1, &t, 2000, nothing);
    p_move(m1, p1(), P_RUNNING, P_IDLE);
    ck_assert_str_eq(handed_off(), "");
    ck_assert_ptr_eq(idle_p_take(rt, false), p1());
    rt->poll_until = 2001;
    ck_assert_str_eq(handed_off(), "break");
}
END_TEST

/* ---- bulk */

static struct g_list waiting(uint32_t n)
{
    struct g_list list = {0};

    for (uint32_t i = 0; i < n; i++)
        g_list_push_tail(&list, still_g(&s, G_WAITING));
    return list;
}

START_TEST(as_many_as_idle_ps_go_global_the_rest_to_the_ring)
{
    struct g_list list = waiting(5);

    still_idle(&s, 2);
    still_idle(&s, 1);
    runq_put(m0, still_g(&s, G_RUNNABLE), true);
    inject(m0, &list);
    ck_assert_str_eq(still_global(&s), "1 2");
    ck_assert_str_eq(still_ring(&s, 0), "3 4 5");
    ck_assert_uint_eq(rt->allp[0].runnext->id, 6);
    ck_assert_str_eq(still_asked(&s), "start M1 with P1; start M2 with P2");
    ck_assert_uint_eq(rt->n_spinning, 0);
    ck_assert_uint_eq(list.n, 0);
}
END_TEST

START_TEST(a_short_list_leaves_ps_idle_and_wakes_one_more)
{
    struct g_list list = waiting(1);

    idle_others();
    inject(m0, &list);
    ck_assert_str_eq(still_asked(&s), "start M1 with P1; start M2 with P2 spinning");
}
END_TEST

START_TEST(an_empty_list_wakes_nobody)
{
    struct g_list list = {0};

    idle_others();
    inject(m0, &list);
    ck_assert_str_eq(still_asked(&s), "");
}
END_TEST

START_TEST(a_list_beyond_the_ring_goes_global)
{
    struct g_list list = waiting(100); /* 1 to 100 */

    still_fill(&s, m0, 200);
    inject(m0, &list);
    ck_assert_uint_eq(runq_len(rt, &rt->allp[0]), 256);
    ck_assert_uint_eq(rt->global.n, 44);
    ck_assert_uint_eq(rt->n_global, 44);
    ck_assert_uint_eq(rt->global.head->id, 57);
    ck_assert_uint_eq(rt->global.tail->id, 100);
    ck_assert_uint_eq(still_next(m0), 101);
}
END_TEST

START_TEST(without_a_p_all_go_global)
{
    struct g_list list = waiting(3);
    struct m *sysmon = still_sysmon(&s);

    still_idle(&s, 2);
    still_idle(&s, 1);
    inject(sysmon, &list);
    ck_assert_str_eq(still_global(&s), "1 2 3");
    ck_assert_str_eq(still_asked(&s), "start M2 with P1; start M3 with P2");
    ck_assert_uint_eq(rt->need_spinning, 1); /* for the third */
}
END_TEST

Suite *sched_wake_suite(void)
{
    Suite *suite = suite_create("sched/wake");
    TCase *t = tcase_create("idle stacks");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_last_idled_p_is_used_first);
    tcase_add_test(t, the_last_idled_m_is_used_first);
    tcase_add_test(t, the_10001st_thread_is_fatal);
    tcase_add_test(t, ten_thousand_threads_are_not);
    tcase_add_test(t, the_first_fatal_error_is_the_one_told);
    suite_add_tcase(suite, t);

    t = tcase_create("one at a time");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, only_one_worker_is_woken_at_a_time);
    tcase_add_test(t, a_spinner_that_finds_work_wakes_the_next_before_it_runs);
    tcase_add_test(t, one_of_two_spinners_that_finds_work_wakes_nobody);
    tcase_add_test(t, without_an_idle_p_a_spinner_is_needed);
    tcase_add_test(t, with_a_spinner_none_is_needed);
    tcase_add_test(t, a_readied_goroutine_kicks_the_one_before_to_the_tail);
    tcase_add_test(t, or_goes_to_the_tail_itself);
    suite_add_tcase(suite, t);

    t = tcase_create("hand-off");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, hand_off_for_local_work);
    tcase_add_test(t, hand_off_for_global_work);
    tcase_add_test(t, hand_off_for_marking);
    tcase_add_test(t, hand_off_where_nobody_looks_for_work);
    tcase_add_test(t, hand_off_to_a_stop_of_the_world);
    tcase_add_test(t, hand_off_so_that_somebody_polls);
    tcase_add_test(t, hand_off_to_the_idle_stack_and_tell_the_poller);
    suite_add_tcase(suite, t);

    t = tcase_create("injection");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, as_many_as_idle_ps_go_global_the_rest_to_the_ring);
    tcase_add_test(t, a_short_list_leaves_ps_idle_and_wakes_one_more);
    tcase_add_test(t, an_empty_list_wakes_nobody);
    tcase_add_test(t, a_list_beyond_the_ring_goes_global);
    tcase_add_test(t, without_a_p_all_go_global);
    suite_add_tcase(suite, t);
    return suite;
}

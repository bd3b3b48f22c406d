/* Time slices: what inherits one, what ends one, and where a goroutine that gives way goes. Go's runtime,
 * proc.go: execute, goschedImpl, goyield, preemptone. */
#include <check.h>

#include "runtime/sched/find.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/sysmon.h"
#include "tests/unit/hand.h"
#include "tests/unit/still.h"

Suite *sched_slice_suite(void);

static struct still s;
static struct rt *rt;
static struct m *m0; /* holds P0 */

static void setup(void)
{
    still_begin(&s, 2);
    rt = s.rt;
    m0 = still_m(&s, 0);
}

static void teardown(void)
{
    still_end(&s);
}

/* ---- giving way */

static enum end gosched(struct m *m, struct g *g)
{
    (void)g;
    return yield_to(m, false, STOP_GOSCHED, LEAF_GOSCHED);
}

static enum end hand_on(struct m *m, struct g *g)
{
    (void)g;
    return yield_to(m, true, STOP_PREEMPTED, LEAF_NONE);
}

START_TEST(gosched_goes_to_the_global_tail_and_wakes_a_worker)
{
    struct g *g = still_run(&s, m0);

    still_does(g, gosched);
    still_idle(&s, 1);
    still_fill(&s, m0, 1);
    global_put(m0, still_g(&s, G_RUNNABLE));
    sched_step(m0);
    ck_assert_str_eq(still_global(&s), "3 1");
    ck_assert_uint_eq(g->state, G_RUNNABLE);
    ck_assert_str_eq(still_asked(&s), "start M1 with P1 spinning");
    ck_assert_ptr_null(m0->g);
}
END_TEST

START_TEST(a_hand_off_goes_to_the_local_tail_and_wakes_nobody)
{
    struct g *g = still_run(&s, m0);

    still_does(g, hand_on);
    still_idle(&s, 1);
    still_fill(&s, m0, 1);
    runq_put(m0, still_g(&s, G_RUNNABLE), true);
    sched_step(m0);
    ck_assert_str_eq(still_ring(&s, 0), "2 1");
    ck_assert_uint_eq(rt->allp[0].runnext->id, 3);
    ck_assert_str_eq(still_asked(&s), "");
}
END_TEST

START_TEST(after_gosched_a_goroutine_begins_a_new_slice)
{
    still_does(still_run(&s, m0), gosched);
    rt->allp[0].schedtick = 1;
    sched_step(m0);
    sched_step(m0);
    ck_assert_uint_eq(m0->g->id, 1);
    ck_assert_uint_eq(rt->allp[0].schedtick, 2);
}
END_TEST

/* ---- preemption */

static int64_t received; /* CPU time, as the goroutine sees it */

static enum end compute(struct m *m, struct g *g)
{
    (void)g;
    received = m->ran;
    m->compute_ns = 1000000;
    return COMPUTE;
}

START_TEST(a_preempted_goroutine_goes_to_the_global_tail)
{
    still_run(&s, m0);
    still_idle(&s, 1);
    still_fill(&s, m0, 1);
    rt->allp[0].schedtick = 1;
    preempt_p(rt, &rt->allp[0]);
    ck_assert_str_eq(still_asked(&s), "preempt M0");
    sched_step(m0);
    ck_assert_str_eq(still_global(&s), "1");
    ck_assert_str_eq(still_asked(&s), "start M1 with P1 spinning");
    sched_step(m0);
    ck_assert_uint_eq(m0->g->id, 2);
}
END_TEST

START_TEST(it_keeps_the_cpu_time_it_had_received)
{
    struct g *g = still_run(&s, m0);

    still_does(g, compute);
    ck_assert_int_eq(sched_step(m0).ns, 1000000);
    ck_assert_int_eq(received, 0);
    preempt_p(rt, &rt->allp[0]);
    m0->ran = 123456; /* the machine cut it */
    sched_step(m0);
    ck_assert_ptr_null(m0->g);
    m0->ran = 0;
    sched_step(m0); /* a round */
    sched_step(m0);
    ck_assert_ptr_eq(m0->g, g);
    ck_assert_int_eq(received, 123456);
}
END_TEST

START_TEST(a_request_does_not_outlive_the_goroutine_it_was_for)
{
    still_run(&s, m0);
    preempt_p(rt, &rt->allp[0]);
    still_block(m0);
    still_fill(&s, m0, 1);
    sched_step(m0);
    sched_step(m0);
    ck_assert_uint_eq(m0->g->id, 2);
    ck_assert_uint_eq(m0->preempt, 0);
}
END_TEST

START_TEST(for_a_stop_of_the_world_it_stays_next_on_its_p)
{
    still_run(&s, m0);
    still_fill(&s, m0, 1);
    runq_put(m0, still_g(&s, G_RUNNABLE), true);
    rt->stopping = 1;
    rt->stop_wait = 2;
    preempt_p(rt, &rt->allp[0]);
    sched_step(m0);
    ck_assert_uint_eq(rt->allp[0].runnext->id, 1);
    ck_assert_str_eq(still_ring(&s, 0), "2 3");
    ck_assert_uint_eq(rt->n_global, 0);
    sched_step(m0);
    ck_assert_uint_eq(rt->allp[0].state, P_GCSTOP);
}
END_TEST

START_TEST(who_stops_the_world_is_not_preempted)
{
    struct g *g = still_run(&s, m0);

    still_does(g, compute);
    rt->stopping = 1;
    rt->stopper = m0;
    preempt_p(rt, &rt->allp[0]);
    ck_assert_int_eq(sched_step(m0).ns, 1000000);
    ck_assert_ptr_eq(m0->g, g);
}
END_TEST

/* ---- inheriting */

/* V1's other half: a goroutine that starts others and blocks passes its slice on to the last one alone. */
START_TEST(only_runnext_inherits)
{
    const struct act worker[] = {SAY_NAME, END};
    const struct act main[] = {GO(worker, "g0"), GO(worker, "g1"), GO(worker, "g2"), STOP, END};
    struct hand *h = hand_new(1);

    hand_boot(h, main);
    hand_run(h, NEVER);
    ck_assert_str_eq(hand_log(h), "g2; g0; g1");
    /* main came from runnext too: g0 and g1 began slices. */
    ck_assert_uint_eq(hand_rt(h)->allp[0].schedtick, 2);
    hand_free(h);
}
END_TEST

START_TEST(ping_pong_is_one_slice)
{
    struct hand *h = hand_new(1);
    struct chan *to = chan_new(hand_rt(h), 0), *fro = chan_new(hand_rt(h), 0);
    const struct act ponger[] = {RECV(to), SEND(fro, 1), AGAIN_FROM(0), END};
    const struct act main[] = {GO(ponger, "pong"), SEND(to, 1), RECV(fro), AGAIN_FROM(1), END};

    hand_boot(h, main);
    hand_run(h, 3000000);
    ck_assert_uint_gt(hand_rt(h)->allm[0]->counts.events, 10000);
    ck_assert_uint_eq(hand_rt(h)->allp[0].schedtick, 0);
    handle_drop(hand_rt(h), &to->h);
    handle_drop(hand_rt(h), &fro->h);
    hand_free(h);
}
END_TEST

Suite *sched_slice_suite(void)
{
    Suite *suite = suite_create("sched/slice");
    TCase *t = tcase_create("giving way");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, gosched_goes_to_the_global_tail_and_wakes_a_worker);
    tcase_add_test(t, a_hand_off_goes_to_the_local_tail_and_wakes_nobody);
    tcase_add_test(t, after_gosched_a_goroutine_begins_a_new_slice);
    tcase_add_test(t, a_preempted_goroutine_goes_to_the_global_tail);
    tcase_add_test(t, it_keeps_the_cpu_time_it_had_received);
    tcase_add_test(t, a_request_does_not_outlive_the_goroutine_it_was_for);
    tcase_add_test(t, for_a_stop_of_the_world_it_stays_next_on_its_p);
    tcase_add_test(t, who_stops_the_world_is_not_preempted);
    suite_add_tcase(suite, t);

    t = tcase_create("inheriting");
    tcase_add_test(t, only_runnext_inherits);
    tcase_add_test(t, ping_pong_is_one_slice);
    suite_add_tcase(suite, t);
    return suite;
}

/* The virtual machine: how Ms get CPU time, what a preemption cuts off, sleeping and waking, the outside, and
 * how a run ends; and the scheduler's rules about time, on a clock that moves. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/sched/sysmon.h"
#include "tests/unit/hand.h"

Suite *machine_virtual_suite(void);

#define US     INT64_C(1000)
#define MS     INT64_C(1000000)
#define SECOND INT64_C(1000000000)

#define ck_assert_between(what, low, high)                                                                   \
    do {                                                                                                     \
        int64_t got_ = (what);                                                                               \
        ck_assert_msg(got_ >= (low) && got_ <= (high),                                                       \
                      "%s is %" PRId64 ", not from %" PRId64 " to %" PRId64, #what, got_, (int64_t)(low),    \
                      (int64_t)(high));                                                                      \
    } while (0)

static struct hand *h;

/* As the first act of main: round 0 looks at the global queue before all others, like every 61st. */
#define LEAVE_ROUND_0 GOSCHED

/* Runs main to its end on that many Ps and CPUs. */
static void play(uint32_t procs, uint32_t cpus, const struct act *main)
{
    h = hand_on_cpus(procs, cpus);
    hand_boot(h, main);
    hand_run(h, NEVER);
}

static void teardown(void)
{
    if (h)
        hand_free(h);
    h = NULL;
}

/* ---- CPUs */

static const struct act hog_80[] = {BURN_TIGHT(80 * MS), SAY("done"), END};

/* 400 ms of work on four CPUs: whoever is ahead by a slice waits. */
START_TEST(five_ps_share_four_cpus)
{
    const struct act main[] = {GO(hog_80, "a"),
                               GO(hog_80, "b"),
                               GO(hog_80, "c"),
                               GO(hog_80, "d"),
                               BURN_TIGHT(80 * MS),
                               SAY("done"),
                               STOP,
                               END};
    const char *const lines[] = {"main: done", "a: done", "b: done", "c: done", "d: done"};

    play(5, 4, main);
    for (int i = 0; i < 5; i++)
        ck_assert_between(hand_time(h, lines[i]), 100 * MS - 2 * OS_SLICE, 100 * MS + 2 * OS_SLICE);
}
END_TEST

START_TEST(four_ps_on_four_cpus_do_not_wait)
{
    const struct act main[] = {
        GO(hog_80, "a"), GO(hog_80, "b"), GO(hog_80, "c"), BURN_TIGHT(80 * MS), SAY("done"), STOP, END};
    const char *const lines[] = {"main: done", "a: done", "b: done", "c: done"};

    play(4, 4, main);
    for (int i = 0; i < 4; i++)
        ck_assert_between(hand_time(h, lines[i]), 80 * MS, 80 * MS + 200 * US);
}
END_TEST

/* Two Ms alternate on one CPU by slices. */
START_TEST(two_ps_share_one_cpu_in_slices)
{
    const struct act other[] = {SAY("begins"), BURN_TIGHT(20 * MS), SAY("done"), END};
    const struct act main[] = {GO(other, "b"), BURN_TIGHT(20 * MS), SAY("done"), STOP, END};

    play(2, 1, main);
    ck_assert_between(hand_time(h, "b: begins"), 0, 2 * OS_SLICE);
    ck_assert_between(hand_time(h, "main: done"), 40 * MS - 2 * OS_SLICE, 41 * MS);
    ck_assert_between(hand_time(h, "b: done"), 40 * MS - 2 * OS_SLICE, 41 * MS);
}
END_TEST

/* ---- waking */

/* The poller waits in milliseconds; then the M takes 2 to 8 us to run. */
START_TEST(a_sleeper_wakes_within_the_latency)
{
    const struct act main[] = {SLEEP(5 * MS), SAY("one"), SLEEP(5 * MS), SAY("two"), END};

    play(1, 1, main);
    ck_assert_between(hand_time(h, "main: one"), 5 * MS + OS_WAKE_LATENCY_MIN,
                      5 * MS + 2 * OS_WAKE_LATENCY_MAX + 5 * US);
    ck_assert_between(hand_time(h, "main: two") - hand_time(h, "main: one"), 5 * MS + OS_WAKE_LATENCY_MIN,
                      5 * MS + OS_WAKE_LATENCY_MAX + 5 * US);
}
END_TEST

START_TEST(a_waking_m_takes_the_cpu_of_one_far_ahead)
{
    const struct act sleeper[] = {NETWORK(20 * MS), SAY("awake"), END};
    const struct act main[] = {GO(sleeper, "s"), SLEEP(MS), BURN_TIGHT(60 * MS), SAY("done"), STOP, END};

    play(2, 1, main);
    ck_assert_between(hand_time(h, "s: awake"), 20 * MS, 20 * MS + 50 * US);
    ck_assert_between(hand_time(h, "main: done"), 61 * MS, 62 * MS);
}
END_TEST

/* ---- preemption */

static struct {
    int64_t begun[3]; /* when a part of the computation got its first CPU time */
    int64_t cuts[5], got[3];
    int n_cuts, n_got;
    struct outside at[5];
} cut;

static void cut_now(struct rt *rt, struct outside *o)
{
    (void)o;
    cut.cuts[cut.n_cuts++] = rt->now;
    preempt_p(rt, &rt->allp[0]);
}

static enum end long_computation(struct m *m, struct g *g)
{
    (void)g;
    if (cut.begun[0])
        cut.got[cut.n_got++] = m->ran;
    if (cut.n_got == 2)
        return DONE;
    cut.begun[cut.n_got] = now(m) + m->cost; /* this step is paid for first */
    m->compute_ns = 100 * MS;
    m->uncuttable = false;
    return COMPUTE;
}

static void plan_cuts(struct m *m, struct g *g)
{
    const int64_t when[] = {1234567, 1235067, 1235567, 7000001, 7000002};

    (void)g;
    memset(&cut, 0, sizeof cut);
    for (int i = 0; i < 5; i++) {
        cut.at[i].fire = cut_now;
        m->rt->ops->outside_at(m->rt, &cut.at[i], when[i]);
    }
}

/* Asked to give way again while the first request is being delivered: nothing more is cut off. */
START_TEST(a_cut_computation_knows_exactly_what_it_got)
{
    const struct act main[] = {CALL_ME(plan_cuts), DO(long_computation), SAY("done"), END};

    play(1, 2, main); /* a CPU is the monitor's */
    ck_assert_int_eq(cut.n_cuts, 5);
    ck_assert_int_eq(cut.got[0], cut.cuts[0] - cut.begun[0]);
    ck_assert_int_eq(cut.got[1], cut.cuts[3] - cut.begun[1]);
    ck_assert_between(hand_time(h, "main: done"), cut.cuts[3] + 1500, cut.cuts[3] + 2000);
}
END_TEST

/* However often hogs preempt each other, each computes for exactly as long as it asked. */
static void hogs_share(uint32_t procs, uint32_t cpus)
{
    const struct act hog[] = {BURN(150 * MS), END};
    const struct act main[] = {GO(hog, "a"), GO(hog, "b"), GO(hog, "c"), GO(hog, "d"), STOP, END};

    play(procs, cpus, main);
    ck_assert_uint_gt(hand_rt(h)->allm[0]->counts.events, 50); /* they did preempt each other */
    ck_assert_between(hand_rt(h)->now, 600 * MS, 601 * MS);
    teardown();
}

START_TEST(no_time_is_lost_or_won_by_preemption)
{
    hogs_share(1, 4);
    hogs_share(1, 1);
    hogs_share(2, 1);
    hogs_share(3, 1);
}
END_TEST

START_TEST(a_slice_ends_10_to_20_ms_after_it_began)
{
    const struct act light[] = {SAY("runs"), END};
    const struct act hog[] = {SAY("begins"), BURN(100 * MS), END};
    const struct act main[] = {LEAVE_ROUND_0, GO(light, "light"), GO(hog, "hog"), STOP, END};

    play(1, 2, main);
    ck_assert_between(hand_time(h, "light: runs") - hand_time(h, "hog: begins"), 10 * MS, 21 * MS);
}
END_TEST

START_TEST(a_tight_computation_is_not_cut)
{
    const struct act light[] = {SAY("runs"), END};
    const struct act hog[] = {BURN_TIGHT(100 * MS), SAY("done"), END};
    const struct act main[] = {LEAVE_ROUND_0, GO(light, "light"), GO(hog, "hog"), STOP, END};

    play(1, 2, main);
    ck_assert_str_eq(hand_log(h), "light: runs; hog: done"); /* it gives way where it could go on */
    ck_assert_between(hand_time(h, "light: runs"), 100 * MS, 100 * MS + 10 * US);
}
END_TEST

/* A pair that wake each other share one slice, which ends like any. */
START_TEST(ping_pong_gives_way_after_its_slice)
{
    h = hand_on_cpus(1, 2);
    struct chan *to = chan_new(hand_rt(h), 0), *fro = chan_new(hand_rt(h), 0);
    const struct act pong[] = {RECV(to), SEND(fro, 1), AGAIN_FROM(0), END};
    const struct act ping[] = {SEND(to, 1), RECV(fro), AGAIN_FROM(0), END};
    const struct act light[] = {GOSCHED, SAY("runs"), END}; /* waits in the global queue */
    const struct act main[] = {
        LEAVE_ROUND_0, GO(pong, "pong"), GO(ping, "ping"), GO(light, "light"), STOP, END};

    hand_boot(h, main);
    hand_run(h, 40 * MS);
    ck_assert_between(hand_time(h, "light: runs"), 10 * MS, 21 * MS);
    handle_drop(hand_rt(h), &to->h);
    handle_drop(hand_rt(h), &fro->h);
}
END_TEST

/* ---- system calls */

/* V13: seen twice, and work waits behind it. */
START_TEST(a_long_call_loses_its_p)
{
    const struct act light[] = {SAY("runs"), END};
    const struct act caller[] = {SYSCALL(5 * MS), SAY("back"), END};
    const struct act main[] = {LEAVE_ROUND_0, GO(light, "light"), GO(caller, "caller"), STOP, END};

    play(1, 2, main);
    ck_assert_str_eq(hand_log(h), "light: runs; caller: back");
    ck_assert_between(hand_time(h, "light: runs"), 20 * US, 90 * US);
    ck_assert_between(hand_time(h, "caller: back"), 5 * MS, 5 * MS + 40 * US);
}
END_TEST

START_TEST(a_short_call_keeps_it)
{
    const struct act light[] = {SAY("runs"), END};
    const struct act caller[] = {SYSCALL(15 * US), SAY("back"), END};
    const struct act main[] = {LEAVE_ROUND_0, GO(light, "light"), GO(caller, "caller"), STOP, END};

    play(1, 2, main);
    ck_assert_str_eq(hand_log(h), "caller: back; light: runs");
}
END_TEST

START_TEST(calls_shorter_than_entering_them)
{
    const struct act main[] = {SYSCALL(0),   SYSCALL(1),      SYSCALL(199), SYSCALL(200), SYSCALL(201),
                               SYSCALL(202), SYSCALL(1 * US), SAY("back"),  END};

    play(1, 1, main);
    ck_assert_int_eq(hand_rt(h)->end, END_RETURNED);
    ck_assert_between(hand_time(h, "main: back"), 7 * 200, 100 * US);
}
END_TEST

/* All Ps were idle and the monitor slept deeply when the call ended: it is woken. The slice is the one from
 * before the call. */
START_TEST(after_a_long_call_slices_are_watched)
{
    const struct act light[] = {SAY("runs"), END};
    const struct act main[] = {LEAVE_ROUND_0,      SYSCALL(SECOND), SAY("back"),
                               GO(light, "light"), BURN(100 * MS),  END};

    play(1, 2, main);
    ck_assert_between(hand_time(h, "light: runs") - hand_time(h, "main: back"), 0, 21 * MS);
}
END_TEST

/* ---- the network */

/* Completions are a stack: what was ready last runs first, 128 at a time. */
START_TEST(the_poller_answers_in_reverse)
{
    const struct act a[] = {NETWORK(10 * US), SAY_NAME, END}, b[] = {NETWORK(20 * US), SAY_NAME, END},
                     c[] = {NETWORK(30 * US), SAY_NAME, END};
    const struct act main[] = {LEAVE_ROUND_0, GO(a, "a"),     GO(b, "b"), GO(c, "c"),
                               GOSCHED,       BURN_TIGHT(MS), STOP,       END};

    play(1, 1, main);
    ck_assert_str_eq(hand_log(h), "c; b; a");
}
END_TEST

START_TEST(at_most_128_at_a_time)
{
    static struct g gs[130];
    struct g_list list = {0};

    h = hand_on_cpus(1, 1);
    struct rt *rt = hand_rt(h);

    for (uint64_t i = 0; i < 130; i++) {
        gs[i].id = i;
        rt->ops->poll_ready(rt, &gs[i]);
    }
    ck_assert_uint_eq(poll_take(rt, &list), 128);
    for (uint64_t i = 128; i-- > 0;)
        ck_assert_uint_eq(g_list_pop(&list)->id, i);
    ck_assert_uint_eq(poll_take(rt, &list), 2);
    ck_assert_uint_eq(g_list_pop(&list)->id, 129);
    ck_assert_uint_eq(g_list_pop(&list)->id, 128);
    ck_assert_uint_eq(poll_take(rt, &list), 0);
}
END_TEST

static struct outside probes[2];
static char states[2][32];

static void probe(struct rt *rt, struct outside *o)
{
    (void)rt;
    snprintf(states[o - probes], sizeof states[0], "%s", hand_state(h, "w"));
}

static void plan_probes(struct m *m, struct g *g)
{
    const int64_t when[] = {9 * MS, 25 * MS};

    (void)g;
    for (int i = 0; i < 2; i++) {
        probes[i] = (struct outside){.fire = probe};
        m->rt->ops->outside_at(m->rt, &probes[i], when[i]);
    }
}

/* All Ps compute and nobody polls: the monitor does after 10 ms. */
START_TEST(the_monitor_polls_when_nobody_does)
{
    const struct act waiter[] = {NETWORK(MS), SAY("runs"), END};
    const struct act main[] = {
        LEAVE_ROUND_0, CALL_ME(plan_probes), GO(waiter, "w"), GOSCHED, BURN_TIGHT(50 * MS), STOP, END};

    play(1, 2, main);
    ck_assert_str_eq(states[0], "network");
    ck_assert_str_eq(states[1], "runnable");
    ck_assert_between(hand_time(h, "w: runs"), 50 * MS, 50 * MS + 20 * US);
}
END_TEST

START_TEST(a_nearer_timer_gets_through_to_the_poller)
{
    const struct act far_off[] = {SLEEP(500 * MS), SAY("awake"), END};
    const struct act near[] = {SLEEP(5 * MS), SAY("awake"), END};
    const struct act main[] = {GO(far_off, "far"), SLEEP(20 * MS), GO(near, "near"), STOP, END};

    play(2, 2, main);
    ck_assert_between(hand_time(h, "near: awake"), 25 * MS, 25 * MS + 100 * US);
    ck_assert_between(hand_time(h, "far: awake"), 500 * MS, 501 * MS);
}
END_TEST

/* ---- the end of a run */

START_TEST(a_deadlock_is_seen_at_once)
{
    const struct act stuck[] = {STOP, END};
    const struct act main[] = {GO(stuck, "a"), SLEEP(3 * MS), STOP, END};

    play(2, 2, main);
    ck_assert_int_eq(hand_rt(h)->end, END_DEADLOCK);
    ck_assert_str_eq(hand_rt(h)->end_text, "all goroutines are asleep - deadlock!");
    ck_assert_between(hand_rt(h)->now, 3 * MS, 3 * MS + 200 * US);
}
END_TEST

START_TEST(no_deadlock_while_something_is_outside)
{
    const struct act caller[] = {SYSCALL(70 * SECOND), SAY("back"), END};
    const struct act waiter[] = {NETWORK(80 * SECOND), SAY("back"), END};
    const struct act main[] = {GO(caller, "a"), GO(waiter, "b"), STOP, END};

    play(2, 2, main);
    ck_assert_str_eq(hand_log(h), "a: back; b: back");
    ck_assert_int_eq(hand_rt(h)->end, END_DEADLOCK);
    ck_assert_between(hand_rt(h)->now, 80 * SECOND, 80 * SECOND + 200 * US);
}
END_TEST

/* Nothing but the runtime's own goroutines is left. */
START_TEST(no_goroutines)
{
    h = hand_new(1);
    sched_quiet(hand_rt(h));
    ck_assert_int_eq(hand_rt(h)->end, END_DEADLOCK);
    ck_assert_str_eq(hand_rt(h)->end_text, "no goroutines (main called runtime.Goexit) - deadlock!");
}
END_TEST

START_TEST(main_does_not_wait_for_others)
{
    const struct act slow[] = {BURN(50 * MS), SAY("done"), END};
    const struct act main[] = {GO(slow, "slow"), SLEEP(MS), END};

    play(2, 2, main);
    ck_assert_int_eq(hand_rt(h)->end, END_RETURNED);
    ck_assert_str_eq(hand_log(h), "");
    ck_assert_int_lt(hand_rt(h)->now, 2 * MS);
}
END_TEST

/* The end is the last instant within the budget, even if the next thing to happen is far behind it. */
START_TEST(the_time_budget)
{
    const struct act main[] = {SLEEP(3600 * SECOND), END};

    h = hand_on_cpus(1, 1);
    hand_boot(h, main);
    hand_run(h, SECOND);
    ck_assert_int_eq(hand_rt(h)->end, END_BUDGET);
    ck_assert_int_le(hand_rt(h)->now, SECOND);
}
END_TEST

START_TEST(the_step_budget)
{
    const struct act main[] = {GOSCHED, AGAIN_FROM(0), END};

    h = hand_on_cpus(1, 1);
    hand_rt(h)->set.max_steps = 1000;
    hand_boot(h, main);
    hand_run(h, NEVER);
    ck_assert_int_eq(hand_rt(h)->end, END_BUDGET);
    ck_assert_uint_le(hand_rt(h)->allm[0]->counts.steps, 1000);
}
END_TEST

START_TEST(the_goroutine_budget)
{
    static const struct act sleeper[] = {SLEEP(60 * SECOND), END};
    const struct act main[] = {GO(sleeper, "sleeper"), AGAIN_FROM(0), END};

    h = hand_on_cpus(1, 1);
    hand_rt(h)->set.max_goroutines = 1000;
    hand_boot(h, main);
    hand_run(h, NEVER);
    ck_assert_int_eq(hand_rt(h)->end, END_BUDGET);
    ck_assert_int_ge(hand_rt(h)->peak_user, 1000);
    ck_assert_int_le(hand_rt(h)->peak_user, 1010);
}
END_TEST

Suite *machine_virtual_suite(void)
{
    Suite *suite = suite_create("machine/virtual");
    TCase *t = tcase_create("CPUs");

    tcase_add_checked_fixture(t, NULL, teardown);
    tcase_add_test(t, five_ps_share_four_cpus);
    tcase_add_test(t, four_ps_on_four_cpus_do_not_wait);
    tcase_add_test(t, two_ps_share_one_cpu_in_slices);
    tcase_add_test(t, a_sleeper_wakes_within_the_latency);
    tcase_add_test(t, a_waking_m_takes_the_cpu_of_one_far_ahead);
    suite_add_tcase(suite, t);

    t = tcase_create("preemption");
    tcase_add_checked_fixture(t, NULL, teardown);
    tcase_add_test(t, a_cut_computation_knows_exactly_what_it_got);
    tcase_add_test(t, no_time_is_lost_or_won_by_preemption);
    tcase_add_test(t, a_slice_ends_10_to_20_ms_after_it_began);
    tcase_add_test(t, a_tight_computation_is_not_cut);
    tcase_add_test(t, ping_pong_gives_way_after_its_slice);
    suite_add_tcase(suite, t);

    t = tcase_create("the outside");
    tcase_add_checked_fixture(t, NULL, teardown);
    tcase_add_test(t, a_long_call_loses_its_p);
    tcase_add_test(t, a_short_call_keeps_it);
    tcase_add_test(t, calls_shorter_than_entering_them);
    tcase_add_test(t, after_a_long_call_slices_are_watched);
    tcase_add_test(t, the_poller_answers_in_reverse);
    tcase_add_test(t, at_most_128_at_a_time);
    tcase_add_test(t, the_monitor_polls_when_nobody_does);
    tcase_add_test(t, a_nearer_timer_gets_through_to_the_poller);
    suite_add_tcase(suite, t);

    t = tcase_create("the end");
    tcase_add_checked_fixture(t, NULL, teardown);
    tcase_add_test(t, a_deadlock_is_seen_at_once);
    tcase_add_test(t, no_deadlock_while_something_is_outside);
    tcase_add_test(t, no_goroutines);
    tcase_add_test(t, main_does_not_wait_for_others);
    tcase_add_test(t, the_time_budget);
    tcase_add_test(t, the_step_budget);
    tcase_add_test(t, the_goroutine_budget);
    suite_add_tcase(suite, t);
    return suite;
}

/* Timers: the heap of each P, who fires them and in which order, and how a poller learns of a nearer one.
 * Go's runtime, time.go and proc.go: wakeNetPoller. */
#include <check.h>

#include "base/rng.h"
#include "runtime/sched/find.h"
#include "runtime/sched/move.h"
#include "runtime/sched/runq.h"
#include "tests/unit/hand.h"
#include "tests/unit/still.h"

Suite *sched_timer_suite(void);

#define US   INT64_C(1000)
#define MS   INT64_C(1000000)
#define MANY 300

static struct still s;
static struct rt *rt;
static struct m *m0, *m1; /* hold P0 and P1 */

static void setup(void)
{
    still_begin(&s, 3);
    rt = s.rt;
    m0 = still_m(&s, 0);
    m1 = still_m(&s, 1);
}

static void teardown(void)
{
    still_end(&s);
}

/* ---- the heap */

static struct timer timers[MANY];
static int fired[MANY], n_fired;

static void note(struct m *m, struct timer *t)
{
    (void)m;
    fired[n_fired++] = (int)(t - timers);
}

/* Whether timer a is due before b: they were armed in the order of their seq. */
static bool precedes(int a, int b)
{
    return timers[a].when != timers[b].when ? timers[a].when < timers[b].when : timers[a].seq < timers[b].seq;
}

/* Timers come and go at random; what fires is what is due, in order. */
START_TEST(they_fire_in_order_whatever_was_stopped)
{
    bool armed[MANY] = {0};
    uint64_t draw = 0;

    for (int round = 0; round < 2000; round++) {
        uint64_t bits = rng_draw(1, 1, 1, draw++);
        int i = (int)(bits % MANY);

        ck_assert(timer_stop(rt, &timers[i]) == armed[i]);
        armed[i] = (bits >> 32) % 4 != 0;
        if (armed[i])
            timer_start(m0, &timers[i], rt->now + (int64_t)((bits >> 40) % 50), note);
        if (round % 7)
            continue;
        rt->now += 3;
        n_fired = 0;
        timers_run(m0, m0->p);
        for (int k = 0; k < n_fired; k++) {
            ck_assert(armed[fired[k]]);
            ck_assert_int_le(timers[fired[k]].when, rt->now);
            ck_assert(k == 0 || precedes(fired[k - 1], fired[k]));
            armed[fired[k]] = false;
        }
        int64_t first = NEVER;

        for (int k = 0; k < MANY; k++)
            if (armed[k] && timers[k].when < first)
                first = timers[k].when;
        ck_assert_int_gt(first, rt->now);
        ck_assert_int_eq(rt->allp[0].first_timer, first);
    }
}
END_TEST

START_TEST(a_timer_belongs_to_the_p_that_arms_it)
{
    struct timer t = {0};

    timer_start(m1, &t, rt->now + 5, note);
    ck_assert_ptr_eq(t.p, &rt->allp[1]);
    ck_assert_int_eq(rt->allp[0].first_timer, NEVER);
    ck_assert_int_eq(rt->allp[1].first_timer, rt->now + 5);
    ck_assert(timer_stop(rt, &t)); /* from anywhere */
    ck_assert_int_eq(rt->allp[1].first_timer, NEVER);
    ck_assert(!timer_stop(rt, &t));
    timer_start(m0, &t, rt->now + 5, note);
    ck_assert_ptr_eq(t.p, &rt->allp[0]);
    timer_stop(rt, &t);
}
END_TEST

START_TEST(a_timer_that_has_fired_cannot_be_stopped)
{
    timer_start(m0, &timers[0], rt->now, note);
    ck_assert(timers_run(m0, m0->p));
    ck_assert(!timer_stop(rt, &timers[0]));
    ck_assert(!timers_run(m0, m0->p));
}
END_TEST

static struct timer second;

static void arm_again(struct m *m, struct timer *t)
{
    (void)t;
    n_fired++;
    if (n_fired < 5)
        timer_start(m, &second, now(m), arm_again); /* the heap is unlocked while a timer fires */
}

START_TEST(a_timer_may_arm_timers)
{
    n_fired = 0;
    timer_start(m0, &timers[0], rt->now, arm_again);
    timers_run(m0, m0->p);
    ck_assert_int_eq(n_fired, 5);
}
END_TEST

/* ---- sleeping */

/* Of sleepers found expired together the latest runs first: each kicks the one before out of runnext. */
START_TEST(sleepers_that_expire_together)
{
    const struct act a[] = {SLEEP(10 * US), SAY_NAME, END}, b[] = {SLEEP(20 * US), SAY_NAME, END},
                     c[] = {SLEEP(30 * US), SAY_NAME, END}, d[] = {SLEEP(40 * US), SAY_NAME, END};
    const struct act main[] = {GO(c, "c"), GO(a, "a"),     GO(d, "d"), GO(b, "b"),
                               GOSCHED,    BURN(100 * US), STOP,       END};
    struct hand *h = hand_new(1);

    hand_boot(h, main);
    hand_run(h, NEVER);
    ck_assert_str_eq(hand_log(h), "d; a; b; c");
    hand_free(h);
}
END_TEST

START_TEST(no_sleep_at_all)
{
    struct sleep_op op = {0};

    still_run(&s, m0);
    ck_assert_int_eq(op_sleep(m0, m0->g, &op, 0), DONE);
    ck_assert_int_eq(op_sleep(m0, m0->g, &op, -5), DONE);
    ck_assert_uint_eq(rt->allp[0].timers.n, 0);
}
END_TEST

START_TEST(a_sleep_without_end_does_not_overflow)
{
    struct g *g = still_run(&s, m0);

    ck_assert_int_eq(op_sleep(m0, g, &g->op.sleep, INT64_MAX), PARK);
    unlock(rt, m0->unlock);
    ck_assert_int_eq(rt->allp[0].first_timer, NEVER - 1);
}
END_TEST

/* ---- the poller */

START_TEST(a_nearer_timer_interrupts_whoever_polls)
{
    struct timer t[3] = {0};

    rt->last_poll = 0;
    rt->poll_until = rt->now + 50;
    timer_start(m0, &t[0], rt->now + 60, note);
    ck_assert_str_eq(still_asked(&s), ""); /* the poller will be back in time */
    timer_start(m0, &t[1], rt->now + 70, note);
    ck_assert_str_eq(still_asked(&s), ""); /* not the first of its P */
    timer_start(m0, &t[2], rt->now + 40, note);
    ck_assert_str_eq(still_asked(&s), "break");
    rt->poll_until = 0; /* polls without end */
    struct timer u = {0};

    timer_start(m1, &u, rt->now + 999, note);
    ck_assert_str_eq(still_asked(&s), "break");
}
END_TEST

START_TEST(where_nobody_polls_somebody_is_woken)
{
    struct timer t = {0};

    still_idle(&s, 2);
    timer_start(m0, &t, rt->now + 60, note);
    ck_assert_str_eq(still_asked(&s), "start M2 with P2 spinning");
}
END_TEST

Suite *sched_timer_suite(void)
{
    Suite *suite = suite_create("sched/timer");
    TCase *t = tcase_create("timers");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, they_fire_in_order_whatever_was_stopped);
    tcase_add_test(t, a_timer_belongs_to_the_p_that_arms_it);
    tcase_add_test(t, a_timer_that_has_fired_cannot_be_stopped);
    tcase_add_test(t, a_timer_may_arm_timers);
    tcase_add_test(t, sleepers_that_expire_together);
    tcase_add_test(t, no_sleep_at_all);
    tcase_add_test(t, a_sleep_without_end_does_not_overflow);
    tcase_add_test(t, a_nearer_timer_interrupts_whoever_polls);
    tcase_add_test(t, where_nobody_polls_somebody_is_woken);
    suite_add_tcase(suite, t);
    return suite;
}

#include <check.h>
#include <string.h>

#include "tests/unit/hand.h"

Suite *sync_select_suite(void);

static struct hand *h;
static struct chan *a, *b;

static void setup(void)
{
    h = hand_new(1);
    a = chan_new(hand_rt(h), 0);
    b = chan_new(hand_rt(h), 0);
}

static void teardown(void)
{
    struct rt *rt = hand_rt(h);

    handle_drop(rt, &a->h);
    handle_drop(rt, &b->h);
    hand_free(h);
}

static void run(const struct act *main)
{
    hand_boot(h, main);
    hand_run(h, NEVER);
}

static struct value number(int64_t n)
{
    return (struct value){.tag = VALUE_NUMBER, .n = n};
}

START_TEST(takes_the_case_that_can_proceed)
{
    struct select_case cases[] = {{SELECT_RECV, .c = a}, {SELECT_RECV, .c = b}};
    const struct act s[] = {SEND(b, 5), SAY("sent"), END};
    const struct act main[] = {GO(s, "s"), PAUSE, SELECT(cases, 2), PAUSE, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: case 1 5; s: sent");
}
END_TEST

static void came_by_receiving(struct m *m, struct g *g)
{
    (void)g;
    ck_assert_int_eq(m->leaf, LEAF_CHAN_RECV);
}

/* It is compiled to the plain operation, and so it readies its partner. */
START_TEST(one_case_alone_is_a_channel_operation)
{
    struct select_case only[] = {{SELECT_RECV, .c = a}};
    const struct act s[] = {SEND(a, 5), END};
    const struct act main[] = {GO(s, "s"),      PAUSE, SELECT(only, 1), CALL_ME(came_by_receiving),
                               SELECT(only, 1), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: case 0 5");
    ck_assert_str_eq(hand_state(h, "main"), "chan receive");
}
END_TEST

START_TEST(default_when_nothing_can)
{
    struct select_case cases[] = {{SELECT_RECV, .c = a}, {SELECT_SEND, .c = b, .value = number(1)}};
    const struct act main[] = {SELECT_DEFAULT(cases, 2), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: default");
    ck_assert_int_eq(cases[1].value.n, 1); /* still the caller's */
}
END_TEST

START_TEST(waits_on_all_and_leaves_the_others)
{
    struct select_case cases[] = {{SELECT_RECV, .c = a}, {SELECT_RECV, .c = b}};
    const struct act w[] = {SELECT(cases, 2), END};
    const struct act late[] = {SEND(b, 2), SAY("sent"), END};
    const struct act main[] = {GO(w, "w"), PAUSE, SEND(a, 1), PAUSE, GO(late, "late"), PAUSE, STOP, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w: case 0 1");
    ck_assert_str_eq(hand_state(h, "late"), "chan send"); /* no stale receiver was left on b */
}
END_TEST

/* Two wakers come before the waiter has run: the second must not be taken in by the waiter's record. */
START_TEST(only_the_first_waker_wins)
{
    struct select_case wait[] = {{SELECT_RECV, .c = a}, {SELECT_RECV, .c = b}};
    struct select_case try_b[] = {{SELECT_SEND, .c = b, .value = number(2)}};
    const struct act w[] = {SELECT(wait, 2), END};
    const struct act main[] = {GO(w, "w"), PAUSE, SEND(a, 1), SELECT_DEFAULT(try_b, 1), PAUSE, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: default; w: case 0 1");
    ck_assert_int_eq(try_b[0].value.n, 2);
}
END_TEST

START_TEST(a_select_queues_like_everybody)
{
    struct select_case cases[] = {{SELECT_RECV, .c = a}, {SELECT_RECV, .c = b}};
    const struct act r[] = {RECV(a), END};
    const struct act w[] = {SELECT(cases, 2), END};
    const struct act main[] = {GO(r, "r1"), PAUSE, GO(w, "w"), PAUSE, GO(r, "r2"), PAUSE, SEND(a, 1), PAUSE,
                               SEND(a, 2),  PAUSE, SEND(a, 3), PAUSE, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "r1: 1; w: case 0 2; r2: 3");
}
END_TEST

START_TEST(a_waiting_send_hands_its_value_over)
{
    struct select_case cases[] = {{SELECT_SEND, .c = a, .value = number(1)},
                                  {SELECT_SEND, .c = b, .value = number(2)}};
    const struct act w[] = {SELECT(cases, 2), END};
    const struct act main[] = {GO(w, "w"), PAUSE, RECV(b), PAUSE, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: 2; w: case 1 done");
    ck_assert_int_eq(cases[0].value.n, 1); /* came back */
    ck_assert_int_eq(cases[1].value.tag, VALUE_NONE);
}
END_TEST

START_TEST(close_ends_a_waiting_receive)
{
    struct select_case cases[] = {{SELECT_RECV, .c = a}, {SELECT_RECV, .c = b}};
    const struct act w[] = {SELECT(cases, 2), SELECT(cases, 2), END};
    const struct act main[] = {GO(w, "w"), PAUSE, CLOSE(b), PAUSE, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w: case 1 closed; w: case 1 closed");
}
END_TEST

START_TEST(sending_on_a_closed_channel_panics)
{
    struct select_case waiting[] = {{SELECT_RECV, .c = b}, {SELECT_SEND, .c = a, .value = number(1)}};
    struct select_case at_once[] = {{SELECT_SEND, .c = a, .value = number(2)}};
    const struct act w[] = {SELECT(waiting, 2), END};
    const struct act main[] = {GO(w, "w"), PAUSE, CLOSE(a), PAUSE, SELECT_DEFAULT(at_once, 1), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w: panic send on closed channel; main: panic send on closed channel");
    ck_assert_int_eq(waiting[1].value.n, 1);
}
END_TEST

START_TEST(one_channel_in_two_cases)
{
    struct select_case cases[] = {
        {SELECT_RECV, .c = a}, {SELECT_RECV, .c = a}, {SELECT_SEND, .c = a, .value = number(9)}};
    const struct act w[] = {SELECT(cases, 3), END};
    const struct act main[] = {GO(w, "w"), PAUSE, RECV(a), PAUSE, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: 9; w: case 2 done");
    ck_assert_ptr_null(a->receivers.first);
    ck_assert_ptr_null(a->senders.first);
}
END_TEST

START_TEST(how_waits_are_shown)
{
    struct chan *c = chan_new(hand_rt(h), 0);
    struct select_case two[] = {{SELECT_RECV, .c = a}, {SELECT_RECV, .c = b}};
    struct select_case recv[] = {{SELECT_RECV, .c = a}};
    struct select_case send[] = {{SELECT_SEND, .c = c}};
    struct select_case nil[] = {{.dir = SELECT_RECV}};
    struct select_case nils[] = {{.dir = SELECT_RECV}, {.dir = SELECT_SEND}};
    const struct act g1[] = {SELECT(two, 2), END}, g2[] = {SELECT(recv, 1), END},
                     g3[] = {SELECT(send, 1), END}, g4[] = {SELECT(nil, 1), END},
                     g5[] = {SELECT(nils, 2), END}, g6[] = {SELECT(NULL, 0), END};
    const struct act main[] = {GO(g1, "two"),  GO(g2, "recv"), GO(g3, "send"), GO(g4, "nil"),
                               GO(g5, "nils"), GO(g6, "none"), STOP,           END};

    run(main);
    ck_assert_str_eq(hand_state(h, "two"), "select");
    ck_assert_str_eq(hand_state(h, "recv"), "chan receive");
    ck_assert_str_eq(hand_state(h, "send"), "chan send");
    ck_assert_str_eq(hand_state(h, "nil"), "forever");
    ck_assert_str_eq(hand_state(h, "nils"), "select");
    ck_assert_str_eq(hand_state(h, "none"), "forever");
    ck_assert_ptr_eq(wait_object(hand_g(h, "two"), 0), a);
    ck_assert_ptr_eq(wait_object(hand_g(h, "two"), 1), b);
    ck_assert_ptr_null(wait_object(hand_g(h, "two"), 2));
    ck_assert_ptr_null(wait_object(hand_g(h, "nils"), 0));
    ck_assert(!wait_is_timed(hand_g(h, "two")));
    handle_drop(hand_rt(h), &c->h);
}
END_TEST

START_TEST(after_ends_the_wait)
{
    struct select_case cases[] = {
        {SELECT_RECV, .c = a}, {SELECT_AFTER, .after = 3000000}, {SELECT_AFTER, .after = 2000000}};
    const struct act main[] = {SELECT(cases, 3), SELECT(cases, 1), END};

    hand_boot(h, main);
    hand_run(h, 1000000);
    ck_assert(wait_is_timed(hand_g(h, "main")));
    hand_run(h, NEVER);
    ck_assert_str_eq(hand_log(h), "main: case 2 done");
    ck_assert_int_ge(hand_rt(h)->now, 2000000);
    ck_assert_int_lt(hand_rt(h)->now, 3000000);
    ck_assert_uint_eq(hand_rt(h)->allp[0].timers.n, 0);
    ck_assert_ptr_null(a->receivers.first->next); /* only the second select waits there */
}
END_TEST

START_TEST(a_timer_dies_with_its_select)
{
    struct select_case cases[] = {{SELECT_AFTER, .after = 5000000}, {SELECT_RECV, .c = a}};
    const struct act w[] = {SELECT(cases, 2), END};
    const struct act main[] = {GO(w, "w"), PAUSE, SEND(a, 1), PAUSE, STOP, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w: case 1 1");
    ck_assert_uint_eq(hand_rt(h)->allp[0].timers.n, 0);
    ck_assert_int_lt(hand_rt(h)->now, 5000000);
}
END_TEST

/* The timer fires after a sender has won but before the waiter has run. */
START_TEST(a_late_timer_loses)
{
    struct select_case cases[] = {{SELECT_AFTER, .after = 4000000}, {SELECT_RECV, .c = a}};
    const struct act w[] = {SELECT(cases, 2), END};
    const struct act hog[] = {SEND(a, 1), BURN(5000000), END};
    const struct act main[] = {GO(w, "w"), PAUSE, GO(hog, "hog"), STOP, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w: case 1 1");
    ck_assert_int_gt(hand_rt(h)->now, 5000000);
}
END_TEST

START_TEST(after_nothing_is_ready_at_once)
{
    struct select_case cases[] = {{SELECT_RECV, .c = a}, {SELECT_AFTER, .after = 0}};
    struct select_case forever[] = {{SELECT_RECV, .c = a}, {SELECT_AFTER, .after = NEVER}};
    const struct act w[] = {SELECT(forever, 2), END};
    const struct act main[] = {SELECT(cases, 2), GO(w, "w"), PAUSE, SEND(a, 4), PAUSE, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: case 1 done; w: case 0 4");
}
END_TEST

START_TEST(done_case_ends_with_the_context)
{
    struct rt *rt = hand_rt(h);
    struct m m0 = {.rt = rt};
    struct context *top = context_background(rt);
    struct context *ctx = context_derive(&m0, top, true);
    struct select_case cases[] = {{SELECT_RECV, .c = a},
                                  {SELECT_DONE, .c = context_done_chan(rt, ctx)},
                                  {SELECT_DONE, .c = context_done_chan(rt, top)}};
    const struct act w[] = {SELECT(cases, 3), END};
    const struct act main[] = {GO(w, "w"), PAUSE, CANCEL(ctx), PAUSE, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w: case 1 closed");
    ck_assert_ptr_null(cases[2].c); /* the background context never ends */
    handle_drop(rt, &ctx->h);
    handle_drop(rt, &top->h);
}
END_TEST

static int count(const char *text, const char *what)
{
    int n = 0;

    for (const char *p = text; (p = strstr(p, what)); p++)
        n++;
    return n;
}

/* All cases ready at every round: each is chosen about equally often, in an order that the schedule's
 * seed decides. */
START_TEST(the_choice_is_uniform)
{
    struct rt *rt = hand_rt(h);
    struct chan *ready[3];
    struct select_case cases[4] = {{.dir = SELECT_RECV}}; /* the first is nil */
    enum { ROUNDS = 900 };
    struct act main[ROUNDS + 1] = {END};

    for (int i = 0; i < 3; i++) {
        ready[i] = chan_new(rt, 1);
        ready[i]->closed = true; /* always ready */
        cases[i + 1] = (struct select_case){SELECT_RECV, .c = ready[i]};
    }
    for (int i = 0; i < ROUNDS; i++)
        main[i] = (struct act)SELECT(cases, 4);
    run(main);
    for (int i = 0; i < 3; i++) {
        char what[8] = {'c', 'a', 's', 'e', ' ', (char)('1' + i)};

        ck_assert_int_gt(count(hand_log(h), what), ROUNDS / 3 - 60);
        ck_assert_int_lt(count(hand_log(h), what), ROUNDS / 3 + 60);
        handle_drop(rt, &ready[i]->h);
    }
}
END_TEST

Suite *sync_select_suite(void)
{
    Suite *s = suite_create("sync/select");
    TCase *t = tcase_create("select");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, takes_the_case_that_can_proceed);
    tcase_add_test(t, one_case_alone_is_a_channel_operation);
    tcase_add_test(t, default_when_nothing_can);
    tcase_add_test(t, waits_on_all_and_leaves_the_others);
    tcase_add_test(t, only_the_first_waker_wins);
    tcase_add_test(t, a_select_queues_like_everybody);
    tcase_add_test(t, a_waiting_send_hands_its_value_over);
    tcase_add_test(t, close_ends_a_waiting_receive);
    tcase_add_test(t, sending_on_a_closed_channel_panics);
    tcase_add_test(t, one_channel_in_two_cases);
    tcase_add_test(t, how_waits_are_shown);
    tcase_add_test(t, after_ends_the_wait);
    tcase_add_test(t, a_timer_dies_with_its_select);
    tcase_add_test(t, a_late_timer_loses);
    tcase_add_test(t, after_nothing_is_ready_at_once);
    tcase_add_test(t, done_case_ends_with_the_context);
    tcase_add_test(t, the_choice_is_uniform);
    suite_add_tcase(s, t);
    return s;
}

#include <check.h>

#include "tests/unit/hand.h"

Suite *sync_chan_suite(void);

static struct hand *h;

static void setup(void)
{
    h = hand_new(1);
}

static void teardown(void)
{
    hand_free(h);
}

static void run(const struct act *main)
{
    hand_boot(h, main);
    hand_run(h, NEVER);
}

static void drop(struct chan *c)
{
    handle_drop(hand_rt(h), &c->h);
}

/* V1: a goroutine that starts five others and then blocks: the last one first, then in order. */
START_TEST(started_last_runs_first)
{
    const struct act g[] = {SAY_NAME, END};
    const struct act main[] = {GO(g, "g0"), GO(g, "g1"), GO(g, "g2"), GO(g, "g3"), GO(g, "g4"), STOP, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "g4; g0; g1; g2; g3");
}
END_TEST

/* V2: receivers blocked in order w0 to w4; close readies them in reverse, each kicking the one before
 * out of runnext. */
START_TEST(close_wakes_in_reverse)
{
    struct chan *c = chan_new(hand_rt(h), 0);
    const struct act w[] = {RECV(c), END};
    const struct act main[] = {GO(w, "w0"), PAUSE, GO(w, "w1"), PAUSE, GO(w, "w2"), PAUSE, GO(w, "w3"), PAUSE,
                               GO(w, "w4"), PAUSE, CLOSE(c),    STOP,  END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w0: closed; w4: closed; w3: closed; w2: closed; w1: closed");
    drop(c);
}
END_TEST

START_TEST(receivers_are_served_in_order)
{
    struct chan *c = chan_new(hand_rt(h), 0);
    const struct act w[] = {RECV(c), END};
    const struct act main[] = {GO(w, "w0"), PAUSE,      GO(w, "w1"), PAUSE, GO(w, "w2"), PAUSE,
                               SEND(c, 1),  SEND(c, 2), SEND(c, 3),  STOP,  END};

    run(main);
    /* The last readied sits in runnext, hence runs first; who got which value is by order of arrival. */
    ck_assert_str_eq(hand_log(h), "w2: 3; w0: 1; w1: 2");
    drop(c);
}
END_TEST

START_TEST(senders_are_served_in_order)
{
    struct chan *c = chan_new(hand_rt(h), 0);
    const struct act s1[] = {SEND(c, 1), SAY("sent"), END};
    const struct act s2[] = {SEND(c, 2), SAY("sent"), END};
    const struct act main[] = {GO(s1, "s1"), PAUSE, GO(s2, "s2"), PAUSE, RECV(c), RECV(c), STOP, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: 1; main: 2; s2: sent; s1: sent");
    drop(c);
}
END_TEST

/* A full buffer with a waiting sender: the receiver gets the oldest, the sender's value goes last. */
START_TEST(full_buffer_keeps_its_order)
{
    struct chan *c = chan_new(hand_rt(h), 2);
    const struct act s[] = {SEND(c, 1), SEND(c, 2), SEND(c, 3), SAY("all in"), END};
    const struct act main[] = {GO(s, "s"), PAUSE, RECV(c), RECV(c), RECV(c), SAY("empty"), STOP, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: 1; main: 2; main: 3; main: empty; s: all in");
    ck_assert_uint_eq(chan_len(hand_rt(h), c), 0);
    drop(c);
}
END_TEST

START_TEST(buffer_blocks_only_when_full)
{
    struct chan *c = chan_new(hand_rt(h), 2);
    const struct act main[] = {SEND(c, 1), SEND(c, 2), SAY("full"), SEND(c, 3), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: full");
    ck_assert_str_eq(hand_state(h, "main"), "chan send");
    ck_assert_ptr_eq(wait_object(hand_g(h, "main"), 0), c);
    ck_assert_ptr_null(wait_object(hand_g(h, "main"), 1));
    ck_assert_uint_eq(chan_len(hand_rt(h), c), 2);
    drop(c);
}
END_TEST

START_TEST(closed_channel_is_drained_first)
{
    struct chan *c = chan_new(hand_rt(h), 3);
    const struct act main[] = {SEND(c, 7), SEND(c, 8), CLOSE(c), RECV(c), RECV(c), RECV(c), RECV(c), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: 7; main: 8; main: closed; main: closed");
    drop(c);
}
END_TEST

START_TEST(close_panics_blocked_senders)
{
    struct chan *c = chan_new(hand_rt(h), 0);
    const struct act s[] = {SEND(c, 1), SAY("sent"), END};
    const struct act main[] = {GO(s, "s"), PAUSE, CLOSE(c), PAUSE, SEND(c, 2), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "s: panic send on closed channel; main: panic send on closed channel");
    drop(c);
}
END_TEST

START_TEST(close_twice_and_close_nil_panic)
{
    struct chan *c = chan_new(hand_rt(h), 0);
    const struct act nil[] = {CLOSE(NULL), END};
    const struct act main[] = {GO(nil, "nil"), PAUSE, CLOSE(c), CLOSE(c), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "nil: panic close of nil channel; main: panic close of closed channel");
    drop(c);
}
END_TEST

START_TEST(nil_channel_blocks_for_ever)
{
    const struct act s[] = {SEND(NULL, 1), END};
    const struct act r[] = {RECV(NULL), END};
    const struct act main[] = {GO(s, "s"), GO(r, "r"), PAUSE, STOP, END};

    run(main);
    ck_assert_str_eq(hand_state(h, "s"), "forever");
    ck_assert_str_eq(hand_state(h, "r"), "forever");
    ck_assert_ptr_null(wait_object(hand_g(h, "s"), 0));
    sched_quiet(hand_rt(h));
    ck_assert_int_eq(hand_rt(h)->end, END_DEADLOCK);
}
END_TEST

/* The receiver is readied into the sender's runnext and inherits its time slice. */
START_TEST(ping_pong_stays_in_one_slice)
{
    struct chan *ping = chan_new(hand_rt(h), 0);
    struct chan *pong = chan_new(hand_rt(h), 0);
    const struct act other[] = {RECV(ping), SEND(pong, 1), AGAIN_FROM(0), END};
    const struct act main[] = {GO(other, "other"), SEND(ping, 1), RECV(pong), SEND(ping, 2), RECV(pong), END};
    struct rt *rt = hand_rt(h);

    hand_boot(h, main);
    hand_run(h, 3000);
    uint32_t tick = rt->allp[0].schedtick;

    hand_run(h, NEVER);
    ck_assert_int_eq(rt->end, END_RETURNED);
    ck_assert_uint_eq(rt->allp[0].schedtick, tick);
    ck_assert_str_eq(hand_log(h), "other: 1; main: 1; other: 2; main: 1");
    drop(ping);
    drop(pong);
}
END_TEST

/* Values that nobody received die with the channel or with the goroutine that holds them. */
static void count_free(struct rt *rt, struct handle *handle)
{
    (void)rt;
    handle->refs = 1000; /* seen by the test */
}

static const struct handle_kind counted = {.free = count_free};
static struct handle cargo;
static struct chan *carrier;

static void send_cargo(struct m *m, struct g *g)
{
    struct chan_op op = {.value = {.tag = VALUE_OBJECT, .ref = &cargo}};

    cargo = (struct handle){.refs = 1, .kind = &counted};
    ck_assert_int_eq(chan_send(m, g, carrier, &op), DONE);
    ck_assert_int_eq(op.value.tag, VALUE_NONE);
}

START_TEST(values_die_with_their_channel)
{
    const struct act main[] = {CALL_ME(send_cargo), END};

    carrier = chan_new(hand_rt(h), 1);
    run(main);
    ck_assert_uint_eq(cargo.refs, 1);
    drop(carrier);
    ck_assert_uint_eq(cargo.refs, 1000);
}
END_TEST

START_TEST(values_are_counted)
{
    struct rt *rt = hand_rt(h);
    struct handle thing = {.refs = 1, .kind = &counted};
    struct value v = {.tag = VALUE_BUFFER, .ref = &thing};
    struct value copy = value_copy(rt, v);
    struct value n = {.tag = VALUE_NUMBER, .n = 5};

    ck_assert_uint_eq(thing.refs, 2);
    value_drop(rt, &v);
    ck_assert_uint_eq(thing.refs, 1);
    ck_assert_int_eq(v.tag, VALUE_NONE);
    value_drop(rt, &v);
    ck_assert_uint_eq(thing.refs, 1);
    value_drop(rt, &copy);
    ck_assert_uint_eq(thing.refs, 1000);
    ck_assert_int_eq(value_copy(rt, n).n, 5);
    value_drop(rt, &n);
    ck_assert_int_eq(n.tag, VALUE_NONE);
}
END_TEST

Suite *sync_chan_suite(void)
{
    Suite *s = suite_create("sync/chan");
    TCase *t = tcase_create("channels");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, started_last_runs_first);
    tcase_add_test(t, close_wakes_in_reverse);
    tcase_add_test(t, receivers_are_served_in_order);
    tcase_add_test(t, senders_are_served_in_order);
    tcase_add_test(t, full_buffer_keeps_its_order);
    tcase_add_test(t, buffer_blocks_only_when_full);
    tcase_add_test(t, closed_channel_is_drained_first);
    tcase_add_test(t, close_panics_blocked_senders);
    tcase_add_test(t, close_twice_and_close_nil_panic);
    tcase_add_test(t, nil_channel_blocks_for_ever);
    tcase_add_test(t, ping_pong_stays_in_one_slice);
    tcase_add_test(t, values_die_with_their_channel);
    tcase_add_test(t, values_are_counted);
    suite_add_tcase(s, t);
    return s;
}

/* What each operation orders before what (Go memory model, 2022): MARK remembers a point in one goroutine,
 * KNOWS tells in another whether it happened before. Sleeping orders nothing, so that a PAUSE arranges who
 * comes first without an edge. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "runtime/trace/ledger.h"
#include "runtime/trace/trace.h"
#include "tests/unit/hand.h"

Suite *sync_hb_suite(void);

static struct hand *h;
static struct rt *rt;
static struct mutex mu;
static struct rwmutex rw;
static struct waitgroup wg;
static struct semaphore sem;
static struct chan *c0, *c1, *c2; /* by capacity */

static void setup(void)
{
    h = hand_new(1);
    rt = hand_rt(h);
    rt->detector = detect_new();
    mutex_init(&mu);
    rwmutex_init(&rw);
    waitgroup_init(&wg);
    semaphore_init(&sem, 2);
    c0 = chan_new(rt, 0);
    c1 = chan_new(rt, 1);
    c2 = chan_new(rt, 2);
}

static void teardown(void)
{
    mutex_fini(rt, &mu);
    rwmutex_fini(rt, &rw);
    waitgroup_fini(rt, &wg);
    semaphore_fini(rt, &sem);
    handle_drop(rt, &c0->h);
    handle_drop(rt, &c1->h);
    handle_drop(rt, &c2->h);
    detect_free(rt);
    hand_free(h);
}

static void logs(const struct act *main, const char *text)
{
    hand_boot(h, main);
    hand_run(h, NEVER);
    ck_assert_str_eq(hand_log(h), text);
}

START_TEST(go_orders_the_start_and_exit_orders_nothing)
{
    const struct act w[] = {KNOWS(0), KNOWS(1), MARK(2), END};
    const struct act main[] = {MARK(0), GO(w, "w"), MARK(1), PAUSE, KNOWS(2), END};

    logs(main, "w: yes; w: no; main: no");
}
END_TEST

START_TEST(unbuffered_orders_both_ways)
{
    const struct act r[] = {MARK(0), RECV(c0), KNOWS(1), KNOWS(2), END};
    const struct act main[] = {GO(r, "r"), MARK(1), PAUSE, SEND(c0, 1), KNOWS(0), MARK(2), PAUSE, END};

    logs(main, "main: yes; r: 1; r: yes; r: no");
}
END_TEST

START_TEST(unbuffered_orders_both_ways_when_the_sender_waits)
{
    const struct act s[] = {MARK(0), SEND(c0, 1), KNOWS(1), END};
    const struct act main[] = {GO(s, "s"), PAUSE, MARK(1), RECV(c0), KNOWS(0), PAUSE, END};

    logs(main, "main: 1; main: yes; s: yes");
}
END_TEST

START_TEST(buffered_send_before_its_receive)
{
    const struct act r[] = {PAUSE, MARK(1), RECV(c1), KNOWS(0), END};
    const struct act main[] = {GO(r, "r"), MARK(0), SEND(c1, 1), PAUSE, PAUSE, KNOWS(1), END};

    logs(main, "r: 1; r: yes; main: no");
}
END_TEST

/* A receiver that waits on an empty buffered channel gets the value directly, and still the sender learns
 * nothing from it. */
START_TEST(buffered_direct_hand_over_is_one_way)
{
    const struct act r[] = {MARK(0), RECV(c1), KNOWS(1), END};
    const struct act main[] = {GO(r, "r"), PAUSE, MARK(1), SEND(c1, 1), KNOWS(0), PAUSE, END};

    logs(main, "main: no; r: 1; r: yes");
}
END_TEST

/* The k-th receive comes before the end of the (k+C)-th send. */
START_TEST(receive_before_the_send_that_reuses_its_slot)
{
    const struct act s[] = {SEND(c2, 1), SEND(c2, 2), SEND(c2, 3), KNOWS(0), END};
    const struct act main[] = {GO(s, "s"), MARK(0), PAUSE, RECV(c2), PAUSE, END};

    logs(main, "main: 1; s: yes");
}
END_TEST

START_TEST(receive_before_a_later_send_that_does_not_wait)
{
    const struct act s[] = {SEND(c1, 1), PAUSE, PAUSE, SEND(c1, 2), KNOWS(0), END};
    const struct act main[] = {GO(s, "s"), MARK(0), PAUSE, RECV(c1), PAUSE, PAUSE, PAUSE, END};

    logs(main, "main: 1; s: yes");
}
END_TEST

START_TEST(slots_are_separate)
{
    const struct act s1[] = {MARK(1), SEND(c2, 1), END};
    const struct act s2[] = {PAUSE, MARK(2), SEND(c2, 2), END};
    const struct act main[] = {GO(s1, "s1"), GO(s2, "s2"), PAUSE,    PAUSE,    PAUSE, RECV(c2),
                               KNOWS(1),     KNOWS(2),     RECV(c2), KNOWS(2), END};

    logs(main, "main: 1; main: yes; main: no; main: 2; main: yes");
}
END_TEST

/* A slot hands on what its last user did, not what others did before. */
START_TEST(a_slot_is_no_chain)
{
    const struct act a[] = {MARK(0), SEND(c1, 1), END};
    const struct act b[] = {PAUSE, RECV(c1), END};
    const struct act main[] = {GO(a, "a"), GO(b, "b"), PAUSE, PAUSE, PAUSE, SEND(c1, 2), KNOWS(0), END};

    logs(main, "b: 1; main: no");
}
END_TEST

START_TEST(close_before_a_receive_that_sees_it)
{
    const struct act waiting[] = {RECV(c0), KNOWS(0), END};
    const struct act late[] = {PAUSE, PAUSE, RECV(c0), KNOWS(0), END};
    const struct act main[] = {
        GO(waiting, "waiting"), GO(late, "late"), PAUSE, MARK(0), CLOSE(c0), PAUSE, PAUSE, END};

    logs(main, "waiting: closed; waiting: yes; late: closed; late: yes");
}
END_TEST

START_TEST(select_orders_as_the_plain_operations)
{
    struct select_case recv[] = {{SELECT_RECV, .c = c0}, {SELECT_RECV, .c = c2}};
    struct select_case send[] = {{SELECT_SEND, .c = c0}};
    struct select_case after[] = {{SELECT_AFTER, .after = 1000}, {SELECT_RECV, .c = c1}};
    const struct act r[] = {MARK(0), SELECT(recv, 2), KNOWS(1), SELECT(after, 2), KNOWS(2), END};
    const struct act main[] = {GO(r, "r"), PAUSE, MARK(1), SELECT(send, 1), KNOWS(0), MARK(2),
                               PAUSE,      PAUSE, END};

    logs(main, "main: case 0 done; main: yes; r: case 0 done; r: yes; r: case 0 done; r: no");
}
END_TEST

START_TEST(unlock_before_lock)
{
    const struct act w[] = {LOCK(&mu), KNOWS(0), KNOWS(1), UNLOCK(&mu), END};
    const struct act main[] = {LOCK(&mu), GO(w, "w"), PAUSE, MARK(0), UNLOCK(&mu), MARK(1), PAUSE, END};

    logs(main, "w: yes; w: no");
}
END_TEST

START_TEST(only_a_successful_trylock_orders)
{
    const struct act w[] = {PAUSE, TRYLOCK(&mu), KNOWS(0), PAUSE, TRYLOCK(&mu), KNOWS(0), END};
    const struct act main[] = {GO(w, "w"), MARK(0), LOCK(&mu), PAUSE, PAUSE, UNLOCK(&mu), PAUSE, END};

    logs(main, "w: no; w: no; w: yes; w: yes");
}
END_TEST

START_TEST(rwmutex_orders)
{
    const struct act r2[] = {PAUSE, PAUSE, RLOCK(&rw), KNOWS(0), RUNLOCK(&rw), END};
    const struct act w[] = {PAUSE, PAUSE, PAUSE, PAUSE, WLOCK(&rw), KNOWS(0), MARK(1), WUNLOCK(&rw), END};
    const struct act r3[] = {PAUSE, PAUSE, PAUSE, PAUSE, PAUSE, PAUSE, RLOCK(&rw), KNOWS(1), END};
    const struct act main[] = {GO(r2, "r2"), GO(w, "w"),   GO(r3, "r3"), RLOCK(&rw),
                               MARK(0),      RUNLOCK(&rw), STOP,         END};

    logs(main, "r2: no; w: yes; r3: yes");
}
END_TEST

START_TEST(done_before_wait)
{
    const struct act w1[] = {MARK(1), ADD(&wg, -1), MARK(2), END};
    const struct act w2[] = {PAUSE, MARK(3), ADD(&wg, -1), END};
    const struct act main[] = {ADD(&wg, 2), GO(w1, "w1"), GO(w2, "w2"), WAIT(&wg),
                               KNOWS(1),    KNOWS(2),     KNOWS(3),     END};

    logs(main, "main: yes; main: no; main: yes");
}
END_TEST

START_TEST(release_before_acquire)
{
    const struct act w[] = {PAUSE, ACQUIRE(&sem, 1), KNOWS(0), PAUSE, ACQUIRE(&sem, 1), KNOWS(1), END};
    const struct act main[] = {GO(w, "w"), ACQUIRE(&sem, 1), MARK(0), PAUSE, PAUSE,
                               MARK(1),    RELEASE(&sem, 1), PAUSE,   END};

    logs(main, "w: no; w: yes"); /* nothing from one Acquire to the next */
}
END_TEST

/* There was room for both at once: nothing orders them, though one came later. */
START_TEST(a_semaphore_of_two_is_no_lock)
{
    const struct act w[] = {PAUSE, ACQUIRE(&sem, 1), KNOWS(0), RELEASE(&sem, 1), ACQUIRE(&sem, 1), KNOWS(0),
                            END};
    const struct act main[] = {GO(w, "w"), ACQUIRE(&sem, 1), MARK(0), RELEASE(&sem, 1), PAUSE, PAUSE, END};

    logs(main, "w: no; w: yes"); /* the third unit is the first one again */
}
END_TEST

static struct pool *pool;

static void put_one(struct m *m, struct g *g)
{
    (void)g;
    pool_put(m, pool, (struct value){.tag = VALUE_NUMBER, .n = 1});
}

static void get_one(struct m *m, struct g *g)
{
    (void)g;
    ck_assert_int_eq(pool_get(m, pool, NULL, NULL).n, 1);
}

START_TEST(put_before_the_get_of_the_same)
{
    const struct act w[] = {PAUSE, CALL_ME(get_one), KNOWS(0), KNOWS(1), CALL_ME(get_one), KNOWS(1), END};
    const struct act main[] = {GO(w, "w"), MARK(0), CALL_ME(put_one), MARK(1), CALL_ME(put_one), PAUSE,
                               PAUSE,      END};

    pool = pool_new(rt);
    logs(main, "w: yes; w: no; w: yes");
    handle_drop(rt, (struct handle *)pool);
}
END_TEST

static struct context *ctx;

static void notice(struct m *m, struct g *g)
{
    ck_assert(context_done(m->rt, ctx));
    context_noticed(m->rt, g, ctx);
}

START_TEST(cancel_before_what_sees_it)
{
    struct m m0 = {.rt = rt};
    struct context *top = context_background(rt);

    ctx = context_derive(&m0, top, true);
    const struct act w[] = {RECV(context_done_chan(rt, ctx)), KNOWS(0), END};
    const struct act poller[] = {PAUSE, PAUSE, KNOWS(0), CALL_ME(notice), KNOWS(0), END};
    const struct act main[] = {GO(w, "w"), GO(poller, "p"), PAUSE, MARK(0), CANCEL(ctx), PAUSE, PAUSE, END};

    logs(main, "w: closed; w: yes; p: no; p: yes");
    handle_drop(rt, &ctx->h);
    handle_drop(rt, &top->h);
}
END_TEST

static void add_page(void *context, const char *bytes, size_t n)
{
    strbuf_addn(context, bytes, n);
}

/* How many race lines for `name` the run ends with. */
static bool races_on(const char *name)
{
    struct strbuf pages = STRBUF_INIT;
    char line[64];

    rt->ledger = ledger_new();
    rt->tracer = trace_new(rt, 1000000000);
    detect_finish(rt);
    ledger_flush(rt->ledger, add_page, &pages);
    snprintf(line, sizeof line, "race 1 %s ", name);
    bool found = strstr(pages.text, line) != NULL;

    strbuf_release(&pages);
    ledger_free(rt->ledger);
    trace_free(rt->tracer);
    rt->ledger = NULL;
    rt->tracer = NULL;
    return found;
}

/* `go` first, Add inside: Wait may come before it. */
START_TEST(add_inside_the_goroutine_is_a_race)
{
    const struct act w[] = {ADD(&wg, 1), PAUSE, PAUSE, ADD(&wg, -1), END};
    const struct act main[] = {GO(w, "w"), PAUSE, WAIT(&wg), END};

    wg.name = "pending";
    logs(main, "");
    ck_assert(races_on("pending"));
}
END_TEST

START_TEST(add_before_go_is_none)
{
    const struct act w[] = {PAUSE, ADD(&wg, -1), END};
    const struct act main[] = {ADD(&wg, 1), GO(w, "w"), WAIT(&wg), ADD(&wg, 1), GO(w, "w"), WAIT(&wg), END};

    wg.name = "pending";
    logs(main, "");
    ck_assert(!races_on("pending"));
}
END_TEST

/* ---- what could not have come first, and what only happened to */

START_TEST(messages_ends_and_starts_are_firm)
{
    const struct act w[] = {RELIES(0),   MARK(1), SEND(c0, 1),  MARK(2),
                            SEND(c1, 1), MARK(3), ADD(&wg, -1), END};
    const struct act main[] = {ADD(&wg, 1), MARK(0),   GO(w, "w"), RECV(c0),  RELIES(1),
                               RECV(c1),    RELIES(2), WAIT(&wg),  RELIES(3), END};

    logs(main, "w: firm; main: 1; main: firm; main: 1; main: firm; main: firm");
}
END_TEST

START_TEST(the_next_holder_of_a_lock_could_have_come_first)
{
    const struct act w[] = {LOCK(&mu), MARK(0), UNLOCK(&mu), WLOCK(&rw), MARK(1), WUNLOCK(&rw), END};
    const struct act main[] = {GO(w, "w"), PAUSE,    LOCK(&mu), KNOWS(0),     RELIES(0), UNLOCK(&mu),
                               WLOCK(&rw), KNOWS(1), RELIES(1), WUNLOCK(&rw), END};

    logs(main, "main: yes; main: luck; main: yes; main: luck");
}
END_TEST

START_TEST(who_holds_a_lock_waits_for_who_gives_it_back)
{
    const struct act w[] = {PAUSE, MARK(0), UNLOCK(&mu), END};
    const struct act main[] = {LOCK(&mu), GO(w, "w"), LOCK(&mu), RELIES(0), END};

    logs(main, "main: firm");
}
END_TEST

/* What is met by luck is handed on by luck, also in a message. */
START_TEST(luck_stays_luck)
{
    const struct act w[] = {LOCK(&mu), MARK(0), UNLOCK(&mu), END};
    const struct act r[] = {RECV(c0), KNOWS(0), RELIES(0), KNOWS(1), RELIES(1), END};
    const struct act main[] = {GO(r, "r"), GO(w, "w"),  PAUSE, LOCK(&mu), UNLOCK(&mu),
                               MARK(1),    SEND(c0, 1), PAUSE, END};

    logs(main, "r: 1; r: yes; r: luck; r: yes; r: firm");
}
END_TEST

/* To take all units in the end is to wait for all who had them from oneself, but not for who took one by
 * himself. */
START_TEST(units_that_one_has_given_out_come_back)
{
    const struct act w[] = {PAUSE, MARK(0), RELEASE(&sem, 1), END};
    const struct act v[] = {ACQUIRE(&sem, 2), MARK(1), RELEASE(&sem, 2), END};
    const struct act main[] = {ACQUIRE(&sem, 1), GO(w, "w"),       ACQUIRE(&sem, 1), ACQUIRE(&sem, 1),
                               RELIES(0),        RELEASE(&sem, 2), GO(v, "v"),       PAUSE,
                               ACQUIRE(&sem, 2), KNOWS(1),         RELIES(1),        END};

    logs(main, "main: firm; main: yes; main: luck");
}
END_TEST

START_TEST(so_do_tokens_in_a_buffer)
{
    const struct act w[] = {PAUSE, MARK(0), RECV(c1), END};
    const struct act v[] = {SEND(c1, 3), MARK(1), RECV(c1), END};
    const struct act main[] = {SEND(c1, 1), GO(w, "w"),  SEND(c1, 2), RELIES(0), RECV(c1), GO(v, "v"),
                               PAUSE,       SEND(c1, 4), KNOWS(1),    RELIES(1), END};

    logs(main, "w: 1; main: firm; main: 2; v: 3; main: yes; main: luck");
}
END_TEST

Suite *sync_hb_suite(void)
{
    Suite *s = suite_create("sync/hb");
    TCase *t = tcase_create("edges");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, go_orders_the_start_and_exit_orders_nothing);
    tcase_add_test(t, unbuffered_orders_both_ways);
    tcase_add_test(t, unbuffered_orders_both_ways_when_the_sender_waits);
    tcase_add_test(t, buffered_send_before_its_receive);
    tcase_add_test(t, buffered_direct_hand_over_is_one_way);
    tcase_add_test(t, receive_before_the_send_that_reuses_its_slot);
    tcase_add_test(t, receive_before_a_later_send_that_does_not_wait);
    tcase_add_test(t, slots_are_separate);
    tcase_add_test(t, a_slot_is_no_chain);
    tcase_add_test(t, close_before_a_receive_that_sees_it);
    tcase_add_test(t, select_orders_as_the_plain_operations);
    tcase_add_test(t, unlock_before_lock);
    tcase_add_test(t, only_a_successful_trylock_orders);
    tcase_add_test(t, rwmutex_orders);
    tcase_add_test(t, done_before_wait);
    tcase_add_test(t, release_before_acquire);
    tcase_add_test(t, a_semaphore_of_two_is_no_lock);
    tcase_add_test(t, put_before_the_get_of_the_same);
    tcase_add_test(t, cancel_before_what_sees_it);
    tcase_add_test(t, add_inside_the_goroutine_is_a_race);
    tcase_add_test(t, add_before_go_is_none);
    tcase_add_test(t, messages_ends_and_starts_are_firm);
    tcase_add_test(t, the_next_holder_of_a_lock_could_have_come_first);
    tcase_add_test(t, who_holds_a_lock_waits_for_who_gives_it_back);
    tcase_add_test(t, luck_stays_luck);
    tcase_add_test(t, units_that_one_has_given_out_come_back);
    tcase_add_test(t, so_do_tokens_in_a_buffer);
    suite_add_tcase(s, t);
    return s;
}

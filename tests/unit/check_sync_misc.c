#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/hand.h"

Suite *sync_misc_suite(void);

static struct hand *h;
static struct rt *rt;
static struct waitgroup wg;
static struct semaphore sem;

static void setup(void)
{
    h = hand_new(1);
    rt = hand_rt(h);
    waitgroup_init(&wg);
    semaphore_init(&sem, 3);
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

/* ---- waitgroup */

/* V3: a, b, c wait in that order; the counter reaches zero and the releaser blocks. */
START_TEST(waiters_are_released_in_order)
{
    const struct act w[] = {WAIT(&wg), SAY_NAME, END};
    const struct act main[] = {ADD(&wg, 1), GO(w, "a"), PAUSE,        GO(w, "b"), PAUSE,
                               GO(w, "c"),  PAUSE,      ADD(&wg, -1), STOP,       END};

    run(main);
    ck_assert_str_eq(hand_log(h), "c; a; b");
}
END_TEST

START_TEST(wait_returns_at_once_at_zero)
{
    const struct act main[] = {WAIT(&wg), ADD(&wg, 2), ADD(&wg, -2), WAIT(&wg), SAY_NAME, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main");
}
END_TEST

START_TEST(waits_until_the_last_is_done)
{
    const struct act w[] = {BURN(1000), SAY_NAME, ADD(&wg, -1), END};
    const struct act main[] = {ADD(&wg, 2), GO(w, "a"), GO(w, "b"), WAIT(&wg), SAY_NAME, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "b; a; main");
}
END_TEST

START_TEST(wait_is_shown_as_sync)
{
    const struct act main[] = {ADD(&wg, 1), WAIT(&wg), END};

    run(main);
    ck_assert_str_eq(hand_state(h, "main"), "sync");
    ck_assert_int_eq(hand_leaf(h, "main"), LEAF_WG_WAIT);
    ck_assert_ptr_eq(wait_object(hand_g(h, "main"), 0), &wg);
}
END_TEST

START_TEST(negative_counter_panics)
{
    const struct act main[] = {ADD(&wg, 1), ADD(&wg, -2), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: panic sync: negative WaitGroup counter");
}
END_TEST

START_TEST(too_large_a_counter_panics)
{
    const struct act main[] = {ADD(&wg, INT32_MAX), ADD(&wg, INT64_MAX), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: panic sync: negative WaitGroup counter");
}
END_TEST

START_TEST(reuse_before_wait_has_returned_panics)
{
    const struct act w[] = {WAIT(&wg), END};
    const struct act main[] = {ADD(&wg, 1), GO(w, "w"), PAUSE, ADD(&wg, -1), ADD(&wg, 1), PAUSE, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w: panic sync: WaitGroup is reused before previous Wait has returned");
}
END_TEST

/* ---- semaphore */

START_TEST(semaphore_admits_up_to_its_size)
{
    const struct act w[] = {ACQUIRE(&sem, 1), SAY("in"), PAUSE, RELEASE(&sem, 1), END};
    const struct act main[] = {ACQUIRE(&sem, 2), GO(w, "a"), GO(w, "b"), STOP, END};

    hand_boot(h, main);
    hand_run(h, 10000);
    ck_assert_str_eq(hand_log(h), "b: in");
    ck_assert_str_eq(hand_state(h, "a"), "select");
    ck_assert_int_eq(hand_leaf(h, "a"), LEAF_SEM_ACQUIRE);
    hand_run(h, NEVER);
    ck_assert_str_eq(hand_log(h), "b: in; a: in");
    ck_assert_int_eq(sem.used, 2);
}
END_TEST

/* The front one does not fit: nobody behind it is served, though it would. */
START_TEST(semaphore_is_strictly_fifo)
{
    const struct act big[] = {ACQUIRE(&sem, 3), SAY_NAME, RELEASE(&sem, 3), END};
    const struct act small[] = {ACQUIRE(&sem, 1), SAY_NAME, END};
    const struct act main[] = {ACQUIRE(&sem, 1), GO(big, "big"), PAUSE, GO(small, "small"), PAUSE, SAY_NAME,
                               RELEASE(&sem, 1), PAUSE,          END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main; big; small");
}
END_TEST

START_TEST(one_release_admits_several)
{
    const struct act one[] = {ACQUIRE(&sem, 1), SAY_NAME, END};
    const struct act main[] = {
        ACQUIRE(&sem, 3), GO(one, "a"), PAUSE, GO(one, "b"), PAUSE, GO(one, "c"), PAUSE,
        RELEASE(&sem, 2), PAUSE,        END};

    run(main);
    ck_assert_str_eq(hand_log(h), "b; a"); /* the last readied runs first */
    ck_assert_str_eq(hand_state(h, "c"), "select");
}
END_TEST

START_TEST(more_than_there_is_lets_others_pass)
{
    const struct act huge[] = {ACQUIRE(&sem, 4), SAY_NAME, END};
    const struct act main[] = {
        GO(huge, "huge"), PAUSE, ACQUIRE(&sem, 3), SAY_NAME, RELEASE(&sem, 3), STOP, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main");
    ck_assert_str_eq(hand_state(h, "huge"), "select");
}
END_TEST

START_TEST(releasing_too_much_panics)
{
    const struct act main[] = {ACQUIRE(&sem, 1), RELEASE(&sem, 2), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: panic semaphore: released more than held");
}
END_TEST

/* ---- pool: used directly, from made-up Ms that hold P0 and P1 */

static struct m on_p(uint32_t i)
{
    return (struct m){.rt = rt, .p = &rt->allp[i]};
}

static struct pool *pool_on_two(void)
{
    teardown();
    h = hand_new(2);
    rt = hand_rt(h);
    return pool_new(rt);
}

static void put(uint32_t p, struct pool *pool, int64_t n)
{
    struct m m = on_p(p);

    pool_put(&m, pool, (struct value){.tag = VALUE_NUMBER, .n = n});
}

/* -1: there was none. */
static int64_t get(uint32_t p, struct pool *pool)
{
    struct m m = on_p(p);
    struct value v = pool_get(&m, pool, NULL, NULL);

    return v.tag == VALUE_NONE ? -1 : v.n;
}

START_TEST(a_pool_gives_back_the_private_then_the_newest)
{
    struct pool *pool = pool_on_two();

    for (int i = 1; i <= 4; i++)
        put(0, pool, i);
    ck_assert_int_eq(get(0, pool), 1);
    ck_assert_int_eq(get(0, pool), 4);
    ck_assert_int_eq(get(0, pool), 3);
    ck_assert_int_eq(get(0, pool), 2);
    ck_assert_int_eq(get(0, pool), -1);
    handle_drop(rt, (struct handle *)pool);
}
END_TEST

START_TEST(another_p_gets_the_oldest_shared)
{
    struct pool *pool = pool_on_two();

    for (int i = 1; i <= 3; i++)
        put(0, pool, i);
    ck_assert_int_eq(get(1, pool), 2);
    ck_assert_int_eq(get(1, pool), 3);
    ck_assert_int_eq(get(1, pool), -1); /* the private one is P0's alone */
    ck_assert_int_eq(get(0, pool), 1);
    handle_drop(rt, (struct handle *)pool);
}
END_TEST

START_TEST(idle_values_survive_one_collection)
{
    struct pool *pool = pool_on_two();

    put(0, pool, 1);
    put(0, pool, 2);
    pool_age(rt, pool);
    put(0, pool, 3);
    ck_assert_int_eq(get(0, pool), 3);
    ck_assert_int_eq(get(0, pool), 1); /* a victim */
    pool_age(rt, pool);
    ck_assert_int_eq(get(0, pool), -1);
    handle_drop(rt, (struct handle *)pool);
}
END_TEST

static bool is_at_least(struct value v, void *context)
{
    return v.n >= *(int64_t *)context;
}

START_TEST(what_does_not_fit_stays)
{
    struct pool *pool = pool_on_two();
    struct m m = on_p(0);
    int64_t least = 5;

    put(0, pool, 1);
    put(0, pool, 7);
    put(0, pool, 2);
    ck_assert_int_eq(pool_get(&m, pool, is_at_least, &least).n, 7);
    ck_assert_int_eq(pool_get(&m, pool, is_at_least, &least).tag, VALUE_NONE);
    ck_assert_int_eq(get(0, pool), 1);
    ck_assert_int_eq(get(0, pool), 2);
    handle_drop(rt, (struct handle *)pool);
}
END_TEST

static void count_free(struct rt *unused, struct handle *handle)
{
    (void)unused;
    handle->refs = 1000;
}

static const struct handle_kind counted = {.free = count_free};

START_TEST(a_pool_owns_what_is_idle)
{
    struct pool *pool = pool_on_two();
    struct handle thing = {.refs = 1, .kind = &counted};
    struct m m = on_p(1);

    pool_put(&m, pool, (struct value){.tag = VALUE_BUFFER, .ref = &thing});
    pool_age(rt, pool);
    ck_assert_uint_eq(thing.refs, 1);
    pool_age(rt, pool);
    ck_assert_uint_eq(thing.refs, 1000);
    handle_drop(rt, (struct handle *)pool);
}
END_TEST

/* ---- context */

static struct m m0;

static struct context *derive(struct context *parent)
{
    m0 = on_p(0);
    return context_derive(&m0, parent, true);
}

static void drop(struct context *ctx)
{
    handle_drop(rt, &ctx->h);
}

START_TEST(cancel_ends_the_subtree_and_nothing_else)
{
    struct context *top = context_background(rt);
    struct context *a = derive(top), *a1 = derive(a), *a11 = derive(a1), *a2 = derive(a), *b = derive(top);
    const struct act main[] = {CANCEL(a), CANCEL(a), END};

    ck_assert(!context_done(rt, a));
    run(main);
    ck_assert(context_done(rt, a));
    ck_assert(context_done(rt, a1));
    ck_assert(context_done(rt, a11));
    ck_assert(context_done(rt, a2));
    ck_assert(!context_done(rt, b));
    ck_assert(!context_done(rt, top));
    ck_assert(context_done_chan(rt, a11)->closed);
    ck_assert(!context_done_chan(rt, b)->closed);
    ck_assert_ptr_null(context_done_chan(rt, top));
    for (size_t i = 0; i < 6; i++)
        drop((struct context *[]){a, a1, a11, a2, b, top}[i]);
}
END_TEST

START_TEST(cancel_wakes_all_who_wait)
{
    struct context *top = context_background(rt);
    struct context *a = derive(top), *a1 = derive(a);
    const struct act w[] = {RECV(context_done_chan(rt, a)), END};
    const struct act w1[] = {RECV(context_done_chan(rt, a1)), END};
    const struct act main[] = {GO(w, "w"), GO(w1, "w1"), PAUSE, CANCEL(a), STOP, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w1: closed; w: closed"); /* the parent is told first, hence runs last */
    drop(a1);
    drop(a);
    drop(top);
}
END_TEST

START_TEST(a_child_of_the_cancelled_is_born_cancelled)
{
    struct context *top = context_background(rt);
    struct context *a = derive(top);
    const struct act main[] = {CANCEL(a), END};

    run(main);
    struct context *late = derive(a);

    ck_assert(context_done(rt, late));
    ck_assert(context_done_chan(rt, late)->closed);
    drop(late);
    drop(a);
    drop(top);
}
END_TEST

START_TEST(a_task_context_ends_with_its_parent)
{
    struct context *top = context_background(rt);
    struct context *a = derive(top);
    struct context *t = context_with_task(&m0, a, 7);
    struct context *below = derive(t);
    struct context *free_task = context_with_task(&m0, top, 9);
    const struct act main[] = {CANCEL(a), END};

    ck_assert_uint_eq(a->task, 0);
    ck_assert_uint_eq(t->task, 7);
    ck_assert_uint_eq(below->task, 7);
    ck_assert_ptr_eq(context_done_chan(rt, t), context_done_chan(rt, a));
    run(main);
    ck_assert(context_done(rt, t));
    ck_assert(context_done(rt, below));
    ck_assert(!context_done(rt, free_task));
    context_cancel(&m0, NULL, free_task); /* cannot be cancelled: no effect */
    ck_assert(!context_done(rt, free_task));
    for (size_t i = 0; i < 5; i++)
        drop((struct context *[]){t, below, free_task, a, top}[i]);
}
END_TEST

static int told;

static void tell(struct m *m, struct ctx_watch *w)
{
    (void)m, (void)w;
    told++;
}

START_TEST(watches_are_told_once)
{
    struct context *top = context_background(rt);
    struct context *a = derive(top);
    struct ctx_watch w1 = {.cancelled = tell}, w2 = w1, w3 = w1, w4 = w1;
    const struct act main[] = {CANCEL(a), END};

    told = 0;
    ck_assert(context_watch(rt, a, &w1));
    ck_assert(context_watch(rt, a, &w2));
    ck_assert(context_watch(rt, a, &w3));
    context_unwatch(rt, &w2);
    run(main);
    ck_assert_int_eq(told, 2);
    ck_assert(!context_watch(rt, a, &w2));
    ck_assert(context_watch(rt, top, &w4)); /* never ends */
    context_unwatch(rt, &w4);
    context_unwatch(rt, &w1);
    context_unwatch(rt, &w3);
    ck_assert_uint_eq(a->h.refs, 1);
    drop(a);
    drop(top);
}
END_TEST

START_TEST(a_dropped_child_leaves_its_parent)
{
    struct context *top = context_background(rt);
    struct context *a = derive(top), *b = derive(a), *c = derive(a), *d = derive(a);

    drop(c);
    ck_assert_ptr_eq(a->children, d);
    ck_assert_ptr_eq(d->next, b);
    drop(b);
    drop(d);
    ck_assert_ptr_null(a->children);
    ck_assert_uint_eq(a->h.refs, 1);
    drop(a);
    drop(top);
}
END_TEST

/* Neither freeing nor cancelling recurses. */
START_TEST(a_million_deep)
{
    struct context *top = context_background(rt);
    struct context *first = derive(top);
    struct context *last = first;

    handle_keep(rt, &first->h);
    for (int i = 0; i < 1000000; i++) {
        struct context *next = derive(last);

        drop(last);
        last = next;
    }
    context_cancel(&m0, NULL, first);
    ck_assert(context_done(rt, last));
    drop(first);
    drop(last);
    ck_assert_uint_eq(top->h.refs, 1);
    drop(top);
}
END_TEST

/* Children end in an order that only the schedule's seed decides. */
START_TEST(children_end_in_a_drawn_order)
{
    struct context *top = context_background(rt);
    struct context *a = derive(top);
    struct context *child[8];
    struct act w[8][2], main[19];
    static const char *const names[8] = {"0", "1", "2", "3", "4", "5", "6", "7"};
    int n = 0;

    for (int i = 0; i < 8; i++) {
        child[i] = derive(a);
        w[i][0] = (struct act)RECV(context_done_chan(rt, child[i]));
        w[i][1] = (struct act)END;
        main[n++] = (struct act)GO(w[i], names[i]);
        main[n++] = (struct act)PAUSE;
    }
    main[n++] = (struct act)CANCEL(a);
    main[n++] = (struct act)STOP;
    main[n] = (struct act)END;
    run(main);
    const char *log = hand_log(h);
    bool up = true, down = true;

    ck_assert_uint_eq(strlen(log), 8 * strlen("0: closed") + 7 * strlen("; "));
    for (int i = 1; i < 8; i++) {
        up &= log[11 * i] > log[11 * (i - 1)];
        down &= log[11 * i] < log[11 * (i - 1)];
    }
    ck_assert(!up && !down);
    for (int i = 0; i < 8; i++)
        drop(child[i]);
    drop(a);
    drop(top);
}
END_TEST

Suite *sync_misc_suite(void)
{
    Suite *s = suite_create("sync/misc");
    TCase *t = tcase_create("waitgroup");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, waiters_are_released_in_order);
    tcase_add_test(t, wait_returns_at_once_at_zero);
    tcase_add_test(t, waits_until_the_last_is_done);
    tcase_add_test(t, wait_is_shown_as_sync);
    tcase_add_test(t, negative_counter_panics);
    tcase_add_test(t, too_large_a_counter_panics);
    tcase_add_test(t, reuse_before_wait_has_returned_panics);
    suite_add_tcase(s, t);
    t = tcase_create("semaphore");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, semaphore_admits_up_to_its_size);
    tcase_add_test(t, semaphore_is_strictly_fifo);
    tcase_add_test(t, one_release_admits_several);
    tcase_add_test(t, more_than_there_is_lets_others_pass);
    tcase_add_test(t, releasing_too_much_panics);
    suite_add_tcase(s, t);
    t = tcase_create("pool");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_pool_gives_back_the_private_then_the_newest);
    tcase_add_test(t, another_p_gets_the_oldest_shared);
    tcase_add_test(t, idle_values_survive_one_collection);
    tcase_add_test(t, what_does_not_fit_stays);
    tcase_add_test(t, a_pool_owns_what_is_idle);
    suite_add_tcase(s, t);
    t = tcase_create("context");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, cancel_ends_the_subtree_and_nothing_else);
    tcase_add_test(t, cancel_wakes_all_who_wait);
    tcase_add_test(t, a_child_of_the_cancelled_is_born_cancelled);
    tcase_add_test(t, a_task_context_ends_with_its_parent);
    tcase_add_test(t, watches_are_told_once);
    tcase_add_test(t, a_dropped_child_leaves_its_parent);
    tcase_add_test(t, a_million_deep);
    tcase_add_test(t, children_end_in_a_drawn_order);
    suite_add_tcase(s, t);
    return s;
}

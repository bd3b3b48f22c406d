/* Races: for each edge of the Go memory model two programs that differ in that edge alone. PAUSE arranges
 * who comes first without an edge. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/strbuf.h"
#include "runtime/detect/detector.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"
#include "runtime/trace/trace.h"
#include "tests/unit/hand.h"

Suite *detect_race_suite(void);

static struct hand *h;
static struct rt *rt;
static struct mutex mu, other;
static struct rwmutex rw;
static struct waitgroup wg;
static struct semaphore sem;
static struct chan *c0, *c1, *c2; /* by capacity */
static struct shadow x, flag;

static void frame(void *context, uint32_t pc, struct frame *out)
{
    (void)context;
    *out = (struct frame){.func = "handle", .file = "workload.yaml", .line = pc};
}

static void begin(void)
{
    struct symbols symbols = {.frame = frame};

    h = hand_new(1);
    rt = hand_rt(h);
    rt->detector = detect_new();
    rt->sites = sites_new(&symbols);
    rt->ledger = ledger_new();
    rt->tracer = trace_new(rt, 1000000000);
    mutex_init(&mu);
    mutex_init(&other);
    rwmutex_init(&rw);
    waitgroup_init(&wg);
    semaphore_init(&sem, 1);
    x = flag = (struct shadow){0};
}

static void end(void)
{
    struct sites *sites = rt->sites;

    mutex_fini(rt, &mu);
    mutex_fini(rt, &other);
    rwmutex_fini(rt, &rw);
    waitgroup_fini(rt, &wg);
    semaphore_fini(rt, &sem);
    shadow_reset(rt, &x);
    shadow_reset(rt, &flag);
    detect_free(rt);
    trace_free(rt->tracer);
    ledger_free(rt->ledger);
    hand_free(h);
    sites_free(sites);
}

static void setup(void)
{
    begin();
    c0 = chan_new(rt, 0);
    c1 = chan_new(rt, 1);
    c2 = chan_new(rt, 2);
}

static void teardown(void)
{
    handle_drop(rt, &c0->h);
    handle_drop(rt, &c1->h);
    handle_drop(rt, &c2->h);
    end();
}

static void at_line(struct m *m, struct shadow *var, const char *name, enum access how, uint32_t line)
{
    detect_access(m, var, name, how, (struct site){0, line});
}

static void read_x(struct m *m, struct g *g)
{
    (void)g;
    at_line(m, &x, "x", ACCESS_READ, 10);
}

static void read_x_elsewhere(struct m *m, struct g *g)
{
    (void)g;
    at_line(m, &x, "x", ACCESS_READ, 11);
}

static void write_x(struct m *m, struct g *g)
{
    (void)g;
    at_line(m, &x, "x", ACCESS_WRITE, 20);
}

static void load_flag(struct m *m, struct g *g)
{
    (void)g;
    at_line(m, &flag, "flag", ACCESS_ATOMIC_READ, 30);
}

static void store_flag(struct m *m, struct g *g)
{
    (void)g;
    at_line(m, &flag, "flag", ACCESS_ATOMIC_WRITE, 40);
}

static void read_flag(struct m *m, struct g *g)
{
    (void)g;
    at_line(m, &flag, "flag", ACCESS_READ, 50);
}

#define READ           CALL_ME(read_x)
#define READ_ELSEWHERE CALL_ME(read_x_elsewhere)
#define WRITE          CALL_ME(write_x)
#define LOAD           CALL_ME(load_flag)
#define STORE          CALL_ME(store_flag)

static void run(const struct act *main)
{
    hand_boot(h, main);
    hand_run(h, NEVER);
    ck_assert_int_eq(rt->end, END_RETURNED);
}

static uint64_t races(void)
{
    uint64_t n = 0;

    for (size_t i = 0; i < rt->detector->races.len; i++)
        n += rt->detector->races.data[i].count;
    return n;
}

/* Runs main and counts; then everything but the channels is new. */
static void expect_main(const struct act *main, uint64_t want)
{
    run(main);
    ck_assert_uint_eq(races(), want);
    end();
    begin();
}

/* main starts a, lets it run until it blocks, starts b, and waits long enough. */
static void expect(const struct act *a, const struct act *b, uint64_t want)
{
    const struct act main[] = {GO(a, "a"), PAUSE, GO(b, "b"), SLEEP(10000000), END};

    expect_main(main, want);
}

/* ---- edges */

START_TEST(go_before_the_start)
{
    const struct act r[] = {PAUSE, READ, END};
    const struct act w[] = {WRITE, END};
    const struct act before[] = {WRITE, GO(r, "r"), PAUSE, PAUSE, END};
    const struct act after[] = {GO(r, "r"), WRITE, PAUSE, PAUSE, END};
    const struct act ended[] = {GO(w, "w"), PAUSE, READ, END};

    expect_main(before, 0);
    expect_main(after, 1);
    expect_main(ended, 1); /* the end of a goroutine orders nothing */
}
END_TEST

START_TEST(send_before_its_receive)
{
    const struct act a[] = {WRITE, SEND(c1, 1), END};
    const struct act a_late[] = {SEND(c1, 1), WRITE, END};
    const struct act b[] = {RECV(c1), READ, END};

    expect(a, b, 0);
    expect(a_late, b, 1);
}
END_TEST

START_TEST(close_before_a_receive)
{
    const struct act a[] = {WRITE, CLOSE(c1), END};
    const struct act b[] = {RECV(c1), READ, END};
    const struct act a_late[] = {CLOSE(c2), WRITE, END};
    const struct act b_of_late[] = {RECV(c2), READ, END};

    expect(a, b, 0);
    expect(a_late, b_of_late, 1);
}
END_TEST

START_TEST(receive_before_the_end_of_its_send)
{
    const struct act a[] = {WRITE, RECV(c0), END};
    const struct act b[] = {SEND(c0, 1), READ, END};
    const struct act a_buffered[] = {WRITE, RECV(c1), END};
    const struct act b_buffered[] = {SEND(c1, 1), READ, END};

    expect(a, b, 0);
    expect(a_buffered, b_buffered, 1);
}
END_TEST

START_TEST(receive_before_a_send_that_needed_the_room)
{
    const struct act a[] = {SEND(c1, 1), PAUSE, PAUSE, SEND(c1, 2), READ, END};
    const struct act b[] = {WRITE, RECV(c1), END};
    const struct act a_roomy[] = {SEND(c2, 1), PAUSE, PAUSE, SEND(c2, 2), READ, END};
    const struct act b_roomy[] = {WRITE, RECV(c2), END};

    expect(a, b, 0);
    expect(a_roomy, b_roomy, 1); /* the second send uses another slot */
}
END_TEST

START_TEST(unlock_before_lock)
{
    const struct act a[] = {LOCK(&mu), WRITE, UNLOCK(&mu), END};
    const struct act b[] = {LOCK(&mu), READ, UNLOCK(&mu), END};
    const struct act b_other[] = {LOCK(&other), READ, UNLOCK(&other), END};
    const struct act b_bare[] = {READ, END};

    expect(a, b, 0);
    expect(a, b_other, 1);
    expect(a, b_bare, 1);
}
END_TEST

START_TEST(unlock_before_a_successful_trylock)
{
    const struct act a[] = {LOCK(&mu), WRITE, UNLOCK(&mu), END};
    const struct act a_holds[] = {LOCK(&mu), WRITE, PAUSE, PAUSE, UNLOCK(&mu), END};
    const struct act b[] = {TRYLOCK(&mu), READ, END};

    expect(a, b, 0);
    expect(a_holds, b, 1);
}
END_TEST

START_TEST(read_and_write_locks)
{
    const struct act write[] = {WLOCK(&rw), WRITE, WUNLOCK(&rw), END};
    const struct act read[] = {RLOCK(&rw), READ, RUNLOCK(&rw), END};
    const struct act write_under_rlock[] = {RLOCK(&rw), WRITE, RUNLOCK(&rw), END};

    expect(write, read, 0);
    expect(read, write, 0);
    expect(write, write, 0);
    expect(write_under_rlock, read, 1);
    expect(write_under_rlock, write_under_rlock, 1);
}
END_TEST

START_TEST(done_before_wait)
{
    const struct act in[] = {WRITE, ADD(&wg, -1), END};
    const struct act late[] = {ADD(&wg, -1), WRITE, END};
    const struct act main[] = {ADD(&wg, 1), GO(in, "w"), WAIT(&wg), READ, END};
    const struct act main_late[] = {ADD(&wg, 1), GO(late, "w"), WAIT(&wg), PAUSE, READ, END};

    expect_main(main, 0);
    expect_main(main_late, 1);
}
END_TEST

START_TEST(release_before_acquire)
{
    const struct act a[] = {ACQUIRE(&sem, 1), WRITE, RELEASE(&sem, 1), END};
    const struct act a_late[] = {ACQUIRE(&sem, 1), RELEASE(&sem, 1), WRITE, END};
    const struct act b[] = {ACQUIRE(&sem, 1), READ, RELEASE(&sem, 1), END};

    expect(a, b, 0);
    expect(a_late, b, 1);
}
END_TEST

START_TEST(atomics)
{
    const struct act a[] = {WRITE, STORE, END};
    const struct act a_late[] = {STORE, WRITE, END};
    const struct act b[] = {LOAD, READ, END};
    const struct act b_store[] = {STORE, READ, END};
    const struct act b_plain[] = {CALL_ME(read_flag), END};

    expect(a, b, 0);
    expect(a, b_store, 1); /* a store observes nothing */
    expect(a_late, b, 1);
    expect(a, b_plain, 1); /* an atomic write and a plain read */
    expect(b, a, 1);       /* a load orders nothing after it */
}
END_TEST

START_TEST(sleep_and_yield_order_nothing)
{
    const struct act a[] = {WRITE, GOSCHED, SLEEP(1000), END};
    const struct act b[] = {SLEEP(1000000), GOSCHED, READ, END};

    expect(a, b, 1);
}
END_TEST

/* ---- several readers */

START_TEST(readers_do_not_race_with_one_another)
{
    const struct act r[] = {READ, READ_ELSEWHERE, END};
    const struct act main[] = {GO(r, "a"), PAUSE, GO(r, "b"), PAUSE, GO(r, "c"), PAUSE, END};

    run(main);
    ck_assert_uint_eq(races(), 0);
}
END_TEST

START_TEST(a_write_races_with_each_reader)
{
    const struct act r[] = {READ, END};
    const struct act r2[] = {READ_ELSEWHERE, END};
    const struct act main[] = {GO(r, "a"), GO(r, "b"), GO(r2, "c"), PAUSE, WRITE, WRITE, END};

    run(main);
    ck_assert_uint_eq(races(), 3); /* the second write meets none of them any more */
    ck_assert_uint_eq(rt->detector->races.len, 2);
}
END_TEST

START_TEST(a_write_ordered_after_all_readers_is_fine)
{
    const struct act r[] = {READ, ADD(&wg, -1), END};
    const struct act main[] = {ADD(&wg, 3), GO(r, "a"), GO(r, "b"), GO(r, "c"), WAIT(&wg), WRITE, END};

    run(main);
    ck_assert_uint_eq(races(), 0);
}
END_TEST

START_TEST(the_one_reader_that_is_not_ordered_is_named)
{
    const struct act r[] = {READ, ADD(&wg, -1), END};
    const struct act loose[] = {READ_ELSEWHERE, END};
    const struct act main[] = {ADD(&wg, 2), GO(r, "a"), GO(loose, "b"), GO(r, "c"),
                               WAIT(&wg),   PAUSE,      WRITE,          END};

    run(main);
    ck_assert_uint_eq(races(), 1);
    ck_assert_uint_eq(rt->detector->races.data[0].earlier.site.pc, 11);
}
END_TEST

/* ---- slots */

START_TEST(a_goroutine_that_ended_is_not_forgotten)
{
    const struct act w[] = {WRITE, END};
    const struct act nothing[] = {END};
    const struct act r[] = {READ, END};
    const struct act main[] = {
        GO(w, "w"), PAUSE, GO(nothing, "n"), PAUSE, GO(nothing, "n"), PAUSE, GO(r, "r"), PAUSE, END};

    run(main);
    ck_assert_uint_eq(races(), 1); /* r did not get w's place */
}
END_TEST

START_TEST(places_are_reused_where_that_is_exact)
{
    const struct act w[] = {LOCK(&mu), WRITE, UNLOCK(&mu), ADD(&wg, -1), END};
    const struct act main[] = {ADD(&wg, 1), GO(w, "w"),  WAIT(&wg),  ADD(&wg, 1), GO(w, "w"),
                               WAIT(&wg),   ADD(&wg, 1), GO(w, "w"), WAIT(&wg),   END};
    size_t before = rt->detector->epochs.len;

    run(main);
    ck_assert_uint_eq(races(), 0);
    ck_assert_uint_le(rt->detector->epochs.len, before + 2); /* main's and one for all w */
}
END_TEST

START_TEST(places_are_bounded)
{
    struct g parent = {.id = 1};

    hb_birth(rt, NULL, &parent);
    for (uint32_t i = 0; i < DETECT_SLOTS + 1000; i++) {
        struct g child = {.id = i + 2};

        hb_birth(rt, &parent, &child);
        hb_mark(rt, &child); /* nobody learns of it, so its place is not free for exact reuse */
        hb_death(rt, &child);
    }
    ck_assert_uint_eq(rt->detector->epochs.len, DETECT_SLOTS);
    hb_death(rt, &parent);
}
END_TEST

START_TEST(passing_messages_on_begins_no_epoch)
{
    struct g a = {.id = 1};
    struct g b = {.id = 2};
    struct hb where = {0};

    hb_birth(rt, NULL, &a);
    hb_birth(rt, &a, &b);
    for (int i = 0; i < 10; i++) {
        hb_release(rt, &a, &where);
        hb_acquire(rt, &b, &where);
        hb_exchange(rt, &a, &b);
    }
    ck_assert_uint_eq(a.hb.epoch, 0);
    ck_assert_ptr_null(a.hb.past.all);
    struct hb_point p = hb_mark(rt, &a);

    ck_assert_uint_eq(p.epoch, 1);
    ck_assert(!hb_before(rt, p, &b));
    hb_exchange(rt, &a, &b);
    ck_assert(hb_before(rt, p, &b));
    ck_assert_uint_eq(hb_mark(rt, &a).epoch, 2);
    hb_reset(rt, &where);
    hb_death(rt, &a);
    hb_death(rt, &b);
}
END_TEST

/* ---- against sets of points, with random operations: epochs, shortcuts and reused places change nothing */

enum { CROWD = 40, THINGS = 6, POINTS = 2048, TURNS = 30000 };

struct known {
    bool point[POINTS]; /* whether it comes before, */
    bool firm[POINTS];  /* and not by luck alone */
};

struct oracle {
    struct g g[CROWD];
    bool alive[CROWD];
    struct known knows[CROWD];
    struct hb thing[THINGS];
    struct known left[THINGS];
    struct hb_point points[POINTS];
    uint32_t n_points;
    uint64_t draws;
};

static uint32_t pick(struct oracle *o, uint32_t below)
{
    return (uint32_t)(rng_draw(3, 1, 0, o->draws++) % below);
}

static void learn(struct known *a, const struct known *b)
{
    for (uint32_t i = 0; i < POINTS; i++)
        a->point[i] |= b->point[i], a->firm[i] |= b->firm[i];
}

static void meet(struct known *a, const struct known *b)
{
    for (uint32_t i = 0; i < POINTS; i++)
        a->point[i] |= b->point[i];
}

static void born(struct oracle *o, uint32_t parent, uint32_t child)
{
    o->alive[child] = true;
    o->knows[child] = o->knows[parent];
    o->g[child] = (struct g){.id = o->draws + 100};
    hb_birth(rt, parent == child ? NULL : &o->g[parent], &o->g[child]);
}

static void turn(struct oracle *o)
{
    uint32_t a = pick(o, CROWD);
    uint32_t b = pick(o, CROWD);
    uint32_t t = pick(o, THINGS);

    if (!o->alive[a])
        a = 0; /* it lives for ever */
    switch (pick(o, 8)) {
    case 0:
        if (!o->alive[b])
            born(o, a, b);
        break;
    case 1:
        if (a != 0 && pick(o, 3) == 0) {
            o->alive[a] = false;
            hb_death(rt, &o->g[a]);
        }
        break;
    case 2:
        meet(&o->knows[a], &o->left[t]);
        hb_meet(rt, &o->g[a], &o->thing[t]);
        break;
    case 3:
        learn(&o->knows[a], &o->left[t]);
        hb_acquire(rt, &o->g[a], &o->thing[t]);
        break;
    case 4:
        o->left[t] = o->knows[a];
        hb_release(rt, &o->g[a], &o->thing[t]);
        break;
    case 5:
        learn(&o->left[t], &o->knows[a]);
        hb_release_merge(rt, &o->g[a], &o->thing[t]);
        break;
    case 6:
        if (a == b || !o->alive[b])
            break;
        learn(&o->knows[a], &o->knows[b]);
        o->knows[b] = o->knows[a];
        hb_exchange(rt, &o->g[a], &o->g[b]);
        break;
    default:
        if (o->n_points < POINTS && pick(o, 4) == 0) {
            o->knows[a].point[o->n_points] = o->knows[a].firm[o->n_points] = true;
            o->points[o->n_points++] = hb_mark(rt, &o->g[a]);
        }
    }
}

static void compare(const struct oracle *o)
{
    int different = 0;

    for (uint32_t k = 0; k < CROWD; k++)
        for (uint32_t i = 0; o->alive[k] && i < o->n_points; i++) {
            different += hb_before(rt, o->points[i], &o->g[k]) != o->knows[k].point[i];
            different += hb_firmly_before(rt, o->points[i], &o->g[k]) != o->knows[k].firm[i];
        }
    ck_assert_int_eq(different, 0);
}

START_TEST(like_sets_of_points)
{
    struct oracle *o = xcalloc(1, sizeof *o);

    born(o, 0, 0);
    for (int i = 0; i < TURNS; i++) {
        turn(o);
        if (i % 200 == 0)
            compare(o);
    }
    compare(o);
    ck_assert_uint_gt(o->n_points, 800);
    for (uint32_t i = 0; i < CROWD; i++)
        if (o->alive[i])
            hb_death(rt, &o->g[i]);
    for (uint32_t i = 0; i < THINGS; i++)
        hb_reset(rt, &o->thing[i]);
    free(o);
}
END_TEST

/* ---- what is told */

static void add_page(void *context, const char *bytes, size_t n)
{
    strbuf_addn(context, bytes, n);
}

static void check_told(const char *want)
{
    struct strbuf page = STRBUF_INIT;

    detect_finish(rt);
    ledger_flush(rt->ledger, add_page, &page);
    ck_assert_str_eq(page.text, want);
    strbuf_release(&page);
}

static void hold_3(struct m *m, struct g *g)
{
    detect_hold(m->rt, g, 3);
    detect_hold(m->rt, g, 0);
    detect_hold(m->rt, g, 65);
}

static void unhold_3(struct m *m, struct g *g)
{
    detect_unhold(m->rt, g, 3);
}

START_TEST(a_race_is_told_once_with_its_count)
{
    const struct act w[] = {CALL_ME(hold_3), WRITE, CALL_ME(unhold_3), END};
    const struct act main[] = {GO(w, "w"), SLEEP(1000000), READ, READ, READ, PAUSE, END};

    run(main);
    uint64_t w_id = rt->detector->races.data[0].earlier.g;
    struct strbuf want = STRBUF_INIT;

    strbuf_addf(&want,
                "\1tracelab ledger 3 0\n"
                "race 3 x %lld read 1 handle workload.yaml:10 | write %llu handle workload.yaml:20\n"
                "held x 3 handle workload.yaml:20\n",
                (long long)rt->detector->races.data[0].at, (unsigned long long)w_id);
    check_told(want.text);
    strbuf_release(&want);
}
END_TEST

START_TEST(either_order_of_a_pair_is_one_race)
{
    const struct act w[] = {WRITE, END};
    const struct act r[] = {READ, END};
    const struct act main[] = {GO(w, "a"), PAUSE, GO(r, "b"), PAUSE, GO(w, "c"), PAUSE, END};

    run(main);
    ck_assert_uint_eq(rt->detector->races.len, 2); /* write-read and write-write */
    ck_assert_uint_eq(rt->detector->races.data[0].count, 2);
    ck_assert_uint_eq(rt->detector->races.data[1].count, 1);
}
END_TEST

static void misuse(struct m *m, struct g *g)
{
    const struct deed put = {"put", 5, {0, 9}};

    (void)g;
    detect_misuse(m, "use-after-put", (struct site){0, 7}, NULL);
    detect_misuse(m, "double-put", (struct site){0, 7}, NULL);
    detect_misuse(m, "use-after-put", (struct site){0, 8}, &put);
}

START_TEST(misuse_is_told_at_its_first_time)
{
    const struct act main[] = {CALL_ME(misuse), SLEEP(1000), CALL_ME(misuse), END};

    run(main);
    struct strbuf page = STRBUF_INIT;
    long long at = 0;

    ledger_flush(rt->ledger, add_page, &page);
    ck_assert_int_eq(sscanf(page.text, "\1tracelab ledger 3 0\nmisuse use-after-put %lld", &at), 1);
    struct strbuf want = STRBUF_INIT;

    strbuf_addf(&want,
                "\1tracelab ledger 3 0\n"
                "misuse use-after-put %lld 1 handle workload.yaml:7 | -\n"
                "misuse double-put %lld 1 handle workload.yaml:7 | -\n"
                "misuse use-after-put %lld 1 handle workload.yaml:8 | put 5 handle workload.yaml:9\n",
                at, at, at);
    ck_assert_str_eq(page.text, want.text);
    strbuf_release(&page);
    strbuf_release(&want);
}
END_TEST

START_TEST(without_a_detector_nothing_happens)
{
    const struct act w[] = {WRITE, CALL_ME(misuse), MARK(0), END};
    const struct act main[] = {GO(w, "w"), PAUSE, WRITE, KNOWS(0), END};

    detect_free(rt);
    run(main);
    ck_assert_str_eq(hand_log(h), "main: yes");
    ck_assert_uint_eq(x.write.when.epoch, 0);
    check_told("");
    rt->detector = detect_new();
}
END_TEST

Suite *detect_race_suite(void)
{
    Suite *s = suite_create("detect/race");
    TCase *edges = tcase_create("edges");
    TCase *readers = tcase_create("readers");
    TCase *slots = tcase_create("slots");
    TCase *told = tcase_create("told");

    tcase_add_checked_fixture(edges, setup, teardown);
    tcase_add_test(edges, go_before_the_start);
    tcase_add_test(edges, send_before_its_receive);
    tcase_add_test(edges, close_before_a_receive);
    tcase_add_test(edges, receive_before_the_end_of_its_send);
    tcase_add_test(edges, receive_before_a_send_that_needed_the_room);
    tcase_add_test(edges, unlock_before_lock);
    tcase_add_test(edges, unlock_before_a_successful_trylock);
    tcase_add_test(edges, read_and_write_locks);
    tcase_add_test(edges, done_before_wait);
    tcase_add_test(edges, release_before_acquire);
    tcase_add_test(edges, atomics);
    tcase_add_test(edges, sleep_and_yield_order_nothing);
    suite_add_tcase(s, edges);
    tcase_add_checked_fixture(readers, setup, teardown);
    tcase_add_test(readers, readers_do_not_race_with_one_another);
    tcase_add_test(readers, a_write_races_with_each_reader);
    tcase_add_test(readers, a_write_ordered_after_all_readers_is_fine);
    tcase_add_test(readers, the_one_reader_that_is_not_ordered_is_named);
    suite_add_tcase(s, readers);
    tcase_add_checked_fixture(slots, setup, teardown);
    tcase_add_test(slots, a_goroutine_that_ended_is_not_forgotten);
    tcase_add_test(slots, places_are_reused_where_that_is_exact);
    tcase_add_test(slots, places_are_bounded);
    tcase_add_test(slots, passing_messages_on_begins_no_epoch);
    tcase_add_test(slots, like_sets_of_points);
    suite_add_tcase(s, slots);
    tcase_add_checked_fixture(told, setup, teardown);
    tcase_add_test(told, a_race_is_told_once_with_its_count);
    tcase_add_test(told, either_order_of_a_pair_is_one_race);
    tcase_add_test(told, misuse_is_told_at_its_first_time);
    tcase_add_test(told, without_a_detector_nothing_happens);
    suite_add_tcase(s, told);
    return s;
}

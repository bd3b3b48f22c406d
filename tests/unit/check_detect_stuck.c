/* Who is stuck in a deadlock, and who has leaked when main returns. A holder is a goroutine whose variables
 * are two channels and that does one thing with the first. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "runtime/detect/detector.h"
#include "runtime/sync/sync.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"
#include "runtime/trace/trace.h"
#include "tests/unit/hand.h"

Suite *detect_stuck_suite(void);

static struct hand *h;
static struct rt *rt;
static struct chan *declared; /* the test's own reference is that of the table of declared objects */

enum doing { RECEIVES, SENDS, SLEEPS, SELECTS, RECEIVES_NIL, RECEIVES_TIMED };

struct holder {
    enum doing doing;
    struct chan *has[2]; /* one counted reference each; may be NULL */
    struct select_case cases[2];
};

static enum end run_holder(struct m *m, struct g *g)
{
    struct holder *x = g->body;
    enum end e;

    switch (x->doing) {
    case RECEIVES:
        e = chan_recv(m, g, x->has[0], &g->op.chan);
        break;
    case RECEIVES_NIL:
        e = chan_recv(m, g, NULL, &g->op.chan);
        break;
    case SENDS:
        e = chan_send(m, g, x->has[0], &g->op.chan);
        break;
    case SLEEPS:
        e = op_sleep(m, g, &g->op.sleep, 1000000000);
        break;
    default:
        x->cases[0] = (struct select_case){.dir = SELECT_RECV, .c = x->has[0]};
        x->cases[1] = (struct select_case){.dir = SELECT_RECV, .c = x->has[1]};
        if (x->doing == RECEIVES_TIMED)
            x->cases[1] = (struct select_case){.dir = SELECT_AFTER, .after = 1000000000};
        g->op.select.cases = x->cases;
        g->op.select.n = 2;
        e = op_select(m, g, &g->op.select);
    }
    return e == DONE ? EXIT : e;
}

static void bury_holder(struct rt *of, struct g *g)
{
    struct holder *x = g->body;

    wait_abandon(of, g);
    for (int i = 0; i < 2; i++)
        if (x->has[i])
            handle_drop(of, &x->has[i]->h);
    free(x);
}

static void refs_of_holder(struct g *g, void (*see)(void *context, struct handle *h), void *context)
{
    struct holder *x = g->body;

    for (int i = 0; i < 2; i++)
        if (x->has[i])
            see(context, &x->has[i]->h);
}

static const struct g_kind holder_kind = {
    .name = "holder", .run = run_holder, .bury = bury_holder, .refs = refs_of_holder};
static const struct g_kind private_kind = {.name = "private", .run = run_holder, .bury = bury_holder};

/* Starts one with references of its own. */
static void start(struct m *m, const struct g_kind *kind, enum doing doing, struct chan *a, struct chan *b)
{
    struct holder *x = xcalloc(1, sizeof *x);

    x->doing = doing;
    x->has[0] = a;
    x->has[1] = b;
    if (a)
        handle_keep(m->rt, &a->h);
    if (b)
        handle_keep(m->rt, &b->h);
    spawn(m, kind, x, (struct site){0});
}

static void setup(void)
{
    h = hand_new(1);
    rt = hand_rt(h);
    rt->detector = detect_new();
    rt->ledger = ledger_new();
    rt->tracer = trace_new(rt, 1000000000);
    rt->sites = sites_new(NULL);
    declared = chan_new(rt, 0);
}

static void teardown(void)
{
    struct sites *sites = rt->sites;

    handle_drop(rt, &declared->h);
    detect_free(rt);
    trace_free(rt->tracer);
    ledger_free(rt->ledger);
    hand_free(h);
    sites_free(sites);
}

static void add_page(void *context, const char *bytes, size_t n)
{
    (void)n;
    strbuf_add(context, strchr(bytes, '\n') + 1);
}

/* Runs main, whose act makes goroutines; the lines that follow. */
static void told(void (*act)(struct m *m, struct g *g), const char *want)
{
    const struct act main[] = {CALL_ME(act), PAUSE, END};
    struct strbuf page = STRBUF_INIT;

    hand_boot(h, main);
    hand_run(h, NEVER);
    ck_assert_int_eq(rt->end, END_RETURNED);
    detect_finish(rt);
    ledger_flush(rt->ledger, add_page, &page);
    ck_assert_str_eq(page.text, want);
    strbuf_release(&page);
}

/* ---- leaks */

static void answer_nobody(struct m *m, struct g *g)
{
    struct chan *local = chan_new(m->rt, 0);

    (void)g;
    start(m, &holder_kind, SENDS, local, NULL);
    handle_drop(m->rt, &local->h); /* the request's handler has returned */
}

START_TEST(an_answer_that_nobody_waits_for_leaks)
{
    told(answer_nobody, "leaked 2 chan-send -\n");
}
END_TEST

static void wait_for_jobs(struct m *m, struct g *g)
{
    (void)g;
    start(m, &holder_kind, RECEIVES, declared, NULL);
}

START_TEST(a_worker_on_a_declared_channel_does_not)
{
    told(wait_for_jobs, "");
}
END_TEST

static void somebody_sleeps(struct m *m, struct g *g)
{
    struct chan *local = chan_new(m->rt, 0);

    (void)g;
    start(m, &holder_kind, RECEIVES, local, NULL);
    start(m, &holder_kind, SLEEPS, local, NULL);
    handle_drop(m->rt, &local->h);
}

START_TEST(somebody_who_will_wake_up_can_still_send)
{
    told(somebody_sleeps, "");
}
END_TEST

/* Each waits on what only the next has besides; the last on the first's. */
static void a_ring(struct m *m, struct g *g)
{
    struct chan *c[3];

    (void)g;
    for (int i = 0; i < 3; i++)
        c[i] = chan_new(m->rt, 0);
    for (int i = 0; i < 3; i++)
        start(m, &holder_kind, RECEIVES, c[i], c[(i + 1) % 3]);
    for (int i = 0; i < 3; i++)
        handle_drop(m->rt, &c[i]->h);
}

START_TEST(a_ring_of_waiters_leaks)
{
    told(a_ring, "leaked 2 chan-receive -\nleaked 3 chan-receive -\nleaked 4 chan-receive -\n");
}
END_TEST

/* The same as a chain whose end a worker on a declared channel holds: it could go on, then the next. */
static void a_chain(struct m *m, struct g *g)
{
    struct chan *c[3];

    (void)g;
    for (int i = 0; i < 3; i++)
        c[i] = chan_new(m->rt, 0);
    for (int i = 0; i < 2; i++)
        start(m, &holder_kind, RECEIVES, c[i], c[i + 1]);
    start(m, &holder_kind, RECEIVES, c[2], NULL);
    start(m, &holder_kind, RECEIVES, declared, c[0]);
    for (int i = 0; i < 3; i++)
        handle_drop(m->rt, &c[i]->h);
}

START_TEST(a_chain_to_somebody_reachable_does_not)
{
    told(a_chain, "");
}
END_TEST

static void in_selects(struct m *m, struct g *g)
{
    struct chan *local = chan_new(m->rt, 0);
    struct chan *both = chan_new(m->rt, 0);

    (void)g;
    start(m, &holder_kind, SELECTS, local, declared); /* may go on by the other case */
    start(m, &holder_kind, SELECTS, both, both);
    start(m, &holder_kind, RECEIVES_TIMED, both, NULL); /* will go on, and could send to the one before */
    handle_drop(m->rt, &local->h);
    handle_drop(m->rt, &both->h);
}

START_TEST(a_select_with_a_way_out_does_not)
{
    told(in_selects, "");
}
END_TEST

static void in_one_select(struct m *m, struct g *g)
{
    struct chan *a = chan_new(m->rt, 0);
    struct chan *b = chan_new(m->rt, 0);

    (void)g;
    start(m, &holder_kind, SELECTS, a, b);
    handle_drop(m->rt, &a->h);
    handle_drop(m->rt, &b->h);
}

START_TEST(a_select_that_nobody_can_end_leaks)
{
    told(in_one_select, "leaked 2 select -\n");
}
END_TEST

static void on_nil(struct m *m, struct g *g)
{
    (void)g;
    start(m, &holder_kind, RECEIVES_NIL, NULL, NULL);
}

START_TEST(a_nil_channel_leaks)
{
    told(on_nil, "leaked 2 forever -\n");
}
END_TEST

static void of_unknown_kind(struct m *m, struct g *g)
{
    struct chan *local = chan_new(m->rt, 0);

    (void)g;
    start(m, &private_kind, SENDS, local, NULL);
    handle_drop(m->rt, &local->h);
}

START_TEST(what_is_not_known_is_not_blamed)
{
    told(of_unknown_kind, "");
}
END_TEST

/* ---- deadlock */

START_TEST(all_that_block_are_stuck)
{
    const struct act w[] = {RECV(declared), END};
    const struct act main[] = {GO(w, "a"), GO(w, "b"), PAUSE, STOP, END};
    struct strbuf page = STRBUF_INIT;

    hand_boot(h, main);
    hand_run(h, NEVER);
    sched_quiet(rt);
    ck_assert_int_eq(rt->end, END_DEADLOCK);
    detect_finish(rt);
    ledger_flush(rt->ledger, add_page, &page);
    ck_assert_str_eq(page.text, "stuck 1 forever -\nstuck 2 chan-receive -\nstuck 3 chan-receive -\n");
    strbuf_release(&page);
}
END_TEST

Suite *detect_stuck_suite(void)
{
    Suite *s = suite_create("detect/stuck");
    TCase *t = tcase_create("stuck");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_answer_that_nobody_waits_for_leaks);
    tcase_add_test(t, a_worker_on_a_declared_channel_does_not);
    tcase_add_test(t, somebody_who_will_wake_up_can_still_send);
    tcase_add_test(t, a_ring_of_waiters_leaks);
    tcase_add_test(t, a_chain_to_somebody_reachable_does_not);
    tcase_add_test(t, a_select_with_a_way_out_does_not);
    tcase_add_test(t, a_select_that_nobody_can_end_leaks);
    tcase_add_test(t, a_nil_channel_leaks);
    tcase_add_test(t, what_is_not_known_is_not_blamed);
    tcase_add_test(t, all_that_block_are_stuck);
    suite_add_tcase(s, t);
    return s;
}

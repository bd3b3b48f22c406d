/* Single steps of marking, in a mark phase that is only pretended. */
#include <check.h>
#include <string.h>

#include "runtime/sched/runq.h"
#include "tests/unit/gc_stage.h"

Suite *gc_mark_suite(void);

static void pretend_to_mark(struct rt *rt)
{
    struct gc *gc = rt->gc;

    gc->phase = GC_MARKING;
    gc->ending = true; /* nobody may end it */
    gc->pacer.work_per_byte = 2;
    gc->pacer.bytes_per_work = 0.5;
    rt->allp[0].gc.span_left = 4096; /* no span is taken, so that the ratio stays */
    gc->slots = (struct pacer_workers){0};
}

/* ---- the queue of assists: nothing is left to mark, and everybody owes */

static const int64_t debts[] = {1000, 3000, 500};

static enum end run_debtor(struct m *m, struct g *g)
{
    const int64_t *debt = g->body;
    enum end e;

    g->op.alloc.bytes = *debt;
    e = heap_alloc(m, g, &g->op.alloc);
    if (e != DONE)
        return e;
    strbuf_addf(&gc_stage_log, "%lld ", (long long)*debt);
    return EXIT;
}

static const struct g_kind debtor_kind = {.name = "debtor", .run = run_debtor};

static void start_debtors(struct m *m)
{
    pretend_to_mark(m->rt);
    for (int i = 0; i < 3; i++) /* the last born runs first, then the others in their order */
        spawn(m, &debtor_kind, (void *)&debts[(i + 1) % 3], (struct site){0});
}

/* A debtor is one byte better off than one thinks: each assist rounds up. */
static enum end pay(struct m *m, struct g *g, int n)
{
    static const int64_t payments[] = {0, 2 * 999 + 2 * 1000, 2 * 498, 2 * 1, 2 * 1999, 40};

    (void)g;
    if (n == 0)
        start_debtors(m);
    if (n == ARRAY_LEN(payments))
        return EXIT;
    strbuf_addf(&gc_stage_log, "%lld: ", (long long)payments[n]);
    mark_credit(m, payments[n]);
    return DONE;
}

START_TEST(waiting_assists_are_paid_in_order)
{
    /* A portion of 2000 units pays 1000 and a byte of 3000, which goes behind 500; the rest pays that and
     * more of 3000, which the next payments go to; the last is credit */
    struct gc_stage *s = gc_stage_new(1, 100, 0);

    gc_stage_play(s, pay, "0: 3998: 1000 500 996: 2: 3998: 3000 40: ");

    ck_assert_int_eq(s->rt->gc->credit, 40);
    ck_assert_int_eq(gc_stage_count(s, "GCMarkAssistBegin", 0), 3);
    ck_assert_int_eq(gc_stage_count(s, "GCMarkAssistEnd", 0), 3);
    ck_assert_ptr_nonnull(
        strstr(s->text.text, "GoBlock \"GC mark assist wait for work\" [runtime.gcAssistAlloc:1"));
    gc_stage_free(s);
}
END_TEST

static enum end end_it(struct m *m, struct g *g, int n)
{
    if (n == 0)
        start_debtors(m);
    if (n == 1) {
        m->rt->gc->ending = false;
        return cycle_end(m, g, &g->op.alloc.start);
    }
    return n == 2 ? EXIT : DONE;
}

START_TEST(the_end_of_a_cycle_wakes_all_assists)
{
    struct gc_stage *s = gc_stage_new(1, 100, 0);

    gc_stage_play(s, end_it, "1000 3000 500 ");

    ck_assert_int_eq(s->rt->gc->phase, GC_OFF);
    ck_assert_uint_eq(s->rt->gc->assists.n, 0);
    gc_stage_free(s);
}
END_TEST

static enum end grow(struct m *m, struct g *g, int n)
{
    struct gc *gc = m->rt->gc;
    enum end e;

    if (n == 0) {
        pretend_to_mark(m->rt);
        g->assist = MiB; /* owes nothing */
    }
    if (n == 2)
        return EXIT;
    g->op.alloc.bytes = 3000; /* the second time that needs a span */
    e = heap_alloc(m, g, &g->op.alloc);
    if (e == DONE)
        strbuf_addf(&gc_stage_log, "%s ", gc->pacer.work_per_byte == 2 ? "same" : "new");
    return e;
}

START_TEST(the_ratio_follows_the_heap)
{
    struct gc_stage *s = gc_stage_new(1, 100, 0);

    gc_stage_play(s, grow, "same new ");
    gc_stage_free(s);
}
END_TEST

/* ---- workers */

static enum end share(struct m *m, struct g *g, int n)
{
    static struct gc_allocator burner = {.compute = 100 * S};
    struct gc *gc = m->rt->gc;
    struct rt *rt = m->rt;

    (void)g;
    if (n == 0)
        spawn(m, &gc_allocator_kind, &burner, (struct site){0});
    if (n != 1)
        return n == 2 ? EXIT : DONE;
    struct p *other = &rt->allp[1 - m->p->id];

    pretend_to_mark(rt);
    gc->work = 100000;
    mark_take(m, 10);
    strbuf_addf(&gc_stage_log, "%s ", other->m->preempt ? "asked" : "left alone");
    gc->slots.dedicated = 1;
    mark_take(m, 10);
    strbuf_addf(&gc_stage_log, "%s ", other->m->preempt ? "asked" : "left alone");
    gc->slots.dedicated = 0;
    gc->phase = GC_OFF;
    return DONE;
}

/* One P is idle, another runs: taking work wakes the idle one if idle workers are wanted, and only then. */
static enum end rouse(struct m *m, struct g *g, int n)
{
    static struct gc_allocator burner = {.compute = 100 * S};
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;

    if (n == 0)
        spawn(m, &gc_allocator_kind, &burner, (struct site){0});
    if (n == 1 && gc->workers[0].g == NULL)
        return worker_start(m, g);
    if (n != 2)
        return n == 3 ? EXIT : DONE;
    if (g->op.compute.at++ == 0) { /* until whom its own wake-up woke sleeps again */
        m->compute_ns = 300 * US;
        return COMPUTE;
    }
    pretend_to_mark(rt);
    gc->work = 100000;
    mark_take(m, 10);
    strbuf_addf(&gc_stage_log, "%u idle ", rt->n_idle_p);
    gc->slots.idle = 1;
    mark_take(m, 10);
    strbuf_addf(&gc_stage_log, "%u idle %u spinning ", rt->n_idle_p, rt->n_spinning);
    gc->slots = (struct pacer_workers){0};
    gc->phase = GC_OFF;
    return DONE;
}

START_TEST(work_to_share_wakes_an_idle_p)
{
    struct gc_stage *s = gc_stage_new(3, 100, 0);

    gc_stage_play(s, rouse, "1 idle 0 idle 1 spinning ");
    gc_stage_free(s);
}
END_TEST

START_TEST(work_to_share_asks_for_missing_workers)
{
    struct gc_stage *s = gc_stage_new(2, 100, 0);

    gc_stage_play(s, share, "left alone asked ");
    gc_stage_free(s);
}
END_TEST

static enum end preempt_worker(struct m *m, struct g *g, int n)
{
    struct worker *w = &m->rt->gc->workers[0];

    if (n != 1)
        return n == 2 ? EXIT : DONE;
    if (w->g == NULL)
        return worker_start(m, g);
    for (int i = 0; i < 3; i++)
        spawn(m, &debtor_kind, (void *)&debts[i], (struct site){0});
    w->mode = WORKER_DEDICATED;
    w->stop = w->gave_queue = false;
    strbuf_addf(&gc_stage_log, "%d ", w->g->kind->keep_running(m, w->g));
    strbuf_addf(&gc_stage_log, "global %u local %u stop %d ", m->rt->n_global, runq_len(m->rt, m->p),
                w->stop);
    w->mode = WORKER_IDLE;
    strbuf_addf(&gc_stage_log, "%d ", w->g->kind->keep_running(m, w->g));
    strbuf_addf(&gc_stage_log, "stop %d ", w->stop);
    return DONE;
}

START_TEST(a_dedicated_worker_gives_its_queue_away_and_goes_on)
{
    struct gc_stage *s = gc_stage_new(1, 100, 0);

    gc_stage_play(s, preempt_worker, "1 global 3 local 0 stop 0 1 stop 1 500 1000 3000 ");
    gc_stage_free(s);
}
END_TEST

Suite *gc_mark_suite(void)
{
    Suite *s = suite_create("gc/mark");
    TCase *assists = tcase_create("assists");
    TCase *workers = tcase_create("workers");

    tcase_add_test(assists, waiting_assists_are_paid_in_order);
    tcase_add_test(assists, the_end_of_a_cycle_wakes_all_assists);
    tcase_add_test(assists, the_ratio_follows_the_heap);
    suite_add_tcase(s, assists);
    tcase_add_test(workers, work_to_share_wakes_an_idle_p);
    tcase_add_test(workers, work_to_share_asks_for_missing_workers);
    tcase_add_test(workers, a_dedicated_worker_gives_its_queue_away_and_goes_on);
    suite_add_tcase(s, workers);
    return s;
}

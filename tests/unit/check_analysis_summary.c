/* Totals of a trace, and the sums that must agree. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "grader/analysis/slices.h"
#include "grader/analysis/summary.h"
#include "grader/analysis/tell.h"
#include "tests/unit/play.h"

Suite *analysis_summary_suite(void);

#define NET "internal/poll.(*FD).Read"

/* Three goroutines of a real Go program: main starts two workers, one of which fails to end. */
/* clang-format off */
#define FOREIGN                                                    \
    "0    g1 main\n"                                               \
    "100  g1 go g2 main.worker - main.main:5\n"                    \
    "101  g1 go g3 main.worker - main.main:5\n"                    \
    "110  g1 wait chan_receive runtime.chanrecv1 main.main:9\n"    \
    "120  g2 run\n"                                                \
    "125  g3 run\n"                                                \
    "200  g3 wait sync sync.(*Mutex).Lock main.worker:20\n"        \
    "300  g2 wait network " NET " main.worker:21\n"                \
    "800  - poll g2\n"                                             \
    "810  g2 run\n"                                                \
    "900  g2 wake g1\n"                                            \
    "910  g2 end\n"                                                \
    "920  g1 run\n"                                                \
    "1000 g1 end\n"
/* clang-format on */

static const struct group *group_named(const struct group_list *list, const char *name)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->data[i].name, name) == 0)
            return &list->data[i];
    ck_abort_msg("no group %s", name);
    return NULL;
}

static int64_t us(int64_t ns)
{
    return (ns + 500) / 1000;
}

START_TEST(goroutines_by_function)
{
    struct played p;

    play(&p, FOREIGN, NULL);
    struct summary *s = summary_make(p.a);
    const struct group *workers = group_named(&s->functions, "main.worker");

    ck_assert_int_eq(workers->time.count, 2);
    ck_assert_uint_eq(workers->open, 1);
    ck_assert_int_eq(us(workers->states[CAT_SCHED_WAIT]), 20 + 24 + 10);
    ck_assert_int_eq(us(workers->states[CAT_EXECUTION]), 180 + 75 + 100);
    ck_assert_int_eq(us(workers->states[CAT_NETWORK]), 500);
    ck_assert_int_eq(us(workers->states[CAT_SYNC]), 800);
    ck_assert_int_eq(us(workers->time.q[Q_MAX]), 1000 - 101);
    ck_assert_int_eq(us(workers->time.total), 810 + 899);
    summary_free(s);
    played_free(&p);
}
END_TEST

START_TEST(without_requests_places_are_all_waits)
{
    struct played p;

    play(&p, FOREIGN, NULL);
    struct summary *s = summary_make(p.a);

    ck_assert_uint_eq(s->loads.len, 0);
    ck_assert_int_eq(s->places.data[0].category, CAT_SYNC);
    ck_assert_int_eq(us(s->places.data[0].total), 800);
    ck_assert_str_eq(s->sites.entries[s->places.data[0].site].key, "main.worker workload.yaml:20");
    ck_assert_uint_eq(s->places.data[0].load, NO_LOAD);
    ck_assert_str_eq(s->sites.entries[s->places.data[1].site].key, "main.main workload.yaml:9");
    ck_assert_uint_eq(s->places.data[1].longest.piece.other->id, 2);
    summary_free(s);
    played_free(&p);
}
END_TEST

START_TEST(what_still_waits_at_the_end)
{
    struct played p;

    play(&p, FOREIGN, NULL);
    struct summary *s = summary_make(p.a);

    ck_assert_uint_eq(s->pending.len, 1);
    ck_assert_str_eq(s->pending.data[0].site, "main.worker workload.yaml:20");
    ck_assert_str_eq(s->pending.data[0].reason, "sync");
    ck_assert_uint_eq(s->pending.data[0].g, 3);
    ck_assert_int_eq(us(s->pending.data[0].since), 200);
    ck_assert(!s->pending.data[0].system);
    summary_free(s);
    played_free(&p);
}
END_TEST

START_TEST(scheduler_latency)
{
    struct played p;

    play(&p, FOREIGN, NULL);
    struct summary *s = summary_make(p.a);

    /* 10 and 20 (g2), 24 (g3), 20 (g1) */
    ck_assert_int_eq(s->sched_latency.count, 4);
    ck_assert_int_eq(us(s->sched_latency.total), 74);
    ck_assert_int_eq(us(s->sched_latency.q[Q_P50]), 20);
    ck_assert_int_eq(us(s->sched_latency.q[Q_MAX]), 24);
    summary_free(s);
    played_free(&p);
}
END_TEST

START_TEST(identities_hold)
{
    struct played p;

    play(&p, FOREIGN, NULL);
    struct summary *s = summary_make(p.a);

    ck_assert(s->identities.hold);
    ck_assert_uint_eq(s->identities.lifetimes, 0);
    ck_assert_int_le(s->identities.running, s->identities.procs);
    ck_assert_int_le(s->identities.procs, s->identities.capacity);
    summary_free(s);
    played_free(&p);
}
END_TEST

START_TEST(identities_notice_a_gap)
{
    struct played p;

    play(&p, FOREIGN, NULL);
    p.a->goroutines.data[1].born -= 5;
    p.a->proc_running = 1;
    struct summary *s = summary_make(p.a);

    ck_assert(!s->identities.hold);
    ck_assert_uint_eq(s->identities.lifetimes, 1);
    ck_assert_uint_eq(s->identities.example, p.a->goroutines.data[1].id);
    summary_free(s);
    played_free(&p);
}
END_TEST

/* Two states of the handler that overlap: what is in both is counted twice. */
START_TEST(identities_notice_a_split_that_does_not_sum)
{
    struct played p;

    play(&p,
         "0    g1 main\n"
         "1    g1 go g3 handle\n"
         "5    g3 run\n"
         "10   g3 wait chan_receive runtime.chanrecv1 handle:24\n"
         "100  g1 end\n",
         "load 0 lookups 1\nrequest 0 0 @1 @1 3\nend deadlock @100\n");
    struct summary *s = summary_make(p.a);

    ck_assert(s->identities.hold);
    ck_assert_uint_eq(s->identities.splits, 0);
    summary_free(s);
    p.a->goroutines.data[1].segments.data[1].start += 20000;
    s = summary_make(p.a);
    ck_assert(!s->identities.hold);
    ck_assert_uint_eq(s->identities.splits, 1);
    summary_free(s);
    played_free(&p);
}
END_TEST

/* ---- requests ------------------------------------------------------------------------------- */

/* Requests of 10, 20, ... 100 * 10 us, the first of which is warm-up. */
static char *hundred_requests(void)
{
    struct strbuf ledger = STRBUF_INIT;

    strbuf_add(&ledger, "machine 2 2 100\nwarmup @2\nload 0 lookups 100\n");
    for (int i = 0; i < 100; i++)
        strbuf_addf(&ledger, "request 0 %d @%d - -\nreply 0 %d @%d - ok 0 0 0 0\n", i, i ? 10 : 1, i,
                    (i ? 10 : 1) + (i + 1) * 10);
    strbuf_add(&ledger, "end returned @2000\n");
    return strbuf_take(&ledger);
}

START_TEST(percentiles_without_the_warmup)
{
    struct played p;
    char *ledger = hundred_requests();

    play(&p, "0 g1 main\n2000 g1 end\n", ledger);
    struct summary *s = summary_make(p.a);
    const struct load_summary *l = summary_load(s, 0);

    ck_assert_int_eq(l->seen, 100);
    ck_assert_int_eq(l->answered, 100);
    ck_assert_int_eq(l->counted, 99);
    ck_assert_int_eq(us(l->time.q[Q_P50]), 510);  /* the 50th of 99 */
    ck_assert_int_eq(us(l->time.q[Q_P90]), 910);  /* the 90th */
    ck_assert_int_eq(us(l->time.q[Q_P99]), 1000); /* the 99th */
    ck_assert_int_eq(us(l->time.q[Q_MAX]), 1000);
    ck_assert_int_eq(us(spread_mean(&l->time)), 510);
    ck_assert_int_eq(l->throughput, 99 * INT64_C(1000000000) / 1001); /* in 1000 us */
    ck_assert_ptr_null(summary_load(s, 1));
    summary_free(s);
    played_free(&p);
    free(ledger);
}
END_TEST

/* What was due is known of a request that was answered or given up; of one that hangs it is not. */
START_TEST(what_was_due_is_known_of_requests_that_ended)
{
    static const char script[] = "0    g1 main\n"
                                 "1    g1 go g3 handle\n"
                                 "5    g3 run\n"
                                 "50   g3 wait network " NET " handle:18\n"
                                 "90   - poll g3\n"
                                 "91   g3 run\n"
                                 "95   g3 wait sync sync.(*Mutex).Lock handle:20\n"
                                 "100  g1 end\n";
    static const struct {
        const char *reply;
        int64_t host_wait, late;
    } cases[] = {
        {"", 0, 0},
        {"reply 0 0 @96 - given-up 0 0 @40 @30\n", 9, 10},
        {"reply 0 0 @95 3 ok 0 0 @49 @40\n", 0, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct played p;
        struct strbuf ledger = STRBUF_INIT;

        strbuf_addf(&ledger, "load 0 lookups 1\nrequest 0 0 @1 @1 3\n%send deadlock @100\n", cases[i].reply);
        play(&p, script, ledger.text);
        struct summary *s = summary_make(p.a);

        ck_assert_int_eq(us(summary_load(s, 0)->split[CAT_HOST_WAIT]), cases[i].host_wait);
        ck_assert_int_eq(us(summary_load(s, 0)->split[CAT_LATE]), cases[i].late);
        summary_free(s);
        played_free(&p);
        strbuf_release(&ledger);
    }
}
END_TEST

/* A queue with a stretch of scheduler wait in it is still one wait. */
START_TEST(pieces_of_one_wait_are_one)
{
    struct played p;

    play(&p,
         "0    g1 main\n"
         "1    g1 go g10 fetcher\n"
         "2    g10 run\n"
         "5    g1 go g3 handle\n"
         "6    g3 run\n"
         "10   g10 wait network " NET " fetcher:31\n"
         "20   g3 wait chan_receive runtime.chanrecv1 handle:24\n"
         "110  - poll g10\n"
         "120  g10 run\n"
         "125  g10 wait network " NET " fetcher:31\n"
         "225  - poll g10\n"
         "226  g10 run\n"
         "230  g10 wake g3\n"
         "231  g3 run\n"
         "240  g3 end\n",
         "load 0 lookups 1\nrequest 0 0 @5 @5 3\nreply 0 0 @235 3 ok 0 0 0 0\nend returned @300\n");
    struct summary *s = summary_make(p.a);
    const struct place *at = &s->places.data[0];

    ck_assert_int_eq(at->category, CAT_SYNC);
    ck_assert_uint_eq(at->count, 1);
    ck_assert_int_eq(us(at->total), 90 + 105 + 4);
    ck_assert_int_eq(us(at->longest.time), 199);
    ck_assert_int_eq(us(at->longest.piece.from), 20);
    ck_assert_int_eq(us(at->longest.piece.to), 230);
    struct strbuf text = STRBUF_INIT;

    tell_piece(&text, p.a, &at->longest.piece);
    ck_assert_str_eq(text.text,
                     "G3 waited 210 us for chan receive, handle workload.yaml:24, from 0.020 to 0.230 ms");
    strbuf_reset(&text);
    ck_assert(tell_meanwhile(&text, p.a, &at->longest.piece));
    ck_assert_str_eq(text.text, "woken by G10, which from 0.125 to 0.225 ms was in network block, "
                                "fetcher workload.yaml:31");
    strbuf_reset(&text);
    ck_assert(tell_ahead(&text, p.a, &at->longest.piece));
    ck_assert_str_eq(text.text, "the one in front was in network block for 90 % of it");
    strbuf_release(&text);
    summary_free(s);
    played_free(&p);
}
END_TEST

START_TEST(a_goroutine_without_a_processor_is_told_who_had_them)
{
    struct played p;
    struct strbuf text = STRBUF_INIT;

    play(&p,
         "0    g1 main\n"
         "1    g1 go g4 item\n"
         "2    g1 go g5 item\n"
         "3    g4 run\n"
         "4    g5 run\n"
         "10   g1 go g3 handle\n"
         "11   g1 wait network " NET " main:3\n"
         "1000 g4 end\n"
         "1001 g5 end\n"
         "1010 g3 run\n"
         "1020 g3 end\n",
         "load 0 api 1\nrequest 0 0 @10 @10 3\nreply 0 0 @1015 3 ok 0 0 0 0\nend returned @1100\n");
    struct summary *s = summary_make(p.a);
    const struct piece *longest = &s->places.data[0].longest.piece;

    ck_assert_str_eq(s->sites.entries[s->places.data[0].site].key, "start of handle");
    tell_piece(&text, p.a, longest);
    ck_assert_str_eq(text.text,
                     "G3 was runnable for 1 ms and got no P, start of handle, from 0.01 to 1.01 ms");
    strbuf_reset(&text);
    ck_assert(tell_meanwhile(&text, p.a, longest));
    ck_assert_str_eq(text.text, "meanwhile 100 % of the Ps' time went to item (2 goroutines)");
    strbuf_release(&text);
    summary_free(s);
    played_free(&p);
}
END_TEST

/* ---- annotations and time ------------------------------------------------------------------- */

START_TEST(annotations_by_name_and_task)
{
    struct played p;

    play(&p,
         "0   g1 main\n"
         "10  g1 task 1 order main:3\n"
         "20  g1 region 1 load main:4\n"
         "30  g1 endregion 1 load\n"
         "40  g1 region 0 load main:5\n"
         "50  g1 log 1 rejected no main:6\n"
         "60  g1 log 0 rejected no main:7\n"
         "70  g1 log 0 rejected no main:7\n"
         "100 g1 end\n",
         NULL);
    struct summary *s = summary_make(p.a);

    ck_assert_uint_eq(s->tasks.len, 1);
    ck_assert_uint_eq(s->tasks.data[0].open, 1);
    ck_assert_uint_eq(s->regions.len, 2);
    ck_assert_str_eq(s->regions.data[0].task, "order");
    ck_assert_int_eq(us(s->regions.data[0].time.total), 10);
    ck_assert_uint_eq(s->regions.data[0].open, 0);
    ck_assert_ptr_null(s->regions.data[1].task);
    ck_assert_uint_eq(s->regions.data[1].open, 1);
    ck_assert_str_eq(s->regions.data[1].site, "main workload.yaml:5");
    ck_assert_uint_eq(s->logs.len, 2);
    ck_assert_str_eq(s->logs.data[0].task, "order");
    ck_assert_int_eq(s->logs.data[1].time.count, 2);
    ck_assert_ptr_null(s->logs.data[1].task);
    summary_free(s);
    played_free(&p);
}
END_TEST

START_TEST(slices_tell_when)
{
    struct played p;
    struct slice slices[2];

    play(&p,
         "0    g1 main\n"
         "1    g1 go g3 handle\n"
         "501  g3 run\n"
         "1000 g1 end\n",
         "load 0 api 2\nrequest 0 0 @1 @1 3\nreply 0 0 @701 3 ok 0 0 0 0\n"
         "request 0 1 @800 - -\nend returned @1000\n");
    slices_fill(p.a, 0, slices, 2);
    ck_assert_int_eq(slices[0].requests, 1);
    ck_assert_int_eq(us(slices[0].split[CAT_SCHED_WAIT]), 500);
    ck_assert_int_eq(us(slices[0].split[CAT_EXECUTION]), 200);
    ck_assert_int_eq(us(slices[0].runnable), 499);
    ck_assert_int_eq(us(slices[1].runnable), 1);
    ck_assert_int_eq(us(slices[0].running), 500);
    ck_assert_int_eq(us(slices[1].running), 500 + 499);
    ck_assert_int_eq(slices[1].requests, 1);
    ck_assert_int_eq(us(slices[1].time), 200); /* never answered */
    played_free(&p);
}
END_TEST

START_TEST(shares_and_moments)
{
    static const struct {
        int64_t part, whole;
        const char *text;
    } shares[] = {
        {0, 5, "0 %"},           {1, 3, "33 %"},  {1, 50, "2.0 %"}, {1, 300, "0.33 %"},
        {1, 1000000, "<0.01 %"}, {5, 5, "100 %"}, {0, 0, "0 %"},    {INT64_MAX / 2, INT64_MAX, "50 %"},
    };
    struct strbuf text = STRBUF_INIT;
    struct analysis a = {.begin = 1000};

    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        tell_share(&text, shares[i].part, shares[i].whole);
        ck_assert_str_eq(text.text, shares[i].text);
        strbuf_reset(&text);
    }
    tell_interval(&text, &a, 812401000, 817604000);
    ck_assert_str_eq(text.text, "from 812.40 to 817.60 ms");
    strbuf_reset(&text);
    tell_percent(&text, 1250);
    ck_assert_str_eq(text.text, "12.5 %");
    strbuf_release(&text);
}
END_TEST

/* A life of many states: any stretch of it adds up as if segment by segment. */
START_TEST(stretches_of_a_long_life)
{
    struct strbuf script = STRBUF_INIT;
    struct played p;

    strbuf_add(&script, "0 g1 main\n5 g1 go g2 main.worker - main.main:5\n6 g2 run\n");
    for (int i = 0; i < 200; i++)
        strbuf_addf(&script, "%d g2 wait network " NET " main.worker:21\n%d - poll g2\n%d g2 run\n",
                    10 + 10 * i, 13 + 10 * i, 14 + 10 * i);
    strbuf_add(&script, "3000 g1 end\n");
    play(&p, script.text, NULL);
    const struct goroutine *g = analysis_goroutine(p.a, 2);

    ck_assert_uint_gt(g->segments.len, 600);
    for (int64_t k = 0; k < 3000; k++) {
        int64_t from = p.a->begin + k * 577 % 2500000;
        int64_t to = from + k * k * 311 % 1500000;
        int64_t states[CAT_STATES] = {0}, sum = 0, begun = from > g->born ? from : g->born;

        states_between(p.a, g, from, to, states);
        for (size_t i = 0; i < g->segments.len; i++) {
            int64_t a = g->segments.data[i].start, b = segment_end(p.a, g, i);

            a = a < from ? from : a;
            b = b > to ? to : b;
            states[g->segments.data[i].category] -= b > a ? b - a : 0;
            sum += b > a ? b - a : 0;
        }
        for (int c = 0; c < CAT_STATES; c++)
            ck_assert_int_eq(states[c], 0);
        ck_assert_int_eq(sum, to > begun && begun < p.a->end ? (to < p.a->end ? to : p.a->end) - begun : 0);
    }
    played_free(&p);
    strbuf_release(&script);
}
END_TEST

Suite *analysis_summary_suite(void)
{
    Suite *s = suite_create("analysis/summary");
    TCase *goroutines = tcase_create("goroutines");
    TCase *requests = tcase_create("requests");
    TCase *rest = tcase_create("annotations and time");

    tcase_add_test(goroutines, goroutines_by_function);
    tcase_add_test(goroutines, stretches_of_a_long_life);
    tcase_add_test(goroutines, without_requests_places_are_all_waits);
    tcase_add_test(goroutines, what_still_waits_at_the_end);
    tcase_add_test(goroutines, scheduler_latency);
    tcase_add_test(goroutines, identities_hold);
    tcase_add_test(goroutines, identities_notice_a_gap);
    tcase_add_test(goroutines, identities_notice_a_split_that_does_not_sum);
    tcase_add_test(requests, percentiles_without_the_warmup);
    tcase_add_test(requests, what_was_due_is_known_of_requests_that_ended);
    tcase_add_test(requests, pieces_of_one_wait_are_one);
    tcase_add_test(requests, a_goroutine_without_a_processor_is_told_who_had_them);
    tcase_add_test(rest, annotations_by_name_and_task);
    tcase_add_test(rest, slices_tell_when);
    tcase_add_test(rest, shares_and_moments);
    suite_add_tcase(s, goroutines);
    suite_add_tcase(s, requests);
    suite_add_tcase(s, rest);
    return s;
}

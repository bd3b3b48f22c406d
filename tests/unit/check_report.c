/* Reports of small traces, as people and programs see them. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "grader/report/report.h"
#include "tests/unit/play.h"

Suite *report_suite(void);

#define NET "internal/poll.(*FD).Read"

/* Two requests, the second behind the first at a lock that is held across a call. */
/* clang-format off */
#define SCRIPT                                                     \
    "0    g1 main\n"                                               \
    "1    g1 go g2 net/http.(*Server).Serve\n"                     \
    "2    g2 run\n"                                                \
    "3    g2 wait network internal/poll.(*FD).Accept -\n"          \
    "100  - poll g2\n"                                             \
    "101  g2 run\n"                                                \
    "102  g2 go g3 handle net/http.(*Server).Serve -\n"            \
    "105  g3 run\n"                                                \
    "107  g3 task 1 request handle:11\n"                           \
    "110  g3 wait network " NET " handle:18\n"                     \
    "202  g2 go g4 handle net/http.(*Server).Serve -\n"            \
    "203  g2 wait network internal/poll.(*FD).Accept -\n"          \
    "205  g4 run\n"                                                \
    "206  g4 region 0 lookup handle:13\n"                          \
    "210  g4 wait sync sync.(*Mutex).Lock handle:14\n"             \
    "1110 - poll g3\n"                                             \
    "1111 g3 run\n"                                                \
    "1120 g3 wake g4\n"                                            \
    "1121 g4 run\n"                                                \
    "1130 g3 endtask 1\n"                                          \
    "1131 g3 end\n"                                                \
    "1135 g4 endregion 0 lookup\n"                                 \
    "1140 g4 end\n"                                                \
    "1200 g1 end\n"
#define LEDGER                                                     \
    "run 1 1 22\nseed 13 13 faithful\nmachine 4 4 100\nparam rate 416\nparam live 60665449B\n" \
    "load 0 lookups 2\nattr 0 0 miss truth\nattr 0 1 size size\n"  \
    "request 0 0 @100 @102 3 1 2048\nrequest 0 1 @200 @202 4 0 1000\n" \
    "reply 0 0 @1125 3 ok 0 0 @24 @1000\n"                         \
    "reply 0 1 @1135 4 ok 0 0 @20 0\n"                             \
    "object 1 prices_mu\nwait 4 @209 1 3\nend returned @1200\n"
/* clang-format on */

/* Names and texts that would clear the screen, set its title, or are no UTF-8: all a terminal gets is text.
 */
/* clang-format off */
#define HOSTILE                                                    \
    "0    g1 main\n"                                               \
    "1    g1 go g2 han\\x1b[2Jdle\n"                               \
    "2    g2 run\n"                                                \
    "3    g2 task 1 or\\x07der han\\x7fdle:11\n"                   \
    "4    g2 log 1 k\\x9b3m \\xc2\\x9b2J\\xff\\x00 handle:12\n"     \
    "5    g2 region 1 loo\\x0akup handle:13\n"                      \
    "6    g2 wait \\x1b[31m han\\x1b[2Jdle handle:14\n"            \
    "9    g1 end\n"
#define HOSTILE_LEDGER                                             \
    "seed 1 1 faith\\x1b[1mful\nmachine 1 1 100\nparam ra\\x1bte 4\\x1b1\n"        \
    "load 0 loo\\x1bkups 1\nrequest 0 0 @1 @1 2\npanic @4 2 bo\\x1bom | han\\x1bdle:3\n" \
    "end deadlock @9\n"
/* clang-format on */

static void report_of(struct strbuf *out, const char *script, const char *ledger,
                      struct report_options options)
{
    struct played p;
    struct strbuf complaint = STRBUF_INIT;

    options.path = "a.trace";
    play(&p, script, ledger);
    ck_assert_msg(report_text(out, p.a, NULL, &options, &complaint), "%s", complaint.text);
    strbuf_release(&complaint);
    played_free(&p);
}

/* The lines of `part` stand in the report one after the other. */
static void assert_holds(const struct strbuf *report, const char *part)
{
    ck_assert_msg(strstr(report->text, part) != NULL, "expected:\n%s\nfound:\n%s", part, report->text);
}

START_TEST(symptom_breakdown_and_places)
{
    struct strbuf out = STRBUF_INIT;

    report_of(&out, SCRIPT, LEDGER, (struct report_options){0});
    assert_holds(&out, "a.trace: an execution trace (Go 1.22 format), 1.2 ms, ");
    assert_holds(
        &out, "  seed 13, faithful schedule, 4 CPUs, GOMAXPROCS 4, GOGC 100; rate = 416, live = 57.9 MiB\n");
    assert_holds(&out, "what a dashboard shows\n"
                       "  load     requests  answered    rate     p50      p90      p99      max\n"
                       "  lookups         2         2  1931/s  935 us  1.03 ms  1.03 ms  1.03 ms\n");
    assert_holds(&out, "where a request's time goes: lookups, 980 us on average\n"
                       "  network block    500 us    51 %  ####################\n"
                       "  sync block       455 us    46 %  ###################\n"
                       "  execution       20.5 us   2.1 %  #\n"
                       "  scheduler wait   4.5 us  0.46 %\n");
    strbuf_release(&out);
}
END_TEST

START_TEST(an_example_says_who_waits_for_whom)
{
    struct strbuf out = STRBUF_INIT;

    report_of(&out, SCRIPT, LEDGER, (struct report_options){0});
    assert_holds(
        &out,
        "  46 %  sync block, handle workload.yaml:14: 1 time, 910 us in all, 910 us at worst\n"
        "      the longest (lookups 1): G4 waited 910 us for prices_mu, handle workload.yaml:14, "
        "from 0.210 to 1.120 ms\n"
        "      woken by G3, which from 0.210 to 1.110 ms was in network block, handle workload.yaml:18\n"
        "      the one in front was in network block for 99 % of it\n"
        "      see it   ./tracelab report a.trace --goroutine 4\n");
    strbuf_release(&out);
}
END_TEST

START_TEST(annotations_show_what_is_missing)
{
    struct strbuf out = STRBUF_INIT;

    report_of(&out, SCRIPT, LEDGER, (struct report_options){0});
    assert_holds(&out, "tasks, regions and logs\n"
                       "                 of task  count  open      p50      p99  first at\n"
                       "  task request                1     -  1.02 ms  1.02 ms  handle workload.yaml:11\n"
                       "  region lookup  none         1     -   929 us   929 us  handle workload.yaml:13\n");
    strbuf_release(&out);
}
END_TEST

START_TEST(the_timeline_of_a_goroutine)
{
    struct strbuf out = STRBUF_INIT;

    report_of(&out, SCRIPT, LEDGER, (struct report_options){.goroutine = 4});
    assert_holds(&out, "G4, handle\n"
                       "  born for lookups 1, miss=false size=1000B\n"
                       "  created by G2, net/http.(*Server).Serve, at 0.2 ms\n"
                       "  ended at 1.1 ms\n"
                       "  in all: execution 24 us, scheduler wait 4 us, sync block 910 us\n"
                       "\n"
                       "      from     for  what\n"
                       "  0.200 ms            lookups 1 arrives\n"
                       "  0.202 ms    3 us  runnable\n"
                       "  0.205 ms    5 us  runs\n"
                       "  0.206 ms            begins region lookup of no task\n"
                       "  0.210 ms  910 us  waits for prices_mu, handle workload.yaml:14; woken by G3\n"
                       "  1.120 ms    1 us  runnable\n"
                       "  1.121 ms   19 us  runs\n"
                       "  1.135 ms            G4 answers it: ok\n"
                       "  1.135 ms            ends region lookup of no task\n");
    strbuf_release(&out);
}
END_TEST

static void check_plain(const struct strbuf *out)
{
    for (size_t i = 0; i < out->len;) {
        struct utf8 c = utf8_decode(out->text + i, out->len - i);

        ck_assert_msg(c.len && (c.code == '\n' || (c.code >= ' ' && c.code < 0x7f) || c.code > 0x9f),
                      "a terminal acts on byte %zu:\n%s", i, out->text);
        i += c.len;
    }
}

START_TEST(names_cannot_rewrite_the_screen)
{
    static const struct report_options views[] = {
        {0}, {.goroutine = 2}, {.requests = true}, {.regions = true}};

    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        struct report_options options = views[i];
        struct strbuf out = STRBUF_INIT;
        struct strbuf complaint = STRBUF_INIT;
        struct played p;

        report_of(&out, HOSTILE, HOSTILE_LEDGER, options);
        check_plain(&out);
        strbuf_reset(&out);
        options.path = "a.trace";
        play(&p, HOSTILE, HOSTILE_LEDGER);
        ck_assert(report_json(&out, p.a, NULL, &options, &complaint));
        check_plain(&out);
        played_free(&p);
        strbuf_release(&out);
        strbuf_release(&complaint);
    }
}
END_TEST

START_TEST(the_slowest_requests)
{
    struct strbuf out = STRBUF_INIT;

    report_of(&out, SCRIPT, LEDGER, (struct report_options){.requests = true});
    assert_holds(
        &out,
        "the requests of lookups, the slowest first\n"
        "  request    arrived     took  answer  goroutine  mostly                               attributes\n"
        "  lookups 0   0.1 ms  1.03 ms  ok             G3  network block 1 ms, execution 20 us  miss=true "
        "size=2KiB\n"
        "  lookups 1   0.2 ms   935 us  ok             G4  sync block 910 us, execution 21 us   miss=false "
        "size=1000B\n");
    strbuf_release(&out);
}
END_TEST

START_TEST(every_region_with_its_task)
{
    struct strbuf out = STRBUF_INIT;

    report_of(
        &out,
        "0   g1 main\n10  g1 task 1 order main:3\n20  g1 region 1 load main:4\n30  g1 endregion 1 load\n"
        "40  g1 region 0 load main:5\n100 g1 end\n",
        NULL, (struct report_options){.regions = true});
    assert_holds(&out, "regions\n"
                       "  region  task      begun         took  goroutine  where\n"
                       "  load    order 1  0.0 ms        10 us         G1  main workload.yaml:4\n"
                       "  load    none     0.0 ms  never ended         G1  main workload.yaml:5\n"
                       "\n"
                       "tasks that never ended\n"
                       "  task      begun  goroutine  where\n"
                       "  order 1  0.0 ms         G1  main workload.yaml:3\n");
    strbuf_release(&out);
}
END_TEST

START_TEST(a_trace_without_a_ledger_says_so)
{
    struct strbuf out = STRBUF_INIT;

    report_of(&out, SCRIPT, NULL, (struct report_options){0});
    assert_holds(&out, "no ledger, so nobody knows which request a goroutine works for");
    assert_holds(&out,
                 "who waits, on what, where (idle goroutines wait, too, and that costs nobody anything)\n");
    assert_holds(&out, "sync block, handle workload.yaml:14: 1 time, 910 us in all");
    assert_holds(&out, "G4 waited 910 us for sync.(*Mutex).Lock, handle workload.yaml:14");
    ck_assert_ptr_null(strstr(out.text, "where a request's time goes"));
    strbuf_release(&out);
}
END_TEST

START_TEST(a_deadlock_shows_who_is_stuck)
{
    struct strbuf out = STRBUF_INIT;

    report_of(
        &out,
        "0 g1 main\n1 g1 go g3 handle\n2 g3 run\n"
        "10 g3 wait chan_receive runtime.chanrecv1 handle:20\n100 g1 wait sync sync.(*WaitGroup).Wait "
        "main:5\n",
        "load 0 lookups 0\nstuck 3 chan-receive handle workload.yaml:20\nstuck 1 sync main workload.yaml:5\n"
        "end deadlock @100\n",
        (struct report_options){0});
    assert_holds(&out, "  the program did not return: deadlock at 0.1 ms\n");
    assert_holds(&out, "what the runtime noted besides\n"
                       "  deadlock: chan-receive, G3 at handle workload.yaml:20\n"
                       "  deadlock: sync, G1 at main workload.yaml:5\n");
    assert_holds(&out, "still waiting when the trace ends\n"
                       "  count  for           where                    longest since  goroutine\n"
                       "      1  chan receive  handle workload.yaml:20         0.0 ms         G3\n"
                       "      1  sync          main workload.yaml:5            0.1 ms         G1\n");
    strbuf_release(&out);
}
END_TEST

/* G3 and G4 each hold what the other wants; G5 gets mu from G6, keeps it and ends; G7 wants it. */
/* clang-format off */
#define LOCK "sync.(*Mutex).Lock"
#define LOCKED                                                     \
    "0    g1 main\n"                                               \
    "1    g1 go g3 handle\n"                                       \
    "2    g1 go g4 handle\n"                                       \
    "3    g1 go g5 fill\n"                                         \
    "4    g1 go g6 fill\n"                                         \
    "5    g1 go g7 fill\n"                                         \
    "6    g3 run\n"                                                \
    "6    g4 run\n"                                                \
    "6    g5 run\n"                                                \
    "6    g6 run\n"                                                \
    "6    g7 run\n"                                                \
    "10   g3 wait sync " LOCK " handle:8\n"                        \
    "11   g4 wait sync " LOCK " handle:12\n"                       \
    "12   g5 wait sync " LOCK " fill:20\n"                         \
    "13   g7 wait sync " LOCK " fill:20\n"                         \
    "20   g6 wake g5\n"                                            \
    "21   g6 end\n"                                                \
    "22   g5 run\n"                                                \
    "30   g5 end\n"                                                \
    "99   g1 wait chan_receive runtime.chanrecv1 main:5\n"         \
    "100  - poll g1\n"
#define LOCKED_LEDGER                                              \
    "load 0 lookups 0\nobject 1 a_mu\nobject 2 b_mu\nobject 3 mu\n"                        \
    "wait 3 @9 2 4\nwait 4 @10 1 3\nwait 5 @11 3 6\nwait 7 @12 3 6\n"                       \
    "stuck 3 sync handle workload.yaml:8\nstuck 4 sync handle workload.yaml:12\n"           \
    "stuck 7 sync fill workload.yaml:20\nend deadlock @100\n"
/* clang-format on */

START_TEST(a_deadlock_shows_who_holds_what)
{
    struct strbuf out = STRBUF_INIT;
    struct strbuf complaint = STRBUF_INIT;
    struct report_options options = {.path = "a.trace"};
    struct played p;

    report_of(&out, LOCKED, LOCKED_LEDGER, options);
    assert_holds(&out, "  deadlock: G3 waits for b_mu, held by G4, handle workload.yaml:8\n"
                       "  deadlock: G4 waits for a_mu, held by G3, handle workload.yaml:12\n"
                       "  deadlock: G7 waits for mu, held by G5, which has ended, fill workload.yaml:20\n");
    assert_holds(&out,
                 "  count  for   where                    longest since  goroutine\n"
                 "      1  sync  handle workload.yaml:8          0.0 ms         G3  b_mu, held by G4\n");
    strbuf_reset(&out);
    report_of(&out, LOCKED, LOCKED_LEDGER, (struct report_options){.goroutine = 7});
    assert_holds(&out,
                 "waits for mu, held by G5, which has ended, fill workload.yaml:20; not woken any more\n");
    strbuf_reset(&out);
    play(&p, LOCKED, LOCKED_LEDGER);
    ck_assert(report_json(&out, p.a, NULL, &options, &complaint));
    assert_holds(&out, "      \"lock\": \"mu\",\n      \"holder\": 5\n");
    played_free(&p);
    strbuf_release(&out);
    strbuf_release(&complaint);
}
END_TEST

START_TEST(a_truncated_trace_is_reported_as_far_as_it_goes)
{
    struct played whole, p;
    struct strbuf out = STRBUF_INIT;
    struct strbuf complaint = STRBUF_INIT;
    struct report_options options = {.path = "cut.trace"};

    play(&whole, SCRIPT, LEDGER);
    size_t length = whole.bytes.len;

    played_free(&whole);
    play_cut(&p, SCRIPT, LEDGER, length - 5);
    ck_assert(!p.a->whole);
    ck_assert_int_eq(p.error.fault, TRACE_TRUNCATED);
    ck_assert(report_text(&out, p.a, &p.error, &options, &complaint));
    assert_holds(&out, "  truncated at offset 0x");
    assert_holds(&out, "nothing before it can be told\n");
    ck_assert_str_eq(complaint.text, "");
    strbuf_release(&out);
    strbuf_release(&complaint);
    played_free(&p);
}
END_TEST

static const struct {
    struct report_options options;
    const char *ledger, *complaint;
} complaints[] = {
    {{.goroutine = 77}, LEDGER, "no goroutine 77 in a.trace"},
    {{.load = "lookup"}, LEDGER, "no load 'lookup' in a.trace; it has lookups"},
    {{.load = "lookups"}, NULL, "no load 'lookups' in a.trace"},
    {{.requests = true}, NULL, "a.trace has no ledger, so its requests cannot be told"},
};

START_TEST(what_is_not_there_is_refused)
{
    struct played p;
    struct strbuf out = STRBUF_INIT;
    struct strbuf complaint = STRBUF_INIT;
    struct report_options options = complaints[_i].options;

    options.path = "a.trace";
    play(&p, SCRIPT, complaints[_i].ledger);
    ck_assert(!report_text(&out, p.a, NULL, &options, &complaint));
    ck_assert_str_eq(complaint.text, complaints[_i].complaint);
    ck_assert_str_eq(out.text, "");
    strbuf_release(&complaint);
    strbuf_release(&out);
    played_free(&p);
}
END_TEST

START_TEST(json_has_the_same_numbers)
{
    struct played p;
    struct strbuf out = STRBUF_INIT;
    struct strbuf complaint = STRBUF_INIT;
    struct report_options options = {.path = "a.trace"};

    play(&p, SCRIPT, LEDGER);
    ck_assert(report_json(&out, p.a, NULL, &options, &complaint));
    assert_holds(&out, "  \"trace\": \"a.trace\",\n  \"version\": 22,\n");
    assert_holds(&out, "    \"seed\": 13,\n    \"mode\": \"faithful\",\n");
    assert_holds(&out, "      \"load\": \"lookups\",\n      \"requests\": 2,\n      \"answered\": 2,\n");
    assert_holds(&out, "      \"load\": \"lookups\",\n"
                       "      \"category\": \"sync block\",\n"
                       "      \"site\": \"handle workload.yaml:14\",\n"
                       "      \"count\": 1,\n"
                       "      \"total\": 910000,\n"
                       "      \"longest\": {\n"
                       "        \"from\": 210000,\n"
                       "        \"to\": 1120000,\n"
                       "        \"goroutine\": 4,\n"
                       "        \"request\": 1,\n"
                       "        \"for\": \"prices_mu\",\n"
                       "        \"behind\": 3,\n");
    assert_holds(&out, "  \"identities\": {\n    \"hold\": true,\n");
    strbuf_reset(&out);
    options.goroutine = 4;
    ck_assert(report_json(&out, p.a, NULL, &options, &complaint));
    assert_holds(&out, "        \"state\": \"Waiting\",\n        \"category\": \"sync block\",\n"
                       "        \"for\": \"prices_mu\",\n        \"site\": \"handle workload.yaml:14\",\n"
                       "        \"woken_by\": 3\n");
    strbuf_release(&out);
    strbuf_release(&complaint);
    played_free(&p);
}
END_TEST

Suite *report_suite(void)
{
    Suite *s = suite_create("report");
    TCase *text = tcase_create("text");
    TCase *json = tcase_create("json");

    tcase_add_test(text, symptom_breakdown_and_places);
    tcase_add_test(text, an_example_says_who_waits_for_whom);
    tcase_add_test(text, annotations_show_what_is_missing);
    tcase_add_test(text, the_timeline_of_a_goroutine);
    tcase_add_test(text, names_cannot_rewrite_the_screen);
    tcase_add_test(text, the_slowest_requests);
    tcase_add_test(text, every_region_with_its_task);
    tcase_add_test(text, a_trace_without_a_ledger_says_so);
    tcase_add_test(text, a_deadlock_shows_who_is_stuck);
    tcase_add_test(text, a_deadlock_shows_who_holds_what);
    tcase_add_test(text, a_truncated_trace_is_reported_as_far_as_it_goes);
    tcase_add_loop_test(text, what_is_not_there_is_refused, 0,
                        (int)(sizeof complaints / sizeof complaints[0]));
    tcase_add_test(json, json_has_the_same_numbers);
    suite_add_tcase(s, text);
    suite_add_tcase(s, json);
    return s;
}

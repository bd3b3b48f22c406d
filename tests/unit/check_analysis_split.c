/* Whose wait is it: the programs of the rule's own table in miniature, and each of its cases alone. */
#include <check.h>

#include "grader/analysis/ahead.h"
#include "grader/analysis/summary.h"
#include "tests/unit/play.h"

Suite *analysis_split_suite(void);

/* A server that accepts two requests, of goroutines 3 and 4, at 100 and 200 us. */
/* clang-format off */
#define SERVER                                                     \
    "0    g1 main\n"                                               \
    "1    g1 go g2 net/http.(*Server).Serve\n"                     \
    "2    g2 run\n"                                                \
    "3    g2 wait network internal/poll.(*FD).Accept -\n"          \
    "100  - poll g2\n"                                             \
    "101  g2 run\n"                                                \
    "102  g2 go g3 handle\n"                                       \
    "103  g2 wait network internal/poll.(*FD).Accept -\n"          \
    "105  g3 run\n"
#define SECOND                                                     \
    "200  - poll g2\n"                                             \
    "201  g2 run\n"                                                \
    "202  g2 go g4 handle\n"                                       \
    "203  g2 wait network internal/poll.(*FD).Accept -\n"          \
    "205  g4 run\n"
#define NET "internal/poll.(*FD).Read"
#define LOCK "sync.(*Mutex).Lock"
/* clang-format on */

#define LOADS     "load 0 lookups 2\n"
#define REQUEST_0 "request 0 0 @100 @102 3\n"
#define REQUEST_1 "request 0 1 @200 @202 4\n"

/* The split of one request, in us. */
static void split_of(struct played *p, uint32_t index, int64_t us[CAT_STATES])
{
    request_split(p->a, 0, index, us);
    for (int c = 0; c < CAT_STATES; c++)
        us[c] = (us[c] + 500) / 1000;
}

/* clang-format off */
#define check_split(p, index, exec, sched, sync, net, gc, sleep)   \
    do {                                                           \
        int64_t us[CAT_STATES];                                    \
        split_of((p), (index), us);                                \
        ck_assert_int_eq(us[CAT_EXECUTION], (exec));               \
        ck_assert_int_eq(us[CAT_SCHED_WAIT], (sched));             \
        ck_assert_int_eq(us[CAT_SYNC], (sync));                    \
        ck_assert_int_eq(us[CAT_NETWORK], (net));                  \
        ck_assert_int_eq(us[CAT_GC], (gc));                        \
        ck_assert_int_eq(us[CAT_SLEEP], (sleep));                  \
        ck_assert_int_eq(us[CAT_OTHER], 0);                        \
        ck_assert_int_eq(us[CAT_SYSCALL], 0);                      \
    } while (0)
/* clang-format on */

/* ---- the four programs ---------------------------------------------------------------------- */

/* clang-format off */
#define LOCK_ACROSS_CALL                                           \
    SERVER SECOND                                                  \
    "110  g3 wait network " NET " handle:18\n"                     \
    "210  g4 wait sync " LOCK " handle:14\n"                       \
    "1110 - poll g3\n"                                             \
    "1111 g3 run\n"                                                \
    "1120 g3 wake g4\n"                                            \
    "1121 g4 run\n"                                                \
    "1130 g3 end\n"                                                \
    "1140 g4 end\n"
#define LOCK_LEDGER                                                \
    LOADS REQUEST_0 REQUEST_1                                      \
    "reply 0 0 @1125 3 ok 0 0 @24 @1000\n"                         \
    "reply 0 1 @1135 4 ok 0 0 @20 0\n"                             \
    "object 1 prices_mu\n"                                         \
    "wait 4 @209 1 3\n"                                            \
    "end returned @1200\n"
/* clang-format on */

START_TEST(lock_across_call_is_sync)
{
    struct played p;

    play(&p, LOCK_ACROSS_CALL, LOCK_LEDGER);
    /* g3: accept runnable 1, running 1, born; runnable 3, running 5, network 1000, runnable 1, running 14 */
    check_split(&p, 0, 20, 5, 0, 1000, 0, 0);
    check_split(&p, 1, 20, 5, 910, 0, 0, 0);
    played_free(&p);
}
END_TEST

START_TEST(call_in_goroutine_is_its_network)
{
    struct played p;

    play(&p,
         SERVER "106  g3 go g5 handle.func1 - handle:20\n"
                "107  g3 wait chan_receive runtime.chanrecv1 handle:24\n"
                "108  g5 run\n"
                "110  g5 wait network " NET " handle.func1:21\n"
                "1110 - poll g5\n"
                "1111 g5 run\n"
                "1120 g5 wake g3\n"
                "1122 g5 end\n"
                "1123 g3 run\n"
                "1130 g3 end\n",
         LOADS REQUEST_0 "reply 0 0 @1128 3 ok 0 0 @10 @1000\n"
                         "end returned @1200\n");
    /* handed over at 106, when g5 was born for it: runnable 1 of the handler's wait, from 107 */
    check_split(&p, 0, 1 + 2 + 2 + 9 + 5, 1 + 3 + 1 + 1 + 3, 0, 1000, 0, 0);
    played_free(&p);
}
END_TEST

/* Fetchers g10 and g11 wait for work; g3 and g4 send theirs and wait for the answer. */
/* clang-format off */
#define FETCHERS                                                   \
    "4    g1 go g10 fetcher\n"                                     \
    "5    g1 go g11 fetcher\n"                                     \
    "6    g10 run\n"                                               \
    "7    g11 run\n"                                               \
    "8    g10 wait chan_receive runtime.chanrecv1 fetcher:30\n"    \
    "9    g11 wait chan_receive runtime.chanrecv1 fetcher:30\n"
/* clang-format on */

START_TEST(pool_of_fetchers_is_their_network)
{
    struct played p;

    play(&p,
         FETCHERS SERVER SECOND "106  g3 wake g10\n"
                                "107  g3 wait chan_receive runtime.chanrecv1 handle:24\n"
                                "108  g10 run\n"
                                "110  g10 wait network " NET " fetcher:31\n"
                                "206  g4 wake g11\n"
                                "207  g4 wait chan_receive runtime.chanrecv1 handle:24\n"
                                "208  g11 run\n"
                                "210  g11 wait network " NET " fetcher:31\n"
                                "1110 - poll g10\n"
                                "1111 g10 run\n"
                                "1120 g10 wake g3\n"
                                "1121 g10 wait chan_receive runtime.chanrecv1 fetcher:30\n"
                                "1123 g3 run\n"
                                "1210 - poll g11\n"
                                "1211 g11 run\n"
                                "1220 g11 wake g4\n"
                                "1221 g11 wait chan_receive runtime.chanrecv1 fetcher:30\n"
                                "1223 g4 run\n"
                                "1130 g3 end\n"
                                "1230 g4 end\n",
         LOADS REQUEST_0 REQUEST_1 "took 10 0 0 @106 3 @106\n"
                                   "took 11 0 1 @206 4 @206\n"
                                   "reply 0 0 @1128 3 ok 0 0 @20 @1000\n"
                                   "reply 0 1 @1228 4 ok 0 0 @20 @1000\n"
                                   "end returned @1300\n");
    check_split(&p, 0, 19, 9, 0, 1000, 0, 0);
    check_split(&p, 1, 19, 9, 0, 1000, 0, 0);
    played_free(&p);
}
END_TEST

/* clang-format off */
#define ONE_FETCHER                                                \
    "4    g1 go g10 fetcher\n"                                     \
    "6    g10 run\n"                                               \
    "8    g10 wait chan_receive runtime.chanrecv1 fetcher:30\n"    \
    SERVER SECOND                                                  \
    "106  g3 wake g10\n"                                           \
    "107  g3 wait chan_receive runtime.chanrecv1 handle:24\n"      \
    "108  g10 run\n"                                               \
    "110  g10 wait network " NET " fetcher:31\n"                   \
    "207  g4 wait chan_receive runtime.chanrecv1 handle:24\n"      \
    "1110 - poll g10\n"                                            \
    "1111 g10 run\n"                                               \
    "1120 g10 wake g3\n"                                           \
    "1123 g3 run\n"                                                \
    "1125 g10 wait network " NET " fetcher:31\n"                   \
    "1130 g3 end\n"                                                \
    "2125 - poll g10\n"                                            \
    "2126 g10 run\n"                                               \
    "2130 g10 wake g4\n"                                           \
    "2133 g4 run\n"                                                \
    "2135 g10 wait chan_receive runtime.chanrecv1 fetcher:30\n"    \
    "2140 g4 end\n"
#define ONE_FETCHER_LEDGER                                         \
    LOADS REQUEST_0 REQUEST_1                                      \
    "took 10 0 0 @106 3 @106\n"                                    \
    "took 10 0 1 @1122 4 @206\n"                                   \
    "reply 0 0 @1128 3 ok 0 0 @20 @1000\n"                         \
    "reply 0 1 @2138 4 ok 0 0 @20 @1000\n"                         \
    "end returned @2200\n"
/* clang-format on */

START_TEST(one_fetcher_is_a_queue)
{
    struct played p;

    play(&p, ONE_FETCHER, ONE_FETCHER_LEDGER);
    check_split(&p, 0, 19, 9, 0, 1000, 0, 0);
    /* From its handler's wait on until the fetcher takes it, at 1122, it lies in the queue; the 1 us for
     * which the fetcher itself had no P is no lock. */
    check_split(&p, 1, 1 + 2 + 3 + 4 + 5, 1 + 3 + 1 + 1 + 3, 1122 - 207 - 1, 1000, 0, 0);
    played_free(&p);
}
END_TEST

/* ---- one rule at a time --------------------------------------------------------------------- */

/* g3 waits for g10, which is busy for others in several states, and hands over a token. */
/* clang-format off */
#define BUSY                                                       \
    "4    g1 go g10 actor\n"                                       \
    "6    g10 run\n"                                               \
    SERVER                                                         \
    "110  g3 wait chan_receive runtime.chanrecv1 handle:24\n"      \
    "120  g10 wait network " NET " actor:31\n"                     \
    "220  - poll g10\n"                                            \
    "270  g10 run\n"                                               \
    "280  g10 assist actor:33\n"                                   \
    "300  g10 assisted\n"                                          \
    "310  g10 wake g3\n"                                           \
    "311  g3 run\n"                                                \
    "320  g3 end\n"                                                \
    "321  g10 end\n"
/* clang-format on */

START_TEST(busy_for_others_is_contention_but_for_the_machine)
{
    struct played p;

    play(&p, BUSY, LOADS REQUEST_0 "reply 0 0 @315 3 ok 0 0 @10 0\nend returned @400\n");
    /* 110-120 it ran, 120-220 network, 220-270 runnable, 270-280 ran, 280-300 assists, 300-310 ran */
    check_split(&p, 0, 1 + 5 + 4, 4 + 50 + 1, 10 + 100 + 10 + 10, 0, 20, 0);
    played_free(&p);
}
END_TEST

START_TEST(locks_are_contention_even_from_one_of_the_same_request)
{
    struct played p;

    play(&p,
         SERVER "106  g3 go g5 handle.func1 - handle:20\n"
                "108  g5 run\n"
                "110  g5 wait network " NET " handle.func1:21\n"
                "112  g3 wait sync " LOCK " handle:24\n"
                "1110 - poll g5\n"
                "1111 g5 run\n"
                "1120 g5 wake g3\n"
                "1121 g3 run\n"
                "1122 g5 end\n"
                "1130 g3 end\n",
         LOADS REQUEST_0 "reply 0 0 @1128 3 ok 0 0 @10 @1000\nend returned @1200\n");
    check_split(&p, 0, 1 + 7 + 7, 1 + 3 + 1, 1120 - 112, 0, 0, 0);
    played_free(&p);
}
END_TEST

START_TEST(a_timer_is_sleep)
{
    struct played p;

    play(&p,
         SERVER "110  g3 wait select runtime.selectgo handle:24\n"
                "510  - poll g3\n"
                "511  g3 run\n"
                "520  g3 end\n",
         LOADS REQUEST_0 "reply 0 0 @515 3 ok 0 0 @10 0\nend returned @600\n");
    check_split(&p, 0, 1 + 5 + 4, 1 + 3 + 1, 0, 0, 0, 400);
    played_free(&p);
}
END_TEST

/* A producer that waits to send work of its own request: its workers' work. */
START_TEST(a_bounded_pool_of_ones_own_is_its_execution)
{
    struct played p;

    play(&p,
         SERVER "106  g3 go g5 worker - handle:20\n"
                "107  g5 run\n"
                "110  g3 wait chan_send runtime.chansend1 handle:24\n"
                "510  g5 wake g3\n"
                "511  g3 run\n"
                "520  g3 end\n"
                "521  g5 end\n",
         LOADS REQUEST_0 "reply 0 0 @515 3 ok 0 0 @410 0\nend returned @600\n");
    check_split(&p, 0, 1 + 5 + 400 + 4, 1 + 3 + 1, 0, 0, 0, 0);
    played_free(&p);
}
END_TEST

START_TEST(without_a_reply_it_lasts_to_the_end)
{
    struct played p;

    play(&p, SERVER "110  g3 wait chan_receive runtime.chanrecv1 handle:24\n510  g1 end\n",
         LOADS REQUEST_0 "end deadlock @510\n");
    check_split(&p, 0, 1 + 5, 1 + 3, 400, 0, 0, 0);
    played_free(&p);
}
END_TEST

/* A request's pieces fill its time, which is `us` long. */
static void check_filled(struct played *p, uint32_t index, int64_t us)
{
    int64_t split[CAT_STATES];
    int64_t sum = 0;

    request_split(p->a, 0, index, split);
    for (int c = 0; c < CAT_STATES; c++)
        sum += split[c];
    ck_assert_int_eq(sum, request_time(p->a, facts_request(&p->a->facts, 0, index)));
    ck_assert_int_eq((sum + 500) / 1000, us);
}

START_TEST(it_lasts_until_its_client_gives_up)
{
    struct played p;

    play(&p, SERVER "110  g3 wait chan_receive runtime.chanrecv1 handle:24\n510  g1 end\n",
         LOADS REQUEST_0 "reply 0 0 @210 - given-up 0 0 @6 0\nend deadlock @510\n");
    check_split(&p, 0, 1 + 5, 1 + 3, 100, 0, 0, 0);
    check_filled(&p, 0, 110);
    played_free(&p);
}
END_TEST

START_TEST(after_its_handler_nobody_works_for_it)
{
    struct played p;
    int64_t us[CAT_STATES];

    play(&p, SERVER "110  g3 end\n510  g1 end\n",
         LOADS REQUEST_0 "reply 0 0 @210 - given-up 0 0 @6 0\nend returned @510\n");
    split_of(&p, 0, us);
    ck_assert_int_eq(us[CAT_EXECUTION], 1 + 5);
    ck_assert_int_eq(us[CAT_OTHER], 100);
    check_filled(&p, 0, 110);
    played_free(&p);
}
END_TEST

/* The accept goroutine has it until its handler is born, which is too late. */
START_TEST(its_client_gives_up_before_it_is_accepted)
{
    struct played p;

    play(&p, SERVER "510  g1 end\n",
         LOADS "request 0 0 @50 @102 3\nreply 0 0 @90 - given-up 0 0 0 0\nend returned @510\n");
    check_split(&p, 0, 0, 0, 0, 40, 0, 0);
    check_filled(&p, 0, 40);
    played_free(&p);
}
END_TEST

START_TEST(a_ledger_cannot_turn_time_back)
{
    struct played p;

    play(&p, SERVER "510  g1 end\n",
         "load 0 lookups 2\n" REQUEST_0
         "request 0 1 @900 - -\nreply 0 0 @90 3 ok 0 0 0 0\nend returned @510\n");
    check_filled(&p, 0, 0);
    check_filled(&p, 1, 0);
    played_free(&p);
}
END_TEST

START_TEST(pieces_fill_the_time)
{
    struct played p;

    play(&p, ONE_FETCHER, ONE_FETCHER_LEDGER);
    check_filled(&p, 0, 1028);
    check_filled(&p, 1, 1938);
    played_free(&p);
}
END_TEST

/* ---- who was ahead -------------------------------------------------------------------------- */

/* g4 waits for a lock that goes from g3 to g5 to g4; g5 was behind g3 itself. */
START_TEST(a_lock_passes_from_hand_to_hand)
{
    struct played p;
    struct ahead ahead;

    play(&p,
         "0    g1 main\n"
         "1    g1 go g3 handle\n"
         "2    g1 go g4 handle\n"
         "3    g1 go g5 handle\n"
         "4    g3 run\n"
         "5    g5 run\n"
         "6    g4 run\n"
         "10   g3 wait network " NET " handle:18\n"
         "11   g5 wait sync " LOCK " handle:14\n"
         "20   g4 wait sync " LOCK " handle:14\n"
         "110  - poll g3\n"
         "111  g3 run\n"
         "115  g3 wake g5\n"
         "116  g5 run\n"
         "117  g5 wait network " NET " handle:18\n"
         "217  - poll g5\n"
         "218  g5 run\n"
         "220  g5 wake g4\n"
         "221  g4 run\n"
         "230  g4 end\n",
         NULL);
    const struct goroutine *g4 = analysis_goroutine(p.a, 4);
    struct piece piece = {
        .category = CAT_SYNC, .g = g4, .segment = &g4->segments.data[2], .other = analysis_goroutine(p.a, 5)};

    piece.from = piece.segment->start;
    piece.to = segment_end(p.a, g4, 2);
    ck_assert(ahead_of(p.a, &piece, &ahead));
    ck_assert_uint_eq(ahead.count, 2);
    ck_assert_int_eq(ahead.most, CAT_NETWORK);
    ck_assert_int_eq(ahead.states[CAT_NETWORK] / 1000, 90 + 100);
    ck_assert_int_eq(ahead.states[CAT_SYNC], 0);
    ck_assert_int_eq(ahead.time / 1000, 200);
    played_free(&p);
}
END_TEST

START_TEST(nobody_is_ahead_of_a_timer)
{
    struct ahead ahead;
    struct piece piece = {.category = CAT_SLEEP};

    ck_assert(!ahead_of(NULL, &piece, &ahead));
}
END_TEST

Suite *analysis_split_suite(void)
{
    Suite *s = suite_create("analysis/split");
    TCase *programs = tcase_create("programs");
    TCase *rules = tcase_create("rules");
    TCase *queue = tcase_create("queue");

    tcase_add_test(programs, lock_across_call_is_sync);
    tcase_add_test(programs, call_in_goroutine_is_its_network);
    tcase_add_test(programs, pool_of_fetchers_is_their_network);
    tcase_add_test(programs, one_fetcher_is_a_queue);
    tcase_add_test(rules, busy_for_others_is_contention_but_for_the_machine);
    tcase_add_test(rules, locks_are_contention_even_from_one_of_the_same_request);
    tcase_add_test(rules, a_timer_is_sleep);
    tcase_add_test(rules, a_bounded_pool_of_ones_own_is_its_execution);
    tcase_add_test(rules, without_a_reply_it_lasts_to_the_end);
    tcase_add_test(rules, it_lasts_until_its_client_gives_up);
    tcase_add_test(rules, after_its_handler_nobody_works_for_it);
    tcase_add_test(rules, its_client_gives_up_before_it_is_accepted);
    tcase_add_test(rules, a_ledger_cannot_turn_time_back);
    tcase_add_test(rules, pieces_fill_the_time);
    tcase_add_test(queue, a_lock_passes_from_hand_to_hand);
    tcase_add_test(queue, nobody_is_ahead_of_a_timer);
    suite_add_tcase(s, programs);
    suite_add_tcase(s, rules);
    suite_add_tcase(s, queue);
    return s;
}

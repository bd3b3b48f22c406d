/* Each check, passing and failing for each of its reasons. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/judge_stage.h"

Suite *grade_checks_suite(void);

#define REMOVED  "  removed: {share: 5%, below: 100us}\n"
#define ANSWERED "  lookups: {reply: {ok: 1}}\n"

static void assert_fails(const struct outcome *o, enum check c, const char *reason)
{
    ck_assert_msg(o->checks[c].state == STATE_FAIL, "%s: %s (%s), expected to fail for: %s", check_names[c],
                  state_names[o->checks[c].state], o->checks[c].found, reason);
    ck_assert_str_eq(o->checks[c].reason, reason);
}

static void assert_state(const struct outcome *o, enum check c, enum state state)
{
    ck_assert_msg(o->checks[c].state == state, "%s: %s (%s %s), expected: %s", check_names[c],
                  state_names[o->checks[c].state], o->checks[c].reason, o->checks[c].found,
                  state_names[state]);
}

/* ---- runs, valid ---------------------------------------------------------------------------- */

#define ONE_ANSWERED "request 0 0 @100 @102 3 1 1024\nreply 0 0 @200 3 ok 0 0 @10 0\n"

static void judge_play(const char *script, const char *ledger, struct outcome *o)
{
    struct judge_stage s;

    stage_open(&s, ANSWERED, REMOVED, "");
    stage_judge(&s, script, ledger, NULL, o);
    stage_close(&s);
}

static void judge_end(const char *end, struct outcome *o)
{
    char ledger[1000];

    snprintf(ledger, sizeof ledger, "%s%s", STAGE_LEDGER(1, 0) ONE_ANSWERED, end);
    judge_play(STAGE_IDLE, ledger, o);
}

START_TEST(a_program_that_returns_runs)
{
    struct outcome o;

    judge_end(STAGE_END, &o);
    assert_state(&o, CHECK_RUNS, STATE_PASS);
    assert_state(&o, CHECK_VALID, STATE_PASS);
    assert_state(&o, CHECK_CONTRACT, STATE_PASS);
    assert_state(&o, CHECK_SAFE, STATE_PASS);
    ck_assert_uint_eq(o.seed, 7);
    ck_assert_int_eq(o.cpus, 4);
}
END_TEST

START_TEST(a_deadlock_names_who_waits_and_skips_the_rest)
{
    struct outcome o;

    judge_end("stuck 5 chan-receive handle workload.yaml:9\nstuck 6 sync handle workload.yaml:4\n"
              "end deadlock @8000\n",
              &o);
    assert_fails(&o, CHECK_RUNS, "deadlock");
    ck_assert_str_eq(o.checks[CHECK_RUNS].found, "all goroutines are asleep after 8 ms: deadlock");
    ck_assert_str_eq(o.checks[CHECK_RUNS].evidence[0], "G6 waits for ever: sync, handle workload.yaml:4");
    ck_assert_str_eq(o.checks[CHECK_RUNS].evidence[1],
                     "G5 waits for ever: chan-receive, handle workload.yaml:9");
    ck_assert_uint_eq(o.checks[CHECK_RUNS].g, 6);
    for (int c = CHECK_VALID; c <= CHECK_NOT_MOVED; c++)
        assert_state(&o, (enum check)c, STATE_SKIP);
}
END_TEST

START_TEST(a_panic_is_told_with_its_place)
{
    struct outcome o;

    judge_end("panic @70 3 division by zero | handle workload.yaml:9\nend panic @70\n", &o);
    assert_fails(&o, CHECK_RUNS, "panic");
    ck_assert_str_eq(o.checks[CHECK_RUNS].found, "panic: division by zero");
    ck_assert_str_eq(o.checks[CHECK_RUNS].evidence[0], "G3 at handle workload.yaml:9, after 70 us");
}
END_TEST

START_TEST(what_go_calls_fatal_is_fatal)
{
    struct outcome o;

    judge_end("panic @70 3 sync: unlock of unlocked mutex | handle workload.yaml:9\nend fatal @70\n", &o);
    assert_fails(&o, CHECK_RUNS, "fatal");
    ck_assert_str_eq(o.checks[CHECK_RUNS].found, "fatal error: sync: unlock of unlocked mutex");
}
END_TEST

START_TEST(a_runaway_exceeds_its_budget)
{
    struct outcome o;

    judge_end("work 0 0 0 1 1 @110 @5000 0\nbudget more than 5 steps\nend budget @9000\n", &o);
    assert_fails(&o, CHECK_RUNS, "budget");
    ck_assert_str_eq(o.checks[CHECK_RUNS].evidence[0], "G1 ran most: 4.5 ms of the last 4.5 ms");
    ck_assert_uint_eq(o.checks[CHECK_RUNS].g, 1);
}
END_TEST

/* g3 has the lock and keeps giving way; g4 waits for the lock. */
#define SPINS                                                                                                \
    "0 g1 main\n100 g1 go g3 handle\n102 g3 run\n105 g1 go g4 handle\n106 g4 run\n"                          \
    "110 g4 wait sync sync.(*Mutex).Lock handle:14\n120 g1 wait network net.Accept main:30\n"                \
    "130 g3 yield runtime.Gosched handle:17\n140 g3 run\n5000 g3 yield runtime.Gosched handle:17\n"
#define SPUN                                                                                                 \
    STAGE_LEDGER(2, 0) ONE_ANSWERED "object 1 prices_mu\nwait 4 @109 1 3\nrequest 0 1 @100 @106 4 0 1024\n"

START_TEST(a_busy_program_that_gets_nowhere_is_a_livelock)
{
    struct outcome o;
    const struct finding *f = &o.checks[CHECK_RUNS];

    judge_play(SPINS "9000 g3 run\n", SPUN "budget more than 5 steps\nend budget @9000\n", &o);
    assert_fails(&o, CHECK_RUNS, "livelock");
    ck_assert_str_eq(f->found, "stopped after 9 ms: more than 5 steps");
    ck_assert_str_eq(f->evidence[0],
                     "busy, but nothing was done for any request since 200 us; 1 had no answer");
    ck_assert_str_eq(f->evidence[1], "G3 ran most: 4.8 ms of the last 8.8 ms, handle workload.yaml:17");
    ck_assert_str_eq(f->evidence[2], "it holds prices_mu, for which 1 other waits");
    ck_assert_uint_eq(f->g, 3);
    ck_assert_str_eq(f->site, "handle workload.yaml:17");
}
END_TEST

START_TEST(who_still_works_for_requests_is_no_livelock)
{
    struct outcome o;

    judge_play(SPINS "9000 g3 run\n",
               SPUN "work 0 1 0 1 1 @110 @5000 0\nbudget more than 5 steps\nend budget @9000\n", &o);
    assert_fails(&o, CHECK_RUNS, "budget");
}
END_TEST

/* g6 has a_mu and wants b_mu, g7 the other way round; g8 has waited for a_mu as well, and got nothing. */
START_TEST(a_deadlock_names_locks_and_who_holds_them)
{
    struct outcome o;
    const struct finding *f = &o.checks[CHECK_RUNS];

    judge_play("0 g1 main\n10 g1 go g6 one\n12 g6 run\n14 g1 go g7 two\n16 g7 run\n18 g1 go g8 one\n"
               "20 g8 run\n25 g8 wait sync sync.(*Mutex).Lock one:4\n"
               "30 g6 wait sync sync.(*Mutex).Lock one:8\n40 g7 wait sync sync.(*Mutex).Lock two:9\n"
               "50 g1 wait network net.Accept main:30\n",
               STAGE_LEDGER(1, 0) ONE_ANSWERED
               "object 1 a_mu\nobject 2 b_mu\nwait 8 @24 1 6\nwait 6 @29 2 7\nwait 7 @39 1 6\n"
               "stuck 1 network main workload.yaml:30\nstuck 8 sync one workload.yaml:4\n"
               "stuck 6 sync one workload.yaml:8\nstuck 7 sync two workload.yaml:9\nend deadlock @60\n",
               &o);
    assert_fails(&o, CHECK_RUNS, "deadlock");
    ck_assert_str_eq(f->evidence[0], "G6 waits for b_mu, held by G7, one workload.yaml:8");
    ck_assert_str_eq(f->evidence[1], "G7 waits for a_mu, held by G6, two workload.yaml:9");
    ck_assert_str_eq(f->evidence[2], "G8 waits for a_mu, held by G6, one workload.yaml:4");
    ck_assert_str_eq(f->evidence[3], "G1 waits for ever: network, main workload.yaml:30");
    ck_assert_uint_eq(f->g, 6);
}
END_TEST

/* The lock went from g6, which waits for it no more, to g7, which has waited for it and got it. */
START_TEST(a_lock_is_held_by_who_got_it_last)
{
    struct outcome o;
    const struct finding *f = &o.checks[CHECK_RUNS];

    judge_play("0 g1 main\n10 g1 go g6 one\n12 g6 run\n14 g1 go g7 two\n16 g7 run\n18 g1 go g8 two\n"
               "20 g8 run\n25 g7 wait sync sync.(*Mutex).Lock two:4\n"
               "30 g8 wait sync sync.(*Mutex).Lock two:4\n40 g6 wake g7\n42 g7 run\n45 g6 end\n47 g7 end\n"
               "50 g1 wait network net.Accept main:30\n",
               STAGE_LEDGER(1, 0) ONE_ANSWERED
               "object 1 a_mu\nwait 7 @24 1 6\nwait 8 @29 1 6\n"
               "stuck 1 network main workload.yaml:30\nstuck 8 sync two workload.yaml:4\nend deadlock @60\n",
               &o);
    ck_assert_str_eq(f->evidence[0], "G8 waits for a_mu, held by G7, which has ended, two workload.yaml:4");
    ck_assert_uint_eq(f->g, 8);
}
END_TEST

START_TEST(a_ledger_without_an_end_was_stopped_early)
{
    struct outcome o;

    judge_end("", &o);
    assert_state(&o, CHECK_RUNS, STATE_ERROR);
    assert_fails(&o, CHECK_VALID, "stopped early");
    assert_state(&o, CHECK_CONTRACT, STATE_SKIP);
}
END_TEST

static void judge_error(enum trace_fault fault, const char *misuse, struct outcome *o)
{
    struct judge_stage s;
    struct played p;
    struct trace_error error = {.fault = fault, .offset = 0x1f3, .message = "failed to read full batch"};
    char ledger[1000];

    snprintf(ledger, sizeof ledger, "%s%s", STAGE_LEDGER(0, 0), misuse);
    stage_open(&s, ANSWERED, REMOVED, "");
    play(&p, STAGE_IDLE, ledger);
    grade_run(s.rubric, p.a, &error, NULL, o);
    played_free(&p);
    stage_close(&s);
}

START_TEST(a_truncated_trace_is_not_valid)
{
    struct outcome o;

    judge_error(TRACE_TRUNCATED, "", &o);
    assert_state(&o, CHECK_RUNS, STATE_ERROR);
    assert_fails(&o, CHECK_VALID, "truncated");
    ck_assert_str_eq(o.checks[CHECK_VALID].found,
                     "truncated trace at offset 0x1f3: failed to read full batch");
}
END_TEST

START_TEST(a_broken_trace_may_be_a_misused_region)
{
    struct outcome o;

    judge_error(TRACE_BROKEN_ORDER, "", &o);
    assert_fails(&o, CHECK_VALID, "corrupt");
    judge_error(TRACE_BROKEN_ORDER, "misuse region-out-of-order @5 3 handle workload.yaml:9 | -\n", &o);
    assert_fails(&o, CHECK_VALID, "refused by region misuse");
    ck_assert_uint_eq(o.checks[CHECK_VALID].g, 3);
}
END_TEST

START_TEST(without_a_ledger_nothing_can_be_decided)
{
    struct judge_stage s;
    struct outcome o;

    stage_open(&s, ANSWERED, REMOVED, "");
    stage_judge(&s, STAGE_IDLE, NULL, NULL, &o);
    assert_state(&o, CHECK_RUNS, STATE_ERROR);
    assert_state(&o, CHECK_VALID, STATE_PASS);
    assert_state(&o, CHECK_CONTRACT, STATE_ERROR);
    assert_state(&o, CHECK_SAFE, STATE_ERROR);
    assert_state(&o, CHECK_REMOVED, STATE_ERROR);
    stage_close(&s);
}
END_TEST

/* ---- contract ------------------------------------------------------------------------------- */

/* Two lookups, of which the first misses, and what else the ledger says. */
/* clang-format off */
#define TWO(work) STAGE_LEDGER(2, 0)                                                        \
    "request 0 0 @100 @102 3 1 2048\nrequest 0 1 @200 @202 4 0 1024\n" work
#define BOTH_ANSWERED "reply 0 0 @500 3 ok 2048 2048 @10 0\nreply 0 1 @600 4 ok 1024 1024 @10 0\n"
/* clang-format on */

/* clang-format off */
static const struct contract_case {
    const char *contract, *ledger;
    const char *reason; /* NULL: kept */
    const char *found, *evidence;
} contract_cases[] = {
    {"  lookups: {before_reply: {net upstream: r.miss, cpu render: 1}}\n",
     TWO(BOTH_ANSWERED) "work 0 0 1 1 1 @110 @400 0\nwork 0 0 0 1 1 @400 @450 0\n"
     "work 0 1 0 1 1 @210 @220 0\n"
     STAGE_END, NULL,
     "2 requests answered, 1 outside calls, nothing missing, nothing late", ""},
    {"  lookups: {before_reply: {net upstream: r.miss}}\n", TWO(BOTH_ANSWERED) STAGE_END,
     "missing net upstream",
     "missing net upstream for the one request of lookups that needs it",
     "lookups 0 had 0, it should have 1"},
    {"  lookups: {before_reply: {cpu render: 3}}\n",
     TWO(BOTH_ANSWERED) "work 0 0 0 3 3 @110 @400 0\nwork 0 1 0 0+582 0+582 @110 @400 0\n" STAGE_END,
     "missing cpu render", "missing cpu render for 1 of the 2 requests of lookups that need it",
     "lookups 1 had 0.00, it should have 3"},
    {"  lookups: {before_reply: {cpu render: 1}}\n",
     TWO(BOTH_ANSWERED) "work 0 0 0 0 1 @510 @520 0\nwork 0 1 0 1 1 @210 @220 0\n" STAGE_END,
     "late cpu render",
     "late cpu render for 1 of the 2 requests of lookups that need it",
     "lookups 0 was answered at 0.5 ms, its cpu render was done at 0.5 ms"},
    {"  lookups: {before_reply: {cpu render: 1}}\n",
     TWO(BOTH_ANSWERED) "work 0 0 0 0 1 @110 @120 0\nwork 0 1 0 1 1 @210 @220 0\n" STAGE_END,
     "late cpu render",
     "late cpu render for 1 of the 2 requests of lookups that need it",
     "lookups 0 was answered at 0.5 ms; nothing but luck puts its cpu render, done at 0.1 ms, before that"},
    {"  lookups: {by_end: {write prices: r.miss}}\n",
     TWO(BOTH_ANSWERED) "work 0 0 5 0 1 @510 @520 0\n" STAGE_END, NULL, NULL, NULL},
    {"  lookups: {by_end: {write prices: r.miss}}\n", TWO(BOTH_ANSWERED) STAGE_END,
     "missing write prices", NULL, NULL},
    {"  lookups: {at_most: {net upstream: r.miss}}\n",
     TWO(BOTH_ANSWERED) "work 0 0 1 1 1 @110 @400 0\nwork 0 1 1 1 1 @110 @400 0\n" STAGE_END,
     "too many net upstream", NULL, "lookups 1 had 1, it should have at most 0"},
    /* twenty thousand parts of 1/20000, each rounded up */
    {"  lookups: {at_most: {cpu render: 1}}\n",
     TWO(BOTH_ANSWERED) "work 0 0 0 1 1+7440 @110 @120 0\n" STAGE_END, NULL, NULL, NULL},
    {"  lookups: {order: [net upstream, write prices]}\n",
     TWO(BOTH_ANSWERED) "work 0 0 1 1 1 @110 @400 0\nwork 0 0 5 1 1 @400 @410 2\n" STAGE_END, NULL,
     NULL, NULL},
    {"  lookups: {order: [net upstream, write prices]}\n",
     TWO(BOTH_ANSWERED) "work 0 0 1 1 1 @110 @400 0\nwork 0 0 5 1 1 @400 @410 1\n" STAGE_END, "order",
     "write prices before net upstream in 1 of 1 requests of lookups", "lookups 0, for one"},
    {"  lookups: {covered_by: [syscall journal]}\n",
     TWO(BOTH_ANSWERED) "work 0 0 0 1 1 @110 @120 0\nwork 0 1 0 1 1 @210 @220 0\n"
     "work 0 1 3 1 1 @300 @400 0\n" STAGE_END, NULL, NULL, NULL},
    {"  lookups: {covered_by: [syscall journal]}\n",
     TWO(BOTH_ANSWERED) "work 0 0 0 1 1 @110 @320 0\nwork 0 1 0 1 1 @210 @220 0\n"
     "work 0 1 3 1 1 @300 @400 0\n" STAGE_END, "uncovered syscall journal", NULL, "lookups 0, for one"},
    {ANSWERED, TWO("reply 0 0 @500 3 ok 0 0 @10 0\n") STAGE_END, "unanswered",
     "1 of 2 requests of lookups were not answered", "lookups 1, which came at 0.2 ms, was never accepted"},
    {ANSWERED, TWO("reply 0 0 @500 3 ok 0 0 @10 0\nreply 0 1 @700 - given-up 0 0 0 0\n") STAGE_END,
     "unanswered",
     NULL, "lookups 1: its client waited from 0.200 to 0.700 ms and gave up"},
    {ANSWERED, STAGE_LEDGER(2, 0) ONE_ANSWERED STAGE_END, "unanswered", NULL,
     "lookups 1 never came: the program ended before"},
    {"  lookups: {reply: {ok: not r.miss, refused: r.miss}}\n",
     TWO("reply 0 0 @500 3 refused 0 0 @10 0\nreply 0 1 @600 4 ok 0 0 @10 0\n") STAGE_END, NULL, NULL, NULL},
    {"  lookups: {reply: {ok: not r.miss, refused: r.miss}}\n", TWO(BOTH_ANSWERED) STAGE_END,
     "wrong answer", NULL,
     "lookups 0 was answered `ok`, it should not be `ok`"},
    {"  lookups: {reply: {ok: 1, size: r.size, from: own}}\n", TWO(BOTH_ANSWERED) STAGE_END, NULL,
     NULL, NULL},
    {"  lookups: {reply: {ok: 1, size: 2KiB, from: own}}\n", TWO(BOTH_ANSWERED) STAGE_END, "short answer",
     "short answer for 1 of the 2 requests of lookups that need it", "lookups 1 got 1 KiB of 2 KiB"},
    {"  lookups: {reply: {ok: 1, size: r.size, from: own}}\n",
     TWO("reply 0 0 @500 3 ok 2048 1024 @10 0\nreply 0 1 @600 4 ok 1024 1024 @10 0\n") STAGE_END,
     "foreign answer",
     NULL, "lookups 0 got 2 KiB, of which it had written 1 KiB"},
    {"  lookups: {reply: {ok: 1}}\n  limits: {heap: $live * 3 / 2}\n",
     TWO(BOTH_ANSWERED) "peak heap - 100663296\n" STAGE_END, NULL, NULL, NULL},
    {"  lookups: {reply: {ok: 1}}\n  limits: {heap: $live * 3 / 2}\n",
     TWO(BOTH_ANSWERED) "peak heap - 349175808\n" STAGE_END, "peak heap", "heap peaked at 333 MiB", ""},
    {"  lookups: {reply: {ok: 1}}\n  limits: {in_flight upstream: 64}\n",
     TWO(BOTH_ANSWERED) "peak in-flight upstream 65\n" STAGE_END, "peak in_flight upstream",
     "in_flight upstream peaked at 65", ""},
    /* the first clause of the file that is broken gives the reason */
    {"  lookups: {before_reply: {read prices: 1, cpu render: 1}, reply: {refused: 1}}\n",
     TWO(BOTH_ANSWERED) "work 0 0 4 1 1 @110 @120 0\nwork 0 1 4 1 1 @110 @120 0\n" STAGE_END,
     "missing cpu render", NULL, NULL},
    /* nothing can come before a reply that never came */
    {"  lookups: {before_reply: {cpu render: 1}, reply: {ok: 1}}\n",
     TWO("reply 0 1 @600 4 ok 0 0 @10 0\n") "work 0 1 0 1 1 @210 @220 0\n" STAGE_END, "unanswered",
     NULL, NULL},
};
/* clang-format on */

START_TEST(contracts)
{
    const struct contract_case *c = &contract_cases[_i];
    struct judge_stage s;
    struct outcome o;

    stage_open(&s, c->contract, REMOVED, "");
    stage_judge(&s, STAGE_IDLE, c->ledger, NULL, &o);
    if (c->reason) {
        assert_fails(&o, CHECK_CONTRACT, c->reason);
        assert_state(&o, CHECK_REMOVED, STATE_SKIP);
        assert_state(&o, CHECK_NOT_MOVED, STATE_SKIP);
        assert_state(&o, CHECK_SAFE, STATE_PASS);
    } else {
        assert_state(&o, CHECK_CONTRACT, STATE_PASS);
    }
    if (c->found)
        ck_assert_str_eq(o.checks[CHECK_CONTRACT].found, c->found);
    if (c->evidence)
        ck_assert_str_eq(o.checks[CHECK_CONTRACT].evidence[0], c->evidence);
    stage_close(&s);
}
END_TEST

START_TEST(a_worker_that_is_not_told_works_for_nobody)
{
    struct judge_stage s;
    struct outcome o;
    const struct finding *f = &o.checks[CHECK_CONTRACT];

    stage_open(&s, "  lookups: {before_reply: {read prices: 1}}\n", REMOVED, "");
    stage_judge(&s, STAGE_IDLE, TWO(BOTH_ANSWERED) "nobody 4 800 own_prices workload.yaml:31\n" STAGE_END,
                NULL, &o);
    assert_fails(&o, CHECK_CONTRACT, "missing read prices");
    ck_assert_str_eq(f->evidence[1],
                     "800 reads of prices, none for a request: own_prices workload.yaml:31 works for nobody");
    ck_assert_str_eq(f->evidence[2], "send the request along, `value: [r, answer]`");
    ck_assert_str_eq(f->site, "own_prices workload.yaml:31");
    stage_close(&s);
}
END_TEST

START_TEST(the_contract_counts_the_warmup_too)
{
    struct judge_stage s;
    struct outcome o;

    stage_open(&s, "  lookups: {before_reply: {cpu render: 1}}\n", REMOVED, "");
    stage_judge(&s, STAGE_IDLE, TWO(BOTH_ANSWERED) "warmup @150\nwork 0 1 0 1 1 @210 @220 0\n" STAGE_END,
                NULL, &o);
    assert_fails(&o, CHECK_CONTRACT, "missing cpu render");
    ck_assert_int_eq(o.loads[0].q[Q_MAX], 400000); /* the second alone is measured */
    stage_close(&s);
}
END_TEST

START_TEST(what_the_ledger_does_not_tell_cannot_be_decided)
{
    struct judge_stage s;
    struct outcome o;

    stage_open(&s, "  lookups: {reply: {ok: 1}}\n  limits: {heap: 1MiB}\n", REMOVED, "");
    stage_judge(&s, STAGE_IDLE, TWO(BOTH_ANSWERED) STAGE_END, NULL, &o);
    assert_state(&o, CHECK_CONTRACT, STATE_ERROR);
    ck_assert_str_eq(o.checks[CHECK_CONTRACT].found, "the ledger does not tell the peak of heap");
    stage_close(&s);
}
END_TEST

/* ---- safe ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct safe_case {
    const char *ledger, *reason, *found, *evidence;
} safe_cases[] = {
    {"", NULL, "no race, deadlock, leak or misuse", ""},
    {"race 3 prices @300 read 3 handle workload.yaml:14 | write 4 handle workload.yaml:18\n", "race prices",
     "race on prices, 3 times", "read by G3, handle workload.yaml:14, at 0.3 ms"},
    {"race 3 prices[1] @300 read 3 handle workload.yaml:14 | write 4 handle workload.yaml:18\n"
     "race 2 prices[7] @300 read 3 handle workload.yaml:14 | write 4 handle workload.yaml:18\n",
     "race prices",
     "race on prices, 5 times", NULL},
    {"race 1 buf @300 read 3 a w.yaml:1 | write 4 a w.yaml:2\n"
     "misuse use-after-put @300 3 export workload.yaml:26 | put 3 export workload.yaml:24\n",
     "use after put", "use after put at export workload.yaml:26",
     "G3, at 0.3 ms: export workload.yaml:26"},
    {"misuse region-out-of-order @300 3 handle workload.yaml:26 | -\n", NULL, NULL, NULL},
    {"leaked 9 chan-send fetch workload.yaml:30\nleaked 11 chan-send fetch workload.yaml:30\n", "leak",
     "2 goroutines that nobody can ever wake", "G9: chan-send, fetch workload.yaml:30"},
};
/* clang-format on */

START_TEST(safety)
{
    const struct safe_case *c = &safe_cases[_i];
    struct outcome o;
    char end[1000];

    snprintf(end, sizeof end, "%s%s", c->ledger, STAGE_END);
    judge_end(end, &o);
    if (c->reason)
        assert_fails(&o, CHECK_SAFE, c->reason);
    else
        assert_state(&o, CHECK_SAFE, STATE_PASS);
    if (c->found)
        ck_assert_str_eq(o.checks[CHECK_SAFE].found, c->found);
    if (c->evidence)
        ck_assert_str_eq(o.checks[CHECK_SAFE].evidence[0], c->evidence);
    assert_state(&o, CHECK_CONTRACT, STATE_PASS);
}
END_TEST

/* ---- removed, not-moved, target ------------------------------------------------------------- */

/* One request, G3's, that waits for a lock, then for the network, then runs; arrival 100 us, answer at
 * 1100. Its split in us: accept 1 runnable and 1 running, start 3 runnable, ... */
/* clang-format off */
#define SERVED                                                     \
    "0    g1 main\n"                                               \
    "1    g1 go g2 net/http.(*Server).Serve\n"                     \
    "2    g2 run\n"                                                \
    "3    g2 wait network internal/poll.(*FD).Accept -\n"          \
    "100  - poll g2\n"                                             \
    "101  g2 run\n"                                                \
    "102  g2 go g3 handle\n"                                       \
    "103  g2 wait network internal/poll.(*FD).Accept -\n"          \
    "105  g3 run\n"
#define LOCK_WAIT(from, to)                                        \
    #from " g3 wait sync sync.(*Mutex).Lock handle:14\n"           \
    #to "   g1 wake g3\n"
#define NET_WAIT(from, to)                                         \
    #from " g3 wait network internal/poll.(*FD).Read handle:18\n"  \
    #to "   - poll g3\n"
#define ENDS "1100 g3 end\n1200 g1 end\n"
#define SERVED_LEDGER(cpu, net)                                    \
    STAGE_LEDGER(1, 0) "request 0 0 @100 @102 3 1 1024\n"          \
    "reply 0 0 @1099 3 ok 0 0 @" #cpu " @" #net "\nobject 1 prices_mu\nwait 3 @109 1 1\n" STAGE_END
/* clang-format on */

#define BEFORE SERVED LOCK_WAIT(110, 910) "911 g3 run\n" ENDS
#define AFTER  SERVED LOCK_WAIT(110, 120) "121 g3 run\n" ENDS

static void judge_times(const char *checks, const char *script, const char *ledger,
                        const struct outcome *before, struct outcome *o)
{
    struct judge_stage s;

    stage_open(&s, ANSWERED, checks, "");
    stage_judge(&s, script, ledger, before, o);
    stage_close(&s);
}

START_TEST(a_category_that_is_still_there)
{
    struct outcome o;
    const struct finding *f = &o.checks[CHECK_REMOVED];

    judge_times(REMOVED, BEFORE, SERVED_LEDGER(190, 0), NULL, &o);
    assert_fails(&o, CHECK_REMOVED, "still sync block");
    ck_assert_str_eq(f->found, "sync block is 80 % of a request, 800 us");
    ck_assert_str_eq(f->expected, "at most 5 % or 100 us");
    ck_assert_str_eq(f->evidence[0],
                     "G3 waited 800 us for prices_mu, handle workload.yaml:14, from 0.110 to 0.910 ms");
    ck_assert_str_eq(f->evidence[1], "woken by G1, which from 0.110 to 0.910 ms ran");
    ck_assert_str_eq(f->site, "handle workload.yaml:14");
    ck_assert_uint_eq(f->g, 3);
    ck_assert_int_eq(f->from, 110000);
    ck_assert_int_eq(f->to, 910000);
    ck_assert_int_eq(f->measure, 800000);
    assert_state(&o, CHECK_NOT_MOVED, STATE_SKIP);
}
END_TEST

START_TEST(any_bound_is_enough)
{
    struct outcome before, o;

    judge_times(REMOVED, BEFORE, SERVED_LEDGER(190, 0), NULL, &before);
    /* 800 us is 80 %: the share alone, the mean alone, the part of the starter's alone */
    judge_times("  removed: {share: 81%}\n", BEFORE, SERVED_LEDGER(190, 0), &before, &o);
    assert_state(&o, CHECK_REMOVED, STATE_PASS);
    judge_times("  removed: {share: 79%}\n", BEFORE, SERVED_LEDGER(190, 0), &before, &o);
    assert_fails(&o, CHECK_REMOVED, "still sync block");
    judge_times("  removed: {share: 1%, below: 800us}\n", BEFORE, SERVED_LEDGER(190, 0), &before, &o);
    assert_state(&o, CHECK_REMOVED, STATE_PASS);
    judge_times("  removed: {share: 0%, below: 799us}\n", BEFORE, SERVED_LEDGER(190, 0), &before, &o);
    assert_fails(&o, CHECK_REMOVED, "still sync block");
    judge_times("  removed: {share: 0%, of_before: 2%}\n", AFTER, SERVED_LEDGER(980, 0), &before, &o);
    assert_state(&o, CHECK_REMOVED, STATE_PASS);
    judge_times("  removed: {of_before: 1%}\n", AFTER, SERVED_LEDGER(980, 0), &before, &o);
    assert_fails(&o, CHECK_REMOVED, "still sync block");
    ck_assert_str_eq(o.checks[CHECK_REMOVED].expected, "at most 1 % of the starter's");
}
END_TEST

START_TEST(a_part_of_the_starters_needs_a_starter)
{
    struct outcome o;

    judge_times("  removed: {share: 0%, of_before: 2%}\n", AFTER, SERVED_LEDGER(980, 0), NULL, &o);
    assert_state(&o, CHECK_REMOVED, STATE_ERROR);
    assert_state(&o, CHECK_NOT_MOVED, STATE_ERROR);
}
END_TEST

START_TEST(time_that_is_gone_has_not_moved)
{
    struct outcome before, o;

    judge_times(REMOVED, BEFORE, SERVED_LEDGER(190, 0), NULL, &before);
    judge_times(
        REMOVED, SERVED "150 g3 end\n1200 g1 end\n",
        STAGE_LEDGER(1, 0) "request 0 0 @100 @102 3 1 1024\nreply 0 0 @149 3 ok 0 0 @44 0\n" STAGE_END,
        &before, &o);
    assert_state(&o, CHECK_REMOVED, STATE_PASS);
    assert_state(&o, CHECK_NOT_MOVED, STATE_PASS);
    ck_assert_str_eq(o.checks[CHECK_REMOVED].found, "sync block is 0 % of a request");
    ck_assert_str_eq(o.checks[CHECK_NOT_MOVED].found, "0 % of the freed time came back elsewhere");
}
END_TEST

START_TEST(a_wait_that_became_another_one_has_moved)
{
    struct outcome before, o;

    judge_times(REMOVED, BEFORE, SERVED_LEDGER(190, 0), NULL, &before);
    judge_times(REMOVED, SERVED NET_WAIT(110, 910) "911 g3 run\n" ENDS, SERVED_LEDGER(190, 800), &before, &o);
    assert_state(&o, CHECK_REMOVED, STATE_PASS);
    assert_fails(&o, CHECK_NOT_MOVED, "moved to network block");
    ck_assert_str_eq(
        o.checks[CHECK_NOT_MOVED].found,
        "800 us of sync block left a request, and 800 us came back, most of it as network block");
    ck_assert_str_eq(o.checks[CHECK_NOT_MOVED].evidence[0],
                     "G3 was in network block for 800 us, handle workload.yaml:18, from 0.110 to 0.910 ms");
}
END_TEST

START_TEST(a_tenth_may_come_back)
{
    struct outcome before, o;

    judge_times(REMOVED, BEFORE, SERVED_LEDGER(190, 0), NULL, &before);
    judge_times(
        REMOVED, SERVED NET_WAIT(110, 185) "186 g3 run\n250 g3 end\n1200 g1 end\n",
        STAGE_LEDGER(1, 0) "request 0 0 @100 @102 3 1 1024\nreply 0 0 @249 3 ok 0 0 @68 @75\n" STAGE_END,
        &before, &o);
    assert_state(&o, CHECK_NOT_MOVED, STATE_PASS);
    ck_assert_str_eq(o.checks[CHECK_NOT_MOVED].found, "9.4 % of the freed time came back elsewhere");
}
END_TEST

/* It runs where it waited before; if that was due it is execution, else it had no CPU. */
START_TEST(more_execution_than_was_due_is_host_wait)
{
    struct outcome before, o;

    judge_times(REMOVED, BEFORE, SERVED_LEDGER(190, 0), NULL, &before);
    judge_times(REMOVED, SERVED ENDS, SERVED_LEDGER(990, 0), &before, &o);
    assert_fails(&o, CHECK_NOT_MOVED, "moved to execution");
    judge_times(REMOVED, SERVED ENDS, SERVED_LEDGER(190, 0), &before, &o);
    assert_fails(&o, CHECK_NOT_MOVED, "moved to host wait");
    ck_assert_ptr_nonnull(
        strstr(o.checks[CHECK_NOT_MOVED].found, "most of it as host wait (on a P, without a CPU)"));
}
END_TEST

START_TEST(targets_are_met_or_missed)
{
    struct outcome o;
    const struct finding *f = &o.checks[CHECK_TARGET];
    const char *quick = SERVED "1100 g3 end\n1200 g1 end\n";

    judge_times("  removed: {share: 100%}\n  target: {lookups: {p50: 1ms, max: 2ms}}\n", quick,
                SERVED_LEDGER(990, 0), NULL, &o);
    assert_state(&o, CHECK_TARGET, STATE_PASS);
    ck_assert_str_eq(f->found, "p50 of lookups 999 us, max of lookups 999 us");
    ck_assert_int_eq(o.loads[0].want[Q_P50], 1000000);
    judge_times("  removed: {share: 100%}\n  target: {lookups: {p50: 1ms, p99: 900us, max: 950us}}\n", quick,
                SERVED_LEDGER(990, 0), NULL, &o);
    assert_fails(&o, CHECK_TARGET, "p99 lookups");
    ck_assert_str_eq(f->found, "p99 of lookups is 999 us");
    ck_assert_str_eq(f->expected, "at most 900 us");
    ck_assert_str_eq(f->evidence[0], "lookups 0 (G3) took 999 us, from 0.100 to 1.099 ms");
    ck_assert_str_eq(f->evidence[1], "995 us of it execution");
    ck_assert_str_eq(f->evidence[2], "max of lookups is 999 us, too (at most 950 us)");
}
END_TEST

START_TEST(adversarial_schedules_judge_the_first_four_checks)
{
    struct judge_stage s;
    struct outcome o;
    static const char ledger[] = STAGE_LEDGER(1, 0) ONE_ANSWERED "seed 7 9 adversarial\n" STAGE_END;

    stage_open(&s, ANSWERED, REMOVED "  target: {lookups: {p50: 1ns}}\n", "");
    stage_judge(&s, STAGE_IDLE, ledger, NULL, &o);
    ck_assert(o.adversarial);
    assert_state(&o, CHECK_CONTRACT, STATE_PASS);
    assert_state(&o, CHECK_SAFE, STATE_PASS);
    assert_state(&o, CHECK_REMOVED, STATE_ABSENT);
    assert_state(&o, CHECK_NOT_MOVED, STATE_ABSENT);
    assert_state(&o, CHECK_TARGET, STATE_ABSENT);
    stage_close(&s);
}
END_TEST

Suite *grade_checks_suite(void)
{
    Suite *s = suite_create("grade/checks");
    TCase *runs = tcase_create("runs");
    TCase *contract = tcase_create("contract");
    TCase *safe = tcase_create("safe");
    TCase *times = tcase_create("times");

    tcase_add_test(runs, a_program_that_returns_runs);
    tcase_add_test(runs, a_deadlock_names_who_waits_and_skips_the_rest);
    tcase_add_test(runs, a_panic_is_told_with_its_place);
    tcase_add_test(runs, what_go_calls_fatal_is_fatal);
    tcase_add_test(runs, a_runaway_exceeds_its_budget);
    tcase_add_test(runs, a_busy_program_that_gets_nowhere_is_a_livelock);
    tcase_add_test(runs, who_still_works_for_requests_is_no_livelock);
    tcase_add_test(runs, a_deadlock_names_locks_and_who_holds_them);
    tcase_add_test(runs, a_lock_is_held_by_who_got_it_last);
    tcase_add_test(runs, a_ledger_without_an_end_was_stopped_early);
    tcase_add_test(runs, a_truncated_trace_is_not_valid);
    tcase_add_test(runs, a_broken_trace_may_be_a_misused_region);
    tcase_add_test(runs, without_a_ledger_nothing_can_be_decided);
    tcase_add_loop_test(contract, contracts, 0, (int)(sizeof contract_cases / sizeof contract_cases[0]));
    tcase_add_test(contract, a_worker_that_is_not_told_works_for_nobody);
    tcase_add_test(contract, the_contract_counts_the_warmup_too);
    tcase_add_test(contract, what_the_ledger_does_not_tell_cannot_be_decided);
    tcase_add_loop_test(safe, safety, 0, (int)(sizeof safe_cases / sizeof safe_cases[0]));
    tcase_add_test(times, a_category_that_is_still_there);
    tcase_add_test(times, any_bound_is_enough);
    tcase_add_test(times, a_part_of_the_starters_needs_a_starter);
    tcase_add_test(times, time_that_is_gone_has_not_moved);
    tcase_add_test(times, a_wait_that_became_another_one_has_moved);
    tcase_add_test(times, a_tenth_may_come_back);
    tcase_add_test(times, more_execution_than_was_due_is_host_wait);
    tcase_add_test(times, targets_are_met_or_missed);
    tcase_add_test(times, adversarial_schedules_judge_the_first_four_checks);
    suite_add_tcase(s, runs);
    suite_add_tcase(s, contract);
    suite_add_tcase(s, safe);
    suite_add_tcase(s, times);
    return s;
}

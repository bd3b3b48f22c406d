/* Shape and findings: annotations, where they belong and where they do not. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/judge_stage.h"

Suite *grade_shape_suite(void);

#define FINDING "expect: {load: lookups, finding: unattributed, share: 90%, at: [region, log]}\n"
/* clang-format off */
#define RULES                                                                              \
    "  removed: {share: 0%}\n"                                                             \
    "  shape:\n"                                                                           \
    "    - {task: order, per_request: 1, holds: all}\n"                                    \
    "    - {region: load, in: order, per_request: 1, holds: [net upstream]}\n"             \
    "    - {log: missed, in: order, per_request: r.miss}\n"
/* clang-format on */

/* One request, of G3, from 100 to 500 us, which calls the upstream from 200 to 400. */
/* clang-format off */
#define HANDLER                                                    \
    "0    g1 main\n"                                               \
    "1    g1 go g2 net/http.(*Server).Serve\n"                     \
    "2    g2 run\n"                                                \
    "3    g2 wait network internal/poll.(*FD).Accept -\n"          \
    "100  - poll g2\n"                                             \
    "101  g2 run\n"                                                \
    "102  g2 go g3 handle\n"                                       \
    "103  g2 wait network internal/poll.(*FD).Accept -\n"          \
    "105  g3 run\n"
#define LEDGER                                                     \
    STAGE_LEDGER(1, 0) "request 0 0 @100 @102 3 1 1024\n"          \
    "reply 0 0 @500 3 ok 0 0 @50 @200\nwork 0 0 1 1 1 @200 @400 0\n" STAGE_END
/* clang-format on */

/* clang-format off */
static const struct shape_case {
    const char *name, *marks; /* what G3 does besides, in order of time */
    enum check check;
    const char *reason; /* NULL: passes */
    const char *found, *evidence;
} shape_cases[] = {
    {"as it should be",
     "110 g3 task 1 order handle:9\n150 g3 region 1 load handle:12\n160 g3 log 1 missed x handle:13\n"
     "450 g3 endregion 1 load\n510 g3 endtask 1\n",
     CHECK_SHAPE, NULL, "3 rules about tasks, regions and logs kept", NULL},
    {"no annotation at all", "", CHECK_REMOVED, "nothing recorded",
     "there is no region and no log in the trace", ""},
    {"a region of no task",
     "110 g3 task 1 order handle:9\n150 g3 region 0 load handle:12\n160 g3 log 1 missed x handle:13\n"
     "450 g3 endregion 0 load\n510 g3 endtask 1\n",
     CHECK_REMOVED, "still unattributed", "1 of 2 regions and logs belong to no task",
     "region load, handle workload.yaml:12: 1 time"},
    {"a region of a task that has ended is attributed, its task too short",
     "110 g3 task 1 order handle:9\n140 g3 endtask 1\n150 g3 region 1 load handle:12\n"
     "160 g3 log 1 missed x handle:13\n450 g3 endregion 1 load\n",
     CHECK_SHAPE, "task short", "task order is short for 1 request",
     "lookups 0: from 0.110 to 0.140 ms, handle workload.yaml:9, and its work goes on outside"},
    {"a task that ends before the answer",
     "110 g3 task 1 order handle:9\n150 g3 region 1 load handle:12\n160 g3 log 1 missed x handle:13\n"
     "450 g3 endregion 1 load\n490 g3 endtask 1\n",
     CHECK_SHAPE, "task short", NULL, NULL},
    {"a task that never ends",
     "110 g3 task 1 order handle:9\n150 g3 region 1 load handle:12\n160 g3 log 1 missed x handle:13\n"
     "450 g3 endregion 1 load\n",
     CHECK_SHAPE, "task open", "task order is open for 1 request",
     "lookups 0: begun by G3 at 0.1 ms, handle workload.yaml:9, and never ended"},
    {"two tasks of the name",
     "110 g3 task 1 order handle:9\n111 g3 task 2 order handle:9\n150 g3 region 1 load handle:12\n"
     "160 g3 log 1 missed x handle:13\n450 g3 endregion 1 load\n510 g3 endtask 1\n511 g3 endtask 2\n",
     CHECK_SHAPE, "task repeated", NULL, "lookups 0 has 2, it should have 1"},
    {"a task that somebody else began",
     "50 g1 task 1 order main:9\n150 g3 region 1 load handle:12\n160 g3 log 1 missed x handle:13\n"
     "450 g3 endregion 1 load\n600 g1 endtask 1\n",
     CHECK_SHAPE, "task missing", NULL, "lookups 0 has 0, it should have 1"},
    {"a region that is missing",
     "110 g3 task 1 order handle:9\n160 g3 log 1 missed x handle:13\n510 g3 endtask 1\n",
     CHECK_SHAPE, "region missing", "region load is missing for 1 request",
     "lookups 0 has 0, it should have 1"},
    {"a region in another task",
     "109 g3 task 2 other handle:8\n110 g3 task 1 order handle:9\n150 g3 region 2 load handle:12\n"
     "160 g3 log 1 missed x handle:13\n450 g3 endregion 2 load\n510 g3 endtask 1\n511 g3 endtask 2\n",
     CHECK_SHAPE, "region missing", NULL, "lookups 0 has 0, it should have 1"},
    {"a region that ends on another goroutine",
     "110 g3 task 1 order handle:9\n150 g3 region 1 load handle:12\n160 g3 log 1 missed x handle:13\n"
     "450 g1 endregion 1 load\n510 g3 endtask 1\n",
     CHECK_SHAPE, "region elsewhere", "region load is elsewhere for 1 request",
     "lookups 0: begun by G3 at 0.1 ms, handle workload.yaml:12, and ended by another goroutine"},
    {"a region that never ends",
     "110 g3 task 1 order handle:9\n150 g3 region 1 load handle:12\n160 g3 log 1 missed x handle:13\n"
     "510 g3 endtask 1\n",
     CHECK_SHAPE, "region open", NULL, NULL},
    {"a region that ends before its call does",
     "110 g3 task 1 order handle:9\n150 g3 region 1 load handle:12\n160 g3 log 1 missed x handle:13\n"
     "350 g3 endregion 1 load\n510 g3 endtask 1\n",
     CHECK_SHAPE, "region short", NULL, NULL},
    {"a log that is missing",
     "110 g3 task 1 order handle:9\n150 g3 region 1 load handle:12\n450 g3 endregion 1 load\n"
     "510 g3 endtask 1\n",
     CHECK_SHAPE, "log missing", "log missed is missing for 1 request", NULL},
};
/* clang-format on */

START_TEST(shapes)
{
    const struct shape_case *c = &shape_cases[_i];
    struct judge_stage s;
    struct outcome o;
    char script[2000];

    snprintf(script, sizeof script, "%s%s600 g3 end\n700 g1 end\n", HANDLER, c->marks);
    stage_open(&s, "  lookups: {reply: {ok: 1}}\n", RULES, FINDING);
    stage_judge(&s, script, LEDGER, NULL, &o);
    const struct finding *f = &o.checks[c->check];

    ck_assert_msg(f->state == (c->reason ? STATE_FAIL : STATE_PASS), "%s: %s %s (%s)", c->name,
                  state_names[f->state], f->reason, f->found);
    ck_assert_str_eq(f->reason, c->reason ? c->reason : "");
    if (c->found)
        ck_assert_str_eq(f->found, c->found);
    if (c->evidence)
        ck_assert_str_eq(f->evidence[0], c->evidence);
    if (c->check == CHECK_SHAPE)
        ck_assert_int_eq(o.checks[CHECK_REMOVED].state, STATE_PASS);
    ck_assert_int_eq(o.checks[CHECK_NOT_MOVED].state, STATE_ABSENT);
    stage_close(&s);
}
END_TEST

START_TEST(work_may_be_done_by_goroutines_of_the_request)
{
    struct judge_stage s;
    struct outcome o;
    static const char script[] = HANDLER "110 g3 task 1 order handle:9\n"
                                         "120 g3 go g4 ask - handle:10\n"
                                         "121 g4 run\n"
                                         "150 g4 region 1 load ask:20\n"
                                         "160 g4 log 1 missed x ask:21\n"
                                         "450 g4 endregion 1 load\n"
                                         "460 g4 end\n"
                                         "510 g3 endtask 1\n600 g3 end\n700 g1 end\n";

    stage_open(&s, "  lookups: {reply: {ok: 1}}\n", RULES, FINDING);
    stage_judge(&s, script, LEDGER, NULL, &o);
    ck_assert_msg(o.checks[CHECK_SHAPE].state == STATE_PASS, "%s", o.checks[CHECK_SHAPE].found);
    stage_close(&s);
}
END_TEST

/* A phase that is over only when the function returns swallows the next one. */
START_TEST(a_phase_must_not_swallow_the_next)
{
    static const char *const ends[][2] = {
        {"160 g3 endregion 1 parse\n170 g3 region 1 load handle:14\n450 g3 endregion 1 load\n", NULL},
        {"170 g3 region 1 load handle:14\n450 g3 endregion 1 load\n451 g3 endregion 1 parse\n",
         "region long"},
    };
    static const char rules[] = "  removed: {share: 0%}\n"
                                "  shape:\n"
                                "    - {region: parse, per_request: 1}\n"
                                "    - {region: load, per_request: 1, holds: [net upstream]}\n";

    for (size_t i = 0; i < 2; i++) {
        struct judge_stage s;
        struct outcome o;
        char script[2000];

        snprintf(script, sizeof script,
                 "%s110 g3 task 1 order handle:9\n150 g3 region 1 parse handle:12\n%s"
                 "510 g3 endtask 1\n600 g3 end\n700 g1 end\n",
                 HANDLER, ends[i][0]);
        stage_open(&s, "  lookups: {reply: {ok: 1}}\n", rules, FINDING);
        stage_judge(&s, script, LEDGER, NULL, &o);
        ck_assert_int_eq(o.checks[CHECK_SHAPE].state, ends[i][1] ? STATE_FAIL : STATE_PASS);
        ck_assert_str_eq(o.checks[CHECK_SHAPE].reason, ends[i][1] ? ends[i][1] : "");
        stage_close(&s);
    }
}
END_TEST

/* ---- what a starter must show --------------------------------------------------------------- */

static void judge_starter(const char *more, const char *marks, struct finding *f)
{
    struct judge_stage s;
    struct outcome o;
    char script[2000];

    snprintf(script, sizeof script, "%s%s600 g3 end\n700 g1 end\n", HANDLER, marks);
    stage_open(&s, "  lookups: {reply: {ok: 1}}\n", "  removed: {share: 0%}\n", more);
    stage_judge(&s, script, LEDGER, NULL, &o);
    *f = o.expectation;
    stage_close(&s);
}

#define LOCKED "110 g3 wait sync sync.(*Mutex).Lock handle:14\n450 g1 wake g3\n451 g3 run\n"

START_TEST(a_starter_shows_its_category)
{
    struct finding f;

    judge_starter("expect: {load: lookups, category: sync block, share: 80%, at: [lock]}\n", LOCKED, &f);
    ck_assert_int_eq(f.state, STATE_PASS);
    ck_assert_str_eq(f.found, "sync block is 85 % of a request");
    judge_starter("expect: {load: lookups, category: sync block, share: 86%, at: [lock]}\n", LOCKED, &f);
    ck_assert_int_eq(f.state, STATE_FAIL);
    ck_assert_str_eq(f.expected, "sync block at least 86 %");
    judge_starter("expect: {load: lookups, category: sync block, share: 80%, at: [recv]}\n", LOCKED, &f);
    ck_assert_int_eq(f.state, STATE_FAIL);
    ck_assert_str_eq(f.reason, "expected verbs");
    ck_assert_str_eq(f.found, "0 % of sync block is at the verbs of `at`");
}
END_TEST

START_TEST(a_starter_shows_its_symptom)
{
    struct finding f;

    judge_starter("expect: {load: lookups, category: sync block, share: 80%}\n"
                  "symptom: {p99: over 399us, cpu: under 50%}\n",
                  LOCKED, &f);
    ck_assert_int_eq(f.state, STATE_PASS);
    judge_starter("expect: {load: lookups, category: sync block, share: 80%}\nsymptom: {p99: over 400us}\n",
                  LOCKED, &f);
    ck_assert_int_eq(f.state, STATE_FAIL);
    ck_assert_str_eq(f.reason, "symptom");
    ck_assert_str_eq(f.found, "it is 400 us");
    ck_assert_str_eq(f.expected, "p99 over 400us");
}
END_TEST

START_TEST(a_starter_shows_its_finding)
{
    struct finding f;
    static const char lost[] = "110 g3 region 0 load handle:12\n120 g3 endregion 0 load\n";

    judge_starter(FINDING, lost, &f);
    ck_assert_int_eq(f.state, STATE_PASS);
    judge_starter("expect: {load: lookups, finding: unattributed, share: 90%, at: [log]}\n", lost, &f);
    ck_assert_str_eq(f.reason, "expected verbs");
    judge_starter(FINDING, "", &f);
    ck_assert_str_eq(f.reason, "expected finding");
}
END_TEST

Suite *grade_shape_suite(void)
{
    Suite *s = suite_create("grade/shape");
    TCase *t = tcase_create("shape");
    TCase *starter = tcase_create("starter");

    tcase_add_loop_test(t, shapes, 0, (int)(sizeof shape_cases / sizeof shape_cases[0]));
    tcase_add_test(t, work_may_be_done_by_goroutines_of_the_request);
    tcase_add_test(t, a_phase_must_not_swallow_the_next);
    tcase_add_test(starter, a_starter_shows_its_category);
    tcase_add_test(starter, a_starter_shows_its_symptom);
    tcase_add_test(starter, a_starter_shows_its_finding);
    suite_add_tcase(s, t);
    suite_add_tcase(s, starter);
    return s;
}

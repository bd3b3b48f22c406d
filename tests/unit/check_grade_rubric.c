/* Scenarios as rubrics: what is read, and how mistakes are answered. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "grader/grade/advice.h"
#include "grader/grade/verbs.h"
#include "tests/unit/judge_stage.h"

Suite *grade_rubric_suite(void);

#define CONTRACT                                                                                             \
    "  lookups: {before_reply: {net upstream: r.miss}, reply: {ok: 1, size: r.size, from: own}}\n"
#define REMOVED "  removed: {share: 5%, below: 100us}\n"

START_TEST(reads_all_sections)
{
    struct judge_stage s;

    stage_open(&s,
               "  lookups:\n"
               "    before_reply: {read prices: 1, net upstream items: 2}\n"
               "    order: [net upstream, write prices, cpu render]\n"
               "  limits: {heap: $live * 3 / 2, in_flight upstream: 64}\n",
               "  removed: {share: 12.5%, of_before: 10%}\n"
               "  not_moved: {back: 20%}\n"
               "  target: {report: {max: 5s}, lookups: {p50: 1ms, p99: 20ms}}\n"
               "  shape:\n"
               "    - {region: load, in: order, per_request: not r.miss, holds: [net upstream]}\n",
               "symptom: {p99: over 150ms, cpu: under 5%, throughput: under 300/s}\n"
               "seeds: {faithful: 3, adversarial: 0, first: 9}\n");
    const struct rubric *r = s.rubric;

    ck_assert_str_eq(r->lab, "tiny");
    ck_assert_int_eq(r->version, 3);
    ck_assert_str_eq(r->expect.load, "lookups");
    ck_assert_int_eq(r->expect.category, CAT_SYNC);
    ck_assert_int_eq(r->expect.share, 5000);
    ck_assert_int_eq(r->removed.share, 1250);
    ck_assert_int_eq(r->removed.of_before, 1000);
    ck_assert_ptr_null(r->removed.below);
    ck_assert_int_eq(r->back, 2000);
    ck_assert_uint_eq(r->contracts.len, 1);
    const struct contract *c = &r->contracts.data[0];

    ck_assert_uint_eq(c->clauses.len, 5); /* two items, two pairs of the order, and the answer */
    ck_assert_int_eq(c->clauses.data[1].item.kind, ITEM_NET_ITEMS);
    ck_assert_str_eq(c->clauses.data[3].earlier.text, "write prices");
    ck_assert_str_eq(c->clauses.data[3].item.text, "cpu render");
    ck_assert_int_eq(c->clauses.data[4].kind, CLAUSE_ANSWERED);
    ck_assert_uint_eq(r->limits.len, 2);
    ck_assert_str_eq(r->limits.data[1].what, "in-flight");
    ck_assert_str_eq(r->limits.data[1].name, "upstream");
    ck_assert_uint_eq(r->targets.len, 2);
    ck_assert_ptr_nonnull(r->targets.data[1].most[Q_P99]);
    ck_assert_uint_eq(r->shapes.len, 1);
    ck_assert_int_eq(r->shapes.data[0].kind, SHAPE_REGION);
    ck_assert_uint_eq(r->symptoms.len, 3);
    ck_assert_int_eq(r->symptoms.data[0].value, 150000000);
    ck_assert_int_eq(r->symptoms.data[1].value, 500);
    ck_assert_int_eq(r->symptoms.data[2].value, 300000);
    ck_assert_int_eq(r->faithful, 3);
    ck_assert_int_eq(r->adversarial, 0);
    ck_assert_int_eq(r->first, 9);
    stage_close(&s);
}
END_TEST

static int64_t sum_of_points(const struct rubric *r)
{
    int64_t sum = 0;

    for (int c = 0; c < CHECK_COUNT; c++)
        sum += r->points[c];
    return sum;
}

START_TEST(points_sum_to_100_over_the_checks_there_are)
{
    struct judge_stage s;

    stage_open(&s, CONTRACT, REMOVED, "");
    ck_assert_int_eq(sum_of_points(s.rubric), 100);
    ck_assert_int_eq(s.rubric->points[CHECK_TARGET], 0);
    ck_assert_int_eq(s.rubric->points[CHECK_SHAPE], 0);
    ck_assert_int_eq(s.rubric->points[CHECK_REMOVED], 31); /* 25 of 80 */
    stage_close(&s);
    stage_open(&s, CONTRACT, REMOVED,
               "points: {removed: 2, safe: 1, runs: 0, valid: 0, contract: 0, not-moved: 0}\n");
    ck_assert_int_eq(sum_of_points(s.rubric), 100);
    ck_assert_int_eq(s.rubric->points[CHECK_REMOVED], 67);
    ck_assert_int_eq(s.rubric->points[CHECK_SAFE], 33);
    stage_close(&s);
}
END_TEST

START_TEST(a_finding_has_no_not_moved)
{
    struct judge_stage s;

    stage_open(&s, CONTRACT, "  removed: {share: 0%}\n",
               "expect: {load: lookups, finding: unattributed, share: 90%, at: [region, log]}\n");
    ck_assert(!rubric_has(s.rubric, CHECK_NOT_MOVED));
    ck_assert(rubric_has(s.rubric, CHECK_REMOVED));
    ck_assert_str_eq(s.rubric->expect.finding, "unattributed");
    stage_close(&s);
}
END_TEST

START_TEST(hints_fit_the_beginning_of_a_reason)
{
    struct judge_stage s;

    stage_open(&s, CONTRACT, REMOVED, "");
    ck_assert_int_eq(rubric_hint(s.rubric, "race prices"), 1);
    ck_assert_int_eq(rubric_hint(s.rubric, "still sync block"), 2);
    ck_assert_int_eq(rubric_hint(s.rubric, "race pricesetter"), -1);
    ck_assert_int_eq(rubric_hint(s.rubric, "stillness"), -1);
    ck_assert_int_eq(rubric_hint(s.rubric, "deadlock"), -1);
    stage_close(&s);
}
END_TEST

/* One reason of each kind that a check may give. */
START_TEST(there_is_advice_on_every_reason)
{
    static const char *const reasons[] = {
        "deadlock", "panic", "fatal", "livelock", "budget", "truncated", "corrupt", "refused by region misuse",
        "stopped early", "missing net upstream", "late cpu render", "too many net upstream", "order",
        "uncovered syscall journal", "unanswered", "wrong answer", "short answer", "foreign answer", "peak heap",
        "use after put", "put twice", "double reply", "end task without task", "region ended twice",
        "race prices", "leak", "still sync block", "still unattributed", "nothing recorded",
        "moved to network block", "p50 lookups", "p90 lookups", "p99 lookups", "max lookups", "task missing",
        "task repeated", "region elsewhere", "log missing",
    };

    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        ck_assert_msg(advice_on(reasons[i]) != NULL, "%s", reasons[i]);
    ck_assert_ptr_null(advice_on("putt twice"));
    ck_assert_ptr_null(advice_on(""));
}
END_TEST

START_TEST(every_check_needs_earlier_ones_only)
{
    for (int c = 0; c < CHECK_COUNT; c++)
        ck_assert_uint_eq(check_needs[c] >> c, 0);
}
END_TEST

/* ---- complaints ----------------------------------------------------------------------------- */

#define EXPECT "expect: {load: lookups, category: sync block, share: 50%}\n"

/* clang-format off */
static const struct complaint {
    const char *contract, *checks, *more;
    const char *says; /* one of the lines, from "error: " on */
} complaints[] = {
    {"  lookups: {before_reply: {net upstraem: 1}}\n", REMOVED, EXPECT,
     "the world has no 'upstraem' among its `services`; did you mean 'upstream'?"},
    {"  lookups: {before_reply: {nett upstream: 1}}\n", REMOVED, EXPECT,
     "unknown kind of work 'nett'; did you mean 'net'?"},
    {"  lookups: {before_reply: {render: 1}}\n", REMOVED, EXPECT,
     "expected a kind of work and a name, as in `net upstream`, found 'render'"},
    {"  lookups: {before_reply: {cpu render items: 1}}\n", REMOVED, EXPECT,
     "nothing known can follow in 'cpu render items': only calls have `items`"},
    {"  lookups: {before_reply: {cpu render: r.mis}}\n", REMOVED, EXPECT,
     "requests of 'lookups' have no attribute 'mis'; did you mean 'miss'?"},
    {"  lookups: {before_reply: {cpu render: miss}}\n", REMOVED, EXPECT,
     "only attributes of the request, `r.NAME`, and parameters, `$NAME`, have a value here"},
    {"  lookup: {before_reply: {cpu render: 1}}\n", REMOVED, EXPECT,
     "the world has no 'lookup' among its `loads`; did you mean 'lookups'?"},
    {"  lookups: {before_replay: {cpu render: 1}}\n", REMOVED, EXPECT,
     "unknown key 'before_replay' in the contract of 'lookups'; did you mean 'before_reply'?"},
    {"  lookups: {order: [cpu render]}\n", REMOVED, EXPECT, "an order needs two items or more"},
    {"  lookups: {reply: {ok: 1, from: other}}\n", REMOVED, EXPECT, "expected `own`"},
    {"  limits: {heap: $lve}\n", REMOVED, EXPECT, "unknown parameter 'lve'; did you mean 'live'?"},
    {"  limits: {heap: r.size}\n", REMOVED, EXPECT, "only parameters, `$NAME`, have a value here"},
    {"  limits: {heaps: 1MiB}\n", REMOVED, EXPECT, "unknown limit 'heaps'; did you mean 'heap'?"},
    {CONTRACT, "  removed: {share: 5%, sahre: 3%}\n", EXPECT,
     "unknown key 'sahre' in `removed`; did you mean 'share'?"},
    {CONTRACT, "  target: {lookups: {p99: 20ms}}\n", EXPECT, "missing `removed` in `checks`"},
    {CONTRACT, "  removed: {}\n", EXPECT, "`removed` needs at least one of `share`, `below` and `of_before`"},
    {CONTRACT, REMOVED "  target: {}\n", EXPECT, "expected a mapping for `target`, found an empty mapping"},
    {CONTRACT, REMOVED "  shape: []\n", EXPECT, "expected a list for `shape`, found an empty list"},
    {CONTRACT, REMOVED "  shape: [{in: order}]\n", EXPECT,
     "a shape rule begins with `task`, `region` or `log`"},
    {CONTRACT, REMOVED "  shape: [{log: x, holds: all}]\n", EXPECT, "a log is a moment and holds nothing"},
    {CONTRACT, REMOVED "  shape: [{task: x, in: y}]\n", EXPECT,
     "`in` is for regions and logs: the task they must belong to"},
    {CONTRACT, REMOVED, "expect: {load: lookups, category: sync blok, share: 50%}\n",
     "unknown category 'sync blok'; did you mean 'sync block'?"},
    {CONTRACT, REMOVED, "expect: {load: lookups, share: 50%}\n", "expected either `category` or `finding`"},
    {CONTRACT, REMOVED, "expect: {load: lookups, category: sync block, share: 50%, at: [lokc]}\n",
     "unknown verb, or one that leaves no trace 'lokc'; did you mean 'lock'?"},
    {CONTRACT, REMOVED, "expect: {load: lookups, category: sync block, share: 50%, at: [get]}\n",
     "unknown verb, or one that leaves no trace 'get'; did you mean 'net'?"},
    {CONTRACT, "  removed: {below: 1ms}\n", "expect: {load: lookups, finding: unattributed, share: 90%}\n",
     "a finding is removed by `share` alone"},
    {CONTRACT, REMOVED, EXPECT "symptom: {p99: about 3ms}\n", "expected `over X` or `under X`"},
    {CONTRACT, REMOVED, EXPECT "seeds: {faithful: 0}\n",
     "a verdict takes 1 to 10000 faithful schedules, and at most as many adversarial ones"},
    {CONTRACT, "  removed: {share: 5%, colour: red}\n", EXPECT,
     "unknown key 'colour' in `removed`; expected one of: share, below, of_before"},
    {CONTRACT, REMOVED, EXPECT "wrld: {}\n", "unknown key 'wrld' in a scenario; did you mean 'world'?"},
};
/* clang-format on */

START_TEST(mistakes_are_answered_at_their_place)
{
    const struct complaint *c = &complaints[_i];
    struct strbuf scenario = STRBUF_INIT;
    struct strbuf said = STRBUF_INIT;
    char line[400];

    stage_scenario(&scenario, c->contract, c->checks, c->more);
    stage_complaints(&said, scenario.text);
    snprintf(line, sizeof line, ": error: %s\n", c->says);
    ck_assert_msg(strstr(said.text, line) != NULL, "expected: %s\nfound: %s", c->says, said.text);
    strbuf_release(&scenario);
    strbuf_release(&said);
}
END_TEST

/* What a misspelt key would have carried is not missed a second time. */
START_TEST(a_mistake_has_no_followers)
{
    static const char shape[] = REMOVED "  shape: [{task: t, per_request: not r.miss + r.none}]\n";
    static const struct {
        const char *contract, *checks, *more;
        int errors;
    } cases[] = {
        {CONTRACT, shape, "expct: {load: lookups, category: sync block, share: 50%}\n", 2},
        {CONTRACT, shape, "expect: {laod: lookups, category: sync block, share: 50%}\n", 2},
        {CONTRACT, shape, "expect: {load: lookup, category: sync block, share: 50%}\n", 1},
        {CONTRACT, shape, EXPECT, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf scenario = STRBUF_INIT;
        struct strbuf said = STRBUF_INIT;
        int errors = 0;

        stage_scenario(&scenario, cases[i].contract, cases[i].checks, cases[i].more);
        stage_complaints(&said, scenario.text);
        for (const char *at = said.text; (at = strstr(at, ": error: ")); at++)
            errors++;
        ck_assert_msg(errors == cases[i].errors, "%d expected:\n%s", cases[i].errors, said.text);
        strbuf_release(&scenario);
        strbuf_release(&said);
    }
}
END_TEST

START_TEST(several_mistakes_at_once_with_their_columns)
{
    struct strbuf scenario = STRBUF_INIT;
    struct strbuf said = STRBUF_INIT;

    stage_scenario(&scenario, "  lookups: {by_end: {write price: 1}}\n", "  removed: {share: many}\n",
                   EXPECT);
    stage_complaints(&said, scenario.text);
    ck_assert_ptr_nonnull(strstr(said.text, "scenario.yaml:20:22: error: the world has no 'price'"));
    ck_assert_ptr_nonnull(strstr(said.text, "scenario.yaml:22:20: error: "));
    strbuf_release(&scenario);
    strbuf_release(&said);
}
END_TEST

/* What the schema refuses, the program does. */
START_TEST(the_head_of_a_scenario_is_read_closely)
{
    static const struct {
        const char *right, *wrong, *says;
    } heads[] = {
        {"version: 3", "version: 0", "scenario.yaml:2:10: error: expected 1 or more, found 0\n"},
        {"minutes: 5", "minutes: 0", "scenario.yaml:6:10: error: expected 1 or more, found 0\n"},
        {"[T1]", "[lo]",
         "scenario.yaml:5:10: error: expected a topic of CURRICULUM.md, T1 to T20, found 'lo'\n"},
        {"[T1]", "[T0]",
         "scenario.yaml:5:10: error: expected a topic of CURRICULUM.md, T1 to T20, found 'T0'\n"},
    };
    struct strbuf scenario = STRBUF_INIT;
    struct strbuf said = STRBUF_INIT;

    stage_scenario(&scenario, CONTRACT, REMOVED, EXPECT);
    memcpy(strstr(scenario.text, heads[_i].right), heads[_i].wrong, strlen(heads[_i].wrong));
    stage_complaints(&said, scenario.text);
    ck_assert_msg(strstr(said.text, heads[_i].says) != NULL, "%s", said.text);
    strbuf_release(&scenario);
    strbuf_release(&said);
}
END_TEST

/* An editor that completes by the schema offers the verbs that `at` may have, and no other. */
START_TEST(the_schema_knows_the_verbs_that_leave_a_trace)
{
    struct strbuf err = STRBUF_INIT;
    char *text;
    size_t length;

    ck_assert(io_read("scenarios/schema/scenario.json", 1 << 20, &text, &length, &err));
    char *at = strstr(text, "Verbs of the steps it happens at.");
    char *end = strchr(strstr(at, "\"enum\""), ']');

    at = strchr(strstr(at, "\"enum\""), '[');
    *end = '\0';
    for (size_t i = 0; i < trace_verb_count; i++) {
        at = strchr(at, '"');
        ck_assert_ptr_nonnull(at);
        ck_assert_int_eq(strncmp(at + 1, trace_verbs[i], strlen(trace_verbs[i])), 0);
        at += 1 + strlen(trace_verbs[i]);
        ck_assert_int_eq(*at++, '"');
    }
    ck_assert_ptr_null(strchr(at, '"'));
    free(text);
}
END_TEST

Suite *grade_rubric_suite(void)
{
    Suite *s = suite_create("grade/rubric");
    TCase *t = tcase_create("read");
    TCase *wrong = tcase_create("mistakes");

    tcase_add_test(t, reads_all_sections);
    tcase_add_test(t, points_sum_to_100_over_the_checks_there_are);
    tcase_add_test(t, a_finding_has_no_not_moved);
    tcase_add_test(t, hints_fit_the_beginning_of_a_reason);
    tcase_add_test(t, there_is_advice_on_every_reason);
    tcase_add_test(t, every_check_needs_earlier_ones_only);
    tcase_add_loop_test(wrong, mistakes_are_answered_at_their_place, 0,
                        (int)(sizeof complaints / sizeof complaints[0]));
    tcase_add_test(wrong, a_mistake_has_no_followers);
    tcase_add_loop_test(wrong, the_head_of_a_scenario_is_read_closely, 0, 4);
    tcase_add_test(t, the_schema_knows_the_verbs_that_leave_a_trace);
    tcase_add_test(wrong, several_mistakes_at_once_with_their_columns);
    suite_add_tcase(s, t);
    suite_add_tcase(s, wrong);
    return s;
}

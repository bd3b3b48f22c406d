/* The verdict over many schedules: order, skipping, points, who stands as evidence; and its texts. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "grader/report/verdict.h"
#include "tests/unit/judge_stage.h"

Suite *grade_verdict_suite(void);

enum { FAITHFUL = 3, ALL = 5 };

/* Three faithful and two adversarial schedules that pass everything. */
struct bench {
    struct judge_stage stage;
    struct outcome before[FAITHFUL], fix[ALL];
    struct verdict v;
};

static void set_numbers(struct load_numbers *n, int64_t sync, int64_t p99)
{
    snprintf(n->name, sizeof n->name, "lookups");
    n->requests = n->answered = 800;
    n->split[CAT_EXECUTION] = 100000;
    n->split[CAT_SYNC] = sync;
    n->split[CAT_NETWORK] = 3100000;
    n->q[Q_P50] = 1000000;
    n->q[Q_P99] = p99;
    n->want[Q_P99] = 20000000;
    n->mean = n->split[CAT_EXECUTION] + sync + n->split[CAT_NETWORK];
}

static void set_outcome(struct outcome *o, uint64_t seed, bool adversarial, int64_t sync, int64_t p99)
{
    *o = (struct outcome){
        .judged = true, .seed = seed, .adversarial = adversarial, .n_loads = 1, .cpus = 4, .costs = 5};
    set_numbers(&o->loads[0], sync, p99);
    snprintf(o->checks[CHECK_CONTRACT].found, GRADE_TEXT, "800 requests answered, 240 outside calls");
    snprintf(o->checks[CHECK_SAFE].found, GRADE_TEXT, "no race, deadlock, leak or misuse");
    snprintf(o->checks[CHECK_REMOVED].found, GRADE_TEXT, "sync block is 0 %% of a request");
    snprintf(o->checks[CHECK_NOT_MOVED].found, GRADE_TEXT, "0 %% of the freed time came back elsewhere");
    snprintf(o->checks[CHECK_TARGET].found, GRADE_TEXT, "p99 of lookups 12 ms");
    for (int c = CHECK_REMOVED; adversarial && c < CHECK_COUNT; c++)
        o->checks[c].state = STATE_ABSENT;
    o->checks[CHECK_SHAPE].state = STATE_ABSENT;
}

static void bench_open(struct bench *b)
{
    stage_open(&b->stage, "  lookups: {reply: {ok: 1}}\n",
               "  removed: {share: 5%, below: 100us}\n  target: {lookups: {p99: 20ms}}\n", "");
    for (int i = 0; i < FAITHFUL; i++)
        set_outcome(&b->before[i], (uint64_t)i + 11, false, 273600000, 640000000);
    for (int i = 0; i < ALL; i++)
        set_outcome(&b->fix[i], (uint64_t)(i < FAITHFUL ? i : i - FAITHFUL) + 11, i >= FAITHFUL, 0, 12000000);
}

static void bench_judge(struct bench *b)
{
    grade_verdict(b->stage.rubric, b->fix, ALL, b->before, FAITHFUL, &b->v);
}

static void let_fail(struct outcome *o, enum check c, const char *reason, int64_t measure)
{
    struct finding *f = &o->checks[c];

    *f = (struct finding){.state = STATE_FAIL, .measure = measure, .g = 118, .from = 1, .to = 2};
    snprintf(f->reason, GRADE_TEXT, "%s", reason);
    snprintf(f->found, GRADE_TEXT, "sync block is 96 %% of a request");
    snprintf(f->expected, GRADE_TEXT, "at most 5 %% or 100 us");
    snprintf(f->evidence[0], GRADE_TEXT, "G118 waited 38.2 ms for prices_mu");
}

START_TEST(all_pass)
{
    struct bench b;

    bench_open(&b);
    bench_judge(&b);
    ck_assert_int_eq(b.v.state, STATE_PASS);
    ck_assert_int_eq(b.v.points, 100);
    ck_assert_uint_eq(b.v.faithful, 3);
    ck_assert_uint_eq(b.v.adversarial, 2);
    ck_assert_int_eq(b.v.before.split[CAT_SYNC], 273600000);
    ck_assert_int_eq(b.v.after.split[CAT_SYNC], 0);
    ck_assert_int_eq(b.v.checks[CHECK_SHAPE].state, STATE_ABSENT);
    ck_assert_int_eq(verdict_decisive(&b.v), CHECK_COUNT);
    stage_close(&b.stage);
}
END_TEST

START_TEST(one_schedule_is_enough_to_fail_and_its_dependents_are_skipped)
{
    struct bench b;

    bench_open(&b);
    let_fail(&b.fix[1], CHECK_REMOVED, "still sync block", 5);
    bench_judge(&b);
    ck_assert_int_eq(b.v.state, STATE_FAIL);
    ck_assert_int_eq(b.v.checks[CHECK_REMOVED].state, STATE_FAIL);
    ck_assert_uint_eq(b.v.checks[CHECK_REMOVED].schedules, 1);
    ck_assert_ptr_eq(b.v.checks[CHECK_REMOVED].first, &b.fix[1]);
    ck_assert_int_eq(b.v.checks[CHECK_NOT_MOVED].state, STATE_SKIP);
    ck_assert_str_eq(b.v.checks[CHECK_NOT_MOVED].parent, "removed");
    ck_assert_int_eq(b.v.checks[CHECK_TARGET].state, STATE_SKIP);
    ck_assert_str_eq(b.v.checks[CHECK_TARGET].parent, "removed");
    ck_assert_int_eq(b.v.checks[CHECK_SAFE].state, STATE_PASS);
    ck_assert_int_eq(b.v.points, 100 - b.stage.rubric->points[CHECK_REMOVED] -
                                     b.stage.rubric->points[CHECK_NOT_MOVED] -
                                     b.stage.rubric->points[CHECK_TARGET]);
    ck_assert_int_eq(verdict_decisive(&b.v), CHECK_REMOVED);
    stage_close(&b.stage);
}
END_TEST

START_TEST(the_root_of_a_chain_is_named)
{
    struct bench b;

    bench_open(&b);
    let_fail(&b.fix[3], CHECK_RUNS, "deadlock", 1);
    bench_judge(&b);
    for (int c = CHECK_VALID; c <= CHECK_TARGET; c++) {
        ck_assert_int_eq(b.v.checks[c].state, STATE_SKIP);
        ck_assert_str_eq(b.v.checks[c].parent, "runs");
    }
    ck_assert_int_eq(b.v.points, 0);
    stage_close(&b.stage);
}
END_TEST

START_TEST(the_contract_leaves_safe_to_be_judged)
{
    struct bench b;

    bench_open(&b);
    let_fail(&b.fix[4], CHECK_CONTRACT, "late net upstream", 1);
    let_fail(&b.fix[0], CHECK_SAFE, "race prices", 1);
    bench_judge(&b);
    ck_assert_int_eq(b.v.checks[CHECK_CONTRACT].state, STATE_FAIL);
    ck_assert_int_eq(b.v.checks[CHECK_SAFE].state, STATE_FAIL);
    ck_assert_str_eq(b.v.checks[CHECK_REMOVED].parent, "contract");
    ck_assert_str_eq(b.v.checks[CHECK_TARGET].parent, "contract");
    ck_assert_int_eq(verdict_decisive(&b.v), CHECK_CONTRACT);
    stage_close(&b.stage);
}
END_TEST

START_TEST(the_first_gives_the_reason_the_worst_the_evidence)
{
    struct bench b;

    bench_open(&b);
    let_fail(&b.fix[0], CHECK_SAFE, "race prices", 3);
    let_fail(&b.fix[1], CHECK_SAFE, "leak", 1000);
    let_fail(&b.fix[2], CHECK_SAFE, "race prices", 9);
    let_fail(&b.fix[4], CHECK_SAFE, "race prices", 9);
    bench_judge(&b);
    ck_assert_ptr_eq(b.v.checks[CHECK_SAFE].first, &b.fix[0]);
    ck_assert_ptr_eq(b.v.checks[CHECK_SAFE].worst, &b.fix[2]);
    ck_assert_uint_eq(b.v.checks[CHECK_SAFE].schedules, 4);
    stage_close(&b.stage);
}
END_TEST

START_TEST(what_cannot_be_decided_is_inconclusive_unless_something_fails)
{
    struct bench b;

    bench_open(&b);
    b.fix[2].judged = false;
    bench_judge(&b);
    ck_assert_int_eq(b.v.state, STATE_ERROR);
    ck_assert_int_eq(b.v.checks[CHECK_RUNS].state, STATE_ERROR);
    ck_assert_ptr_eq(b.v.checks[CHECK_RUNS].first, &b.fix[2]);
    let_fail(&b.fix[0], CHECK_SAFE, "race prices", 3);
    bench_judge(&b);
    ck_assert_int_eq(b.v.state, STATE_FAIL);
    stage_close(&b.stage);
}
END_TEST

START_TEST(no_schedule_decides_nothing)
{
    struct bench b;

    bench_open(&b);
    grade_verdict(b.stage.rubric, NULL, 0, NULL, 0, &b.v);
    ck_assert_int_eq(b.v.state, STATE_ERROR);
    stage_close(&b.stage);
}
END_TEST

/* ---- texts ---------------------------------------------------------------------------------- */

static const char *path_of(void *context, const struct outcome *schedule)
{
    (void)context;
    return schedule->adversarial ? NULL : "store/tiny/3/seed-12.trace";
}

/* Line by line, since Check cannot show texts of any length. */
static void assert_text(const char *found, const char *expected)
{
    while (*found || *expected) {
        char f[200], e[200];
        size_t nf = strcspn(found, "\n");
        size_t ne = strcspn(expected, "\n");

        snprintf(f, sizeof f, "%.*s", (int)nf, found);
        snprintf(e, sizeof e, "%.*s", (int)ne, expected);
        ck_assert_str_eq(f, e);
        found += nf + (found[nf] != '\0');
        expected += ne + (expected[ne] != '\0');
    }
}

START_TEST(text_of_a_failure)
{
    struct bench b;
    struct strbuf out = STRBUF_INIT;
    struct verdict_view view = {.trace_path = path_of};

    bench_open(&b);
    let_fail(&b.fix[1], CHECK_REMOVED, "still sync block", 5);
    for (int i = 0; i < FAITHFUL; i++)
        set_numbers(&b.fix[i].loads[0], 83400000, 310000000);
    bench_judge(&b);
    verdict_text(&out, b.stage.rubric, &b.v, &view);
    assert_text(
        out.text,
        "tiny (version 3, costs 5)    3 faithful + 2 adversarial schedules, 4 CPUs\n"
        "\n"
        "  a request, mean of 3 seeds        before       yours\n"
        "    execution                       100 us      100 us\n"
        "    sync block                      274 ms     83.4 ms    still there\n"
        "    network block                   3.1 ms      3.1 ms\n"
        "    p99                             640 ms      310 ms    target 20 ms\n"
        "\n"
        "  pass  runs        5 schedules to the end\n"
        "  pass  valid       every trace reads, and its sums agree\n"
        "  pass  contract    800 requests answered, 240 outside calls\n"
        "  pass  safe        no race, deadlock, leak or misuse\n"
        "  FAIL  removed     sync block is 96 % of a request\n"
        "                    (at most 5 % or 100 us), on 1 of 3 schedules, worst on seed 12\n"
        "                    G118 waited 38.2 ms for prices_mu\n"
        "                    see it     ./tracelab report store/tiny/3/seed-12.trace --goroutine 118\n"
        "  skip  not-moved   needs removed\n"
        "  skip  target      needs removed\n"
        "\n"
        "  FAIL  47 of 100; the bug itself has 100\n"
        "                    again      ./tracelab grade tiny --seed 12\n"
        "                    hint       ./tracelab hint tiny\n");
    strbuf_release(&out);
    stage_close(&b.stage);
}
END_TEST

START_TEST(text_of_a_pass)
{
    struct bench b;
    struct strbuf out = STRBUF_INIT;
    struct verdict_view view = {.workload = "my.yaml"};

    bench_open(&b);
    bench_judge(&b);
    verdict_text(&out, b.stage.rubric, &b.v, &view);
    ck_assert_ptr_nonnull(
        strstr(out.text, "    sync block                      274 ms           0    gone\n"));
    ck_assert_ptr_nonnull(strstr(out.text, "  pass  removed     sync block is 0 % of a request\n"));
    ck_assert_ptr_nonnull(
        strstr(out.text, "  pass  target      p99 of lookups 12 ms\n\n  PASS  100 of 100\n"));
    ck_assert_ptr_null(strstr(out.text, "tracelab"));
    strbuf_release(&out);
    stage_close(&b.stage);
}
END_TEST

/* The row of the expected category when so much of it is left after a pass. */
static void assert_left(int64_t sync, const char *row)
{
    struct bench b;
    struct strbuf out = STRBUF_INIT;
    struct verdict_view view = {.workload = "my.yaml"};

    bench_open(&b);
    for (int i = 0; i < FAITHFUL; i++)
        set_numbers(&b.fix[i].loads[0], sync, 12000000);
    bench_judge(&b);
    verdict_text(&out, b.stage.rubric, &b.v, &view);
    ck_assert_msg(strstr(out.text, row) != NULL, "%s", out.text);
    strbuf_release(&out);
    stage_close(&b.stage);
}

START_TEST(gone_is_what_is_next_to_nothing)
{
    assert_left(160000, "    sync block                      274 ms      160 us    gone\n");
    assert_left(3210000, "    sync block                      274 ms     3.21 ms    much less\n");
    assert_left(150000000, "    sync block                      274 ms      150 ms    within its limit\n");
}
END_TEST

START_TEST(host_wait_is_shown_where_it_matters)
{
    struct bench b;
    struct strbuf out = STRBUF_INIT;
    struct verdict_view view = {.workload = "my.yaml"};

    bench_open(&b);
    for (int i = 0; i < FAITHFUL; i++)
        b.fix[i].loads[0].split[CAT_HOST_WAIT] = 180000; /* 5.6 %, and 0.07 % of what it was before */
    bench_judge(&b);
    verdict_text(&out, b.stage.rubric, &b.v, &view);
    ck_assert_msg(strstr(out.text, "      of it host wait                    0      180 us\n") != NULL, "%s",
                  out.text);
    strbuf_release(&out);
    stage_close(&b.stage);
}
END_TEST

START_TEST(text_of_what_cannot_be_decided)
{
    struct bench b;
    struct strbuf out = STRBUF_INIT;
    struct verdict_view view = {.workload = "my fix.yaml"};

    bench_open(&b);
    b.fix[3].judged = false;
    bench_judge(&b);
    verdict_text(&out, b.stage.rubric, &b.v, &view);
    ck_assert_ptr_nonnull(strstr(
        out.text, "  ????  runs        cannot be decided on seed 11: the run did not come to its end\n"));
    ck_assert_ptr_nonnull(strstr(out.text, "  ????  53 of 100, undecided"));
    ck_assert_ptr_nonnull(
        strstr(out.text, "  again      ./tracelab grade tiny --workload 'my fix.yaml' --seed 11\n"));
    strbuf_release(&out);
    stage_close(&b.stage);
}
END_TEST

START_TEST(json_of_a_failure)
{
    struct bench b;
    struct strbuf out = STRBUF_INIT;
    struct verdict_view view = {.trace_path = path_of};

    bench_open(&b);
    let_fail(&b.fix[1], CHECK_REMOVED, "still sync block", 5);
    bench_judge(&b);
    verdict_json(&out, b.stage.rubric, &b.v, &view);
    ck_assert_ptr_nonnull(
        strstr(out.text, "\"lab\": \"tiny\",\n  \"version\": 3,\n  \"costs\": 5,\n  \"state\": \"fail\",\n"));
    ck_assert_ptr_nonnull(
        strstr(out.text, "      \"check\": \"removed\",\n"
                         "      \"state\": \"fail\",\n"
                         "      \"points\": 0,\n"
                         "      \"of\": 26,\n"
                         "      \"schedules\": 1,\n"
                         "      \"reason\": \"still sync block\",\n"
                         "      \"found\": \"sync block is 96 % of a request\",\n"
                         "      \"expected\": \"at most 5 % or 100 us\",\n"
                         "      \"seed\": 12,\n"
                         "      \"mode\": \"faithful\",\n"
                         "      \"evidence\": [\n"
                         "        \"G118 waited 38.2 ms for prices_mu\"\n"
                         "      ],\n"
                         "      \"from_ns\": 1,\n"
                         "      \"to_ns\": 2,\n"
                         "      \"goroutine\": 118,\n"
                         "      \"site\": \"\",\n"
                         "      \"hint\": 2,\n"
                         "      \"see\": \"./tracelab report store/tiny/3/seed-12.trace --goroutine 118\",\n"
                         "      \"again\": \"./tracelab grade tiny --seed 12\"\n"));
    ck_assert_ptr_nonnull(strstr(out.text, "\"state\": \"skip\",\n      \"points\": 0,\n      \"of\": 11,\n"
                                           "      \"schedules\": 0,\n      \"needs\": \"removed\"\n"));
    strbuf_release(&out);
    stage_close(&b.stage);
}
END_TEST

Suite *grade_verdict_suite(void)
{
    Suite *s = suite_create("grade/verdict");
    TCase *t = tcase_create("verdict");
    TCase *text = tcase_create("text");

    tcase_add_test(t, all_pass);
    tcase_add_test(t, one_schedule_is_enough_to_fail_and_its_dependents_are_skipped);
    tcase_add_test(t, the_root_of_a_chain_is_named);
    tcase_add_test(t, the_contract_leaves_safe_to_be_judged);
    tcase_add_test(t, the_first_gives_the_reason_the_worst_the_evidence);
    tcase_add_test(t, what_cannot_be_decided_is_inconclusive_unless_something_fails);
    tcase_add_test(t, no_schedule_decides_nothing);
    tcase_add_test(text, text_of_a_failure);
    tcase_add_test(text, text_of_a_pass);
    tcase_add_test(text, gone_is_what_is_next_to_nothing);
    tcase_add_test(text, host_wait_is_shown_where_it_matters);
    tcase_add_test(text, text_of_what_cannot_be_decided);
    tcase_add_test(text, json_of_a_failure);
    suite_add_tcase(s, t);
    suite_add_tcase(s, text);
    return s;
}

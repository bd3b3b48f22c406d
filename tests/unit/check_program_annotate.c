/* runtime/program: tasks, regions, logs and contexts as steps. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/program_stage.h"

Suite *program_annotate_suite(void);

/* The annotation events of a run in one goroutine, without time, thread and stack. */
static char *annotations(const struct show *s)
{
    struct strbuf out = STRBUF_INIT;

    for (const char *at = s->events.text; (at = strstr(at, " User")); at++) {
        const char *end = strstr(at, " [");

        strbuf_addf(&out, "%s%.*s", out.len ? "; " : "", (int)(end - at - 5), at + 5);
    }
    return strbuf_take(&out);
}

static void check_annotations(const char *text, const char *expected, const char *misuse)
{
    struct show s;
    char *found;

    show(&s, text);
    found = annotations(&s);
    ck_assert_str_eq(found, expected);
    if (*misuse)
        ck_assert_ptr_nonnull(strstr(show_lines(&s, "misuse"), misuse));
    else
        ck_assert_str_eq(show_lines(&s, "misuse"), "");
    free(found);
    show_end(&s);
}

/* `task` binds ctx for its steps, and what says no ctx is in it. */
START_TEST(block_forms)
{
    check_annotations("workload: t\n"
                      "main:\n"
                      "  - task: outer\n"
                      "    do:\n"
                      "      - region: r\n"
                      "        do:\n"
                      "          - task: inner\n"
                      "            do:\n"
                      "              - log: a\n"
                      "                message: text\n"
                      "      - log: b\n"
                      "  - log: c\n",
                      "TaskBegin 1 0 \"outer\"; RegionBegin 1 \"r\"; TaskBegin 2 1 \"inner\"; "
                      "Log 2 \"a\" \"text\"; TaskEnd 2; RegionEnd 1 \"r\"; Log 1 \"b\" \"\"; TaskEnd 1; "
                      "Log 0 \"c\" \"\"",
                      "");
}
END_TEST

/* The trap of the idiom: who goes on with the old context is in no task. */
START_TEST(contexts_are_handed_on_by_name)
{
    check_annotations("workload: t\n"
                      "runtime: {gomaxprocs: 1}\n"
                      "functions:\n"
                      "  f:\n"
                      "    params: [ctx]\n"
                      "    do:\n"
                      "      - log: f\n"
                      "  g:\n"
                      "    do:\n"
                      "      - log: g\n"
                      "main:\n"
                      "  - start_task: t\n"
                      "    as: tctx\n"
                      "  - log: none\n"
                      "  - log: said\n"
                      "    ctx: tctx\n"
                      "  - call: f\n"
                      "    with: [tctx]\n"
                      "  - call: g\n"
                      "  - go:\n"
                      "    do:\n"
                      "      - log: closure\n"
                      "        ctx: tctx\n"
                      "  - yield\n"
                      "  - sleep: 1ms\n"
                      "  - start_task: u\n"
                      "  - log: u\n"
                      "  - end_task: ctx\n"
                      "  - end_task: tctx\n"
                      "  - start_task: v\n"
                      "    as: _\n"
                      "  - log: still u\n",
                      "TaskBegin 1 0 \"t\"; Log 0 \"none\" \"\"; Log 1 \"said\" \"\"; Log 1 \"f\" \"\"; "
                      "Log 0 \"g\" \"\"; Log 1 \"closure\" \"\"; TaskBegin 2 0 \"u\"; Log 2 \"u\" \"\"; "
                      "TaskEnd 2; TaskEnd 1; TaskBegin 3 2 \"v\"; Log 2 \"still u\" \"\"",
                      "");
}
END_TEST

/* However a block is left, it ends, innermost first and before what was deferred earlier. */
START_TEST(blocks_end_on_every_path)
{
    check_annotations(
        "workload: t\n"
        "functions:\n"
        "  f:\n"
        "    do:\n"
        "      - defer: {log: first}\n"
        "      - task: t\n"
        "        do:\n"
        "          - defer: {log: second}\n"
        "          - region: r\n"
        "            do:\n"
        "              - return\n"
        "main:\n"
        "  - call: f\n"
        "  - repeat: 2\n"
        "    as: i\n"
        "    do:\n"
        "      - region: loop\n"
        "        do:\n"
        "          - region: inner\n"
        "            do:\n"
        "              - if: i == 0\n"
        "                do:\n"
        "                  - continue\n"
        "              - break\n",
        "TaskBegin 1 0 \"t\"; RegionBegin 1 \"r\"; RegionEnd 1 \"r\"; Log 1 \"second\" \"\"; "
        "TaskEnd 1; Log 0 \"first\" \"\"; "
        "RegionBegin 0 \"loop\"; RegionBegin 0 \"inner\"; RegionEnd 0 \"inner\"; RegionEnd 0 \"loop\"; "
        "RegionBegin 0 \"loop\"; RegionBegin 0 \"inner\"; RegionEnd 0 \"inner\"; RegionEnd 0 \"loop\"",
        "");
}
END_TEST

START_TEST(blocks_in_deferred_steps)
{
    check_annotations("workload: t\n"
                      "main:\n"
                      "  - defer:\n"
                      "    do:\n"
                      "      - region: r\n"
                      "        do:\n"
                      "          - defer: {log: last}\n"
                      "          - if: procs > 0\n"
                      "            do:\n"
                      "              - return\n"
                      "          - log: never\n"
                      "  - log: main\n",
                      "Log 0 \"main\" \"\"; RegionBegin 0 \"r\"; RegionEnd 0 \"r\"; Log 0 \"last\" \"\"", "");
}
END_TEST

/* In two steps, misuse is possible: recorded as Go does, and told. */
START_TEST(regions_in_two_steps)
{
    check_annotations("workload: t\nmain:\n"
                      "  - start_region: a\n"
                      "    as: a\n"
                      "  - start_region: b\n"
                      "    as: b\n"
                      "  - end_region: b\n"
                      "  - end_region: a\n",
                      "RegionBegin 0 \"a\"; RegionBegin 0 \"b\"; RegionEnd 0 \"b\"; RegionEnd 0 \"a\"", "");
    check_annotations("workload: t\nmain:\n"
                      "  - start_region: a\n"
                      "    as: a\n"
                      "  - region: b\n"
                      "    do:\n"
                      "      - end_region: a\n",
                      "RegionBegin 0 \"a\"; RegionBegin 0 \"b\"; RegionEnd 0 \"a\"; RegionEnd 0 \"b\"",
                      "region-ended-out-of-order ");
    check_annotations("workload: t\nmain:\n"
                      "  - start_region: a\n"
                      "    as: a\n"
                      "  - end_region: a\n"
                      "  - end_region: a\n",
                      "RegionBegin 0 \"a\"; RegionEnd 0 \"a\"; RegionEnd 0 \"a\"", "region-ended-twice ");
    check_annotations("workload: t\nmain:\n"
                      "  - start_region: a\n"
                      "    as: a\n"
                      "  - go:\n"
                      "    do:\n"
                      "      - end_region: a\n"
                      "  - sleep: 1ms\n",
                      "RegionBegin 0 \"a\"; RegionEnd 0 \"a\"", "region-ended-elsewhere ");
    check_annotations("workload: t\nmain:\n"
                      "  - context: c\n"
                      "  - end_task: c\n",
                      "", "end-task-without-task ");
}
END_TEST

START_TEST(very_many_open_regions)
{
    struct show s;

    show(&s, "workload: t\nmain:\n"
             "  - repeat: 70000\n"
             "    do:\n"
             "      - start_region: a\n"
             "        as: a\n"
             "  - task: t\n"
             "    do:\n"
             "      - region: b\n"
             "        do:\n"
             "          - log: here\n");
    ck_assert_ptr_nonnull(strstr(s.events.text, "UserRegionEnd 1 \"b\""));
    ck_assert_str_eq(show_lines(&s, "misuse"), "");
    show_end(&s);
}
END_TEST

START_TEST(contexts)
{
    struct show s;

    show(&s, "workload: t\n"
             "functions:\n"
             "  watch:\n"
             "    params: [ctx, wg]\n"
             "    do:\n"
             "      - select:\n"
             "          - done: ctx\n"
             "      - log: ended\n"
             "        value: ctx.done\n"
             "      - done: wg\n"
             "objects: {wg: waitgroup}\n"
             "main:\n"
             "  - add: wg\n"
             "  - context: outer\n"
             "    do:\n"
             "      - context: inner\n"
             "        parent: outer\n"
             "      - go: watch\n"
             "        with: [inner, wg]\n"
             "      - sleep: 1ms\n"
             "      - log: open\n"
             "        value: inner.done or outer.done\n"
             "  - wait: wg\n"
             "  - cancel: inner\n"
             "  - task: t\n"
             "    do:\n"
             "      - cancel: ctx\n");
    ck_assert_str_eq(s.log, "open false; ended true");
    ck_assert_str_eq(s.panic, "ctx cannot be cancelled: it was not made by `context` | main.main t.yaml:27");
    show_end(&s);
}
END_TEST

START_TEST(texts_and_values)
{
    struct show s;

    show(&s, "workload: t\nmain:\n"
             "  - log: some category\n"
             "    message: 'a text: with # everything'\n"
             "    value: 1500us\n"
             "  - log: x\n"
             "    value: 3 / 2\n");
    ck_assert_str_eq(s.log, "some category a text: with # everything 1500us; x 1");
    show_end(&s);
}
END_TEST

/* A block keeps its context alive even where no name does. */
START_TEST(a_context_without_a_name)
{
    struct show s;

    show(&s, "workload: t\nmain:\n"
             "  - context: ctx\n"
             "  - repeat: 3\n"
             "    do:\n"
             "      - context: _\n"
             "        do:\n"
             "          - alloc: 1KiB\n"
             "            as: b\n"
             "          - yield\n"
             "          - context: d\n"
             "  - log: a\n"
             "    value: ctx.done\n");
    ck_assert_int_eq(s.end.end, END_RETURNED);
    ck_assert_str_eq(s.log, "a false");
    show_end(&s);
}
END_TEST

Suite *program_annotate_suite(void)
{
    Suite *suite = suite_create("program/annotate");
    TCase *tc = tcase_create("program_annotate");

    tcase_add_test(tc, block_forms);
    tcase_add_test(tc, contexts_are_handed_on_by_name);
    tcase_add_test(tc, blocks_end_on_every_path);
    tcase_add_test(tc, blocks_in_deferred_steps);
    tcase_add_test(tc, regions_in_two_steps);
    tcase_add_test(tc, very_many_open_regions);
    tcase_add_test(tc, contexts);
    tcase_add_test(tc, texts_and_values);
    tcase_add_test(tc, a_context_without_a_name);
    suite_add_tcase(suite, tc);
    return suite;
}

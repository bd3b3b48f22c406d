/* runtime/program: which goroutines of a workload have leaked when main returns. Go's definition (1.26,
 * goroutine leak profile): those that wait for what nobody can reach who could still run. */
#include <check.h>
#include <string.h>

#include "tests/unit/program_stage.h"

Suite *program_leak_suite(void);

/* The lines without their first field, the goroutine. */
static void add_lines(struct strbuf *out, const char *lines)
{
    for (const char *nl; *lines; lines = nl + 1) {
        const char *rest = strchr(lines, ' ') + 1;

        nl = strchr(rest, '\n');
        strbuf_addn(out, rest, (size_t)(nl + 1 - rest));
    }
}

/* The `leaked` lines of a program whose main calls `begin` and returns 1 ms later. */
static void check_leaked(const char *objects_and_functions, const char *expected)
{
    struct strbuf text = STRBUF_INIT, leaked = STRBUF_INIT;
    struct show s;

    strbuf_addf(&text, "workload: t\n%smain:\n  - call: begin\n  - sleep: 1ms\n", objects_and_functions);
    show(&s, text.text);
    ck_assert_str_eq(s.panic, "");
    ck_assert_int_eq(s.end.end, END_RETURNED);
    add_lines(&leaked, show_lines(&s, "leaked"));
    ck_assert_str_eq(leaked.text, expected);
    show_end(&s);
    strbuf_release(&leaked);
    strbuf_release(&text);
}

/* ---- who holds the channel */

START_TEST(answer_nobody_waits_for)
{
    check_leaked("functions:\n"
                 "  begin:\n"
                 "    objects: {answer: {channel: 0}}\n"
                 "    do:\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - send: answer\n"
                 "            value: 5\n"
                 "      - select:\n"
                 "          - recv: answer\n"
                 "          - default:\n",
                 "chan-send begin.func1 t.yaml:8\n");
}
END_TEST

/* In Go, too, a global keeps its channel: an idle worker is not a leak. */
START_TEST(worker_on_declared_channel)
{
    check_leaked("objects: {jobs: {channel: 0}, mu: mutex, all: waitgroup}\n"
                 "functions:\n"
                 "  begin:\n"
                 "    do:\n"
                 "      - lock: mu\n"
                 "      - add: all\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - range: jobs\n"
                 "            do:\n"
                 "              - cpu: 1us\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - lock: mu\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - wait: all\n",
                 "");
}
END_TEST

#define HOLDS(what)                                                                                          \
    "functions:\n"                                                                                           \
    "  begin:\n"                                                                                             \
    "    objects: {c: {channel: 0}}\n"                                                                       \
    "    do:\n"                                                                                              \
    "      - go:\n"                                                                                          \
    "        do:\n"                                                                                          \
    "          - recv: c\n"                                                                                  \
    "      - go:\n"                                                                                          \
    "        do:\n"                                                                                          \
    "          - " what "\n"                                                                                 \
    "          - send: c\n"

START_TEST(somebody_can_still_send)
{
    check_leaked(HOLDS("sleep: 1s"), "");
    check_leaked(HOLDS("cpu: 1s"), "");
    check_leaked(HOLDS("cpu: 0s"), "");
}
END_TEST

#define RING(more)                                                                                           \
    "functions:\n"                                                                                           \
    "  pass:\n"                                                                                              \
    "    params: [from, to]\n"                                                                               \
    "    do:\n"                                                                                              \
    "      - recv: from\n"                                                                                   \
    "      - send: to\n"                                                                                     \
    "  begin:\n"                                                                                             \
    "    objects: {a: {channel: 0}, b: {channel: 0}}\n"                                                      \
    "    do:\n"                                                                                              \
    "      - go: pass\n"                                                                                     \
    "        with: [a, b]\n"                                                                                 \
    "      - go: pass\n"                                                                                     \
    "        with: [b, a]\n" more

/* With somebody who will be back one of them can go on, then the other. */
START_TEST(each_holds_the_others)
{
    check_leaked(RING(""), "chan-receive pass t.yaml:6\nchan-receive pass t.yaml:6\n");
    check_leaked(RING("      - go:\n"
                      "        do:\n"
                      "          - sleep: 1s\n"
                      "          - send: b\n"),
                 "");
}
END_TEST

/* ---- what a reference can be in */

START_TEST(arguments_of_deferred_calls)
{
    check_leaked("functions:\n"
                 "  begin:\n"
                 "    objects: {a: {channel: 0}, b: {channel: 0}}\n"
                 "    do:\n"
                 "      - go: late\n"
                 "        with: [a]\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - defer:\n"
                 "            do:\n"
                 "              - close: b\n"
                 "          - recv: a\n"
                 "  late:\n"
                 "    params: [c]\n"
                 "    objects: {own: {channel: 0}}\n"
                 "    do:\n"
                 "      - repeat: 3\n"
                 "        do:\n"
                 "          - defer: {call: notify, with: [c]}\n"
                 "      - let: c\n"
                 "        be: 5\n"
                 "      - recv: own\n"
                 "  notify:\n"
                 "    params: [c]\n"
                 "    do:\n"
                 "      - close: c\n",
                 "chan-receive late t.yaml:23\nchan-receive begin.func1 t.yaml:13\n");
}
END_TEST

/* What waits to be sent is its sender's. */
START_TEST(values_of_blocked_senders)
{
    check_leaked("functions:\n"
                 "  begin:\n"
                 "    objects: {a: {channel: 0}, b: {channel: 0}, c: {channel: 0}}\n"
                 "    do:\n"
                 "      - go: ask\n"
                 "        with: [a, b]\n"
                 "      - go: offer\n"
                 "        with: [b, c]\n"
                 "      - go: take\n"
                 "        with: [c]\n"
                 "  ask:\n"
                 "    params: [at, with]\n"
                 "    do:\n"
                 "      - send: at\n"
                 "        value: [1, with]\n"
                 "  offer:\n"
                 "    params: [at, with]\n"
                 "    objects: {own: {channel: 0}}\n"
                 "    do:\n"
                 "      - select:\n"
                 "          - send: at\n"
                 "            value: with\n"
                 "          - recv: own\n"
                 "  take:\n"
                 "    params: [from]\n"
                 "    do:\n"
                 "      - recv: from\n",
                 "chan-send ask t.yaml:15\nselect offer t.yaml:21\nchan-receive take t.yaml:28\n");
}
END_TEST

#define IN_BUFFER(objects, locals)                                                                           \
    objects "functions:\n"                                                                                   \
            "  begin:\n"                                                                                     \
            "    objects: {" locals "answer: {channel: 0}}\n"                                                \
            "    do:\n"                                                                                      \
            "      - go:\n"                                                                                  \
            "        do:\n"                                                                                  \
            "          - send: jobs\n"                                                                       \
            "            value: [1, answer]\n"                                                               \
            "          - recv: answer\n"

/* A job that nobody will take is as good as none; one in a declared queue may yet be taken. */
START_TEST(messages_in_buffers)
{
    check_leaked(IN_BUFFER("", "jobs: {channel: 3}, "), "chan-receive begin.func1 t.yaml:10\n");
    check_leaked(IN_BUFFER("objects: {jobs: {channel: 3}}\n", ""), "");
}
END_TEST

START_TEST(lists_as_one_value)
{
    check_leaked("functions:\n"
                 "  begin:\n"
                 "    objects: {jobs: {channel: 1}, answer: {channel: 0}}\n"
                 "    do:\n"
                 "      - send: jobs\n"
                 "        value: [1, answer]\n"
                 "      - recv: jobs\n"
                 "        as: job\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - recv: answer\n"
                 "          - send: answer\n"
                 "            value: job\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - send: jobs\n"
                 "            value: job\n"
                 "          - send: jobs\n",
                 "chan-receive begin.func1 t.yaml:12\nchan-send begin.func2 t.yaml:19\n");
}
END_TEST

/* ---- what can be waited for */

START_TEST(locks)
{
    check_leaked("functions:\n"
                 "  begin:\n"
                 "    objects:\n"
                 "      mus: {mutex: 2}\n"
                 "      rw: rwmutex\n"
                 "      all: waitgroup\n"
                 "      slots: {semaphore: 1}\n"
                 "    do:\n"
                 "      - lock: mus[1]\n"
                 "      - rlock: rw\n"
                 "      - add: all\n"
                 "      - acquire: slots\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - lock: mus[1]\n"
                 "      - repeat: 2\n"
                 "        do:\n"
                 "          - go:\n"
                 "            do:\n"
                 "              - lock: rw\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - wait: all\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - acquire: slots\n"
                 "      - sleep: 1ms\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - rlock: rw\n",
                 "sync begin.func1 t.yaml:16\n"
                 "sync begin.func2 t.yaml:21\n"
                 "sync begin.func2 t.yaml:21\n"
                 "sync begin.func3 t.yaml:24\n"
                 "select begin.func4 t.yaml:27\n"
                 "sync begin.func5 t.yaml:31\n");
}
END_TEST

/* Each waits for its own goroutine, which waits in turn: the waitgroup's own record counts. */
START_TEST(waitgroup_of_a_leaked_goroutine)
{
    check_leaked("functions:\n"
                 "  begin:\n"
                 "    objects: {all: waitgroup, never: {channel: 0}}\n"
                 "    do:\n"
                 "      - go:\n"
                 "        in: all\n"
                 "        do:\n"
                 "          - recv: never\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - wait: all\n",
                 "chan-receive begin.func1 t.yaml:9\nsync begin.func2 t.yaml:12\n");
}
END_TEST

/* A context that derives from the background by a task alone has no end: a nil channel. */
START_TEST(for_ever)
{
    check_leaked("functions:\n"
                 "  begin:\n"
                 "    do:\n"
                 "      - start_task: work\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - select:\n"
                 "              - done: ctx\n",
                 "forever begin.func1 t.yaml:8\n");
}
END_TEST

START_TEST(selects)
{
    check_leaked("objects: {jobs: {channel: 0}}\n"
                 "functions:\n"
                 "  begin:\n"
                 "    objects: {a: {channel: 0}, b: {channel: 0}}\n"
                 "    do:\n"
                 "      - start_task: work\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - select:\n"
                 "              - recv: a\n"
                 "              - send: b\n"
                 "              - done: ctx\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - select:\n"
                 "              - recv: a\n"
                 "              - recv: jobs\n",
                 "");
    check_leaked("functions:\n"
                 "  begin:\n"
                 "    objects: {a: {channel: 0}, b: {channel: 0}, c: {channel: 0}}\n"
                 "    do:\n"
                 "      - start_task: work\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - select:\n"
                 "              - recv: a\n"
                 "              - send: b\n"
                 "              - done: ctx\n"
                 "      - go:\n"
                 "        do:\n"
                 "          - select:\n"
                 "              - recv: c\n"
                 "              - after: 1s\n",
                 "select begin.func1 t.yaml:9\n");
}
END_TEST

/* ---- contexts */

#define WAITS_FOR_END(then)                                                                                  \
    "functions:\n"                                                                                           \
    "  begin:\n"                                                                                             \
    "    do:\n"                                                                                              \
    "      - context: upper\n"                                                                               \
    "      - start_task: work\n"                                                                             \
    "        ctx: upper\n"                                                                                   \
    "        as: task\n"                                                                                     \
    "      - context: lower\n"                                                                               \
    "        parent: task\n"                                                                                 \
    "      - go:\n"                                                                                          \
    "        do:\n"                                                                                          \
    "          - select:\n"                                                                                  \
    "              - done: lower\n" then

START_TEST(context_that_nobody_can_end)
{
    check_leaked(WAITS_FOR_END(""), "chan-receive begin.func1 t.yaml:13\n");
}
END_TEST

/* Whoever can end a context can end all that derive from it. */
START_TEST(context_that_somebody_can_end)
{
    check_leaked(WAITS_FOR_END("      - cancel: upper\n"), "");
    check_leaked(WAITS_FOR_END("      - go:\n"
                               "        do:\n"
                               "          - sleep: 1s\n"
                               "          - cancel: upper\n"),
                 "");
    check_leaked(WAITS_FOR_END("      - go:\n"
                               "        do:\n"
                               "          - context: other\n"
                               "            parent: upper\n"
                               "          - select:\n"
                               "              - done: other\n"
                               "              - after: 1s\n"),
                 "");
}
END_TEST

Suite *program_leak_suite(void)
{
    Suite *suite = suite_create("program/leak");
    TCase *tc = tcase_create("program_leak");

    tcase_add_test(tc, answer_nobody_waits_for);
    tcase_add_test(tc, worker_on_declared_channel);
    tcase_add_test(tc, somebody_can_still_send);
    tcase_add_test(tc, each_holds_the_others);
    tcase_add_test(tc, arguments_of_deferred_calls);
    tcase_add_test(tc, values_of_blocked_senders);
    tcase_add_test(tc, messages_in_buffers);
    tcase_add_test(tc, lists_as_one_value);
    tcase_add_test(tc, locks);
    tcase_add_test(tc, waitgroup_of_a_leaked_goroutine);
    tcase_add_test(tc, for_ever);
    tcase_add_test(tc, selects);
    tcase_add_test(tc, context_that_nobody_can_end);
    tcase_add_test(tc, context_that_somebody_can_end);
    suite_add_tcase(suite, tc);
    return suite;
}

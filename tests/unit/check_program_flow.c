/* runtime/program: control, names, calls, deferred steps, goroutines, panics. */
#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/program_stage.h"

Suite *program_flow_suite(void);

#define ONE_P "workload: t\nruntime: {gomaxprocs: 1}\n"

static void check_log(const char *text, const char *expected)
{
    struct show s;

    show(&s, text);
    ck_assert_str_eq(s.end.text, "");
    ck_assert_str_eq(s.log, expected);
    show_end(&s);
}

static void check_end(enum run_end how, const char *text, const char *expected)
{
    struct show s;

    show(&s, text);
    ck_assert_int_eq(s.end.end, how);
    ck_assert_str_eq(s.panic, expected);
    show_end(&s);
}

static void check_panic(const char *text, const char *expected)
{
    check_end(END_PANIC, text, expected);
}

static void check_fatal(const char *text, const char *expected)
{
    check_end(END_FATAL, text, expected);
}

START_TEST(control)
{
    check_log("workload: t\n"
              "main:\n"
              "  - let: n\n"
              "    be: 3\n"
              "  - while: n > 0\n"
              "    do:\n"
              "      - let: n\n"
              "        be: n - 1\n"
              "      - if: n == 1\n"
              "        do:\n"
              "          - continue\n"
              "      - log: while\n"
              "        value: n\n"
              "  - repeat: forever\n"
              "    as: i\n"
              "    do:\n"
              "      - if: i * 2 >= 4 and not (i == 0)\n"
              "        do:\n"
              "          - break\n"
              "        else:\n"
              "          - log: else\n"
              "            value: i\n"
              "  - repeat: 0 - 3\n"
              "    do:\n"
              "      - log: never\n"
              "  - log: end\n",
              "while 2; while 0; else 0; else 1; end");
}
END_TEST

/* The name that a block binds is what it was before when the block has ended; a count is worked out once. */
START_TEST(names_of_blocks)
{
    check_log("workload: t\n"
              "main:\n"
              "  - let: i\n"
              "    be: 7\n"
              "  - let: n\n"
              "    be: 2\n"
              "  - repeat: n\n"
              "    as: i\n"
              "    do:\n"
              "      - let: n\n"
              "        be: n + 1\n"
              "      - log: in\n"
              "        value: i\n"
              "      - let: i\n"
              "        be: 100\n"
              "  - log: out\n"
              "    value: i\n"
              "  - log: n\n"
              "    value: n\n",
              "in 0; in 1; out 7; n 4");
}
END_TEST

START_TEST(values)
{
    check_log("workload: t\n"
              "objects: {c: {channel: 3}}\n"
              "main:\n"
              "  - send: c\n"
              "  - log: v\n"
              "    value: len(c) * 10 + cap(c)\n"
              "  - log: v\n"
              "    value: min(5ms, 3us * 4) + 1ns\n"
              "  - log: v\n"
              "    value: 1MiB / 3\n"
              "  - log: v\n"
              "    value: (0 - 7) % 4\n"
              "  - log: v\n"
              "    value: 3 > 2 or 1 / 0 > 1\n"
              "  - log: v\n"
              "    value: procs + cpus\n"
              "  - log: v\n"
              "    message: text and\n"
              "    value: 2s / 500ms\n",
              "v 13; v 12001ns; v 349525B; v 1; v true; v 8; v text and 4");
}
END_TEST

/* `return` leaves one function from any depth. */
START_TEST(calls)
{
    struct show s;

    show(&s, "workload: t\n"
             "functions:\n"
             "  outer:\n"
             "    params: [n]\n"
             "    do:\n"
             "      - call: inner\n"
             "        with: [n * 2, 1ms]\n"
             "      - log: back\n"
             "        value: n\n"
             "  inner:\n"
             "    params: [n, d]\n"
             "    do:\n"
             "      - repeat: 3\n"
             "        do:\n"
             "          - while: true\n"
             "            do:\n"
             "              - log: inner\n"
             "                value: d * n\n"
             "              - return\n"
             "main:\n"
             "  - call: outer\n"
             "    with: [4]\n"
             "  - return\n");
    ck_assert_str_eq(s.log, "inner 8ms; back 4");
    ck_assert_int_eq(show_count(&s, "inner", "8ms", "Log:1 inner:17 outer:6 main.main:21]"), 1);
    show_end(&s);
}
END_TEST

START_TEST(recursion)
{
    check_log("workload: t\n"
              "functions:\n"
              "  down:\n"
              "    params: [n]\n"
              "    do:\n"
              "      - defer: {log: up, value: n}\n"
              "      - if: n > 0\n"
              "        do:\n"
              "          - call: down\n"
              "            with: [n - 1]\n"
              "main:\n"
              "  - call: down\n"
              "    with: [2]\n",
              "up 0; up 1; up 2");
    check_fatal("workload: t\n"
                "functions:\n"
                "  f:\n"
                "    do:\n"
                "      - call: f\n"
                "main:\n"
                "  - call: f\n",
                "runtime: stack overflow | f t.yaml:5");
}
END_TEST

START_TEST(fatal_errors_run_no_deferred_steps)
{
    struct show s;

    show(&s, "workload: t\n"
             "objects: {m: mutex}\n"
             "main:\n"
             "  - defer: {log: never}\n"
             "  - unlock: m\n");
    ck_assert_int_eq(s.end.end, END_FATAL);
    ck_assert_str_eq(s.panic, "sync: unlock of unlocked mutex | main.main t.yaml:5");
    ck_assert_str_eq(s.log, "");
    show_end(&s);
}
END_TEST

/* Loops that Go's memory would end. */
START_TEST(what_grows_without_end)
{
    check_fatal("workload: t\n"
                "main:\n"
                "  - repeat: forever\n"
                "    do:\n"
                "      - defer: {yield}\n",
                "runtime: out of memory: a million deferred steps | main.main t.yaml:5");
    check_fatal("workload: t\n"
                "functions:\n"
                "  f:\n"
                "    do: []\n"
                "main:\n"
                "  - repeat: forever\n"
                "    do:\n"
                "      - defer: {call: f}\n",
                "runtime: out of memory: a million deferred steps | main.main t.yaml:8");
    check_panic("workload: t\n"
                "main:\n"
                "  - repeat: forever\n"
                "    do:\n"
                "      - context: ctx\n",
                "runtime: out of memory: a million contexts, each derived from the one before | main.main t.yaml:5");
}
END_TEST

/* Last in first out; names are looked up then, the arguments of a call now. */
START_TEST(deferred)
{
    check_log("workload: t\n"
              "functions:\n"
              "  say:\n"
              "    params: [n]\n"
              "    do:\n"
              "      - log: say\n"
              "        value: n\n"
              "  f:\n"
              "    do:\n"
              "      - let: x\n"
              "        be: 1\n"
              "      - defer: {log: then, value: x}\n"
              "      - defer: {call: say, with: [x]}\n"
              "      - defer:\n"
              "        do:\n"
              "          - if: x > 1\n"
              "            do:\n"
              "              - log: first\n"
              "              - return\n"
              "          - log: never\n"
              "      - repeat: 2\n"
              "        as: i\n"
              "        do:\n"
              "          - defer: {call: say, with: [10 + i]}\n"
              "          - defer: {log: i, value: i}\n"
              "      - let: x\n"
              "        be: 2\n"
              "      - log: body\n"
              "main:\n"
              "  - defer: {log: last}\n"
              "  - call: f\n"
              "  - log: main\n",
              "body; i 1; say 11; i 1; say 10; first; say 1; then 2; main; last");
}
END_TEST

START_TEST(local_objects_are_new_at_each_call)
{
    check_log("workload: t\n"
              "functions:\n"
              "  f:\n"
              "    params: [n]\n"
              "    objects:\n"
              "      c: {channel: n}\n"
              "    do:\n"
              "      - log: f\n"
              "        value: cap(c) * 10 + len(c)\n"
              "      - send: c\n"
              "main:\n"
              "  - call: f\n"
              "    with: [1]\n"
              "  - call: f\n"
              "    with: [2]\n",
              "f 10; f 20");
}
END_TEST

/* Go: the last started goroutine is in runnext, the one before was kicked to the tail. */
START_TEST(goroutines)
{
    check_log(ONE_P "objects: {all: waitgroup}\n"
                    "functions:\n"
                    "  f:\n"
                    "    params: [n]\n"
                    "    do:\n"
                    "      - log: f\n"
                    "        value: n\n"
                    "main:\n"
                    "  - repeat: 3\n"
                    "    as: i\n"
                    "    do:\n"
                    "      - go: f\n"
                    "        with: [i]\n"
                    "        in: all\n"
                    "  - wait: all\n"
                    "  - log: end\n",
              "f 2; f 0; f 1; end");
}
END_TEST

/* A closure copies the names in scope when it is started. */
START_TEST(closures)
{
    struct show s;

    show(&s, ONE_P "objects: {all: waitgroup}\n"
                   "main:\n"
                   "  - let: x\n"
                   "    be: 1\n"
                   "  - go:\n"
                   "    in: all\n"
                   "    do:\n"
                   "      - log: inner\n"
                   "        value: x\n"
                   "      - let: x\n"
                   "        be: 5\n"
                   "      - go:\n"
                   "        in: all\n"
                   "        do:\n"
                   "          - log: innermost\n"
                   "            value: x\n"
                   "  - let: x\n"
                   "    be: 2\n"
                   "  - wait: all\n"
                   "  - log: outer\n"
                   "    value: x\n");
    ck_assert_str_eq(s.log, "inner 1; innermost 5; outer 2");
    ck_assert_int_eq(show_count(&s, "UserLog", "\"inner\"", "main.main.func1:10]"), 1);
    ck_assert_int_eq(show_count(&s, "UserLog", "\"innermost\"", "main.main.func1.1:17]"), 1);
    show_end(&s);
}
END_TEST

/* Deferred steps of all functions run, then the program ends. */
START_TEST(panics_run_deferred_steps)
{
    struct show s;

    show(&s, "workload: t\n"
             "functions:\n"
             "  f:\n"
             "    params: [n]\n"
             "    do:\n"
             "      - defer: {log: f}\n"
             "      - task: work\n"
             "        do:\n"
             "          - log: in\n"
             "            value: 8 / n\n"
             "  g:\n"
             "    do:\n"
             "      - log: g\n"
             "main:\n"
             "  - defer:\n"
             "    do:\n"
             "      - call: g\n"
             "      - log: main\n"
             "  - call: f\n"
             "    with: [0]\n"
             "  - log: never\n");
    ck_assert_int_eq(s.end.end, END_PANIC);
    ck_assert_str_eq(s.panic, "division by zero in `8 / n` | f t.yaml:9");
    ck_assert_str_eq(s.log, "f; g; main");
    ck_assert_int_eq(show_count(&s, "UserTaskEnd", "", ""), 1);
    show_end(&s);
}
END_TEST

struct panic_case {
    const char *steps, *text;
};

/* Each is steps of a function with [n, d, c] = 0, 5ms, a channel; the first is on line 7. */
static const struct panic_case panics[] = {
    {"      - sleep: n\n", "n is a number where a duration is wanted | f t.yaml:7"},
    {"      - log: x\n        value: d % (d - d)\n", "division by zero in `d % (d - d)` | f t.yaml:7"},
    {"      - log: x\n        value: n + d\n",
     "the types of the values do not go together in `n + d` | f t.yaml:7"},
    {"      - log: x\n        value: 9223372036854775807 + n + 1\n",
     "the result is too large in `9223372036854775807 + n + 1` | f t.yaml:7"},
    {"      - log: x\n        value: 1 + c\n", "c is a channel: it cannot be computed with | f t.yaml:7"},
    {"      - log: x\n        value: n.elapsed\n", "n is a number: it has no 'elapsed' | f t.yaml:7"},
    {"      - if: n\n        do:\n          - yield\n", "n is a number where a truth is wanted | f t.yaml:7"},
    {"      - if: n and true\n        do:\n          - yield\n",
     "'and' needs a truth in `n and true` | f t.yaml:7"},
    {"      - lock: c\n", "c is a channel where a mutex is wanted | f t.yaml:7"},
    {"      - lock: c[2]\n", "c is a channel, not an array | f t.yaml:7"},
    {"      - unlock: locks[n + 2]\n", "index out of range [2] with length 2 | f t.yaml:7"},
    {"      - unlock: locks[n - 1]\n", "index out of range [-1] with length 2 | f t.yaml:7"},
    {"      - alloc: n * 1KiB - 1B\n", "makeslice: len out of range: n * 1KiB - 1B is -1 | f t.yaml:7"},
    {"      - alloc: 1GiB * (1000000 + n)\n",
     "makeslice: len out of range: 1 times 1073741824000000 B | f t.yaml:7"},
    {"      - cpu: d * (n - 1)\n", "cpu: a duration below 0: d * (n - 1) is -5000000 | f t.yaml:7"},
    {"      - repeat: 5000000000 + n\n        do:\n          - yield\n",
     "repeat: 5000000000 is too often | f t.yaml:7"},
    {"      - close: c\n      - close: c\n", "close of closed channel | f t.yaml:8"},
    {"      - close: c\n      - send: c\n", "send on closed channel | f t.yaml:8"},
    {"      - cancel: c\n", "c is a channel where a context is wanted | f t.yaml:7"},
};

START_TEST(panic_texts)
{
    struct strbuf text = STRBUF_INIT;

    /* c comes through a second call with another kind, so that its kind is known at run time only */
    strbuf_addf(&text,
                "workload: t\n"
                "objects: {locks: {mutex: 2}, chan: {channel: 2}}\n"
                "functions:\n"
                "  f:\n"
                "    params: [n, d, c]\n"
                "    do:\n"
                "%s"
                "main:\n"
                "  - call: f\n"
                "    with: [0, 5ms, chan]\n"
                "  - call: f\n"
                "    with: [5KiB, 1, 5us]\n"
                "  - call: f\n"
                "    with: [true, true, true]\n",
                panics[_i].steps);
    check_panic(text.text, panics[_i].text);
    strbuf_release(&text);
}
END_TEST

/* Steps, the first on line 3, and why x has no value. */
static const struct panic_case no_values[] = {
    {"  - select:\n"
     "      - recv: c\n"
     "        as: x\n"
     "      - default:\n"
     "  - sleep: x\n",
     "x has no value: the select at :3 took `default` | main.main t.yaml:7"},
    {"  - select:\n"
     "      - default:\n"
     "      - recv: c\n"
     "        do:\n"
     "          - let: x\n"
     "            be: 5ms\n"
     "  - sleep: x\n",
     "x has no value: the select at :3 took `default` | main.main t.yaml:9"},
    {"  - select:\n"
     "      - recv: c\n"
     "        as: x\n"
     "      - recv: c\n"
     "      - after: 5ms\n"
     "  - sleep: x\n",
     "x has no value: the select at :3 took another case | main.main t.yaml:8"},
    {"  - if: len(c) > 0\n"
     "    do:\n"
     "      - let: x\n"
     "        be: 5ms\n"
     "  - sleep: x\n",
     "x has no value: the if at :3 was false | main.main t.yaml:7"},
    {"  - if: len(c) == 0\n"
     "    do:\n"
     "      - yield\n"
     "    else:\n"
     "      - let: x\n"
     "        be: 5ms\n"
     "  - sleep: x\n",
     "x has no value: the if at :3 was true | main.main t.yaml:9"},
    {"  - while: len(c) > 0\n"
     "    do:\n"
     "      - let: x\n"
     "        be: 5ms\n"
     "  - sleep: x\n",
     "x has no value: the while at :3 ran no round | main.main t.yaml:7"},
    {"  - repeat: len(c)\n"
     "    do:\n"
     "      - let: x\n"
     "        be: 5ms\n"
     "  - sleep: x\n",
     "x has no value: the repeat at :3 ran no round | main.main t.yaml:7"},
    {"  - close: c\n"
     "  - recv: c\n"
     "    as: x\n"
     "  - sleep: x\n",
     "x has no value: the recv at :4 got no value | main.main t.yaml:6"},
    {"  - close: c\n"
     "  - range: c\n"
     "    do:\n"
     "      - let: x\n"
     "        be: 5ms\n"
     "  - sleep: x\n",
     "x has no value: the range at :4 got nothing | main.main t.yaml:8"},
    {"  - close: c\n"
     "  - recv: c\n"
     "    as: x\n"
     "    else:\n"
     "      - yield\n"
     "  - sleep: x\n",
     "x has no value: the recv at :4 got no value | main.main t.yaml:8"},
    {"  - trylock: mu\n"
     "    do:\n"
     "      - yield\n"
     "    else:\n"
     "      - let: x\n"
     "        be: 5ms\n"
     "  - sleep: x\n",
     "x has no value: the trylock at :3 succeeded | main.main t.yaml:9"},
    {"  - if: len(c) > 0\n"
     "    do:\n"
     "      - if: len(c) > 1\n"
     "        do:\n"
     "          - let: x\n"
     "            be: 5ms\n"
     "  - sleep: x\n",
     "x has no value: it is bound at :7, where this path did not come by | main.main t.yaml:9"},
    {"  - repeat: 2\n"
     "    do:\n"
     "      - sleep: x\n"
     "      - let: x\n"
     "        be: 5ms\n",
     "x has no value: it is bound below, at :6 | main.main t.yaml:5"},
    {"  - defer: {sleep: x}\n"
     "  - if: len(c) > 0\n"
     "    do:\n"
     "      - let: x\n"
     "        be: 5ms\n",
     "x has no value: the if at :4 was false | main.main t.yaml:3"},
};

START_TEST(names_without_a_value)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "workload: t\nmain:\n%sobjects: {c: {channel: 2}, mu: mutex}\n", no_values[_i].steps);
    check_panic(text.text, no_values[_i].text);
    strbuf_release(&text);
}
END_TEST

/* A closure copies what there is. */
START_TEST(no_value_in_a_closure)
{
    check_panic("workload: t\n"
                "main:\n"
                "  - if: procs > 1000\n"
                "    do:\n"
                "      - let: x\n"
                "        be: 5ms\n"
                "  - go:\n"
                "    do:\n"
                "      - sleep: x\n"
                "  - sleep: 1s\n",
                "x has no value: it had none when this closure was started | main.main.func1 t.yaml:9");
}
END_TEST

/* What is declared for all is made before main, which begins with the panic. */
START_TEST(sizes_of_objects)
{
    check_panic("workload: t\nobjects: {c: {channel: procs - 9}}\nmain:\n  - close: c\n",
                "makechan: size out of range: procs - 9 is -5 | main.main t.yaml:3");
    check_panic("workload: t\nobjects: {c: {channel: procs * 10000000}}\nmain:\n  - close: c\n",
                "makechan: size out of range: 40000000 | main.main t.yaml:3");
    check_panic("workload: t\n"
                "functions:\n"
                "  f:\n"
                "    params: [n]\n"
                "    objects: {mus: {mutex: n}}\n"
                "    do:\n"
                "      - lock: mus[0]\n"
                "main:\n"
                "  - call: f\n"
                "    with: [procs - 5]\n",
                "array length out of range: n is -1 | f t.yaml:3");
}
END_TEST

Suite *program_flow_suite(void)
{
    Suite *suite = suite_create("program/flow");
    TCase *tc = tcase_create("program_flow");

    tcase_add_test(tc, control);
    tcase_add_test(tc, names_of_blocks);
    tcase_add_test(tc, values);
    tcase_add_test(tc, calls);
    tcase_add_test(tc, deferred);
    tcase_add_test(tc, local_objects_are_new_at_each_call);
    tcase_add_test(tc, goroutines);
    tcase_add_test(tc, closures);
    tcase_add_test(tc, panics_run_deferred_steps);
    tcase_add_test(tc, recursion);
    tcase_add_test(tc, what_grows_without_end);
    tcase_add_test(tc, fatal_errors_run_no_deferred_steps);
    tcase_add_loop_test(tc, panic_texts, 0, ARRAY_LEN(panics));
    tcase_add_loop_test(tc, names_without_a_value, 0, ARRAY_LEN(no_values));
    tcase_add_test(tc, no_value_in_a_closure);
    tcase_add_test(tc, sizes_of_objects);
    suite_add_tcase(suite, tc);
    return suite;
}

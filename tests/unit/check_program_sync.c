/* runtime/program: locks, channels and select as steps, and whose request is taken in hand. */
#include <check.h>
#include <string.h>

#include "tests/unit/program_stage.h"

Suite *program_sync_suite(void);

#define ONE_P "workload: t\nruntime: {gomaxprocs: 1}\n"

static void check_log(const char *text, const char *expected)
{
    struct show s;

    show(&s, text);
    ck_assert_str_eq(s.end.text, "");
    ck_assert_str_eq(s.log, expected);
    show_end(&s);
}

START_TEST(mutexes)
{
    check_log(ONE_P "objects: {mu: mutex, mus: {mutex: 4}, all: waitgroup}\n"
                    "main:\n"
                    "  - lock: mu\n"
                    "  - go:\n"
                    "    in: all\n"
                    "    do:\n"
                    "      - log: wants\n"
                    "      - lock: mu\n"
                    "      - log: has\n"
                    "      - unlock: mu\n"
                    "  - yield\n"
                    "  - trylock: mu\n"
                    "    do:\n"
                    "      - log: never\n"
                    "    else:\n"
                    "      - log: busy\n"
                    "  - lock: mus[1 + 1]\n"
                    "  - trylock: mus[3]\n"
                    "    do:\n"
                    "      - log: free\n"
                    "  - trylock: mus[3]\n"
                    "  - unlock: mus[2]\n"
                    "  - unlock: mu\n"
                    "  - wait: all\n"
                    "  - log: end\n",
              "wants; busy; free; has; end");
}
END_TEST

START_TEST(rwmutexes)
{
    check_log(ONE_P "objects: {rw: rwmutex, all: waitgroup}\n"
                    "functions:\n"
                    "  read:\n"
                    "    params: [n]\n"
                    "    do:\n"
                    "      - rlock: rw\n"
                    "      - log: read\n"
                    "        value: n\n"
                    "      - runlock: rw\n"
                    "  write:\n"
                    "    do:\n"
                    "      - lock: rw\n"
                    "      - log: write\n"
                    "      - unlock: rw\n"
                    "main:\n"
                    "  - rlock: rw\n"
                    "  - go: write\n"
                    "    in: all\n"
                    "  - yield\n"
                    "  - go: read\n"
                    "    with: [1]\n"
                    "    in: all\n"
                    "  - yield\n"
                    "  - trylock: rw\n"
                    "    else:\n"
                    "      - log: busy\n"
                    "  - runlock: rw\n"
                    "  - wait: all\n",
              "busy; write; read 1");
}
END_TEST

START_TEST(semaphores_and_waitgroups)
{
    check_log(ONE_P "objects: {slots: {semaphore: procs + 2}, wg: waitgroup}\n"
                    "main:\n"
                    "  - acquire: slots\n"
                    "    count: 2\n"
                    "  - add: wg\n"
                    "    count: 2\n"
                    "  - repeat: 2\n"
                    "    as: i\n"
                    "    do:\n"
                    "      - go:\n"
                    "        do:\n"
                    "          - acquire: slots\n"
                    "            count: i + 1\n"
                    "          - log: has\n"
                    "            value: i + 1\n"
                    "          - release: slots\n"
                    "            count: i + 1\n"
                    "          - done: wg\n"
                    "  - yield\n"
                    "  - log: release\n"
                    "  - release: slots\n"
                    "    count: 2\n"
                    "  - wait: wg\n"
                    "  - log: end\n",
              /* who wants 2 comes first; strictly first come first served, so the 1 behind it waits too,
               * although there is one left. Both are let in at once; the last one readied runs first. */
              "release; has 1; has 2; end");
}
END_TEST

START_TEST(messages)
{
    check_log(ONE_P "objects: {c: {channel: 4}}\n"
                    "main:\n"
                    "  - send: c\n"
                    "  - send: c\n"
                    "    value: 5ms\n"
                    "  - send: c\n"
                    "    value: [1, 2KiB, c]\n"
                    "  - send: c\n"
                    "    value: [7]\n"
                    "  - recv: c\n"
                    "  - recv: c\n"
                    "    as: d\n"
                    "  - recv: c\n"
                    "    as: [n, size, again]\n"
                    "  - recv: again\n"
                    "    as: seven\n"
                    "  - log: got\n"
                    "    value: d * n * seven\n"
                    "  - send: again\n"
                    "    value: size\n"
                    "  - close: c\n"
                    "  - range: c\n"
                    "    as: x\n"
                    "    do:\n"
                    "      - log: range\n"
                    "        value: x\n"
                    "  - recv: c\n"
                    "    as: x\n"
                    "    else:\n"
                    "      - log: closed\n"
                    "  - recv: c\n",
              "got 35ms; range 2KiB; closed");
}
END_TEST

/* A declared channel in its own buffer is freed all the same (leak checkers watch). */
START_TEST(channel_in_itself)
{
    check_log("workload: t\n"
              "objects: {a: {channel: 2}, b: {channel: 1}}\n"
              "main:\n"
              "  - send: a\n"
              "    value: [1, a]\n"
              "  - send: a\n"
              "    value: b\n"
              "  - send: b\n"
              "    value: a\n",
              "");
}
END_TEST

/* A list that came as one value goes on as the same list. */
START_TEST(lists_as_one_value)
{
    check_log(ONE_P "objects: {c: {channel: 1}}\n"
                    "main:\n"
                    "  - send: c\n"
                    "    value: [1, 2]\n"
                    "  - recv: c\n"
                    "    as: both\n"
                    "  - send: c\n"
                    "    value: both\n"
                    "  - recv: c\n"
                    "    as: [a, _]\n"
                    "  - log: a\n"
                    "    value: a\n",
              "a 1");
}
END_TEST

START_TEST(wrong_messages)
{
    static const struct {
        const char *steps, *panic;
    } cases[] = {
        {"  - send: c\n    value: 1\n  - recv: c\n    as: [a, b]\n",
         "2 names for a message of 1 value | main.main t.yaml:6"},
        {"  - send: c\n    value: [1, 2, 3]\n  - recv: c\n    as: [a, b]\n",
         "2 names for a message of 3 values | main.main t.yaml:6"},
        {"  - send: c\n    value: [1, 2]\n  - recv: c\n    as: a\n  - send: c\n    value: [a, 3]\n",
         "a list cannot be part of a list | main.main t.yaml:8"},
        {"  - send: c\n    value: [1, 2]\n  - recv: c\n    as: a\n  - log: a\n    value: a + 1\n",
         "a is a list: it cannot be computed with | main.main t.yaml:8"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf text = STRBUF_INIT;
        struct show s;

        strbuf_addf(&text, "workload: t\nobjects: {c: {channel: 1}}\nmain:\n%s", cases[i].steps);
        show(&s, text.text);
        ck_assert_str_eq(s.panic, cases[i].panic);
        show_end(&s);
        strbuf_release(&text);
    }
}
END_TEST

START_TEST(selects)
{
    check_log(ONE_P "objects: {a: {channel: 1}, b: {channel: 0}}\n"
                    "main:\n"
                    "  - context: ctx\n"
                    "  - select:\n"
                    "      - recv: a\n"
                    "      - recv: b\n"
                    "      - default:\n"
                    "        do:\n"
                    "          - log: default\n"
                    "  - select:\n"
                    "      - send: a\n"
                    "        value: [1, 2]\n"
                    "        do:\n"
                    "          - log: sent\n"
                    "      - recv: b\n"
                    "  - select:\n"
                    "      - recv: b\n"
                    "      - recv: a\n"
                    "        as: [x, y]\n"
                    "        do:\n"
                    "          - log: got\n"
                    "            value: x + y\n"
                    "  - go:\n"
                    "    do:\n"
                    "      - sleep: 3ms\n"
                    "      - send: b\n"
                    "        value: 5\n"
                    "      - cancel: ctx\n"
                    "  - repeat: 3\n"
                    "    do:\n"
                    "      - select:\n"
                    "          - after: 2ms\n"
                    "            do:\n"
                    "              - log: after\n"
                    "          - recv: b\n"
                    "            as: x\n"
                    "            do:\n"
                    "              - log: b\n"
                    "                value: x\n"
                    "          - done: ctx\n"
                    "            do:\n"
                    "              - log: done\n"
                    "              - break\n"
                    "  - log: end\n",
              "default; sent; got 3; after; b 5; done; end");
}
END_TEST

START_TEST(deadlock)
{
    struct show s;

    show(&s, "workload: t\n"
             "objects: {c: {channel: 0}, mu: mutex}\n"
             "main:\n"
             "  - lock: mu\n"
             "  - go:\n"
             "    do:\n"
             "      - lock: mu\n"
             "  - recv: c\n");
    ck_assert_int_eq(s.end.end, END_DEADLOCK);
    ck_assert_str_eq(show_lines(&s, "stuck"), "1 chan-receive main.main t.yaml:8\n"
                                              "4 sync main.main.func1 t.yaml:7\n");
    show_end(&s);
}
END_TEST

/* What is waited on, only goroutines that wait can reach. */
/* Declared locks have numbers and names in the ledger; waits for them are told. */
START_TEST(objects_in_the_ledger)
{
    struct show s;

    show(&s, ONE_P "objects: {mu: mutex, c: {channel: 0}, mus: {rwmutex: 2}, slots: {semaphore: 1}}\n"
                   "main:\n"
                   "  - lock: mus[1]\n"
                   "  - go:\n"
                   "    do:\n"
                   "      - lock: mus[1]\n"
                   "  - sleep: 1ms\n");
    ck_assert_str_eq(show_lines(&s, "object"), "1 mu\n2 mus[0]\n3 mus[1]\n4 slots\n");
    ck_assert_ptr_nonnull(strstr(show_lines(&s, "wait"), " 3 "));
    show_end(&s);
}
END_TEST

START_TEST(races)
{
    struct show s;

    show(&s, "workload: t\n"
             "objects: {n: var, m: var, mu: mutex, all: waitgroup}\n"
             "main:\n"
             "  - repeat: 2\n"
             "    do:\n"
             "      - go:\n"
             "        in: all\n"
             "        do:\n"
             "          - write: m\n"
             "            atomic: true\n"
             "          - lock: mu\n"
             "          - unlock: mu\n"
             "          - cpu: 1ms\n"
             "          - write: n\n"
             "  - wait: all\n"
             "  - read: n\n");
    ck_assert_int_eq(strncmp(show_lines(&s, "race"), "1 n ", 4), 0);
    ck_assert_ptr_nonnull(strstr(show_lines(&s, "race"), "main.main.func1 t.yaml:14 | write "));
    ck_assert_ptr_null(strchr(strchr(show_lines(&s, "race"), '\n') + 1, '\n'));
    show_end(&s);
}
END_TEST

/* ---- the request in hand */

#define REQUESTS                                                                                             \
    ONE_P                                                                                                    \
    "world:\n"                                                                                               \
    "  machine: {cpus: 1}\n"                                                                                 \
    "  works: {item: 1ms}\n"                                                                                 \
    "  loads:\n"                                                                                             \
    "    api: {at: [10ms, 20ms], each: {n: 3}}\n"

/* A token, a number, a list without a request: no change. A request, or a list with one: taken. */
START_TEST(requests_are_taken_in_hand)
{
    struct show s;

    show(&s, REQUESTS "objects: {jobs: {channel: 4}}\n"
                      "functions:\n"
                      "  api:\n"
                      "    params: [ctx, r]\n"
                      "    objects: {answer: {channel: 1}}\n"
                      "    do:\n"
                      "      - send: jobs\n"
                      "      - send: jobs\n"
                      "        value: [1, 2]\n"
                      "      - send: jobs\n"
                      "        value: [answer, r]\n"
                      "      - recv: answer\n"
                      "      - reply: ok\n"
                      "        size: r.n * 1KiB\n"
                      "  worker:\n"
                      "    do:\n"
                      "      - repeat: forever\n"
                      "        do:\n"
                      "          - recv: jobs\n"
                      "          - recv: jobs\n"
                      "            as: [a, b]\n"
                      "          - cpu: item\n"
                      "          - recv: jobs\n"
                      "            as: [answer, job]\n"
                      "          - cpu: item\n"
                      "            part: 1/4\n"
                      "          - send: answer\n"
                      "main:\n"
                      "  - go: worker\n"
                      "  - serve: {api: api}\n");
    ck_assert_int_eq(s.end.end, END_RETURNED);
    /* before it took the first, the worker worked for nobody; then the first again, then the second */
    ck_assert_ptr_nonnull(strstr(show_lines(&s, "nobody"), "worker t.yaml:29\n"));
    const char *took = show_lines(&s, "took");

    ck_assert_ptr_nonnull(strstr(took, " 0 0 "));
    ck_assert_ptr_nonnull(strstr(took, " 0 1 "));
    ck_assert_int_eq(show_count(&s, "GoDestroy", "", ""), 3); /* two handlers, the acceptor */
    ck_assert_ptr_nonnull(strstr(show_lines(&s, "work"), "0 0 0 0+58198140 1+58198140 "));
    ck_assert_ptr_nonnull(strstr(show_lines(&s, "work"), "0 1 0 0+58198140 0+58198140 "));
    ck_assert_ptr_nonnull(strstr(show_lines(&s, "reply"), " ok 3072 0 "));
    show_end(&s);
}
END_TEST

/* `took` says who sent it and when; a request alone and by `range` too. */
START_TEST(took_tells_the_sender)
{
    struct show s;
    unsigned taker, load, index, sender;
    long long at, sent;

    show(&s, REQUESTS "objects: {jobs: {channel: 4}}\n"
                      "functions:\n"
                      "  api:\n"
                      "    params: [ctx, r]\n"
                      "    do:\n"
                      "      - send: jobs\n"
                      "        value: r\n"
                      "main:\n"
                      "  - go:\n"
                      "    do:\n"
                      "      - range: jobs\n"
                      "        as: r\n"
                      "        do:\n"
                      "          - sleep: 2ms\n"
                      "          - reply: ok\n"
                      "            to: r\n"
                      "  - serve: {api: api}\n");
    ck_assert_int_eq(s.end.end, END_RETURNED);
    ck_assert_int_eq(
        sscanf(show_lines(&s, "took"), "%u %u %u %lld %u %lld", &taker, &load, &index, &at, &sender, &sent),
        6);
    ck_assert_uint_ne(taker, sender);
    ck_assert_int_eq(sent / 1000000, 10);
    ck_assert_int_ge(at, sent);
    ck_assert_int_lt(at, sent + 10000);
    show_end(&s);
}
END_TEST

Suite *program_sync_suite(void)
{
    Suite *suite = suite_create("program/sync");
    TCase *tc = tcase_create("program_sync");

    tcase_add_test(tc, mutexes);
    tcase_add_test(tc, rwmutexes);
    tcase_add_test(tc, semaphores_and_waitgroups);
    tcase_add_test(tc, messages);
    tcase_add_test(tc, lists_as_one_value);
    tcase_add_test(tc, channel_in_itself);
    tcase_add_test(tc, wrong_messages);
    tcase_add_test(tc, selects);
    tcase_add_test(tc, deadlock);
    tcase_add_test(tc, objects_in_the_ledger);
    tcase_add_test(tc, races);
    tcase_add_test(tc, requests_are_taken_in_hand);
    tcase_add_test(tc, took_tells_the_sender);
    suite_add_tcase(suite, tc);
    return suite;
}

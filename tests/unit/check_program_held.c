/* runtime/held.h: what a program takes of this machine is counted, given back, and limited. */
#include <check.h>

#include "tests/unit/program_stage.h"

Suite *program_held_suite(void);

/* Each takes something of its own kind and leaves it in every way a run can end. */
static const char *const takers[] = {
    /* objects and arrays, in calls and in main; deferred steps; messages with lists, received and not */
    "workload: t\n"
    "objects: {all: waitgroup, c: {channel: 9}, locks: {mutex: 5}, done: {channel: 0}, p: pool}\n"
    "functions:\n"
    "  f:\n"
    "    params: [n]\n"
    "    objects: {m: mutex, rw: {rwmutex: 3}, s: {semaphore: 4}, own: {channel: 2}, v: var}\n"
    "    do:\n"
    "      - repeat: 20\n"
    "        do:\n"
    "          - defer: {unlock: m}\n"
    "          - defer: {lock: m}\n"
    "      - acquire: s\n"
    "        count: 3\n"
    "      - release: s\n"
    "        count: 3\n"
    "      - alloc: 4KiB\n"
    "        as: b\n"
    "      - put: p\n"
    "        value: b\n"
    "      - send: c\n"
    "        value: [n, own]\n"
    "      - if: n > 0\n"
    "        do:\n"
    "          - call: f\n"
    "            with: [n - 1]\n"
    "main:\n"
    "  - repeat: 3\n"
    "    do:\n"
    "      - go: f\n"
    "        with: [1]\n"
    "        in: all\n"
    "  - wait: all\n"
    "  - recv: c\n"
    "    as: [a, b]\n"
    "  - context: ctx\n"
    "  - select:\n"
    "      - recv: done\n"
    "      - done: ctx\n"
    "      - after: 1ms\n",
    /* goroutines that still wait at the end: in a select, in a send, asleep */
    "workload: t\n"
    "objects: {c: {channel: 0}, d: {channel: 0}}\n"
    "main:\n"
    "  - go:\n"
    "    do:\n"
    "      - select:\n"
    "          - recv: c\n"
    "          - send: d\n"
    "            value: [1, 2]\n"
    "          - after: 5s\n"
    "  - go:\n"
    "    do:\n"
    "      - send: c\n"
    "        value: [c, d]\n"
    "  - go:\n"
    "    do:\n"
    "      - sleep: 5s\n"
    "  - sleep: 1ms\n",
    /* a channel in its own buffer, and two in each other's, which nobody else knows any more */
    "workload: t\n"
    "functions:\n"
    "  f:\n"
    "    objects: {a: {channel: 2}, b: {channel: 2}}\n"
    "    do:\n"
    "      - send: a\n"
    "        value: a\n"
    "      - send: a\n"
    "        value: [b, b]\n"
    "      - send: b\n"
    "        value: a\n"
    "main:\n"
    "  - repeat: 3\n"
    "    do:\n"
    "      - call: f\n",
    /* Long chains, freed and looked through one after the other, not one within the other, and in no time: each
     * channel holds the one before it; */
    "workload: t\n"
    "objects: {box: {channel: 1}}\n"
    "functions:\n"
    "  f:\n"
    "    params: [before]\n"
    "    objects: {c: {channel: 1}}\n"
    "    do:\n"
    "      - send: c\n"
    "        value: before\n"
    "      - send: box\n"
    "        value: c\n"
    "main:\n"
    "  - send: box\n"
    "    value: 1\n"
    "  - repeat: 300000\n"
    "    do:\n"
    "      - recv: box\n"
    "        as: p\n"
    "      - call: f\n"
    "        with: [p]\n"
    "  - recv: box\n",
    /* each goroutine waits on a channel that the next one knows, and `box` has the last */
    "workload: t\n"
    "objects: {box: {channel: 1}}\n"
    "functions:\n"
    "  g:\n"
    "    params: [before, mine]\n"
    "    do:\n"
    "      - recv: mine\n"
    "  f:\n"
    "    params: [before]\n"
    "    objects: {c: {channel: 0}}\n"
    "    do:\n"
    "      - go: g\n"
    "        with: [before, c]\n"
    "      - send: box\n"
    "        value: c\n"
    "main:\n"
    "  - send: box\n"
    "    value: 1\n"
    "  - repeat: 100000\n"
    "    do:\n"
    "      - recv: box\n"
    "        as: p\n"
    "      - call: f\n"
    "        with: [p]\n",
};

START_TEST(all_that_was_taken_is_given_back)
{
    struct show s;

    show(&s, takers[_i]);
    ck_assert_str_eq(s.end.text, "");
    ck_assert_uint_eq(s.end.held, 0);
    ck_assert_str_eq(show_lines(&s, "leaked"), "");
    show_end(&s);
}
END_TEST

struct runaway {
    const char *text, *end;
};

#define STOPPED "more than 512 MiB of objects, messages and frames"

static const struct runaway runaways[] = {
    {"workload: t\nfunctions:\n  f:\n    objects: {c: {channel: 100000}}\n    do:\n      - call: f\n"
     "main:\n  - call: f\n",
     "runtime: out of memory: c, and " STOPPED},
    {"workload: t\nobjects: {a: {rwmutex: 16000000}}\nmain: []\n", "runtime: out of memory: a, and " STOPPED},
    {"workload: t\nfunctions:\n  f:\n    objects: {c: {channel: 1000}}\n    do:\n      - send: c\n"
     "        value: c\nmain:\n  - repeat: forever\n    do:\n      - call: f\n",
     "runtime: out of memory: c, and " STOPPED},
    {"workload: t\nobjects: {c: {channel: 3000000}}\nmain:\n  - repeat: forever\n    do:\n      - send: c\n"
     "        value: [c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c]\n",
     STOPPED},
    /* memory that is given back at once takes time all the same */
    {"workload: t\nfunctions:\n  f:\n    objects: {locks: {mutex: 1000000}}\n    do: []\n"
     "main:\n  - repeat: forever\n    do:\n      - call: f\n",
     "more than 20000000 steps"},
    {"workload: t\nobjects: {s: {semaphore: 65536}}\nmain:\n  - repeat: forever\n    do:\n"
     "      - acquire: s\n        count: 65536\n      - release: s\n        count: 65536\n",
     "more than 20000000 steps"},
};

START_TEST(runaways_are_stopped)
{
    struct show s;

    show(&s, runaways[_i].text);
    ck_assert_str_eq(s.end.text, runaways[_i].end);
    ck_assert_uint_eq(s.end.held, 0);
    show_end(&s);
}
END_TEST

Suite *program_held_suite(void)
{
    Suite *s = suite_create("program/held");
    TCase *tc = tcase_create("held");

    tcase_set_timeout(tc, 600); /* under sanitizers, on a busy machine */
    tcase_add_loop_test(tc, all_that_was_taken_is_given_back, 0, (int)(sizeof takers / sizeof takers[0]));
    tcase_add_loop_test(tc, runaways_are_stopped, 0, (int)(sizeof runaways / sizeof runaways[0]));
    suite_add_tcase(s, tc);
    return s;
}

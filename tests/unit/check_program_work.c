/* runtime/program: work, memory, pools, shared data, the outside, answers, serving. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/program_stage.h"

Suite *program_work_suite(void);

/* The field CPU of the first `reply` line in `lines`. */
static long long cpu_due(const char *lines)
{
    long long cpu = -1;

    ck_assert_int_eq(sscanf(lines, "%*d %*d %*d %*d %*s %*d %*d %lld", &cpu), 1);
    return cpu;
}

#define ONE_P "workload: t\nruntime: {gomaxprocs: 1}\n"

/* A loop without calls gives way to nobody when asynchronous preemption is off; else after a slice. */
static int64_t light_waits(const char *settings, const char *tight)
{
    struct strbuf text = STRBUF_INIT;
    struct show s;
    int64_t time;

    strbuf_addf(&text,
                "workload: t\nruntime: {gomaxprocs: 1%s}\n"
                "objects: {all: waitgroup}\n"
                "main:\n"
                "  - go:\n"
                "    in: all\n"
                "    do:\n"
                "      - log: light\n"
                "  - go:\n"
                "    in: all\n"
                "    do:\n"
                "      - cpu: 50ms\n"
                "%s"
                "  - wait: all\n",
                settings, tight);
    show(&s, text.text);
    ck_assert_int_eq(s.end.end, END_RETURNED);
    time = show_time(&s, "light");
    show_end(&s);
    strbuf_release(&text);
    return time;
}

START_TEST(tight_loops)
{
    const char *tight = "        tight: true\n";

    ck_assert_int_lt(light_waits("", ""), 21000000);
    ck_assert_int_lt(light_waits("", tight), 21000000);
    ck_assert_int_lt(light_waits(", async_preempt: off", ""), 21000000);
    ck_assert_int_ge(light_waits(", async_preempt: off", tight), 50000000);
}
END_TEST

START_TEST(time_passes)
{
    struct show s;

    show(&s, ONE_P "main:\n  - sleep: 5ms\n  - cpu: 3ms\n  - sleep: 1ms - 2ms\n  - sleep: 0ms\n");
    ck_assert_int_ge(s.end.time, 8000000);
    ck_assert_int_lt(s.end.time, 8100000);
    show_end(&s);
}
END_TEST

/* 43 MiB are allocated, of which 3 are kept, 1 has a name and the rest is garbage at once. */
START_TEST(memory)
{
    struct show s;
    long long peak, cycles;

    show(&s, ONE_P "world: {machine: {cpus: 1}}\n"
                   "objects: {keeper: var}\n"
                   "main:\n"
                   "  - alloc: 1MiB\n"
                   "    count: 3\n"
                   "    keep: keeper\n"
                   "    pointers: 50%\n"
                   "  - repeat: 20\n"
                   "    do:\n"
                   "      - alloc: 1MiB\n"
                   "        as: b\n"
                   "      - alloc: 1MiB\n"
                   "  - alloc: 0B\n"
                   "  - write: b\n"
                   "    size: 512KiB\n");
    ck_assert_int_eq(s.end.end, END_RETURNED);
    ck_assert_int_eq(sscanf(show_lines(&s, "peak"), "heap - %lld", &peak), 1);
    ck_assert_int_gt(peak, 4 << 20);
    ck_assert_int_lt(peak, 16 << 20);
    ck_assert_int_eq(sscanf(show_lines(&s, "total"), "gc-cycles %lld", &cycles), 1);
    ck_assert_int_ge(cycles, 4);
    ck_assert_int_eq(cycles, show_count(&s, "GCBegin", "", ""));
    show_end(&s);
}
END_TEST

START_TEST(buffers)
{
    struct show s;

    show(&s, ONE_P "objects: {p: pool}\n"
                   "functions:\n"
                   "  use:\n"
                   "    do:\n"
                   "      - get: p\n"
                   "        size: 4KiB\n"
                   "        as: mine\n"
                   "      - write: mine\n"
                   "      - put: p\n"
                   "        value: mine\n"
                   "main:\n"
                   "  - get: p\n"
                   "    size: 8KiB\n"
                   "    as: b\n"
                   "  - write: b\n"
                   "  - read: b\n"
                   "  - put: p\n"
                   "    value: b\n"
                   "  - call: use\n"
                   "  - read: b\n"
                   "  - put: p\n"
                   "    value: b\n");
    ck_assert_int_eq(s.end.end, END_RETURNED);
    const char *misuse = show_lines(&s, "misuse");

    ck_assert_ptr_nonnull(strstr(misuse, "use-after-put "));
    ck_assert_ptr_nonnull(strstr(misuse, " main.main t.yaml:22 | put 1 main.main t.yaml:19\n"));
    ck_assert_ptr_nonnull(strstr(misuse, "put-twice "));
    ck_assert_ptr_nonnull(strstr(misuse, " main.main t.yaml:23 | put 1 main.main t.yaml:19\n"));
    ck_assert_str_eq(show_lines(&s, "race"), "");
    show_end(&s);
}
END_TEST

START_TEST(buffers_have_bounds)
{
    struct show s;

    show(&s, ONE_P "main:\n  - alloc: 8KiB\n    as: b\n  - write: b\n    size: 9KiB\n");
    ck_assert_str_eq(s.panic, "slice bounds out of range [:9216] with capacity 8192 | main.main t.yaml:6");
    show_end(&s);
    show(&s, ONE_P "objects: {c: {channel: 1}, v: var}\n"
                   "main:\n"
                   "  - send: c\n"
                   "    value: v\n"
                   "  - recv: c\n"
                   "    as: x\n"
                   "  - write: x\n"
                   "    size: 9KiB\n");
    ck_assert_str_eq(s.panic, "x is a var: only a buffer has a size | main.main t.yaml:9");
    show_end(&s);
}
END_TEST

#define WORLD                                                                                                \
    "workload: t\n"                                                                                          \
    "world:\n"                                                                                               \
    "  machine: {cpus: 2}\n"                                                                                 \
    "  works: {item: 1ms}\n"                                                                                 \
    "  services: {db: {latency: 5ms}, bad: {latency: 5ms, fails: 100%}, bulk: {latency: 1ms, per_item: "     \
    "1ms}}\n"                                                                                                \
    "  disks: {log: {latency: 4ms}}\n"                                                                       \
    "  state: {prices: {key: key}}\n"                                                                        \
    "  loads:\n"                                                                                             \
    "    api: {at: [10ms], each: {key: 7..7, big: 30KiB..30KiB, id: id}}\n"

START_TEST(outside)
{
    struct show s;

    show(&s, WORLD "functions:\n"
                   "  api:\n"
                   "    params: [ctx, r]\n"
                   "    do:\n"
                   "      - net: db\n"
                   "        as: ok\n"
                   "        else:\n"
                   "          - log: never\n"
                   "      - log: db\n"
                   "        value: ok\n"
                   "      - net: bad\n"
                   "        as: ok\n"
                   "        else:\n"
                   "          - log: failed\n"
                   "            value: ok\n"
                   "      - net: bulk\n"
                   "        items: 3\n"
                   "      - context: ctx\n"
                   "      - go:\n"
                   "        do:\n"
                   "          - sleep: 1ms\n"
                   "          - cancel: ctx\n"
                   "      - net: db\n"
                   "        else:\n"
                   "          - log: cancelled\n"
                   "            value: ctx.done\n"
                   "      - syscall: log\n"
                   "        else:\n"
                   "          - log: never\n"
                   "      - log: took\n"
                   "        value: r.elapsed / 1ms\n"
                   "      - reply: refused\n"
                   "main:\n"
                   "  - serve: {api: api}\n"
                   "  - log: served\n");
    ck_assert_int_eq(s.end.end, END_RETURNED);
    ck_assert_str_eq(s.log, "db true; failed false; cancelled true; took 19; served");
    ck_assert_ptr_nonnull(strstr(show_lines(&s, "reply"), " refused 0 0 "));
    ck_assert_int_eq(show_count(&s, "GoBlock \"network\"", "", "Read:1 api:"), 4);
    ck_assert_int_eq(show_count(&s, "GoSyscallBegin", "", "Syscall:1 api:"), 1);
    show_end(&s);
}
END_TEST

/* Calls under way when the run ends watch their contexts still: nothing of them stays behind (a leak is the
 * sanitizers' to see). */
START_TEST(a_fatal_end_leaves_calls_under_way)
{
    struct show s;

    show(&s, WORLD "objects: {m: mutex}\n"
                   "functions:\n"
                   "  api:\n"
                   "    params: [ctx, r]\n"
                   "    do:\n"
                   "      - context: c\n"
                   "      - go:\n"
                   "        do:\n"
                   "          - sleep: 1ms\n"
                   "          - unlock: m\n"
                   "      - net: db\n"
                   "        ctx: c\n"
                   "      - reply: ok\n"
                   "main:\n"
                   "  - serve: {api: api}\n");
    ck_assert_int_eq(s.end.end, END_FATAL);
    ck_assert_str_ne(s.panic, "");
    show_end(&s);
}
END_TEST

/* To whom it may concern afterwards, a request took as long as its client waited. */
START_TEST(elapsed_stops_at_the_reply)
{
    struct show s;

    show(&s, "workload: t\n"
             "world: {loads: {a: {at: [0s]}, b: {at: [1s], timeout: 30ms}}}\n"
             "functions:\n"
             "  a:\n"
             "    params: [ctx, r]\n"
             "    do:\n"
             "      - sleep: 5ms\n"
             "      - reply: ok\n"
             "      - sleep: 50ms\n"
             "      - log: a\n"
             "        value: r.elapsed / 1ms\n"
             "  b:\n"
             "    params: [ctx, r]\n"
             "    do:\n"
             "      - sleep: 20ms\n"
             "      - log: b\n"
             "        value: r.elapsed / 1ms\n"
             "      - sleep: 50ms\n"
             "      - log: b\n"
             "        value: r.elapsed / 1ms\n"
             "main:\n"
             "  - serve: {a: a, b: b}\n");
    ck_assert_str_eq(s.log, "a 5; b 20; b 30");
    show_end(&s);
}
END_TEST

/* What its own request wrote counts, once. */
START_TEST(answers_from_buffers)
{
    struct show s;

    show(&s, WORLD "functions:\n"
                   "  api:\n"
                   "    params: [ctx, r]\n"
                   "    do:\n"
                   "      - alloc: r.big\n"
                   "        as: b\n"
                   "      - write: b\n"
                   "        size: 10KiB\n"
                   "      - reply: more\n"
                   "        size: 4KiB\n"
                   "        from: b\n"
                   "      - reply: more\n"
                   "        from: b\n"
                   "      - reply: more\n"
                   "        from: b\n"
                   "        size: 1KiB\n"
                   "      - reply: ok\n"
                   "        size: 1KiB\n"
                   "      - reply: ok\n"
                   "main:\n"
                   "  - alloc: 1KiB\n"
                   "  - serve: {api: api}\n");
    ck_assert_int_eq(s.end.end, END_RETURNED);
    ck_assert_ptr_nonnull(strstr(show_lines(&s, "reply"), " ok 12288 10240 "));
    ck_assert_ptr_nonnull(strstr(show_lines(&s, "misuse"), "double-reply "));
    show_end(&s);
}
END_TEST

START_TEST(reply_without_a_request)
{
    struct show s;

    show(&s, WORLD "main:\n  - reply: ok\n");
    ck_assert_str_eq(s.panic, "reply: this goroutine has no request in hand | main.main t.yaml:11");
    show_end(&s);
}
END_TEST

START_TEST(works_in_parts)
{
    struct show s;

    show(&s, WORLD "functions:\n"
                   "  api:\n"
                   "    params: [ctx, r]\n"
                   "    objects: {all: waitgroup}\n"
                   "    do:\n"
                   "      - repeat: 7\n"
                   "        do:\n"
                   "          - go: piece\n"
                   "            in: all\n"
                   "      - wait: all\n"
                   "      - write: prices\n"
                   "        shard: r.key % 4\n"
                   "      - log: id\n"
                   "        message: trace\n"
                   "        value: r.id\n"
                   "      - reply: ok\n"
                   "  piece:\n"
                   "    do:\n"
                   "      - cpu: item\n"
                   "        part: 1/7\n"
                   "main:\n"
                   "  - serve: {api: api}\n");
    ck_assert_int_eq(s.end.end, END_RETURNED);
    /* seven sevenths, each rounded up, before the reply; 1 ms of CPU in all, and a little for the steps */
    ck_assert_ptr_nonnull(strstr(show_lines(&s, "work"), "0 0 0 1 1 "));
    ck_assert_int_ge(cpu_due(show_lines(&s, "reply")), 1000000);
    ck_assert_int_le(cpu_due(show_lines(&s, "reply")), 1010000);
    ck_assert_int_eq(strncmp(s.log, "id trace ", 9), 0);
    ck_assert_uint_gt(strlen(s.log), 20);
    show_end(&s);
}
END_TEST

/* Attributes that only the other load's requests have. */
START_TEST(attributes_of_loads)
{
    struct show s;

    show(&s, "workload: t\n"
             "world:\n"
             "  loads:\n"
             "    a: {at: [1ms], each: {n: 3}}\n"
             "    b: {at: [2ms], each: {m: 3}}\n"
             "functions:\n"
             "  f:\n"
             "    params: [ctx, r]\n"
             "    do:\n"
             "      - log: n\n"
             "        value: r.n\n"
             "      - reply: ok\n"
             "main:\n"
             "  - serve: {a: f, b: f}\n");
    ck_assert_str_eq(s.log, "n 3");
    ck_assert_str_eq(s.panic, "r has no 'n': requests of its load have none | f t.yaml:10");
    show_end(&s);
}
END_TEST

Suite *program_work_suite(void)
{
    Suite *suite = suite_create("program/work");
    TCase *tc = tcase_create("program_work");

    tcase_add_test(tc, tight_loops);
    tcase_add_test(tc, time_passes);
    tcase_add_test(tc, memory);
    tcase_add_test(tc, buffers);
    tcase_add_test(tc, buffers_have_bounds);
    tcase_add_test(tc, outside);
    tcase_add_test(tc, a_fatal_end_leaves_calls_under_way);
    tcase_add_test(tc, elapsed_stops_at_the_reply);
    tcase_add_test(tc, answers_from_buffers);
    tcase_add_test(tc, reply_without_a_request);
    tcase_add_test(tc, works_in_parts);
    tcase_add_test(tc, attributes_of_loads);
    suite_add_tcase(suite, tc);
    return suite;
}

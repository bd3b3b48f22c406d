/* runtime/world on the virtual machine: serving, accounts, calls, answers. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "tests/unit/world_stage.h"

Suite *world_run_suite(void);

#define MS NS_PER_MS

/* A time that differs from `want` by what the runtime itself costs. */
static void check_about(int64_t got, int64_t want)
{
    if (got < want || got > want + 200 * NS_PER_US)
        ck_abort_msg("expected about %lld, got %lld", (long long)want, (long long)got);
}

/* ---- serving -------------------------------------------------------------------------------- */

START_TEST(requests_come_are_answered_and_serving_ends_after_a_quiet_time)
{
    static const struct stage_deed handle[] = {DO(REPLY, REPLY_OK, 2048, 48), {0}};
    struct world_stage *s = world_stage_new("world: {loads: {l: {at: [1ms, 3ms], each: {n: 5}}}}", 1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_int_eq(s->end, END_RETURNED);
    ck_assert_str_eq(world_stage_lines(s, "load"), "0 l 2\n");
    ck_assert_str_eq(world_stage_lines(s, "attr"), "0 0 n number\n");
    ck_assert_uint_eq(world_stage_count(s, "request"), 2);
    check_about(world_stage_number(s, "request", 1, 2), 3 * MS);
    ck_assert_int_eq(world_stage_number(s, "request", 1, 5), 5);
    check_about(world_stage_number(s, "reply", 1, 2), 3 * MS);
    ck_assert_ptr_nonnull(strstr(world_stage_lines(s, "reply"), " ok 2048 48 0 0\n"));
    check_about(s->time, 103 * MS);
    world_stage_free(s);
}
END_TEST

START_TEST(the_ledger_says_what_world_it_was)
{
    static const struct stage_deed handle[] = {DO(REPLY), {0}};
    struct world_stage *s =
        world_stage_new("params: {n: 5..5, d: 1500us, live: 2MiB}\n"
                        "world: {warmup: $d, state: {t: {heap: $live}}, works: {w: 1us},"
                        " services: {s: {latency: 1ms}, b: {latency: 1ms, per_item: 1us}},"
                        " disks: {j: {latency: 1ms, per_item: 1us}},"
                        " loads: {l: {at: [0s], each: {x: 30%, y: $d, z: 1B, id: id}}}}",
                        1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_str_eq(world_stage_lines(s, "param"), "n 5\nd 1500us\nlive 2MiB\n");
    ck_assert_str_eq(world_stage_lines(s, "warmup"), "1500000\n");
    ck_assert_str_eq(
        world_stage_lines(s, "item"),
        "0 cpu w\n1 net s\n2 net b\n3 net-items b\n4 syscall j\n5 syscall-items j\n6 read t\n7 write t\n");
    ck_assert_str_eq(world_stage_lines(s, "attr"), "0 0 x truth\n0 1 y duration\n0 2 z size\n0 3 id id\n");
    ck_assert_ptr_nonnull(strstr(world_stage_lines(s, "peak"), "heap - "));
    ck_assert_int_ge(world_stage_number(s, "peak", 2, 2), 2 << 20);
    world_stage_free(s);
}
END_TEST

START_TEST(two_runs_tell_the_same)
{
    static const struct stage_deed rest[] = {DO(NET), DO(WRITE), {0}};
    static const struct stage_deed handle[] = {
        DO(START, .script = rest), DO(CPU), DO(NET, 0, 3), DO(REPLY), {0}};
    static const char world[] = "world: {works: {w: 1ms..5ms}, services: {s: {latency: 1ms..9ms,"
                                " per_item: 1us..9us, at_once: 3, fails: 10%}}, state: {t: {}},"
                                " loads: {l: {rate: 300/s, requests: 60, timeout: 20ms}}}";
    struct world_stage *a = world_stage_new(world, 3), *b = world_stage_new(world, 3);

    a->handlers[0] = b->handlers[0] = handle;
    world_stage_run(a);
    world_stage_run(b);
    ck_assert_uint_gt(world_stage_count(a, "work"), 100);
    ck_assert_str_eq(a->ledger.text, b->ledger.text);
    world_stage_free(a);
    world_stage_free(b);
}
END_TEST

START_TEST(all_that_have_come_are_accepted_at_once)
{
    static const struct stage_deed handle[] = {DO(CPU), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {machine: {cpus: 1}, works: {w: 1ms},"
                                " loads: {l: {at: [1ms, 1ms, 1ms]}}}",
                                1);

    s->handlers[0] = handle;
    world_stage_run(s);
    for (size_t i = 0; i < 3; i++)
        check_about(world_stage_number(s, "request", i, 3), 1 * MS);
    check_about(world_stage_number(s, "reply", 2, 2), 4 * MS);
    world_stage_free(s);
}
END_TEST

/* Work for a request that is still being done holds the serving open; naps do not. */
START_TEST(serving_waits_for_work_that_is_under_way)
{
    static const struct stage_deed rest[] = {DO(NET), DO(REST, .n = 70 * MS), DO(WRITE), {0}};
    static const struct stage_deed handle[] = {DO(START, .script = rest), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {services: {s: {latency: 500ms}}, state: {t: {}},"
                                " loads: {l: {at: [0s]}}}",
                                1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_uint_eq(world_stage_count(s, "work"), 2);
    check_about(s->time, 670 * MS);
    world_stage_free(s);
}
END_TEST

START_TEST(a_handler_that_never_answers_does_not_stop_the_world)
{
    static const struct stage_deed handle[] = {DO(REST, .n = 5 * MS), {0}};
    struct world_stage *s = world_stage_new("world: {loads: {l: {at: [0s, 0s]}}}", 1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_int_eq(s->end, END_RETURNED);
    ck_assert_uint_eq(world_stage_count(s, "request"), 2);
    ck_assert_uint_eq(world_stage_count(s, "reply"), 0);
    check_about(s->time, 105 * MS);
    world_stage_free(s);
}
END_TEST

START_TEST(somebody_else_may_answer)
{
    static const struct stage_deed other[] = {DO(REST, .n = 5 * MS), DO(REPLY), {0}};
    static const struct stage_deed handle[] = {DO(START, .script = other), {0}};
    struct world_stage *s = world_stage_new("world: {loads: {l: {at: [0s]}}}", 1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_uint_eq(world_stage_count(s, "reply"), 1);
    ck_assert_int_ne(world_stage_number(s, "reply", 0, 3), world_stage_number(s, "request", 0, 4));
    world_stage_free(s);
}
END_TEST

START_TEST(a_client_gives_up)
{
    static const struct stage_deed handle[] = {DO(REST, .n = 20 * MS), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {loads: {l: {at: [1ms], timeout: 5ms}}}", 1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_str_eq(world_stage_lines(s, "reply"), "0 0 6000000 - given-up 0 0 0 0\n");
    ck_assert_str_eq(world_stage_lines(s, "misuse"), "");
    check_about(s->time, 121 * MS);
    world_stage_free(s);
}
END_TEST

/* The handler has gone and its request lies in a channel: the client's patience ends it. */
START_TEST(a_forgotten_request_is_given_up)
{
    static const struct stage_deed handle[] = {DO(SEND_REQUEST, 1), {0}};
    struct world_stage *s = world_stage_new("world: {loads: {l: {at: [1ms], timeout: 5ms}}}", 1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_int_eq(s->end, END_RETURNED);
    ck_assert_str_eq(world_stage_lines(s, "reply"), "0 0 6000000 - given-up 0 0 0 0\n");
    world_stage_free(s);
}
END_TEST

/* Patience does not keep a program alive that waits for nothing. */
START_TEST(a_deadlock_is_found_at_once)
{
    static const struct stage_deed handle[] = {DO(RECV, 0), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {loads: {l: {at: [1ms], timeout: 30s}}}", 1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_int_eq(s->end, END_DEADLOCK);
    ck_assert_int_lt(s->time, 10 * MS);
    ck_assert_uint_eq(world_stage_count(s, "request"), 1);
    world_stage_free(s);
}
END_TEST

/* The end of main is the end: what had come and was not accepted is told, with its attributes. */
START_TEST(requests_that_came_and_were_not_accepted_are_told)
{
    static const struct stage_deed serves[] = {DO(SERVE), {0}};
    static const struct stage_deed main[] = {DO(START, .script = serves), DO(REST, .n = MS), DO(CPU), {0}};
    static const struct stage_deed handle[] = {DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {machine: {cpus: 1}, works: {w: 5ms},"
                                " loads: {l: {at: [2ms, 9ms], each: {n: 7}}}}",
                                1);

    s->handlers[0] = handle;
    s->main = main;
    world_stage_run(s);
    ck_assert_str_eq(world_stage_lines(s, "load"), "0 l 2\n");
    ck_assert_str_eq(world_stage_lines(s, "request"), "0 0 2000000 - - 7\n");
    world_stage_free(s);
}
END_TEST

START_TEST(a_load_is_served_once)
{
    static const struct stage_deed twice[] = {DO(SERVE), DO(SERVE), {0}};
    static const struct stage_deed handle[] = {DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {loads: {l: {at: [0s]}}}", 1);

    s->handlers[0] = handle;
    s->main = twice;
    world_stage_run(s);
    ck_assert_int_eq(s->end, END_PANIC);
    ck_assert_str_eq(s->end_text, "serve: this load is being served already");
    world_stage_free(s);
}
END_TEST

/* Who serves late finds them waiting. */
START_TEST(arrivals_do_not_wait_for_the_program)
{
    static const struct stage_deed late[] = {DO(REST, .n = 50 * MS), DO(SERVE), {0}};
    static const struct stage_deed handle[] = {DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {loads: {l: {at: [10ms, 60ms], timeout: 1s}}}", 1);

    s->handlers[0] = handle;
    s->main = late;
    world_stage_run(s);
    ck_assert_int_eq(world_stage_number(s, "request", 0, 2), 10 * MS);
    check_about(world_stage_number(s, "request", 0, 3), 50 * MS);
    ck_assert_int_eq(world_stage_number(s, "request", 1, 2), 60 * MS);
    world_stage_free(s);
}
END_TEST

/* ---- closed loads --------------------------------------------------------------------------- */

START_TEST(clients_ask_again_after_thinking)
{
    static const struct stage_deed handle[] = {DO(REST, .n = 10 * MS), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {loads: {l: {clients: 2, think: 5ms, requests: 5}}}", 1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_uint_eq(world_stage_count(s, "reply"), 5);
    check_about(world_stage_number(s, "request", 0, 2), 5 * MS);
    /* the third of client 0 is number 4: 5 + 10 + 5 + 10 + 5 */
    ck_assert_int_eq(world_stage_number(s, "request", 4, 1), 4);
    check_about(world_stage_number(s, "request", 4, 2), 35 * MS);
    check_about(world_stage_number(s, "reply", 4, 2), 45 * MS);
    world_stage_free(s);
}
END_TEST

START_TEST(each_client_has_its_own_list)
{
    static const struct stage_deed slow[] = {DO(NET), DO(NET), DO(NET), DO(REPLY), {0}};
    static const struct stage_deed fast[] = {DO(REPLY), {0}};
    static const char world[] = "world: {services: {s: {latency: 1ms..9ms}},"
                                " loads: {l: {clients: 3, requests: 20, each: {n: 0..999999}}}}";
    int64_t drawn[20];
    struct world_stage *s = world_stage_new(world, 4);

    s->handlers[0] = slow;
    world_stage_run(s);
    for (size_t i = 0; i < 20; i++)
        drawn[world_stage_number(s, "request", i, 1)] = world_stage_number(s, "request", i, 5);
    world_stage_free(s);
    s = world_stage_new(world, 4);
    s->handlers[0] = fast;
    world_stage_run(s);
    for (size_t i = 0; i < 20; i++)
        ck_assert_int_eq(drawn[world_stage_number(s, "request", i, 1)], world_stage_number(s, "request", i, 5));
    world_stage_free(s);
}
END_TEST

/* ---- calls ---------------------------------------------------------------------------------- */

START_TEST(a_server_takes_so_many_at_once_and_the_others_in_order)
{
    static const struct stage_deed handle[] = {DO(NET), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {services: {s: {latency: 10ms, at_once: 2}},"
                                " loads: {l: {at: [0s, 1ms, 2ms, 3ms, 4ms]}}}",
                                1);

    s->handlers[0] = handle;
    world_stage_run(s);
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(world_stage_number(s, "reply", i, 1), (int64_t)i);
    check_about(world_stage_number(s, "reply", 0, 2), 10 * MS);
    check_about(world_stage_number(s, "reply", 1, 2), 11 * MS);
    check_about(world_stage_number(s, "reply", 2, 2), 20 * MS);
    check_about(world_stage_number(s, "reply", 3, 2), 21 * MS);
    check_about(world_stage_number(s, "reply", 4, 2), 30 * MS);
    /* what was due holds the time in the server's queue */
    check_about(world_stage_number(s, "reply", 4, 8) + 100 * NS_PER_US, 26 * MS);
    ck_assert_str_eq(world_stage_lines(s, "peak"), "in-flight s 5\nheap - 0\n");
    world_stage_free(s);
}
END_TEST

START_TEST(a_disk_queues_inside_the_system_call)
{
    static const struct stage_deed handle[] = {DO(SYSCALL), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {machine: {cpus: 1}, disks: {d: {latency: 3ms, at_once: 1}},"
                                " loads: {l: {at: [0s, 0s, 0s]}}}",
                                1);

    s->handlers[0] = handle;
    world_stage_run(s);
    check_about(world_stage_number(s, "reply", 0, 2), 3 * MS);
    check_about(world_stage_number(s, "reply", 1, 2), 6 * MS);
    check_about(world_stage_number(s, "reply", 2, 2), 9 * MS);
    ck_assert_int_eq(world_stage_number(s, "reply", 2, 8), 0);
    world_stage_free(s);
}
END_TEST

/* A call shorter than the way into the system. */
START_TEST(a_disk_may_be_very_fast)
{
    static const struct stage_deed handle[] = {DO(SYSCALL), DO(SYSCALL), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {disks: {d: {latency: 1ns}}, loads: {l: {at: [0s]}}}", 1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_int_eq(s->end, END_RETURNED);
    ck_assert_uint_eq(world_stage_count(s, "reply"), 1);
    world_stage_free(s);
}
END_TEST

START_TEST(items_cost_and_count)
{
    static const struct stage_deed handle[] = {DO(NET, .n = 50), DO(NET, .n = 0), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {services: {s: {latency: 1ms, per_item: 20us}},"
                                " loads: {l: {at: [0s]}}}",
                                1);

    s->handlers[0] = handle;
    world_stage_run(s);
    check_about(world_stage_number(s, "reply", 0, 2), 3 * MS);
    ck_assert_str_eq(world_stage_lines(s, "item"), "0 net s\n1 net-items s\n");
    ck_assert_int_eq(world_stage_number(s, "work", 0, 4), 2);
    ck_assert_int_eq(world_stage_number(s, "work", 1, 4), 50);
    world_stage_free(s);
}
END_TEST

START_TEST(a_call_that_fails_is_no_work)
{
    static const struct stage_deed handle[] = {DO(NET), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {services: {s: {latency: 1ms, fails: 100%}},"
                                " loads: {l: {at: [0s]}}}",
                                1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_ptr_nonnull(strstr(s->log.text, "failed at 1"));
    ck_assert_uint_eq(world_stage_count(s, "work"), 0);
    world_stage_free(s);
}
END_TEST

START_TEST(cancelling_ends_a_call_and_frees_its_place)
{
    static const struct stage_deed stop[] = {DO(REST, .n = 3 * MS), DO(CANCEL), {0}};
    static const struct stage_deed first[] = {
        DO(START, .script = stop), DO(NET_CTX), DO(NET_CTX), DO(REPLY), {0}};
    static const struct stage_deed second[] = {DO(NET), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {services: {s: {latency: 10ms, at_once: 1}},"
                                " loads: {a: {at: [0s]}, b: {at: [1ms]}}}",
                                1);

    s->handlers[0] = first;
    s->handlers[1] = second;
    world_stage_run(s);
    check_about(world_stage_number(s, "reply", 0, 2), 3 * MS);
    check_about(world_stage_number(s, "reply", 1, 2), 13 * MS);
    ck_assert_ptr_nonnull(strstr(s->log.text, "failed at 3"));
    ck_assert_ptr_nonnull(strstr(s->log.text, "; failed at 3"));
    world_stage_free(s);
}
END_TEST

START_TEST(a_call_that_waits_for_its_turn_can_be_cancelled)
{
    static const struct stage_deed stop[] = {DO(REST, .n = 3 * MS), DO(CANCEL), {0}};
    static const struct stage_deed quits[] = {DO(START, .script = stop), DO(NET_CTX), DO(REPLY), {0}};
    static const struct stage_deed stays[] = {DO(NET), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new("world: {services: {s: {latency: 10ms, at_once: 1}},"
                                " loads: {a: {at: [0s, 2ms]}, b: {at: [1ms]}}}",
                                1);

    s->handlers[0] = stays;
    s->handlers[1] = quits;
    world_stage_run(s);
    /* The cancelling goroutine sleeps, and epoll rounds what is left of a sleep up to a millisecond. */
    ck_assert_int_ge(world_stage_number(s, "reply", 0, 2), 4 * MS);
    ck_assert_int_le(world_stage_number(s, "reply", 0, 2), 5 * MS + MS / 5);
    check_about(world_stage_number(s, "reply", 1, 2), 10 * MS);
    check_about(world_stage_number(s, "reply", 2, 2), 20 * MS);
    world_stage_free(s);
}
END_TEST

/* ---- accounts ------------------------------------------------------------------------------- */

#define WORLD_OF_WORK                                                                                        \
    "world: {works: {w: 100us..900us}, services: {s: {latency: 1ms..2ms}, t: {latency: 3ms}},"               \
    " state: {p: {key: k}}, loads: {l: {at: [0s], each: {k: 3}}}}"
enum { ITEM_W, ITEM_S, ITEM_T, ITEM_P_READ, ITEM_P_WRITE };

static struct world_stage *run_one(const struct stage_deed *handle)
{
    struct world_stage *s = world_stage_new(WORLD_OF_WORK, 1);

    s->handlers[0] = handle;
    world_stage_run(s);
    ck_assert_int_eq(s->end, END_RETURNED);
    return s;
}

/* "item before/total after" of each item. */
static const char *account(struct world_stage *s)
{
    struct strbuf out = STRBUF_INIT;
    long long load, index, item, before, total, first, last;
    unsigned long long after;

    for (const char *line = world_stage_lines(s, "work"); *line; line = strchr(line, '\n') + 1) {
        ck_assert_int_eq(sscanf(line, "%lld %lld %lld %lld %lld %lld %lld %llx", &load, &index, &item,
                                &before, &total, &first, &last, &after),
                         8);
        ck_assert_int_le(first, last);
        strbuf_addf(&out, "%s%lld %lld/%lld %llx", out.len ? ", " : "", item, before, total, after);
    }
    strbuf_reset(&s->lines);
    strbuf_add(&s->lines, out.text);
    strbuf_release(&out);
    return s->lines.text;
}

static const struct stage_deed net_then_token[] = {DO(NET, ITEM_S - 1), DO(SEND, 1), {0}};
static const struct stage_deed just_net[] = {DO(NET, 0), {0}};

static const struct {
    const char *what;
    struct stage_deed handle[10];
    const char *account;
} accounts[] = {
    {"done before the answer", {DO(CPU), DO(NET), DO(READ), DO(REPLY)}, "0 1/1 0, 1 1/1 1, 3 1/1 3"},
    {"done after it", {DO(REPLY), DO(CPU), DO(NET)}, "0 0/1 0, 1 0/1 1"},
    {"some before, some after", {DO(CPU), DO(CPU), DO(REPLY), DO(CPU)}, "0 2/3 0"},
    {"fire and forget is not before, however early",
     {DO(START, .script = just_net), DO(REST, .n = 50 * MS), DO(REPLY)},
     "1 0/1 0"},
    {"waited for, it is", {DO(START, .script = net_then_token), DO(RECV, 1), DO(REPLY)}, "1 1/1 0"},
    {"in order: all of net before write", {DO(NET), DO(NET), DO(WRITE), DO(REPLY)}, "1 2/2 0, 4 1/1 2"},
    {"not all of net before write", {DO(NET), DO(WRITE), DO(NET), DO(REPLY)}, "1 2/2 0, 4 1/1 0"},
    {"at the same time: neither comes after the other",
     {DO(START, .script = net_then_token), DO(CPU), DO(RECV, 1), DO(REPLY)},
     "0 1/1 0, 1 1/1 0"},
    {"after a hand-over",
     {DO(START, .script = net_then_token), DO(RECV, 1), DO(WRITE), DO(REPLY)},
     "1 1/1 0, 4 1/1 2"},
    {"earlier in time alone is not before",
     {DO(START, .script = just_net), DO(REST, .n = 50 * MS), DO(WRITE), DO(REPLY)},
     "1 0/1 0, 4 1/1 0"},
};

START_TEST(work_is_accounted)
{
    struct world_stage *s = run_one(accounts[_i].handle);

    ck_assert_msg(strcmp(account(s), accounts[_i].account) == 0, "%s: expected %s, got %s", accounts[_i].what,
                  accounts[_i].account, account(s));
    world_stage_free(s);
}
END_TEST

/* Parts of one unit share a draw and add up to it. */
START_TEST(parts_add_up)
{
    static const struct stage_deed whole[] = {DO(CPU), DO(CPU), DO(REPLY), {0}};
    static const struct stage_deed thirds[] = {DO(CPU, 0, 1, 3),
                                               DO(CPU, 0, 1, 3),
                                               DO(CPU, 0, 1, 3),
                                               DO(CPU, 0, 2, 3),
                                               DO(CPU, 0, 1, 3),
                                               DO(REPLY),
                                               {0}};
    static const struct stage_deed across[] = {DO(CPU, 0, 1, 7), DO(CPU), DO(CPU, 0, 6, 7), DO(REPLY), {0}};
    const struct stage_deed *const ways[] = {whole, thirds, across};
    int64_t due[3];

    for (size_t i = 0; i < 3; i++) {
        struct world_stage *s = run_one(ways[i]);

        due[i] = world_stage_number(s, "reply", 0, 7);
        ck_assert_int_ge(world_stage_number(s, "work", 0, 4), 2);
        world_stage_free(s);
    }
    ck_assert_int_eq(due[0], due[1]);
    /* 1/7 was rounded up: the last part ends in the next unit. */
    ck_assert_int_le(due[0] - due[2], 1);
    ck_assert_int_ge(due[0] - due[2], -1);
    ck_assert_int_ge(due[0], 200 * NS_PER_US);
    ck_assert_int_le(due[0], 1800 * NS_PER_US);
}
END_TEST

START_TEST(half_done_is_half)
{
    static const struct stage_deed handle[] = {DO(CPU, 0, 1, 2), DO(REPLY), {0}};
    struct world_stage *s = run_one(handle);

    ck_assert_ptr_nonnull(strstr(world_stage_lines(s, "work"), "0 0 0 0+116396280 0+116396280 "));
    world_stage_free(s);
}
END_TEST

/* Another order of things, or things at the same time, meets the same luck. */
START_TEST(luck_does_not_depend_on_the_program)
{
    static const struct stage_deed calls[] = {DO(NET, 0), DO(SEND, 1), {0}};
    static const struct stage_deed one[] = {DO(CPU), DO(NET, 0), DO(NET, 0), DO(REPLY), {0}};
    static const struct stage_deed two[] = {
        DO(START, .script = calls), DO(NET, 1), DO(NET, 0), DO(RECV, 1), DO(CPU), DO(REPLY), {0}};
    static const char world[] =
        "world: {works: {w: 100us..900us}, services: {s: {latency: 1ms..90ms}, t: {latency: 3ms}},"
        " loads: {l: {rate: 3/s, requests: 40, arrivals: even}}}";
    struct world_stage *a = world_stage_new(world, 9), *b = world_stage_new(world, 9);
    int64_t due[40][2];

    a->handlers[0] = one;
    b->handlers[0] = two;
    world_stage_run(a);
    world_stage_run(b);
    for (size_t i = 0; i < 40; i++) {
        int64_t n = world_stage_number(a, "reply", i, 1);

        due[n][0] = world_stage_number(a, "reply", i, 7);
        due[n][1] = world_stage_number(a, "reply", i, 8);
    }
    for (size_t i = 0; i < 40; i++) {
        int64_t n = world_stage_number(b, "reply", i, 1);

        ck_assert_int_eq(world_stage_number(b, "reply", i, 7), due[n][0]);
        ck_assert_int_eq(world_stage_number(b, "reply", i, 8), due[n][1] + 3 * MS);
    }
    world_stage_free(a);
    world_stage_free(b);
}
END_TEST

/* A worker that takes requests works for them; one that is sent tokens works for nobody. */
START_TEST(whoever_takes_a_request_works_for_it)
{
    static const struct stage_deed worker[] = {DO(RECV_REQUEST, 0), DO(NET), DO(SEND, 1), {0}};
    static const struct stage_deed handle[] = {DO(SEND_REQUEST, 0), DO(RECV, 1), DO(REPLY), {0}};
    static const struct stage_deed main[] = {DO(START, .script = worker), DO(SERVE), {0}};
    struct world_stage *s = world_stage_new(WORLD_OF_WORK, 1);

    s->handlers[0] = handle;
    s->main = main;
    world_stage_run(s);
    ck_assert_str_eq(account(s), "1 1/1 0");
    ck_assert_uint_eq(world_stage_count(s, "took"), 1);
    ck_assert_int_eq(world_stage_number(s, "took", 0, 1), 0); /* load */
    ck_assert_int_eq(world_stage_number(s, "took", 0, 4), 1); /* from */
    ck_assert_int_eq(world_stage_number(s, "took", 0, 5), 5); /* sent */
    ck_assert_str_eq(world_stage_lines(s, "nobody"), "");
    world_stage_free(s);
}
END_TEST

START_TEST(a_token_carries_no_request)
{
    static const struct stage_deed worker[] = {DO(RECV, 0), DO(NET), DO(NET), DO(SEND, 1), {0}};
    static const struct stage_deed handle[] = {DO(SEND, 0), DO(RECV, 1), DO(REPLY), {0}};
    static const struct stage_deed main[] = {DO(START, .script = worker), DO(SERVE), {0}};
    struct world_stage *s = world_stage_new(WORLD_OF_WORK, 1);

    s->handlers[0] = handle;
    s->main = main;
    world_stage_run(s);
    ck_assert_str_eq(account(s), "");
    ck_assert_uint_eq(world_stage_count(s, "took"), 0);
    ck_assert_str_eq(world_stage_lines(s, "nobody"), "1 2 -\n");
    world_stage_free(s);
}
END_TEST

/* ---- answers -------------------------------------------------------------------------------- */

START_TEST(pieces_add_up)
{
    static const struct stage_deed handle[] = {
        DO(REPLY, REPLY_MORE, 100, 10), DO(REPLY, REPLY_MORE, 100, 10), DO(REPLY, REPLY_REFUSED, 5, 1), {0}};
    struct world_stage *s = run_one(handle);

    ck_assert_ptr_nonnull(strstr(world_stage_lines(s, "reply"), " refused 205 21 0 0 "));
    ck_assert_int_lt(world_stage_number(s, "reply", 0, 9), world_stage_number(s, "reply", 0, 2));
    world_stage_free(s);
}
END_TEST

struct piece_case {
    struct stage_deed handle[6];
    const char *account;
};

/* Two calls, and an answer of 8 bytes. */
static const struct piece_case piece_cases[] = {
    {{DO(NET), DO(NET), DO(REPLY, REPLY_MORE, 4), DO(REPLY, REPLY_OK, 4)}, "1 2/2 0"},
    {{DO(NET), DO(REPLY, REPLY_MORE, 4), DO(NET), DO(REPLY, REPLY_OK, 4)},
     "1 2/2 0"}, /* half of it for half */
    {{DO(NET), DO(REPLY, REPLY_MORE, 4), DO(REPLY, REPLY_MORE, 4), DO(NET), DO(REPLY, REPLY_OK, 0)},
     "1 1/2 0"},
    {{DO(REPLY, REPLY_MORE, 1), DO(NET), DO(NET), DO(REPLY, REPLY_OK, 7)}, "1 0/2 0"},
    {{DO(REPLY, REPLY_MORE, 0), DO(NET), DO(NET), DO(REPLY, REPLY_OK, 8)}, "1 2/2 0"},
    {{DO(NET), DO(NET), DO(REPLY, REPLY_MORE, 0), DO(REPLY, REPLY_OK, 0)}, "1 2/2 0"},
    {{DO(NET), DO(REPLY, REPLY_MORE, 8), DO(NET), DO(REPLY, REPLY_OK, 0)}, "1 1/2 0"},
};

START_TEST(each_piece_of_an_answer_has_its_part_of_the_work_before_it)
{
    struct world_stage *s = run_one(piece_cases[_i].handle);

    ck_assert_str_eq(account(s), piece_cases[_i].account);
    world_stage_free(s);
}
END_TEST

START_TEST(a_second_answer_is_a_misuse)
{
    static const struct stage_deed handle[] = {DO(REPLY, REPLY_OK, 5), DO(REPLY, REPLY_OK, 6), {0}};
    struct world_stage *s = run_one(handle);

    ck_assert_uint_eq(world_stage_count(s, "reply"), 1);
    ck_assert_ptr_nonnull(strstr(world_stage_lines(s, "misuse"), "double-reply "));
    world_stage_free(s);
}
END_TEST

START_TEST(an_answer_needs_a_request)
{
    static const struct stage_deed main[] = {DO(REPLY), {0}};
    struct world_stage *s = world_stage_new(WORLD_OF_WORK, 1);

    s->main = main;
    world_stage_run(s);
    ck_assert_int_eq(s->end, END_PANIC);
    ck_assert_str_eq(s->end_text, "reply: this goroutine has no request in hand");
    world_stage_free(s);
}
END_TEST

/* ---- shared state --------------------------------------------------------------------------- */

static const char two_keys[] = "world: {state: {p: {key: k}}, loads: {a: {at: [0s], each: {k: 3}},"
                               " b: {at: [0s], each: {k: 12}}}}";

static const struct {
    const char *what;
    uint32_t parts;
    enum deed_kind a, b;
    bool races;
} accesses[] = {
    {"a table is one thing", 0, WRITE, READ, true},
    {"readers do not mind each other", 0, READ, READ, false},
    {"keys of different parts", 4, WRITE_PART, READ_PART, false},
    {"keys of the same part", 9, WRITE_PART, READ_PART, true},
    {"a part and the whole", 4, WRITE_PART, READ, true},
    {"the whole and a part", 4, WRITE, READ_PART, true},
    {"not split after all", 0, WRITE_PART, WRITE_PART, true},
};

START_TEST(accesses_race)
{
    struct stage_deed a[] = {DO(accesses[_i].a), DO(REPLY), {0}}, b[] = {DO(accesses[_i].b), DO(REPLY), {0}};
    struct world_stage *s = world_stage_new(two_keys, 1);

    s->handlers[0] = a;
    s->handlers[1] = b;
    s->parts = accesses[_i].parts;
    world_stage_run(s);
    ck_assert_msg((world_stage_count(s, "race") > 0) == accesses[_i].races, "%s: %s", accesses[_i].what,
                  world_stage_lines(s, "race"));
    world_stage_free(s);
}
END_TEST

Suite *world_run_suite(void)
{
    Suite *s = suite_create("world/run");
    TCase *serving = tcase_create("serving"), *calls = tcase_create("calls");
    TCase *account_case = tcase_create("accounts");

    tcase_add_test(serving, requests_come_are_answered_and_serving_ends_after_a_quiet_time);
    tcase_add_test(serving, the_ledger_says_what_world_it_was);
    tcase_add_test(serving, two_runs_tell_the_same);
    tcase_add_test(serving, all_that_have_come_are_accepted_at_once);
    tcase_add_test(serving, serving_waits_for_work_that_is_under_way);
    tcase_add_test(serving, a_handler_that_never_answers_does_not_stop_the_world);
    tcase_add_test(serving, somebody_else_may_answer);
    tcase_add_test(serving, a_client_gives_up);
    tcase_add_test(serving, a_forgotten_request_is_given_up);
    tcase_add_test(serving, a_deadlock_is_found_at_once);
    tcase_add_test(serving, requests_that_came_and_were_not_accepted_are_told);
    tcase_add_test(serving, a_load_is_served_once);
    tcase_add_test(serving, arrivals_do_not_wait_for_the_program);
    tcase_add_test(serving, clients_ask_again_after_thinking);
    tcase_add_test(serving, each_client_has_its_own_list);
    suite_add_tcase(s, serving);
    tcase_add_test(calls, a_server_takes_so_many_at_once_and_the_others_in_order);
    tcase_add_test(calls, a_disk_queues_inside_the_system_call);
    tcase_add_test(calls, a_disk_may_be_very_fast);
    tcase_add_test(calls, items_cost_and_count);
    tcase_add_test(calls, a_call_that_fails_is_no_work);
    tcase_add_test(calls, cancelling_ends_a_call_and_frees_its_place);
    tcase_add_test(calls, a_call_that_waits_for_its_turn_can_be_cancelled);
    suite_add_tcase(s, calls);
    tcase_add_loop_test(account_case, work_is_accounted, 0, ARRAY_LEN(accounts));
    tcase_add_test(account_case, parts_add_up);
    tcase_add_test(account_case, half_done_is_half);
    tcase_add_test(account_case, luck_does_not_depend_on_the_program);
    tcase_add_test(account_case, whoever_takes_a_request_works_for_it);
    tcase_add_test(account_case, a_token_carries_no_request);
    tcase_add_test(account_case, pieces_add_up);
    tcase_add_loop_test(account_case, each_piece_of_an_answer_has_its_part_of_the_work_before_it, 0,
                        (int)(sizeof piece_cases / sizeof piece_cases[0]));
    tcase_add_test(account_case, a_second_answer_is_a_misuse);
    tcase_add_test(account_case, an_answer_needs_a_request);
    tcase_add_loop_test(account_case, accesses_race, 0, ARRAY_LEN(accesses));
    suite_add_tcase(s, account_case);
    return s;
}

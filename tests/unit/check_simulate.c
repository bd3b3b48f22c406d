/* A whole run: nobody who looks on changes it, and two may live in one process. */
#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "lab/schedule.h"

Suite *simulate_suite(void);

static const char *const all_labs[] = {"starvation", "lock-across-io", "gc-assist", "missing-ctx"};

struct loaded {
    struct home home;
    struct lab lab;
    struct workload workload;
};

static void load(struct loaded *l, const char *name)
{
    struct diags d = DIAGS_INIT;

    l->home.root = xstrdup(".");
    ck_assert(lab_open(&l->lab, &l->home, name, &d));
    ck_assert(workload_open(&l->workload, &l->lab, home_path(&l->home, "scenarios", name, "workload.yaml", NULL), &d));
    diags_release(&d);
}

static void unload(struct loaded *l)
{
    workload_close(&l->workload);
    lab_close(&l->lab);
    home_release(&l->home);
}

static struct simulated run(const struct loaded *l, bool trace, bool detect, bool adversarial,
                            void (*tick)(void *, int64_t), void *context)
{
    struct diags d = DIAGS_INIT;
    struct simulated end;
    struct simulation s = {
        .program = l->workload.program,
        .world = l->lab.world,
        .seed = 3,
        .schedule_seed = 3,
        .adversarial = adversarial,
        .trace = trace,
        .detect = detect,
        .tick = tick,
        .tick_context = context,
    };

    ck_assert(simulate(&s, &end, &d));
    diags_release(&d);
    return end;
}

static void check_same(const struct simulated *a, const struct simulated *b)
{
    ck_assert_int_eq(a->end, b->end);
    ck_assert_int_eq(a->time, b->time);
    ck_assert_uint_eq(a->counts.steps, b->counts.steps);
    ck_assert_uint_eq(a->counts.events, b->counts.events);
}

START_TEST(recording_and_detection_do_not_change_the_schedule)
{
    struct loaded l;

    load(&l, all_labs[_i / 2]);
    struct simulated plain = run(&l, false, false, _i % 2, NULL, NULL);
    struct simulated traced = run(&l, true, false, _i % 2, NULL, NULL);
    struct simulated both = run(&l, true, true, _i % 2, NULL, NULL);

    check_same(&plain, &traced);
    check_same(&plain, &both);
    ck_assert_uint_eq(traced.trace_events, both.trace_events);
    unload(&l);
}
END_TEST

/* Runs other simulations in the middle of one. */
struct intruder {
    struct loaded *lab;
    int runs;
};

static void intrude(void *context, int64_t now)
{
    struct intruder *i = context;

    (void)now;
    if (i->runs++ < 2)
        run(i->lab, true, true, i->runs & 1, NULL, NULL);
}

START_TEST(runs_in_one_process_do_not_know_of_each_other)
{
    struct loaded l, other;
    struct intruder intruder = {&other, 0};
    struct bytes alone = {0}, disturbed = {0};
    struct diags d = DIAGS_INIT;
    struct simulated end;

    load(&l, "gc-assist");
    load(&other, "lock-across-io");
    ck_assert(schedule_run(&l.lab, l.workload.program, (struct schedule){.seed = 3}, &alone, &end, &d));
    struct simulated quiet = run(&l, true, true, false, NULL, NULL);
    struct simulated busy = run(&l, true, true, false, intrude, &intruder);

    ck_assert_int_gt(intruder.runs, 0);
    check_same(&quiet, &busy);
    ck_assert_uint_eq(quiet.trace_bytes, busy.trace_bytes);
    ck_assert(schedule_run(&l.lab, l.workload.program, (struct schedule){.seed = 3}, &disturbed, &end, &d));
    ck_assert_uint_eq(alone.len, disturbed.len);
    ck_assert_mem_eq(alone.data, disturbed.data, alone.len);
    bytes_release(&alone);
    bytes_release(&disturbed);
    unload(&l);
    unload(&other);
}
END_TEST

Suite *simulate_suite(void)
{
    Suite *s = suite_create("simulate");
    TCase *t = tcase_create("runs");

    tcase_add_loop_test(t, recording_and_detection_do_not_change_the_schedule, 0, 2 * ARRAY_LEN(all_labs));
    tcase_add_test(t, runs_in_one_process_do_not_know_of_each_other);
    suite_add_tcase(s, t);
    return s;
}

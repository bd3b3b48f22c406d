/* The tracer, driven by hand: what it writes, word for word, and whether readers accept it. With
 * TRACELAB_KEEP_TRACES=DIR in the environment the traces stay there, for other readers. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "format/varint.h"
#include "grader/reader/reader.h"
#include "runtime/sched/move.h"
#include "tests/unit/trace_chaos.h"
#include "tests/unit/trace_stage.h"
#include "tests/unit/wire_text.h"

Suite *trace_write_suite(void);

/* ---- what was written */

static void check_trace(const struct stage *s, const char *want)
{
    struct strbuf text = STRBUF_INIT;

    wire_text(&text, s->out.text, s->out.len);
    ck_assert_str_eq(text.text, want);
    strbuf_release(&text);
}

/* The events of one M, or, for NULL, of no thread, in one generation. */
static void check_events(const struct stage *s, uint64_t generation, const struct m *m,
                         const char *want)
{
    struct strbuf text = STRBUF_INIT;

    wire_text_of(&text, s->out.text, s->out.len, generation, m ? m->id + 1 : 0);
    ck_assert_str_eq(text.text, want);
    strbuf_release(&text);
}

static bool has_line(const struct stage *s, const char *line)
{
    struct strbuf text = STRBUF_INIT;
    bool found;

    wire_text(&text, s->out.text, s->out.len);
    found = strstr(text.text, line) != NULL;
    strbuf_release(&text);
    return found;
}

/* ---- what the grader's reader makes of it */

struct reading {
    bool complete; /* else: */
    struct trace_error err;
    int generations, events, pages;
};

static struct reading read_all(const void *trace, size_t n)
{
    struct reading got = {0};
    struct trace_options options = {.strict = true};
    struct trace_reader *r = trace_open_memory(trace, n, options, &got.err);
    enum trace_result result = TRACE_ERROR;
    struct trace_event e;

    while (r && (result = trace_next(r, &e, &got.err)) == TRACE_EVENT) {
        got.events++;
        got.generations += e.kind == TRACE_SYNC;
        got.pages += e.kind == TRACE_LEDGER_PAGE;
    }
    trace_close(r);
    got.complete = result == TRACE_END;
    if (got.complete)
        got.generations--; /* the last Sync is the end */
    return got;
}

static void check_good(const void *trace, size_t n, int generations)
{
    struct reading got = read_all(trace, n);

    ck_assert_msg(got.complete, "offset %llu: %s\n%s", (unsigned long long)got.err.offset,
                  got.err.message, got.err.notes);
    ck_assert_int_eq(got.generations, generations);
}

static void keep(const char *name, const void *trace, size_t n)
{
    const char *folder = getenv("TRACELAB_KEEP_TRACES");
    char path[1000];

    if (!folder)
        return;
    snprintf(path, sizeof(path), "%s/%s.trace", folder, name);

    FILE *f = fopen(path, "wb");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(trace, 1, n, f), n);
    ck_assert_int_eq(fclose(f), 0);
}

/* The whole trace is good, and each of its generations is alone. */
static void check_accepted(const struct stage *s, const char *name, int generations)
{
    check_good(s->out.text, s->out.len, generations);
    keep(name, s->out.text, s->out.len);
    for (int i = 1; i <= generations; i++) {
        struct strbuf alone = STRBUF_INIT;
        char alone_name[100];

        wire_cut_out(&alone, s->out.text, s->out.len, (uint64_t)i);
        check_good(alone.text, alone.len, 1);
        snprintf(alone_name, sizeof(alone_name), "%s-%d", name, i);
        keep(alone_name, alone.text, alone.len);
        strbuf_release(&alone);
    }
}

static void check_truncated(const struct stage *s, size_t n)
{
    struct reading got = read_all(s->out.text, n);

    ck_assert_msg(!got.complete, "the first %d of %d bytes read well", (int)n, (int)s->out.len);
    ck_assert_msg(got.err.fault == TRACE_TRUNCATED, "the first %d bytes: %s", (int)n,
                  got.err.message);
}

/* ---- one generation */

static void ping(struct stage *s)
{
    struct m *m = s->m;
    struct g *g = s->g;

    stage_boot(s);
    stage_wait(s, 100);
    s->at[1].pc = 3;
    stage_born(&m[0], &g[2], (struct site){0, 10});
    stage_wait(s, 50);
    stage_hold(&m[1], &s->p[1]);
    stage_run(&m[1], &g[2]);
    stage_wait(s, 20);
    s->at[1].pc = 5;
    stage_park(&m[0], BLOCK_CHAN_RECEIVE, LEAF_CHAN_RECV);
    stage_let_go(&m[0]);
    stage_wait(s, 30);
    s->at[2].pc = 12;
    stage_ready(&m[1], &g[1], LEAF_CHAN_SEND);
    stage_exit(&m[1]);
    stage_run(&m[1], &g[1]);
}

START_TEST(a_whole_trace)
{
    struct stage *s = stage_new();

    trace_start(&s->rt);
    ping(s);
    trace_stop(&s->rt);
    stage_exit(&s->m[1]); /* not recorded any more */
    check_trace(s, "gen 1 thread - strings\n"
                   "gen 1 thread 1\n"
                   "  2 ProcStatus 0 2\n"
                   "  3 ProcStart 0 1\n"
                   "  4 GoCreate 1 [main.main:1] -\n"
                   "  5 GoStart 1 1\n"
                   "  6 ProcsChange 3 -\n"
                   "  100 GoCreate 2 [worker:10] [main.main:3]\n"
                   "  170 GoBlock \"chan receive\" [runtime.chanrecv1:1 main.main:5]\n"
                   "  171 ProcStop\n"
                   "gen 1 thread 2\n"
                   "  150 ProcStatus 1 2\n"
                   "  151 ProcStart 1 1\n"
                   "  152 GoStart 2 1\n"
                   "  200 GoUnblock 1 2 [runtime.chansend1:1 worker:12]\n"
                   "  201 GoDestroy\n"
                   "  202 GoStart 1 3\n"
                   "gen 1 thread -\n"
                   "  2 ProcStatus 2 2\n"
                   "gen 1 thread - stacks\n"
                   "gen 1 thread - strings\n"
                   "gen 1 thread - frequency 1000000000\n");
    check_accepted(s, "ping", 1);
    ck_assert_uint_eq(trace_events(&s->rt), 15);
    ck_assert_uint_eq(trace_bytes(&s->rt), s->out.len);
    stage_free(s);
}
END_TEST

START_TEST(the_other_events)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    stage_wait(s, 1000);
    s->at[1].pc = 2;
    trace_label(m, GC_LABEL_DEDICATED);
    trace_stw_begin(m, STW_GC_SWEEP_TERM, LEAF_GC_START);
    trace_gc_begin(m, LEAF_GC_START);
    trace_heap_goal(m, 4 << 20);
    trace_stw_end(m);
    trace_assist_begin(m);
    trace_assist_end(m);
    trace_gc_end(m);
    trace_sweep_begin(m);
    trace_sweep_end(m, 8192, 100);
    trace_heap(m, 123456);
    stage_wait(s, 1000);
    trace_task_begin(m, 1, 0, "request");
    trace_region_begin(m, 1, "look up");
    trace_log(m, 1, "cache", "miss");
    trace_log(m, 0, "", "");
    trace_region_end(m, 1, "look up");
    trace_task_end(m, 1);
    stage_yield(m, STOP_GOSCHED, LEAF_GOSCHED);
    trace_stop(&s->rt);
    check_events(s, 1, m,
                 "  2 ProcStatus 0 2\n"
                 "  3 ProcStart 0 1\n"
                 "  4 GoCreate 1 [main.main:1] -\n"
                 "  5 GoStart 1 1\n"
                 "  6 ProcsChange 3 -\n"
                 "  1000 GoLabel \"GC (dedicated)\"\n"
                 "  1001 STWBegin \"GC sweep termination\" [runtime.gcStart:1 main.main:2]\n"
                 "  1002 GCBegin 1 [runtime.gcStart:1 main.main:2]\n"
                 "  1003 HeapGoal 4194304\n"
                 "  1004 STWEnd\n"
                 "  1005 GCMarkAssistBegin [runtime.gcAssistAlloc:1 main.main:2]\n"
                 "  1006 GCMarkAssistEnd\n"
                 "  1007 GCEnd 2\n"
                 "  1008 GCSweepBegin [runtime.(*mcentral).cacheSpan:1 main.main:2]\n"
                 "  1009 GCSweepEnd 8192 100\n"
                 "  1010 HeapAlloc 123456\n"
                 "  2000 UserTaskBegin 1 0 \"request\" [runtime/trace.NewTask:1 main.main:2]\n"
                 "  2001 UserRegionBegin 1 \"look up\" [runtime/trace.StartRegion:1 main.main:2]\n"
                 "  2002 UserLog 1 \"cache\" \"miss\" [runtime/trace.Log:1 main.main:2]\n"
                 "  2003 UserLog 0 \"\" \"\" [runtime/trace.Log:1 main.main:2]\n"
                 "  2004 UserRegionEnd 1 \"look up\" [runtime/trace.(*Region).End:1 main.main:2]\n"
                 "  2005 UserTaskEnd 1 [runtime/trace.(*Task).End:1 main.main:2]\n"
                 "  2006 GoStop \"runtime.Gosched\" [runtime.Gosched:1 main.main:2]\n");
    check_accepted(s, "others", 1);
    stage_free(s);
}
END_TEST

START_TEST(system_calls)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    stage_wait(s, 1000);
    stage_call(&m[0]);
    stage_return_kept(&m[0]);
    stage_wait(s, 1000);
    stage_call(&m[0]);
    stage_retake(&m[4], &s->p[0]);
    stage_wait(s, 1000);
    stage_hold(&m[0], &s->p[1]);
    stage_return_lost(&m[0]);
    stage_run(&m[0], &s->g[1]);
    stage_wait(s, 1000);
    stage_call(&m[0]);
    stage_retake(&m[0], &s->p[1]); /* the world is being stopped: m0 gives its P away itself */
    stage_return_lost(&m[0]);
    trace_stop(&s->rt);
    check_events(s, 1, &m[0],
                 "  2 ProcStatus 0 2\n"
                 "  3 ProcStart 0 1\n"
                 "  4 GoCreate 1 [main.main:1] -\n"
                 "  5 GoStart 1 1\n"
                 "  6 ProcsChange 3 -\n"
                 "  1000 GoSyscallBegin 2 [syscall.Syscall:1 main.main:1]\n"
                 "  1001 GoSyscallEnd\n"
                 "  2000 GoSyscallBegin 3 [syscall.Syscall:1 main.main:1]\n"
                 "  3000 ProcStatus 1 2\n"
                 "  3001 ProcStart 1 1\n"
                 "  3002 GoSyscallEndBlocked\n"
                 "  3003 GoStart 1 2\n"
                 "  4000 GoSyscallBegin 2 [syscall.Syscall:1 main.main:1]\n"
                 "  4001 ProcSteal 1 3 1\n"
                 "  4002 GoSyscallEndBlocked\n");
    check_events(s, 1, &m[4], "  2000 ProcSteal 0 4 1\n");
    check_accepted(s, "calls", 1);
    stage_free(s);
}
END_TEST

/* Its P was retaken, and is now in the call of the M that got it. */
START_TEST(a_call_takes_its_p_out_of_anothers)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    stage_born(&m[0], &s->g[2], (struct site){0, 2});
    stage_wait(s, 1000);
    stage_call(&m[0]);
    stage_retake(&m[4], &s->p[0]);
    stage_wait(s, 1000);
    stage_hold(&m[1], &s->p[0]);
    stage_run(&m[1], &s->g[2]);
    stage_call(&m[1]);
    stage_wait(s, 1000);
    p_move(&m[0], &s->p[0], P_SYSCALL, P_RUNNING);
    stage_return_lost(&m[0]);
    stage_run(&m[0], &s->g[1]);
    stage_wait(s, 1000);
    stage_hold(&m[1], &s->p[1]);
    stage_return_lost(&m[1]);
    trace_stop(&s->rt);
    check_events(s, 1, &m[0],
                 "  2 ProcStatus 0 2\n"
                 "  3 ProcStart 0 1\n"
                 "  4 GoCreate 1 [main.main:1] -\n"
                 "  5 GoStart 1 1\n"
                 "  6 ProcsChange 3 -\n"
                 "  7 GoCreate 2 [main.main:2] [main.main:1]\n"
                 "  1000 GoSyscallBegin 2 [syscall.Syscall:1 main.main:1]\n"
                 "  3000 ProcSteal 0 6 2\n"
                 "  3001 ProcStart 0 7\n"
                 "  3002 GoSyscallEndBlocked\n"
                 "  3003 GoStart 1 2\n");
    check_accepted(s, "calls", 1);
    stage_free(s);
}
END_TEST

START_TEST(timers_and_native_goroutines)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    stage_wait(s, 1000);
    stage_park(m, BLOCK_SLEEP, LEAF_SLEEP);
    stage_born_native(m, &s->g[2]); /* by a P that runs no goroutine */
    stage_run(m, &s->g[2]);
    stage_park(m, BLOCK_GC_SWEEP, LEAF_BG_SWEEP);
    stage_wait(s, 1000);
    stage_ready(&s->m[4], &s->g[1], LEAF_NONE);
    stage_ready(m, &s->g[2], LEAF_NONE);
    trace_stop(&s->rt);
    check_events(s, 1, m,
                 "  2 ProcStatus 0 2\n"
                 "  3 ProcStart 0 1\n"
                 "  4 GoCreate 1 [main.main:1] -\n"
                 "  5 GoStart 1 1\n"
                 "  6 ProcsChange 3 -\n"
                 "  1000 GoBlock \"sleep\" [time.Sleep:1 main.main:1]\n"
                 "  1001 GoCreate 2 [runtime.bgsweep:1] -\n"
                 "  1002 GoStart 2 1\n"
                 "  1003 GoBlock \"GC background sweeper wait\" [runtime.bgsweep:1]\n"
                 "  2000 GoUnblock 2 2 -\n");
    check_events(s, 1, &s->m[4], "  2000 GoUnblock 1 2 -\n");
    check_accepted(s, "timers", 1);
    stage_free(s);
}
END_TEST

/* ---- across generations */

/* Leaves, in this order: 1 running on m0, 2 runnable, 3 waiting, 4 in a call with its P on m1, 5 in
 * a call that lost its P on m2, which is idle now. */
static void every_state(struct stage *s)
{
    struct m *m = s->m;
    struct g *g = s->g;

    stage_boot(s);
    for (int i = 2; i <= 5; i++)
        stage_born(&m[0], &g[i], (struct site){0, 10});
    stage_hold(&m[1], &s->p[1]);
    stage_run(&m[1], &g[3]);
    stage_park(&m[1], BLOCK_SYNC, LEAF_MUTEX_LOCK);
    stage_run(&m[1], &g[4]);
    stage_hold(&m[2], &s->p[2]);
    stage_run(&m[2], &g[5]);
    stage_wait(s, 1000);
    stage_call(&m[1]);
    stage_call(&m[2]);
    stage_retake(&m[4], &s->p[2]);
}

START_TEST(untouched_states_are_stated_again)
{
    struct stage *s = stage_new();

    trace_start(&s->rt);
    every_state(s);
    stage_wait(s, STAGE_PERIOD);
    stage_wait(s, 7);
    trace_stop(&s->rt);
    check_events(s, 2, &s->m[0], "  1001001 ProcStatus 0 1\n"
                                 "  1001002 GoStatus 1 1 2\n"
                                 "  1001003 ProcsChange 3 -\n");
    check_events(s, 2, &s->m[1], "  1001001 ProcStatus 1 3\n"
                                 "  1001002 GoStatus 4 2 3\n");
    check_events(s, 2, NULL, "  1001001 ProcStatus 2 2\n"
                             "  1001002 GoStatus 2 - 1\n"
                             "  1001003 GoStatus 3 - 4\n"
                             "  1001004 GoStatus 5 3 3\n");
    check_accepted(s, "untouched", 2);
    stage_free(s);
}
END_TEST

START_TEST(statuses_come_before_the_first_event)
{
    struct stage *s = stage_new();
    struct m *m = s->m;
    struct g *g = s->g;

    trace_start(&s->rt);
    every_state(s);
    stage_wait(s, STAGE_PERIOD);
    stage_wait(s, 100);
    stage_ready(&m[0], &g[3], LEAF_MUTEX_UNLOCK);
    stage_park(&m[0], BLOCK_FOREVER, LEAF_SELECT);
    stage_run(&m[0], &g[2]);
    stage_wait(s, 100);
    stage_return_kept(&m[1]);
    stage_yield(&m[1], STOP_PREEMPTED, LEAF_ASYNC_PREEMPT);
    stage_let_go(&m[1]);
    stage_wait(s, 100);
    stage_hold(&m[2], &s->p[2]);
    stage_return_lost(&m[2]);
    stage_run(&m[2], &g[3]);
    trace_stop(&s->rt);
    check_events(s, 2, &m[0],
                 "  1001001 ProcStatus 0 1\n"
                 "  1001002 GoStatus 1 1 2\n"
                 "  1001003 ProcsChange 3 -\n"
                 "  1001100 GoStatus 3 - 4\n"
                 "  1001101 GoUnblock 3 1 [sync.(*Mutex).Unlock:1 main.main:1]\n"
                 "  1001102 GoBlock \"forever\" [runtime.selectgo:1 main.main:1]\n"
                 "  1001103 GoStatus 2 - 1\n"
                 "  1001104 GoStart 2 1\n");
    check_events(s, 2, &m[1],
                 "  1001001 ProcStatus 1 3\n"
                 "  1001002 GoStatus 4 2 3\n"
                 "  1001200 GoSyscallEnd\n"
                 "  1001201 GoStop \"preempted\" [runtime.asyncPreempt:1 worker:10]\n"
                 "  1001202 ProcStop\n");
    check_events(s, 2, &m[2],
                 "  1001300 ProcStatus 2 2\n"
                 "  1001301 GoStatus 5 3 3\n"
                 "  1001302 ProcStart 2 1\n"
                 "  1001303 GoSyscallEndBlocked\n"
                 "  1001304 GoStart 3 2\n");
    ck_assert(!has_line(s, "gen 2 thread -\n"));
    check_accepted(s, "statuses", 2);
    stage_free(s);
}
END_TEST

START_TEST(a_call_loses_its_p_in_the_next_generation)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    every_state(s);
    stage_wait(s, STAGE_PERIOD);
    stage_wait(s, 100);
    stage_retake(&m[4], &s->p[1]);
    stage_wait(s, STAGE_PERIOD);
    stage_wait(s, 100);
    stage_return_lost(&m[1]);
    trace_stop(&s->rt);
    check_events(s, 2, &m[1], "  1001001 ProcStatus 1 3\n"
                              "  1001002 GoStatus 4 2 3\n");
    check_events(s, 2, &m[4], "  1001100 ProcSteal 1 1 2\n");
    check_events(s, 3, &m[1], "  2001200 GoStatus 4 2 3\n"
                              "  2001201 GoSyscallEndBlocked\n");
    check_accepted(s, "retaken", 3);
    stage_free(s);
}
END_TEST

/* When nobody runs at the opening, what it owes is paid by whoever runs first. */
START_TEST(the_first_to_run_pays)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    trace_gc_begin(m, LEAF_GC_START);
    stage_call(m);
    stage_wait(s, STAGE_PERIOD);
    stage_wait(s, 10);
    stage_return_kept(m);
    stage_park(m, BLOCK_SLEEP, LEAF_SLEEP);
    stage_let_go(m);
    stage_wait(s, STAGE_PERIOD);
    stage_ready(&s->m[4], &s->g[1], LEAF_NONE);
    stage_hold(m, &s->p[2]);
    stage_run(m, &s->g[1]);
    trace_gc_end(m);
    trace_stop(&s->rt);
    check_events(s, 2, m,
                 "  1000001 ProcStatus 0 3\n"
                 "  1000002 GoStatus 1 1 3\n"
                 "  1000010 GoSyscallEnd\n"
                 "  1000011 ProcsChange 3 -\n"
                 "  1000012 GCActive 2\n"
                 "  1000013 GoBlock \"sleep\" [time.Sleep:1 main.main:1]\n"
                 "  1000014 ProcStop\n");
    check_events(s, 3, m,
                 "  2000011 ProcStatus 2 2\n"
                 "  2000012 ProcStart 2 1\n"
                 "  2000013 GoStart 1 2\n"
                 "  2000014 ProcsChange 3 -\n"
                 "  2000015 GCActive 3\n"
                 "  2000016 GCEnd 4\n");
    check_events(s, 3, &s->m[4], "  2000011 GoStatus 1 - 4\n"
                                 "  2000012 GoUnblock 1 1 -\n");
    check_accepted(s, "pays", 3);
    stage_free(s);
}
END_TEST

START_TEST(ranges_go_on)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    stage_born(&m[0], &s->g[2], (struct site){0, 10});
    stage_hold(&m[1], &s->p[1]);
    stage_run(&m[1], &s->g[2]);
    trace_gc_begin(&m[0], LEAF_GC_START);
    trace_assist_begin(&m[0]);
    trace_assist_begin(&m[1]);
    stage_park(&m[1], BLOCK_GC_MARK_ASSIST, LEAF_GC_ASSIST);
    trace_sweep_begin(&m[1]);
    stage_wait(s, STAGE_PERIOD);
    stage_wait(s, 100);
    trace_gc_end(&m[0]);
    trace_assist_end(&m[0]);
    trace_sweep_end(&m[1], 8192, 8192);
    stage_wait(s, STAGE_PERIOD);
    trace_stop(&s->rt);
    check_events(s, 2, &m[0],
                 "  1000001 ProcStatus 0 1\n"
                 "  1000002 GoStatus 1 1 2\n"
                 "  1000003 GCMarkAssistActive 1\n"
                 "  1000004 ProcsChange 3 -\n"
                 "  1000005 GCActive 2\n"
                 "  1000100 GCEnd 3\n"
                 "  1000101 GCMarkAssistEnd\n");
    check_events(s, 2, &m[1], "  1000001 ProcStatus 1 1\n"
                              "  1000002 GCSweepActive 1\n"
                              "  1000100 GCSweepEnd 8192 8192\n");
    check_events(s, 2, NULL, "  1000001 ProcStatus 2 2\n"
                             "  1000002 GoStatus 2 - 4\n"
                             "  1000003 GCMarkAssistActive 2\n");
    check_events(s, 3, &m[0], "  2000101 ProcStatus 0 1\n"
                              "  2000102 GoStatus 1 1 2\n"
                              "  2000103 ProcsChange 3 -\n");
    check_accepted(s, "ranges", 3);
    stage_free(s);
}
END_TEST

START_TEST(tasks_and_regions_go_on_without_a_word)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    trace_task_begin(m, 1, 0, "request");
    trace_region_begin(m, 1, "phase");
    stage_wait(s, STAGE_PERIOD);
    stage_wait(s, 100);
    trace_region_end(m, 1, "phase");
    trace_task_end(m, 1);
    trace_stop(&s->rt);
    check_events(s, 2, m,
                 "  1000001 ProcStatus 0 1\n"
                 "  1000002 GoStatus 1 1 2\n"
                 "  1000003 ProcsChange 3 -\n"
                 "  1000100 UserRegionEnd 1 \"phase\" [runtime/trace.(*Region).End:1 main.main:1]\n"
                 "  1000101 UserTaskEnd 1 [runtime/trace.(*Task).End:1 main.main:1]\n");
    check_accepted(s, "annotations", 2);
    stage_free(s);
}
END_TEST

START_TEST(a_goroutine_is_born_where_another_died)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    stage_born(m, &s->g[2], (struct site){0, 10});
    stage_park(m, BLOCK_SLEEP, LEAF_SLEEP);
    stage_run(m, &s->g[2]);
    stage_exit(m);
    s->g[2].id = 50;
    stage_born(m, &s->g[2], (struct site){0, 10});
    stage_run(m, &s->g[2]);
    trace_stop(&s->rt);
    ck_assert(has_line(s, "GoCreate 50 [worker:10] -\n  12 GoStart 50 1\n"));
    check_accepted(s, "reborn", 1);
    stage_free(s);
}
END_TEST

/* ---- when generations end */

START_TEST(a_generation_ends_with_its_period_and_an_event)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    stage_wait(s, STAGE_PERIOD - 2); /* it began at 1 */
    stage_wait(s, 1);
    stage_wait(s, 1);
    trace_heap(m, 1);
    stage_wait(s, 0);
    ck_assert(has_line(s, "gen 2"));
    ck_assert(!has_line(s, "gen 3"));
    trace_stop(&s->rt);
    check_accepted(s, "period", 2);
    stage_free(s);
}
END_TEST

START_TEST(an_hour_of_sleep_is_no_generation)
{
    struct stage *s = stage_new();
    struct m *m = s->m;
    int64_t hour = INT64_C(3600000000000);

    trace_start(&s->rt);
    stage_boot(s);
    stage_wait(s, STAGE_PERIOD);
    for (int i = 0; i < 100; i++)
        stage_wait(s, hour / 100);
    ck_assert(!has_line(s, "gen 3"));
    trace_heap(m, 1);
    trace_stop(&s->rt);
    check_accepted(s, "hour", 2);
    stage_free(s);
}
END_TEST

START_TEST(a_stopped_world_stays_in_its_generation)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    trace_stw_begin(m, STW_GC_MARK_TERM, LEAF_GC_MARK_DONE);
    s->rt.stopping = 1;
    stage_wait(s, 2 * STAGE_PERIOD);
    trace_stw_end(m);
    s->rt.stopping = 0;
    ck_assert(!has_line(s, "gen 2"));
    stage_wait(s, 1);
    ck_assert(has_line(s, "gen 2"));
    trace_stop(&s->rt);
    check_accepted(s, "stopped-world", 2);
    stage_free(s);
}
END_TEST

/* Two Ms whose events run past the instant: the next generation begins after all of them. */
START_TEST(no_event_is_older_than_its_generation)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    stage_hold(&m[1], &s->p[1]);
    stage_wait(s, STAGE_PERIOD - 1);
    for (int i = 0; i < 10; i++)
        trace_heap(&m[1], i);
    stage_wait(s, 2); /* it ends 9 ns into the future */
    trace_heap(&m[0], 0);
    stage_wait(s, 100);
    trace_heap(&m[1], 0);
    trace_stop(&s->rt);
    check_events(s, 2, &m[0], "  1000009 ProcStatus 0 1\n"
                              "  1000010 GoStatus 1 1 2\n"
                              "  1000011 ProcsChange 3 -\n"
                              "  1000012 HeapAlloc 0\n");
    check_events(s, 2, &m[1], "  1000009 ProcStatus 1 1\n"
                              "  1000101 HeapAlloc 0\n");
    check_accepted(s, "future", 2);
    stage_free(s);
}
END_TEST

/* ---- start, stop, and neither */

START_TEST(a_trace_may_start_late)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    every_state(s);
    trace_gc_begin(&m[0], LEAF_GC_START);
    trace_assist_begin(&m[0]);
    ck_assert(!trace_on(&s->rt));
    ck_assert_uint_eq(s->out.len, 0);
    trace_start(&s->rt);
    ck_assert(trace_on(&s->rt));
    trace_stop(&s->rt);
    ck_assert(!trace_on(&s->rt));
    check_events(s, 1, &m[0], "  1001 ProcStatus 0 1\n"
                              "  1002 GoStatus 1 1 2\n"
                              "  1003 GCMarkAssistActive 1\n"
                              "  1004 ProcsChange 3 -\n"
                              "  1005 GCActive 1\n");
    check_events(s, 1, &m[1], "  1001 ProcStatus 1 3\n"
                              "  1002 GoStatus 4 2 3\n");
    check_events(s, 1, NULL, "  1001 ProcStatus 2 2\n"
                             "  1002 GoStatus 2 - 1\n"
                             "  1003 GoStatus 3 - 4\n"
                             "  1004 GoStatus 5 3 3\n");
    check_accepted(s, "late", 1);
    stage_free(s);
}
END_TEST

START_TEST(without_a_tracer_nothing_happens)
{
    struct stage *s = stage_new();

    trace_free(s->rt.tracer);
    s->rt.tracer = NULL;
    every_state(s);
    trace_gc_begin(&s->m[0], LEAF_GC_START);
    trace_due(&s->rt);
    trace_stop(&s->rt);
    trace_abandon(&s->rt);
    ck_assert_uint_eq(trace_new_task_id(&s->rt), 1);
    ck_assert_uint_eq(trace_new_task_id(&s->rt), 2);
    ck_assert_uint_eq(trace_events(&s->rt), 0);
    ck_assert_uint_eq(trace_bytes(&s->rt), 0);
    ck_assert_uint_eq(s->out.len, 0);
    stage_free(s);
}
END_TEST

START_TEST(an_abandoned_trace_is_truncated)
{
    struct stage *s = stage_new();

    trace_start(&s->rt);
    ping(s);
    if (_i)
        stage_wait(s, STAGE_PERIOD); /* nothing of the second generation happens */
    trace_abandon(&s->rt);
    stage_exit(&s->m[1]);
    check_truncated(s, s->out.len);
    keep(_i ? "abandoned-later" : "abandoned", s->out.text, s->out.len);
    stage_free(s);
}
END_TEST

START_TEST(every_cut_but_one_is_seen)
{
    struct stage *s = stage_new();
    size_t first;

    trace_start(&s->rt);
    ping(s);
    trace_due(&s->rt);
    stage_wait(s, STAGE_PERIOD);
    stage_exit(&s->m[1]);
    trace_stop(&s->rt);

    struct strbuf alone = STRBUF_INIT;

    wire_cut_out(&alone, s->out.text, s->out.len, 1);
    first = alone.len;
    ck_assert_mem_eq(alone.text, s->out.text, first);
    for (size_t n = TRACE_HEADER_BYTES; n < s->out.len; n++) {
        if (n == first) /* the end of a generation looks like the end of a trace */
            check_good(s->out.text, n, 1);
        else
            check_truncated(s, n);
    }
    strbuf_release(&alone);
    stage_free(s);
}
END_TEST

/* ---- batches and tables */

START_TEST(full_batches_are_handed_over)
{
    struct stage *s = stage_new();
    struct m *m = s->m;

    trace_start(&s->rt);
    stage_boot(s);
    for (int i = 0; i < 30000; i++) {
        s->rt.now += 100;
        trace_heap(m, i);
    }
    ck_assert_uint_gt(s->out.len, 2 * 60000);
    stage_hold(&s->m[1], &s->p[1]);
    trace_stop(&s->rt);
    check_accepted(s, "full", 1);
    stage_free(s);
}
END_TEST

START_TEST(large_tables_take_several_batches)
{
    struct stage *s = stage_new();
    struct m *m = s->m;
    char message[1000];
    struct site at = {0, 1};

    trace_start(&s->rt);
    stage_boot(s);
    for (int i = 0; i < 500; i++) {
        s->rt.now += 100;
        snprintf(message, sizeof(message), "%d %0980d", i, 0);
        trace_log(m, 0, "big", message);
        at = (struct site){site_call(&s->rt, at), 10};
        s->at[1] = at;
    }
    trace_stop(&s->rt);
    check_accepted(s, "large", 1);
    stage_free(s);
}
END_TEST

/* How often a text is in the string tables. */
static int count_texts(const struct stage *s, const char *text)
{
    size_t n = strlen(text);
    int found = 0;

    for (size_t i = 0; i + n <= s->out.len; i++)
        found += memcmp(s->out.text + i, text, n) == 0;
    return found;
}

START_TEST(the_runtimes_own_texts_are_in_every_generation)
{
    struct stage *s = stage_new();

    trace_start(&s->rt);
    stage_boot(s);
    stage_wait(s, STAGE_PERIOD);
    trace_log(&s->m[0], 0, "wait until GC ends", "mine"); /* the same text: not put twice */
    trace_log(&s->m[0], 0, "mine", "mine");
    trace_stop(&s->rt);
    ck_assert_int_eq(count_texts(s, "wait until GC ends"), 2);
    ck_assert_int_eq(count_texts(s, "GOMAXPROCS"), 2);
    ck_assert_int_eq(count_texts(s, "runtime.Gosched"), 2);
    ck_assert_int_eq(count_texts(s, "GC (fractional)"), 2);
    ck_assert_int_eq(count_texts(s, "mine"), 1);
    stage_free(s);
}
END_TEST

START_TEST(texts_are_cut_at_1024_bytes)
{
    struct stage *s = stage_new();
    char name[2000];

    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    trace_start(&s->rt);
    stage_boot(s);
    trace_region_begin(&s->m[0], 0, name);
    trace_stop(&s->rt);
    name[TRACE_MAX_STRING] = '\0';
    ck_assert_int_eq(count_texts(s, name), 1);
    check_accepted(s, "long-text", 1);
    stage_free(s);
}
END_TEST

static void long_frame(void *context, uint32_t pc, struct frame *out)
{
    (void)pc;
    out->func = out->file = context;
    out->line = 1;
}

START_TEST(of_long_names_the_end_is_kept)
{
    struct stage *s = stage_new();
    char name[2000];

    memset(name, 'n', sizeof(name));
    strcpy(name + sizeof(name) - 5, "last");
    memcpy(name, "first", 5);
    sites_free(s->rt.sites);
    s->rt.sites = sites_new(&(struct symbols){name, long_frame});
    trace_start(&s->rt);
    stage_boot(s);
    trace_stop(&s->rt);
    ck_assert_int_eq(count_texts(s, "first"), 0);
    ck_assert_int_eq(count_texts(s, name + strlen(name) - TRACE_MAX_STRING), 1);
    check_accepted(s, "long-names", 1);
    stage_free(s);
}
END_TEST

START_TEST(the_ledger_travels_along)
{
    struct stage *s = stage_new();
    struct reading got;

    ledger_add(&s->rt, LEDGER_SEED, "1 2 faithful");
    trace_start(&s->rt);
    stage_boot(s);
    stage_wait(s, STAGE_PERIOD);
    stage_exit(&s->m[0]);
    for (int i = 0; i < 5000; i++) /* more than a batch */
        ledger_add(&s->rt, LEDGER_TOTAL, "line %d", i);
    ledger_add(&s->rt, LEDGER_END, "returned 1000000");
    trace_stop(&s->rt);
    check_accepted(s, "ledger", 2);
    got = read_all(s->out.text, s->out.len);
    ck_assert_int_gt(got.pages, 80);
    ck_assert_int_eq(count_texts(s, "\1tracelab ledger 3 "), got.pages);
    ck_assert_int_eq(count_texts(s, "\nend returned 1000000\n"), 1);
    stage_free(s);
}
END_TEST

/* ---- anything */

/* Two simulations stepped in turn in one process. Every second pair starts to trace late. */
START_TEST(anything_goes)
{
    struct stage *s[2];
    struct chaos *c[2];
    char name[30];

    for (int i = 0; i < 2; i++) {
        s[i] = stage_new();
        c[i] = chaos_new(s[i], (uint64_t)_i);
        if (_i % 2 == 0)
            trace_start(&s[i]->rt);
        stage_boot(s[i]);
        chaos_go_on(c[i], 500);
        if (_i % 2)
            trace_start(&s[i]->rt);
    }
    for (int i = 0; i < 100; i++)
        chaos_go_on(c[i % 2], 30);
    for (int i = 0; i < 2; i++) {
        trace_stop(&s[i]->rt);
        chaos_free(c[i]);
    }

    struct reading got = read_all(s[0]->out.text, s[0]->out.len);

    snprintf(name, sizeof(name), "chaos-%d", _i);
    check_accepted(s[0], name, got.generations);
    ck_assert_int_gt(got.generations, 8);
    ck_assert_uint_eq(s[0]->out.len, s[1]->out.len);
    ck_assert_mem_eq(s[0]->out.text, s[1]->out.text, s[0]->out.len);
    stage_free(s[0]);
    stage_free(s[1]);
}
END_TEST

Suite *trace_write_suite(void)
{
    Suite *s = suite_create("trace/write");
    TCase *one = tcase_create("one generation");
    TCase *several = tcase_create("several generations");
    TCase *life = tcase_create("start and stop");
    TCase *tables = tcase_create("batches and tables");
    TCase *any = tcase_create("anything");

    tcase_add_test(one, a_whole_trace);
    tcase_add_test(one, the_other_events);
    tcase_add_test(one, system_calls);
    tcase_add_test(one, a_call_takes_its_p_out_of_anothers);
    tcase_add_test(one, timers_and_native_goroutines);
    tcase_add_test(several, untouched_states_are_stated_again);
    tcase_add_test(several, statuses_come_before_the_first_event);
    tcase_add_test(several, a_call_loses_its_p_in_the_next_generation);
    tcase_add_test(several, the_first_to_run_pays);
    tcase_add_test(several, ranges_go_on);
    tcase_add_test(several, tasks_and_regions_go_on_without_a_word);
    tcase_add_test(several, a_goroutine_is_born_where_another_died);
    tcase_add_test(several, a_generation_ends_with_its_period_and_an_event);
    tcase_add_test(several, an_hour_of_sleep_is_no_generation);
    tcase_add_test(several, a_stopped_world_stays_in_its_generation);
    tcase_add_test(several, no_event_is_older_than_its_generation);
    tcase_add_test(life, a_trace_may_start_late);
    tcase_add_test(life, without_a_tracer_nothing_happens);
    tcase_add_loop_test(life, an_abandoned_trace_is_truncated, 0, 2);
    tcase_add_test(life, every_cut_but_one_is_seen);
    tcase_add_test(tables, full_batches_are_handed_over);
    tcase_add_test(tables, large_tables_take_several_batches);
    tcase_add_test(tables, the_runtimes_own_texts_are_in_every_generation);
    tcase_add_test(tables, texts_are_cut_at_1024_bytes);
    tcase_add_test(tables, of_long_names_the_end_is_kept);
    tcase_add_test(tables, the_ledger_travels_along);
    tcase_add_loop_test(any, anything_goes, 0, 20);
    tcase_set_timeout(any, 60);
    suite_add_tcase(s, one);
    suite_add_tcase(s, several);
    suite_add_tcase(s, life);
    suite_add_tcase(s, tables);
    suite_add_tcase(s, any);
    return s;
}

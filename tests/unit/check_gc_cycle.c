/* Whole cycles, as goroutines that allocate at different rates meet them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gc_stage.h"

Suite *gc_cycle_suite(void);

/* ---- assists: background marking alone suffices while the allocation rate is at most
 * 19/64 * GOGC/100 * (M + S + R) / scan * 0.25 * P * mark rate. With 16 MiB alive and all of it pointers M
 * is some 22 MiB at that rate, since what is allocated while marking counts as alive: 420 bytes per us. */

/* One goroutine that allocates at this rate, in bytes per us, and two that only compute, so that no P
 * but the dedicated worker's has time to mark. How much of the time of marking it assists, in percent,
 * after the second cycle. */
static double assists_at(int64_t rate)
{
    struct gc_stage *s = gc_stage_new(4, 100, 16 * MiB);
    struct gc_allocator by[3] = {{.compute = 64 * KiB * US / rate - 2 * US, .bytes = 64 * KiB},
                                 {.compute = 10 * S},
                                 {.compute = 10 * S}};

    gc_stage_allocate(s, by, 3, 1000 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 4);
    int64_t from = gc_stage_nth(s, "GCEnd", 2);
    int64_t assists = gc_stage_total(s, "GCMarkAssistBegin", "GCMarkAssistEnd", from);
    int64_t marking = gc_stage_total(s, "GCBegin", "GCEnd", from);

    gc_stage_free(s);
    return 100.0 * (double)assists / (double)marking;
}

START_TEST(no_assists_well_below_the_bound)
{
    ck_assert_double_lt(assists_at(100), 1);
    ck_assert_double_lt(assists_at(200), 1);
    ck_assert_double_lt(assists_at(350), 1);
}
END_TEST

START_TEST(assists_well_above_the_bound)
{
    ck_assert_double_gt(assists_at(600), 10);
    ck_assert_double_gt(assists_at(1200), 40);
}
END_TEST

/* ---- the heap */

/* Every L is at most a tenth above the goal in force, plus what was paid for beforehand. */
static void check_overshoot(const struct gc_stage *s, int64_t slack)
{
    int64_t goal = INT64_MAX / 2;

    for (size_t i = 0; i < s->lines.len; i++) {
        const struct gc_line *l = &s->lines.data[i];

        if (strcmp(l->event, "HeapGoal") == 0)
            goal = l->n;
        else if (strcmp(l->event, "HeapAlloc") == 0)
            ck_assert_int_le(l->n, goal + goal / 10 + slack);
    }
}

START_TEST(heavy_allocators_stay_near_the_goal)
{
    struct gc_stage *s = gc_stage_new(4, 100, 16 * MiB);
    struct gc_allocator by[6];

    for (int i = 0; i < 6; i++)
        by[i] = (struct gc_allocator){.compute = (20 + 10 * i) * US, .bytes = (8 + 16 * i) * KiB};
    gc_stage_allocate(s, by, 6, 300 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 5);
    ck_assert_int_gt(gc_stage_count(s, "GCMarkAssistBegin", 0), 10);
    check_overshoot(s, 2 * MiB);
    gc_stage_free(s);
}
END_TEST

START_TEST(what_is_kept_is_counted)
{
    struct gc_stage *s = gc_stage_new(4, 100, 2 * MiB);
    struct gc_allocator by[2] = {
        {.compute = 100 * US, .bytes = 64 * KiB, .pointers = 64 * KiB, .keeps = true, .until = 50 * MS},
        {.compute = 100 * US, .bytes = 4 * KiB, .until = 400 * MS}};

    gc_stage_allocate(s, by, 2, 50 * MS);
    int64_t kept = by[0].rounds * 64 * KiB;

    ck_assert_int_gt(kept, 20 * MiB);
    ck_assert_int_ge(heap_live(s->rt), kept + 2 * MiB);
    ck_assert_int_eq(s->rt->gc->reach, kept + 2 * MiB);
    gc_stage_free(s);
}
END_TEST

START_TEST(garbage_is_gone_after_the_next_cycle)
{
    struct gc_stage *s = gc_stage_new(4, 100, 40 * MiB);
    struct gc_allocator by = {.compute = 100 * US, .bytes = 64 * KiB, .drops = 30 * MiB};

    gc_stage_allocate(s, &by, 1, 800 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 3);
    ck_assert_int_eq(s->rt->gc->reach, 10 * MiB);
    ck_assert_int_lt(s->rt->gc->pacer.marked, 13 * MiB);
    ck_assert_int_lt(heap_goal(s->rt), 27 * MiB);
    ck_assert_int_gt(heap_peak(s->rt), 70 * MiB);
    gc_stage_free(s);
}
END_TEST

START_TEST(nothing_reachable_is_lost)
{
    struct gc_stage *s = gc_stage_new(3, 50, 4 * MiB);
    struct gc_allocator by[8];

    for (int i = 0; i < 8; i++)
        by[i] = (struct gc_allocator){.compute = 7 * US, .bytes = 300 * KiB >> i, .random = true};
    gc_stage_allocate(s, by, 8, 100 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 10);
    ck_assert_int_ge(heap_live(s->rt), s->rt->gc->reach - 3 * GC_SPAN);
    int64_t kept = 4 * MiB;

    for (int i = 0; i < 8; i++)
        kept += by[i].kept;
    ck_assert_int_ge(s->rt->gc->reach, kept);
    ck_assert_int_le(s->rt->gc->reach, kept + 8 * 300 * KiB); /* and allocations in flight */
    gc_stage_free(s);
}
END_TEST

START_TEST(gogc_off_never_collects)
{
    struct gc_stage *s = gc_stage_new(2, -1, 4 * MiB);
    struct gc_allocator by = {.compute = 100 * US, .bytes = 1 * MiB};

    gc_stage_allocate(s, &by, 1, 50 * MS);
    ck_assert_uint_eq(gc_cycles(s->rt), 0);
    ck_assert_int_gt(heap_live(s->rt), 200 * MiB);
    ck_assert_int_eq(heap_live(s->rt), heap_peak(s->rt));
    ck_assert_int_gt(gc_stage_nth(s, "HeapGoal", 1), 0);
    gc_stage_free(s);
}
END_TEST

/* ---- workers */

/* Marking takes scan / (d + f P) while every P has other things to do. */
START_TEST(background_marking_takes_its_share_of_the_ps)
{
    static const struct {
        uint32_t procs;
        double share;
    } rows[] = {{1, 0.25}, {2, 0.5}, {3, 0.75}, {4, 1}, {5, 1}, {6, 1.5}, {8, 2}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gc_stage *s = gc_stage_new(rows[i].procs, 100, 64 * MiB);
        struct gc_allocator by[17] = {{.bytes = 70 * MiB, .until = 1}}; /* that starts it, once */

        for (int k = 1; k < 17; k++)
            by[k] = (struct gc_allocator){.compute = 100 * S};
        gc_stage_allocate(s, by, 17, 500 * MS);
        int64_t from = gc_stage_nth(s, "GCBegin", 1);
        double took = (double)(gc_stage_nth(s, "GCEnd", 1) - from);
        double want = 64.25 * (double)MiB / rows[i].share;

        ck_assert_int_ge(from, 0);
        ck_assert_msg(took > 0.8 * want && took < 1.3 * want, "%u Ps: %.1f ms instead of %.1f", rows[i].procs,
                      took / 1e6, want / 1e6);
        gc_stage_free(s);
    }
}
END_TEST

START_TEST(idle_ps_help)
{
    struct gc_stage *s = gc_stage_new(4, 100, 64 * MiB);
    struct gc_allocator by = {.compute = 100 * US, .bytes = 64 * KiB};

    gc_stage_allocate(s, &by, 1, 300 * MS);
    int64_t took = gc_stage_nth(s, "GCEnd", 1) - gc_stage_nth(s, "GCBegin", 1);

    ck_assert_int_lt(took, 64 * MiB / 2); /* three Ps mark */
    ck_assert_ptr_nonnull(strstr(s->text.text, "GoLabel \"GC (dedicated)\""));
    ck_assert_ptr_nonnull(strstr(s->text.text, "GoLabel \"GC (idle)\""));
    ck_assert_int_gt(s->rt->gc->pacer.idle_time, MS);
    ck_assert_int_eq(gc_stage_count(s, "GCMarkAssistBegin", gc_stage_nth(s, "GCEnd", 2)), 0);
    gc_stage_free(s);
}
END_TEST

static bool is_worker(const struct gc_stage *s, int64_t g)
{
    for (uint32_t i = 0; i < s->rt->gc->n_workers; i++)
        if (s->rt->gc->workers[i].g->id == (uint64_t)g)
            return true;
    return false;
}

START_TEST(each_start_of_a_worker_is_labelled)
{
    struct gc_stage *s = gc_stage_new(6, 100, 16 * MiB);
    struct gc_allocator by[4];
    int labels = 0;

    for (int i = 0; i < 4; i++)
        by[i] = (struct gc_allocator){.compute = 50 * US, .bytes = 40 * KiB};
    gc_stage_allocate(s, by, 4, 200 * MS);
    int64_t first = gc_stage_nth(s, "STWBegin", 1); /* before, each has started once, to park */
    struct gc_line l;

    for (const char *text = s->text.text; *text; text = gc_line_next(text)) {
        if (!gc_line_parse(text, &l) || strcmp(l.event, "GoStart") != 0 || l.at < first || !is_worker(s, l.n))
            continue;
        ck_assert(gc_line_parse(gc_line_next(text), &l));
        ck_assert_str_eq(l.event, "GoLabel");
        labels++;
    }
    ck_assert_int_gt(labels, 20);
    ck_assert_ptr_nonnull(strstr(s->text.text, "GoLabel \"GC (fractional)\""));
    gc_stage_free(s);
}
END_TEST

/* ---- cycles */

START_TEST(phases_in_order)
{
    struct gc_stage *s = gc_stage_new(4, 100, 4 * MiB);
    struct gc_allocator by = {.compute = 100 * US, .bytes = 64 * KiB};

    gc_stage_allocate(s, &by, 1, 50 * MS);
    int cycles = (int)gc_cycles(s->rt);

    ck_assert_int_ge(cycles, 2);
    for (int i = 1; i < cycles; i++) {
        int64_t begin = gc_stage_nth(s, "GCBegin", i);
        int64_t end = gc_stage_nth(s, "GCEnd", i);

        ck_assert_int_lt(begin, gc_stage_nth(s, "STWBegin", 2 * i - 1));
        ck_assert_int_ge(gc_stage_nth(s, "STWEnd", 2 * i - 1),
                         gc_stage_nth(s, "STWBegin", 2 * i - 1) + 8 * US);
        ck_assert_int_lt(gc_stage_nth(s, "STWEnd", 2 * i - 1), gc_stage_nth(s, "STWBegin", 2 * i));
        ck_assert_int_lt(gc_stage_nth(s, "STWBegin", 2 * i), end);
        ck_assert_int_lt(end, gc_stage_nth(s, "STWEnd", 2 * i));
        ck_assert_int_lt(gc_stage_nth(s, "STWEnd", 2 * i), gc_stage_nth(s, "GCBegin", i + 1));
    }
    gc_stage_free(s);
}
END_TEST

START_TEST(an_old_heap_is_collected_after_two_minutes)
{
    struct gc_stage *s = gc_stage_new(4, 100, 4 * MiB);
    struct gc_allocator by = {.compute = 100 * US, .bytes = 64 * KiB, .until = 10 * MS};

    gc_stage_allocate(s, &by, 1, 200 * S);
    uint64_t early = (uint64_t)gc_stage_count(s, "GCBegin", 0) - (uint64_t)gc_stage_count(s, "GCBegin", S);

    ck_assert_uint_ge(early, 1);
    ck_assert_uint_eq(gc_cycles(s->rt), early + 1);
    int64_t last = gc_stage_nth(s, "GCBegin", (int)early + 1);

    ck_assert_int_gt(last, gc_stage_nth(s, "GCEnd", (int)early) + 120 * S);
    ck_assert_int_lt(last, gc_stage_nth(s, "GCEnd", (int)early) + 181 * S);
    gc_stage_free(s);
}
END_TEST

static void note_a(struct rt *rt, void *context)
{
    (void)rt;
    strbuf_addch(context, 'a');
}

static void note_b(struct rt *rt, void *context)
{
    (void)rt;
    strbuf_addch(context, 'b');
}

START_TEST(pools_are_cleared_once_per_cycle)
{
    struct gc_stage *s = gc_stage_new(2, 100, 4 * MiB);
    struct gc_allocator by = {.compute = 100 * US, .bytes = 256 * KiB};
    struct strbuf log = STRBUF_INIT;

    gc_on_clear(s->rt, note_a, &log);
    gc_on_clear(s->rt, note_b, &log);
    gc_stage_allocate(s, &by, 1, 20 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 2);
    ck_assert_uint_eq(log.len, 2 * gc_cycles(s->rt));
    ck_assert_int_eq(strncmp(log.text, "abab", 4), 0);
    strbuf_release(&log);
    gc_stage_free(s);
}
END_TEST

static void check_swept(struct rt *rt, void *context)
{
    int *cycles = context;

    ck_assert_int_eq(rt->gc->unswept, 0);
    ++*cycles;
}

/* On one P the sweeper has no chance against ten that compute. */
START_TEST(whoever_starts_a_cycle_sweeps_what_is_left)
{
    struct gc_stage *s = gc_stage_new(1, 100, 4 * MiB);
    struct gc_allocator by[11] = {{.compute = 20 * US, .bytes = 7 * KiB}};
    int cycles = 0;

    for (int i = 1; i < 11; i++)
        by[i] = (struct gc_allocator){.compute = 10 * S};
    gc_on_clear(s->rt, check_swept, &cycles);
    gc_stage_allocate(s, by, 11, 1500 * MS);
    ck_assert_int_ge(cycles, 3);
    gc_stage_free(s);
}
END_TEST

START_TEST(sweeping_gives_way)
{
    struct gc_stage *s = gc_stage_new(4, 100, 16 * MiB);
    struct gc_allocator by[3] = {
        {.compute = 60 * US, .bytes = 64 * KiB}, {.compute = 10 * S}, {.compute = 10 * S}};

    gc_stage_allocate(s, by, 3, 100 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 2);
    ck_assert_int_gt(gc_stage_count(s, "GCSweepBegin", 0), 0); /* by the allocator */
    ck_assert_int_eq(gc_stage_count(s, "GCSweepBegin", 0), gc_stage_count(s, "GCSweepEnd", 0));
    ck_assert_ptr_nonnull(strstr(s->text.text, "GoBlock \"GC background sweeper wait\""));
    /* all Ps are busy, so the sweeper gives way after each batch */
    ck_assert_ptr_nonnull(
        strstr(s->text.text, "GoStop \"runtime.Gosched\" [runtime.Gosched:1 runtime.bgsweep:1]"));
    gc_stage_free(s);
}
END_TEST

START_TEST(same_seed_same_bytes)
{
    struct strbuf first = STRBUF_INIT;

    for (int run = 0; run < 2; run++) {
        struct gc_stage *s = gc_stage_new(3, 25, 8 * MiB);
        struct gc_allocator by[4] = {{.compute = 30 * US, .bytes = 200 * KiB, .random = true},
                                     {.compute = 50 * US, .bytes = 20 * KiB, .random = true},
                                     {.compute = 9 * US, .bytes = 2 * KiB, .random = true},
                                     {.compute = 5 * MS}};

        gc_stage_allocate(s, by, 4, 60 * MS);
        if (run == 0)
            strbuf_addn(&first, s->trace.text, s->trace.len);
        else
            ck_assert_mem_eq(first.text, s->trace.text, first.len);
        ck_assert_uint_eq(first.len, s->trace.len);
        gc_stage_free(s);
    }
    strbuf_release(&first);
}
END_TEST

Suite *gc_cycle_suite(void)
{
    Suite *suite = suite_create("gc/cycle");
    TCase *assists = tcase_create("assists");
    TCase *heap = tcase_create("heap");
    TCase *workers = tcase_create("workers");
    TCase *cycles = tcase_create("cycles");

    tcase_add_test(assists, no_assists_well_below_the_bound);
    tcase_add_test(assists, assists_well_above_the_bound);
    suite_add_tcase(suite, assists);
    tcase_add_test(heap, heavy_allocators_stay_near_the_goal);
    tcase_add_test(heap, what_is_kept_is_counted);
    tcase_add_test(heap, garbage_is_gone_after_the_next_cycle);
    tcase_add_test(heap, nothing_reachable_is_lost);
    tcase_add_test(heap, gogc_off_never_collects);
    suite_add_tcase(suite, heap);
    tcase_add_test(workers, background_marking_takes_its_share_of_the_ps);
    tcase_add_test(workers, idle_ps_help);
    tcase_add_test(workers, each_start_of_a_worker_is_labelled);
    suite_add_tcase(suite, workers);
    tcase_add_test(cycles, phases_in_order);
    tcase_add_test(cycles, an_old_heap_is_collected_after_two_minutes);
    tcase_add_test(cycles, pools_are_cleared_once_per_cycle);
    tcase_add_test(cycles, whoever_starts_a_cycle_sweeps_what_is_left);
    tcase_add_test(cycles, sweeping_gives_way);
    tcase_add_test(cycles, same_seed_same_bytes);
    suite_add_tcase(suite, cycles);
    return suite;
}

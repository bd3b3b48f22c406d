#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/strbuf.h"
#include "runtime/gc/gc.h"
#include "runtime/machine/virtual.h"
#include "runtime/sched/runq.h"
#include "runtime/trace/trace.h"
#include "tests/unit/wire_text.h"

Suite *gc_cycle_suite(void);

#define KiB INT64_C(1024)
#define MiB (INT64_C(1) << 20)
#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

/* ---- simulations of goroutines that compute and allocate in turn */

struct sim;

struct allocator {
    int64_t compute;  /* ns before each allocation; by default for ever */
    int64_t bytes;    /* 0: only computes */
    int64_t pointers;
    bool keeps;       /* what it allocates stays reachable */
    bool random;      /* up to `bytes`, kept for one round with even chance */
    int64_t until;    /* ends then, 0: with the program */

    int64_t left; /* of the present computation */
    int64_t kept, kept_pointers;
    int64_t rounds;
    bool allocating;
};

struct line {
    int64_t at;
    size_t place; /* in the text of the trace */
    char event[24];
    int64_t n; /* the first argument, if it is a number */
};

struct sim {
    struct rt *rt;
    struct machine *vm;
    struct strbuf trace, text;
    VEC(struct line) lines; /* in the order of time */
    int64_t length; /* main returns then */
    struct allocator *by;
    uint32_t n;
};

static void append(void *context, const void *bytes, size_t n)
{
    strbuf_addn(context, bytes, n);
}

static void begin_allocation(struct g *g, struct allocator *a)
{
    uint64_t bits = rng_draw(1, 1, g->id, (uint64_t)a->rounds);
    int64_t bytes = a->random ? rng_uniform(bits, 1, a->bytes) : a->bytes;

    g->op.alloc = (struct alloc_op){.bytes = bytes,
                                    .pointers = a->random ? bytes / 2 : a->pointers};
}

static void end_allocation(struct rt *rt, struct g *g, struct allocator *a)
{
    if (a->random) {
        heap_drop(rt, a->kept, a->kept_pointers);
        a->kept = a->rounds % 2 ? g->op.alloc.bytes : 0;
        a->kept_pointers = a->rounds % 2 ? g->op.alloc.pointers : 0;
        heap_reach(rt, a->kept, a->kept_pointers);
    } else if (a->keeps) {
        heap_reach(rt, g->op.alloc.bytes, g->op.alloc.pointers);
    }
    a->rounds++;
}

static enum end run_allocator(struct m *m, struct g *g)
{
    struct allocator *a = g->body;

    if (!a->allocating) {
        a->left -= m->ran;
        if (a->left > 0) {
            m->compute_ns = a->left;
            m->uncuttable = false;
            return COMPUTE;
        }
        begin_allocation(g, a);
        a->allocating = true;
    }
    if (a->bytes) {
        enum end e = heap_alloc(m, g, &g->op.alloc);

        if (e != DONE)
            return e;
        end_allocation(m->rt, g, a);
    }
    a->allocating = false;
    a->left = a->compute;
    m->ran = 0;
    return a->until && now(m) >= a->until ? EXIT : AGAIN;
}

static const struct g_kind allocator_kind = {.name = "allocator", .run = run_allocator};

static enum end run_main(struct m *m, struct g *g)
{
    struct sim *s = g->body;

    for (; s->n > 0; s->n--)
        spawn(m, &allocator_kind, &s->by[s->n - 1], (struct site){0});
    enum end e = op_sleep(m, g, &g->op.sleep, s->length);

    return e == DONE ? EXIT : e;
}

static const struct g_kind main_kind = {.name = "main", .run = run_main};

static struct sim *sim_new(uint32_t procs, int32_t gogc, int64_t resident)
{
    struct settings set = {.gomaxprocs = procs, .gogc = gogc, .seed = 1, .schedule_seed = 1};
    struct sim *s = xcalloc(1, sizeof *s);

    strbuf_init(&s->trace);
    strbuf_init(&s->text);
    s->vm = virtual_new(procs, (struct sink){append, &s->trace});
    s->rt = rt_new(&set, &virtual_ops, s->vm);
    virtual_attach(s->vm, s->rt);
    s->rt->gc = gc_new(s->rt);
    s->rt->tracer = trace_new(s->rt, 1000 * S); /* one generation */
    if (resident)
        heap_resident(s->rt, resident, resident);
    return s;
}

static void sim_free(struct sim *s)
{
    virtual_free(s->vm);
    trace_free(s->rt->tracer);
    gc_free(s->rt->gc);
    rt_free(s->rt);
    strbuf_release(&s->trace);
    strbuf_release(&s->text);
    vec_free(&s->lines);
    free(s);
}

/* ---- reading a trace */

/* Threads follow one another in a trace; their events are put in the order of time. */
static int by_time(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;

    if (x->at != y->at)
        return (x->at > y->at) - (x->at < y->at);
    return (x->place > y->place) - (x->place < y->place);
}

/* False: the line is no event. */
static bool parse_line(const char *text, struct line *l)
{
    char *rest;
    size_t n = 0;

    if (text[0] != ' ')
        return false;
    l->at = strtoll(text, &rest, 10);
    while (*++rest > ' ' && n + 1 < sizeof l->event)
        l->event[n++] = *rest;
    l->event[n] = '\0';
    l->n = strtoll(rest, NULL, 10);
    return true;
}

static const char *next_line(const char *text)
{
    const char *end = strchr(text, '\n');

    return end ? end + 1 : text + strlen(text);
}

static void parse(struct sim *s)
{
    struct line l;

    for (const char *text = s->text.text; *text; text = next_line(text)) {
        if (!parse_line(text, &l))
            continue;
        l.place = s->lines.len;
        vec_push(&s->lines, l);
    }
    qsort(s->lines.data, s->lines.len, sizeof *s->lines.data, by_time);
}

/* How many such events there are from `from` on. */
static int count(const struct sim *s, const char *event, int64_t from)
{
    int n = 0;

    for (size_t i = 0; i < s->lines.len; i++)
        n += s->lines.data[i].at >= from && strcmp(s->lines.data[i].event, event) == 0;
    return n;
}

/* When such an event happened for the nth time, from 1; -1: it did not. */
static int64_t nth(const struct sim *s, const char *event, int which)
{
    for (size_t i = 0; i < s->lines.len; i++)
        if (strcmp(s->lines.data[i].event, event) == 0 && --which == 0)
            return s->lines.data[i].at;
    return -1;
}

/* The sum of all times between such events, from `from` on. */
static int64_t total(const struct sim *s, const char *begin, const char *end, int64_t from)
{
    int64_t sum = 0;
    int open = 0;
    int64_t last = from;

    for (size_t i = 0; i < s->lines.len; i++) {
        const struct line *l = &s->lines.data[i];

        if (l->at >= from) {
            sum += open * (l->at - last);
            last = l->at;
        }
        open += strcmp(l->event, begin) == 0;
        open -= strcmp(l->event, end) == 0;
    }
    return sum;
}

static void sim_run(struct sim *s, const struct g_kind *kind, void *body)
{
    trace_start(s->rt);
    sched_boot(s->rt, kind, body, (struct site){0});
    virtual_run(s->vm, NULL, NULL);
    trace_stop(s->rt);
    wire_text(&s->text, s->trace.text, s->trace.len);
    parse(s);
}

static void sim_allocate(struct sim *s, struct allocator *by, uint32_t n, int64_t length)
{
    s->by = by;
    s->n = n;
    s->length = length;
    sim_run(s, &main_kind, s);
    ck_assert_int_eq(s->rt->end, END_RETURNED);
}

/* ---- assists: background marking alone suffices while the allocation rate is at most
 * 19/64 * GOGC/100 * (M + S + R) / scan * 0.25 * P * mark rate. With 16 MiB alive and all of it pointers M
 * is some 22 MiB at that rate, since what is allocated while marking counts as alive: 420 bytes per us. */

/* One goroutine that allocates at this rate, in bytes per us, and two that only compute, so that no P
 * but the dedicated worker's has time to mark. How much of the time of marking it assists, in percent,
 * after the second cycle. */
static double assists_at(int64_t rate)
{
    struct sim *s = sim_new(4, 100, 16 * MiB);
    struct allocator by[3] = {{.compute = 64 * KiB * US / rate - 2 * US, .bytes = 64 * KiB},
                              {.compute = 10 * S},
                              {.compute = 10 * S}};

    sim_allocate(s, by, 3, 1000 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 4);
    int64_t from = nth(s, "GCEnd", 2);
    int64_t assists = total(s, "GCMarkAssistBegin", "GCMarkAssistEnd", from);
    int64_t marking = total(s, "GCBegin", "GCEnd", from);

    sim_free(s);
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
static void check_overshoot(const struct sim *s, int64_t slack)
{
    int64_t goal = INT64_MAX / 2;

    for (size_t i = 0; i < s->lines.len; i++) {
        const struct line *l = &s->lines.data[i];

        if (strcmp(l->event, "HeapGoal") == 0)
            goal = l->n;
        else if (strcmp(l->event, "HeapAlloc") == 0)
            ck_assert_int_le(l->n, goal + goal / 10 + slack);
    }
}

START_TEST(heavy_allocators_stay_near_the_goal)
{
    struct sim *s = sim_new(4, 100, 16 * MiB);
    struct allocator by[6];

    for (int i = 0; i < 6; i++)
        by[i] = (struct allocator){.compute = (20 + 10 * i) * US, .bytes = (8 + 16 * i) * KiB};
    sim_allocate(s, by, 6, 300 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 5);
    ck_assert_int_gt(count(s, "GCMarkAssistBegin", 0), 10);
    check_overshoot(s, 2 * MiB);
    sim_free(s);
}
END_TEST

START_TEST(heap_grows_with_what_is_kept_and_shrinks_to_what_is_alive)
{
    struct sim *s = sim_new(4, 100, 2 * MiB);
    struct allocator by[2] = {
        {.compute = 100 * US, .bytes = 64 * KiB, .pointers = 64 * KiB, .keeps = true, .until = 50 * MS},
        {.compute = 100 * US, .bytes = 4 * KiB, .until = 400 * MS}};

    sim_allocate(s, by, 2, 50 * MS);
    int64_t kept = by[0].rounds * 64 * KiB;

    ck_assert_int_gt(kept, 20 * MiB);
    ck_assert_int_ge(heap_live(s->rt), kept + 2 * MiB);
    ck_assert_int_eq(s->rt->gc->reach, kept + 2 * MiB);
    sim_free(s);
}
END_TEST

/* Drops half of the heap at once and goes on making garbage. */
static enum end run_dropper(struct m *m, struct g *g)
{
    struct allocator *a = g->body;

    if (a->rounds == 100 && a->kept) {
        heap_drop(m->rt, a->kept, a->kept);
        a->kept = 0;
    }
    return run_allocator(m, g);
}

static const struct g_kind dropper_kind = {.name = "dropper", .run = run_dropper};

static enum end run_drop_main(struct m *m, struct g *g)
{
    struct sim *s = g->body;

    if (s->n) {
        spawn(m, &dropper_kind, &s->by[0], (struct site){0});
        s->n = 0;
    }
    return op_sleep(m, g, &g->op.sleep, s->length) == DONE ? EXIT : PARK;
}

static const struct g_kind drop_main_kind = {.name = "main", .run = run_drop_main};

START_TEST(garbage_is_gone_after_the_next_cycle)
{
    struct sim *s = sim_new(4, 100, 40 * MiB);
    struct allocator by = {.compute = 100 * US, .bytes = 64 * KiB, .kept = 30 * MiB};

    s->by = &by;
    s->n = 1;
    s->length = 800 * MS;
    sim_run(s, &drop_main_kind, s);
    ck_assert_uint_ge(gc_cycles(s->rt), 3);
    ck_assert_int_eq(s->rt->gc->reach, 10 * MiB);
    ck_assert_int_lt(s->rt->gc->pacer.marked, 13 * MiB);
    ck_assert_int_lt(heap_goal(s->rt), 27 * MiB);
    ck_assert_int_gt(heap_peak(s->rt), 70 * MiB);
    sim_free(s);
}
END_TEST

START_TEST(nothing_reachable_is_lost)
{
    struct sim *s = sim_new(3, 50, 4 * MiB);
    struct allocator by[8];

    for (int i = 0; i < 8; i++)
        by[i] = (struct allocator){.compute = 7 * US, .bytes = 300 * KiB >> i, .random = true};
    sim_allocate(s, by, 8, 100 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 10);
    ck_assert_int_ge(heap_live(s->rt), s->rt->gc->reach - 3 * GC_SPAN);
    int64_t kept = 4 * MiB;

    for (int i = 0; i < 8; i++)
        kept += by[i].kept;
    ck_assert_int_ge(s->rt->gc->reach, kept);
    ck_assert_int_le(s->rt->gc->reach, kept + 8 * 300 * KiB); /* and allocations in flight */
    sim_free(s);
}
END_TEST

START_TEST(gogc_off_never_collects)
{
    struct sim *s = sim_new(2, -1, 4 * MiB);
    struct allocator by = {.compute = 100 * US, .bytes = 1 * MiB};

    sim_allocate(s, &by, 1, 50 * MS);
    ck_assert_uint_eq(gc_cycles(s->rt), 0);
    ck_assert_int_gt(heap_live(s->rt), 200 * MiB);
    ck_assert_int_eq(heap_live(s->rt), heap_peak(s->rt));
    ck_assert_int_gt(nth(s, "HeapGoal", 1), 0);
    sim_free(s);
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
        struct sim *s = sim_new(rows[i].procs, 100, 64 * MiB);
        struct allocator by[17] = {{.bytes = 70 * MiB, .until = 1}}; /* that starts it, once */

        for (int k = 1; k < 17; k++)
            by[k] = (struct allocator){.compute = 100 * S};
        sim_allocate(s, by, 17, 500 * MS);
        int64_t from = nth(s, "GCBegin", 1);
        double took = (double)(nth(s, "GCEnd", 1) - from);
        double want = 64.25 * (double)MiB / rows[i].share;

        ck_assert_int_ge(from, 0);
        ck_assert_msg(took > 0.8 * want && took < 1.3 * want, "%u Ps: %.1f ms instead of %.1f",
                      rows[i].procs, took / 1e6, want / 1e6);
        sim_free(s);
    }
}
END_TEST

START_TEST(idle_ps_help)
{
    struct sim *s = sim_new(4, 100, 64 * MiB);
    struct allocator by = {.compute = 100 * US, .bytes = 64 * KiB};

    sim_allocate(s, &by, 1, 300 * MS);
    int64_t took = nth(s, "GCEnd", 1) - nth(s, "GCBegin", 1);

    ck_assert_int_lt(took, 64 * MiB / 2); /* three Ps mark */
    ck_assert_ptr_nonnull(strstr(s->text.text, "GoLabel \"GC (dedicated)\""));
    ck_assert_ptr_nonnull(strstr(s->text.text, "GoLabel \"GC (idle)\""));
    ck_assert_int_gt(s->rt->gc->pacer.idle_time, MS);
    ck_assert_int_eq(count(s, "GCMarkAssistBegin", nth(s, "GCEnd", 2)), 0);
    sim_free(s);
}
END_TEST

static bool is_worker(const struct sim *s, int64_t g)
{
    for (uint32_t i = 0; i < s->rt->gc->n_workers; i++)
        if (s->rt->gc->workers[i].g->id == (uint64_t)g)
            return true;
    return false;
}

START_TEST(each_start_of_a_worker_is_labelled)
{
    struct sim *s = sim_new(6, 100, 16 * MiB);
    struct allocator by[4];
    int labels = 0;

    for (int i = 0; i < 4; i++)
        by[i] = (struct allocator){.compute = 50 * US, .bytes = 40 * KiB};
    sim_allocate(s, by, 4, 200 * MS);
    int64_t first = nth(s, "STWBegin", 1); /* before, each has started once, to park */
    struct line l;

    for (const char *text = s->text.text; *text; text = next_line(text)) {
        if (!parse_line(text, &l) || strcmp(l.event, "GoStart") != 0 || l.at < first ||
            !is_worker(s, l.n))
            continue;
        ck_assert(parse_line(next_line(text), &l));
        ck_assert_str_eq(l.event, "GoLabel");
        labels++;
    }
    ck_assert_int_gt(labels, 20);
    ck_assert_ptr_nonnull(strstr(s->text.text, "GoLabel \"GC (fractional)\""));
    sim_free(s);
}
END_TEST

/* ---- cycles */

START_TEST(phases_in_order)
{
    struct sim *s = sim_new(4, 100, 4 * MiB);
    struct allocator by = {.compute = 100 * US, .bytes = 64 * KiB};

    sim_allocate(s, &by, 1, 50 * MS);
    int cycles = (int)gc_cycles(s->rt);

    ck_assert_int_ge(cycles, 2);
    for (int i = 1; i < cycles; i++) {
        int64_t begin = nth(s, "GCBegin", i);
        int64_t end = nth(s, "GCEnd", i);

        ck_assert_int_lt(begin, nth(s, "STWBegin", 2 * i - 1));
        ck_assert_int_ge(nth(s, "STWEnd", 2 * i - 1), nth(s, "STWBegin", 2 * i - 1) + 8 * US);
        ck_assert_int_lt(nth(s, "STWEnd", 2 * i - 1), nth(s, "STWBegin", 2 * i));
        ck_assert_int_lt(nth(s, "STWBegin", 2 * i), end);
        ck_assert_int_lt(end, nth(s, "STWEnd", 2 * i));
        ck_assert_int_lt(nth(s, "STWEnd", 2 * i), nth(s, "GCBegin", i + 1));
    }
    sim_free(s);
}
END_TEST

START_TEST(an_old_heap_is_collected_after_two_minutes)
{
    struct sim *s = sim_new(4, 100, 4 * MiB);
    struct allocator by = {.compute = 100 * US, .bytes = 64 * KiB, .until = 10 * MS};

    sim_allocate(s, &by, 1, 200 * S);
    uint64_t early = (uint64_t)count(s, "GCBegin", 0) - (uint64_t)count(s, "GCBegin", S);

    ck_assert_uint_ge(early, 1);
    ck_assert_uint_eq(gc_cycles(s->rt), early + 1);
    int64_t last = nth(s, "GCBegin", (int)early + 1);

    ck_assert_int_gt(last, nth(s, "GCEnd", (int)early) + 120 * S);
    ck_assert_int_lt(last, nth(s, "GCEnd", (int)early) + 181 * S);
    sim_free(s);
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
    struct sim *s = sim_new(2, 100, 4 * MiB);
    struct allocator by = {.compute = 100 * US, .bytes = 256 * KiB};
    struct strbuf log = STRBUF_INIT;

    gc_on_clear(s->rt, note_a, &log);
    gc_on_clear(s->rt, note_b, &log);
    sim_allocate(s, &by, 1, 20 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 2);
    ck_assert_uint_eq(log.len, 2 * gc_cycles(s->rt));
    ck_assert_int_eq(strncmp(log.text, "abab", 4), 0);
    strbuf_release(&log);
    sim_free(s);
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
    struct sim *s = sim_new(1, 100, 4 * MiB);
    struct allocator by[11] = {{.compute = 20 * US, .bytes = 7 * KiB}};
    int cycles = 0;

    for (int i = 1; i < 11; i++)
        by[i] = (struct allocator){.compute = 10 * S};
    gc_on_clear(s->rt, check_swept, &cycles);
    sim_allocate(s, by, 11, 1500 * MS);
    ck_assert_int_ge(cycles, 3);
    sim_free(s);
}
END_TEST

START_TEST(sweeping_gives_way)
{
    struct sim *s = sim_new(4, 100, 16 * MiB);
    struct allocator by[3] = {{.compute = 60 * US, .bytes = 64 * KiB},
                              {.compute = 10 * S},
                              {.compute = 10 * S}};

    sim_allocate(s, by, 3, 100 * MS);
    ck_assert_uint_ge(gc_cycles(s->rt), 2);
    ck_assert_int_gt(count(s, "GCSweepBegin", 0), 0); /* by the allocator */
    ck_assert_int_eq(count(s, "GCSweepBegin", 0), count(s, "GCSweepEnd", 0));
    ck_assert_ptr_nonnull(strstr(s->text.text, "GoBlock \"GC background sweeper wait\""));
    /* all Ps are busy, so the sweeper gives way after each batch */
    ck_assert_ptr_nonnull(strstr(s->text.text, "GoStop \"runtime.Gosched\" [runtime.Gosched:1 runtime.bgsweep:1]"));
    sim_free(s);
}
END_TEST

START_TEST(same_seed_same_bytes)
{
    struct strbuf first = STRBUF_INIT;

    for (int run = 0; run < 2; run++) {
        struct sim *s = sim_new(3, 25, 8 * MiB);
        struct allocator by[4] = {{.compute = 30 * US, .bytes = 200 * KiB, .random = true},
                                  {.compute = 50 * US, .bytes = 20 * KiB, .random = true},
                                  {.compute = 9 * US, .bytes = 2 * KiB, .random = true},
                                  {.compute = 5 * MS}};

        sim_allocate(s, by, 4, 60 * MS);
        if (run == 0)
            strbuf_addn(&first, s->trace.text, s->trace.len);
        else
            ck_assert_mem_eq(first.text, s->trace.text, first.len);
        ck_assert_uint_eq(first.len, s->trace.len);
        sim_free(s);
    }
    strbuf_release(&first);
}
END_TEST

/* ---- a mark phase that is only pretended: main takes turns, a millisecond apart */

static void pretend_to_mark(struct rt *rt)
{
    struct gc *gc = rt->gc;

    gc->phase = GC_MARKING;
    gc->ending = true; /* nobody may end it */
    gc->pacer.work_per_byte = 2;
    gc->pacer.bytes_per_work = 0.5;
    rt->allp[0].gc.span_left = 4096; /* no span is taken, so that the ratio stays */
    gc->slots = (struct pacer_workers){0};
}

struct play {
    /* One turn; DONE: the next one, EXIT: the end. */
    enum end (*turn)(struct m *m, struct g *g, int n);
    int n;
    bool sleeping;
};

static enum end run_play(struct m *m, struct g *g)
{
    struct play *play = g->body;
    enum end e;

    if (!play->sleeping) {
        e = play->turn(m, g, play->n);
        if (e != DONE)
            return e;
        play->sleeping = true;
        memset(&g->op, 0, sizeof g->op);
    }
    e = op_sleep(m, g, &g->op.sleep, MS);
    if (e != DONE)
        return e;
    play->sleeping = false;
    play->n++;
    memset(&g->op, 0, sizeof g->op);
    return AGAIN;
}

static const struct g_kind play_kind = {.name = "main", .run = run_play};

/* What it says with strbuf_addf(m->rt->user, ...) must be this. */
static struct sim *sim_play(uint32_t procs, enum end (*turn)(struct m *m, struct g *g, int n),
                            const char *want)
{
    struct sim *s = sim_new(procs, 100, 0);
    struct strbuf log = STRBUF_INIT;
    struct play play = {.turn = turn};

    s->rt->user = &log;
    sim_run(s, &play_kind, &play);
    ck_assert_str_eq(log.text, want);
    strbuf_release(&log);
    return s;
}

/* ---- the queue of assists: nothing is left to mark, and everybody owes */

static const int64_t debts[] = {1000, 3000, 500};

static enum end run_debtor(struct m *m, struct g *g)
{
    const int64_t *debt = g->body;
    enum end e;

    g->op.alloc.bytes = *debt;
    e = heap_alloc(m, g, &g->op.alloc);
    if (e != DONE)
        return e;
    strbuf_addf(m->rt->user, "%lld ", (long long)*debt);
    return EXIT;
}

static const struct g_kind debtor_kind = {.name = "debtor", .run = run_debtor};

static void start_debtors(struct m *m)
{
    pretend_to_mark(m->rt);
    for (int i = 0; i < 3; i++) /* the last born runs first, then the others in their order */
        spawn(m, &debtor_kind, (void *)&debts[(i + 1) % 3], (struct site){0});
}

/* A debtor is one byte better off than one thinks: each assist rounds up. */
static enum end pay(struct m *m, struct g *g, int n)
{
    static const int64_t payments[] = {0, 2 * 999 + 2 * 1000, 2 * 498, 2 * 1, 2 * 1999, 40};

    (void)g;
    if (n == 0)
        start_debtors(m);
    if (n == ARRAY_LEN(payments))
        return EXIT;
    strbuf_addf(m->rt->user, "%lld: ", (long long)payments[n]);
    mark_credit(m, payments[n]);
    return DONE;
}

START_TEST(waiting_assists_are_paid_in_order)
{
    /* 1000 is paid and 3000 in part, which goes behind 500; then 500 and 3000 again are paid in part;
     * the next payment does for both, the last is credit */
    struct sim *s = sim_play(1, pay, "0: 3998: 1000 996: 2: 3998: 500 3000 40: ");

    ck_assert_int_eq(s->rt->gc->credit, 40);
    ck_assert_int_eq(count(s, "GCMarkAssistBegin", 0), 3);
    ck_assert_int_eq(count(s, "GCMarkAssistEnd", 0), 3);
    ck_assert_ptr_nonnull(strstr(
        s->text.text, "GoBlock \"GC mark assist wait for work\" [runtime.gcAssistAlloc:1"));
    sim_free(s);
}
END_TEST

static enum end end_it(struct m *m, struct g *g, int n)
{
    if (n == 0)
        start_debtors(m);
    if (n == 1) {
        m->rt->gc->ending = false;
        return cycle_end(m, g, &g->op.alloc.start);
    }
    return n == 2 ? EXIT : DONE;
}

START_TEST(the_end_of_a_cycle_wakes_all_assists)
{
    struct sim *s = sim_play(1, end_it, "1000 3000 500 ");

    ck_assert_int_eq(s->rt->gc->phase, GC_OFF);
    ck_assert_uint_eq(s->rt->gc->assists.n, 0);
    sim_free(s);
}
END_TEST

static enum end grow(struct m *m, struct g *g, int n)
{
    struct gc *gc = m->rt->gc;
    enum end e;

    if (n == 0) {
        pretend_to_mark(m->rt);
        g->assist = MiB; /* owes nothing */
    }
    if (n == 2)
        return EXIT;
    g->op.alloc.bytes = 3000; /* the second time that needs a span */
    e = heap_alloc(m, g, &g->op.alloc);
    if (e == DONE)
        strbuf_addf(m->rt->user, "%s ", gc->pacer.work_per_byte == 2 ? "same" : "new");
    return e;
}

START_TEST(the_ratio_follows_the_heap)
{
    sim_free(sim_play(1, grow, "same new "));
}
END_TEST

/* ---- workers again */

static const struct g_kind burner_kind = {.name = "burner", .run = run_allocator};

static enum end share(struct m *m, struct g *g, int n)
{
    static struct allocator burner = {.compute = 100 * S};
    struct gc *gc = m->rt->gc;
    struct rt *rt = m->rt;

    (void)g;
    if (n == 0)
        spawn(m, &burner_kind, &burner, (struct site){0});
    if (n != 1)
        return n == 2 ? EXIT : DONE;
    struct p *other = &rt->allp[1 - m->p->id];

    pretend_to_mark(rt);
    gc->work = 100000;
    mark_take(m, 10);
    strbuf_addf(rt->user, "%s ", other->m->preempt ? "asked" : "left alone");
    gc->slots.dedicated = 1;
    mark_take(m, 10);
    strbuf_addf(rt->user, "%s ", other->m->preempt ? "asked" : "left alone");
    gc->slots.dedicated = 0;
    gc->phase = GC_OFF;
    return DONE;
}

START_TEST(work_to_share_asks_for_missing_workers)
{
    sim_free(sim_play(2, share, "left alone asked "));
}
END_TEST

static enum end preempt_worker(struct m *m, struct g *g, int n)
{
    struct worker *w = &m->rt->gc->workers[0];

    if (n != 1)
        return n == 2 ? EXIT : DONE;
    if (w->g == NULL)
        return worker_start(m, g);
    for (int i = 0; i < 3; i++)
        spawn(m, &debtor_kind, (void *)&debts[i], (struct site){0});
    w->mode = WORKER_DEDICATED;
    w->stop = w->gave_queue = false;
    strbuf_addf(m->rt->user, "%d ", w->g->kind->keep_running(m, w->g));
    strbuf_addf(m->rt->user, "global %u local %u stop %d ", m->rt->n_global, runq_len(m->rt, m->p), w->stop);
    w->mode = WORKER_IDLE;
    strbuf_addf(m->rt->user, "%d ", w->g->kind->keep_running(m, w->g));
    strbuf_addf(m->rt->user, "stop %d ", w->stop);
    return DONE;
}

START_TEST(a_dedicated_worker_gives_its_queue_away_and_goes_on)
{
    sim_free(sim_play(1, preempt_worker, "1 global 3 local 0 stop 0 1 stop 1 500 1000 3000 "));
}
END_TEST

Suite *gc_cycle_suite(void)
{
    Suite *suite = suite_create("gc cycle");
    TCase *assists = tcase_create("assists");
    TCase *heap = tcase_create("heap");
    TCase *workers = tcase_create("workers");
    TCase *cycles = tcase_create("cycles");

    tcase_add_test(assists, no_assists_well_below_the_bound);
    tcase_add_test(assists, assists_well_above_the_bound);
    tcase_add_test(assists, waiting_assists_are_paid_in_order);
    tcase_add_test(assists, the_end_of_a_cycle_wakes_all_assists);
    tcase_add_test(assists, the_ratio_follows_the_heap);
    suite_add_tcase(suite, assists);
    tcase_add_test(heap, heavy_allocators_stay_near_the_goal);
    tcase_add_test(heap, heap_grows_with_what_is_kept_and_shrinks_to_what_is_alive);
    tcase_add_test(heap, garbage_is_gone_after_the_next_cycle);
    tcase_add_test(heap, nothing_reachable_is_lost);
    tcase_add_test(heap, gogc_off_never_collects);
    suite_add_tcase(suite, heap);
    tcase_add_test(workers, background_marking_takes_its_share_of_the_ps);
    tcase_add_test(workers, idle_ps_help);
    tcase_add_test(workers, each_start_of_a_worker_is_labelled);
    tcase_add_test(workers, work_to_share_asks_for_missing_workers);
    tcase_add_test(workers, a_dedicated_worker_gives_its_queue_away_and_goes_on);
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

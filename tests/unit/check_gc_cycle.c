#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "runtime/gc/gc.h"
#include "runtime/machine/virtual.h"
#include "runtime/trace/trace.h"
#include "tests/unit/trace_text.h"

Suite *gc_cycle_suite(void);

#define MiB (INT64_C(1) << 20)
#define MS INT64_C(1000000)

/* A goroutine that computes and allocates in turn, for ever. */
struct allocator {
    int64_t compute, bytes, pointers;
    int64_t left; /* of the present computation */
    bool allocating;
    int64_t rounds;
};

struct sim {
    struct rt *rt;
    struct machine *vm;
    struct strbuf trace;
    int64_t length; /* main returns then */
    struct allocator *by;
    uint32_t n;
};

static void keep(void *context, const void *bytes, size_t n)
{
    strbuf_addn(context, bytes, n);
}

static enum end run_allocator(struct m *m, struct g *g)
{
    struct allocator *a = g->body;
    enum end e;

    if (!a->allocating) {
        a->left -= m->ran;
        if (a->left > 0) {
            m->compute_ns = a->left;
            m->uncuttable = false;
            return COMPUTE;
        }
        a->allocating = true;
        g->op.alloc = (struct alloc_op){.bytes = a->bytes, .pointers = a->pointers};
    }
    e = heap_alloc(m, g, &g->op.alloc);
    if (e != DONE)
        return e;
    a->allocating = false;
    a->left = a->compute;
    a->rounds++;
    m->ran = 0;
    return AGAIN;
}

static const struct g_kind allocator_kind = {.name = "allocator", .run = run_allocator};

static enum end run_main(struct m *m, struct g *g)
{
    struct sim *s = g->body;

    if (s->n) {
        for (uint32_t i = 0; i < s->n; i++)
            spawn(m, &allocator_kind, &s->by[i], (struct site){0});
        s->n = 0;
    }
    return op_sleep(m, g, &g->op.sleep, s->length) == DONE ? EXIT : PARK;
}

static const struct g_kind main_kind = {.name = "main", .run = run_main};

static struct sim *sim_new(uint32_t procs, int32_t gogc, int64_t resident)
{
    struct settings set = {.gomaxprocs = procs, .gogc = gogc, .seed = 1, .schedule_seed = 1,
                           .max_steps = 100000000, .max_time = 3600000 * MS};
    struct sim *s = xcalloc(1, sizeof *s);

    strbuf_init(&s->trace);
    s->vm = virtual_new(procs, (struct sink){keep, &s->trace});
    s->rt = rt_new(&set, &virtual_ops, s->vm);
    virtual_attach(s->vm, s->rt);
    s->rt->gc = gc_new(s->rt);
    s->rt->tracer = trace_new(s->rt, 1000000000);
    heap_resident(s->rt, resident, resident);
    return s;
}

static void sim_run(struct sim *s, struct allocator *by, uint32_t n, int64_t length)
{
    s->by = by;
    s->n = n;
    s->length = length;
    trace_start(s->rt);
    sched_boot(s->rt, &main_kind, s, (struct site){0});
    virtual_run(s->vm, NULL, NULL);
    trace_stop(s->rt);
}

static void sim_free(struct sim *s)
{
    virtual_free(s->vm);
    trace_free(s->rt->tracer);
    gc_free(s->rt->gc);
    rt_free(s->rt);
    strbuf_release(&s->trace);
    free(s);
}

START_TEST(explore)
{
    struct sim *s = sim_new(4, 25, 64 * MiB);
    struct allocator a[3] = {{.compute = 300000, .bytes = 256 << 10}, {.compute = 300000, .bytes = 256 << 10}, {.compute = 300000, .bytes = 256 << 10}};
    sim_run(s, a, 3, 200 * MS);
    printf("cycles %lu live %ld goal %ld peak %ld rounds %ld %ld %ld trace %zu\n", gc_cycles(s->rt), heap_live(s->rt), heap_goal(s->rt), heap_peak(s->rt), a[0].rounds, a[1].rounds, a[2].rounds, s->trace.len);
    struct strbuf t = STRBUF_INIT;
    trace_text(&t, s->trace.text, s->trace.len);
    FILE *f = fopen("/tmp/gcdetect/trace.txt", "w"); fputs(t.text, f); fclose(f);
    sim_free(s);
}
END_TEST

Suite *gc_cycle_suite(void)
{
    Suite *s = suite_create("gc cycle");
    TCase *t = tcase_create("x");
    tcase_add_test(t, explore);
    suite_add_tcase(s, t);
    return s;
}

#include "tests/unit/gc_stage.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "runtime/machine/virtual.h"
#include "runtime/trace/trace.h"
#include "tests/unit/wire_text.h"

static void append(void *context, const void *bytes, size_t n)
{
    strbuf_addn(context, bytes, n);
}

static void begin_allocation(struct g *g, struct gc_allocator *a)
{
    uint64_t bits = rng_draw(1, 1, g->id, (uint64_t)a->rounds);
    int64_t bytes = a->random ? rng_uniform(bits, 1, a->bytes) : a->bytes;

    g->op.alloc = (struct alloc_op){.bytes = bytes, .pointers = a->random ? bytes / 2 : a->pointers};
}

static void end_allocation(struct rt *rt, struct g *g, struct gc_allocator *a)
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

static void drop_resident(struct rt *rt, struct gc_allocator *a)
{
    if (a->rounds != 100)
        return;
    heap_drop(rt, a->drops, a->drops);
    a->drops = 0;
}

static enum end run_allocator(struct m *m, struct g *g)
{
    struct gc_allocator *a = g->body;

    if (!a->allocating) {
        a->left -= m->ran;
        if (a->left > 0) {
            m->compute_ns = a->left;
            m->uncuttable = false;
            return COMPUTE;
        }
        drop_resident(m->rt, a);
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

const struct g_kind gc_allocator_kind = {.name = "allocator", .run = run_allocator};

static enum end run_main(struct m *m, struct g *g)
{
    struct gc_stage *s = g->body;

    for (; s->n > 0; s->n--)
        spawn(m, &gc_allocator_kind, &s->by[s->n - 1], (struct site){0});
    enum end e = op_sleep(m, g, &g->op.sleep, s->length);

    return e == DONE ? EXIT : e;
}

static const struct g_kind main_kind = {.name = "main", .run = run_main};

static enum end run_turns(struct m *m, struct g *g)
{
    struct gc_stage *s = g->body;
    enum end e;

    if (!s->sleeping) {
        e = s->turn(m, g, s->turns);
        if (e != DONE)
            return e;
        s->sleeping = true;
        memset(&g->op, 0, sizeof g->op);
    }
    e = op_sleep(m, g, &g->op.sleep, MS);
    if (e != DONE)
        return e;
    s->sleeping = false;
    s->turns++;
    memset(&g->op, 0, sizeof g->op);
    return AGAIN;
}

static const struct g_kind turns_kind = {.name = "main", .run = run_turns};

struct gc_stage *gc_stage_new(uint32_t procs, int32_t gogc, int64_t resident)
{
    struct settings set = {.gomaxprocs = procs, .cpus = procs, .gogc = gogc, .seed = 1, .schedule_seed = 1};
    struct gc_stage *s = xcalloc(1, sizeof *s);

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

void gc_stage_free(struct gc_stage *s)
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
    const struct gc_line *x = a;
    const struct gc_line *y = b;

    if (x->at != y->at)
        return (x->at > y->at) - (x->at < y->at);
    return (x->place > y->place) - (x->place < y->place);
}

bool gc_line_parse(const char *text, struct gc_line *l)
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

const char *gc_line_next(const char *text)
{
    const char *end = strchr(text, '\n');

    return end ? end + 1 : text + strlen(text);
}

static void parse(struct gc_stage *s)
{
    struct gc_line l;

    for (const char *text = s->text.text; *text; text = gc_line_next(text)) {
        if (!gc_line_parse(text, &l))
            continue;
        l.place = s->lines.len;
        vec_push(&s->lines, l);
    }
    qsort(s->lines.data, s->lines.len, sizeof *s->lines.data, by_time);
}

int gc_stage_count(const struct gc_stage *s, const char *event, int64_t from)
{
    int n = 0;

    for (size_t i = 0; i < s->lines.len; i++)
        n += s->lines.data[i].at >= from && strcmp(s->lines.data[i].event, event) == 0;
    return n;
}

int64_t gc_stage_nth(const struct gc_stage *s, const char *event, int nth)
{
    for (size_t i = 0; i < s->lines.len; i++)
        if (strcmp(s->lines.data[i].event, event) == 0 && --nth == 0)
            return s->lines.data[i].at;
    return -1;
}

int64_t gc_stage_total(const struct gc_stage *s, const char *begin, const char *end, int64_t from)
{
    int64_t sum = 0;
    int open = 0;
    int64_t last = from;

    for (size_t i = 0; i < s->lines.len; i++) {
        const struct gc_line *l = &s->lines.data[i];

        if (l->at >= from) {
            sum += open * (l->at - last);
            last = l->at;
        }
        open += strcmp(l->event, begin) == 0;
        open -= strcmp(l->event, end) == 0;
    }
    return sum;
}

static void run(struct gc_stage *s, const struct g_kind *kind)
{
    trace_start(s->rt);
    sched_boot(s->rt, kind, s, (struct site){0});
    virtual_run(s->vm, NULL, NULL);
    trace_stop(s->rt);
    wire_text(&s->text, s->trace.text, s->trace.len);
    parse(s);
}

void gc_stage_allocate(struct gc_stage *s, struct gc_allocator *by, uint32_t n, int64_t length)
{
    s->by = by;
    s->n = n;
    s->length = length;
    run(s, &main_kind);
    ck_assert_int_eq(s->rt->end, END_RETURNED);
}

struct strbuf gc_stage_log;

void gc_stage_play(struct gc_stage *s, enum end (*turn)(struct m *m, struct g *g, int n), const char *want)
{
    strbuf_init(&gc_stage_log);
    s->turn = turn;
    run(s, &turns_kind);
    ck_assert_str_eq(gc_stage_log.text, want);
    strbuf_release(&gc_stage_log);
}

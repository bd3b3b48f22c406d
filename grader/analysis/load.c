#include "grader/analysis/analysis.h"

#include <stdlib.h>
#include <string.h>

#include "grader/reader/plain.h"

/* What is in progress while events are read. */
struct loading {
    struct analysis *a;
    struct idmap open_tasks;   /* task -> index + 1 */
    struct idmap proc_since;   /* proc -> running since, + 1 */
    VEC(size_t) region_outer;  /* by region: index + 1 of the one around it on its goroutine */
    VEC(uint8_t) leaves;       /* by stack: the kind of its leaf + 1, 0: not looked at yet */
    int64_t stw_since;
    int64_t sync; /* begin of the present generation */
};

/* ---- strings and stacks */

/* A copy that may be shown. */
static const char *plain_copy(struct analysis *a, struct trace_text t)
{
    char *copy = arena_strndup(&a->arena, t.text, t.length);

    plain_make(copy, t.length);
    return copy;
}

const char *analysis_string(struct analysis *a, uint32_t string)
{
    while (a->strings.len <= string)
        vec_push(&a->strings, NULL);
    if (!a->strings.data[string])
        a->strings.data[string] = plain_copy(a, reader_string(a->reader, string));
    return a->strings.data[string];
}

const char *stack_frame_text(struct analysis *a, uint32_t frame)
{
    struct trace_frame f = reader_frame(a->reader, frame);
    const char *file = analysis_string(a, f.file);

    return arena_printf(&a->arena, "%s %s:%llu", analysis_string(a, f.func), file,
                        (unsigned long long)f.line);
}

/* Whether a function belongs to the runtime or the standard library: their packages have no dot in the
 * first part of their path, and no function of a workload has a package at all. */
static bool is_library(const char *func)
{
    static const char *const packages[] = {"runtime.",  "runtime/", "internal/", "sync.",   "time.",
                                           "syscall.",  "context.", "net.",      "net/",    "os.",
                                           "io.",       "bufio.",   "sync/",     "os/",     "fmt.",
                                           "golang.org/x/sync/"};

    for (size_t i = 0; i < ARRAY_LEN(packages); i++)
        if (strncmp(func, packages[i], strlen(packages[i])) == 0)
            return true;
    return false;
}

static const char *make_site(struct analysis *a, uint32_t stack)
{
    struct trace_stack s = reader_stack(a->reader, stack);

    if (s.count == 0)
        return "-";
    for (uint32_t i = 0; i < s.count; i++)
        if (!is_library(analysis_string(a, reader_frame(a->reader, s.frames[i]).func)))
            return stack_frame_text(a, s.frames[i]);
    return analysis_string(a, reader_frame(a->reader, s.frames[s.count - 1]).func);
}

const char *stack_site(struct analysis *a, uint32_t stack)
{
    while (a->sites.len <= stack)
        vec_push(&a->sites, NULL);
    if (!a->sites.data[stack])
        a->sites.data[stack] = make_site(a, stack);
    return a->sites.data[stack];
}

const char *stack_call(struct analysis *a, uint32_t stack)
{
    struct trace_stack s = reader_stack(a->reader, stack);
    const char *called = NULL;

    for (uint32_t i = 0; i < s.count; i++) {
        const char *func = analysis_string(a, reader_frame(a->reader, s.frames[i]).func);

        if (!is_library(func))
            break;
        called = func;
    }
    return called;
}

/* Exclusion or hand-over, by the function of the runtime or of sync that waits: the outermost one that the
 * table of leaves knows, since sync functions sit on top of runtime ones. */
static enum leaf_kind find_leaf(struct analysis *a, uint32_t stack)
{
    static const struct {
        enum leaf_kind kind;
        const char *func;
    } leaves[] = {
#define LEAF(no, sym, kind, func, file) {LEAF_##kind, func},
        LEAVES(LEAF)
#undef LEAF
    };
    struct trace_stack s = reader_stack(a->reader, stack);
    enum leaf_kind found = LEAF_OTHER;

    for (uint32_t i = 0; i < s.count && i < 4; i++) {
        const char *func = analysis_string(a, reader_frame(a->reader, s.frames[i]).func);

        if (!is_library(func))
            break;
        for (size_t l = 1; l < ARRAY_LEN(leaves); l++)
            if (leaves[l].kind != LEAF_OTHER && strcmp(leaves[l].func, func) == 0)
                found = leaves[l].kind;
    }
    return found;
}

static enum leaf_kind leaf_of(struct loading *in, uint32_t stack)
{
    while (in->leaves.len <= stack)
        vec_push(&in->leaves, 0);
    uint8_t *leaf = &in->leaves.data[stack];

    if (!*leaf)
        *leaf = (uint8_t)(find_leaf(in->a, stack) + 1);
    return *leaf - 1;
}

/* ---- goroutines */

/* Ids are given out one by one: an array serves the ordinary trace. */
#define SMALL_ID (1u << 20)

static struct goroutine *goroutine_of(const struct analysis *a, uint64_t id)
{
    uint64_t index;

    if (id < a->by_small_id.len)
        return a->by_small_id.data[id] ? &a->goroutines.data[a->by_small_id.data[id] - 1] : NULL;
    if (id < SMALL_ID || !idmap_get(&a->by_id, id, &index))
        return NULL;
    return &a->goroutines.data[index];
}

static void note_id(struct analysis *a, uint64_t id, size_t index)
{
    if (id >= SMALL_ID) {
        idmap_put(&a->by_id, id, index);
        return;
    }
    while (a->by_small_id.len <= id)
        vec_push(&a->by_small_id, 0);
    a->by_small_id.data[id] = (uint32_t)index + 1;
}

static struct goroutine *find_g(struct loading *in, uint64_t id)
{
    return goroutine_of(in->a, id);
}

static struct goroutine *new_g(struct loading *in, uint64_t id, int64_t born, bool seen)
{
    struct analysis *a = in->a;

    vec_push(&a->goroutines,
             ((struct goroutine){.id = id, .born = born, .died = -1, .seen_born = seen}));
    note_id(a, id, a->goroutines.len - 1);
    return &vec_last(&a->goroutines);
}

static void name_g(struct loading *in, struct goroutine *g, uint32_t stack)
{
    struct trace_stack s = reader_stack(in->a->reader, stack);

    if (g->name || s.count == 0)
        return;
    g->name = reader_frame(in->a->reader, s.frames[s.count - 1]).func;
    const char *name = analysis_string(in->a, g->name);

    g->system = (strncmp(name, "runtime.", 8) == 0 && strcmp(name, "runtime.main") != 0) ||
                strncmp(name, "runtime/trace.", 14) == 0;
}

static enum category category_of(struct loading *in, const struct goroutine *g, enum trace_state state,
                                 uint32_t reason)
{
    switch (state) {
    case TRACE_RUNNING:
        return g->assists ? CAT_GC : CAT_EXECUTION;
    case TRACE_RUNNABLE:
        return CAT_SCHED_WAIT;
    case TRACE_SYSCALL:
        return CAT_SYSCALL;
    case TRACE_WAITING:
        return category_of_reason(analysis_string(in->a, reason));
    default:
        return CAT_OTHER;
    }
}

static void begin_segment(struct loading *in, struct goroutine *g, int64_t at, enum trace_state state,
                          uint32_t reason, uint32_t stack)
{
    struct segment s = {.start = at, .state = (uint8_t)state, .reason = reason, .stack = stack};

    s.category = (uint8_t)category_of(in, g, state, reason);
    if (state == TRACE_WAITING)
        s.leaf = (uint8_t)leaf_of(in, stack);
    if (g->segments.len && vec_last(&g->segments).start == at)
        vec_last(&g->segments) = s;
    else
        vec_push(&g->segments, s);
}

static void on_goroutine(struct loading *in, const struct trace_event *e)
{
    struct goroutine *g = find_g(in, e->transition.id);
    enum trace_state from = e->transition.from;
    enum trace_state to = e->transition.to;

    if (from == to)
        return;
    if (!g || from == TRACE_NOT_EXIST) {
        bool seen = from == TRACE_NOT_EXIST;

        g = new_g(in, e->transition.id, seen ? e->time : in->sync, seen);
        if (seen) {
            g->creator = e->goroutine == TRACE_NO_GOROUTINE ? 0 : e->goroutine;
            g->stack = e->stack;
        }
    }
    name_g(in, g, e->transition.stack);
    if (from == TRACE_WAITING && g->segments.len && e->goroutine != TRACE_NO_GOROUTINE)
        vec_last(&g->segments).by = e->goroutine;
    if (to == TRACE_NOT_EXIST) {
        g->died = e->time;
        return;
    }
    uint32_t stack = to == TRACE_WAITING || to == TRACE_SYSCALL ? e->transition.stack : e->stack;

    begin_segment(in, g, from == TRACE_UNDETERMINED ? in->sync : e->time, to,
                  to == TRACE_WAITING ? e->transition.reason : 0, stack);
}

static void on_proc(struct loading *in, const struct trace_event *e)
{
    uint64_t since;

    if (e->transition.to == TRACE_RUNNING) {
        if (!idmap_get(&in->proc_since, e->transition.id, NULL))
            idmap_put(&in->proc_since, e->transition.id,
                      (uint64_t)(e->transition.from == TRACE_UNDETERMINED ? in->sync : e->time));
    } else if (idmap_get(&in->proc_since, e->transition.id, &since)) {
        in->a->proc_running += e->time - (int64_t)since;
        idmap_del(&in->proc_since, e->transition.id);
    }
}

static void on_transition(struct loading *in, const struct trace_event *e)
{
    if (e->transition.resource == TRACE_GOROUTINE)
        on_goroutine(in, e);
    else
        on_proc(in, e);
}

/* ---- ranges */

static void on_assist(struct loading *in, const struct trace_event *e, bool on)
{
    struct goroutine *g = find_g(in, e->range.id);

    if (!g || !g->segments.len)
        return;
    g->assists = on;
    if (vec_last(&g->segments).state == TRACE_RUNNING)
        begin_segment(in, g, e->time, TRACE_RUNNING, 0, e->stack);
}

static void on_mark(struct loading *in, const struct trace_event *e)
{
    struct analysis *a = in->a;

    if (e->kind == TRACE_RANGE_BEGIN)
        vec_push(&a->cycles, ((struct gc_cycle){e->time, -1}));
    else if (e->kind == TRACE_RANGE_ACTIVE && a->cycles.len == 0)
        vec_push(&a->cycles, ((struct gc_cycle){-1, -1}));
    else if (e->kind == TRACE_RANGE_END && a->cycles.len)
        vec_last(&a->cycles).end = e->time;
}

static void on_range(struct loading *in, const struct trace_event *e)
{
    switch (e->range.name) {
    case RANGE_GC_MARK_ASSIST:
        on_assist(in, e, e->kind != TRACE_RANGE_END);
        break;
    case RANGE_GC_MARK:
        on_mark(in, e);
        break;
    case RANGE_STW:
        if (e->kind == TRACE_RANGE_BEGIN)
            in->stw_since = e->time;
        else
            in->a->stw += e->time - in->stw_since;
        break;
    default:
        break;
    }
}

/* ---- annotations */

static uint64_t context_of(const struct trace_event *e)
{
    return e->goroutine == TRACE_NO_GOROUTINE ? 0 : e->goroutine;
}

static void on_task_begin(struct loading *in, const struct trace_event *e)
{
    vec_push(&in->a->tasks, ((struct task){.id = e->task.id,
                                           .parent = e->task.parent,
                                           .name = e->task.name,
                                           .stack = e->stack,
                                           .begin = e->time,
                                           .end = -1,
                                           .begin_g = context_of(e)}));
    idmap_put(&in->open_tasks, e->task.id, in->a->tasks.len);
}

static void on_task_end(struct loading *in, const struct trace_event *e)
{
    uint64_t index;

    if (!idmap_get(&in->open_tasks, e->task.id, &index))
        return; /* begun before the trace, or ended twice */
    in->a->tasks.data[index - 1].end = e->time;
    in->a->tasks.data[index - 1].end_g = context_of(e);
    idmap_del(&in->open_tasks, e->task.id);
}

static void on_region_begin(struct loading *in, const struct trace_event *e)
{
    struct goroutine *g = find_g(in, e->goroutine);

    vec_push(&in->region_outer, g ? g->region : 0);
    vec_push(&in->a->regions, ((struct region){.task = e->region.task,
                                               .name = e->region.name,
                                               .stack = e->stack,
                                               .begin = e->time,
                                               .end = -1,
                                               .begin_g = context_of(e)}));
    if (g)
        g->region = in->a->regions.len;
}

/* An end closes the innermost region of its goroutine; without one it is an end alone (begun before the
 * trace, or on another goroutine). */
static void on_region_end(struct loading *in, const struct trace_event *e)
{
    struct goroutine *g = find_g(in, e->goroutine);

    if (!g || g->region == 0) {
        vec_push(&in->region_outer, 0);
        vec_push(&in->a->regions, ((struct region){.task = e->region.task,
                                                   .name = e->region.name,
                                                   .stack = e->stack,
                                                   .begin = -1,
                                                   .end = e->time,
                                                   .end_g = context_of(e)}));
        return;
    }
    struct region *r = &in->a->regions.data[g->region - 1];

    r->end = e->time;
    r->end_g = g->id;
    g->region = in->region_outer.data[g->region - 1];
}

static void on_log(struct loading *in, const struct trace_event *e)
{
    struct analysis *a = in->a;

    vec_push(&a->logs, ((struct log){.task = e->log.task,
                                     .g = context_of(e),
                                     .at = e->time,
                                     .category = e->log.category,
                                     .stack = e->stack,
                                     .message = plain_copy(a, e->log.message)}));
}

/* ---- all together */

static void take_event(struct loading *in, const struct trace_event *e)
{
    struct analysis *a = in->a;

    if (a->events == 0)
        a->begin = e->time;
    a->end = e->time;
    a->events++;
    switch (e->kind) {
    case TRACE_SYNC:
        in->sync = e->time;
        break;
    case TRACE_METRIC:
        if (e->metric.metric == METRIC_GOMAXPROCS && a->gomaxprocs < (int64_t)e->metric.value)
            a->gomaxprocs = (int64_t)e->metric.value;
        break;
    case TRACE_RANGE_BEGIN:
    case TRACE_RANGE_ACTIVE:
    case TRACE_RANGE_END:
        on_range(in, e);
        break;
    case TRACE_TASK_BEGIN:
        on_task_begin(in, e);
        break;
    case TRACE_TASK_END:
        on_task_end(in, e);
        break;
    case TRACE_REGION_BEGIN:
        on_region_begin(in, e);
        break;
    case TRACE_REGION_END:
        on_region_end(in, e);
        break;
    case TRACE_LOG:
        on_log(in, e);
        break;
    case TRACE_TRANSITION:
        on_transition(in, e);
        break;
    case TRACE_LEDGER_PAGE:
        facts_page(&a->facts, e->page.text, e->page.length);
        break;
    default:
        break;
    }
}

/* What the ledger says of each goroutine; and who has which request in hand: takes from the ledger, the
 * rest by birth. Creators come before their children in a->goroutines. */
static void settle_hands(struct loading *in)
{
    struct analysis *a = in->a;
    struct facts *f = &a->facts;

    for (size_t i = 0; i < f->takes.len; i++) {
        struct goroutine *g = find_g(in, f->takes.data[i].g);

        if (g)
            vec_push(&g->takes, f->takes.data[i]);
    }
    for (size_t i = 0; i < f->waits.len; i++) {
        struct goroutine *g = find_g(in, f->waits.data[i].g);

        if (g)
            vec_push(&g->waits, f->waits.data[i]);
    }
    for (uint32_t l = 0; l < f->loads.len; l++) {
        for (uint32_t i = 0; i < f->loads.data[l].requests.len; i++) {
            const struct fact_request *r = facts_request(f, l, i);
            struct goroutine *g = r ? find_g(in, r->handler) : NULL;

            if (g)
                g->hand = request_hand(l, i);
        }
    }
    for (size_t i = 0; i < a->goroutines.len; i++) {
        struct goroutine *g = &a->goroutines.data[i];
        const struct goroutine *creator = g->hand ? NULL : find_g(in, g->creator);

        if (creator)
            g->hand = hand_at(creator, g->born);
    }
}

/* So that a stretch of a long life need not be added up segment by segment (states_between). */
static void add_sums(const struct analysis *a, struct goroutine *g)
{
    size_t n = g->segments.len;

    if (n < 2 * SUM_EVERY)
        return;
    g->sums = xcalloc(n / SUM_EVERY + 1, sizeof *g->sums);
    for (size_t k = 1; k <= n / SUM_EVERY; k++) {
        memcpy(g->sums[k], g->sums[k - 1], sizeof g->sums[k]);
        for (size_t i = (k - 1) * SUM_EVERY; i < k * SUM_EVERY; i++)
            g->sums[k][g->segments.data[i].category] += segment_end(a, g, i) - g->segments.data[i].start;
    }
}

static void finish(struct loading *in)
{
    for (size_t at = 0;;) {
        const struct idmap_entry *p = idmap_next(&in->proc_since, &at);

        if (!p)
            break;
        in->a->proc_running += in->a->end - (int64_t)p->value;
    }
    settle_hands(in);
    for (size_t i = 0; i < in->a->goroutines.len; i++)
        add_sums(in->a, &in->a->goroutines.data[i]);
    idmap_release(&in->open_tasks);
    idmap_release(&in->proc_since);
    vec_free(&in->region_outer);
    vec_free(&in->leaves);
}

struct analysis *analysis_load(struct trace_reader *reader, struct trace_error *error)
{
    struct analysis *a = xcalloc(1, sizeof *a);
    struct loading in = {.a = a};
    struct trace_event e;
    enum trace_result got;
    struct trace_text page;

    a->reader = reader;
    while ((got = trace_next(reader, &e, error)) == TRACE_EVENT)
        take_event(&in, &e);
    a->whole = got == TRACE_END;
    while (!a->whole && trace_next_page(reader, &page))
        facts_end_page(&a->facts, page.text, page.length);
    finish(&in);
    return a;
}

void analysis_free(struct analysis *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->goroutines.len; i++) {
        vec_free(&a->goroutines.data[i].segments);
        free(a->goroutines.data[i].sums);
        vec_free(&a->goroutines.data[i].takes);
        vec_free(&a->goroutines.data[i].waits);
    }
    vec_free(&a->goroutines);
    vec_free(&a->regions);
    vec_free(&a->tasks);
    vec_free(&a->logs);
    vec_free(&a->cycles);
    vec_free(&a->strings);
    vec_free(&a->sites);
    vec_free(&a->holders);
    idmap_release(&a->by_id);
    vec_free(&a->by_small_id);
    facts_release(&a->facts);
    trace_close(a->reader);
    arena_release(&a->arena);
    free(a);
}

const struct goroutine *analysis_goroutine(const struct analysis *a, uint64_t id)
{
    return goroutine_of(a, id);
}

int64_t segment_end(const struct analysis *a, const struct goroutine *g, size_t i)
{
    if (i + 1 < g->segments.len)
        return g->segments.data[i + 1].start;
    return g->died >= 0 ? g->died : a->end;
}

int64_t segment_at(const struct goroutine *g, int64_t t)
{
    size_t lo = 0;
    size_t hi = g->segments.len;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (g->segments.data[mid].start <= t)
            lo = mid + 1;
        else
            hi = mid;
    }
    return (int64_t)lo - 1;
}

uint64_t hand_at(const struct goroutine *g, int64_t t)
{
    uint64_t hand = g->hand;

    for (size_t i = 0; i < g->takes.len && g->takes.data[i].at <= t; i++)
        hand = request_hand(g->takes.data[i].load, g->takes.data[i].index);
    return hand;
}

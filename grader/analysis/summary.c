#include "grader/analysis/summary.h"

#include <stdlib.h>
#include <string.h>

const char *const quantile_names[QUANTILE_COUNT] = {"p50", "p90", "p99", "max"};

typedef VEC(int64_t) numbers;

/* Groups while they are filled: their durations beside them. */
struct grouping {
    struct idmap index; /* key -> index + 1 */
    VEC(numbers) times;
};

struct making {
    struct summary *s;
    struct analysis *a;
    struct idmap places;   /* key -> index */
    struct idmap pendings;
    struct idmap tasks;    /* id -> index in a->tasks */
    struct grouping functions, task_names, regions;
    numbers latencies;
    uint32_t load, request; /* whose time is being split */
    struct load_summary *of;
    int64_t split[CAT_STATES]; /* of this request */
};

/* ---- spreads -------------------------------------------------------------------------------- */

int64_t spread_mean(const struct spread *s)
{
    return s->count ? (s->total + s->count / 2) / s->count : 0;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Sorts the values, and frees them. */
static struct spread spread_of(numbers *v)
{
    static const int64_t parts[QUANTILE_COUNT] = {50, 90, 99, 100};
    struct spread s = {.count = (int64_t)v->len};

    if (v->len == 0)
        return s;
    qsort(v->data, v->len, sizeof v->data[0], by_value);
    for (size_t i = 0; i < v->len; i++)
        s.total += v->data[i];
    for (int q = 0; q < QUANTILE_COUNT; q++)
        s.q[q] = v->data[(s.count * parts[q] + 99) / 100 - 1];
    vec_free(v);
    return s;
}

/* ---- time and stacks ------------------------------------------------------------------------ */

int64_t request_time(const struct analysis *a, const struct fact_request *r)
{
    return (r->status ? r->reply : a->end) - r->arrived;
}

bool request_counts(const struct analysis *a, const struct fact_request *r)
{
    return r->arrived >= a->facts.warmup;
}

uint32_t segment_stack(const struct goroutine *g, size_t i)
{
    const struct segment *s = &g->segments.data[i];

    if (s->state != TRACE_RUNNABLE)
        return s->stack;
    if (i == 0)
        return g->stack;
    const struct segment *before = s - 1;

    return before->state == TRACE_RUNNING ? s->stack : before->stack;
}

void states_between(const struct analysis *a, const struct goroutine *g, int64_t from, int64_t to,
                    int64_t states[CAT_STATES])
{
    int64_t first = segment_at(g, from);

    for (size_t i = first < 0 ? 0 : (size_t)first; i < g->segments.len; i++) {
        int64_t begin = g->segments.data[i].start;
        int64_t end = segment_end(a, g, i);

        if (begin >= to)
            return;
        begin = begin < from ? from : begin;
        end = end > to ? to : end;
        if (end > begin)
            states[g->segments.data[i].category] += end - begin;
    }
}

/* ---- places --------------------------------------------------------------------------------- */

static uint32_t site_of_stack(struct making *m, uint32_t stack)
{
    struct summary *s = m->s;

    while (s->site_of_stack.len <= stack)
        vec_push(&s->site_of_stack, 0);
    if (!s->site_of_stack.data[stack])
        s->site_of_stack.data[stack] =
            (uint32_t)strmap_intern(&s->sites, stack_site(m->a, stack)) + 1;
    return s->site_of_stack.data[stack] - 1;
}

static uint32_t site_of_text(struct making *m, const char *format, const struct goroutine *g)
{
    const char *name = g && g->name ? analysis_string(m->a, g->name) : "?";

    return (uint32_t)strmap_intern(&m->s->sites, arena_printf(&m->a->arena, format, name));
}

/* Where a stretch of time was spent: a line; of execution, for which a trace has no line, the function
 * that the goroutine was started with. */
static uint32_t site_of(struct making *m, const struct piece *p, uint32_t *stack)
{
    *stack = 0;
    if (!p->g)
        return site_of_text(m, "-", NULL);
    if (!p->segment)
        return p->other ? site_of_text(m, "in the queue of %s", p->other) : site_of_text(m, "%s", p->g);
    if (p->segment->category == CAT_EXECUTION)
        return site_of_text(m, "%s", p->g);
    *stack = segment_stack(p->g, (size_t)(p->segment - p->g->segments.data));
    return site_of_stack(m, *stack);
}

static struct place *place_of(struct making *m, const struct piece *p)
{
    uint32_t stack;
    uint32_t site = site_of(m, p, &stack);
    uint64_t key = ((uint64_t)m->load << 40) + ((uint64_t)p->category << 32) + site;
    uint64_t index;

    if (!idmap_get(&m->places, key, &index)) {
        index = m->s->places.len;
        idmap_put(&m->places, key, index);
        vec_push(&m->s->places, ((struct place){.load = m->load, .category = p->category,
                                                .site = site, .stack = stack}));
    }
    return &m->s->places.data[index];
}

static void add_to_place(struct making *m, const struct piece *p)
{
    struct place *at = place_of(m, p);
    int64_t length = p->to - p->from;

    at->count++;
    at->total += length;
    if (p->category == CAT_SYNC && p->behind < CAT_STATES)
        at->behind[p->behind] += length;
    if (length > at->longest.to - at->longest.from) {
        at->longest = *p;
        at->request = m->request;
    }
}

/* ---- requests ------------------------------------------------------------------------------- */

static void on_piece(void *context, const struct piece *p)
{
    struct making *m = context;

    m->split[p->category] += p->to - p->from;
    add_to_place(m, p);
}

static int64_t excess(int64_t spent, int64_t due)
{
    return spent > due ? spent - due : 0;
}

static void add_split(struct making *m, const struct fact_request *r)
{
    struct load_summary *l = m->of;

    memset(m->split, 0, sizeof m->split);
    split_request(m->a, m->load, m->request, on_piece, m);
    for (int c = 0; c < CAT_STATES; c++)
        l->split[c] += m->split[c];
    l->split[CAT_HOST_WAIT] += excess(m->split[CAT_EXECUTION], r->cpu_due);
    l->split[CAT_LATE] += excess(m->split[CAT_NETWORK], r->net_due);
    l->assisted += m->split[CAT_GC] > 0;
    if (m->split[CAT_GC] > l->assist_max)
        l->assist_max = m->split[CAT_GC];
}

/* Answers per 1000 s, from the first arrival to the last answer. */
static int64_t rate(int64_t answers, int64_t from, int64_t to)
{
    return answers > 0 && to > from ? answers * 1000 * (INT64_C(1000000000) / 1000) / ((to - from) / 1000 + 1)
                                    : 0;
}

static void add_load(struct making *m, uint32_t load)
{
    const struct fact_load *f = &m->a->facts.loads.data[load];
    struct load_summary l = {.load = load, .name = f->name ? f->name : "-", .announced = f->announced};
    numbers times = {0};
    int64_t answers = 0;
    int64_t from = INT64_MAX;
    int64_t to = 0;

    m->load = load;
    m->of = &l;
    for (uint32_t i = 0; i < f->requests.len; i++) {
        const struct fact_request *r = facts_request(&m->a->facts, load, i);

        if (!r)
            continue;
        l.seen++;
        l.answered += r->answered;
        if (!request_counts(m->a, r))
            continue;
        l.counted++;
        vec_push(&times, request_time(m->a, r));
        answers += r->answered;
        from = r->arrived < from ? r->arrived : from;
        to = r->answered && r->reply > to ? r->reply : to;
        m->request = i;
        add_split(m, r);
    }
    l.time = spread_of(&times);
    l.throughput = rate(answers, from, to);
    vec_push(&m->s->loads, l);
}

/* ---- groups --------------------------------------------------------------------------------- */

static size_t group_of(struct grouping *by, uint64_t key, struct summary *s, size_t len)
{
    uint64_t index;

    (void)s;
    if (idmap_get(&by->index, key, &index))
        return (size_t)index;
    idmap_put(&by->index, key, len);
    vec_push(&by->times, ((numbers){0}));
    return len;
}

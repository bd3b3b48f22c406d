#include "grader/analysis/summary.h"

#include <stdlib.h>
#include <string.h>

#include "grader/analysis/tell.h"

const char *const quantile_names[QUANTILE_COUNT] = {"p50", "p90", "p99", "max"};

typedef VEC(int64_t) numbers;

/* Groups while they are filled: their durations beside them. */
struct grouping {
    struct group_list *list;
    struct idmap index; /* key -> index in it */
    VEC(numbers) times;
};

struct making {
    struct summary *s;
    struct analysis *a;
    struct idmap places, pending; /* key -> index */
    struct idmap task_by_id;      /* -> index in a->tasks */
    struct grouping functions, tasks, regions, logs;
    numbers latencies;
    uint32_t load, request;    /* whose time is being split */
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
    return request_end(a, r) - r->arrived;
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

/* The segments from i to before k, as far as they lie between the two moments. */
static void add_segments(const struct analysis *a, const struct goroutine *g, size_t i, size_t k,
                         int64_t from, int64_t to, int64_t states[CAT_STATES])
{
    for (; i < k; i++) {
        int64_t begin = g->segments.data[i].start;
        int64_t end = segment_end(a, g, i);

        begin = begin < from ? from : begin;
        end = end > to ? to : end;
        if (end > begin)
            states[g->segments.data[i].category] += end - begin;
    }
}

void states_between(const struct analysis *a, const struct goroutine *g, int64_t from, int64_t to,
                    int64_t states[CAT_STATES])
{
    int64_t at = segment_at(g, from);
    size_t first = at < 0 ? 0 : (size_t)at;
    size_t last = (size_t)(segment_at(g, to) + 1);
    size_t low = first / SUM_EVERY + 1, high = last ? (last - 1) / SUM_EVERY : 0; /* whole ones between */

    if (low >= high) {
        add_segments(a, g, first, last, from, to, states);
        return;
    }
    add_segments(a, g, first, low * SUM_EVERY, from, to, states);
    for (int c = 0; c < CAT_STATES; c++)
        states[c] += g->sums[high][c] - g->sums[low][c];
    add_segments(a, g, high * SUM_EVERY, last, from, to, states);
}

/* ---- places --------------------------------------------------------------------------------- */

static uint32_t site_of_stack(struct making *m, uint32_t stack)
{
    struct summary *s = m->s;

    while (s->site_of_stack.len <= stack)
        vec_push(&s->site_of_stack, 0);
    if (!s->site_of_stack.data[stack])
        s->site_of_stack.data[stack] = (uint32_t)strmap_intern(&s->sites, stack_site(m->a, stack)) + 1;
    return s->site_of_stack.data[stack] - 1;
}

static const char *name_of(struct making *m, const struct goroutine *g)
{
    return g->name ? analysis_string(m->a, g->name) : "?";
}

static const char *text_of(struct making *m, const struct piece *p)
{
    if (!p->g)
        return "-";
    if (!p->segment)
        return p->other ? arena_printf(&m->a->arena, "in the queue of %s", name_of(m, p->other))
                        : name_of(m, p->g);
    return p->segment->category == CAT_EXECUTION ? name_of(m, p->g) : segment_site(m->a, p->g, 0);
}

/* Where a stretch of time was spent: a line; of execution, for which a trace has no line, the function
 * that the goroutine was started with. */
static uint32_t site_of(struct making *m, const struct piece *p, uint32_t *stack)
{
    bool has_stack = p->segment && p->segment->category != CAT_EXECUTION && p->segment != p->g->segments.data;

    *stack = 0;
    if (!has_stack)
        return (uint32_t)strmap_intern(&m->s->sites, text_of(m, p));
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
        vec_push(&m->s->places,
                 ((struct place){.load = m->load, .category = p->category, .site = site, .stack = stack}));
    }
    return &m->s->places.data[index];
}

static bool goes_on(const struct stretch *s, const struct piece *p, uint32_t request)
{
    return s->time > 0 && s->request == request && s->piece.g == p->g && s->piece.segment == p->segment &&
           s->piece.other == p->other && p->to <= s->piece.from;
}

static void add_to_place(struct making *m, const struct piece *p)
{
    struct place *at = place_of(m, p);
    int64_t length = p->to - p->from;

    at->total += length;
    if (goes_on(&at->latest, p, m->request)) {
        at->latest.piece.from = p->from;
        at->latest.time += length;
    } else {
        at->latest = (struct stretch){*p, length, m->request};
        at->count++;
    }
    if (at->latest.time > at->longest.time)
        at->longest = at->latest;
}

/* ---- requests ------------------------------------------------------------------------------- */

static void on_piece(void *context, const struct piece *p)
{
    struct making *m = context;

    m->split[p->category] += p->to - p->from;
    add_to_place(m, p);
}

static void add_piece(void *context, const struct piece *p)
{
    int64_t *split = context;

    split[p->category] += p->to - p->from;
}

void request_split(struct analysis *a, uint32_t load, uint32_t index, int64_t split[CAT_STATES])
{
    memset(split, 0, CAT_STATES * sizeof *split);
    split_request(a, load, index, add_piece, split);
}

static int64_t excess(int64_t spent, int64_t due)
{
    return spent > due ? spent - due : 0;
}

static void add_split(struct making *m, struct load_summary *l, const struct fact_request *r)
{
    int64_t sum = 0;

    memset(m->split, 0, sizeof m->split);
    split_request(m->a, m->load, m->request, on_piece, m);
    for (int c = 0; c < CAT_STATES; c++) {
        l->split[c] += m->split[c];
        sum += m->split[c];
    }
    m->s->identities.splits += sum != request_time(m->a, r);
    if (r->status) { /* else the ledger does not say what was due */
        l->split[CAT_HOST_WAIT] += excess(m->split[CAT_EXECUTION], r->cpu_due);
        l->split[CAT_LATE] += excess(m->split[CAT_NETWORK], r->net_due);
    }
    l->assisted += m->split[CAT_GC] > 0;
    if (m->split[CAT_GC] > l->assist_max)
        l->assist_max = m->split[CAT_GC];
}

/* Answers per 1000 s, from the first arrival to the last answer. */
static int64_t rate(int64_t answers, int64_t from, int64_t to)
{
    return to > from ? answers * INT64_C(1000000000) / ((to - from) / 1000 + 1) : 0;
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
        add_split(m, &l, r);
    }
    l.time = spread_of(&times);
    l.throughput = rate(answers, from, to);
    vec_push(&m->s->loads, l);
}

/* ---- groups --------------------------------------------------------------------------------- */

/* The group of that key, made with this name if it is new. */
static size_t group_of(struct grouping *by, uint64_t key, const char *name)
{
    uint64_t index;

    if (idmap_get(&by->index, key, &index))
        return (size_t)index;
    idmap_put(&by->index, key, by->list->len);
    vec_push(&by->times, ((numbers){0}));
    vec_push(by->list, ((struct group){.name = name}));
    return by->list->len - 1;
}

static void grouping_end(struct grouping *by)
{
    for (size_t i = 0; i < by->list->len; i++)
        by->list->data[i].time = spread_of(&by->times.data[i]);
    vec_free(&by->times);
    idmap_release(&by->index);
}

static void add_task(struct making *m, const struct task *t)
{
    size_t i = group_of(&m->tasks, t->name, analysis_string(m->a, t->name));
    struct group *group = &m->s->tasks.data[i];
    const struct goroutine *g = analysis_goroutine(m->a, t->begin_g);
    int64_t end = t->end < 0 ? m->a->end : t->end;

    if (!group->site)
        group->site = stack_site(m->a, t->stack);
    group->open += t->end < 0;
    vec_push(&m->tasks.times.data[i], end - t->begin);
    if (g)
        states_between(m->a, g, t->begin, end, group->states);
}

/* NULL: it belongs to none; the task may have begun before the trace. */
static const char *task_name(struct making *m, uint64_t task)
{
    uint64_t index;

    if (!is_attributed(task))
        return NULL;
    return idmap_get(&m->task_by_id, task, &index) ? analysis_string(m->a, m->a->tasks.data[index].name)
                                                   : "one begun earlier";
}

/* Regions and logs of one name are told apart by the names of their tasks. */
static size_t annotation_group(struct making *m, struct grouping *by, uint32_t name, uint64_t task_id)
{
    const char *task = task_name(m, task_id);
    uint64_t task_key = task ? strmap_intern(&m->s->sites, task) + 1 : 0;
    size_t i = group_of(by, task_key << 32 | name, analysis_string(m->a, name));

    by->list->data[i].task = task;
    return i;
}

static void add_region(struct making *m, const struct region *r)
{
    size_t i = annotation_group(m, &m->regions, r->name, r->task);
    struct group *group = &m->s->regions.data[i];
    const struct goroutine *g = analysis_goroutine(m->a, r->begin_g);
    int64_t end = r->end < 0 ? m->a->end : r->end;

    if (r->begin < 0) { /* an end alone: of one begun before the trace, or on another goroutine */
        group->strays++;
        return;
    }
    if (!group->site)
        group->site = stack_site(m->a, r->stack);
    group->open += r->end < 0;
    vec_push(&m->regions.times.data[i], end - r->begin);
    if (g)
        states_between(m->a, g, r->begin, end, group->states);
}

static void add_log(struct making *m, const struct log *l)
{
    size_t i = annotation_group(m, &m->logs, l->category, l->task);

    if (!m->s->logs.data[i].site)
        m->s->logs.data[i].site = stack_site(m->a, l->stack);
    vec_push(&m->logs.times.data[i], 0);
}

static void add_annotations(struct making *m)
{
    struct analysis *a = m->a;

    for (size_t i = 0; i < a->tasks.len; i++) {
        idmap_put(&m->task_by_id, a->tasks.data[i].id, i);
        add_task(m, &a->tasks.data[i]);
    }
    for (size_t i = 0; i < a->regions.len; i++)
        add_region(m, &a->regions.data[i]);
    for (size_t i = 0; i < a->logs.len; i++)
        add_log(m, &a->logs.data[i]);
}

/* ---- goroutines ----------------------------------------------------------------------------- */

static void add_pending(struct making *m, const struct goroutine *g)
{
    const struct segment *last = &vec_last(&g->segments);
    const char *reason = last->state == TRACE_SYSCALL ? "syscall" : analysis_string(m->a, last->reason);
    uint32_t site = site_of_stack(m, last->stack);
    uint64_t key = (uint64_t)last->reason << 32 | site;
    uint64_t index;

    if (!idmap_get(&m->pending, key, &index)) {
        index = m->s->pending.len;
        idmap_put(&m->pending, key, index);
        vec_push(&m->s->pending, ((struct pending){.site = stack_site(m->a, last->stack),
                                                   .reason = reason,
                                                   .since = INT64_MAX,
                                                   .system = g->system}));
    }
    struct pending *p = &m->s->pending.data[index];

    p->count++;
    if (last->start < p->since) {
        p->since = last->start;
        p->g = g->id;
    }
}

/* A wait of a trace without requests. */
static void add_wait(struct making *m, const struct goroutine *g, const struct segment *s, int64_t end)
{
    struct piece p = {
        .from = s->start, .to = end, .category = s->category, .behind = CATEGORY_COUNT, .g = g, .segment = s};

    if (s->by && s->category == CAT_SYNC)
        p.other = analysis_goroutine(m->a, s->by);
    add_to_place(m, &p);
}

static void add_segment(struct making *m, struct group *function, const struct goroutine *g, size_t i)
{
    const struct segment *s = &g->segments.data[i];
    int64_t end = segment_end(m->a, g, i);

    function->states[s->category] += end - s->start;
    if (s->state == TRACE_RUNNING)
        m->s->identities.running += end - s->start;
    if (g->system)
        return;
    if (s->state == TRACE_RUNNABLE)
        vec_push(&m->latencies, end - s->start);
    if (m->a->facts.loads.len == 0 && s->category != CAT_EXECUTION)
        add_wait(m, g, s, end);
}

static bool life_is_filled(const struct analysis *a, const struct goroutine *g)
{
    int64_t at = g->born;

    for (size_t i = 0; i < g->segments.len; i++) {
        if (g->segments.data[i].start != at)
            return false;
        at = segment_end(a, g, i);
        if (at < g->segments.data[i].start)
            return false;
    }
    return at == (g->died < 0 ? a->end : g->died);
}

static void add_goroutine(struct making *m, const struct goroutine *g)
{
    struct analysis *a = m->a;
    size_t i = group_of(&m->functions, g->name, g->name ? analysis_string(a, g->name) : "?");
    struct group *function = &m->s->functions.data[i];

    function->open += g->died < 0;
    vec_push(&m->functions.times.data[i], (g->died < 0 ? a->end : g->died) - g->born);
    for (size_t k = 0; k < g->segments.len; k++)
        add_segment(m, function, g, k);
    if (!life_is_filled(a, g)) {
        m->s->identities.lifetimes++;
        m->s->identities.example = g->id;
    }
    if (g->died < 0 && g->segments.len &&
        (vec_last(&g->segments).state == TRACE_WAITING || vec_last(&g->segments).state == TRACE_SYSCALL))
        add_pending(m, g);
}

/* ---- all together --------------------------------------------------------------------------- */

static int64_t at_most(int64_t value, int64_t most)
{
    return value < most ? value : most;
}

static void add_machine(struct making *m)
{
    const struct analysis *a = m->a;
    struct identities *id = &m->s->identities;
    int64_t cpus = a->facts.cpus > 0 ? a->facts.cpus : a->gomaxprocs;
    int64_t whole = cpus * (a->end - a->begin);

    m->s->cpu = whole >= 10000 ? at_most(id->running, whole) / (whole / 10000) : 0;
    id->procs = a->proc_running;
    id->capacity = a->gomaxprocs * (a->end - a->begin);
    id->hold = id->lifetimes == 0 && id->splits == 0 && id->running <= id->procs &&
               (id->capacity == 0 || id->procs <= id->capacity);
}

static int largest_place_first(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;

    if (x->total != y->total)
        return x->total < y->total ? 1 : -1;
    if (x->load != y->load)
        return x->load < y->load ? -1 : 1;
    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    return (x->site > y->site) - (x->site < y->site);
}

static int longest_lives_first(const void *a, const void *b)
{
    const struct group *x = a;
    const struct group *y = b;

    if (x->time.total != y->time.total)
        return x->time.total < y->time.total ? 1 : -1;
    return strcmp(x->name, y->name);
}

static int most_goroutines_first(const void *a, const void *b)
{
    const struct pending *x = a;
    const struct pending *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    if (x->since != y->since)
        return x->since < y->since ? -1 : 1;
    return (x->g > y->g) - (x->g < y->g);
}

static void finish(struct making *m)
{
    struct summary *s = m->s;

    grouping_end(&m->functions);
    grouping_end(&m->tasks);
    grouping_end(&m->regions);
    grouping_end(&m->logs);
    s->sched_latency = spread_of(&m->latencies);
    if (s->places.len)
        qsort(s->places.data, s->places.len, sizeof s->places.data[0], largest_place_first);
    if (s->functions.len)
        qsort(s->functions.data, s->functions.len, sizeof s->functions.data[0], longest_lives_first);
    if (s->pending.len)
        qsort(s->pending.data, s->pending.len, sizeof s->pending.data[0], most_goroutines_first);
    idmap_release(&m->places);
    idmap_release(&m->pending);
    idmap_release(&m->task_by_id);
}

struct summary *summary_make(struct analysis *a)
{
    struct summary *s = xcalloc(1, sizeof *s);
    struct making m = {.s = s, .a = a, .load = NO_LOAD};

    s->a = a;
    m.functions.list = &s->functions;
    m.tasks.list = &s->tasks;
    m.regions.list = &s->regions;
    m.logs.list = &s->logs;
    for (size_t i = 0; i < a->goroutines.len; i++)
        add_goroutine(&m, &a->goroutines.data[i]);
    for (uint32_t l = 0; l < a->facts.loads.len; l++)
        add_load(&m, l);
    add_annotations(&m);
    add_machine(&m);
    finish(&m);
    return s;
}

void summary_free(struct summary *s)
{
    if (!s)
        return;
    vec_free(&s->loads);
    vec_free(&s->places);
    vec_free(&s->functions);
    vec_free(&s->tasks);
    vec_free(&s->regions);
    vec_free(&s->logs);
    vec_free(&s->pending);
    strmap_release(&s->sites);
    vec_free(&s->site_of_stack);
    free(s);
}

const struct load_summary *summary_load(const struct summary *s, uint32_t load)
{
    return load < s->loads.len ? &s->loads.data[load] : NULL;
}

/* The timeline of one goroutine: its states, and what it did on the way. */
#include <stdlib.h>
#include <string.h>

#include "grader/report/page.h"
#include "grader/report/table.h"

/* A line of the timeline. */
struct moment {
    int64_t at, until; /* until: -1 for an instant */
    size_t order;      /* of those at the same time */
    char *what;
};

/* Nobody reads more lines than this. Of a longer life the beginning, the end and the longest waits are shown. */
#define STATES_SHOWN      1000
#define STATES_EITHER_END 300
#define WAITS_SHOWN       100

struct timeline {
    const struct page *p;
    const struct goroutine *g;
    bool *shown; /* by state */
    VEC(struct moment) moments;
};

/* An instant within a state that is not shown is not either. */
static bool is_shown(const struct timeline *t, int64_t at, int64_t until)
{
    int64_t state = segment_at(t->g, at);

    return until >= 0 || state < 0 || t->shown[state];
}

static void add_moment(struct timeline *t, int64_t at, int64_t until, struct strbuf *what)
{
    if (!is_shown(t, at, until)) {
        strbuf_reset(what);
        return;
    }
    vec_push(&t->moments, ((struct moment){at, until, t->moments.len, strbuf_take(what)}));
}

/* ---- states --------------------------------------------------------------------------------- */

static void tell_wait(struct timeline *t, size_t i, struct strbuf *what)
{
    struct analysis *a = t->p->a;
    const struct segment *s = &t->g->segments.data[i];
    bool for_ever = i + 1 == t->g->segments.len && t->g->died < 0;

    if (s->category != CAT_SYNC && s->category != CAT_OTHER) {
        strbuf_addf(what, "%s", category_names[s->category]);
    } else {
        strbuf_add(what, "waits for ");
        if (!for_ever || !tell_last_lock(what, a, t->g))
            strbuf_add(what, waits_for(a, t->g, i));
    }
    strbuf_addf(what, ", %s", segment_site(a, t->g, i));
    if (s->by)
        strbuf_addf(what, "; woken by G%llu", (unsigned long long)s->by);
    else if (for_ever)
        strbuf_add(what, "; not woken any more");
}

static void tell_runnable(struct timeline *t, size_t i, struct strbuf *what)
{
    const struct segment *s = &t->g->segments.data[i];

    strbuf_add(what, "runnable");
    if (i > 0 && s[-1].state == TRACE_RUNNING)
        strbuf_addf(what, ", stopped at %s", segment_site(t->p->a, t->g, i));
}

static void tell_state(struct timeline *t, size_t i, struct strbuf *what)
{
    const struct segment *s = &t->g->segments.data[i];

    switch (s->state) {
    case TRACE_RUNNING:
        strbuf_add(what, s->category == CAT_GC ? "runs, helping the GC" : "runs");
        if (s->category == CAT_GC)
            strbuf_addf(what, ", %s", segment_site(t->p->a, t->g, i));
        break;
    case TRACE_RUNNABLE:
        tell_runnable(t, i, what);
        break;
    case TRACE_SYSCALL:
        strbuf_addf(what, "system call, %s", segment_site(t->p->a, t->g, i));
        break;
    default:
        tell_wait(t, i, what);
    }
}

/* ---- what it did ---------------------------------------------------------------------------- */

static void add_tasks(struct timeline *t)
{
    struct analysis *a = t->p->a;
    struct strbuf what = STRBUF_INIT;

    for (size_t i = 0; i < a->tasks.len; i++) {
        const struct task *k = &a->tasks.data[i];

        if (k->begin_g == t->g->id) {
            strbuf_addf(&what, "  begins task %s %llu", analysis_string(a, k->name),
                        (unsigned long long)k->id);
            add_moment(t, k->begin, -1, &what);
        }
        if (k->end >= 0 && k->end_g == t->g->id) {
            strbuf_addf(&what, "  ends task %s %llu", analysis_string(a, k->name), (unsigned long long)k->id);
            add_moment(t, k->end, -1, &what);
        }
    }
}

static void tell_region(struct timeline *t, const struct region *r, bool begin)
{
    struct strbuf what = STRBUF_INIT;

    strbuf_addf(&what, "  %s region %s", begin ? "begins" : "ends", analysis_string(t->p->a, r->name));
    if (is_attributed(r->task))
        strbuf_addf(&what, " of task %llu", (unsigned long long)r->task);
    else
        strbuf_add(&what, " of no task");
    add_moment(t, begin ? r->begin : r->end, -1, &what);
}

static void add_regions(struct timeline *t)
{
    for (size_t i = 0; i < t->p->a->regions.len; i++) {
        const struct region *r = &t->p->a->regions.data[i];

        if (r->begin >= 0 && r->begin_g == t->g->id)
            tell_region(t, r, true);
        if (r->end >= 0 && r->end_g == t->g->id)
            tell_region(t, r, false);
    }
}

static void add_logs(struct timeline *t)
{
    struct analysis *a = t->p->a;
    struct strbuf what = STRBUF_INIT;

    for (size_t i = 0; i < a->logs.len; i++) {
        const struct log *l = &a->logs.data[i];

        if (l->g != t->g->id)
            continue;
        strbuf_addf(&what, "  logs %s: %s", analysis_string(a, l->category), l->message);
        add_moment(t, l->at, -1, &what);
    }
}

static const char *load_name(const struct timeline *t, uint32_t load)
{
    const struct facts *f = &t->p->a->facts;

    return load < f->loads.len && f->loads.data[load].name ? f->loads.data[load].name : "?";
}

static void add_takes(struct timeline *t)
{
    struct strbuf what = STRBUF_INIT;

    for (size_t i = 0; i < t->g->takes.len; i++) {
        const struct fact_take *k = &t->g->takes.data[i];

        strbuf_addf(&what, "  takes %s %u in hand, from G%llu", load_name(t, k->load), k->index,
                    (unsigned long long)k->from);
        add_moment(t, k->at, -1, &what);
    }
}

static void add_request(struct timeline *t)
{
    uint32_t load = hand_load(t->g->hand);
    uint32_t index = hand_index(t->g->hand);
    const struct fact_request *r = t->g->hand ? facts_request(&t->p->a->facts, load, index) : NULL;
    struct strbuf what = STRBUF_INIT;

    if (!r || r->handler != t->g->id)
        return;
    strbuf_addf(&what, "  %s %u arrives", load_name(t, load), index);
    add_moment(t, r->arrived, -1, &what);
    if (!r->status)
        return;
    if (r->replier)
        strbuf_addf(&what, "  G%llu answers it: %s", (unsigned long long)r->replier, r->status);
    else
        strbuf_add(&what, "  its client gives up");
    add_moment(t, r->reply, -1, &what);
}

/* ---- all together --------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

struct wait {
    int64_t length;
    size_t at;
};

static int longest_first(const void *a, const void *b)
{
    const struct wait *x = a, *y = b;

    if (x->length != y->length)
        return x->length > y->length ? -1 : 1;
    return x->at < y->at ? -1 : 1;
}

/* Which states are shown; caller frees. */
static bool *choose_states(const struct timeline *t)
{
    size_t n = t->g->segments.len;
    bool *shown = xcalloc(n + 1, sizeof *shown);
    VEC(struct wait) waits = {0};

    for (size_t i = 0; i < n; i++) {
        shown[i] = n <= STATES_SHOWN || i < STATES_EITHER_END || i >= n - STATES_EITHER_END;
        if (t->g->segments.data[i].state != TRACE_RUNNING)
            vec_push(&waits,
                     ((struct wait){segment_end(t->p->a, t->g, i) - t->g->segments.data[i].start, i}));
    }
    if (waits.len)
        qsort(waits.data, waits.len, sizeof waits.data[0], longest_first);
    for (size_t i = 0; i < waits.len && i < WAITS_SHOWN; i++)
        shown[waits.data[i].at] = true;
    vec_free(&waits);
    return shown;
}

static void add_gap(struct timeline *t, size_t from, size_t to)
{
    int64_t end = segment_end(t->p->a, t->g, to - 1);
    struct strbuf what = STRBUF_INIT;

    strbuf_addf(&what, "... %zu shorter state%s", to - from, plural((int64_t)(to - from)));
    add_moment(t, t->g->segments.data[from].start, end, &what);
}

static void add_states(struct timeline *t)
{
    struct strbuf what = STRBUF_INIT;
    size_t gap = 0; /* states up to here are done with */

    for (size_t i = 0; i < t->g->segments.len; i++) {
        if (!t->shown[i])
            continue;
        if (gap < i)
            add_gap(t, gap, i);
        tell_state(t, i, &what);
        add_moment(t, t->g->segments.data[i].start, segment_end(t->p->a, t->g, i), &what);
        gap = i + 1;
    }
}

static void collect(struct timeline *t)
{
    t->shown = choose_states(t);
    add_states(t);
    add_request(t);
    add_takes(t);
    add_tasks(t);
    add_regions(t);
    add_logs(t);
    free(t->shown);
    if (t->moments.len)
        qsort(t->moments.data, t->moments.len, sizeof t->moments.data[0], by_time);
}

static void print_moments(struct timeline *t)
{
    struct table table = TABLE("rrl");

    table_row(&table, "from", "for", "what");
    for (size_t i = 0; i < t->moments.len; i++) {
        const struct moment *m = &t->moments.data[i];
        struct strbuf at = STRBUF_INIT;
        char length[UNITS_MAX];

        units_add_ratio(&at, m->at - t->p->a->begin, NS_PER_MS, 3);
        strbuf_add(&at, " ms");
        table_row(&table, at.text, m->until < 0 ? "" : units_duration_text(length, m->until - m->at),
                  m->what);
        strbuf_release(&at);
        free(m->what);
    }
    table_end(&table, t->p->out);
    vec_free(&t->moments);
}

static void add_birth_request(const struct timeline *t)
{
    uint32_t load = hand_load(t->g->hand);
    uint32_t index = hand_index(t->g->hand);
    const struct facts *f = &t->p->a->facts;
    const struct fact_request *r = t->g->hand ? facts_request(f, load, index) : NULL;

    if (!r)
        return;
    strbuf_addf(t->p->out, "  born for %s %u", load_name(t, load), index);
    if (f->loads.data[load].attrs.len) {
        strbuf_add(t->p->out, ", ");
        tell_attributes(t->p->out, &f->loads.data[load], r);
    }
    strbuf_addch(t->p->out, '\n');
}

static void add_life(const struct timeline *t)
{
    struct analysis *a = t->p->a;
    const struct goroutine *g = t->g;
    struct strbuf *out = t->p->out;
    char at[UNITS_MAX];

    add_birth_request(t);
    if (g->seen_born && g->creator)
        strbuf_addf(out, "  created by G%llu, %s, at %s\n", (unsigned long long)g->creator,
                    stack_site(a, g->stack), moment_text(t->p, at, g->born));
    if (g->died < 0)
        strbuf_add(out, "  still alive when the trace ends\n");
    else
        strbuf_addf(out, "  ended at %s\n", moment_text(t->p, at, g->died));
}

static void add_totals(const struct timeline *t)
{
    const struct goroutine *g = t->g;
    int64_t states[CAT_STATES] = {0};
    const char *between = "  in all: ";
    char text[UNITS_MAX];

    states_between(t->p->a, g, g->born, g->died < 0 ? t->p->a->end : g->died, states);
    for (int c = 0; c < CAT_STATES; c++) {
        if (states[c] == 0)
            continue;
        strbuf_addf(t->p->out, "%s%s %s", between, category_names[c], units_duration_text(text, states[c]));
        between = ", ";
    }
    strbuf_addch(t->p->out, '\n');
}

void page_goroutine(const struct page *p, const struct goroutine *g)
{
    struct timeline t = {.p = p, .g = g};

    page_heading(p, "G%llu, %s", (unsigned long long)g->id, g->name ? analysis_string(p->a, g->name) : "?");
    add_life(&t);
    add_totals(&t);
    strbuf_addch(p->out, '\n');
    collect(&t);
    print_moments(&t);
}

/* The program's goroutines, annotations, garbage collection; and whether the numbers add up. */
#include <string.h>

#include "grader/report/page.h"
#include "grader/report/table.h"

#define FUNCTIONS 10 /* shown */
#define PENDING   8

/* ---- what went wrong ------------------------------------------------------------------------ */

static void add_fault(const struct page *p, const char *what, const struct fact_fault *x)
{
    char at[UNITS_MAX];

    strbuf_addf(p->out, "  %s: %s, G%llu at %s", what, x->kind, (unsigned long long)x->g, x->site);
    if (x->at >= 0)
        strbuf_addf(p->out, ", %s", moment_text(p, at, x->at));
    if (x->earlier.site)
        strbuf_addf(p->out, "; %s by G%llu, %s, before it", x->earlier.kind, (unsigned long long)x->earlier.g,
                    x->earlier.site);
    strbuf_addch(p->out, '\n');
}

static void add_race(const struct page *p, const struct fact_race *r)
{
    char at[UNITS_MAX];

    strbuf_addf(p->out, "  race on %s, %llu time%s: %s by G%llu, %s, at %s; %s by G%llu, %s, before it\n",
                r->var, (unsigned long long)r->count, plural((int64_t)r->count), r->later.kind,
                (unsigned long long)r->later.g, r->later.site, moment_text(p, at, r->at), r->earlier.kind,
                (unsigned long long)r->earlier.g, r->earlier.site);
}

/* Faults of many goroutines at one place are one line. */
static size_t same_place(const struct fact_fault *list, size_t n, size_t i)
{
    size_t k = i + 1;

    while (k < n && strcmp(list[k].site, list[i].site) == 0 && strcmp(list[k].kind, list[i].kind) == 0)
        k++;
    return k - i;
}

/* "G6 waits for a_mu, held by G7, pages workload.yaml:8", or the reason alone */
static void add_blocked(const struct page *p, const struct fact_fault *x)
{
    const struct goroutine *g = analysis_goroutine(p->a, x->g);
    struct strbuf lock = STRBUF_INIT;

    if (g && tell_last_lock(&lock, p->a, g))
        strbuf_addf(p->out, "G%llu waits for %s, %s", (unsigned long long)x->g, lock.text, x->site);
    else
        strbuf_addf(p->out, "%s, G%llu at %s", x->kind, (unsigned long long)x->g, x->site);
    strbuf_release(&lock);
}

static void add_stuck(const struct page *p, const char *what, const struct fact_fault *list, size_t n)
{
    for (size_t i = 0; i < n; i += same_place(list, n, i)) {
        size_t more = same_place(list, n, i) - 1;

        strbuf_addf(p->out, "  %s: ", what);
        add_blocked(p, &list[i]);
        if (more)
            strbuf_addf(p->out, ", and %zu more", more);
        strbuf_addch(p->out, '\n');
    }
}

void page_noted(const struct page *p)
{
    const struct facts *f = &p->a->facts;

    if (f->panics.len + f->races.len + f->misuse.len + f->leaked.len + f->stuck.len + f->nobody.len == 0)
        return;
    page_heading(p, "what the runtime noted besides");
    for (size_t i = 0; i < f->panics.len; i++)
        add_fault(p, run_end_names[f->end], &f->panics.data[i]);
    add_stuck(p, "deadlock", f->stuck.data, f->stuck.len);
    for (size_t i = 0; i < f->races.len; i++)
        add_race(p, &f->races.data[i]);
    for (size_t i = 0; i < f->misuse.len; i++)
        add_fault(p, "misuse", &f->misuse.data[i]);
    add_stuck(p, "leaked", f->leaked.data, f->leaked.len);
    for (size_t i = 0; i < f->nobody.len; i++) {
        const struct fact_nobody *n = &f->nobody.data[i];

        if (n->item < f->items.len && f->items.data[n->item].kind < ITEM_KIND_COUNT)
            strbuf_addf(p->out, "  %s %s was done %lld time%s for nobody, %s\n",
                        item_kind_names[f->items.data[n->item].kind], f->items.data[n->item].name,
                        (long long)(n->amount / LEDGER_UNIT), plural(n->amount / LEDGER_UNIT), n->site);
    }
}

/* ---- goroutines ----------------------------------------------------------------------------- */

static const enum category shown[] = {CAT_EXECUTION, CAT_SCHED_WAIT, CAT_SYNC, CAT_NETWORK,
                                      CAT_SYSCALL,   CAT_GC,         CAT_SLEEP};

/* The states, each divided by n. */
static void add_states(struct table *t, const int64_t states[CAT_STATES], int64_t n)
{
    char text[UNITS_MAX];

    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        table_cell(t, "%s", states[shown[i]] >= n ? units_duration_text(text, states[shown[i]] / n) : "-");
}

/* Goroutines of the runtime's own that do next to nothing tell nothing. */
static bool is_background(const struct page *p, const struct group *g)
{
    return strncmp(g->name, "runtime.", 8) == 0 &&
           g->states[CAT_EXECUTION] < p->sum->identities.running / 100;
}

void page_functions(const struct page *p)
{
    struct table t = TABLE("lrrrrrrrrr");
    size_t rows = 0;
    size_t more = 0;

    page_heading(p, "goroutines by function, all of their time");
    table_row(&t, "function", "count", "at end", "execution", "sched wait", "sync", "network", "syscall",
              "gc", "sleep");
    for (size_t i = 0; i < p->sum->functions.len; i++) {
        const struct group *g = &p->sum->functions.data[i];

        if (is_background(p, g))
            continue;
        if (rows++ >= FUNCTIONS) {
            more++;
            continue;
        }
        table_cell(&t, "%s", g->name);
        table_cell(&t, "%lld", (long long)g->time.count);
        table_cell(&t, "%llu", (unsigned long long)g->open);
        add_states(&t, g->states, 1);
    }
    table_end(&t, p->out);
    if (more)
        strbuf_addf(p->out, "  and %zu more function%s\n", more, plural((int64_t)more));
}

/* ---- tasks, regions, logs ------------------------------------------------------------------- */

static void add_group(struct table *t, const char *kind, const struct group *g, const char *task)
{
    char p50[UNITS_MAX], p99[UNITS_MAX];

    table_cell(t, "%s %s", kind, g->name);
    table_cell(t, "%s", task);
    table_cell(t, "%lld", (long long)g->time.count);
    if (g->open)
        table_cell(t, "%llu", (unsigned long long)g->open);
    else
        table_cell(t, "%s", "-");
    table_cell(t, "%s", units_duration_text(p50, g->time.q[Q_P50]));
    table_cell(t, "%s", units_duration_text(p99, g->time.q[Q_P99]));
    table_cell(t, "%s", g->site ? g->site : "-");
}

static void add_breakdown(struct table *t, const char *kind, const struct group *g)
{
    if (g->time.count == 0)
        return;
    table_cell(t, "%s %s", kind, g->name);
    add_states(t, g->states, g->time.count);
}

/* Of one goroutine only, so that regions add up; whoever works for it besides is not in it. */
static void add_breakdowns(const struct page *p)
{
    struct table t = TABLE("lrrrrrrr");

    if (p->sum->tasks.len + p->sum->regions.len == 0)
        return;
    page_heading(p, "what the goroutine that begins a task or region does in it, on average");
    table_row(&t, "", "execution", "sched wait", "sync", "network", "syscall", "gc", "sleep");
    for (size_t i = 0; i < p->sum->tasks.len; i++)
        add_breakdown(&t, "task", &p->sum->tasks.data[i]);
    for (size_t i = 0; i < p->sum->regions.len; i++)
        add_breakdown(&t, "region", &p->sum->regions.data[i]);
    table_end(&t, p->out);
}

static void add_notes(const struct page *p)
{
    for (size_t i = 0; i < p->sum->regions.len; i++) {
        const struct group *g = &p->sum->regions.data[i];

        if (g->strays)
            strbuf_addf(p->out, "  region %s was ended %llu time%s where it had not begun\n", g->name,
                        (unsigned long long)g->strays, plural((int64_t)g->strays));
    }
}

void page_annotations(const struct page *p)
{
    const struct summary *s = p->sum;
    struct table t = TABLE("llrrrrl");

    if (s->tasks.len + s->regions.len + s->logs.len == 0)
        return;
    page_heading(p, "tasks, regions and logs");
    table_row(&t, "", "of task", "count", "open", "p50", "p99", "first at");
    for (size_t i = 0; i < s->tasks.len; i++)
        add_group(&t, "task", &s->tasks.data[i], "");
    for (size_t i = 0; i < s->regions.len; i++)
        add_group(&t, "region", &s->regions.data[i],
                  s->regions.data[i].task ? s->regions.data[i].task : "none");
    for (size_t i = 0; i < s->logs.len; i++) {
        const struct group *g = &s->logs.data[i];

        table_cell(&t, "log %s", g->name);
        table_cell(&t, "%s", g->task ? g->task : "none");
        table_cell(&t, "%lld", (long long)g->time.count);
        for (int blank = 0; blank < 3; blank++)
            table_cell(&t, "%s", "");
        table_cell(&t, "%s", g->site ? g->site : "-");
    }
    table_end(&t, p->out);
    add_notes(p);
    add_breakdowns(p);
}

/* ---- GC and scheduler ----------------------------------------------------------------------- */

static int64_t marking_time(const struct analysis *a)
{
    int64_t sum = 0;

    for (size_t i = 0; i < a->cycles.len; i++) {
        int64_t begin = a->cycles.data[i].begin < 0 ? a->begin : a->cycles.data[i].begin;

        sum += (a->cycles.data[i].end < 0 ? a->end : a->cycles.data[i].end) - begin;
    }
    return sum;
}

static void add_assists(const struct page *p, const struct load_summary *l)
{
    char mean[UNITS_MAX], worst[UNITS_MAX];

    if (l->assisted == 0)
        return;
    strbuf_addf(p->out, "  %lld of %lld requests of %s paid for it: %s each, %s at worst\n",
                (long long)l->assisted, (long long)l->counted, l->name,
                units_duration_text(mean, l->split[CAT_GC] / l->assisted),
                units_duration_text(worst, l->assist_max));
}

void page_gc(const struct page *p)
{
    const struct facts *f = &p->a->facts;
    char share[SHARE_MAX], stw[UNITS_MAX], heap[UNITS_MAX];

    if (p->a->cycles.len == 0)
        return;
    page_heading(p, "garbage collection");
    strbuf_addf(p->out, "  %zu cycle%s, marking %s of the time, the world stopped for %s in all",
                p->a->cycles.len, plural((int64_t)p->a->cycles.len),
                share_text(share, marking_time(p->a), p->a->end - p->a->begin),
                units_duration_text(stw, p->a->stw));
    for (size_t i = 0; i < f->peaks.len; i++)
        if (strcmp(f->peaks.data[i].what, "heap") == 0)
            strbuf_addf(p->out, "; the heap peaked at %s", units_size_text(heap, f->peaks.data[i].value));
    strbuf_addch(p->out, '\n');
    for (size_t i = 0; i < p->sum->loads.len; i++)
        if (page_shows(p, p->sum->loads.data[i].load))
            add_assists(p, &p->sum->loads.data[i]);
}

void page_latency(const struct page *p)
{
    const struct spread *s = &p->sum->sched_latency;
    char text[QUANTILE_COUNT][UNITS_MAX];

    if (s->count == 0)
        return;
    for (int q = 0; q < QUANTILE_COUNT; q++)
        units_duration_text(text[q], s->q[q]);
    page_heading(p, "scheduler latency, from runnable to running");
    strbuf_addf(p->out, "  %lld times: p50 %s, p90 %s, p99 %s, max %s\n", (long long)s->count, text[Q_P50],
                text[Q_P90], text[Q_P99], text[Q_MAX]);
}

/* ---- the end -------------------------------------------------------------------------------- */

static void add_pending(const struct page *p, struct table *t, const struct pending *w)
{
    const struct goroutine *g = analysis_goroutine(p->a, w->g);
    struct strbuf lock = STRBUF_INIT;
    char since[UNITS_MAX];

    if (g)
        tell_last_lock(&lock, p->a, g);
    table_cell(t, "%llu", (unsigned long long)w->count);
    table_cell(t, "%s", w->reason);
    table_cell(t, "%s", w->site);
    table_cell(t, "%s", moment_text(p, since, w->since));
    table_cell(t, "G%llu", (unsigned long long)w->g);
    table_cell(t, "%s", lock.text);
    strbuf_release(&lock);
}

void page_pending(const struct page *p)
{
    struct table t = TABLE("rllrrl");
    int rows = 0;

    for (size_t i = 0; i < p->sum->pending.len && rows < PENDING; i++) {
        const struct pending *w = &p->sum->pending.data[i];

        if (w->system)
            continue;
        if (rows++ == 0)
            table_row(&t, "count", "for", "where", "longest since", "goroutine", "");
        add_pending(p, &t, w);
    }
    if (rows == 0)
        return;
    page_heading(p, "still waiting when the trace ends");
    table_end(&t, p->out);
}

void page_sums(const struct page *p)
{
    const struct identities *id = &p->sum->identities;
    char running[UNITS_MAX], procs[UNITS_MAX], capacity[UNITS_MAX];

    if (id->hold)
        return;
    page_heading(p, "the numbers do not add up: do not trust this report, and tell us");
    if (id->lifetimes)
        strbuf_addf(p->out, "  the states of %llu goroutines do not fill their lives, as of G%llu\n",
                    (unsigned long long)id->lifetimes, (unsigned long long)id->example);
    if (id->splits)
        strbuf_addf(p->out, "  the pieces of %llu requests do not sum to their times\n",
                    (unsigned long long)id->splits);
    strbuf_addf(p->out, "  goroutines ran for %s, Ps for %s, and there were %s of Ps\n",
                units_duration_text(running, id->running), units_duration_text(procs, id->procs),
                units_duration_text(capacity, id->capacity));
}

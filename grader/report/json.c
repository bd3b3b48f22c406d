/* The report for programs: the same numbers, times in ns of the trace clock, shares in percent. */
#include <string.h>

#include "base/json.h"
#include "base/units.h"
#include "grader/analysis/ahead.h"
#include "grader/analysis/tell.h"
#include "grader/report/page.h"

struct sheet {
    struct json j;
    const struct page *p;
};

static void add_time(struct json *j, const char *key, int64_t ns)
{
    if (ns < 0)
        json_null(j, key);
    else
        json_int(j, key, ns);
}

static void add_states(struct json *j, const char *key, const int64_t *states, int n)
{
    json_object(j, key);
    for (int c = 0; c < n; c++)
        json_int(j, category_names[c], states[c]);
    json_end(j);
}

static void add_spread(struct json *j, const char *key, const struct spread *s)
{
    json_object(j, key);
    json_int(j, "count", s->count);
    json_int(j, "total", s->total);
    for (int q = 0; q < QUANTILE_COUNT; q++)
        json_int(j, quantile_names[q], s->q[q]);
    json_end(j);
}

/* ---- what ran ------------------------------------------------------------------------------- */

static void add_run(struct sheet *s)
{
    const struct facts *f = &s->p->a->facts;
    struct json *j = &s->j;

    if (!f->present) {
        json_null(j, "run");
        return;
    }
    json_object(j, "run");
    json_uint(j, "seed", f->seed);
    json_string(j, "mode", f->mode);
    json_int(j, "cpus", f->cpus);
    json_int(j, "gomaxprocs", f->gomaxprocs);
    json_int(j, "gogc", f->gogc);
    json_int(j, "warmup", f->warmup);
    json_object(j, "params");
    for (size_t i = 0; i < f->params.len; i++)
        json_string(j, f->params.data[i].name, f->params.data[i].text);
    json_end(j);
    json_string(j, "end", f->end == END_NONE ? NULL : run_end_names[f->end]);
    json_end(j);
}

static void add_trace(struct sheet *s)
{
    const struct page *p = s->p;
    struct json *j = &s->j;

    json_string(j, "trace", p->options->path);
    json_int(j, "version", (int)reader_version(p->a->reader));
    json_uint(j, "events", p->a->events);
    json_int(j, "begin", p->a->begin);
    json_int(j, "end", p->a->end);
    json_int(j, "gomaxprocs", p->a->gomaxprocs);
    if (p->error) {
        json_object(j, "error");
        json_string(j, "fault", trace_fault_name(p->error->fault));
        json_uint(j, "offset", p->error->offset);
        json_string(j, "message", p->error->message);
        json_end(j);
    } else {
        json_null(j, "error");
    }
    add_run(s);
    json_fixed(j, "cpu", p->sum->cpu, 2);
}

/* ---- requests ------------------------------------------------------------------------------- */

static void add_load(struct sheet *s, const struct load_summary *l)
{
    struct json *j = &s->j;

    json_object(j, NULL);
    json_string(j, "load", l->name);
    json_int(j, "requests", l->announced);
    json_int(j, "answered", l->answered);
    json_int(j, "measured", l->counted);
    json_fixed(j, "per_second", l->throughput, 3);
    add_spread(j, "time", &l->time);
    add_states(j, "split", l->split, CATEGORY_COUNT);
    json_int(j, "assisted", l->assisted);
    json_int(j, "assist_max", l->assist_max);
    json_end(j);
}

static void add_longest(struct sheet *s, const struct place *place)
{
    const struct piece *piece = &place->longest.piece;
    struct json *j = &s->j;
    struct ahead ahead;

    json_object(j, "longest");
    json_int(j, "from", piece->from);
    json_int(j, "to", piece->to);
    json_uint(j, "goroutine", piece->g ? piece->g->id : 0);
    if (place->load != NO_LOAD)
        json_uint(j, "request", place->longest.request);
    if (piece->g && piece->segment && piece->segment->state == TRACE_WAITING)
        json_string(j, "for",
                    waits_for(s->p->a, piece->g, (size_t)(piece->segment - piece->g->segments.data)));
    if (piece->other)
        json_uint(j, "behind", piece->other->id);
    if (ahead_of(s->p->a, piece, &ahead)) {
        json_uint(j, "ahead", ahead.count);
        add_states(j, "ahead_states", ahead.states, CAT_STATES);
    }
    json_end(j);
}

static void add_place(struct sheet *s, const struct place *place)
{
    struct json *j = &s->j;

    json_object(j, NULL);
    json_string(j, "load", place->load == NO_LOAD ? NULL : s->p->a->facts.loads.data[place->load].name);
    json_string(j, "category", category_names[place->category]);
    json_string(j, "site", s->p->sum->sites.entries[place->site].key);
    json_uint(j, "count", place->count);
    json_int(j, "total", place->total);
    add_longest(s, place);
    json_end(j);
}

static void add_requests(struct sheet *s)
{
    const struct summary *sum = s->p->sum;
    struct json *j = &s->j;

    json_array(j, "loads");
    for (size_t i = 0; i < sum->loads.len; i++)
        if (page_shows(s->p, sum->loads.data[i].load))
            add_load(s, &sum->loads.data[i]);
    json_end(j);
    json_array(j, "places");
    for (size_t i = 0; i < sum->places.len; i++)
        if (sum->places.data[i].load == NO_LOAD || page_shows(s->p, sum->places.data[i].load))
            add_place(s, &sum->places.data[i]);
    json_end(j);
}

/* ---- what the runtime noted ----------------------------------------------------------------- */

/* The lock that it waits for at the end. */
static void add_last_lock(struct sheet *s, uint64_t id)
{
    const struct goroutine *g = analysis_goroutine(s->p->a, id);
    struct last_lock lock;

    if (!g || !last_lock(s->p->a, g, &lock))
        return;
    json_string(&s->j, "lock", lock.name);
    if (lock.holder)
        json_uint(&s->j, "holder", lock.holder);
}

static void add_access(struct json *j, const char *key, const struct fact_access *x)
{
    json_object(j, key);
    json_string(j, "kind", x->kind);
    json_uint(j, "goroutine", x->g);
    json_string(j, "site", x->site);
    json_end(j);
}

static void add_fault(struct sheet *s, const char *what, const struct fact_fault *x, bool waits)
{
    struct json *j = &s->j;

    json_object(j, NULL);
    json_string(j, "what", what);
    json_string(j, "kind", x->kind);
    add_time(j, "at", x->at);
    json_uint(j, "goroutine", x->g);
    json_string(j, "site", x->site);
    if (waits)
        add_last_lock(s, x->g);
    if (x->earlier.site)
        add_access(j, "earlier", &x->earlier);
    json_end(j);
}

static void add_race(struct json *j, const struct fact_race *r)
{
    json_object(j, NULL);
    json_string(j, "what", "race");
    json_string(j, "kind", r->var);
    json_uint(j, "count", r->count);
    add_time(j, "at", r->at);
    add_access(j, "later", &r->later);
    add_access(j, "earlier", &r->earlier);
    json_end(j);
}

static void add_noted(struct sheet *s)
{
    const struct facts *f = &s->p->a->facts;
    struct json *j = &s->j;

    json_array(j, "noted");
    for (size_t i = 0; i < f->panics.len; i++)
        add_fault(s, run_end_names[f->end], &f->panics.data[i], false);
    for (size_t i = 0; i < f->stuck.len; i++)
        add_fault(s, "deadlock", &f->stuck.data[i], true);
    for (size_t i = 0; i < f->races.len; i++)
        add_race(j, &f->races.data[i]);
    for (size_t i = 0; i < f->misuse.len; i++)
        add_fault(s, "misuse", &f->misuse.data[i], false);
    for (size_t i = 0; i < f->leaked.len; i++)
        add_fault(s, "leak", &f->leaked.data[i], true);
    json_end(j);
}

/* ---- goroutines, annotations, the rest ------------------------------------------------------ */

static void add_groups(struct sheet *s, const char *key, const struct group_list *list, bool of_tasks)
{
    struct json *j = &s->j;

    json_array(j, key);
    for (size_t i = 0; i < list->len; i++) {
        const struct group *g = &list->data[i];

        json_object(j, NULL);
        json_string(j, "name", g->name);
        if (of_tasks)
            json_string(j, "task", g->task);
        if (g->site)
            json_string(j, "site", g->site);
        json_uint(j, "open", g->open);
        json_uint(j, "strays", g->strays);
        add_spread(j, "time", &g->time);
        add_states(j, "states", g->states, CAT_STATES);
        json_end(j);
    }
    json_end(j);
}

static void add_gc(struct sheet *s)
{
    struct json *j = &s->j;
    const struct analysis *a = s->p->a;

    json_object(j, "gc");
    json_int(j, "stopped", a->stw);
    json_array(j, "cycles");
    for (size_t i = 0; i < a->cycles.len; i++) {
        json_object(j, NULL);
        add_time(j, "begin", a->cycles.data[i].begin);
        add_time(j, "end", a->cycles.data[i].end);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

static void add_pending(struct sheet *s)
{
    struct json *j = &s->j;

    json_array(j, "still_waiting");
    for (size_t i = 0; i < s->p->sum->pending.len; i++) {
        const struct pending *w = &s->p->sum->pending.data[i];

        json_object(j, NULL);
        json_uint(j, "count", w->count);
        json_string(j, "reason", w->reason);
        json_string(j, "site", w->site);
        json_int(j, "since", w->since);
        json_uint(j, "goroutine", w->g);
        json_bool(j, "system", w->system);
        add_last_lock(s, w->g);
        json_end(j);
    }
    json_end(j);
}

static void add_sums(struct sheet *s)
{
    const struct identities *id = &s->p->sum->identities;
    struct json *j = &s->j;

    json_object(j, "identities");
    json_bool(j, "hold", id->hold);
    json_uint(j, "lifetimes_off", id->lifetimes);
    json_uint(j, "splits_off", id->splits);
    json_int(j, "running", id->running);
    json_int(j, "procs", id->procs);
    json_int(j, "capacity", id->capacity);
    json_end(j);
}

/* ---- one goroutine, lists ------------------------------------------------------------------- */

static void add_segment(struct sheet *s, const struct goroutine *g, size_t i)
{
    const struct segment *seg = &g->segments.data[i];
    struct json *j = &s->j;

    json_object(j, NULL);
    json_int(j, "from", seg->start);
    json_int(j, "to", segment_end(s->p->a, g, i));
    json_string(j, "state", trace_state_names[seg->state]);
    json_string(j, "category", category_names[seg->category]);
    if (seg->state == TRACE_WAITING)
        json_string(j, "for", waits_for(s->p->a, g, i));
    json_string(j, "site", segment_site(s->p->a, g, i));
    if (seg->by)
        json_uint(j, "woken_by", seg->by);
    json_end(j);
}

static void add_goroutine(struct sheet *s, const struct goroutine *g)
{
    struct json *j = &s->j;

    json_object(j, "goroutine");
    json_uint(j, "id", g->id);
    json_string(j, "function", g->name ? analysis_string(s->p->a, g->name) : NULL);
    json_uint(j, "creator", g->creator);
    json_int(j, "born", g->born);
    add_time(j, "died", g->died);
    json_array(j, "states");
    for (size_t i = 0; i < g->segments.len; i++)
        add_segment(s, g, i);
    json_end(j);
    json_end(j);
}

static void add_request(struct sheet *s, uint32_t load, uint32_t index)
{
    const struct fact_request *r = facts_request(&s->p->a->facts, load, index);
    struct json *j = &s->j;
    struct strbuf attributes = STRBUF_INIT;
    int64_t split[CAT_STATES];

    if (!r)
        return;
    request_split(s->p->a, load, index, split);
    tell_attributes(&attributes, &s->p->a->facts.loads.data[load], r);
    json_object(j, NULL);
    json_string(j, "load", s->p->a->facts.loads.data[load].name);
    json_uint(j, "index", index);
    json_int(j, "arrived", r->arrived);
    json_int(j, "time", request_time(s->p->a, r));
    json_string(j, "answer", r->status);
    json_uint(j, "handler", r->handler);
    json_uint(j, "replier", r->replier);
    json_string(j, "attributes", attributes.text);
    json_bool(j, "measured", request_counts(s->p->a, r));
    add_states(j, "split", split, CAT_STATES);
    json_end(j);
    strbuf_release(&attributes);
}

static void add_all_requests(struct sheet *s)
{
    json_array(&s->j, "requests");
    for (uint32_t l = 0; l < s->p->a->facts.loads.len; l++)
        for (uint32_t i = 0; page_shows(s->p, l) && i < s->p->a->facts.loads.data[l].requests.len; i++)
            add_request(s, l, i);
    json_end(&s->j);
}

static void add_all_regions(struct sheet *s)
{
    struct analysis *a = s->p->a;
    struct json *j = &s->j;

    json_array(j, "all_regions");
    for (size_t i = 0; i < a->regions.len; i++) {
        const struct region *r = &a->regions.data[i];

        json_object(j, NULL);
        json_string(j, "name", analysis_string(a, r->name));
        if (is_attributed(r->task))
            json_uint(j, "task", r->task);
        else
            json_null(j, "task");
        add_time(j, "begin", r->begin);
        add_time(j, "end", r->end);
        json_uint(j, "begun_by", r->begin_g);
        json_uint(j, "ended_by", r->end_g);
        json_string(j, "site", stack_site(a, r->stack));
        json_end(j);
    }
    json_end(j);
}

/* ---- all together --------------------------------------------------------------------------- */

static void add_overview(struct sheet *s)
{
    add_requests(s);
    add_noted(s);
    add_groups(s, "functions", &s->p->sum->functions, false);
    add_groups(s, "tasks", &s->p->sum->tasks, false);
    add_groups(s, "regions", &s->p->sum->regions, true);
    add_groups(s, "logs", &s->p->sum->logs, true);
    add_gc(s);
    add_spread(&s->j, "scheduler_latency", &s->p->sum->sched_latency);
    add_pending(s);
    add_sums(s);
}

void page_json(const struct page *p, const struct goroutine *g)
{
    struct sheet s = {.p = p};

    json_init(&s.j, p->out, 2);
    json_object(&s.j, NULL);
    add_trace(&s);
    if (g)
        add_goroutine(&s, g);
    else if (p->options->requests)
        add_all_requests(&s);
    else if (p->options->regions)
        add_all_regions(&s);
    else
        add_overview(&s);
    json_end(&s.j);
}

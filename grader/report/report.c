/* The report: its frame, the header and the dashboard. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "grader/report/page.h"
#include "grader/report/table.h"

/* ---- what sections share -------------------------------------------------------------------- */

bool page_shows(const struct page *p, uint32_t load)
{
    const char *only = p->options->load;

    return load < p->a->facts.loads.len && p->a->facts.loads.data[load].name &&
           (!only || strcmp(p->a->facts.loads.data[load].name, only) == 0);
}

void page_heading(const struct page *p, const char *format, ...)
{
    va_list args;

    strbuf_add(p->out, p->options->color ? "\n\033[1m" : "\n");
    va_start(args, format);
    strbuf_vaddf(p->out, format, args);
    va_end(args);
    strbuf_add(p->out, p->options->color ? "\033[0m\n" : "\n");
}

const char *share_text(char out[SHARE_MAX], int64_t part, int64_t whole)
{
    struct strbuf text = STRBUF_INIT;

    tell_share(&text, part, whole);
    snprintf(out, SHARE_MAX, "%s", text.text);
    strbuf_release(&text);
    return out;
}

const char *moment_text(const struct page *p, char out[UNITS_MAX], int64_t at)
{
    struct strbuf text = STRBUF_INIT;

    tell_instant(&text, p->a, at);
    snprintf(out, UNITS_MAX, "%s", text.text);
    strbuf_release(&text);
    return out;
}

const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- header --------------------------------------------------------------------------------- */

/* A parameter is written exactly in the ledger; people would rather read 57.9 MiB than 60665449B. */
static void add_param(const struct page *p, const char *text)
{
    struct excerpt e = excerpt_of_text(text);
    struct unit_literal value;
    struct diags d = DIAGS_INIT;

    if (!units_literal(&e, 0, &value, &d) || value.kind == UNIT_NONE)
        strbuf_add(p->out, text);
    else if (value.kind == UNIT_SIZE)
        units_add_size(p->out, value.value);
    else
        units_add_duration(p->out, value.value);
    diags_release(&d);
}

static void add_run(const struct page *p)
{
    const struct facts *f = &p->a->facts;

    strbuf_addf(p->out, "  seed %llu, %s schedule, %lld CPU%s, GOMAXPROCS %lld, ", (unsigned long long)f->seed,
                f->mode ? f->mode : "faithful", (long long)f->cpus, f->cpus == 1 ? "" : "s",
                (long long)f->gomaxprocs);
    if (f->gogc < 0)
        strbuf_add(p->out, "GOGC off");
    else
        strbuf_addf(p->out, "GOGC %lld", (long long)f->gogc);
    for (size_t i = 0; i < f->params.len; i++) {
        strbuf_addf(p->out, "%s %s = ", i ? "," : ";", f->params.data[i].name);
        add_param(p, f->params.data[i].text);
    }
    strbuf_addch(p->out, '\n');
}

static void add_end(const struct page *p)
{
    const struct facts *f = &p->a->facts;
    char at[UNITS_MAX];

    if (p->error)
        strbuf_addf(p->out, "  %s at offset 0x%llx (%s); %s\n", trace_fault_name(p->error->fault),
                    (unsigned long long)p->error->offset, p->error->message,
                    p->a->events ? "this is about the part before it" : "nothing before it can be told");
    if (f->end != END_NONE && f->end != END_RETURNED)
        strbuf_addf(p->out, "  the program did not return: %s at %s\n", run_end_names[f->end],
                    moment_text(p, at, f->end_at));
    else if (f->present && f->end == END_NONE)
        strbuf_add(p->out, "  the trace does not say how the program ended\n");
}

void page_header(const struct page *p)
{
    enum trace_version version = reader_version(p->a->reader);
    char length[UNITS_MAX];

    strbuf_addf(p->out, "%s: an execution trace (Go 1.%d format), %s, %llu events\n", p->options->path,
                (int)version, units_duration_text(length, p->a->end - p->a->begin),
                (unsigned long long)p->a->events);
    if (p->a->facts.present)
        add_run(p);
    else if (p->a->events)
        strbuf_addf(p->out,
                    "  GOMAXPROCS %lld; no ledger, so nobody knows which request a goroutine works for: "
                    "times are those\n"
                    "  of goroutines, tasks and regions\n",
                    (long long)p->a->gomaxprocs);
    add_end(p);
}

/* ---- dashboard ------------------------------------------------------------------------------ */

static void add_load_row(struct table *t, const struct load_summary *l)
{
    struct strbuf rate = STRBUF_INIT;
    char text[UNITS_MAX];

    units_add_ratio(&rate, l->throughput, 1000, l->throughput < 10000 ? 1 : 0);
    table_cell(t, "%s", l->name);
    table_cell(t, "%lld", (long long)l->announced);
    table_cell(t, "%lld", (long long)l->answered);
    table_cell(t, "%s/s", rate.text);
    for (int q = 0; q < QUANTILE_COUNT; q++)
        table_cell(t, "%s", units_duration_text(text, l->time.q[q]));
    strbuf_release(&rate);
}

void page_dashboard(const struct page *p)
{
    struct table t = TABLE("lrrrrrrr");
    struct strbuf cpu = STRBUF_INIT;
    const struct facts *f = &p->a->facts;
    char warmup[UNITS_MAX];

    page_heading(p, "what a dashboard shows");
    tell_share(&cpu, p->sum->cpu, 10000);
    if (p->sum->loads.len)
        table_row(&t, "load", "requests", "answered", "rate", "p50", "p90", "p99", "max");
    for (size_t i = 0; i < p->sum->loads.len; i++)
        if (page_shows(p, p->sum->loads.data[i].load))
            add_load_row(&t, &p->sum->loads.data[i]);
    table_end(&t, p->out);
    strbuf_addf(p->out, "  CPU %s of %lld\n", cpu.text,
                (long long)(f->cpus > 0 ? f->cpus : p->a->gomaxprocs));
    if (f->warmup > 0)
        strbuf_addf(p->out, "  requests of the first %s are warm-up and not measured\n",
                    units_duration_text(warmup, f->warmup));
    strbuf_release(&cpu);
}

/* ---- all together --------------------------------------------------------------------------- */

static const struct goroutine *wanted_goroutine(const struct page *p, struct strbuf *complaint)
{
    const struct goroutine *g = analysis_goroutine(p->a, p->options->goroutine);

    if (!g)
        strbuf_addf(complaint, "no goroutine %llu in %s", (unsigned long long)p->options->goroutine,
                    p->options->path);
    return g;
}

static bool is_wanted_load_there(const struct page *p, struct strbuf *complaint)
{
    const struct facts *f = &p->a->facts;

    if (!p->options->load || facts_find_load(f, p->options->load) >= 0)
        return true;
    strbuf_addf(complaint, "no load '%s' in %s", p->options->load, p->options->path);
    for (size_t i = 0; i < f->loads.len; i++)
        strbuf_addf(complaint, "%s %s", i ? "," : "; it has",
                    f->loads.data[i].name ? f->loads.data[i].name : "-");
    return false;
}

static void add_overview(const struct page *p)
{
    page_dashboard(p);
    page_request_time(p);
    page_places(p);
    page_over_time(p);
    page_noted(p);
    page_annotations(p);
    page_functions(p);
    page_gc(p);
    page_latency(p);
    page_pending(p);
    page_sums(p);
}

static void add_text(const struct page *p, const struct goroutine *g)
{
    page_header(p);
    if (p->a->events == 0)
        return;
    if (g)
        page_goroutine(p, g);
    else if (p->options->requests)
        page_requests(p);
    else if (p->options->regions)
        page_regions(p);
    else
        add_overview(p);
}

static bool report(struct page *p, struct strbuf *complaint,
                   void (*add)(const struct page *, const struct goroutine *))
{
    const struct goroutine *g = p->options->goroutine ? wanted_goroutine(p, complaint) : NULL;

    if ((p->options->goroutine && !g) || !is_wanted_load_there(p, complaint))
        return false;
    if (p->options->requests && p->a->facts.loads.len == 0) {
        strbuf_addf(complaint, "%s has no ledger, so its requests cannot be told", p->options->path);
        return false;
    }
    struct summary *sum = summary_make(p->a);

    p->sum = sum;
    add(p, g);
    summary_free(sum);
    return true;
}

bool report_text(struct strbuf *out, struct analysis *a, const struct trace_error *error,
                 const struct report_options *options, struct strbuf *complaint)
{
    struct page p = {.out = out, .a = a, .error = error, .options = options};

    return report(&p, complaint, add_text);
}

bool report_json(struct strbuf *out, struct analysis *a, const struct trace_error *error,
                 const struct report_options *options, struct strbuf *complaint)
{
    struct page p = {.out = out, .a = a, .error = error, .options = options};

    return report(&p, complaint, page_json);
}

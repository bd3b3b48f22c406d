/* Where time goes: by category, by place, and over time. */
#include <stdio.h>
#include <string.h>

#include "format/program.h"
#include "grader/analysis/slices.h"
#include "grader/report/page.h"
#include "grader/report/table.h"

#define BAR    40 /* letters of a whole */
#define PLACES 6  /* shown per load */
#define SLICES 10

/* ---- categories ----------------------------------------------------------------------------- */

static int64_t sum_of(const int64_t states[CAT_STATES])
{
    int64_t sum = 0;

    for (int c = 0; c < CAT_STATES; c++)
        sum += states[c];
    return sum;
}

/* The largest category that is less than (or equal to, but after) `last`; -1: no more. */
static int next_largest(const int64_t *split, int last)
{
    int next = -1;

    for (int c = 0; c < CAT_STATES; c++) {
        bool after = last < 0 || split[c] < split[last] || (split[c] == split[last] && c > last);

        if (after && split[c] > 0 && (next < 0 || split[c] > split[next]))
            next = c;
    }
    return next;
}

static void add_category(struct table *t, enum category c, int64_t part, int64_t whole, int64_t requests)
{
    char mean[UNITS_MAX], share[SHARE_MAX];
    struct strbuf bar = STRBUF_INIT;

    strbuf_fill(&bar, '#', whole > 0 ? (size_t)((part * BAR + whole / 2) / whole) : 0);
    table_row(t, category_names[c], units_duration_text(mean, part / requests),
              share_text(share, part, whole), bar.text);
    strbuf_release(&bar);
}

/* Rows that no trace shows, if they matter. */
static void add_derived(const struct page *p, const struct load_summary *l, int64_t whole)
{
    static const struct {
        enum category c;
        const char *meaning;
    } rows[] = {
        {CAT_HOST_WAIT, "on a P, but without a CPU: more execution than the CPU work that was due"},
        {CAT_LATE, "the answer was there and nobody polled: more network block than the calls took"},
    };
    char mean[UNITS_MAX];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (l->split[rows[i].c] > whole / 100)
            strbuf_addf(p->out, "  of these %s was %s (%s)\n",
                        units_duration_text(mean, l->split[rows[i].c] / l->counted),
                        category_names[rows[i].c], rows[i].meaning);
}

static void add_load(const struct page *p, const struct load_summary *l)
{
    int64_t whole = sum_of(l->split);
    struct table t = TABLE("lrrl");
    char mean[UNITS_MAX];

    if (l->counted == 0)
        return;
    page_heading(p, "where a request's time goes: %s, %s on average", l->name,
                 units_duration_text(mean, spread_mean(&l->time)));
    for (int c = next_largest(l->split, -1); c >= 0; c = next_largest(l->split, c))
        if (l->split[c] >= whole / 10000)
            add_category(&t, (enum category)c, l->split[c], whole, l->counted);
    table_end(&t, p->out);
    add_derived(p, l, whole);
}

void page_request_time(const struct page *p)
{
    for (size_t i = 0; i < p->sum->loads.len; i++)
        if (page_shows(p, p->sum->loads.data[i].load))
            add_load(p, &p->sum->loads.data[i]);
}

/* ---- places --------------------------------------------------------------------------------- */

static void add_told(const struct page *p, bool told)
{
    if (told)
        strbuf_add(p->out, "\n      ");
}

static void add_example(const struct page *p, const struct place *place)
{
    const struct piece *longest = &place->longest.piece;

    strbuf_add(p->out, "      the longest");
    if (place->load != NO_LOAD)
        strbuf_addf(p->out, " (%s %u)", p->a->facts.loads.data[place->load].name, place->longest.request);
    strbuf_add(p->out, ": ");
    tell_piece(p->out, p->a, longest);
    add_told(p, true);
    add_told(p, tell_meanwhile(p->out, p->a, longest));
    add_told(p, tell_ahead(p->out, p->a, longest));
    if (longest->g) {
        strbuf_add(p->out, "see it   " PROGRAM " report ");
        strbuf_add_word(p->out, p->options->path);
        strbuf_addf(p->out, " --goroutine %llu\n", (unsigned long long)longest->g->id);
    } else {
        strbuf_truncate(p->out, p->out->len - strlen("      "));
    }
}

static void add_place(const struct page *p, const struct place *place, int64_t whole)
{
    char share[SHARE_MAX], all[UNITS_MAX], worst[UNITS_MAX];

    strbuf_addf(p->out, "  %-5s %s, %s: %llu time%s, %s in all, %s at worst\n",
                share_text(share, place->total, whole), category_names[place->category],
                p->sum->sites.entries[place->site].key, (unsigned long long)place->count,
                plural((int64_t)place->count), units_duration_text(all, place->total),
                units_duration_text(worst, place->longest.time));
    if (place->category == CAT_EXECUTION)
        return;
    add_example(p, place);
}

/* Places that lose a hundredth of the time or more; one is always shown. */
static void add_places(const struct page *p, uint32_t load, int64_t whole)
{
    int shown = 0;

    for (size_t i = 0; i < p->sum->places.len && shown < PLACES; i++) {
        const struct place *place = &p->sum->places.data[i];

        if (place->load != load || (shown > 0 && place->total < whole / 100))
            continue;
        add_place(p, place, whole);
        shown++;
    }
}

void page_places(const struct page *p)
{
    int64_t whole = 0;

    for (size_t i = 0; i < p->sum->loads.len; i++) {
        const struct load_summary *l = &p->sum->loads.data[i];

        if (!page_shows(p, l->load) || l->counted == 0)
            continue;
        page_heading(p, "who waits, on what, where: %s", l->name);
        add_places(p, l->load, sum_of(l->split));
    }
    if (p->sum->loads.len || p->sum->places.len == 0)
        return;
    for (size_t i = 0; i < p->sum->places.len; i++)
        whole += p->sum->places.data[i].total;
    page_heading(p, "who waits, on what, where (idle goroutines wait, too, and that costs nobody anything)");
    add_places(p, NO_LOAD, whole);
}

/* ---- over time ------------------------------------------------------------------------------ */

static void add_slice_requests(struct table *t, const struct slice *s)
{
    int most = next_largest(s->split, -1);
    char mean[UNITS_MAX], share[SHARE_MAX];

    table_cell(t, "%lld", (long long)s->requests);
    table_cell(t, "%s", s->requests ? units_duration_text(mean, s->time / s->requests) : "");
    if (most < 0)
        table_cell(t, "%s", "");
    else
        table_cell(t, "%s (%s)", category_names[most], share_text(share, s->split[most], sum_of(s->split)));
}

static void add_slice(const struct page *p, struct table *t, const struct slice *s, int64_t cpus)
{
    int64_t length = s->to > s->from ? s->to - s->from : 1;
    int64_t busy = s->running < length * cpus ? s->running : length * cpus;
    struct strbuf runnable = STRBUF_INIT;
    char from[UNITS_MAX], share[SHARE_MAX];

    units_add_ratio(&runnable, s->runnable, length, 1);
    table_cell(t, "%s", moment_text(p, from, s->from));
    add_slice_requests(t, s);
    table_cell(t, "%s", share_text(share, busy, length * cpus));
    table_cell(t, "%s", runnable.text);
    strbuf_release(&runnable);
}

void page_over_time(const struct page *p)
{
    const struct facts *f = &p->a->facts;
    int64_t cpus = f->cpus > 0 ? f->cpus : p->a->gomaxprocs > 0 ? p->a->gomaxprocs : 1;
    struct slice slices[SLICES];

    for (size_t i = 0; i < p->sum->loads.len; i++) {
        const struct load_summary *l = &p->sum->loads.data[i];
        struct table t = TABLE("rrrlrr");

        if (!page_shows(p, l->load) || l->counted < SLICES)
            continue;
        page_heading(p, "when: %s by time of arrival, and how many goroutines want a P and have none",
                     l->name);
        table_row(&t, "from", "requests", "mean", "mostly", "CPU", "want a P");
        slices_fill(p->a, l->load, slices, SLICES);
        for (size_t s = 0; s < SLICES; s++)
            add_slice(p, &t, &slices[s], cpus);
        table_end(&t, p->out);
    }
}

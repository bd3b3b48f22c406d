#include "grader/analysis/tell.h"

#include <string.h>

#include "base/units.h"
#include "base/wide.h"
#include "format/reasons.h"
#include "grader/analysis/ahead.h"
#include "grader/analysis/summary.h"

/* ---- numbers -------------------------------------------------------------------------------- */

/* Milliseconds; more digits where the interval is short. */
static int digits_for(int64_t length)
{
    return length >= 10 * NS_PER_MS ? 1 : length >= NS_PER_MS ? 2 : 3;
}

static void add_ms(struct strbuf *out, int64_t ns, int digits)
{
    units_add_ratio(out, ns, NS_PER_MS, digits);
}

void tell_interval(struct strbuf *out, const struct analysis *a, int64_t from, int64_t to)
{
    int digits = digits_for(to - from);

    strbuf_add(out, "from ");
    add_ms(out, from - a->begin, digits);
    strbuf_add(out, " to ");
    add_ms(out, to - a->begin, digits);
    strbuf_add(out, " ms");
}

void tell_instant(struct strbuf *out, const struct analysis *a, int64_t at)
{
    add_ms(out, at - a->begin, 1);
    strbuf_add(out, " ms");
}

void tell_share(struct strbuf *out, int64_t part, int64_t whole)
{
    int64_t h = whole > 0 ? (int64_t)(((int128)part * 10000 + whole / 2) / whole) : 0;

    if (part > 0 && h == 0)
        strbuf_add(out, "<0.01");
    else
        units_add_ratio(out, h, 100, h >= 1000 || h == 0 ? 0 : h >= 100 ? 1 : 2);
    strbuf_add(out, " %");
}

void tell_percent(struct strbuf *out, int64_t hundredths)
{
    units_add_ratio(out, hundredths, 100, hundredths % 100 == 0 ? 0 : hundredths % 10 == 0 ? 1 : 2);
    strbuf_add(out, " %");
}

void tell_attributes(struct strbuf *out, const struct fact_load *load, const struct fact_request *r)
{
    char text[UNITS_MAX];

    for (size_t i = 0; i < load->attrs.len; i++) {
        strbuf_addf(out, "%s%s=", i ? " " : "", load->attrs.data[i].name ? load->attrs.data[i].name : "?");
        strbuf_add(out, expr_value_text(text, (struct expr_value){load->attrs.data[i].type, r->attrs[i]}));
    }
}

/* ---- waits ---------------------------------------------------------------------------------- */

const char *segment_site(struct analysis *a, const struct goroutine *g, size_t i)
{
    if (i == 0 && g->seen_born && g->segments.data[0].state == TRACE_RUNNABLE)
        return arena_printf(&a->arena, "start of %s", g->name ? analysis_string(a, g->name) : "a goroutine");
    return stack_site(a, segment_stack(g, i));
}

/* The ledger's note of the lock wait that became segment i: noted a moment before the trace shows it. */
static const struct fact_lock_wait *lock_wait(const struct analysis *a, const struct goroutine *g, size_t i)
{
    int64_t from = i > 0 ? g->segments.data[i - 1].start : g->born;
    int64_t to = segment_end(a, g, i);
    const struct fact_lock_wait *found = NULL;

    for (size_t k = 0; k < g->waits.len; k++)
        if (g->waits.data[k].at >= from && g->waits.data[k].at < to)
            found = &g->waits.data[k];
    return found;
}

static const char *object_name(const struct analysis *a, const struct fact_lock_wait *w)
{
    return w && w->object < a->facts.objects.len ? a->facts.objects.data[w->object] : NULL;
}

static bool is_lock_wait(const struct segment *s)
{
    return s->state == TRACE_WAITING && s->leaf == LEAF_EXCLUSION;
}

/* The note of the lock that g waits for when the trace ends. */
static const struct fact_lock_wait *last_wait(const struct analysis *a, const struct goroutine *g)
{
    bool waits = g->died < 0 && g->segments.len && is_lock_wait(&vec_last(&g->segments));

    return waits ? lock_wait(a, g, g->segments.len - 1) : NULL;
}

/* When the goroutine of w was last woken from that wait; -1: never. One that finds the lock taken again
 * waits again, at the same place, and that is not noted anew. */
static int64_t woken_at(const struct analysis *a, const struct fact_lock_wait *w)
{
    const struct goroutine *g = analysis_goroutine(a, w->g);
    int64_t first = g ? segment_at(g, w->at) : -1;

    if (first >= 0 && !is_lock_wait(&g->segments.data[first]))
        first++;
    if (first < 0)
        return -1;
    for (int64_t i = (int64_t)g->segments.len - 2; i >= first; i--) {
        const struct segment *s = &g->segments.data[i];

        if (is_lock_wait(s) && s->stack == g->segments.data[first].stack)
            return s[1].start;
    }
    return -1;
}

/* The one that had it when somebody began to wait for it last, or that was let in after that. If that one
 * waits for it again, another was faster, and nobody says who. */
static uint64_t find_holder(const struct analysis *a, uint32_t object)
{
    uint64_t holder = 0;
    int64_t since = -1;

    for (size_t i = 0; i < a->facts.waits.len; i++) {
        const struct fact_lock_wait *w = &a->facts.waits.data[i];

        if (w->object != object)
            continue;
        if (w->at >= since) {
            since = w->at;
            holder = w->holder;
        }
        int64_t woken = w->holder ? woken_at(a, w) : -1;

        if (woken >= since) {
            const struct fact_lock_wait *again = last_wait(a, analysis_goroutine(a, w->g));

            since = woken;
            holder = again && again->object == object ? 0 : w->g;
        }
    }
    return holder;
}

/* Who has a lock when the trace ends. */
static uint64_t last_holder(struct analysis *a, uint32_t object)
{
    while (a->holders.len <= object)
        vec_push(&a->holders, 0);
    if (!a->holders.data[object])
        a->holders.data[object] = find_holder(a, object) + 1;
    return a->holders.data[object] - 1;
}

bool last_lock(struct analysis *a, const struct goroutine *g, struct last_lock *out)
{
    const struct fact_lock_wait *w = last_wait(a, g);

    out->name = object_name(a, w);
    out->holder = out->name && w->holder ? last_holder(a, w->object) : 0;
    return out->name != NULL;
}

bool tell_last_lock(struct strbuf *out, struct analysis *a, const struct goroutine *g)
{
    struct last_lock lock;

    if (!last_lock(a, g, &lock))
        return false;
    strbuf_add(out, lock.name);
    if (!lock.holder)
        return true;
    const struct goroutine *holder = analysis_goroutine(a, lock.holder);

    strbuf_addf(out, ", held by G%llu", (unsigned long long)lock.holder);
    if (lock.holder == g->id)
        strbuf_add(out, " itself");
    else if (holder && holder->died >= 0)
        strbuf_add(out, ", which has ended");
    return true;
}

const char *waits_for(struct analysis *a, const struct goroutine *g, size_t i)
{
    const struct segment *s = &g->segments.data[i];
    const char *reason = analysis_string(a, s->reason);

    if (s->leaf == LEAF_EXCLUSION) {
        const char *name = object_name(a, lock_wait(a, g, i));

        if (name)
            return name;
    }
    if (strcmp(reason, block_reason_texts[BLOCK_SYNC]) != 0 && s->leaf != LEAF_EXCLUSION)
        return reason;
    const char *called = stack_call(a, s->stack);

    return called ? called : reason;
}

static size_t index_of(const struct piece *p)
{
    return (size_t)(p->segment - p->g->segments.data);
}

static void add_goroutine(struct strbuf *out, const struct goroutine *g)
{
    strbuf_addf(out, "G%llu", (unsigned long long)g->id);
}

/* " (handle)", if its start function is known. */
static void add_name(struct strbuf *out, struct analysis *a, const struct goroutine *g)
{
    if (g->name)
        strbuf_addf(out, " (%s)", analysis_string(a, g->name));
}

static void add_site(struct strbuf *out, struct analysis *a, const struct piece *p)
{
    const char *site = segment_site(a, p->g, index_of(p));

    if (strcmp(site, "-") != 0)
        strbuf_addf(out, ", %s", site);
}

static void add_wait(struct strbuf *out, struct analysis *a, const struct piece *p, const char *length)
{
    const struct segment *s = p->segment;

    if (p->category == CAT_SYNC)
        strbuf_addf(out, " waited %s for %s", length, waits_for(a, p->g, index_of(p)));
    else if (p->category == CAT_SCHED_WAIT && s->state == TRACE_RUNNABLE)
        strbuf_addf(out, " was runnable for %s and got no P", length);
    else if (p->category == CAT_GC && s->state == TRACE_RUNNING)
        strbuf_addf(out, " had to help the GC for %s", length);
    else if (p->category != s->category) /* it waits for one that is in this state */
        strbuf_addf(out, " waited %s for one in %s", length, category_names[p->category]);
    else
        strbuf_addf(out, " was in %s for %s", category_names[p->category], length);
    add_site(out, a, p);
}

void tell_piece(struct strbuf *out, struct analysis *a, const struct piece *p)
{
    char length[UNITS_MAX];

    units_duration_text(length, p->to - p->from);
    if (!p->g) {
        strbuf_addf(out, "nobody is known to have worked for it for %s", length);
    } else if (!p->segment && p->other) {
        strbuf_addf(out, "it lay for %s in the queue of ", length);
        add_goroutine(out, p->other);
        add_name(out, a, p->other);
    } else {
        add_goroutine(out, p->g);
        if (p->segment && p->category == CAT_EXECUTION)
            add_name(out, a, p->g);
        if (!p->segment)
            strbuf_addf(out, " is not in the trace for %s", length);
        else if (p->category == CAT_EXECUTION)
            strbuf_addf(out, " ran for %s", length);
        else
            add_wait(out, a, p, length);
    }
    strbuf_add(out, ", ");
    tell_interval(out, a, p->from, p->to);
}

/* ---- the others meanwhile ------------------------------------------------------------------- */

/* The longest stretch of g in [from, to), or -1. */
static int64_t longest_stretch(const struct analysis *a, const struct goroutine *g, int64_t from, int64_t to,
                               int64_t *begin, int64_t *end)
{
    int64_t best = -1;

    for (int64_t i = segment_at(g, to - 1); i >= 0; i--) {
        int64_t b = g->segments.data[i].start > from ? g->segments.data[i].start : from;
        int64_t e = segment_end(a, g, (size_t)i);

        e = e < to ? e : to;
        if (e <= from)
            break;
        if (best >= 0 && e - b <= *end - *begin)
            continue;
        best = i;
        *begin = b;
        *end = e;
    }
    return best;
}

static bool tell_other(struct strbuf *out, struct analysis *a, const struct piece *p)
{
    const struct goroutine *g = p->other;
    int64_t begin = 0;
    int64_t end = 0;

    if (!g)
        return false;
    int64_t i = longest_stretch(a, g, ahead_turn(p), p->to, &begin, &end);

    strbuf_add(out, p->segment && p->segment->by == g->id ? "woken by " : "behind ");
    add_goroutine(out, g);
    if (i < 0)
        return true;
    const struct segment *s = &g->segments.data[i];

    strbuf_add(out, ", which ");
    tell_interval(out, a, begin, end);
    if (s->category == CAT_EXECUTION) {
        strbuf_add(out, " ran");
        add_name(out, a, g);
    } else {
        strbuf_addf(out, " was in %s, %s", category_names[s->category], segment_site(a, g, (size_t)i));
    }
    return true;
}

bool tell_ahead(struct strbuf *out, const struct analysis *a, const struct piece *p)
{
    struct ahead ahead;

    if (!ahead_of(a, p, &ahead))
        return false;
    if (ahead.count == 1)
        strbuf_add(out, "the one in front was");
    else
        strbuf_addf(out, "those in front, %llu one after the other, were", (unsigned long long)ahead.count);
    strbuf_addf(out, " in %s for ", category_names[ahead.most]);
    tell_share(out, ahead.states[ahead.most], ahead.time);
    strbuf_add(out, " of it");
    return true;
}

/* Goroutines of one start function that had Ps. */
struct runner {
    uint32_t name;
    int64_t time;
    uint64_t goroutines;
};

struct runners {
    struct idmap index; /* name -> index in list */
    VEC(struct runner) list;
    int64_t total;
};

static void add_runner(struct runners *r, const struct goroutine *g, int64_t time)
{
    uint64_t i;

    if (!idmap_get(&r->index, g->name, &i)) {
        i = r->list.len;
        idmap_put(&r->index, g->name, i);
        vec_push(&r->list, ((struct runner){.name = g->name}));
    }
    r->list.data[i].time += time;
    r->list.data[i].goroutines++;
    r->total += time;
}

static bool tell_runners(struct strbuf *out, struct analysis *a, const struct piece *p)
{
    struct runners r = {.total = 0};
    size_t most = 0;

    for (size_t i = 0; i < a->goroutines.len; i++) {
        int64_t states[CAT_STATES] = {0};

        states_between(a, &a->goroutines.data[i], p->from, p->to, states);
        int64_t time = states[CAT_EXECUTION] + states[CAT_GC];

        if (time > 0)
            add_runner(&r, &a->goroutines.data[i], time);
    }
    for (size_t i = 1; i < r.list.len; i++)
        if (r.list.data[i].time > r.list.data[most].time)
            most = i;
    bool told = r.total > 0;

    if (told) {
        const struct runner *first = &r.list.data[most];

        strbuf_add(out, "meanwhile ");
        tell_share(out, first->time, r.total);
        strbuf_addf(out, " of the Ps' time went to %s (%llu goroutine%s)", analysis_string(a, first->name),
                    (unsigned long long)first->goroutines, first->goroutines == 1 ? "" : "s");
    }
    vec_free(&r.list);
    idmap_release(&r.index);
    return told;
}

static bool tell_cycle(struct strbuf *out, const struct analysis *a, const struct piece *p)
{
    for (size_t i = 0; i < a->cycles.len; i++) {
        int64_t begin = a->cycles.data[i].begin < 0 ? a->begin : a->cycles.data[i].begin;
        int64_t end = a->cycles.data[i].end < 0 ? a->end : a->cycles.data[i].end;

        if (begin >= p->to || end <= p->from)
            continue;
        strbuf_addf(out, "in GC cycle %zu of %zu, which marked ", i + 1, a->cycles.len);
        tell_interval(out, a, begin, end);
        return true;
    }
    return false;
}

bool tell_meanwhile(struct strbuf *out, struct analysis *a, const struct piece *p)
{
    switch (p->category) {
    case CAT_SYNC:
        return tell_other(out, a, p);
    case CAT_SCHED_WAIT:
        return tell_runners(out, a, p);
    case CAT_GC:
        return tell_cycle(out, a, p);
    default:
        return false;
    }
}

/* runs, of a program that came to no end: a deadlock, or busy until its budget was used up. */
#include <string.h>

#include "base/hashmap.h"
#include "base/units.h"
#include "format/reasons.h"
#include "grader/analysis/tell.h"
#include "grader/grade/judge.h"

/* ---- who waits for whom ---------------------------------------------------------------------- */

struct hold {
    uint64_t g; /* 0: not known, or nobody in particular */
    int64_t at; /* as of then */
};

/* Locks and those who wait for them when the trace ends. */
struct locks {
    struct analysis *a;
    struct idmap last;      /* goroutine -> its last wait for a lock, index in facts.waits */
    VEC(struct hold) holds; /* by object */
    struct idmap holders;   /* who holds what another one waits for */
};

/* Where g is when the trace ends, if that is a wait. */
static const struct segment *last_wait(const struct goroutine *g)
{
    const struct segment *s = g && g->segments.len ? &g->segments.data[g->segments.len - 1] : NULL;

    return s && s->state == TRACE_WAITING && g->died < 0 ? s : NULL;
}

/* The declared lock that g waits for when the trace ends; NULL: none. */
static const struct fact_lock_wait *wait_of(const struct locks *l, uint64_t id)
{
    const struct segment *s = last_wait(analysis_goroutine(l->a, id));
    uint64_t i;

    if (!s || !idmap_get(&l->last, id, &i))
        return NULL;
    bool waits = s->leaf == LEAF_EXCLUSION ||
                 strcmp(analysis_string(l->a, s->reason), block_reason_texts[BLOCK_SYNC]) == 0;

    return waits ? &l->a->facts.waits.data[i] : NULL;
}

/* When the one that waited got the lock; -1: it never did. */
static int64_t got_it(const struct locks *l, const struct fact_lock_wait *w)
{
    const struct goroutine *g = analysis_goroutine(l->a, w->g);
    int64_t i = g && wait_of(l, w->g) != w ? segment_at(g, w->at) : -1;

    for (; i >= 0 && (size_t)i < g->segments.len; i++)
        if (g->segments.data[i].state == TRACE_WAITING)
            return segment_end(l->a, g, (size_t)i);
    return -1;
}

static void note_hold(struct locks *l, uint32_t object, uint64_t g, int64_t at)
{
    while (l->holds.len <= object)
        vec_push(&l->holds, ((struct hold){0, -1}));
    if (at >= l->holds.data[object].at)
        l->holds.data[object] = (struct hold){g, at};
}

static uint64_t holder_of(const struct locks *l, const struct fact_lock_wait *w)
{
    return w && w->object < l->holds.len ? l->holds.data[w->object].g : 0;
}

static const char *lock_name(const struct locks *l, const struct fact_lock_wait *w)
{
    const struct facts *facts = &l->a->facts;
    const char *name = w->object < facts->objects.len ? facts->objects.data[w->object] : NULL;

    return name ? name : "a lock";
}

/* A wait tells who held the lock when it began; who has waited and got it since holds it now. */
static void locks_find(struct locks *l, struct analysis *a)
{
    const struct facts *facts = &a->facts;

    *l = (struct locks){.a = a};
    for (size_t i = 0; i < facts->waits.len; i++)
        idmap_put(&l->last, facts->waits.data[i].g, i);
    for (size_t i = 0; i < facts->waits.len; i++) {
        const struct fact_lock_wait *w = &facts->waits.data[i];

        if (w->object >= facts->objects.len)
            continue;
        note_hold(l, w->object, w->holder, w->at);
        if (w->holder)
            note_hold(l, w->object, w->g, got_it(l, w));
    }
    for (size_t i = 0; i < facts->stuck.len; i++) {
        uint64_t g = holder_of(l, wait_of(l, facts->stuck.data[i].g));

        if (g)
            idmap_put(&l->holders, g, 1);
    }
}

static void locks_release(struct locks *l)
{
    idmap_release(&l->last);
    idmap_release(&l->holders);
    vec_free(&l->holds);
}

/* ---- deadlock -------------------------------------------------------------------------------- */

/* Who says most about a deadlock: those that wait and hold what others wait for; those that wait for a
 * lock; those that wait for a message; main, and what waits for the world. */
enum rank { HOLDS, WAITS_FOR_LOCK, WAITS_FOR_OTHERS, WAITS_FOR_WORLD, RANKS };

#define MAIN_GOROUTINE 1

static enum rank rank_of(const struct locks *l, const struct fact_fault *s)
{
    uint64_t holds;

    if (idmap_get(&l->holders, s->g, &holds))
        return HOLDS;
    if (s->g == MAIN_GOROUTINE || strcmp(s->kind, block_reason_texts[BLOCK_NETWORK]) == 0)
        return WAITS_FOR_WORLD;
    return strcmp(s->kind, block_reason_texts[BLOCK_SYNC]) == 0 ? WAITS_FOR_LOCK : WAITS_FOR_OTHERS;
}

/* "G6 waits for b_mu, held by G7, pages workload.yaml:8" */
static void show_stuck(const struct locks *l, const struct fact_fault *s, struct finding *f)
{
    const struct fact_lock_wait *w = wait_of(l, s->g);
    uint64_t holder = holder_of(l, w);
    const struct goroutine *h = holder ? analysis_goroutine(l->a, holder) : NULL;
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "G%llu waits for ", (unsigned long long)s->g);
    if (w)
        strbuf_add(&text, lock_name(l, w));
    else
        strbuf_addf(&text, "ever: %s", s->kind);
    if (holder == s->g)
        strbuf_add(&text, ", which it holds itself");
    else if (holder)
        strbuf_addf(&text, ", held by G%llu%s", (unsigned long long)holder,
                    h && h->died >= 0 ? " (ended)" : "");
    finding_shows(f, "%s, %s", text.text, s->site);
    strbuf_release(&text);
}

void tell_deadlock(struct judge *j, struct finding *f)
{
    const struct facts *facts = &j->a->facts;
    size_t n = facts->stuck.len;
    size_t shown = 0;
    struct locks l;
    char when[UNITS_MAX];

    finding_fails(f, "deadlock");
    finding_found(f, "all goroutines are asleep after %s: deadlock",
                  units_duration_text(when, facts->end_at - j->a->begin));
    finding_expects(f, "the program comes to its end");
    f->measure = (int64_t)n;
    locks_find(&l, j->a);
    for (int rank = 0; rank < RANKS; rank++) {
        for (size_t i = 0; i < n && shown < GRADE_EVIDENCE; i++) {
            const struct fact_fault *s = &facts->stuck.data[i];

            if (rank_of(&l, s) != (enum rank)rank)
                continue;
            if (shown == 0)
                finding_points_at(f, s->g, -1, facts->end_at, s->site);
            if (++shown == GRADE_EVIDENCE && n > GRADE_EVIDENCE)
                finding_shows(f, "and %zu more", n - GRADE_EVIDENCE + 1);
            else
                show_stuck(&l, s, f);
        }
    }
    locks_release(&l);
}

/* ---- budget, livelock ------------------------------------------------------------------------ */

/* What was done for requests. */
struct headway {
    int64_t last;       /* the last reply or work */
    int64_t unanswered; /* requests that came and got no answer */
};

static struct headway find_headway(const struct analysis *a)
{
    struct headway h = {.last = a->begin};

    for (size_t l = 0; l < a->facts.loads.len; l++) {
        for (uint32_t i = 0; i < a->facts.loads.data[l].requests.len; i++) {
            const struct fact_request *r = facts_request(&a->facts, (uint32_t)l, i);

            if (!r)
                continue;
            h.unanswered += !r->answered;
            if (r->answered && r->reply > h.last)
                h.last = r->reply;
            for (size_t k = 0; k < r->work.len; k++)
                if (r->work.data[k].last > h.last)
                    h.last = r->work.data[k].last;
        }
    }
    return h;
}

/* At least half of the run, by its clock or by its steps, went by since. */
static bool is_long_since(const struct analysis *a, int64_t since)
{
    uint64_t all = 0;
    uint64_t after = 0;

    for (size_t i = 0; i < a->goroutines.len; i++) {
        const struct goroutine *g = &a->goroutines.data[i];

        all += g->segments.len;
        for (size_t k = g->segments.len; k > 0 && g->segments.data[k - 1].start >= since; k--)
            after++;
    }
    return a->end - since >= since - a->begin || after >= all - after;
}

/* The one that executed most from then on; NULL: none did. */
static const struct goroutine *find_busiest(const struct analysis *a, int64_t from, int64_t *time)
{
    const struct goroutine *most = NULL;

    *time = 0;
    for (size_t i = 0; i < a->goroutines.len; i++) {
        const struct goroutine *g = &a->goroutines.data[i];
        int64_t states[CAT_STATES] = {0};

        if (g->system)
            continue;
        states_between(a, g, from, a->end, states);
        if (states[CAT_EXECUTION] > *time) {
            *time = states[CAT_EXECUTION];
            most = g;
        }
    }
    return most;
}

/* The last place at which it was seen. */
static const char *last_site(struct analysis *a, const struct goroutine *g)
{
    const char *site = "-";

    for (size_t i = g->segments.len; i > 0 && strcmp(site, "-") == 0; i--)
        site = segment_site(a, g, i - 1);
    return site;
}

/* "it holds prices_mu, for which 799 others wait" */
static void show_held(struct analysis *a, uint64_t holder, struct finding *f)
{
    const struct fact_lock_wait *held = NULL;
    size_t waiting = 0;
    struct locks l;

    locks_find(&l, a);
    for (size_t i = 0; i < a->goroutines.len; i++) {
        const struct fact_lock_wait *w = wait_of(&l, a->goroutines.data[i].id);

        if (holder_of(&l, w) != holder || (held && held->object != w->object))
            continue;
        held = w;
        waiting++;
    }
    if (held)
        finding_shows(f, "it holds %s, for which %zu other%s", lock_name(&l, held), waiting,
                      waiting == 1 ? " waits" : "s wait");
    locks_release(&l);
}

#define READABLE 10000 /* segments: nobody reads a longer timeline, the report's totals tell more */

static void show_busiest(struct analysis *a, int64_t from, struct finding *f)
{
    int64_t time;
    const struct goroutine *g = find_busiest(a, from, &time);
    char ran[UNITS_MAX], of[UNITS_MAX];

    if (!g)
        return;
    const char *site = last_site(a, g);

    bool known = strcmp(site, "-") != 0;

    finding_shows(f, "G%llu ran most: %s of the last %s%s%s", (unsigned long long)g->id,
                  units_duration_text(ran, time), units_duration_text(of, a->end - from), known ? ", " : "",
                  known ? site : "");
    finding_points_at(f, g->segments.len <= READABLE ? g->id : 0, from, a->end, site);
    show_held(a, g->id, f);
}

void tell_endless(struct judge *j, struct finding *f)
{
    struct analysis *a = j->a;
    struct headway h = find_headway(a);
    char after[UNITS_MAX], last[UNITS_MAX];

    finding_found(f, "still running after %s", units_duration_text(after, a->facts.end_at - a->begin));
    finding_expects(f, "the program comes to its end within its budget of time and steps");
    f->measure = h.unanswered;
    if (h.unanswered > 0 && is_long_since(a, h.last)) {
        finding_fails(f, "livelock");
        finding_shows(f, "busy, but nothing was done for any request since %s; %lld had no answer",
                      units_duration_text(last, h.last - a->begin), (long long)h.unanswered);
        show_busiest(a, h.last, f);
    } else {
        finding_fails(f, "budget");
        show_busiest(a, a->begin + (a->end - a->begin) / 2, f);
    }
}

/* runs, of a program that came to no end: a deadlock, or busy until its budget was used up. */
#include <string.h>

#include "base/hashmap.h"
#include "base/units.h"
#include "format/reasons.h"
#include "grader/analysis/tell.h"
#include "grader/grade/judge.h"

/* ---- deadlock -------------------------------------------------------------------------------- */

/* Who says most about a deadlock: those that wait and hold what others wait for; those that wait for a
 * lock; those that wait for a message; main, and what waits for the world. */
enum rank { HOLDS, WAITS_FOR_LOCK, WAITS_FOR_OTHERS, WAITS_FOR_WORLD, RANKS };

#define MAIN_GOROUTINE 1

/* Who holds a lock that another one waits for. */
static void find_holders(struct analysis *a, struct idmap *holders)
{
    for (size_t i = 0; i < a->facts.stuck.len; i++) {
        const struct goroutine *g = analysis_goroutine(a, a->facts.stuck.data[i].g);
        struct last_lock lock;

        if (g && last_lock(a, g, &lock) && lock.holder)
            idmap_put(holders, lock.holder, 1);
    }
}

static enum rank rank_of(const struct idmap *holders, const struct fact_fault *s)
{
    if (idmap_get(holders, s->g, NULL))
        return HOLDS;
    if (s->g == MAIN_GOROUTINE || strcmp(s->kind, block_reason_texts[BLOCK_NETWORK]) == 0)
        return WAITS_FOR_WORLD;
    return strcmp(s->kind, block_reason_texts[BLOCK_SYNC]) == 0 ? WAITS_FOR_LOCK : WAITS_FOR_OTHERS;
}

/* "G6 waits for b_mu, held by G7, pages workload.yaml:8" */
static void show_stuck(struct analysis *a, const struct fact_fault *s, struct finding *f)
{
    const struct goroutine *g = analysis_goroutine(a, s->g);
    struct strbuf what = STRBUF_INIT;

    if (!g || !tell_last_lock(&what, a, g))
        strbuf_addf(&what, "ever: %s", s->kind);
    finding_shows(f, "G%llu waits for %s, %s", (unsigned long long)s->g, what.text, s->site);
    strbuf_release(&what);
}

void tell_deadlock(struct judge *j, struct finding *f)
{
    const struct facts *facts = &j->a->facts;
    size_t n = facts->stuck.len;
    size_t shown = 0;
    struct idmap holders = {0};
    char when[UNITS_MAX];

    finding_fails(f, "deadlock");
    finding_found(f, "all goroutines are asleep after %s: deadlock",
                  units_duration_text(when, facts->end_at - j->a->begin));
    finding_expects(f, "the program comes to its end");
    f->measure = (int64_t)n;
    find_holders(j->a, &holders);
    for (int rank = 0; rank < RANKS; rank++) {
        for (size_t i = 0; i < n && shown < GRADE_EVIDENCE; i++) {
            const struct fact_fault *s = &facts->stuck.data[i];

            if (rank_of(&holders, s) != (enum rank)rank)
                continue;
            if (shown == 0)
                finding_points_at(f, s->g, -1, facts->end_at, s->site);
            if (++shown == GRADE_EVIDENCE && n > GRADE_EVIDENCE)
                finding_shows(f, "and %zu more", n - GRADE_EVIDENCE + 1);
            else
                show_stuck(j->a, s, f);
        }
    }
    idmap_release(&holders);
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
    const char *held = NULL;
    size_t waiting = 0;

    for (size_t i = 0; i < a->goroutines.len; i++) {
        struct last_lock lock;

        if (!last_lock(a, &a->goroutines.data[i], &lock) || lock.holder != holder)
            continue;
        if (!held)
            held = lock.name;
        waiting += strcmp(held, lock.name) == 0;
    }
    if (held)
        finding_shows(f, "it holds %s, for which %zu other%s", held, waiting,
                      waiting == 1 ? " waits" : "s wait");
}

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
    finding_points_at(f, g->id, from, a->end, site);
    show_held(a, g->id, f);
}

void tell_endless(struct judge *j, struct finding *f)
{
    struct analysis *a = j->a;
    struct headway h = find_headway(a);
    char after[UNITS_MAX], last[UNITS_MAX];

    finding_found(f, "stopped after %s: %s", units_duration_text(after, a->facts.end_at - a->begin),
                  a->facts.budget ? a->facts.budget : "it had more of something than it may");
    finding_expects(f, "the program comes to its end before that");
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

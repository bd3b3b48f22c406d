#include "grader/analysis/ahead.h"

#include <string.h>

#include "grader/analysis/summary.h"

#define MAX_AHEAD 1000 /* the farther away, the less it explains */

/* g's last wait for a lock that was over at t, or NULL. */
static const struct segment *last_lock_wait(const struct goroutine *g, int64_t t, int64_t not_before)
{
    for (int64_t i = segment_at(g, t - 1); i >= 0; i--) {
        const struct segment *s = &g->segments.data[i];

        if (s->start < not_before && i + 1 < (int64_t)g->segments.len && s[1].start <= not_before)
            return NULL;
        if (s->leaf == LEAF_EXCLUSION && i + 1 < (int64_t)g->segments.len && s[1].start <= t)
            return s;
    }
    return NULL;
}

static void add(struct ahead *out, const struct analysis *a, const struct goroutine *g, int64_t from,
                int64_t to)
{
    out->count++;
    states_between(a, g, from, to, out->states);
}

/* From hand to hand, back from the end of the wait. */
static void add_holders(struct ahead *out, const struct analysis *a, const struct piece *p)
{
    const struct goroutine *g = p->other;
    int64_t to = p->to;

    while (g && to > p->from && out->count < MAX_AHEAD) {
        const struct segment *wait = last_lock_wait(g, to, p->from);
        int64_t since = wait ? wait[1].start : p->from;

        add(out, a, g, since > p->from ? since : p->from, to);
        to = since;
        g = wait && wait->by ? analysis_goroutine(a, wait->by) : NULL;
    }
}

static bool is_lock(const struct piece *p)
{
    return p->segment && p->segment->leaf == LEAF_EXCLUSION;
}

int64_t ahead_turn(const struct piece *p)
{
    const struct segment *wait = is_lock(p) && p->other ? last_lock_wait(p->other, p->to, p->from) : NULL;

    return wait && wait[1].start > p->from ? wait[1].start : p->from;
}

bool ahead_of(const struct analysis *a, const struct piece *p, struct ahead *out)
{
    memset(out, 0, sizeof *out);
    if (p->category != CAT_SYNC || !p->other)
        return false;
    if (is_lock(p))
        add_holders(out, a, p);
    else
        add(out, a, p->other, p->from, p->to);
    for (int c = 0; c < CAT_STATES; c++) {
        out->time += out->states[c];
        if (out->states[c] > out->states[out->most])
            out->most = (enum category)c;
    }
    return out->time > 0;
}

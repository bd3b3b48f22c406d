#include "grader/analysis/split.h"

#define MAX_DEPTH 64   /* waits for one that waits for one ...: deeper ones are contention */
#define MAX_HOPS 10000 /* times a request changes hands; a damaged ledger could go round in circles */

struct split {
    struct analysis *a;
    uint64_t hand;
    void (*visit)(void *context, const struct piece *p);
    void *context;
};

static void carry(struct split *s, const struct goroutine *g, int64_t from, int64_t to, int depth);

static void emit(struct split *s, struct piece p)
{
    if (p.from < p.to)
        s->visit(s->context, &p);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Rule 3: [from, to) is spent waiting, at `waits` of `who`, for g, which is busy for others. */
static void busy(struct split *s, const struct goroutine *who, const struct segment *waits,
                 const struct goroutine *g, int64_t from, int64_t to)
{
    struct piece p = {.g = who, .segment = waits, .other = g, .behind = CATEGORY_COUNT};

    for (int64_t i = segment_at(g, to - 1); i >= 0 && to > from; i--) {
        const struct segment *seg = &g->segments.data[i];

        p.from = later(seg->start, from);
        p.to = earlier(to, segment_end(s->a, g, (size_t)i));
        p.behind = seg->category;
        p.category = seg->category == CAT_SCHED_WAIT || seg->category == CAT_GC ? seg->category : CAT_SYNC;
        if (p.to < to)
            emit(s, (struct piece){p.to, to, CAT_SYNC, CATEGORY_COUNT, who, waits, g});
        emit(s, p);
        to = p.from;
    }
    emit(s, (struct piece){from, to, CAT_SYNC, CATEGORY_COUNT, who, waits, g});
}

static void wait_for(struct split *s, const struct goroutine *g, const struct segment *seg, int64_t from,
                     int64_t to, int depth)
{
    const struct goroutine *by = seg->by ? analysis_goroutine(s->a, seg->by) : NULL;
    struct piece p = {from, to, CAT_SYNC, CATEGORY_COUNT, g, seg, NULL};

    if (seg->leaf == LEAF_EXCLUSION) {
        p.other = by;
        emit(s, p);
    } else if (!by) { /* woken by a timer, or not at all so far */
        p.category = seg->by || seg == &vec_last(&g->segments) ? CAT_SYNC : CAT_SLEEP;
        emit(s, p);
    } else if (hand_at(by, to) == s->hand && depth < MAX_DEPTH) {
        carry(s, by, from, to, depth + 1);
    } else {
        busy(s, g, seg, by, from, to);
    }
}

/* g's own states in [from, to), the last first. */
static void own(struct split *s, const struct goroutine *g, int64_t from, int64_t to, int depth)
{
    for (int64_t i = segment_at(g, to - 1); i >= 0 && to > from; i--) {
        const struct segment *seg = &g->segments.data[i];
        int64_t begin = later(seg->start, from);
        int64_t end = earlier(to, segment_end(s->a, g, (size_t)i));

        if (end < to)
            emit(s, (struct piece){end, to, CAT_OTHER, CATEGORY_COUNT, g, NULL, NULL});
        if (seg->category == CAT_SYNC && seg->state == TRACE_WAITING)
            wait_for(s, g, seg, begin, end, depth);
        else
            emit(s, (struct piece){begin, end, seg->category, CATEGORY_COUNT, g, seg, NULL});
        to = begin;
    }
    emit(s, (struct piece){from, to, CAT_OTHER, CATEGORY_COUNT, g, NULL, NULL});
}

/* The last time at or before t at which g took the request in hand by receiving it. */
static const struct fact_take *taken(const struct goroutine *g, uint64_t hand, int64_t t)
{
    for (size_t i = g->takes.len; i-- > 0;) {
        const struct fact_take *k = &g->takes.data[i];

        if (k->at <= t && request_hand(k->load, k->index) == hand)
            return k;
    }
    return NULL;
}

/* Rule 2, and the walk as a whole: g has the request in hand at `to`. */
static void carry(struct split *s, const struct goroutine *g, int64_t from, int64_t to, int depth)
{
    for (int hops = 0; g && to > from && hops < MAX_HOPS; hops++) {
        const struct fact_take *take = taken(g, s->hand, to);
        bool born_with = !take && g->hand == s->hand;
        int64_t since = take ? take->at : born_with ? earlier(g->born, to) : from;

        own(s, g, later(since, from), to, depth);
        to = since;
        if (to <= from)
            return;
        if (take && take->sent >= 0 && take->sent < to) { /* it lay in a queue */
            busy(s, g, NULL, g, later(take->sent, from), to);
            to = take->sent;
        }
        g = analysis_goroutine(s->a, take ? take->from : g->creator);
    }
    emit(s, (struct piece){from, to, CAT_OTHER, CATEGORY_COUNT, g, NULL, NULL});
}

int64_t request_end(const struct analysis *a, const struct fact_request *r)
{
    return later(r->arrived, r->status ? r->reply : a->end);
}

void split_request(struct analysis *a, uint32_t load, uint32_t index,
                   void (*visit)(void *context, const struct piece *p), void *context)
{
    const struct fact_request *r = facts_request(&a->facts, load, index);
    struct split s = {a, request_hand(load, index), visit, context};

    if (!r)
        return;
    const struct goroutine *g = analysis_goroutine(a, r->replier ? r->replier : r->handler);

    carry(&s, g, r->arrived, request_end(a, r), 0);
}

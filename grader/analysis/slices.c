#include "grader/analysis/slices.h"

#include <string.h>

#include "grader/analysis/summary.h"

static void add_request(struct analysis *a, uint32_t load, uint32_t index, const struct fact_request *r,
                        struct slice *s)
{
    int64_t split[CAT_STATES];

    request_split(a, load, index, split);
    s->requests++;
    s->time += request_time(a, r);
    for (int c = 0; c < CAT_STATES; c++)
        s->split[c] += split[c];
}

static size_t slice_of(const struct slice *slices, size_t n, int64_t at)
{
    size_t i = 0;

    while (i + 1 < n && at >= slices[i].to)
        i++;
    return i;
}

static void add_state(struct slice *slices, size_t n, int64_t from, int64_t to, bool running)
{
    for (size_t i = slice_of(slices, n, from); i < n && slices[i].from < to; i++) {
        int64_t begin = from > slices[i].from ? from : slices[i].from;
        int64_t end = to < slices[i].to ? to : slices[i].to;

        *(running ? &slices[i].running : &slices[i].runnable) += end - begin;
    }
}

static void add_goroutine(const struct analysis *a, const struct goroutine *g, struct slice *slices, size_t n)
{
    for (size_t i = 0; i < g->segments.len; i++) {
        const struct segment *s = &g->segments.data[i];

        if (s->state == TRACE_RUNNING || s->state == TRACE_RUNNABLE)
            add_state(slices, n, s->start, segment_end(a, g, i), s->state == TRACE_RUNNING);
    }
}

void slices_fill(struct analysis *a, uint32_t load, struct slice *slices, size_t n)
{
    int64_t length = a->end - a->begin;

    memset(slices, 0, n * sizeof *slices);
    for (size_t i = 0; i < n; i++) {
        slices[i].from = a->begin + length / (int64_t)n * (int64_t)i;
        slices[i].to = i + 1 < n ? a->begin + length / (int64_t)n * (int64_t)(i + 1) : a->end;
    }
    for (size_t i = 0; i < a->goroutines.len; i++)
        add_goroutine(a, &a->goroutines.data[i], slices, n);
    if (load >= a->facts.loads.len)
        return;
    for (uint32_t i = 0; i < a->facts.loads.data[load].requests.len; i++) {
        const struct fact_request *r = facts_request(&a->facts, load, i);

        if (r && request_counts(a, r))
            add_request(a, load, i, r, &slices[slice_of(slices, n, r->arrived)]);
    }
}

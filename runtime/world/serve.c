/* Serving: arrivals, the accept goroutine of each load, and the end of it all. */
#include "runtime/world/parts.h"

#define QUIET (100 * NS_PER_MS) /* after the last answer, for honest work that is still being done */

enum { SERVE_BEGIN, SERVE_OVER };

/* ---- arrivals ------------------------------------------------------------------------------- */

static void arrive(struct rt *rt, struct load *l, uint32_t index, int64_t when)
{
    struct request *r = request_arrives(l, index, when);

    if (l->last)
        l->last->next = r;
    else
        l->first = r;
    l->last = r;
    if (l->waiting) {
        l->waiting = false;
        rt->ops->poll_ready(rt, l->acceptor);
    }
}

static void next_arrival(struct rt *rt, struct load *l)
{
    int64_t when = arrivals_next(l, &l->arrivals);

    if (when < NEVER)
        rt->ops->outside_at(rt, &l->arrival, l->due = when);
}

static void open_arrival(struct rt *rt, struct outside *o)
{
    struct load *l = (struct load *)((char *)o - offsetof(struct load, arrival));

    arrive(rt, l, (uint32_t)(l->arrivals.n - 1), l->due);
    next_arrival(rt, l);
}

/* When requests come: a pure function of seed and load, whatever the program does. */
#include "runtime/world/luck.h"
#include "runtime/world/parts.h"

/* Evenly: the n-th after exactly n / rate, without drift. */
static int64_t even_time(const struct load *l, uint64_t n)
{
    int128 since = (int128)n * NS_PER_S * l->rate.den / l->rate.num;

    return since > NEVER - l->from ? NEVER : l->from + (int64_t)since;
}

static void next_gap(const struct load *l, struct arrivals *a)
{
    uint64_t n = a->gaps++;

    if (l->even) {
        a->steady = even_time(l, n + 1);
        return;
    }
    int128 mean = (int128)NS_PER_S * l->rate.den / l->rate.num;
    uint64_t bits = rng_draw(l->world->seed, DRAW_GAP, l->luck, n);
    int64_t gap = rng_exponential(bits, mean > NEVER / 64 ? NEVER / 64 : (int64_t)mean);

    a->steady = gap > NEVER - a->steady ? NEVER : a->steady + gap;
}

void arrivals_start(const struct load *l, struct arrivals *a)
{
    *a = (struct arrivals){.steady = l->from, .burst = NEVER};
    if (l->rate.num == 0)
        return;
    next_gap(l, a);
    if (l->burst.every > 0)
        a->burst = l->from + l->burst.every;
}

/* The next of the two processes: a burst before a steady arrival at the same instant. */
static int64_t next_of_rate(const struct load *l, struct arrivals *a)
{
    int64_t when;

    if (a->in_burst == 0 && a->burst <= a->steady)
        a->in_burst = l->burst.size;
    if (a->in_burst > 0) {
        when = a->burst;
        if (--a->in_burst == 0)
            a->burst = when > NEVER - l->burst.every ? NEVER : when + l->burst.every;
        return when;
    }
    when = a->steady;
    next_gap(l, a);
    return when;
}

int64_t arrivals_next(const struct load *l, struct arrivals *a)
{
    uint64_t n = a->n;
    int64_t when;

    if (l->rate.num == 0) {
        when = n < l->at.n ? l->at.at[n] : NEVER;
    } else {
        bool all = l->nrequests > 0 && n == (uint64_t)l->nrequests;

        when = all ? NEVER : next_of_rate(l, a);
        if (when >= l->until)
            when = NEVER;
    }
    if (when < NEVER)
        a->n++;
    return when;
}

uint32_t load_count(const struct load *l)
{
    struct arrivals a;

    if (l->clients > 0)
        return (uint32_t)l->nrequests;
    if (l->rate.num == 0)
        return (uint32_t)l->at.n;
    if (l->until == NEVER)
        return (uint32_t)l->nrequests;
    arrivals_start(l, &a);
    while (a.n <= REQUESTS_MAX && arrivals_next(l, &a) < NEVER)
        continue;
    return (uint32_t)a.n;
}

int64_t client_think(const struct load *l, uint32_t client, uint64_t n)
{
    return dist_sample(&l->think, l->world->seed, DRAW_THINK, luck_client(l->luck, client), n);
}

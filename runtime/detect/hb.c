/* Happens-before: the clocks of goroutines and what primitives hand on.
 *
 * A goroutine begins a new epoch not at each release but at the first event afterwards that others may ask
 * about: an access, or an acquire from which it learns something. Its clock is told of the epoch at the
 * next release, the first moment at which anybody else can learn of it. So as long as nobody accesses
 * anything, spawning and passing messages on change no clock at all. And whatever clock has a goroutine's
 * epoch has all that its owner knew at the end of that epoch, which saves most joins (knows_all_of).
 *
 * Races are judged by one clock, contracts by another, the firm one: it learns only where one has waited, not
 * where one happened to come second (struct past). A goroutine that has met nobody has but one. */
#include <stdlib.h>
#include <string.h>

#include "runtime/detect/detector.h"
#include "runtime/sched/inline.h"

#define CANDIDATES 4 /* dead goroutines' slots looked at for each new goroutine */

/* ---- two clocks that are mostly one */

static struct clock *firm(const struct past *p)
{
    return p->apart ? p->firm : p->all;
}

static struct past past_share(const struct past *p)
{
    return (struct past){clock_share(p->all), clock_share(p->firm), p->apart};
}

static void past_drop(struct past *p)
{
    clock_drop(p->all);
    clock_drop(p->firm);
    *p = (struct past){0};
}

static void past_split(struct past *p)
{
    if (!p->apart)
        p->firm = clock_share(p->all);
    p->apart = true;
}

/* They may have become one again. */
static void past_unite(struct past *p)
{
    if (!p->apart || p->all != p->firm)
        return;
    clock_drop(p->firm);
    p->firm = NULL;
    p->apart = false;
}

/* ---- lifetime */

struct detector *detect_new(void)
{
    return xcalloc(1, sizeof(struct detector));
}

void detect_free(struct rt *rt)
{
    struct detector *d = rt->detector;

    if (!d)
        return;
    for (uint32_t i = 0; i < rt->n_g; i++)
        past_drop(&rt->allg[i]->hb.past);
    vec_free(&d->epochs);
    vec_free(&d->free);
    strmap_release(&d->race_keys);
    vec_free(&d->races);
    strmap_release(&d->misuses);
    free(d);
    rt->detector = NULL;
}

/* ---- slots */

static size_t n_free(const struct detector *d)
{
    return d->free.len - d->first_free;
}

static void slot_put(struct detector *d, uint32_t slot)
{
    if (d->first_free > 64 && d->first_free > d->free.len / 2) {
        memmove(d->free.data, d->free.data + d->first_free, n_free(d) * sizeof *d->free.data);
        d->free.len = n_free(d);
        d->first_free = 0;
    }
    vec_push(&d->free, slot);
}

/* A slot for a goroutine that starts with this clock: one whose dead owner it is ordered after, a new one,
 * or if there are too many already the one that has been free for longest. */
static uint32_t slot_take(struct detector *d, const struct clock *clock)
{
    for (size_t i = 0; i < CANDIDATES && n_free(d) > 0; i++) {
        uint32_t slot = d->free.data[d->first_free++];

        if (clock_get(clock, slot) >= d->epochs.data[slot])
            return slot;
        slot_put(d, slot);
    }
    if (d->epochs.len >= DETECT_SLOTS && n_free(d) > 0)
        return d->free.data[d->first_free++];
    vec_push(&d->epochs, 0);
    return (uint32_t)(d->epochs.len - 1);
}

/* ---- goroutines */

static struct hb_point latest(const struct g *g)
{
    return (struct hb_point){g->hb.slot, g->hb.epoch};
}

/* The clock knows of this point; whether that is news. */
static bool raise(struct clock **clock, struct hb_point point)
{
    if (clock_get(*clock, point.slot) >= point.epoch)
        return false;
    clock_set(clock, point.slot, point.epoch);
    return true;
}

/* Others may learn of all that g has done so far. Firm clocks are told by who learns from them, if anybody
 * does: most releases are met, and not waited for. */
static void publish(struct g *g)
{
    raise(&g->hb.past.all, latest(g));
    g->hb.released = true;
}

void hb_birth(struct rt *rt, struct g *parent, struct g *child)
{
    struct detector *d = rt->detector;

    if (!d)
        return;
    child->hb = (struct hb_g){.released = true};
    if (parent) {
        publish(parent);
        child->hb.past = past_share(&parent->hb.past);
        if (parent->hb.past.apart)
            raise(&child->hb.past.firm, latest(parent));
    }
    child->hb.slot = slot_take(d, firm(&child->hb.past));
    child->hb.epoch = d->epochs.data[child->hb.slot];
}

void hb_death(struct rt *rt, struct g *g)
{
    struct detector *d = rt->detector;

    if (!d)
        return;
    d->epochs.data[g->hb.slot] = g->hb.epoch;
    slot_put(d, g->hb.slot);
    past_drop(&g->hb.past);
}

/* Something happens in g that a later epoch must not be confused with. */
static void touch(struct g *g)
{
    if (!g->hb.released)
        return;
    g->hb.released = false;
    g->hb.own = true;
    g->hb.epoch++;
}

struct hb_point hb_mark(struct rt *rt, struct g *g)
{
    if (!rt->detector)
        return (struct hb_point){0};
    touch(g);
    return (struct hb_point){g->hb.slot, g->hb.epoch};
}

static bool is_in(struct hb_point then, const struct clock *clock, const struct g *g)
{
    if (then.epoch == 0)
        return true;
    return then.epoch <= (then.slot == g->hb.slot ? g->hb.epoch : clock_get(clock, then.slot));
}

bool hb_before(const struct rt *rt, struct hb_point then, const struct g *g)
{
    return !rt->detector || is_in(then, g->hb.past.all, g);
}

bool hb_firmly_before(const struct rt *rt, struct hb_point then, const struct g *g)
{
    return !rt->detector || is_in(then, firm(&g->hb.past), g);
}

/* ---- primitives */

/* g now knows what this clock knows, and nothing else. */
static void become(struct clock **mine, struct clock *clock)
{
    clock_share(clock);
    clock_drop(*mine);
    *mine = clock;
}

/* Whether the clock holds all that g knows: it has g's epoch, which g's last release left somewhere, and
 * had g learnt anything since then, its epoch would be a later one. */
static bool knows_all_of(const struct clock *clock, const struct g *g)
{
    return g->hb.own && clock_get(clock, g->hb.slot) >= g->hb.epoch;
}

#define VISITS_PER_STEP 32 /* pairs of nodes that are compared in the time of a step */

/* Joins clocks. Where goroutines by the ten thousand know different things that takes its time. */
static bool join(struct rt *rt, struct clock **into, struct clock *from)
{
    uint64_t visits = 0;
    bool changed = clock_join(into, from, &visits);

    if (visits >= VISITS_PER_STEP)
        at_add(rt, &rt->effort, visits / VISITS_PER_STEP);
    return changed;
}

/* One of g's clocks learns from another of the same kind; whether anything was new. */
static bool learn(struct rt *rt, const struct g *g, struct clock **mine, struct clock *from)
{
    if (!from || from == *mine)
        return false;
    if (!knows_all_of(from, g))
        return join(rt, mine, from);
    become(mine, from);
    return true;
}

void hb_acquire(struct rt *rt, struct g *g, const struct hb *from)
{
    bool news = false;

    if (!rt->detector || !from->past.all)
        return;
    struct past *mine = &g->hb.past;

    if (mine->apart || from->past.apart) {
        past_split(mine);
        news = learn(rt, g, &mine->firm, firm(&from->past));
        news |= raise(&mine->firm, from->by);
    }
    if (learn(rt, g, &mine->all, from->past.all) || news)
        touch(g);
    past_unite(mine);
}

void hb_meet(struct rt *rt, struct g *g, const struct hb *from)
{
    if (!rt->detector || !from->past.all || from->past.all == g->hb.past.all)
        return;
    struct past *mine = &g->hb.past;

    past_split(mine);
    if (learn(rt, g, &mine->all, from->past.all))
        touch(g);
    past_unite(mine);
}

void hb_place_take(struct rt *rt, struct g *g, struct hb_place *p)
{
    if (!rt->detector)
        return;
    if (p->taker == g->id)
        hb_acquire(rt, g, &p->hb);
    else
        hb_meet(rt, g, &p->hb);
    p->taker = g->id;
}

void hb_release(struct rt *rt, struct g *g, struct hb *to)
{
    if (!rt->detector)
        return;
    publish(g);
    struct past now = past_share(&g->hb.past);

    past_drop(&to->past);
    to->past = now;
    to->by = latest(g);
}

void hb_release_merge(struct rt *rt, struct g *g, struct hb *to)
{
    if (!rt->detector)
        return;
    publish(g);
    const struct past *mine = &g->hb.past;

    if (mine->apart || to->past.apart) {
        past_split(&to->past);
        raise(&to->past.firm, to->by);
        join(rt, &to->past.firm, firm(mine));
        raise(&to->past.firm, latest(g));
    }
    join(rt, &to->past.all, mine->all);
}

/* Both of a kind become the same; whether a and b have learnt anything. */
static void exchange(struct rt *rt, struct clock **a, struct clock **b, bool *news_a, bool *news_b)
{
    *news_a |= join(rt, a, *b);
    *news_b |= *b != *a;
    if (*b != *a)
        become(b, *a);
}

void hb_exchange(struct rt *rt, struct g *a, struct g *b)
{
    bool news_a = false, news_b = false;

    if (!rt->detector)
        return;
    struct past *of_a = &a->hb.past, *of_b = &b->hb.past;

    publish(a);
    publish(b);
    if (of_a->apart || of_b->apart) {
        past_split(of_a);
        past_split(of_b);
        raise(&of_a->firm, latest(a));
        raise(&of_b->firm, latest(b));
        exchange(rt, &of_a->firm, &of_b->firm, &news_a, &news_b);
    }
    exchange(rt, &of_a->all, &of_b->all, &news_a, &news_b);
    if (news_a)
        touch(a);
    if (news_b)
        touch(b);
    past_unite(of_a);
    past_unite(of_b);
}

void hb_reset(struct rt *rt, struct hb *h)
{
    (void)rt; /* primitives may outlive the detector */
    past_drop(&h->past);
    h->by = (struct hb_point){0};
}

void detect_hold(struct rt *rt, struct g *g, uint32_t number)
{
    if (rt->detector && number >= 1 && number <= 64)
        g->hb.locks |= UINT64_C(1) << (number - 1);
}

void detect_unhold(struct rt *rt, struct g *g, uint32_t number)
{
    if (rt->detector && number >= 1 && number <= 64)
        g->hb.locks &= ~(UINT64_C(1) << (number - 1));
}

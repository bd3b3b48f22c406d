/* Happens-before: the clocks of goroutines and what primitives hand on.
 *
 * A goroutine begins a new epoch not at each release but at the first event afterwards that others may ask
 * about: an access, or an acquire from which it learns something. Its clock is told of the epoch at the
 * next release, the first moment at which anybody else can learn of it. So as long as nobody accesses
 * anything, spawning and passing messages on change no clock at all. And whatever clock has a goroutine's
 * epoch has all that its owner knew at the end of that epoch, which saves most joins (knows_all_of). */
#include <stdlib.h>
#include <string.h>

#include "runtime/detect/detector.h"
#include "runtime/sched/inline.h"

#define CANDIDATES 4 /* dead goroutines' slots looked at for each new goroutine */

struct detector *detect_new(void)
{
    return xcalloc(1, sizeof(struct detector));
}

void detect_free(struct rt *rt)
{
    struct detector *d = rt->detector;

    if (!d)
        return;
    for (uint32_t i = 0; i < rt->n_g; i++) {
        clock_drop(rt->allg[i]->hb.clock);
        rt->allg[i]->hb.clock = NULL;
    }
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

/* Others may learn of all that g has done so far. */
static void publish(struct g *g)
{
    if (clock_get(g->hb.clock, g->hb.slot) < g->hb.epoch)
        clock_set(&g->hb.clock, g->hb.slot, g->hb.epoch);
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
        child->hb.clock = clock_share(parent->hb.clock);
    }
    child->hb.slot = slot_take(d, child->hb.clock);
    child->hb.epoch = d->epochs.data[child->hb.slot];
}

void hb_death(struct rt *rt, struct g *g)
{
    struct detector *d = rt->detector;

    if (!d)
        return;
    d->epochs.data[g->hb.slot] = g->hb.epoch;
    slot_put(d, g->hb.slot);
    clock_drop(g->hb.clock);
    g->hb.clock = NULL;
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

bool hb_before(const struct rt *rt, struct hb_point then, const struct g *g)
{
    if (!rt->detector || then.epoch == 0)
        return true;
    if (then.slot == g->hb.slot)
        return then.epoch <= g->hb.epoch;
    return then.epoch <= clock_get(g->hb.clock, then.slot);
}

/* ---- primitives */

/* g now knows what this clock knows, and nothing else. */
static void become(struct g *g, struct clock *clock)
{
    clock_share(clock);
    clock_drop(g->hb.clock);
    g->hb.clock = clock;
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

void hb_acquire(struct rt *rt, struct g *g, const struct hb *from)
{
    if (!rt->detector || !from->clock || from->clock == g->hb.clock)
        return;
    if (knows_all_of(from->clock, g)) {
        become(g, from->clock);
        touch(g);
    } else if (join(rt, &g->hb.clock, from->clock)) {
        touch(g);
    }
}

void hb_release(struct rt *rt, struct g *g, struct hb *to)
{
    if (!rt->detector)
        return;
    publish(g);
    clock_share(g->hb.clock);
    clock_drop(to->clock);
    to->clock = g->hb.clock;
}

void hb_release_merge(struct rt *rt, struct g *g, struct hb *to)
{
    if (!rt->detector)
        return;
    publish(g);
    join(rt, &to->clock, g->hb.clock);
}

void hb_exchange(struct rt *rt, struct g *a, struct g *b)
{
    if (!rt->detector)
        return;
    publish(a);
    publish(b);
    if (join(rt, &a->hb.clock, b->hb.clock))
        touch(a);
    if (b->hb.clock != a->hb.clock) {
        become(b, a->hb.clock);
        touch(b);
    }
}

void hb_reset(struct rt *rt, struct hb *h)
{
    (void)rt; /* primitives may outlive the detector */
    clock_drop(h->clock);
    h->clock = NULL;
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

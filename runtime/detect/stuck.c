/* Goroutines that can never go on: part of a deadlock, or leaked. */
#include <stdlib.h>
#include <string.h>

#include "runtime/detect/detector.h"
#include "runtime/sched/sched.h"
#include "runtime/sync/sync.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"

struct gs {
    VEC(struct g *) all;
};

static int by_id(const void *a, const void *b)
{
    const struct g *x = *(struct g *const *)a;
    const struct g *y = *(struct g *const *)b;

    return (x->id > y->id) - (x->id < y->id);
}

/* The program's goroutines that are blocked and satisfy `which`, by id. */
static void find_blocked(struct rt *rt, struct gs *gs, bool (*which)(const struct g *g))
{
    for (uint32_t i = 0; i < rt->n_g; i++) {
        struct g *g = rt->allg[i];

        if (at_load(rt, &g->state) == G_WAITING && !g->kind->system && which(g))
            vec_push(&gs->all, g);
    }
    if (gs->all.len)
        qsort(gs->all.data, gs->all.len, sizeof *gs->all.data, by_id);
}

/* The reason is one word of the line: blanks become `-`. */
static void tell(struct rt *rt, enum ledger_line line, const struct g *g)
{
    char site[256];
    char reason[64];
    size_t n = 0;

    for (const char *c = block_reason_texts[g->block_reason]; *c && n + 1 < sizeof reason; c++)
        reason[n++] = *c == ' ' ? '-' : *c;
    reason[n] = '\0';
    ledger_add(rt, line, "%llu %s %s", (unsigned long long)g->id, reason,
               site_text(rt->sites, site_of(g), site, sizeof site));
}

static void tell_all(struct rt *rt, enum ledger_line line, const struct gs *gs)
{
    for (size_t i = 0; i < gs->all.len; i++)
        tell(rt, line, gs->all.data[i]);
}

/* ---- leaks */

static bool any(const struct g *g)
{
    (void)g;
    return true;
}

/* Only another goroutine can wake it. */
static bool waits_for_others(const struct g *g)
{
    switch (g->block_reason) {
    case BLOCK_FOREVER:
    case BLOCK_SELECT:
    case BLOCK_COND_WAIT:
    case BLOCK_SYNC:
    case BLOCK_CHAN_SEND:
    case BLOCK_CHAN_RECEIVE:
        return !wait_is_timed(g);
    default:
        return false;
    }
}

/* What g waits on; every primitive begins with its handle. */
static struct handle *waited(const struct g *g, uint32_t i)
{
    return (struct handle *)wait_object(g, i);
}

/* Handles in the order in which they were found; those before `next` have been looked into. */
struct found {
    VEC(struct handle *) all;
    size_t next;
};

#define REACHABLE UINT32_MAX /* in `known`: somebody who is not in the set can get at it */

/* One more reference is held by the set: by a goroutine of it, or by what was counted before. */
static void count(void *context, struct handle *h)
{
    struct found *counted = context;

    if (h->known++ == 0)
        vec_push(&counted->all, h);
}

static void reach(void *context, struct handle *h)
{
    struct found *reached = context;

    if (h->known == REACHABLE)
        return;
    h->known = REACHABLE;
    vec_push(&reached->all, h);
}

/* Looks into what was found. (To count are references only; in reach is also what can be acted upon.) */
static void follow(struct found *f, void (*see)(void *context, struct handle *h))
{
    while (f->next < f->all.len) {
        struct handle *h = f->all.data[f->next++];

        if (h->kind && h->kind->refs)
            h->kind->refs(h, see, f);
        if (see == reach && h->kind && h->kind->reaches)
            h->kind->reaches(h, see, f);
    }
}

static void see_refs(struct g *g, struct found *f, void (*see)(void *context, struct handle *h))
{
    if (g->kind->refs)
        g->kind->refs(g, see, f);
}

static void forget(struct found *f)
{
    for (size_t i = 0; i < f->all.len; i++)
        f->all.data[i]->known = 0;
    vec_free(&f->all);
}

/* Something that could wake g is in reach, or is held by nobody in the set. */
static bool can_be_woken(const struct g *g)
{
    const struct handle *h;

    for (uint32_t i = 0; (h = waited(g, i)); i++)
        if (h->known == REACHABLE || h->known == 0)
            return true;
    return false;
}

/* Who waits on what: lists of places in gs by handle. */
struct waiting {
    struct idmap first; /* handle -> its first link + 1 */
    VEC(struct link {
        uint32_t g;
        uint64_t next; /* link + 1, 0: none */
    }) links;
};

static uint64_t key_of(const struct handle *h)
{
    return (uint64_t)(uintptr_t)h; /* only to find it again, never to order by */
}

static void list_waiting(struct waiting *w, const struct gs *gs)
{
    const struct handle *h;

    for (size_t k = 0; k < gs->all.len; k++) {
        for (uint32_t i = 0; (h = waited(gs->all.data[k], i)); i++) {
            uint64_t next = 0;

            idmap_get(&w->first, key_of(h), &next);
            vec_push(&w->links, ((struct link){(uint32_t)k, next}));
            idmap_put(&w->first, key_of(h), w->links.len);
        }
    }
}

/* The k-th can be woken after all: what it refers to is in reach. */
static void remove_one(struct gs *gs, bool *gone, size_t k, struct found *reached)
{
    if (gone[k])
        return;
    gone[k] = true;
    see_refs(gs->all.data[k], reached, reach);
}

/* Removes who can be woken, whose references are then in reach too, until nothing changes. */
static void remove_wakeable(struct gs *gs, struct found *reached)
{
    bool *gone = xcalloc(gs->all.len + 1, sizeof *gone);
    struct waiting w = {0};
    size_t kept = 0;

    list_waiting(&w, gs);
    for (size_t k = 0; k < gs->all.len; k++)
        if (can_be_woken(gs->all.data[k]))
            remove_one(gs, gone, k, reached);
    for (size_t i = 0; follow(reached, reach), i < reached->all.len; i++) {
        uint64_t at = 0;

        idmap_get(&w.first, key_of(reached->all.data[i]), &at);
        for (; at; at = w.links.data[at - 1].next)
            remove_one(gs, gone, w.links.data[at - 1].g, reached);
    }
    for (size_t k = 0; k < gs->all.len; k++)
        if (!gone[k])
            gs->all.data[kept++] = gs->all.data[k];
    gs->all.len = kept;
    idmap_release(&w.first);
    vec_free(&w.links);
    free(gone);
}

static void keep_leaked(struct gs *gs)
{
    struct found counted = {0}, reached = {0};

    for (size_t i = 0; i < gs->all.len; i++)
        see_refs(gs->all.data[i], &counted, count);
    follow(&counted, count);
    for (size_t i = 0; i < counted.all.len; i++)
        if (counted.all.data[i]->refs > counted.all.data[i]->known)
            reach(&reached, counted.all.data[i]);
    remove_wakeable(gs, &reached);
    forget(&counted);
    forget(&reached);
}

void stuck_tell(struct rt *rt)
{
    struct gs gs = {0};

    if (rt->end == END_DEADLOCK) {
        find_blocked(rt, &gs, any);
        tell_all(rt, LEDGER_STUCK, &gs);
    } else if (rt->end == END_RETURNED) {
        find_blocked(rt, &gs, waits_for_others);
        keep_leaked(&gs);
        tell_all(rt, LEDGER_LEAKED, &gs);
    }
    vec_free(&gs.all);
}

void detect_finish(struct rt *rt)
{
    if (!rt->detector)
        return;
    races_tell(rt);
    stuck_tell(rt);
}

/* sync.Pool (sync/pool.go). Each P has a shelf: one private value, and a list to which it adds at the new
 * end and takes from the new end, while other Ps take the oldest. At the start of a collection what was
 * left from the one before (the victims) is dropped and the present shelves become the victims. */
#include <string.h>

#include "base/mem.h"
#include "runtime/gc/heap.h"
#include "runtime/held.h"
#include "runtime/sync/wait.h"

struct item {
    struct value value; /* VALUE_NONE: no item */
    struct hb put;
};

struct shelf {
    struct item private; /* only for the M that holds the P, and while the world is stopped */
    struct rt_lock lock;
    VEC(struct item) shared; /* oldest first */
};

struct pool {
    struct handle h;
    uint32_t n; /* Ps */
    struct shelf *shelves;
    struct shelf *victims;
};

/* What pool_get looks for. */
struct want_value {
    bool (*fits)(struct value v, void *context);
    void *context;
};

static void drop_all(struct rt *rt, struct item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        value_drop(rt, &items[i].value);
        hb_reset(rt, &items[i].put);
    }
}

static void clear_shelves(struct rt *rt, struct shelf *shelves, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        drop_all(rt, &shelves[i].private, 1);
        drop_all(rt, shelves[i].shared.data, shelves[i].shared.len);
        vec_free(&shelves[i].shared);
    }
}

void pool_age(struct rt *rt, void *context)
{
    struct pool *p = context;
    struct shelf *cleared = p->victims;

    clear_shelves(rt, cleared, p->n);
    p->victims = p->shelves;
    p->shelves = cleared;
}

static size_t shelves_size(const struct pool *p)
{
    return p->n * sizeof *p->shelves;
}

size_t pool_size(const struct rt *rt)
{
    struct pool p = {.n = rt->set.gomaxprocs};

    return sizeof p + 2 * shelves_size(&p);
}

static void pool_free(struct rt *rt, struct handle *h)
{
    struct pool *p = (struct pool *)h;

    clear_shelves(rt, p->shelves, p->n);
    clear_shelves(rt, p->victims, p->n);
    held_free(rt, p->shelves, shelves_size(p));
    held_free(rt, p->victims, shelves_size(p));
    handle_free(rt, h, sizeof *p);
}

static const struct handle_kind pool_kind = {.free = pool_free}; /* holds buffers, which refer to nothing */

struct pool *pool_new(struct rt *rt)
{
    struct pool *p = handle_new(rt, sizeof *p, &pool_kind);

    p->n = rt->set.gomaxprocs;
    p->shelves = held_new(rt, shelves_size(p));
    p->victims = held_new(rt, shelves_size(p));
    if (rt->gc)
        gc_on_clear(rt, pool_age, p);
    return p;
}

static bool suits(const struct item *item, const struct want_value *want)
{
    return item->value.tag != VALUE_NONE && (!want->fits || want->fits(item->value, want->context));
}

static bool take_private(struct shelf *s, const struct want_value *want, struct item *out)
{
    if (!suits(&s->private, want))
        return false;
    *out = s->private;
    s->private = (struct item){0};
    return true;
}

static bool take_shared(struct rt *rt, struct shelf *s, bool newest, const struct want_value *want,
                        struct item *out)
{
    bool found = false;
    size_t looked = 0;

    lock(rt, &s->lock);
    for (size_t i = 0; i < s->shared.len && !found; i++, looked++) {
        size_t at = newest ? s->shared.len - 1 - i : i;
        struct item *item = &s->shared.data[at];

        if (!suits(item, want))
            continue;
        *out = *item;
        s->shared.len--;
        memmove(item, item + 1, (s->shared.len - at) * sizeof *item);
        found = true;
    }
    unlock(rt, &s->lock);
    at_add(rt, &rt->effort, (uint64_t)looked / 16);
    return found;
}

/* The oldest that fits of all Ps, from P `first` on. */
static bool take_anywhere(struct rt *rt, struct pool *p, struct shelf *shelves, uint32_t first,
                          const struct want_value *want, struct item *out)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (take_shared(rt, &shelves[(first + i) % p->n], false, want, out))
            return true;
    return false;
}

struct value pool_get(struct m *m, struct pool *p, bool (*fits)(struct value v, void *context), void *context)
{
    struct rt *rt = m->rt;
    struct want_value want = {fits, context};
    struct item item = {0};
    uint32_t id = m->p->id;

    charge(m, COST_POOL, 1);
    if (take_private(&p->shelves[id], &want, &item) || take_shared(rt, &p->shelves[id], true, &want, &item) ||
        take_anywhere(rt, p, p->shelves, id + 1, &want, &item) ||
        take_private(&p->victims[id], &want, &item) || take_anywhere(rt, p, p->victims, id, &want, &item)) {
        hb_meet(rt, current(m), &item.put);
        hb_reset(rt, &item.put);
    }
    return item.value;
}

void pool_put(struct m *m, struct pool *p, struct value v)
{
    struct rt *rt = m->rt;
    struct shelf *s = &p->shelves[m->p->id];
    struct item item = {.value = v};

    charge(m, COST_POOL, 1);
    hb_release(rt, current(m), &item.put);
    if (s->private.value.tag == VALUE_NONE) {
        s->private = item;
        return;
    }
    lock(rt, &s->lock);
    vec_push(&s->shared, item);
    unlock(rt, &s->lock);
}

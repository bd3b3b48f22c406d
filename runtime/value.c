#include "runtime/value.h"

#include "runtime/held.h"

void *handle_new(struct rt *rt, size_t size, const struct handle_kind *kind)
{
    struct handle *h = held_new(rt, size);

    *h = (struct handle){.refs = 1, .kind = kind};
    return h;
}

void handle_free(struct rt *rt, struct handle *h, size_t size)
{
    held_free(rt, h, size);
}

void handle_keep(struct rt *rt, struct handle *h)
{
    at_add(rt, &h->refs, 1u);
}

/* What a freed handle held last is freed after it, not within: a channel may hold a channel that holds ... */
static void free_all(struct rt *rt, struct handle *h)
{
    rt->freeing = true;
    h->kind->free(rt, h);
    while ((h = rt->dead)) {
        rt->dead = h->next_dead;
        h->kind->free(rt, h);
    }
    rt->freeing = false;
}

void handle_drop(struct rt *rt, struct handle *h)
{
    if (at_add(rt, &h->refs, -1u) != 0)
        return;
    if (rt->threads) { /* where nobody builds chains */
        h->kind->free(rt, h);
    } else if (rt->freeing) {
        h->next_dead = rt->dead;
        rt->dead = h;
    } else {
        free_all(rt, h);
    }
}

struct value value_copy(struct rt *rt, struct value v)
{
    if (v.tag >= VALUE_HANDLE)
        handle_keep(rt, v.ref);
    return v;
}

void value_drop(struct rt *rt, struct value *v)
{
    struct value gone = *v;

    *v = (struct value){0};
    if (gone.tag >= VALUE_HANDLE)
        handle_drop(rt, gone.ref);
}

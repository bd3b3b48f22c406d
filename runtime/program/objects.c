#include "runtime/program/objects.h"

#include "base/mem.h"
#include "runtime/gc/heap.h"
#include "runtime/held.h"
#include "runtime/program/code.h"
#include "runtime/program/process.h"
#include "runtime/trace/ledger.h"

static void see_all(const struct value *v, uint32_t n, void (*see)(void *context, struct handle *h),
                    void *context)
{
    for (uint32_t i = 0; i < n; i++)
        value_refs(v[i], see, context);
}

/* ---- buffers */

static void buffer_free(struct rt *rt, struct handle *h)
{
    struct buffer *b = (struct buffer *)h;

    heap_drop(rt, b->size, b->pointers);
    shadow_reset(rt, &b->shadow);
    handle_free(rt, h, sizeof(*b));
}

static const struct handle_kind buffer_kind = {.free = buffer_free};

struct value buffer_new(struct rt *rt, int64_t size, int64_t pointers)
{
    struct buffer *b = handle_new(rt, sizeof(*b), &buffer_kind);

    b->size = size;
    b->pointers = pointers;
    heap_reach(rt, size, pointers);
    return (struct value){.tag = VALUE_BUFFER, .ref = &b->h};
}

/* ---- lists, regions */

static size_t list_size(uint32_t n)
{
    return sizeof(struct list) + n * sizeof(struct value);
}

static void list_free(struct rt *rt, struct handle *h)
{
    struct list *l = (struct list *)h;

    for (uint32_t i = 0; i < l->n; i++)
        value_drop(rt, &l->items[i]);
    handle_free(rt, h, list_size(l->n));
}

static void list_refs(struct handle *h, void (*see)(void *context, struct handle *h), void *context)
{
    struct list *l = (struct list *)h;

    see_all(l->items, l->n, see, context);
}

static const struct handle_kind list_kind = {.free = list_free, .refs = list_refs};

struct list *list_new(struct rt *rt, uint32_t n)
{
    struct list *l = handle_new(rt, list_size(n), &list_kind);

    l->n = n;
    return l;
}

static void region_free(struct rt *rt, struct handle *h)
{
    handle_free(rt, h, sizeof(struct region));
}

static const struct handle_kind region_kind = {.free = region_free};

struct value region_new(struct rt *rt, uint64_t task, const char *name, uint32_t depth, struct deed begun)
{
    struct region *r = handle_new(rt, sizeof(*r), &region_kind);

    r->task = task;
    r->name = name;
    r->depth = depth;
    r->begun = begun;
    return (struct value){.tag = VALUE_REGION, .ref = &r->h};
}

/* ---- vars */

static void var_free(struct rt *rt, struct handle *h)
{
    struct var *v = (struct var *)h;

    if (v->kept)
        heap_drop(rt, v->kept, v->kept_pointers);
    shadow_reset(rt, &v->shadow);
    handle_free(rt, h, sizeof(*v));
}

static const struct handle_kind var_kind = {.free = var_free};

static struct handle *var_new(struct rt *rt, const char *name)
{
    struct var *v = handle_new(rt, sizeof(*v), &var_kind);

    v->name = name;
    return &v->h;
}

/* ---- primitives */

static void mutex_free(struct rt *rt, struct handle *h)
{
    mutex_fini(rt, (struct mutex *)h);
    handle_free(rt, h, sizeof(struct mutex));
}

static const struct handle_kind mutex_kind = {.free = mutex_free};

static struct handle *mutex_new(struct rt *rt, uint32_t number)
{
    struct mutex *mu = held_new(rt, sizeof(*mu));

    mutex_init(mu);
    mu->h.kind = &mutex_kind;
    mu->number = number;
    return &mu->h;
}

static void rwmutex_free(struct rt *rt, struct handle *h)
{
    rwmutex_fini(rt, (struct rwmutex *)h);
    handle_free(rt, h, sizeof(struct rwmutex));
}

static const struct handle_kind rwmutex_kind = {.free = rwmutex_free};

static struct handle *rwmutex_new(struct rt *rt, uint32_t number)
{
    struct rwmutex *rw = held_new(rt, sizeof(*rw));

    rwmutex_init(rw);
    rw->h.kind = &rwmutex_kind;
    rw->number = number;
    return &rw->h;
}

static void waitgroup_free(struct rt *rt, struct handle *h)
{
    waitgroup_fini(rt, (struct waitgroup *)h);
    handle_free(rt, h, sizeof(struct waitgroup));
}

static const struct handle_kind waitgroup_kind = {.free = waitgroup_free};

static struct handle *waitgroup_new(struct rt *rt, const char *name, uint32_t number)
{
    struct waitgroup *wg = held_new(rt, sizeof(*wg));

    waitgroup_init(wg);
    wg->h.kind = &waitgroup_kind;
    wg->name = name;
    wg->number = number;
    return &wg->h;
}

static void semaphore_free(struct rt *rt, struct handle *h)
{
    semaphore_fini(rt, (struct semaphore *)h);
    handle_free(rt, h, sizeof(struct semaphore));
}

static const struct handle_kind semaphore_kind = {.free = semaphore_free};

static struct handle *semaphore_new(struct rt *rt, int64_t size, uint32_t number)
{
    struct semaphore *s = held_new(rt, sizeof(*s));

    semaphore_init(s, size);
    s->h.kind = &semaphore_kind;
    s->number = number;
    return &s->h;
}

/* The ledger knows declared locks by number; an array's by its name and index. */
static uint32_t number_of(struct rt *rt, const struct object_code *code, bool numbered, int64_t index)
{
    bool lock = code->kind == KIND_MUTEX || code->kind == KIND_RWMUTEX || code->kind == KIND_WAITGROUP ||
                code->kind == KIND_SEMAPHORE;
    uint32_t number;

    if (!numbered || !lock)
        return 0;
    number = ++rt->process->n_numbered;
    if (index < 0)
        ledger_add(rt, LEDGER_OBJECT, "%u %s", (unsigned)number, code->name);
    else
        ledger_add(rt, LEDGER_OBJECT, "%u %s[%lld]", (unsigned)number, code->name, (long long)index);
    return number;
}

static struct value primitive_new(struct rt *rt, const struct object_code *code, int64_t n, uint32_t number)
{
    struct value v = {.tag = VALUE_OBJECT, .aux = code->kind};

    switch (code->kind) {
    case KIND_MUTEX:
        v.ref = mutex_new(rt, number);
        break;
    case KIND_RWMUTEX:
        v.ref = rwmutex_new(rt, number);
        break;
    case KIND_WAITGROUP:
        v.ref = waitgroup_new(rt, code->name, number);
        break;
    case KIND_SEMAPHORE:
        v.ref = semaphore_new(rt, n, number);
        break;
    case KIND_CHANNEL:
        v.ref = &chan_new(rt, (uint32_t)n)->h;
        break;
    case KIND_POOL:
        v.ref = (struct handle *)pool_new(rt);
        break;
    default:
        v.ref = var_new(rt, code->name);
        break;
    }
    return v;
}

static size_t array_size(uint32_t n)
{
    return sizeof(struct array) + n * sizeof(struct value);
}

static void array_free(struct rt *rt, struct handle *h)
{
    struct array *a = (struct array *)h;

    for (uint32_t i = 0; i < a->n; i++)
        value_drop(rt, &a->items[i]);
    handle_free(rt, h, array_size(a->n));
}

static void array_refs(struct handle *h, void (*see)(void *context, struct handle *h), void *context)
{
    struct array *a = (struct array *)h;

    see_all(a->items, a->n, see, context);
}

static const struct handle_kind array_kind = {.free = array_free, .refs = array_refs};

static size_t primitive_size(const struct rt *rt, enum kind kind, int64_t n)
{
    switch (kind) {
    case KIND_MUTEX:
        return sizeof(struct mutex);
    case KIND_RWMUTEX:
        return sizeof(struct rwmutex);
    case KIND_WAITGROUP:
        return sizeof(struct waitgroup);
    case KIND_SEMAPHORE:
        return sizeof(struct semaphore);
    case KIND_CHANNEL:
        return chan_size(rt, (uint32_t)n);
    case KIND_POOL:
        return pool_size(rt);
    default:
        return sizeof(struct var);
    }
}

size_t object_size(const struct rt *rt, const struct object_code *code, int64_t n)
{
    if (!code->array)
        return primitive_size(rt, code->kind, n);
    return array_size((uint32_t)n) + (size_t)n * primitive_size(rt, code->kind, n);
}

struct value object_new(struct rt *rt, const struct object_code *code, int64_t n, bool numbered)
{
    struct array *a;

    if (!code->array)
        return primitive_new(rt, code, n, number_of(rt, code, numbered, -1));
    a = handle_new(rt, array_size((uint32_t)n), &array_kind);
    a->n = (uint32_t)n;
    for (int64_t i = 0; i < n; i++)
        a->items[i] = primitive_new(rt, code, n, number_of(rt, code, numbered, i));
    return (struct value){.tag = VALUE_OBJECT, .aux = KIND_ARRAY, .ref = &a->h};
}

#include "runtime/program/objects.h"

#include "base/mem.h"
#include "runtime/gc/heap.h"
#include "runtime/program/code.h"
#include "runtime/program/process.h"
#include "runtime/trace/ledger.h"

static void *handle_new(size_t size, const struct handle_kind *kind)
{
    struct handle *h = xcalloc(1, size);

    *h = (struct handle){.refs = 1, .kind = kind};
    return h;
}

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
    free(b);
}

static const struct handle_kind buffer_kind = {.free = buffer_free};

struct value buffer_new(struct rt *rt, int64_t size, int64_t pointers)
{
    struct buffer *b = handle_new(sizeof(*b), &buffer_kind);

    b->size = size;
    b->pointers = pointers;
    heap_reach(rt, size, pointers);
    return (struct value){.tag = VALUE_BUFFER, .ref = &b->h};
}

/* ---- lists, regions */

static void list_free(struct rt *rt, struct handle *h)
{
    struct list *l = (struct list *)h;

    for (uint32_t i = 0; i < l->n; i++)
        value_drop(rt, &l->items[i]);
    free(l);
}

static void list_refs(struct handle *h, void (*see)(void *context, struct handle *h), void *context)
{
    struct list *l = (struct list *)h;

    see_all(l->items, l->n, see, context);
}

static const struct handle_kind list_kind = {.free = list_free, .refs = list_refs};

struct list *list_new(uint32_t n)
{
    struct list *l = handle_new(sizeof(*l) + n * sizeof(l->items[0]), &list_kind);

    l->n = n;
    return l;
}

static void region_free(struct rt *rt, struct handle *h)
{
    (void)rt;
    free(h);
}

static const struct handle_kind region_kind = {.free = region_free};

struct value region_new(uint64_t task, const char *name, const struct g *g)
{
    struct region *r = handle_new(sizeof(*r), &region_kind);

    r->task = task;
    r->name = name;
    r->g = g->id;
    r->depth = g->regions;
    return (struct value){.tag = VALUE_REGION, .ref = &r->h};
}

/* ---- vars */

static void var_free(struct rt *rt, struct handle *h)
{
    struct var *v = (struct var *)h;

    if (v->kept)
        heap_drop(rt, v->kept, v->kept_pointers);
    shadow_reset(rt, &v->shadow);
    free(v);
}

static const struct handle_kind var_kind = {.free = var_free};

static struct handle *var_new(const char *name)
{
    struct var *v = handle_new(sizeof(*v), &var_kind);

    v->name = name;
    return &v->h;
}

/* ---- primitives */

static void mutex_free(struct rt *rt, struct handle *h)
{
    mutex_fini(rt, (struct mutex *)h);
    free(h);
}

static const struct handle_kind mutex_kind = {.free = mutex_free};

static struct handle *mutex_new(uint32_t number)
{
    struct mutex *mu = xcalloc(1, sizeof(*mu));

    mutex_init(mu);
    mu->h = (struct handle){.refs = 1, .kind = &mutex_kind};
    mu->number = number;
    return &mu->h;
}

static void rwmutex_free(struct rt *rt, struct handle *h)
{
    rwmutex_fini(rt, (struct rwmutex *)h);
    free(h);
}

static const struct handle_kind rwmutex_kind = {.free = rwmutex_free};

static struct handle *rwmutex_new(uint32_t number)
{
    struct rwmutex *rw = xcalloc(1, sizeof(*rw));

    rwmutex_init(rw);
    rw->h = (struct handle){.refs = 1, .kind = &rwmutex_kind};
    rw->number = number;
    return &rw->h;
}

static void waitgroup_free(struct rt *rt, struct handle *h)
{
    waitgroup_fini(rt, (struct waitgroup *)h);
    free(h);
}

static const struct handle_kind waitgroup_kind = {.free = waitgroup_free};

static struct handle *waitgroup_new(const char *name, uint32_t number)
{
    struct waitgroup *wg = xcalloc(1, sizeof(*wg));

    waitgroup_init(wg);
    wg->h = (struct handle){.refs = 1, .kind = &waitgroup_kind};
    wg->name = name;
    wg->number = number;
    return &wg->h;
}

static void semaphore_free(struct rt *rt, struct handle *h)
{
    semaphore_fini(rt, (struct semaphore *)h);
    free(h);
}

static const struct handle_kind semaphore_kind = {.free = semaphore_free};

static struct handle *semaphore_new(int64_t size, uint32_t number)
{
    struct semaphore *s = xcalloc(1, sizeof(*s));

    semaphore_init(s, size);
    s->h = (struct handle){.refs = 1, .kind = &semaphore_kind};
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
        v.ref = mutex_new(number);
        break;
    case KIND_RWMUTEX:
        v.ref = rwmutex_new(number);
        break;
    case KIND_WAITGROUP:
        v.ref = waitgroup_new(code->name, number);
        break;
    case KIND_SEMAPHORE:
        v.ref = semaphore_new(n, number);
        break;
    case KIND_CHANNEL:
        v.ref = &chan_new(rt, (uint32_t)n)->h;
        break;
    case KIND_POOL:
        v.ref = (struct handle *)pool_new(rt);
        break;
    default:
        v.ref = var_new(code->name);
        break;
    }
    return v;
}

static void array_free(struct rt *rt, struct handle *h)
{
    struct array *a = (struct array *)h;

    for (uint32_t i = 0; i < a->n; i++)
        value_drop(rt, &a->items[i]);
    free(a);
}

static void array_refs(struct handle *h, void (*see)(void *context, struct handle *h), void *context)
{
    struct array *a = (struct array *)h;

    see_all(a->items, a->n, see, context);
}

static const struct handle_kind array_kind = {.free = array_free, .refs = array_refs};

struct value object_new(struct rt *rt, const struct object_code *code, int64_t n, bool numbered)
{
    struct array *a;

    if (!code->array)
        return primitive_new(rt, code, n, number_of(rt, code, numbered, -1));
    a = handle_new(sizeof(*a) + (size_t)n * sizeof(a->items[0]), &array_kind);
    a->n = (uint32_t)n;
    for (int64_t i = 0; i < n; i++)
        a->items[i] = primitive_new(rt, code, n, number_of(rt, code, numbered, i));
    return (struct value){.tag = VALUE_OBJECT, .aux = KIND_ARRAY, .ref = &a->h};
}

#include "base/rng.h"
#include "runtime/sync/wait.h"

/* The context whose end ends ctx too, apart from itself: where it is listed as a child. */
static struct context *above(const struct context *ctx)
{
    return ctx->parent ? ctx->parent->canceller : NULL;
}

/* The lock of above(ctx) held, for all three. */
static void list_child(struct context *upper, struct context *ctx)
{
    ctx->prev = NULL;
    ctx->next = upper->children;
    if (upper->children)
        upper->children->prev = ctx;
    upper->children = ctx;
}

static bool is_listed(const struct context *upper, const struct context *ctx)
{
    return upper->children == ctx || ctx->prev;
}

static void unlist_child(struct context *upper, struct context *ctx)
{
    if (ctx->prev)
        ctx->prev->next = ctx->next;
    else
        upper->children = ctx->next;
    if (ctx->next)
        ctx->next->prev = ctx->prev;
    ctx->next = ctx->prev = NULL;
}

static void leave_parent(struct rt *rt, struct context *ctx)
{
    struct context *upper = ctx->canceller == ctx ? above(ctx) : NULL;

    if (!upper)
        return;
    lock(rt, &upper->lock);
    if (is_listed(upper, ctx))
        unlist_child(upper, ctx);
    unlock(rt, &upper->lock);
}

/* A loop and not a recursion: a workload may derive a context from a context a million times. */
static void context_free(struct rt *rt, struct handle *h)
{
    struct context *ctx = (struct context *)h;

    while (ctx) {
        struct context *parent = ctx->parent;

        leave_parent(rt, ctx);
        if (ctx->done)
            handle_drop(rt, &ctx->done->h);
        handle_free(rt, &ctx->h, sizeof *ctx);
        ctx = parent && at_add(rt, &parent->h.refs, -1u) == 0 ? parent : NULL;
    }
}

static void context_refs(struct handle *h, void (*see)(void *context, struct handle *h), void *context)
{
    struct context *ctx = (struct context *)h;

    if (ctx->parent)
        see(context, &ctx->parent->h);
    if (ctx->done)
        see(context, &ctx->done->h);
}

static void see_children(struct handle *h, void (*see)(void *context, struct handle *h), void *context)
{
    for (struct context *child = ((struct context *)h)->children; child; child = child->next)
        see(context, &child->h);
}

static const struct handle_kind context_kind = {
    .free = context_free, .refs = context_refs, .reaches = see_children};

static struct context *context_new(struct rt *rt, struct context *parent)
{
    struct context *ctx = handle_new(rt, sizeof *ctx, &context_kind);

    if (parent) {
        handle_keep(rt, &parent->h);
        ctx->parent = parent;
        ctx->depth = parent->depth + 1;
        ctx->canceller = parent->canceller;
        ctx->task = parent->task;
    }
    return ctx;
}

struct context *context_background(struct rt *rt)
{
    return context_new(rt, NULL);
}

/* ctx->lock held, or ctx unknown to others. */
static struct chan *done_chan(struct rt *rt, struct context *ctx)
{
    if (!ctx->done)
        ctx->done = chan_new(rt, 0);
    return ctx->done;
}

/* Ends one context and tells everybody who waits for it. Its lock is held, or nobody else knows it. */
static void end_one(struct m *m, struct g *g, struct context *ctx)
{
    charge(m, COST_CONTEXT, 1);
    at_store(m->rt, &ctx->cancelled, 1u);
    chan_close_by(m, g, done_chan(m->rt, ctx), LEAF_CANCEL);
    for (struct ctx_watch *w; (w = ctx->watches);) {
        ctx->watches = w->next;
        if (w->next)
            w->next->prev = NULL;
        w->next = NULL;
        w->cancelled(m, w);
    }
}

struct context *context_derive(struct m *m, struct context *parent, bool cancellable)
{
    struct rt *rt = m->rt;
    struct context *ctx = context_new(rt, parent);
    struct context *upper = parent->canceller;

    charge(m, COST_CONTEXT, 1);
    if (!cancellable)
        return ctx;
    ctx->canceller = ctx;
    if (!upper)
        return ctx;
    lock(rt, &upper->lock);
    bool ended = upper->cancelled;

    if (!ended)
        list_child(upper, ctx);
    unlock(rt, &upper->lock);
    if (ended) { /* born cancelled */
        context_noticed(rt, current(m), parent);
        end_one(m, current(m), ctx);
    }
    return ctx;
}

struct context *context_with_task(struct m *m, struct context *parent, uint64_t task)
{
    struct context *ctx = context_derive(m, parent, false);

    ctx->task = task;
    return ctx;
}

/* Whether ctx is alive, and then kept: its last reference may be on its way out on another thread. */
static bool keep_if_alive(struct rt *rt, struct context *ctx)
{
    for (;;) {
        uint32_t refs = at_load(rt, &ctx->h.refs);

        if (refs == 0)
            return false;
        if (at_cas(rt, &ctx->h.refs, refs, refs + 1))
            return true;
    }
}

struct todo {
    struct context **data;
    size_t len, cap;
};

/* Go keeps children in a map, whose order is random. */
static void shuffle(struct rt *rt, struct context **list, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        uint64_t bits = schedule_draw(rt, DRAW_CANCEL);
        size_t j = (size_t)rng_uniform(bits, 0, (int64_t)i - 1);
        struct context *moved = list[i - 1];

        list[i - 1] = list[j];
        list[j] = moved;
    }
}

/* Ends ctx if it has not ended, and puts its children on the list of what is to be ended next. */
static void cancel_one(struct m *m, struct g *g, struct context *ctx, struct todo *todo)
{
    struct rt *rt = m->rt;
    size_t first = todo->len;

    lock(rt, &ctx->lock);
    if (!ctx->cancelled)
        end_one(m, g, ctx);
    for (struct context *child; (child = ctx->children);) {
        unlist_child(ctx, child);
        if (keep_if_alive(rt, child))
            vec_push(todo, child);
    }
    unlock(rt, &ctx->lock);
    shuffle(rt, todo->data + first, todo->len - first);
}

enum end context_cancel(struct m *m, struct g *g, struct context *ctx)
{
    struct rt *rt = m->rt;
    struct todo todo = {0};

    if (ctx->canceller != ctx || context_done(rt, ctx))
        return DONE;
    handle_keep(rt, &ctx->h);
    vec_push(&todo, ctx);
    while (todo.len) {
        struct context *next = vec_pop(&todo);

        cancel_one(m, g, next, &todo);
        handle_drop(rt, &next->h);
    }
    vec_free(&todo);
    leave_parent(rt, ctx);
    return DONE;
}

bool context_done(const struct rt *rt, const struct context *ctx)
{
    return ctx->canceller && at_load(rt, &ctx->canceller->cancelled);
}

void context_noticed(struct rt *rt, struct g *g, const struct context *ctx)
{
    hb_acquire(rt, g, &ctx->canceller->done->hb);
}

struct chan *context_done_chan(struct rt *rt, struct context *ctx)
{
    struct context *c = ctx->canceller;

    if (!c)
        return NULL;
    lock(rt, &c->lock);
    struct chan *done = done_chan(rt, c);

    unlock(rt, &c->lock);
    return done;
}

bool context_watch(struct rt *rt, struct context *ctx, struct ctx_watch *w)
{
    struct context *c = ctx->canceller;

    w->ctx = NULL;
    if (!c)
        return true;
    lock(rt, &c->lock);
    bool ended = c->cancelled;

    if (!ended) {
        w->ctx = c;
        w->prev = NULL;
        w->next = c->watches;
        if (c->watches)
            c->watches->prev = w;
        c->watches = w;
        handle_keep(rt, &c->h);
    }
    unlock(rt, &c->lock);
    return !ended;
}

void context_unwatch(struct rt *rt, struct ctx_watch *w)
{
    struct context *c = w->ctx;

    if (!c)
        return;
    lock(rt, &c->lock);
    if (c->watches == w || w->prev) {
        if (w->prev)
            w->prev->next = w->next;
        else
            c->watches = w->next;
        if (w->next)
            w->next->prev = w->prev;
    }
    unlock(rt, &c->lock);
    handle_drop(rt, &c->h);
    w->ctx = NULL;
}

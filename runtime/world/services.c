/* Calls to what is outside: services over the network, disks by system calls.
 *
 * A station (the server of a service, a disk) serves `at_once` calls at a time and the others in
 * the order of their coming. A call over the network is waited for in the poller and may be
 * cancelled, which frees its place; a system call is waited for by its thread. */
#include "runtime/world/luck.h"
#include "runtime/world/parts.h"

enum { CALL_BEGIN, CALL_OVER };

#define ITEMS_PER_CALL_MAX INT64_C(1000000000)
#define LONGEST_CALL       (INT64_C(365) * 86400 * NS_PER_S)

/* ---- the station ---------------------------------------------------------------------------- */

static void serve_call(struct call *c, int64_t when)
{
    struct rt *rt = c->rt;

    c->served = true;
    c->station->busy++;
    rt->ops->outside_at(rt, &c->end, when + c->cost);
}

static void enter(struct call *c, int64_t when)
{
    struct station *s = c->station;

    if (++s->in_flight > s->peak)
        s->peak = s->in_flight;
    if (s->at_once == 0 || s->busy < s->at_once) {
        serve_call(c, when);
        return;
    }
    if (s->last)
        s->last->next = c;
    else
        s->first = c;
    s->last = c;
}

static void serve_next(struct station *s, int64_t when)
{
    struct call *c = s->first;

    if (!c)
        return;
    s->first = c->next;
    if (!s->first)
        s->last = NULL;
    c->next = NULL;
    serve_call(c, when);
}

/* A call that waits for its turn goes away. */
static void withdraw(struct call *c)
{
    struct station *s = c->station;
    struct call *before = NULL;

    for (struct call *at = s->first; at != c; at = at->next)
        before = at;
    if (before)
        before->next = c->next;
    else
        s->first = c->next;
    if (s->last == c)
        s->last = before;
    c->next = NULL;
}

static void leave(struct call *c, int64_t when)
{
    struct station *s = c->station;

    s->in_flight--;
    if (c->served) {
        s->busy--;
        serve_next(s, when);
    } else {
        withdraw(c);
    }
}

/* ---- one call ------------------------------------------------------------------------------- */

static struct call *call_new(struct world *w)
{
    struct call *c = w->free_calls;

    if (c)
        w->free_calls = c->next;
    else
        c = arena_alloc(&w->arena, sizeof *c);
    *c = (struct call){.rt = w->rt};
    return c;
}

static void call_free(struct world *w, struct call *c)
{
    c->next = w->free_calls;
    w->free_calls = c;
}

static int64_t add_capped(int64_t a, int64_t b)
{
    return a > LONGEST_CALL - b ? LONGEST_CALL : a + b;
}

static int64_t times_capped(int64_t a, int64_t n)
{
    return n > 0 && a > LONGEST_CALL / n ? LONGEST_CALL : a * n;
}

/* How slow the call is and whether it fails: drawn for the n-th call of g's request to this
 * station. */
static void draw_call(struct world *w, struct call *c, struct request *r)
{
    struct station *s = c->station;
    uint64_t n = r ? (uint64_t)account_of(r, s->item)->claimed++ : s->nobody_calls++;
    uint64_t who = luck_for(r ? luck_request(w->loads[r->load].luck, r->index) : LUCK_NOBODY, s->luck);
    int64_t latency = dist_sample(&s->latency, w->seed, DRAW_SERVICE, who, 2 * n);
    int64_t per_item = dist_sample(&s->per_item, w->seed, DRAW_SERVICE, who, 2 * n + 1);

    c->cost = add_capped(latency < LONGEST_CALL ? latency : LONGEST_CALL, times_capped(per_item, c->items));
    c->failed = dist_sample(&s->fails, w->seed, DRAW_FAILURE, who, n);
}

static struct call *call_begin(struct m *m, struct g *g, struct station *s, int64_t items)
{
    struct world *w = m->rt->world;
    struct request *r = request_of(w, g->hand);
    struct call *c = call_new(w);

    c->station = s;
    c->g = g;
    c->items = items;
    c->begun = now(m);
    draw_call(w, c, r);
    work_begins(m, r);
    enter(c, now(m));
    return c;
}

/* A call that failed was made, but no work was done. */
static void call_done(struct m *m, struct g *g, struct outside_op *op, struct call *c)
{
    struct world *w = m->rt->world;
    struct station *s = c->station;

    op->failed = c->failed;
    work_ends(m, request_of(w, g->hand));
    if (!c->failed) {
        account_work(m, g, s->item, LEDGER_UNIT, c->begun);
        if (s->has_items)
            account_work(m, g, s->items_item, c->items * LEDGER_UNIT, c->begun);
    }
    op->call = NULL;
    call_free(w, c);
}

static struct call *call_of(struct outside *end)
{
    return (struct call *)((char *)end - offsetof(struct call, end));
}

/* ---- network -------------------------------------------------------------------------------- */

static void answer(struct call *c, int64_t when)
{
    struct request *r = request_of(c->rt->world, c->g->hand);

    leave(c, when);
    if (r)
        r->due_net += when - c->begun;
    c->rt->ops->poll_ready(c->rt, c->g);
}

static void net_over(struct rt *rt, struct outside *end)
{
    struct call *c = call_of(end);

    if (c->watching)
        context_unwatch(rt, &c->watch);
    c->watching = false;
    answer(c, end->when);
}

static void net_cancelled(struct m *m, struct ctx_watch *watch)
{
    struct call *c = (struct call *)((char *)watch - offsetof(struct call, watch));

    if (c->served)
        c->rt->ops->outside_cancel(c->rt, &c->end);
    c->failed = true;
    answer(c, now(m));
}

enum end op_net(struct m *m, struct g *g, struct outside_op *op, uint32_t service, int64_t items,
                struct context *ctx)
{
    struct rt *rt = m->rt;

    brief_syscall(m);
    if (op->at == CALL_OVER) {
        if (op->call->watching) { /* its context has ended it */
            context_unwatch(rt, &op->call->watch);
            context_noticed(rt, g, ctx);
        }
        call_done(m, g, op, op->call);
        return DONE;
    }
    if (items < 0 || items > ITEMS_PER_CALL_MAX)
        return panic_with(m, "net: the number of items is out of range");
    if (ctx && context_done(rt, ctx)) {
        context_noticed(rt, g, ctx);
        op->failed = true;
        return DONE;
    }
    struct call *c = call_begin(m, g, &rt->world->services[service], items);

    c->end.fire = net_over;
    c->watch.cancelled = net_cancelled;
    c->watching = ctx && context_watch(rt, ctx, &c->watch); /* until the call is over */
    op->call = c;
    op->at = CALL_OVER;
    return poll_park(m, LEAF_NET_READ);
}

void outside_abandon(struct rt *rt, struct outside_op *op)
{
    if (op->call && op->call->watching)
        context_unwatch(rt, &op->call->watch);
}

/* ---- system calls --------------------------------------------------------------------------- */

static void syscall_over(struct rt *rt, struct outside *end)
{
    (void)rt;
    leave(call_of(end), end->when);
}

enum end op_syscall(struct m *m, struct g *g, struct outside_op *op, uint32_t disk, int64_t items)
{
    if (op->at == CALL_OVER) {
        call_done(m, g, op, op->call);
        return DONE;
    }
    if (items < 0 || items > ITEMS_PER_CALL_MAX)
        return panic_with(m, "syscall: the number of items is out of range");
    op->call = call_begin(m, g, &m->rt->world->disks[disk], items);
    op->call->end.fire = syscall_over;
    op->at = CALL_OVER;
    return call_out(m, &op->call->end, LEAF_SYSCALL);
}

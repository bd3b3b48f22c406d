/* Serving: arrivals, the accept goroutine of each load, and the end of it all. */
#include "runtime/world/parts.h"

/* After the last answer, for honest work that is still being done. */
#define QUIET (100 * NS_PER_MS)

enum { SERVE_BEGIN, SERVE_OVER };

/* ---- arrivals ------------------------------------------------------------------------------- */

static void arrive(struct rt *rt, struct load *l, uint32_t index, int64_t when)
{
    struct request *r = request_arrives(l, index, when);

    if (l->last)
        l->last->next = r;
    else
        l->first = r;
    l->last = r;
    if (l->waiting) {
        l->waiting = false;
        rt->ops->poll_ready(rt, l->acceptor);
    }
}

static void open_arrival(struct rt *rt, struct outside *o);

static void next_arrival(struct rt *rt, struct load *l)
{
    l->due = arrivals_next(l, &l->arrivals);
    l->arrival.fire = open_arrival;
    if (l->due < NEVER)
        rt->ops->outside_at(rt, &l->arrival, l->due);
}

static void open_arrival(struct rt *rt, struct outside *o)
{
    struct load *l = (struct load *)((char *)o - offsetof(struct load, arrival));

    arrive(rt, l, (uint32_t)(l->arrivals.n - 1), l->due);
    next_arrival(rt, l);
}

/* Each client has its own list of requests, so that a faster program meets the same ones sooner. */
static uint64_t client_index(const struct client *c)
{
    const struct load *l = c->load;

    return c->asked * (uint64_t)l->clients + (uint64_t)(c - l->client);
}

static void client_asks(struct rt *rt, struct outside *o)
{
    struct client *c = (struct client *)((char *)o - offsetof(struct client, next));
    uint32_t index = (uint32_t)client_index(c);

    c->asked++;
    arrive(rt, c->load, index, c->due);
}

/* The client thinks from `since` on and then asks, if it has anything left to ask. */
static void client_thinks(struct rt *rt, struct client *c, int64_t since)
{
    const struct load *l = c->load;

    if (client_index(c) >= l->total)
        return;
    c->due = since + client_think(l, (uint32_t)(c - l->client), c->asked);
    c->next.fire = client_asks;
    rt->ops->outside_at(rt, &c->next, c->due);
}

static void start_load(struct rt *rt, struct load *l)
{
    if (l->clients == 0) {
        arrivals_start(l, &l->arrivals);
        next_arrival(rt, l);
        return;
    }
    l->client = arena_array(&l->world->arena, (size_t)l->clients, sizeof *l->client);
    for (int64_t i = 0; i < l->clients; i++) {
        l->client[i].load = l;
        client_thinks(rt, &l->client[i], l->from);
    }
}

/* ---- the accept goroutine ------------------------------------------------------------------- */

static struct request *take_arrived(struct load *l)
{
    struct request *r = l->first;

    if (!r)
        return NULL;
    l->first = r->next;
    if (!l->first)
        l->last = NULL;
    r->next = NULL;
    return r;
}

/* One request per step; waits only when everybody who has come is in. */
static enum end accept_run(struct m *m, struct g *g)
{
    struct load *l = g->body;
    const struct server *server = l->serve->server;
    struct request *r = take_arrived(l);

    if (!r && l->accepted == l->total)
        return EXIT;
    if (!r) {
        l->waiting = true;
        return poll_park(m, LEAF_ACCEPT);
    }
    l->accepted++;
    brief_syscall(m);
    g->hand = request_hand(r); /* the handler inherits it */
    request_accepted(r, server->start(m, server->context, l->function, g->hand), now(m));
    g->hand = 0;
    return AGAIN;
}

static const struct g_kind accept_kind = {.name = "accept", .root = LEAF_SERVE, .run = accept_run};

/* ---- the end -------------------------------------------------------------------------------- */

static void quiet_until(struct serve *s, int64_t when)
{
    s->rt->ops->outside_at(s->rt, &s->quiet, when);
}

/* All requests are over. Once nobody has worked for one of them for a while, so is the serving. */
static void quiet_check(struct rt *rt, struct outside *o)
{
    struct serve *s = (struct serve *)((char *)o - offsetof(struct serve, quiet));
    const struct world *w = rt->world;

    if (w->under_way > 0)
        quiet_until(s, o->when + QUIET);
    else if (o->when < w->active + QUIET)
        quiet_until(s, w->active + QUIET);
    else
        rt->ops->poll_ready(rt, s->g);
}

void request_answered(struct request *r, int64_t when)
{
    struct load *l = &r->world->loads[r->load];

    if (l->clients > 0)
        client_thinks(r->world->rt, &l->client[r->index % (uint64_t)l->clients], when);
}

void request_over(struct request *r, int64_t when)
{
    struct serve *s = r->world->loads[r->load].serve;

    if (r->settled && r->returned && --s->open == 0)
        quiet_until(s, when + QUIET);
}

/* ---- the operation -------------------------------------------------------------------------- */

static bool all_free(const struct world *w, const struct serve_load *loads, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (w->loads[loads[i].load].serve)
            return false;
    return true;
}

static void begin(struct m *m, struct serve *s, const struct serve_load *loads, size_t n)
{
    struct rt *rt = m->rt;

    for (size_t i = 0; i < n; i++) {
        struct load *l = &rt->world->loads[loads[i].load];

        l->serve = s;
        l->function = loads[i].function;
        s->open += l->total;
        l->acceptor = spawn(m, &accept_kind, l, (struct site){0, 0});
        start_load(rt, l);
    }
    if (s->open == 0)
        quiet_until(s, now(m) + QUIET);
}

enum end op_serve(struct m *m, struct g *g, struct serve_op *op, const struct serve_load *loads, size_t n,
                  const struct server *server)
{
    struct world *w = m->rt->world;

    if (op->at == SERVE_OVER)
        return DONE;
    if (!all_free(w, loads, n))
        return panic_with(m, "serve: this load is being served already");
    struct serve *s = arena_alloc(&w->arena, sizeof *s);

    s->rt = m->rt;
    s->server = server;
    s->g = g;
    s->quiet.fire = quiet_check;
    op->serve = s;
    op->at = SERVE_OVER;
    begin(m, s, loads, n);
    return poll_park(m, LEAF_SERVE);
}

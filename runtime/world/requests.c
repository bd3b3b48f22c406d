/* Requests: from their arrival to the end of their accounts. */
#include "runtime/trace/ledger.h"
#include "runtime/world/luck.h"
#include "runtime/world/parts.h"

#define LOAD_OF(hand)  ((uint32_t)(((hand)-1) >> 32))
#define INDEX_OF(hand) ((uint32_t)((hand)-1))

static struct load *load_of(const struct world *w, uint64_t hand)
{
    return &w->loads[LOAD_OF(hand)];
}

uint64_t request_hand(const struct request *r)
{
    return hand_make(r->load, r->index);
}

struct request *request_of(const struct world *w, uint64_t hand)
{
    return w && hand ? load_of(w, hand)->requests[INDEX_OF(hand)] : NULL;
}

/* ---- birth and death ------------------------------------------------------------------------ */

static void draw_attrs(struct request *r, const struct load *l)
{
    const struct world *w = l->world;
    uint64_t luck = luck_request(l->luck, r->index);

    for (size_t i = 0; i < l->def->nattrs; i++) {
        const struct attr_def *attr = &l->def->attrs[i];
        const char *name = name_of(w->def, WORLD_ATTR, attr->attr);
        uint64_t bits = rng_draw(w->seed, DRAW_ATTRIBUTE, luck_for(luck, luck_named(WORLD_ATTR, name)), 0);

        r->attrs[i] = attr->type == EXPR_ID ? (int64_t)bits : dist_value(&l->attrs[i], bits);
    }
}

static void write_request(const struct request *r)
{
    struct rt *rt = r->world->rt;
    const struct load *l = &r->world->loads[r->load];

    ledger_begin(rt, LEDGER_REQUEST);
    ledger_numbers(rt, r->load, r->index, r->arrived);
    if (r->g)
        ledger_numbers(rt, r->started, r->g);
    else
        ledger_fields(rt, "- -");
    for (size_t i = 0; i < l->def->nattrs; i++) {
        if (l->def->attrs[i].type == EXPR_ID)
            ledger_hex(rt, (uint64_t)r->attrs[i]);
        else
            ledger_numbers(rt, r->attrs[i]);
    }
    ledger_end(rt);
}

static void write_account(struct request *r)
{
    if (!r->g)
        write_request(r);
    account_write(r);
}

/* Keeps its memory, its accounts' too, for a later one. */
static void recycle(struct request *r)
{
    struct load *l = &r->world->loads[r->load];

    l->requests[r->index] = NULL;
    r->next = l->spare;
    l->spare = r;
}

static struct request *request_new(struct load *l)
{
    struct request *r = l->spare;

    if (!r)
        return xcalloc(1, sizeof *r + l->def->nattrs * sizeof(int64_t));
    l->spare = r->next;
    *r = (struct request){.accounts = r->accounts, .stretches = r->stretches};
    vec_clear(&r->accounts);
    vec_clear(&r->stretches);
    return r;
}

static void free_request(struct request *r)
{
    vec_free(&r->accounts);
    vec_free(&r->stretches);
    free(r);
}

/* Nobody can work for it any more, and nobody waits for it. */
static void close_if_done(struct request *r)
{
    if (r->h.refs > 0 || !r->settled || !r->returned || r->world->finished)
        return;
    write_account(r);
    recycle(r);
}

/* The program has lost sight of it; if it was not answered, it never will be. */
static void last_reference(struct rt *rt, struct handle *h)
{
    struct request *r = (struct request *)((char *)h - offsetof(struct request, h));

    if (r->world->finished)
        return;
    if (r->returned && !r->settled)
        request_settle(r, rt->now);
    else
        close_if_done(r);
}

static const struct handle_kind request_kind = {.free = last_reference};

/* The client's patience is over. */
static void give_up(struct rt *rt, struct outside *o)
{
    struct request *r = (struct request *)((char *)o - offsetof(struct request, patience));

    (void)rt;
    write_reply(r, o->when, NULL, "given-up");
    request_settle(r, o->when);
}

struct request *request_arrives(struct load *l, uint32_t index, int64_t when)
{
    struct rt *rt = l->world->rt;
    struct request *r = request_new(l);

    r->h = (struct handle){.kind = &request_kind};
    r->world = l->world;
    r->load = l->number;
    r->index = index;
    r->arrived = when;
    draw_attrs(r, l);
    l->requests[index] = r;
    if (l->timeout > 0) {
        /* While its handler lives, the end of an open load's patience changes nothing for the
         * program. */
        r->patience = (struct outside){.fire = give_up, .housekeeping = l->clients == 0};
        rt->ops->outside_at(rt, &r->patience, when + l->timeout);
    }
    return r;
}

void request_settle(struct request *r, int64_t when)
{
    struct rt *rt = r->world->rt;

    if (r->settled)
        return;
    r->settled = true;
    r->ended = when;
    if (r->patience.fire)
        rt->ops->outside_cancel(rt, &r->patience);
    request_answered(r, when);
    request_over(r, when);
    close_if_done(r);
}

void request_accepted(struct request *r, const struct g *handler, int64_t when)
{
    r->g = handler->id;
    r->started = when;
    write_request(r);
}

void world_handler_returned(struct m *m, uint64_t hand)
{
    struct rt *rt = m->rt;
    struct request *r = request_of(rt->world, hand);

    r->returned = true;
    if (r->patience.pos && r->patience.housekeeping) {
        rt->ops->outside_cancel(rt, &r->patience);
        r->patience.housekeeping = false;
        rt->ops->outside_at(rt, &r->patience, r->patience.when);
    }
    request_over(r, now(m));
    if (r->h.refs == 0)
        last_reference(rt, &r->h);
}

void requests_finish(struct load *l)
{
    for (uint32_t i = 0; i < l->total; i++)
        if (l->requests[i])
            write_account(l->requests[i]);
}

void requests_free(struct load *l)
{
    for (uint32_t i = 0; l->requests && i < l->total; i++)
        if (l->requests[i])
            free_request(l->requests[i]);
    for (struct request *r; (r = l->spare);) {
        l->spare = r->next;
        free_request(r);
    }
    free(l->requests);
}

/* ---- whose hands it is in ------------------------------------------------------------------- */

void world_hold(struct rt *rt, uint64_t hand)
{
    struct request *r = request_of(rt->world, hand);

    if (r)
        handle_keep(rt, &r->h);
}

void world_release(struct rt *rt, uint64_t hand)
{
    struct request *r = request_of(rt->world, hand);

    if (r)
        handle_drop(rt, &r->h);
}

void world_take(struct m *m, struct g *g, uint64_t hand, uint64_t from, int64_t sent)
{
    struct rt *rt = m->rt;
    uint64_t before = g->hand;

    if (before == hand)
        return;
    world_hold(rt, hand);
    g->hand = hand;
    world_release(rt, before);
    ledger_begin(rt, LEDGER_TOOK);
    ledger_numbers(rt, g->id, LOAD_OF(hand), INDEX_OF(hand), now(m), from, sent);
    ledger_end(rt);
}

struct value world_request_value(struct rt *rt, uint64_t hand)
{
    struct request *r = request_of(rt->world, hand);

    handle_keep(rt, &r->h);
    return (struct value){.tag = VALUE_REQUEST, .ref = &r->h};
}

uint64_t world_request_hand(struct value v)
{
    const struct request *r = (const struct request *)((const char *)v.ref - offsetof(struct request, h));

    return request_hand(r);
}

/* ---- what a program may ask about one ------------------------------------------------------- */

bool world_attr(const struct rt *rt, uint64_t hand, uint32_t attr, struct expr_value *out)
{
    const struct request *r = request_of(rt->world, hand);
    const struct thing_def *def = r ? rt->world->loads[r->load].def : NULL;

    for (size_t i = 0; def && i < def->nattrs; i++) {
        if (def->attrs[i].attr == attr) {
            *out = (struct expr_value){def->attrs[i].type, r->attrs[i]};
            return true;
        }
    }
    return false;
}

int64_t world_elapsed(const struct m *m, uint64_t hand)
{
    const struct request *r = request_of(m->rt->world, hand);

    if (!r)
        return 0;
    return (r->settled ? r->ended : now(m)) - r->arrived;
}

/* Work that the world wants done: what it costs, and the accounts of who did it when. */
#include "runtime/sched/inline.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"
#include "runtime/world/luck.h"
#include "runtime/world/parts.h"

/* ---- accounts ------------------------------------------------------------------------------- */

struct account *account_of(struct request *r, uint32_t item)
{
    for (size_t i = 0; i < r->accounts.len; i++)
        if (r->accounts.data[i].item == item)
            return &r->accounts.data[i];
    vec_push(&r->accounts,
             ((struct account){.item = item,
                               .per = r->bytes > 0, /* a part of the answer has gone without it */
                               .first = NEVER,
                               .after = UINT64_MAX}));
    return &vec_last(&r->accounts);
}

static uint64_t bit(uint32_t item)
{
    return UINT64_C(1) << item;
}

/* The one at `place` of the account's stretches, from its last to its first: stretch_at(r, a->stretch), then
 * stretch_at(r, s->before); NULL behind the first. */
static struct stretch *stretch_at(const struct request *r, uint32_t place)
{
    return place ? &r->stretches.data[place - 1] : NULL;
}

static bool all_before(const struct request *r, const struct account *a, const struct g *g)
{
    for (struct stretch *s = stretch_at(r, a->stretch); s; s = stretch_at(r, s->before))
        if (!hb_firmly_before(r->world->rt, s->at, g))
            return false;
    return true;
}

/* Some of `done` is being done by g, now: it came after all of another item only if that is over
 * and known to g, and what has begun without it did not come after all of it. */
static void order(struct request *r, struct account *done, const struct g *g)
{
    for (size_t i = 0; i < r->accounts.len; i++) {
        struct account *other = &r->accounts.data[i];

        if (other == done || other->total == 0)
            continue;
        other->after &= ~bit(done->item);
        if ((done->after & bit(other->item)) && !all_before(r, other, g))
            done->after &= ~bit(other->item);
    }
}

static void add_stretch(struct request *r, struct account *a, struct hb_point at, int64_t amount)
{
    struct stretch *last = stretch_at(r, a->stretch);

    if (last && last->at.slot == at.slot && last->at.epoch == at.epoch) {
        last->amount += amount;
        return;
    }
    vec_push(&r->stretches, ((struct stretch){at, amount, a->stretch}));
    a->stretch = (uint32_t)r->stretches.len;
}

static void account_nobody(struct world *w, uint32_t item, struct site site, int64_t amount)
{
    uint64_t key = (uint64_t)item << 32 | site.pc, index;

    if (!idmap_get(&w->nobody_at, key, &index)) {
        index = w->nobody.len;
        idmap_put(&w->nobody_at, key, index);
        vec_push(&w->nobody, ((struct nobody){.item = item, .site = site}));
    }
    w->nobody.data[index].amount += amount;
}

void account_work(struct m *m, struct g *g, uint32_t item, int64_t amount, int64_t since)
{
    struct world *w = m->rt->world;
    struct request *r = request_of(w, g->hand);

    if (!r) {
        account_nobody(w, item, site_of(g), amount);
        return;
    }
    struct account *a = account_of(r, item);

    w->active = now(m);
    order(r, a, g);
    add_stretch(r, a, hb_mark(m->rt, g), amount);
    a->total += amount;
    if (since < a->first)
        a->first = since;
    if (now(m) > a->last)
        a->last = now(m);
}

/* How much of it was done before what g does now. */
static int64_t done_before(const struct request *r, const struct account *a, const struct g *g)
{
    int64_t done = 0;

    for (struct stretch *s = stretch_at(r, a->stretch); s; s = stretch_at(r, s->before))
        if (hb_firmly_before(r->world->rt, s->at, g))
            done += s->amount;
    return done;
}

void account_piece(struct request *r, const struct g *g)
{
    at_add(r->world->rt, &r->world->rt->effort, (uint64_t)r->stretches.len / 16);
    for (size_t i = 0; i < r->accounts.len; i++) {
        struct account *a = &r->accounts.data[i];
        int64_t done = done_before(r, a, g);

        if (a->per == 0 || (int128)done * a->per < (int128)a->before * r->bytes) {
            a->before = done;
            a->per = r->bytes;
        }
    }
}

/* What of it was done before the answer, byte by byte: of an answer in pieces, at the piece where the work
 * was behind most, as much as its bytes were entitled to. */
static int64_t done_in_time(const struct request *r, const struct account *a)
{
    return a->per ? (int64_t)((int128)a->before * r->bytes / a->per) : a->before;
}

static void account_line(const struct request *r, const struct account *a, uint64_t after)
{
    struct rt *rt = r->world->rt;

    ledger_begin(rt, LEDGER_WORK);
    ledger_numbers(rt, r->load, r->index, a->item);
    ledger_amount(rt, done_in_time(r, a));
    ledger_amount(rt, a->total);
    ledger_numbers(rt, a->first, a->last);
    ledger_hex(rt, after);
    ledger_end(rt);
}

void account_write(struct request *r)
{
    uint64_t done = 0;

    for (size_t i = 0; i < r->accounts.len; i++)
        if (r->accounts.data[i].total > 0)
            done |= bit(r->accounts.data[i].item);
    for (size_t i = 0; i < r->accounts.len; i++) {
        const struct account *a = &r->accounts.data[i];

        if (a->total > 0)
            account_line(r, a, a->after & done & ~bit(a->item));
    }
}

void nobody_write(struct world *w)
{
    char text[256];

    for (size_t i = 0; i < w->nobody.len; i++) {
        const struct nobody *n = &w->nobody.data[i];

        ledger_begin(w->rt, LEDGER_NOBODY);
        ledger_numbers(w->rt, n->item);
        ledger_amount(w->rt, n->amount);
        ledger_fields(w->rt, "%s", site_text(w->rt->sites, n->site, text, sizeof text));
        ledger_end(w->rt);
    }
}

void work_begins(struct m *m, const struct request *r)
{
    if (!r)
        return;
    r->world->under_way++;
    r->world->active = now(m);
}

void work_ends(struct m *m, const struct request *r)
{
    if (!r)
        return;
    r->world->under_way--;
    r->world->active = now(m);
}

/* ---- CPU work ------------------------------------------------------------------------------- */

int64_t world_amount(int64_t num, int64_t den)
{
    int128 amount = ((int128)num * LEDGER_UNIT + den - 1) / den;

    return amount > INT64_MAX / 4 ? INT64_MAX / 4 : (int64_t)amount;
}

/* The cost of the first `part` units of one piece: exact when all parts are added up. */
static int64_t cost_of_part(int64_t whole, int64_t part)
{
    return (int64_t)((int128)whole * part / LEDGER_UNIT);
}

int64_t world_cpu_cost(struct m *m, struct g *g, uint32_t work, int64_t amount)
{
    struct world *w = m->rt->world;
    struct work *what = &w->works[work];
    struct request *r = request_of(w, g->hand);
    uint64_t who = r ? luck_request(w->loads[r->load].luck, r->index) : LUCK_NOBODY;
    uint32_t item = w->def->things[WORLD_WORK].data[work].item;
    int64_t *had = r ? &account_of(r, item)->claimed : &what->nobody_had;
    int64_t cost = 0;

    work_begins(m, r);
    while (amount > 0) {
        int64_t from = *had % LEDGER_UNIT;
        int64_t part = amount < LEDGER_UNIT - from ? amount : LEDGER_UNIT - from;
        int64_t whole = dist_sample(&what->cpu, w->seed, DRAW_WORK, luck_for(who, what->luck),
                                    (uint64_t)(*had / LEDGER_UNIT));

        cost += cost_of_part(whole, from + part) - cost_of_part(whole, from);
        *had += part;
        amount -= part;
    }
    return cost;
}

void world_cpu_done(struct m *m, struct g *g, uint32_t work, int64_t amount, int64_t since)
{
    struct world *w = m->rt->world;

    work_ends(m, request_of(w, g->hand));
    account_work(m, g, w->def->things[WORLD_WORK].data[work].item, amount, since);
}

void world_cpu_used(struct m *m, struct g *g, int64_t ns)
{
    struct request *r = request_of(m->rt->world, g->hand);

    if (r)
        r->due_cpu += ns;
}

/* ---- shared state --------------------------------------------------------------------------- */

void world_split(struct rt *rt, uint32_t state, uint32_t parts)
{
    struct world *w = rt->world;
    struct table *t = &w->tables[state];

    free(t->shadows);
    t->parts = parts;
    t->shadows = xcalloc(parts, sizeof *t->shadows);
    t->part_names = arena_array(&w->arena, parts, sizeof *t->part_names);
    for (uint32_t i = 0; i < parts; i++)
        t->part_names[i] = arena_printf(&w->arena, "%s[%u]", t->name, i);
}

/* The part of the table where the key of the request in hand belongs, or -1: no way to tell. */
static int64_t part_of(const struct rt *rt, const struct g *g, const struct table *t)
{
    struct expr_value key;

    if (t->key < 0 || !world_attr(rt, g->hand, (uint32_t)t->key, &key))
        return -1;
    return (int64_t)((uint64_t)key.n % t->parts);
}

void world_access(struct m *m, struct g *g, uint32_t state, enum access how, bool part)
{
    struct world *w = m->rt->world;
    struct table *t = &w->tables[state];
    int64_t only = part && t->part_names ? part_of(m->rt, g, t) : -1;
    struct site at = site_of(g);

    charge(m, access_is_atomic(how) ? COST_ATOMIC : COST_ACCESS, 1);
    if (only >= 0) {
        detect_access(m, &t->shadows[only], t->part_names[only], how, at);
    } else {
        at_add(m->rt, &m->rt->effort, (uint64_t)t->parts / 16);
        for (uint32_t i = 0; i < t->parts; i++)
            detect_access(m, &t->shadows[i], t->name, how, at);
    }
    account_work(m, g, access_is_write(how) ? t->write : t->read, LEDGER_UNIT, now(m));
}

/* One run's world: its birth from a definition and a seed, its first and last lines in the
 * ledger. */
#include "runtime/gc/heap.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"
#include "runtime/world/luck.h"
#include "runtime/world/parts.h"

/* ---- parameters ----------------------------------------------------------------------------- */

static bool param_value(void *ctx, const struct expr *leaf, int64_t index, struct expr_value *out)
{
    const struct world *w = ctx;

    (void)index;
    *out = w->params[leaf->slot];
    return w->def->params[leaf->slot].drawn;
}

struct expr_env world_param_env(const struct world *w)
{
    return (struct expr_env){.ctx = (void *)(uintptr_t)w, .value = param_value};
}

static void draw_params(struct world *w, struct diags *d)
{
    const struct world_def *def = w->def;
    struct expr_env env = world_param_env(w);

    w->params = arena_array(&w->arena, def->nparams, sizeof *w->params);
    for (uint32_t i = 0; i < def->nparams; i++) {
        const struct param_def *p = &def->params[i];
        struct dist dist;

        w->params[i].type = p->type;
        if (p->drawn && quantity_resolve(&w->arena, p->drawn, &env, &dist, d))
            w->params[i].n =
                dist_sample(&dist, w->seed, DRAW_PARAM, rng_text(name_of(def, WORLD_PARAM, i)), 0);
    }
}

/* ---- filling in ----------------------------------------------------------------------------- */

static const struct things *things_of(const struct world *w, enum world_kind kind)
{
    return &w->def->things[kind];
}

static void make_works(struct world *w, const struct filler *f)
{
    const struct things *things = things_of(w, WORLD_WORK);

    w->works = arena_array(&w->arena, things->len, sizeof *w->works);
    for (uint32_t i = 0; i < things->len; i++) {
        if (things->data[i].cpu)
            quantity_resolve(&w->arena, things->data[i].cpu, f->params, &w->works[i].cpu, f->d);
        w->works[i].luck = luck_named(WORLD_WORK, name_of(w->def, WORLD_WORK, i));
    }
}

static struct station *make_stations(struct world *w, const struct filler *f, enum world_kind kind)
{
    const struct things *things = things_of(w, kind);
    struct station *stations = arena_array(&w->arena, things->len, sizeof *stations);

    for (uint32_t i = 0; i < things->len; i++) {
        const struct thing_def *thing = &things->data[i];

        fields_fill(f, thing->cells, service_fields, SERVICE_FIELDS, &stations[i]);
        stations[i].item = thing->item;
        stations[i].items_item = thing->item2;
        stations[i].has_items = thing->cells[SERVICE_PER_ITEM].given;
        stations[i].luck = luck_named(kind, name_of(w->def, kind, i));
    }
    return stations;
}

static void make_tables(struct world *w, const struct filler *f)
{
    const struct things *things = things_of(w, WORLD_STATE);

    w->tables = arena_array(&w->arena, things->len, sizeof *w->tables);
    for (uint32_t i = 0; i < things->len; i++) {
        const struct thing_def *thing = &things->data[i];
        struct table *t = &w->tables[i];

        t->pointers = (struct dist){.kind = DIST_CHANCE, .lo = 1, .hi = 1};
        fields_fill(f, thing->cells, state_fields, STATE_FIELDS, t);
        t->name = name_of(w->def, WORLD_STATE, i);
        t->key = thing->key;
        t->read = thing->item;
        t->write = thing->item2;
        t->parts = 1;
        t->shadows = xcalloc(1, sizeof *t->shadows);
    }
}

static void make_load(struct world *w, const struct filler *f, struct load *l, uint32_t i)
{
    const struct thing_def *thing = &things_of(w, WORLD_LOAD)->data[i];
    char text[UNITS_MAX];

    l->world = w;
    l->number = i;
    l->def = thing;
    l->luck = luck_named(WORLD_LOAD, name_of(w->def, WORLD_LOAD, i));
    fields_fill(f, thing->cells, load_fields, LOAD_FIELDS, l);
    l->attrs = arena_array(&w->arena, thing->nattrs, sizeof *l->attrs);
    for (size_t k = 0; k < thing->nattrs; k++)
        if (thing->attrs[k].drawn)
            quantity_resolve(&w->arena, thing->attrs[k].drawn, f->params, &l->attrs[k], f->d);
    for (size_t k = 1; k < l->at.n; k++)
        if (l->at.at[k] < l->at.at[k - 1])
            diags_error(f->d, thing->cells[LOAD_AT].span, "`at` goes forward in time");
    if (l->until <= l->from)
        diags_error(f->d, thing->cells[LOAD_UNTIL].span, "`until` comes before `from`");
    l->total = load_count(l);
    if (l->total > REQUESTS_MAX)
        diags_error(f->d, thing->span, "more than %d requests come until %s", REQUESTS_MAX,
                    units_duration_exact(text, l->until));
    l->requests = xcalloc(l->total, sizeof(struct request *));
}

static void make_loads(struct world *w, const struct filler *f)
{
    size_t n = things_of(w, WORLD_LOAD)->len;

    w->loads = arena_array(&w->arena, n, sizeof *w->loads);
    for (uint32_t i = 0; i < n; i++)
        make_load(w, f, &w->loads[i], i);
}

struct world *world_new(const struct world_def *def, uint64_t seed, struct diags *d)
{
    struct world *w = xcalloc(1, sizeof *w);
    struct expr_env env = world_param_env(w);
    struct filler f = {.arena = &w->arena, .params = &env, .d = d};
    size_t errors = d->errors;

    w->def = def;
    w->seed = seed;
    draw_params(w, d);
    fields_fill(&f, def->world, world_fields, WORLD_FIELDS, w);
    make_works(w, &f);
    w->services = make_stations(w, &f, WORLD_SERVICE);
    w->disks = make_stations(w, &f, WORLD_DISK);
    make_tables(w, &f);
    make_loads(w, &f);
    if (d->errors == errors)
        return w;
    world_free(w);
    return NULL;
}

void world_free(struct world *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < things_of(w, WORLD_LOAD)->len; i++)
        requests_free(&w->loads[i]);
    for (size_t i = 0; i < things_of(w, WORLD_STATE)->len; i++)
        free(w->tables[i].shadows);
    vec_free(&w->nobody);
    idmap_release(&w->nobody_at);
    arena_release(&w->arena);
    free(w);
}

uint32_t world_cpus(const struct world *w)
{
    return (uint32_t)w->cpus;
}

/* ---- the first lines of the ledger ---------------------------------------------------------- */

static void write_load(struct rt *rt, const struct load *l)
{
    const struct world_def *def = rt->world->def;

    ledger_add(rt, LEDGER_LOAD, "%u %s %u", l->number, name_of(def, WORLD_LOAD, l->number), l->total);
    for (uint32_t i = 0; i < l->def->nattrs; i++) {
        const struct attr_def *attr = &l->def->attrs[i];

        ledger_add(rt, LEDGER_ATTR, "%u %u %s %s", l->number, i, name_of(def, WORLD_ATTR, attr->attr),
                   expr_type_name(attr->type));
    }
}

static void write_items(struct rt *rt)
{
    const struct world_def *def = rt->world->def;

    for (uint32_t i = 0; i < def->nitems; i++)
        ledger_add(rt, LEDGER_ITEM, "%u %s %s", i, item_kind_names[def->items[i].kind], def->items[i].name);
}

/* The part of a state's heap that the collector scans. */
static int64_t pointers_of(const struct table *t)
{
    return (int64_t)((int128)t->heap * t->pointers.lo / t->pointers.hi);
}

void world_start(struct rt *rt)
{
    struct world *w = rt->world;
    const struct world_def *def = w->def;
    char text[UNITS_MAX];

    w->rt = rt;
    for (uint32_t i = 0; i < def->nparams; i++)
        ledger_add(rt, LEDGER_PARAM, "%s %s", name_of(def, WORLD_PARAM, i),
                   expr_value_text(text, w->params[i]));
    for (size_t i = 0; i < things_of(w, WORLD_LOAD)->len; i++)
        write_load(rt, &w->loads[i]);
    write_items(rt);
    ledger_add(rt, LEDGER_WARMUP, "%lld", (long long)w->warmup);
    for (size_t i = 0; i < things_of(w, WORLD_STATE)->len; i++)
        if (w->tables[i].heap > 0)
            heap_resident(rt, w->tables[i].heap, pointers_of(&w->tables[i]));
}

/* ---- the last ones -------------------------------------------------------------------------- */

void world_finish(struct rt *rt)
{
    struct world *w = rt->world;

    for (size_t i = 0; i < things_of(w, WORLD_LOAD)->len; i++)
        requests_finish(&w->loads[i]);
    nobody_write(w);
    for (uint32_t i = 0; i < things_of(w, WORLD_SERVICE)->len; i++)
        ledger_add(rt, LEDGER_PEAK, "in-flight %s %u", name_of(w->def, WORLD_SERVICE, i),
                   w->services[i].peak);
    ledger_add(rt, LEDGER_PEAK, "heap - %lld", (long long)heap_peak(rt));
    for (size_t i = 0; i < things_of(w, WORLD_STATE)->len; i++)
        for (uint32_t part = 0; part < w->tables[i].parts; part++)
            shadow_reset(rt, &w->tables[i].shadows[part]);
    w->finished = true;
}

/* A scenario's `params` and `world`, or a workload's own: YAML -> struct world_def. */
#include <string.h>

#include "base/suggest.h"
#include "runtime/world/parts.h"

struct loader {
    struct world_def *def;
    struct expr_names names; /* parameters read so far */
    struct reader reader;
    struct diags *d;
};

/* ---- names ---------------------------------------------------------------------------------- */

static bool check_name(struct loader *l, const struct yaml_node *key)
{
    if (!expr_is_name(key->text)) {
        diags_error(l->d, key->span, "'%s' is not a name: letters, digits and `_`, not starting with a digit",
                    key->text);
        return false;
    }
    if (key->len > NAME_BYTES_MAX) {
        diags_error(l->d, key->span, "a name has at most %d letters", NAME_BYTES_MAX);
        return false;
    }
    return true;
}

/* The mapping of a section, or NULL after reporting. */
static const struct yaml_node *section(struct loader *l, const struct yaml_node *node, struct span place,
                                       const char *what)
{
    if (yaml_is_mapping(node))
        return node;
    diags_error(l->d, yaml_is_empty(node) ? place : node->span, "expected a mapping for `%s`, found %s", what,
                yaml_kind_name(node));
    return NULL;
}

static void list_names(struct world_def *def)
{
    for (int kind = 0; kind < WORLD_KIND_COUNT; kind++) {
        const struct strmap *map = &def->names[kind];

        def->name_list[kind] = arena_array(&def->arena, map->len, sizeof(char *));
        for (size_t i = 0; i < map->len; i++)
            def->name_list[kind][i] = map->entries[i].key;
    }
}

static uint32_t add_item(struct loader *l, enum item_kind kind, const char *name, struct span place)
{
    struct world_def *def = l->def;

    if (def->nitems == ITEMS_MAX) {
        diags_error(l->d, place,
                    "a world has at most %d items of work: one for each work, service, disk and "
                    "cost per item, two for each state",
                    ITEMS_MAX);
        return 0;
    }
    def->items[def->nitems] = (struct item_def){kind, name};
    return def->nitems++;
}

/* ---- parameters ----------------------------------------------------------------------------- */

/* A parameter is known to those below it, hence by name only after its value was read. */
static void load_param(struct loader *l, const struct yaml_pair *pair)
{
    struct world_def *def = l->def;
    struct quantity *q;

    if (!check_name(l, pair->key))
        return;
    q = quantity_parse(&def->arena, pair->value, EXPR_ANY, QUANTITY_CHOICES, &l->names, l->d);
    struct param_def *p = &def->params[strmap_intern(&def->names[WORLD_PARAM], pair->key->text)];

    def->nparams = def->names[WORLD_PARAM].len;
    p->drawn = q;
    p->type = q ? q->type : EXPR_ANY;
}

static void load_params(struct loader *l, const struct yaml_node *params)
{
    const struct yaml_node *map = params ? section(l, params, params->span, "params") : NULL;

    l->def->params = arena_array(&l->def->arena, map ? map->len : 0, sizeof *l->def->params);
    for (size_t i = 0; map && i < map->len; i++)
        load_param(l, &map->pairs[i]);
}

/* ---- things with names ---------------------------------------------------------------------- */

typedef void load_thing(struct loader *l, const struct yaml_pair *pair, const char *name,
                        struct thing_def *thing);

static void load_things(struct loader *l, enum world_field field, enum world_kind kind, load_thing *load)
{
    struct world_def *def = l->def;
    const struct cell *cell = &def->world[field];
    const struct yaml_node *map =
        cell->given ? section(l, cell->node, cell->span, world_fields[field].name) : NULL;
    struct things *things = &def->things[kind];

    things->data = arena_array(&def->arena, map ? map->len : 0, sizeof *things->data);
    for (size_t i = 0; map && i < map->len; i++) {
        const struct yaml_pair *pair = &map->pairs[i];

        if (!check_name(l, pair->key))
            continue;
        struct thing_def *thing = &things->data[strmap_intern(&def->names[kind], pair->key->text)];

        things->len = def->names[kind].len;
        thing->span = pair->key->span;
        load(l, pair, name_of(def, kind, (uint32_t)things->len - 1), thing);
    }
}

static struct cell *read_thing(struct loader *l, const struct yaml_pair *pair, enum world_kind kind,
                               const struct field *fields, size_t n)
{
    const char *what = arena_printf(&l->def->arena, "%s '%s'", world_kind_name(kind), pair->key->text);

    return fields_read(&l->reader, pair->value, what, pair->key->span, fields, n);
}

static void load_work(struct loader *l, const struct yaml_pair *pair, const char *name,
                      struct thing_def *work)
{
    work->cpu = quantity_parse(&l->def->arena, pair->value, EXPR_DURATION, 0, &l->names, l->d);
    work->item = add_item(l, ITEM_CPU, name, work->span);
}

static void load_station(struct loader *l, const struct yaml_pair *pair, const char *name,
                         struct thing_def *station, enum world_kind kind, enum item_kind call)
{
    station->cells = read_thing(l, pair, kind, service_fields, SERVICE_FIELDS);
    station->item = add_item(l, call, name, station->span);
    if (station->cells[SERVICE_PER_ITEM].given)
        station->item2 = add_item(l, call + 1, name, station->span);
}

static void load_service(struct loader *l, const struct yaml_pair *pair, const char *name,
                         struct thing_def *service)
{
    load_station(l, pair, name, service, WORLD_SERVICE, ITEM_NET);
}

static void load_disk(struct loader *l, const struct yaml_pair *pair, const char *name,
                      struct thing_def *disk)
{
    load_station(l, pair, name, disk, WORLD_DISK, ITEM_SYSCALL);
}

static void load_state(struct loader *l, const struct yaml_pair *pair, const char *name,
                       struct thing_def *state)
{
    state->cells = read_thing(l, pair, WORLD_STATE, state_fields, STATE_FIELDS);
    state->item = add_item(l, ITEM_READ, name, state->span);
    state->item2 = add_item(l, ITEM_WRITE, name, state->span);
    state->key = -1;
}

/* ---- loads ---------------------------------------------------------------------------------- */

/* One attribute has one number in all loads, and the type that all of them give it. */
static uint32_t intern_attr(struct world_def *def, const char *name, enum expr_type type)
{
    size_t known = def->names[WORLD_ATTR].len;
    uint32_t attr = (uint32_t)strmap_intern(&def->names[WORLD_ATTR], name);

    if (attr == known)
        def->attr_types[attr] = type;
    else if (def->attr_types[attr] != type)
        def->attr_types[attr] = EXPR_ANY;
    return attr;
}

static void load_attr(struct loader *l, const struct yaml_pair *pair, struct attr_def *attr)
{
    const unsigned flags = QUANTITY_CHOICES | QUANTITY_CHANCES | QUANTITY_ZIPFS;

    attr->type = EXPR_ID;
    if (!yaml_is_text(pair->value, "id")) {
        attr->drawn = quantity_parse(&l->def->arena, pair->value, EXPR_ANY, flags, &l->names, l->d);
        attr->type = attr->drawn ? attr->drawn->type : EXPR_ANY;
    }
    attr->attr = intern_attr(l->def, pair->key->text, attr->type);
}

static void load_attrs(struct loader *l, const struct cell *cell, struct thing_def *load)
{
    const struct yaml_node *map = cell->given ? section(l, cell->node, cell->span, "each") : NULL;
    struct world_def *def = l->def;
    size_t n = map ? map->len : 0, before = def->names[WORLD_ATTR].len;
    enum expr_type *types = arena_array(&def->arena, before + n, sizeof *types);

    if (n > ATTRS_MAX) {
        diags_error(l->d, map->span, "a request has at most %d attributes", ATTRS_MAX);
        return;
    }
    if (before > 0)
        memcpy(types, def->attr_types, before * sizeof *types);
    def->attr_types = types;
    load->attrs = arena_array(&def->arena, n, sizeof *load->attrs);
    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *key = map->pairs[i].key;

        if (strcmp(key->text, "elapsed") == 0)
            diags_error(l->d, key->span, "every request has `elapsed`: its time since arrival");
        else if (check_name(l, key))
            load_attr(l, &map->pairs[i], &load->attrs[load->nattrs++]);
    }
}

/* What goes only with what. */
static const struct {
    enum load_field field, with;
} goes_with[] = {
    {LOAD_THINK, LOAD_CLIENTS},
    {LOAD_BURSTS, LOAD_RATE},
    {LOAD_ARRIVALS, LOAD_RATE},
    {LOAD_UNTIL, LOAD_RATE},
};

static void check_load(struct loader *l, const struct thing_def *load, const char *name)
{
    static const enum load_field kinds[] = {LOAD_RATE, LOAD_AT, LOAD_CLIENTS};
    const struct cell *cells = load->cells;
    const char *first = NULL;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct cell *cell = &cells[kinds[i]];

        if (cell->span.src && first)
            diags_error(l->d, cell->span, "`%s` and `%s` exclude each other", first,
                        load_fields[kinds[i]].name);
        else if (cell->span.src)
            first = load_fields[kinds[i]].name;
    }
    if (!first) {
        diags_error(l->d, load->span, "load '%s' needs `rate`, `at` or `clients`", name);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(goes_with); i++)
        if (cells[goes_with[i].field].given && !cells[goes_with[i].with].span.src)
            diags_error(l->d, cells[goes_with[i].field].span, "`%s` goes with `%s` only",
                        load_fields[goes_with[i].field].name, load_fields[goes_with[i].with].name);
    if (cells[LOAD_AT].given && cells[LOAD_REQUESTS].given)
        diags_error(l->d, cells[LOAD_REQUESTS].span, "`at` lists all requests: leave `requests` out");
    if (!cells[LOAD_AT].span.src && !cells[LOAD_REQUESTS].span.src && !cells[LOAD_UNTIL].span.src)
        diags_error(l->d, load->span, "load '%s' needs `requests`: how many come in all", name);
}

static void load_load(struct loader *l, const struct yaml_pair *pair, const char *name,
                      struct thing_def *load)
{
    load->cells = read_thing(l, pair, WORLD_LOAD, load_fields, LOAD_FIELDS);
    if (!yaml_is_mapping(pair->value))
        return;
    load_attrs(l, &load->cells[LOAD_EACH], load);
    check_load(l, load, name);
}

/* ---- state and its key: after the loads, whose attributes it names -------------------------- */

static void check_key(struct loader *l, struct thing_def *state)
{
    const struct cell *cell = &state->cells[STATE_KEY];
    struct world_def *def = l->def;
    char suggestion[SUGGEST_MAX];

    if (!cell->given)
        return;
    if (!yaml_is_scalar(cell->node)) {
        diags_error(l->d, cell->span, "`key` is the name of an attribute of requests, found %s",
                    yaml_kind_name(cell->node));
        return;
    }
    const char *name = cell->node->text;

    state->key = world_find(def, WORLD_ATTR, name);
    if (state->key < 0)
        diags_error(l->d, cell->span, "no load's requests have an attribute '%s'%s", name,
                    suggest_text(suggestion, name, def->name_list[WORLD_ATTR], def->names[WORLD_ATTR].len));
    else if (def->attr_types[state->key] != EXPR_NUMBER && def->attr_types[state->key] != EXPR_ANY)
        diags_error(l->d, cell->span, "`key` must be a number, '%s' is a %s", name,
                    expr_type_name(def->attr_types[state->key]));
}

static void check_states(struct loader *l)
{
    struct things *states = &l->def->things[WORLD_STATE];

    for (size_t i = 0; i < states->len; i++) {
        struct thing_def *state = &states->data[i];

        check_key(l, state);
        if (state->cells[STATE_POINTERS].given && !state->cells[STATE_HEAP].span.src)
            diags_error(l->d, state->cells[STATE_POINTERS].span, "`pointers` goes with `heap` only");
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* Words of the language that mean something only in a later version. */
static void check_later(struct loader *l, const struct cell *cell, const char *field, const char *allowed)
{
    if (cell->given && !yaml_is_text(cell->node, allowed))
        diags_error(l->d, cell->span, "this version knows only `%s: %s`", field, allowed);
}

static void load_world(struct loader *l, const struct yaml_node *world)
{
    struct world_def *def = l->def;

    def->world = fields_read(&l->reader, world, "`world`", world->span, world_fields, WORLD_FIELDS);
    const struct cell *machine = &def->world[WORLD_MACHINE];

    if (machine->given)
        check_later(l, &machine->inner[MACHINE_QUOTA], "quota", "none");
    check_later(l, &def->world[WORLD_CAPTURE], "capture", "machine");
    load_things(l, WORLD_WORKS, WORLD_WORK, load_work);
    load_things(l, WORLD_SERVICES, WORLD_SERVICE, load_service);
    load_things(l, WORLD_DISKS, WORLD_DISK, load_disk);
    load_things(l, WORLD_STATES, WORLD_STATE, load_state);
    load_things(l, WORLD_LOADS, WORLD_LOAD, load_load);
    list_names(def);
    check_states(l);
}

struct world_def *world_load(const struct yaml_node *params, const struct yaml_node *world, struct diags *d)
{
    struct world_def *def = xcalloc(1, sizeof *def);
    struct loader l = {.def = def, .d = d};
    size_t errors = d->errors;

    l.names = world_param_names(def);
    l.reader = (struct reader){.arena = &def->arena, .names = &l.names, .d = d};
    load_params(&l, params);
    if (world)
        load_world(&l, world);
    else
        list_names(def);
    /* Limits are checked where values are filled in, since parameters have a say; one seed for all
     * shows here what no parameter can mend. */
    world_free(world_new(def, 1, d));
    if (d->errors == errors)
        return def;
    world_def_free(def);
    return NULL;
}

/* What others may ask about a definition: names, numbers, types. */
#include "base/suggest.h"
#include "runtime/world/parts.h"

static const char *const kind_names[WORLD_KIND_COUNT] = {
    [WORLD_PARAM] = "parameter", [WORLD_WORK] = "work", [WORLD_SERVICE] = "service", [WORLD_DISK] = "disk",
    [WORLD_STATE] = "state",     [WORLD_LOAD] = "load", [WORLD_ATTR] = "attribute",
};

const char *world_kind_name(enum world_kind kind)
{
    return kind_names[kind];
}

int32_t world_find(const struct world_def *def, enum world_kind kind, const char *name)
{
    return (int32_t)strmap_find(&def->names[kind], name);
}

const char *const *world_names(const struct world_def *def, enum world_kind kind, size_t *count)
{
    *count = def->names[kind].len;
    return def->name_list[kind];
}

static bool resolve_param(void *ctx, struct expr *leaf, enum expr_type *type, struct diags *d)
{
    const struct world_def *def = ctx;
    const struct strmap *names = &def->names[WORLD_PARAM];
    char suggestion[SUGGEST_MAX];

    if (leaf->kind != EXPR_PARAM) {
        diags_error(d, leaf->span, "only parameters can be used here, as in `$name`");
        return false;
    }
    leaf->slot = (int32_t)strmap_find(names, leaf->name);
    if (leaf->slot >= 0) { /* one that was wrong has been reported */
        *type = def->params[leaf->slot].type;
        return def->params[leaf->slot].drawn;
    }
    const char **known = xcalloc(names->len + 1, sizeof *known);

    for (size_t i = 0; i < names->len; i++)
        known[i] = names->entries[i].key;
    diags_error(d, leaf->span, "unknown parameter '%s'%s", leaf->name,
                suggest_text(suggestion, leaf->name, known, names->len));
    free(known);
    return false;
}

struct expr_names world_param_names(const struct world_def *def)
{
    return (struct expr_names){.ctx = (void *)(uintptr_t)def, .resolve = resolve_param};
}

void world_def_free(struct world_def *def)
{
    if (!def)
        return;
    for (int kind = 0; kind < WORLD_KIND_COUNT; kind++)
        strmap_release(&def->names[kind]);
    arena_release(&def->arena);
    free(def);
}

bool world_attr_type(const struct world_def *def, int32_t load, uint32_t attr, enum expr_type *type)
{
    if (load < 0) {
        *type = def->attr_types[attr];
        return true;
    }
    const struct thing_def *thing = &def->things[WORLD_LOAD].data[load];

    for (size_t i = 0; i < thing->nattrs; i++) {
        if (thing->attrs[i].attr == attr) {
            *type = thing->attrs[i].type;
            return true;
        }
    }
    return false;
}

static const struct cell *cell_of(const struct world_def *def, enum world_kind kind, uint32_t i, int field)
{
    return &def->things[kind].data[i].cells[field];
}

bool world_state_is_word(const struct world_def *def, uint32_t state)
{
    const struct cell *word = cell_of(def, WORLD_STATE, state, STATE_WORD);

    return word->given && word->word == 1;
}

int32_t world_state_key(const struct world_def *def, uint32_t state)
{
    return def->things[WORLD_STATE].data[state].key;
}

bool world_service_has_items(const struct world_def *def, uint32_t service)
{
    return cell_of(def, WORLD_SERVICE, service, SERVICE_PER_ITEM)->given;
}

bool world_disk_has_items(const struct world_def *def, uint32_t disk)
{
    return cell_of(def, WORLD_DISK, disk, SERVICE_PER_ITEM)->given;
}

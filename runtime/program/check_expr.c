/* What names in expressions stand for, and what kind of thing they are. */
#include "runtime/program/check.h"

#include <string.h>

#include "base/suggest.h"

/* ---- names of the world */

int32_t check_world_name(struct scope *sc, enum world_kind kind, const char *name, struct span span)
{
    char suggestion[SUGGEST_MAX];
    const char *const *known = NULL;
    size_t n = 0;
    int32_t found = sc->t->world ? world_find(sc->t->world, kind, name) : -1;

    if (found >= 0)
        return found;
    if (sc->t->world)
        known = world_names(sc->t->world, kind, &n);
    diags_error(sc->diags, span, "the world has no %s '%s'%s", world_kind_name(kind), name,
                suggest_text(suggestion, name, known, n));
    return -1;
}

/* ---- names of the program */

static struct type object_type(const struct object *o)
{
    return (struct type){.kind = o->kind, .array = o->array, .load = -1};
}

static bool is_machines(struct expr *leaf)
{
    if (strcmp(leaf->name, "procs") == 0)
        leaf->meaning = MEANS_PROCS;
    else if (strcmp(leaf->name, "cpus") == 0)
        leaf->meaning = MEANS_CPUS;
    else
        return false;
    return true;
}

/* What the name of a leaf stands for; sets the leaf's slot and meaning. */
static bool find_name(struct scope *sc, struct expr *leaf, struct type *type)
{
    int32_t slot = scope_find(sc, leaf->name), object = scope_object(sc, leaf->name);

    if (slot >= 0 && (sc->deferred || sc->bound.data[slot] || object < 0)) {
        leaf->slot = slot;
        leaf->meaning = MEANS_SLOT;
        *type = scope_type(sc, slot);
        if (sc->deferred || sc->bound.data[slot])
            return true;
        scope_unbound(sc, leaf->name, leaf->name_span);
        return false;
    }
    if (object >= 0) {
        leaf->slot = object;
        leaf->meaning = MEANS_GLOBAL;
        *type = object_type(&sc->t->objects[object]);
        return true;
    }
    if (slot < 0 && is_machines(leaf)) {
        *type = TYPE(KIND_NUMBER);
        return true;
    }
    scope_unknown(sc, leaf->name, leaf->name_span);
    return false;
}

static bool unknown_attribute(struct scope *sc, const struct expr *leaf)
{
    VEC(const char *) known = {0};
    char suggestion[SUGGEST_MAX];
    const char *const *attrs = NULL;
    size_t n = 0;

    if (sc->t->world)
        attrs = world_names(sc->t->world, WORLD_ATTR, &n);
    for (size_t i = 0; i < n; i++)
        vec_push(&known, attrs[i]);
    vec_push(&known, "elapsed");
    diags_error(sc->diags, leaf->span, "requests have no attribute '%s'%s", leaf->attr,
                suggest_text(suggestion, leaf->attr, known.data, known.len));
    vec_free(&known);
    return false;
}

static bool request_attribute(struct scope *sc, struct expr *leaf, int32_t load, struct type *type)
{
    int32_t attr = sc->t->world ? world_find(sc->t->world, WORLD_ATTR, leaf->attr) : -1;
    enum expr_type found;

    if (attr < 0)
        return unknown_attribute(sc, leaf);
    leaf->meaning = MEANING(MEANS_ATTR, attr);
    if (!world_attr_type(sc->t->world, load, (uint32_t)attr, &found)) {
        size_t n;

        diags_error(sc->diags, leaf->span, "requests of '%s' have no attribute '%s'",
                    world_names(sc->t->world, WORLD_LOAD, &n)[load], leaf->attr);
        return false;
    }
    *type = TYPE(kind_from_expr(found));
    return true;
}

static bool resolve_attribute(struct scope *sc, struct expr *leaf, struct type *type)
{
    struct type of;
    bool request;

    if (!find_name(sc, leaf, &of))
        return false;
    request = !of.array && (of.kind == KIND_REQUEST || of.kind == KIND_ANY || of.kind == KIND_NONE);
    if (request && strcmp(leaf->attr, "elapsed") == 0) {
        leaf->meaning = MEANS_ELAPSED;
        *type = TYPE(KIND_DURATION);
        return true;
    }
    if ((of.kind == KIND_CONTEXT || (request && of.kind != KIND_REQUEST)) &&
        strcmp(leaf->attr, "done") == 0) {
        leaf->meaning = MEANS_DONE;
        *type = TYPE(KIND_TRUTH);
        return true;
    }
    if (request)
        return request_attribute(sc, leaf, of.load, type);
    if (of.kind == KIND_CONTEXT)
        diags_error(sc->diags, leaf->span, "a context has no '%s': all it has is `done`", leaf->attr);
    else
        diags_error(sc->diags, leaf->span, "'%s' is %s: only requests have attributes", leaf->name,
                    type_name(of));
    return false;
}

static bool resolve_index(struct scope *sc, struct expr *leaf, struct type *type)
{
    if (!find_name(sc, leaf, type))
        return false;
    if (!type->array && type->kind != KIND_ANY && type->kind != KIND_NONE) {
        diags_error(sc->diags, leaf->name_span, "'%s' is %s, not an array", leaf->name, type_name(*type));
        return false;
    }
    type->array = false;
    return true;
}

static struct type type_of(const struct scope *sc, const struct expr *e);

static bool resolve_length(struct scope *sc, struct expr *leaf, struct type *type)
{
    struct type of = type_of(sc, leaf->args[0]);

    *type = TYPE(KIND_NUMBER);
    if (!of.array && (of.kind == KIND_CHANNEL || of.kind == KIND_ANY || of.kind == KIND_NONE))
        return true;
    diags_error(sc->diags, leaf->args[0]->span, "%s needs a channel, found %s", expr_op_name(leaf->op),
                type_name(of));
    return false;
}

static bool resolve(void *ctx, struct expr *leaf, enum expr_type *out, struct diags *d)
{
    struct scope *sc = ctx;
    struct type type;
    bool good;

    (void)d;
    switch (leaf->kind) {
    case EXPR_NAME:
        good = find_name(sc, leaf, &type);
        break;
    case EXPR_ATTR:
        good = resolve_attribute(sc, leaf, &type);
        break;
    case EXPR_INDEX:
        good = resolve_index(sc, leaf, &type);
        break;
    case EXPR_LENGTH:
        good = resolve_length(sc, leaf, &type);
        break;
    default:
        return false;
    }
    if (!good)
        return false;
    sc->unknown = sc->unknown || type.kind == KIND_NONE;
    *out = type.array ? EXPR_REF : kind_to_expr(type.kind);
    return true;
}

/* ---- expressions */

/* What a checked expression gives; of a name or an element, all that is known of it. */
static struct type type_of(const struct scope *sc, const struct expr *e)
{
    bool named = e->kind == EXPR_NAME || e->kind == EXPR_INDEX;
    struct type type = TYPE(kind_from_expr(e->type));

    if (named && e->meaning == MEANS_SLOT)
        type = scope_type(sc, e->slot);
    else if (named && e->meaning == MEANS_GLOBAL)
        type = object_type(&sc->t->objects[e->slot]);
    if (e->kind == EXPR_INDEX)
        type.array = false;
    return type;
}

bool check_expr(struct scope *sc, struct expr *e, enum expr_type want, struct type *type)
{
    struct expr_names names = {.ctx = sc, .resolve = resolve};
    bool good;

    sc->unknown = false;
    good = expr_check_as(e, want, &names, 0, sc->diags);
    if (!type)
        return good;
    *type = good ? type_of(sc, e) : TYPE(KIND_ANY);
    if (sc->unknown && type->kind == KIND_ANY)
        *type = TYPE(KIND_NONE);
    return good;
}

/* ---- references */

static const enum kind wanted_kind[ARG_KINDS] = {
    [ARG_LOCK] = KIND_MUTEX,
    [ARG_RWMUTEX] = KIND_RWMUTEX,
    [ARG_SEMAPHORE] = KIND_SEMAPHORE,
    [ARG_WAITGROUP] = KIND_WAITGROUP,
    [ARG_CHANNEL] = KIND_CHANNEL,
    [ARG_POOL] = KIND_POOL,
    [ARG_VAR] = KIND_VAR,
    [ARG_CONTEXT] = KIND_CONTEXT,
    [ARG_REGION] = KIND_REGION,
    [ARG_BUFFER] = KIND_BUFFER,
    [ARG_REQUEST] = KIND_REQUEST,
};

static bool fits(enum arg arg, enum kind kind)
{
    if (kind == KIND_ANY || kind == KIND_NONE || kind == wanted_kind[arg])
        return true;
    if (arg == ARG_PLACE)
        return kind == KIND_VAR || kind == KIND_BUFFER;
    return arg == ARG_LOCK && kind == KIND_RWMUTEX;
}

bool check_reference(struct scope *sc, struct expr *e, enum arg arg, const char *word, struct type *out)
{
    struct type type;

    if (!check_expr(sc, e, EXPR_ANY, &type))
        return false;
    *out = type;
    if (e->kind != EXPR_NAME && e->kind != EXPR_INDEX) {
        diags_error(sc->diags, e->span, "'%s' needs the name of %s", word, arg_names[arg]);
        return false;
    }
    if (!type.array && fits(arg, type.kind))
        return true;
    if (type.array && fits(arg, type.kind))
        diags_error(sc->diags, e->span, "'%s' is an array: say which, such as `%s[0]`", e->name, e->name);
    else
        diags_error(sc->diags, e->span, "'%s' needs %s, '%s' is %s", word, arg_names[arg], e->name,
                    type_name(type));
    return false;
}

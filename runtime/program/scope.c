#include "runtime/program/scope.h"

#include <string.h>

#include "base/suggest.h"

struct type scope_type(const struct scope *sc, int32_t slot)
{
    return sc->fn->slots.data[slot].type;
}

void scope_grow(struct scope *sc, int32_t slot, struct type type)
{
    struct type *t = &sc->fn->slots.data[slot].type;
    struct type joined = type_join(*t, type);

    if (!type_same(*t, joined))
        *sc->changed = true;
    *t = joined;
}

/* Slots are made in the same order in every round, and keep the types found so far. */
static int32_t new_slot(struct scope *sc, const char *name, struct type type, bool bound)
{
    int32_t slot = (int32_t)sc->bound.len;

    if (sc->fn->slots.len == sc->bound.len)
        vec_push(&sc->fn->slots, ((struct slot){.name = name, .type = TYPE(KIND_NONE)}));
    vec_push(&sc->bound, bound);
    vec_push(&sc->locals, ((struct local){name, slot}));
    scope_grow(sc, slot, type);
    return slot;
}

static int32_t find_here(const struct scope *sc, const char *name)
{
    for (size_t i = sc->locals.len; i-- > 0;) {
        if (strcmp(sc->locals.data[i].name, name) == 0)
            return sc->locals.data[i].slot;
    }
    return -1;
}

int32_t scope_find(struct scope *sc, const char *name)
{
    int32_t slot = find_here(sc, name), outer;

    if (slot >= 0 || !sc->around)
        return slot;
    outer = scope_find(sc->around, name);
    if (outer < 0)
        return -1;
    slot = new_slot(sc, name, scope_type(sc->around, outer), sc->around->bound.data[outer]);
    vec_push(&sc->fn->captures, ((struct capture){outer, slot}));
    return slot;
}

int32_t scope_object(const struct scope *sc, const char *name)
{
    for (size_t i = 0; i < sc->t->n_objects; i++) {
        if (strcmp(sc->t->objects[i].name, name) == 0)
            return (int32_t)i;
    }
    return -1;
}

/* ---- binding */

static void warn_of_hiding(struct scope *sc, const struct binding *b)
{
    int32_t object = scope_object(sc, b->name);

    if (!sc->loud || object < 0)
        return;
    diags_warn(sc->diags, b->span, "'%s' hides the object of that name", b->name);
    diags_note(sc->diags, sc->t->objects[object].span, "declared here");
}

void scope_bind(struct scope *sc, struct binding *b, struct type type)
{
    if (strcmp(b->name, "_") == 0)
        return;
    b->slot = scope_find(sc, b->name);
    if (b->slot < 0)
        b->slot = new_slot(sc, b->name, type, true);
    warn_of_hiding(sc, b);
    scope_grow(sc, b->slot, type);
    sc->bound.data[b->slot] = true;
}

void scope_enter(struct scope *sc, struct binding *b, struct type type)
{
    if (strcmp(b->name, "_") == 0)
        return;
    b->slot = new_slot(sc, b->name, type, true);
    warn_of_hiding(sc, b);
}

void scope_leave(struct scope *sc, const struct binding *b)
{
    for (size_t i = sc->locals.len; i-- > 0;) {
        if (sc->locals.data[i].slot != b->slot)
            continue;
        memmove(&sc->locals.data[i], &sc->locals.data[i + 1],
                (sc->locals.len - i - 1) * sizeof(struct local));
        sc->locals.len--;
        return;
    }
}

/* ---- what the steps of a block bind */

static bool is_block_name(const struct step *s)
{
    return s->verb == VERB_REPEAT || s->verb == VERB_RANGE || s->verb == VERB_TASK ||
           (s->verb == VERB_CONTEXT && step_option(s, OPT_DO));
}

/* Calls `visit` for every name that a step binds for the rest of its function. */
static void each_binding(struct scope *sc, const struct block *block,
                         void (*visit)(struct scope *sc, const struct binding *b));

static void each_of_field(struct scope *sc, const struct step *s, const struct field *f,
                          void (*visit)(struct scope *sc, const struct binding *b))
{
    for (size_t i = 0; !is_block_name(s) && i < f->n && f->names; i++)
        visit(sc, &f->names[i]);
    if (f->block)
        each_binding(sc, f->block, visit);
}

static void each_binding(struct scope *sc, const struct block *block,
                         void (*visit)(struct scope *sc, const struct binding *b))
{
    for (size_t i = 0; i < block->n; i++) {
        const struct step *s = block->steps[i];

        if (s->closure)
            continue;
        if (s->verb == VERB_START_TASK)
            visit(sc, &s->derived);
        each_of_field(sc, s, &s->arg, visit);
        for (size_t k = 0; k < s->n_options; k++)
            each_of_field(sc, s, &s->options[k], visit);
    }
}

static void declare(struct scope *sc, const struct binding *b)
{
    if (strcmp(b->name, "_") != 0 && scope_find(sc, b->name) < 0)
        new_slot(sc, b->name, TYPE(KIND_NONE), false);
}

static void mark_bound(struct scope *sc, const struct binding *b)
{
    int32_t slot = strcmp(b->name, "_") == 0 ? -1 : find_here(sc, b->name);

    if (slot >= 0)
        sc->bound.data[slot] = true;
}

void scope_bind_all(struct scope *sc, const struct block *block)
{
    each_binding(sc, block, mark_bound);
}

/* ---- a function */

void scope_open(struct scope *sc, struct function *fn, struct scope *around, const struct scope *like)
{
    *sc = (struct scope){.t = like->t,
                         .diags = like->diags,
                         .loud = like->loud,
                         .fn = fn,
                         .around = around,
                         .changed = like->changed};
    vec_clear(&fn->captures);
    for (size_t i = 0; i < fn->n_params; i++)
        fn->params[i].slot = new_slot(sc, fn->params[i].name, TYPE(KIND_NONE), true);
    for (size_t i = 0; i < fn->n_objects; i++) {
        struct object *o = &fn->objects[i];
        struct type type = {.kind = o->kind, .array = o->array, .load = -1};

        o->slot = new_slot(sc, o->name, type, true);
    }
    each_binding(sc, &fn->body, declare);
}

void scope_close(struct scope *sc)
{
    vec_free(&sc->locals);
    vec_free(&sc->bound);
}

/* ---- alternatives */

void fork_open(struct scope *sc, struct fork *f)
{
    *f = (struct fork){.n = sc->bound.len};
    f->before = xcalloc(f->n, sizeof(bool));
    f->after = xcalloc(f->n, sizeof(bool));
    for (size_t i = 0; i < f->n; i++)
        f->before[i] = sc->bound.data[i];
}

void fork_next(struct scope *sc, struct fork *f, bool goes_on)
{
    for (size_t i = 0; i < f->n; i++) {
        f->after[i] = f->after[i] || (goes_on && sc->bound.data[i]);
        sc->bound.data[i] = f->before[i];
    }
    f->goes_on = f->goes_on || goes_on;
}

bool fork_close(struct scope *sc, struct fork *f)
{
    for (size_t i = 0; f->goes_on && i < f->n; i++)
        sc->bound.data[i] = f->after[i];
    free(f->before);
    free(f->after);
    return f->goes_on;
}

/* ---- complaints */

bool scope_lost(const struct scope *sc, const char *name)
{
    return sc->t->torn && (strcmp(name, "ctx") == 0 || strmap_find(&sc->t->lost, name) >= 0);
}

void scope_unknown(struct scope *sc, const char *name, struct span span)
{
    VEC(const char *) known = {0};
    char suggestion[SUGGEST_MAX];

    if (scope_lost(sc, name))
        return;
    for (const struct scope *s = sc; s; s = s->around) {
        for (size_t i = s->locals.len; i-- > 0;)
            vec_push(&known, s->locals.data[i].name);
    }
    for (size_t i = 0; i < sc->t->n_objects; i++)
        vec_push(&known, sc->t->objects[i].name);
    vec_push(&known, "procs");
    vec_push(&known, "cpus");
    diags_error(sc->diags, span, "unknown name '%s'%s", name,
                suggest_text(suggestion, name, known.data, known.len));
    vec_free(&known);
}

void scope_unbound(struct scope *sc, const char *name, struct span span)
{
    if (sc->t->torn)
        return;
    diags_error(sc->diags, span, "'%s' has no value here: no path to this step gives it one", name);
}

/* Blocks and functions: what is bound where, which steps can be reached.
 *
 * Parameters have no declared types: a function is checked with what its callers give it. So all functions
 * are checked silently until no type grows any more, and then once more aloud. */
#include "runtime/program/check.h"

#define ROUNDS 32 /* a type grows at most twice; long chains of calls hand it on a call a round */

static bool check_block(struct scope *sc, const struct block *block, bool *good);
static bool check_step(struct scope *sc, struct step *s, bool *good);

/* ---- what a step binds */

static void bind_as(struct scope *sc, const struct step *s, struct type type)
{
    struct field *as = step_option(s, OPT_AS);

    for (size_t i = 0; as && i < as->n; i++)
        scope_bind(sc, &as->names[i], type);
}

static void bind_names(struct scope *sc, struct step *s)
{
    switch (s->verb) {
    case VERB_LET:
        scope_bind(sc, &s->arg.names[0], step_option(s, OPT_BE)->type);
        break;
    case VERB_ALLOC:
    case VERB_GET:
        bind_as(sc, s, TYPE(KIND_BUFFER));
        break;
    case VERB_NET:
        bind_as(sc, s, TYPE(KIND_TRUTH));
        break;
    case VERB_RECV:
    case VERB_CASE_RECV:
        bind_as(sc, s, TYPE(KIND_ANY));
        break;
    case VERB_START_REGION:
        bind_as(sc, s, TYPE(KIND_REGION));
        break;
    case VERB_START_TASK:
        scope_bind(sc, &s->derived, TYPE(KIND_CONTEXT));
        break;
    case VERB_CONTEXT:
        if (!step_option(s, OPT_DO))
            scope_bind(sc, &s->arg.names[0], TYPE(KIND_CONTEXT));
        break;
    default:
        break;
    }
}

/* ---- blocks; each of these says whether the step after it can be reached */

/* `do` and `else` as alternatives; a missing one does nothing. */
static bool check_either(struct scope *sc, struct step *s, bool *good)
{
    static const enum option sides[] = {OPT_DO, OPT_ELSE};
    struct fork fork;

    fork_open(sc, &fork);
    for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
        const struct block *block = step_block(s, sides[i]);
        bool goes_on = block ? check_block(sc, block, good) : true;

        fork_next(sc, &fork, goes_on);
    }
    return fork_close(sc, &fork);
}

/* A step that succeeds, and then binds its names, or runs `else`. */
static bool check_fallible(struct scope *sc, struct step *s, bool *good)
{
    const struct block *fails = step_block(s, OPT_ELSE);
    struct fork fork;

    fork_open(sc, &fork);
    if (fails)
        fork_next(sc, &fork, check_block(sc, fails, good));
    bind_names(sc, s);
    fork_next(sc, &fork, true);
    return fork_close(sc, &fork);
}

static bool check_loop(struct scope *sc, struct step *s, struct type counts, bool *good)
{
    const struct block *body = step_block(s, OPT_DO);
    struct field *as = step_option(s, OPT_AS);
    bool broke = sc->broke, ends;

    for (size_t i = 0; as && i < as->n; i++)
        scope_enter(sc, &as->names[i], counts);
    scope_bind_all(sc, body);
    sc->loops++;
    sc->broke = false;
    check_block(sc, body, good);
    ends = sc->broke || !(s->verb == VERB_REPEAT && s->arg.num);
    sc->broke = broke;
    sc->loops--;
    for (size_t i = as ? as->n : 0; i-- > 0;)
        scope_leave(sc, &as->names[i]);
    return ends;
}

static bool check_named_block(struct scope *sc, struct step *s, struct binding *name, bool *good)
{
    bool goes_on;

    scope_enter(sc, name, TYPE(KIND_CONTEXT));
    goes_on = check_block(sc, step_block(s, OPT_DO), good);
    scope_leave(sc, name);
    return goes_on;
}

static bool check_case(struct scope *sc, struct step *s, bool *good)
{
    const struct block *body = step_block(s, OPT_DO);

    if (s->torn)
        return check_step(sc, s, good);
    *good = check_given(sc, s) && *good;
    bind_names(sc, s);
    return !body || check_block(sc, body, good);
}

static bool check_select(struct scope *sc, struct step *s, bool *good)
{
    const struct step *other = NULL;
    struct fork fork;

    fork_open(sc, &fork);
    for (size_t i = 0; i < s->arg.block->n; i++) {
        struct step *c = s->arg.block->steps[i];

        if (c->verb == VERB_CASE_DEFAULT && other) {
            diags_error(sc->diags, c->span, "a select has one default");
            diags_note(sc->diags, other->span, "the other is here");
            *good = false;
        }
        if (c->verb == VERB_CASE_DEFAULT)
            other = c;
        fork_next(sc, &fork, check_case(sc, c, good));
    }
    return fork_close(sc, &fork);
}

/* Deferred steps run when the function ends: they may use what is bound later, and are in no loop. */
static bool check_deferred(struct scope *sc, struct step *s, bool *good)
{
    const struct block *body = s->arg.block ? s->arg.block : step_block(s, OPT_DO);
    uint32_t loops = sc->loops;
    bool deferred = sc->deferred, broke = sc->broke;
    struct fork fork;

    fork_open(sc, &fork);
    sc->loops = 0;
    sc->deferred = true;
    fork_next(sc, &fork, check_block(sc, body, good) && false);
    fork_close(sc, &fork);
    sc->loops = loops;
    sc->deferred = deferred;
    sc->broke = broke;
    return true;
}

static bool check_closure(struct scope *sc, struct function *fn)
{
    struct scope inner;
    bool good = true;

    scope_open(&inner, fn, sc, sc);
    check_block(&inner, &fn->body, &good);
    scope_close(&inner);
    return good;
}

static bool check_leave(struct scope *sc, struct step *s, bool *good)
{
    if (s->verb == VERB_BREAK)
        sc->broke = true;
    if (s->verb == VERB_RETURN || sc->loops)
        return false;
    diags_error(sc->diags, s->span, "'%s' outside a loop", verb_defs[s->verb].word);
    *good = false;
    return true;
}

static void check_torn_field(struct scope *sc, struct step *s, struct field *f)
{
    bool good = true; /* of what it holds: the step itself is not */

    for (size_t i = 0; f->names && i < f->n; i++)
        scope_bind(sc, &f->names[i], TYPE(KIND_ANY));
    if (f->arg == ARG_CASES)
        check_select(sc, s, &good);
    else if (f->block && !s->closure)
        check_block(sc, f->block, &good);
}

/* A step of which not all could be read: what there is of it is checked, and nothing concluded from the
 * rest. It may have been a loop. */
static void check_torn(struct scope *sc, struct step *s)
{
    bool broke = sc->broke;

    check_given(sc, s);
    if (s->verb == VERB_TASK || s->verb == VERB_START_TASK)
        scope_bind(sc, &s->derived, TYPE(KIND_CONTEXT));
    if (s->closure)
        check_closure(sc, s->closure);
    sc->loops++;
    check_torn_field(sc, s, &s->arg);
    for (size_t i = 0; i < s->n_options; i++)
        check_torn_field(sc, s, &s->options[i]);
    sc->loops--;
    sc->broke = broke;
}

/* Whether the step after this one can be reached. */
static bool check_step(struct scope *sc, struct step *s, bool *good)
{
    if (s->torn) {
        check_torn(sc, s);
        *good = false;
        return true;
    }
    if (!check_given(sc, s) || !check_rules(sc, s))
        *good = false;
    switch (s->verb) {
    case VERB_IF:
    case VERB_TRYLOCK:
        return check_either(sc, s, good);
    case VERB_NET:
    case VERB_SYSCALL:
    case VERB_RECV:
        return check_fallible(sc, s, good);
    case VERB_REPEAT:
        return check_loop(sc, s, TYPE(KIND_NUMBER), good);
    case VERB_RANGE:
    case VERB_WHILE:
        return check_loop(sc, s, TYPE(KIND_ANY), good);
    case VERB_TASK:
        return check_named_block(sc, s, &s->derived, good);
    case VERB_CONTEXT:
        if (step_option(s, OPT_DO))
            return check_named_block(sc, s, &s->arg.names[0], good);
        break;
    case VERB_REGION:
        return check_block(sc, step_block(s, OPT_DO), good);
    case VERB_SELECT:
        return check_select(sc, s, good);
    case VERB_DEFER:
        return check_deferred(sc, s, good);
    case VERB_RETURN:
    case VERB_BREAK:
    case VERB_CONTINUE:
        return check_leave(sc, s, good);
    case VERB_GO:
        *good = (!s->closure || check_closure(sc, s->closure)) && *good;
        return true;
    default:
        break;
    }
    bind_names(sc, s);
    return true;
}

static bool check_block(struct scope *sc, const struct block *block, bool *good)
{
    bool goes_on = true;

    for (size_t i = 0; i < block->n; i++) {
        if (!goes_on) {
            if (sc->loud && !sc->t->torn)
                diags_warn(sc->diags, block->steps[i]->span, "this step is never reached");
            for (size_t k = i; k < block->n; k++)
                check_step(sc, block->steps[k], good);
            return false;
        }
        goes_on = check_step(sc, block->steps[i], good);
    }
    return goes_on;
}

/* ---- objects and functions */

static bool check_constant_size(struct scope *sc, const struct expr *e)
{
    struct expr_value v;

    if (!expr_is_constant(e) || !expr_eval_or_report(e, NULL, &v, sc->diags) || v.n >= 0)
        return true;
    diags_error(sc->diags, e->span, "a size cannot be below 0");
    return false;
}

static bool check_objects(struct scope *sc, struct object *objects, size_t n)
{
    bool good = true;

    for (size_t i = 0; i < n; i++) {
        if (objects[i].size)
            good = check_expr(sc, objects[i].size, EXPR_NUMBER, NULL) && good &&
                   check_constant_size(sc, objects[i].size);
    }
    return good;
}

/* Objects that all share are made before `main`: their sizes use no names but `procs` and `cpus`. */
static bool check_shared_objects(const struct scope *like)
{
    struct function none = {.name = ""};
    struct scope sc;
    bool good;

    scope_open(&sc, &none, NULL, like);
    good = check_objects(&sc, like->t->objects, like->t->n_objects);
    scope_close(&sc);
    vec_free(&none.slots);
    return good;
}

static bool check_local_object(struct scope *sc, const struct object *o)
{
    if (o->kind != KIND_POOL)
        return true;
    diags_error(sc->diags, o->span, "a pool made anew at each call is always empty: declare it for all");
    return false;
}

static bool check_function(const struct scope *like, struct function *fn)
{
    struct scope sc;
    bool good;

    scope_open(&sc, fn, NULL, like);
    good = check_objects(&sc, fn->objects, fn->n_objects);
    for (size_t i = 0; i < fn->n_objects; i++)
        good = check_local_object(&sc, &fn->objects[i]) && good;
    check_block(&sc, &fn->body, &good);
    scope_close(&sc);
    return good;
}

static bool check_all(struct tree *t, struct diags *diags, bool loud, bool *changed)
{
    struct scope like = {.t = t, .diags = diags, .loud = loud, .changed = changed};
    bool good = check_shared_objects(&like);

    vec_clear(&t->splits);
    for (size_t i = 0; i < t->functions.len; i++) {
        if (!t->functions.data[i]->around)
            good = check_function(&like, t->functions.data[i]) && good;
    }
    return good;
}

static void give_up_types(struct tree *t)
{
    for (size_t i = 0; i < t->functions.len; i++) {
        struct function *fn = t->functions.data[i];

        for (size_t k = 0; k < fn->n_params && k < fn->slots.len; k++)
            fn->slots.data[k].type = TYPE(KIND_ANY);
    }
}

bool tree_check(struct tree *t)
{
    bool changed = true;

    for (int round = 0; changed && round < ROUNDS; round++) {
        struct diags muted = DIAGS_INIT;

        changed = false;
        check_all(t, &muted, false, &changed);
        diags_release(&muted);
    }
    if (changed)
        give_up_types(t);
    return check_all(t, t->diags, true, &changed);
}

/* Steps: names of the world and of functions, what goes with what, which values are there.
 *
 * Parameters have no declared types: a function is checked with what its callers give it. So all functions
 * are checked silently until no type grows any more, and then once more aloud. */
#include "runtime/program/check.h"

#include <string.h>

#include "base/suggest.h"

#define ROUNDS 32 /* a type grows at most twice; long chains of calls hand it on a call a round */

static bool check_block(struct scope *sc, const struct block *block, bool *good);

static const char *word_of(const struct step *s)
{
    return verb_defs[s->verb].word;
}

/* ---- functions */

static struct function *find_function(struct scope *sc, const char *name, struct span span)
{
    VEC(const char *) known = {0};
    char suggestion[SUGGEST_MAX];

    for (size_t i = 0; i < sc->t->n_named; i++) {
        if (strcmp(sc->t->functions.data[i]->name, name) == 0) {
            vec_free(&known);
            return sc->t->functions.data[i];
        }
        vec_push(&known, sc->t->functions.data[i]->name);
    }
    diags_error(sc->diags, span, "unknown function '%s'%s", name,
                suggest_text(suggestion, name, known.data, known.len));
    vec_free(&known);
    return NULL;
}

/* A value is handed to a parameter. */
static void grow_param(struct scope *sc, struct function *fn, size_t i, struct type type)
{
    while (fn->slots.len <= i)
        vec_push(&fn->slots,
                 ((struct slot){.name = fn->params[fn->slots.len].name, .type = TYPE(KIND_NONE)}));
    struct type joined = type_join(fn->slots.data[i].type, type);

    if (!type_same(joined, fn->slots.data[i].type))
        *sc->changed = true;
    fn->slots.data[i].type = joined;
}

static void add_params(struct strbuf *b, const struct function *fn)
{
    strbuf_add(b, "[");
    for (size_t i = 0; i < fn->n_params; i++)
        strbuf_addf(b, "%s%s", i ? ", " : "", fn->params[i].name);
    strbuf_add(b, "]");
}

static bool wrong_count(struct scope *sc, struct span span, const struct function *fn, size_t given)
{
    struct strbuf params = STRBUF_INIT;

    add_params(&params, fn);
    if (given)
        diags_error(sc->diags, span, "'%s' takes %s: %zu value%s given", fn->name,
                    fn->n_params ? params.text : "nothing", given, given == 1 ? "" : "s");
    else
        diags_error(sc->diags, span, "'%s' takes %s: write `with: %s`", fn->name, params.text,
                    params.text);
    diags_note(sc->diags, fn->span, "'%s' is here", fn->name);
    strbuf_release(&params);
    return false;
}

static bool check_arguments(struct scope *sc, struct function *fn, const struct field *with)
{
    bool good = true;

    for (size_t i = 0; with && i < with->n; i++) {
        struct type type;

        good = check_expr(sc, with->list[i], EXPR_ANY, &type) && good;
        grow_param(sc, fn, i, type);
    }
    return good;
}

static bool check_call(struct scope *sc, struct step *s)
{
    const struct field *with = step_option(s, OPT_WITH);
    struct function *fn;
    size_t given = with ? with->n : 0;

    if (s->closure && with) {
        diags_error(sc->diags, with->span, "a closure copies the names in scope: it takes no `with`");
        return false;
    }
    if (s->closure)
        return true;
    fn = find_function(sc, s->arg.text, s->arg.span);
    if (!fn)
        return false;
    s->arg.of = (int32_t)fn->number;
    if (given != fn->n_params)
        return wrong_count(sc, with ? with->span : s->arg.span, fn, given);
    return check_arguments(sc, fn, with);
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

static bool check_serve(struct scope *sc, struct step *s)
{
    bool good = true;

    for (size_t i = 0; i < s->arg.n; i++) {
        struct served *served = &s->arg.served[i];
        struct function *fn = find_function(sc, served->function->text, served->function->span);

        served->load_no = check_world_name(sc, WORLD_LOAD, served->load->text, served->load->span);
        good = good && fn && served->load_no >= 0;
        if (!fn || served->load_no < 0)
            continue;
        served->function_no = (int32_t)fn->number;
        if (fn->n_params != 2) {
            diags_error(sc->diags, served->function->span,
                        "'%s' must take a context and a request: `params: [ctx, r]`", fn->name);
            diags_note(sc->diags, fn->span, "'%s' is here", fn->name);
            good = false;
            continue;
        }
        grow_param(sc, fn, 0, TYPE(KIND_CONTEXT));
        grow_param(sc, fn, 1, (struct type){.kind = KIND_REQUEST, .load = served->load_no});
    }
    return good;
}

/* ---- what a step is given: values, objects, names of the world */

/* `cpu: render` names a work unless a variable of that name is meant. */
static bool check_work(struct scope *sc, struct field *f)
{
    const char *name = f->expr->name;
    bool is_name = f->expr->kind == EXPR_NAME;

    if (is_name && sc->t->world && (f->of = world_find(sc->t->world, WORLD_WORK, name)) >= 0)
        return true;
    if (!is_name || scope_find(sc, name) >= 0)
        return check_expr(sc, f->expr, EXPR_DURATION, NULL);
    f->of = check_world_name(sc, WORLD_WORK, name, f->span);
    return f->of >= 0;
}

/* `read: prices` is state of the world; else a var or a buffer. */
static bool check_place(struct scope *sc, struct field *f, const char *word)
{
    const char *name = f->expr->name;
    bool is_name = f->expr->kind == EXPR_NAME;
    bool here = is_name && (scope_find(sc, name) >= 0 || scope_object(sc, name) >= 0);
    int32_t state = is_name && sc->t->world ? world_find(sc->t->world, WORLD_STATE, name) : -1;

    if (state >= 0 && here) {
        diags_error(sc->diags, f->span, "'%s' is state of the world too: give yours another name", name);
        return false;
    }
    f->of = state;
    if (state >= 0)
        return true;
    if (here || !is_name || !sc->t->world)
        return check_reference(sc, f->expr, ARG_PLACE, word, &f->type);
    check_world_name(sc, WORLD_STATE, name, f->span);
    return false;
}

static bool check_values(struct scope *sc, struct field *f)
{
    bool good = true;

    for (size_t i = 0; i < f->n; i++)
        good = check_expr(sc, f->list[i], EXPR_ANY, NULL) && good;
    return good;
}

static const enum expr_type wanted_type[ARG_KINDS] = {
    [ARG_NUMBER] = EXPR_NUMBER, [ARG_DURATION] = EXPR_DURATION, [ARG_SIZE] = EXPR_SIZE,
    [ARG_TRUTH] = EXPR_TRUTH,   [ARG_VALUE] = EXPR_ANY,         [ARG_TIMES] = EXPR_NUMBER,
};

static bool check_given(struct scope *sc, struct field *f, const char *word)
{
    switch (f->arg) {
    case ARG_WORK:
        return check_work(sc, f);
    case ARG_PLACE:
        return check_place(sc, f, word);
    case ARG_SERVICE:
        f->of = check_world_name(sc, WORLD_SERVICE, f->text, f->span);
        return f->of >= 0;
    case ARG_DISK:
        f->of = check_world_name(sc, WORLD_DISK, f->text, f->span);
        return f->of >= 0;
    case ARG_NUMBER:
    case ARG_DURATION:
    case ARG_SIZE:
    case ARG_TRUTH:
    case ARG_VALUE:
    case ARG_TIMES:
        return !f->expr || check_expr(sc, f->expr, wanted_type[f->arg], &f->type);
    case ARG_VALUES:
        return f->option == OPT_WITH || check_values(sc, f);
    case ARG_LOCK:
    case ARG_RWMUTEX:
    case ARG_SEMAPHORE:
    case ARG_WAITGROUP:
    case ARG_CHANNEL:
    case ARG_POOL:
    case ARG_VAR:
    case ARG_CONTEXT:
    case ARG_REGION:
    case ARG_BUFFER:
    case ARG_REQUEST:
        return check_reference(sc, f->expr, f->arg, word, &f->type);
    default:
        return true;
    }
}

static bool uses_ctx(const struct step *s)
{
    switch (s->verb) {
    case VERB_NET:
    case VERB_TASK:
    case VERB_START_TASK:
    case VERB_REGION:
    case VERB_START_REGION:
    case VERB_LOG:
        return !step_option(s, OPT_CTX);
    case VERB_CONTEXT:
        return !step_option(s, OPT_PARENT);
    default:
        return false;
    }
}

/* An omitted context is the variable called `ctx`, else the background context. */
static bool check_implicit_ctx(struct scope *sc, struct step *s)
{
    struct type type;

    s->ctx = -1;
    if (!uses_ctx(s))
        return true;
    s->ctx = scope_find(sc, "ctx");
    if (s->ctx < 0)
        return true;
    type = scope_type(sc, s->ctx);
    if (type.kind == KIND_CONTEXT || type.kind == KIND_ANY || type.kind == KIND_NONE)
        return true;
    diags_error(sc->diags, s->span, "'%s' uses the variable `ctx`, which is %s: say `ctx:`", word_of(s),
                type_name(type));
    return false;
}

static bool check_all_given(struct scope *sc, struct step *s)
{
    bool good = check_given(sc, &s->arg, word_of(s));

    for (size_t i = 0; i < s->n_options; i++) {
        struct field *f = &s->options[i];

        good = check_given(sc, f, option_words[f->option]) && good;
    }
    return check_implicit_ctx(sc, s) && good;
}

/* ---- rules of single verbs */

static bool refuse(struct scope *sc, const struct step *s, enum option option, const char *why)
{
    const struct field *f = step_option(s, option);

    if (!f)
        return true;
    diags_error(sc->diags, f->span, "`%s`: %s", option_words[option], why);
    return false;
}

static bool check_cpu(struct scope *sc, struct step *s)
{
    return s->arg.of >= 0 || refuse(sc, s, OPT_PART, "only a work of the world has parts");
}

static bool check_alloc(struct scope *sc, struct step *s)
{
    return !step_option(s, OPT_AS) ||
           refuse(sc, s, OPT_KEEP, "what has a name is kept by the name: leave one of them out");
}

/* `r.KEY % PARTS`; the number of parts, or 0. */
static uint32_t shard_parts(const struct expr *e, int32_t key)
{
    const struct expr *of;

    if (e->kind != EXPR_BINARY || e->op != OP_MOD)
        return 0;
    of = e->args[0];
    if (of->kind != EXPR_ATTR || of->meaning != MEANING(MEANS_ATTR, key))
        return 0;
    if (e->args[1]->kind != EXPR_LITERAL || e->args[1]->value.n < 1 || e->args[1]->value.n > 1 << 20)
        return 0;
    return (uint32_t)e->args[1]->value.n;
}

static bool note_split(struct scope *sc, uint32_t state, uint32_t parts, const struct field *f)
{
    for (size_t i = 0; i < sc->t->splits.len; i++) {
        const struct split *split = &sc->t->splits.data[i];

        if (split->state != state)
            continue;
        if (split->parts == parts)
            return true;
        diags_error(sc->diags, f->span, "a table has one number of parts, here %u", (unsigned)parts);
        diags_note(sc->diags, split->span, "and here %u", (unsigned)split->parts);
        return false;
    }
    vec_push(&sc->t->splits, ((struct split){state, parts, f->span}));
    return true;
}

static bool check_shard(struct scope *sc, const struct step *s)
{
    const struct field *f = step_option(s, OPT_SHARD);
    const struct world_def *world = sc->t->world;
    uint32_t parts, state = (uint32_t)s->arg.of;
    int32_t key = f ? world_state_key(world, state) : -1;
    size_t n;

    if (!f)
        return true;
    if (key < 0) {
        diags_error(sc->diags, f->span, "`shard`: '%s' has no key to split it by", s->arg.expr->name);
        return false;
    }
    parts = shard_parts(f->expr, key);
    if (parts)
        return note_split(sc, state, parts, f);
    diags_error(sc->diags, f->span, "`shard`: '%s' is split by its key: write `r.%s %% 16`",
                s->arg.expr->name, world_names(world, WORLD_ATTR, &n)[key]);
    return false;
}

static bool check_access(struct scope *sc, struct step *s)
{
    const struct field *atomic = step_option(s, OPT_ATOMIC);
    bool state = s->arg.of >= 0;
    bool word = state ? world_state_is_word(sc->t->world, (uint32_t)s->arg.of)
                      : s->arg.type.kind != KIND_BUFFER;
    bool good = true;

    if (state || s->arg.type.kind == KIND_VAR)
        good = refuse(sc, s, OPT_SIZE, "only a buffer has a size to be filled");
    if (atomic && atomic->num && !word)
        good = refuse(sc, s, OPT_ATOMIC, "only a single machine word can be used atomically");
    if (!state)
        return refuse(sc, s, OPT_SHARD, "only a table of the world has parts") && good;
    return check_shard(sc, s) && good;
}

static bool check_reply(struct scope *sc, const struct step *s)
{
    if (sc->t->world)
        return true;
    diags_error(sc->diags, s->span, "there is no request to answer: this workload has no world");
    return false;
}

static bool check_items(struct scope *sc, struct step *s)
{
    uint32_t of = (uint32_t)s->arg.of;
    bool has = s->verb == VERB_NET ? world_service_has_items(sc->t->world, of)
                                   : world_disk_has_items(sc->t->world, of);

    return has || refuse(sc, s, OPT_ITEMS, "a call has a cost per item only where the world says so");
}

static bool check_log(struct scope *sc, struct step *s)
{
    const struct field *f = step_option(s, OPT_VALUE);

    if (!f || f->expr->type != EXPR_REF)
        return true;
    diags_error(sc->diags, f->span, "a log shows numbers, durations, sizes, truths and ids");
    return false;
}

static bool check_rules(struct scope *sc, struct step *s)
{
    switch (s->verb) {
    case VERB_CPU:
        return check_cpu(sc, s);
    case VERB_ALLOC:
        return check_alloc(sc, s);
    case VERB_READ:
    case VERB_WRITE:
        return check_access(sc, s);
    case VERB_NET:
    case VERB_SYSCALL:
        return check_items(sc, s);
    case VERB_GO:
    case VERB_CALL:
        return check_call(sc, s);
    case VERB_SERVE:
        return check_serve(sc, s);
    case VERB_LOG:
        return check_log(sc, s);
    case VERB_REPLY:
        return check_reply(sc, s);
    default:
        return true;
    }
}

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

    *good = check_all_given(sc, s) && *good;
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

static bool check_leave(struct scope *sc, struct step *s, bool *good)
{
    if (s->verb == VERB_BREAK)
        sc->broke = true;
    if (s->verb == VERB_RETURN || sc->loops)
        return false;
    diags_error(sc->diags, s->span, "'%s' outside a loop", word_of(s));
    *good = false;
    return true;
}

/* Whether the step after this one can be reached. */
static bool check_step(struct scope *sc, struct step *s, bool *good)
{
    if (!check_all_given(sc, s) || !check_rules(sc, s))
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
            if (sc->loud)
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

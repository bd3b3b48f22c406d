/* What a step is given: values, objects, names of the world and of functions, and what goes with what. */
#include "runtime/program/check.h"

#include <string.h>

#include "base/limits.h"
#include "base/suggest.h"

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
        diags_error(sc->diags, span, "'%s' takes %s: write `with: %s`", fn->name, params.text, params.text);
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

static bool check_values(struct scope *sc, const struct field *f)
{
    bool good = true;

    for (size_t i = 0; i < f->n; i++)
        good = check_expr(sc, f->list[i], EXPR_ANY, NULL) && good;
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
    if (fn->unsure)
        return !with || check_values(sc, with);
    if (given != fn->n_params)
        return wrong_count(sc, with ? with->span : s->arg.span, fn, given);
    return check_arguments(sc, fn, with);
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
        if (fn->unsure)
            continue;
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
    if (!scope_lost(sc, name))
        f->of = check_world_name(sc, WORLD_WORK, name, f->span);
    return f->of >= 0;
}

/* `read: prices` is state of the world if there is such a state, whatever else is called so. */
static bool check_place(struct scope *sc, struct field *f, const char *word)
{
    const char *name = f->expr->name;
    bool is_name = f->expr->kind == EXPR_NAME;
    bool here = is_name && (scope_find(sc, name) >= 0 || scope_object(sc, name) >= 0);
    int32_t state = is_name && sc->t->world ? world_find(sc->t->world, WORLD_STATE, name) : -1;

    if (state >= 0 && here && sc->loud)
        diags_warn(sc->diags, f->span, "this '%s' is state of the world, not yours of that name", name);
    f->of = state;
    if (state >= 0)
        return true;
    if (here || !is_name || !sc->t->world)
        return check_reference(sc, f->expr, ARG_PLACE, word, &f->type);
    if (!scope_lost(sc, name))
        check_world_name(sc, WORLD_STATE, name, f->span);
    return false;
}

static const enum expr_type wanted_type[ARG_KINDS] = {
    [ARG_NUMBER] = EXPR_NUMBER, [ARG_DURATION] = EXPR_DURATION, [ARG_SIZE] = EXPR_SIZE,
    [ARG_TRUTH] = EXPR_TRUTH,   [ARG_VALUE] = EXPR_ANY,         [ARG_TIMES] = EXPR_NUMBER,
};

static bool check_field(struct scope *sc, struct field *f, const char *word)
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

bool check_given(struct scope *sc, struct step *s)
{
    bool good = check_field(sc, &s->arg, word_of(s));

    for (size_t i = 0; i < s->n_options; i++) {
        struct field *f = &s->options[i];

        good = check_field(sc, f, option_words[f->option]) && good;
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
    if (e->args[1]->kind != EXPR_LITERAL || e->args[1]->value.n < 1 || e->args[1]->value.n > LIMIT_SHARDS)
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
    bool word =
        state ? world_state_is_word(sc->t->world, (uint32_t)s->arg.of) : s->arg.type.kind != KIND_BUFFER;
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

bool check_rules(struct scope *sc, struct step *s)
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

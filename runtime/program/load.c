/* The file: its keys, settings, objects and functions. */
#include "runtime/program/load.h"

#include <string.h>

#include "base/limits.h"
#include "base/suggest.h"
#include "base/units.h"

void load_unknown(struct tree *t, const struct yaml_node *word, const char *what, const char *const *known,
                  size_t n)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "unknown %s '%s'", what, word->text);
    suggest_add(&text, word->text, known, n);
    diags_error(t->diags, word->span, "%s", text.text);
    strbuf_release(&text);
}

void load_lose(struct tree *t, const struct yaml_node *node)
{
    t->torn = true;
    if (yaml_is_scalar(node))
        strmap_intern(&t->lost, node->text);
    for (size_t i = 0; yaml_is_sequence(node) && i < node->len; i++)
        load_lose(t, node->items[i]);
    for (size_t i = 0; yaml_is_mapping(node) && i < node->len; i++) {
        load_lose(t, node->pairs[i].key);
        load_lose(t, node->pairs[i].value);
    }
}

static bool expect(struct tree *t, const struct yaml_node *node, enum yaml_kind kind, const char *wanted)
{
    if (node->kind == kind && !yaml_is_empty(node))
        return true;
    diags_error(t->diags, node->span, "expected %s, found %s", wanted, yaml_kind_name(node));
    return false;
}

struct expr *load_expr(struct tree *t, const struct yaml_node *node, const char *wanted)
{
    struct excerpt e;

    if (!expect(t, node, YAML_SCALAR, wanted))
        return NULL;
    e = yaml_excerpt(node);
    return expr_parse(t->arena, &e, 0, t->diags);
}

static bool is_reserved(const char *name)
{
    return strcmp(name, "procs") == 0 || strcmp(name, "cpus") == 0;
}

/* Whether the file has more names than it may; said once. */
static bool too_many_names(struct tree *t, const struct yaml_node *node)
{
    if (++t->n_names == LIMIT_NAMES + 1)
        diags_error(t->diags, node->span, "too many names: a workload gives at most %u", LIMIT_NAMES);
    return t->n_names > LIMIT_NAMES;
}

bool load_name(struct tree *t, const struct yaml_node *node, struct binding *out)
{
    if (!expect(t, node, YAML_SCALAR, "a name"))
        return false;
    *out = (struct binding){.name = arena_strdup(t->arena, node->text), .span = node->span, .slot = -1};
    if (!expr_is_name(node->text)) {
        diags_error(t->diags, node->span, "'%s' is not a name: letters, digits and `_`", node->text);
        return false;
    }
    if (is_reserved(node->text)) {
        diags_error(t->diags, node->span, "'%s' is the runtime's and cannot be bound", node->text);
        return false;
    }
    return !too_many_names(t, node);
}

/* ---- settings */

static bool load_count(struct tree *t, const struct yaml_node *node, int64_t max, int64_t *out)
{
    struct excerpt e = yaml_excerpt(node);

    if (!units_count(&e, out, t->diags))
        return false;
    if (*out <= max)
        return true;
    diags_error(t->diags, node->span, "at most %lld", (long long)max);
    return false;
}

#define GOMAXPROCS_MAX 1024 /* beyond it a simulation only gets slow */
#define GOGC_MAX       100000

static bool load_gomaxprocs(struct tree *t, const struct yaml_node *node)
{
    int64_t n;

    if (yaml_is_text(node, "auto"))
        return true;
    if (!load_count(t, node, GOMAXPROCS_MAX, &n))
        return false;
    if (n < 1) {
        diags_error(t->diags, node->span, "expected `auto` or a number from 1");
        return false;
    }
    t->settings.gomaxprocs = (uint32_t)n;
    return true;
}

static bool is_off(const struct yaml_node *node)
{
    return yaml_is_text(node, "off") || yaml_is_text(node, "false");
}

static bool load_gogc(struct tree *t, const struct yaml_node *node)
{
    int64_t n;

    if (is_off(node)) {
        t->settings.gogc = -1;
        return true;
    }
    if (!load_count(t, node, GOGC_MAX, &n))
        return false;
    t->settings.gogc = (int32_t)n;
    return true;
}

static bool load_async_preempt(struct tree *t, const struct yaml_node *node)
{
    if (!is_off(node) && !yaml_is_text(node, "on") && !yaml_is_text(node, "true")) {
        diags_error(t->diags, node->span, "expected `on` or `off`, found '%s'", node->text);
        return false;
    }
    t->settings.async_preempt = !is_off(node);
    return true;
}

static bool load_memory_limit(struct tree *t, const struct yaml_node *node)
{
    if (yaml_is_text(node, "none"))
        return true;
    diags_error(t->diags, node->span, "this version does not have a memory limit: `none` is all it takes");
    return false;
}

static const struct setting {
    const char *key;
    bool (*load)(struct tree *t, const struct yaml_node *node);
} settings[] = {
    {"gomaxprocs", load_gomaxprocs},
    {"gogc", load_gogc},
    {"memory_limit", load_memory_limit},
    {"async_preempt", load_async_preempt},
};

static bool load_setting(struct tree *t, const struct yaml_pair *pair)
{
    const char *known[ARRAY_LEN(settings)];

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        if (yaml_is_text(pair->key, settings[i].key))
            return expect(t, pair->value, YAML_SCALAR, "a setting") && settings[i].load(t, pair->value);
        known[i] = settings[i].key;
    }
    yaml_unknown_key(pair->key, "`runtime`", known, ARRAY_LEN(settings), t->diags);
    return false;
}

static void load_settings(struct tree *t, const struct yaml_node *node)
{
    if (!expect(t, node, YAML_MAPPING, "a mapping of settings"))
        return;
    for (size_t i = 0; i < node->len; i++)
        load_setting(t, &node->pairs[i]);
}

/* ---- objects */

enum object_size { SIZE_NOTHING, SIZE_COUNT, SIZE_SIZE, SIZE_CAPACITY };

struct object_def {
    const char *word;
    enum kind kind; /* KIND_NONE: a later version's */
    enum object_size size;
};

/* clang-format off */
static const struct object_def object_defs[] = {
#define OBJECT(kind, word, size, help) {word, KIND_##kind, SIZE_##size},
#define LATER(word, help) {word, KIND_NONE, SIZE_NOTHING},
    OBJECTS(OBJECT, LATER)
#undef OBJECT
#undef LATER
};
/* clang-format on */

static const struct object_def *find_object(struct tree *t, const struct yaml_node *word)
{
    const char *known[ARRAY_LEN(object_defs)];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(object_defs); i++) {
        if (object_defs[i].kind != KIND_NONE)
            known[n++] = object_defs[i].word;
        if (!yaml_is_text(word, object_defs[i].word))
            continue;
        if (object_defs[i].kind != KIND_NONE)
            return &object_defs[i];
        diags_error(t->diags, word->span, "this version does not have '%s'", word->text);
        return NULL;
    }
    load_unknown(t, word, "object", known, n);
    return NULL;
}

/* `{channel: 0}`: the one argument of an object. */
static bool load_object_size(struct tree *t, const struct object_def *def, const struct yaml_node *node,
                             struct object *o)
{
    if (def->size == SIZE_NOTHING) {
        if (yaml_is_empty(node))
            return true;
        diags_error(t->diags, node->span, "'%s' takes nothing", def->word);
        return false;
    }
    o->array = def->size == SIZE_COUNT;
    o->size = load_expr(t, node, "a number");
    return o->size != NULL;
}

static bool load_object(struct tree *t, const struct yaml_pair *pair, struct object *o)
{
    const struct yaml_node *word = pair->value, *size = NULL;
    const struct object_def *def;
    struct binding name;

    if (!load_name(t, pair->key, &name))
        return false;
    *o = (struct object){.name = name.name, .span = name.span, .slot = -1};
    if (yaml_is_mapping(word) && word->len == 1) {
        size = word->pairs[0].value;
        word = word->pairs[0].key;
    }
    if (!expect(t, word, YAML_SCALAR, "an object such as `mutex` or `{channel: 0}`"))
        return false;
    def = find_object(t, word);
    if (!def)
        return false;
    o->kind = def->kind;
    if (size)
        return load_object_size(t, def, size, o);
    if (def->size != SIZE_SIZE && def->size != SIZE_CAPACITY)
        return true;
    diags_error(t->diags, word->span, "a %s needs a %s: `{%s: %s}`", def->word,
                def->size == SIZE_SIZE ? "size" : "capacity", def->word, def->size == SIZE_SIZE ? "4" : "0");
    return false;
}

/* False after reporting that it is no mapping. */
static bool load_objects(struct tree *t, const struct yaml_node *node, struct object **out, size_t *n)
{
    if (!expect(t, node, YAML_MAPPING, "a mapping of names to objects"))
        return false;
    *out = arena_array(t->arena, node->len, sizeof(**out));
    for (size_t i = 0; i < node->len; i++) {
        if (load_object(t, &node->pairs[i], &(*out)[*n]))
            ++*n;
        else
            load_lose(t, node->pairs[i].key);
    }
    return true;
}

/* ---- functions */

struct function *load_function(struct tree *t, const char *name, struct span span, struct function *around)
{
    struct function *fn = arena_alloc(t->arena, sizeof(*fn));

    fn->name = arena_strdup(t->arena, name);
    fn->span = span;
    fn->around = around;
    fn->number = (uint32_t)t->functions.len;
    vec_push(&t->functions, fn);
    return fn;
}

static void load_params(struct tree *t, struct function *fn, const struct yaml_node *node)
{
    if (!expect(t, node, YAML_SEQUENCE, "a list of names")) {
        fn->unsure = true;
        return;
    }
    fn->params = arena_array(t->arena, node->len, sizeof(*fn->params));
    for (size_t i = 0; i < node->len; i++) {
        struct binding *p = &fn->params[fn->n_params];

        if (!load_name(t, node->items[i], p)) {
            fn->unsure = true;
            continue;
        }
        for (size_t k = 0; k < fn->n_params; k++) {
            if (strcmp(fn->params[k].name, p->name) == 0)
                diags_error(t->diags, p->span, "two parameters are called '%s'", p->name);
        }
        fn->n_params++;
    }
}

static void load_function_key(struct tree *t, struct function *fn, const struct yaml_pair *pair)
{
    static const char *const known[] = {"params", "objects", "do"};

    if (yaml_is_text(pair->key, "params")) {
        load_params(t, fn, pair->value);
        if (fn->unsure)
            load_lose(t, pair->value);
    } else if (yaml_is_text(pair->key, "objects")) {
        if (!load_objects(t, pair->value, &fn->objects, &fn->n_objects))
            load_lose(t, pair->value);
    } else if (yaml_is_text(pair->key, "do")) {
        load_block(t, fn, pair->value, &fn->body);
    } else {
        yaml_unknown_key(pair->key, "a function", known, ARRAY_LEN(known), t->diags);
        load_lose(t, pair->value);
        fn->unsure = true;
    }
}

static void load_function_body(struct tree *t, struct function *fn, const struct yaml_node *node)
{
    if (!expect(t, node, YAML_MAPPING, "a function: `params`, `objects` and `do`")) {
        fn->unsure = true;
        return;
    }
    for (size_t i = 0; i < node->len; i++)
        load_function_key(t, fn, &node->pairs[i]);
    if (!yaml_get(node, "do"))
        diags_error(t->diags, fn->span, "function '%s' needs `do`", fn->name);
}

/* All names first, so that their numbers do not depend on what the bodies hold. */
static bool load_functions(struct tree *t, const struct yaml_node *functions, const struct yaml_pair *main)
{
    bool good = !functions || expect(t, functions, YAML_MAPPING, "a mapping of names to functions");

    if (!good)
        functions = NULL;
    for (size_t i = 0; functions && i < functions->len; i++) {
        struct binding name;

        load_name(t, functions->pairs[i].key, &name);
        load_function(t, functions->pairs[i].key->text, functions->pairs[i].key->span, NULL);
    }
    t->n_named = t->functions.len;
    t->main = load_function(t, "main.main", main->key->span, NULL);
    for (size_t i = 0; i < t->n_named; i++)
        load_function_body(t, t->functions.data[i], functions->pairs[i].value);
    load_block(t, t->main, main->value, &t->main->body);
    return good;
}

/* ---- the file */

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* `price-service`, `lab-2`: a letter first, and no `-` at the end or beside another. */
static bool is_workload_name(const char *text)
{
    if (!is_lower(*text))
        return false;
    for (; *text; text++) {
        if (*text == '-' ? text[1] == '-' || !text[1] : !is_lower(*text) && !(*text >= '0' && *text <= '9'))
            return false;
    }
    return true;
}

static void load_workload_name(struct tree *t, const struct yaml_node *node)
{
    if (!expect(t, node, YAML_SCALAR, "a name"))
        return;
    t->name = arena_strdup(t->arena, node->text);
    if (!is_workload_name(node->text))
        diags_error(t->diags, node->span, "'%s' is not a name: lower-case words joined by `-`", node->text);
}

static bool load_world(struct tree *t, const struct yaml_pair *params, const struct yaml_pair *world)
{
    const struct yaml_pair *first = params ? params : world;

    if (!first)
        return true;
    if (t->world) {
        diags_error(t->diags, first->key->span, "the world is the scenario's: take `%s` out",
                    first->key->text);
        return false;
    }
    t->own_world = world_load(params ? params->value : NULL, world ? world->value : NULL, t->diags);
    t->world = t->own_world;
    return t->own_world != NULL;
}

static bool known_keys(struct tree *t, const struct yaml_node *root)
{
    static const char *const known[] = {"workload", "runtime", "objects", "functions",
                                        "main",     "world",   "params"};
    bool good = true;

    for (size_t i = 0; i < root->len; i++) {
        bool found = false;

        for (size_t k = 0; k < ARRAY_LEN(known); k++)
            found = found || yaml_is_text(root->pairs[i].key, known[k]);
        if (found)
            continue;
        yaml_unknown_key(root->pairs[i].key, "a workload", known, ARRAY_LEN(known), t->diags);
        good = false;
    }
    return good;
}

static void required(struct tree *t, const struct yaml_node *root, const char *key, const char *example)
{
    if (!yaml_get(root, key))
        diags_error(t->diags, root->span, "`%s` is missing: %s", key, example);
}

bool tree_load(struct tree *t, const struct yaml_node *root)
{
    const struct yaml_node *node;
    bool good;

    t->settings = (struct program_settings){.gomaxprocs = 0, .gogc = 100, .async_preempt = true};
    if (!expect(t, root, YAML_MAPPING, "a workload: `workload`, `objects`, `functions` and `main`"))
        return false;
    good = known_keys(t, root);
    required(t, root, "workload", "`workload: NAME`");
    required(t, root, "main", "the steps that the program begins with");
    if ((node = yaml_get(root, "workload")))
        load_workload_name(t, node);
    if ((node = yaml_get(root, "runtime")))
        load_settings(t, node);
    good = load_world(t, yaml_pair(root, "params"), yaml_pair(root, "world")) && good;
    if ((node = yaml_get(root, "objects")))
        good = load_objects(t, node, &t->objects, &t->n_objects) && good;
    if (yaml_get(root, "main"))
        good = load_functions(t, yaml_get(root, "functions"), yaml_pair(root, "main")) && good;
    return good && t->n_names <= LIMIT_NAMES;
}

void tree_release(struct tree *t)
{
    for (size_t i = 0; i < t->functions.len; i++) {
        struct function *fn = t->functions.data[i];

        vec_free(&fn->slots);
        vec_free(&fn->captures);
    }
    vec_free(&t->functions);
    vec_free(&t->splits);
    strmap_release(&t->lost);
}

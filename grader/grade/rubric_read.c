#include "grader/grade/rubric_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "base/suggest.h"
#include "base/units.h"

/* ---- mappings ------------------------------------------------------------------------------- */

static const char *kind_or_empty(const struct yaml_node *node)
{
    if (yaml_is_scalar(node) || node->len > 0)
        return yaml_kind_name(node);
    return yaml_is_mapping(node) ? "an empty mapping" : "an empty list";
}

bool expect_mapping(struct reading *in, const struct yaml_node *node, const char *what)
{
    if (yaml_is_mapping(node) && node->len > 0)
        return true;
    diags_error(in->d, node->span, "expected a mapping for %s, found %s", what, kind_or_empty(node));
    return false;
}

bool expect_list(struct reading *in, const struct yaml_node *node, const char *what)
{
    if (yaml_is_sequence(node) && node->len > 0)
        return true;
    diags_error(in->d, node->span, "expected a list for %s, found %s", what, kind_or_empty(node));
    return false;
}

static void unknown_key(struct reading *in, const struct yaml_node *key, const char *what,
                        const struct key *keys, size_t n)
{
    const char **names = xcalloc(n, sizeof *names);

    for (size_t i = 0; i < n; i++)
        names[i] = keys[i].name;
    yaml_unknown_key(key, what, names, n, in->d);
    free(names);
}

void read_keys(struct reading *in, const struct yaml_node *map, const char *what, const struct key *keys,
               size_t n, void *object)
{
    if (!expect_mapping(in, map, what))
        return;
    for (size_t i = 0; i < map->len; i++) {
        const struct yaml_node *key = map->pairs[i].key;
        size_t k = 0;

        while (k < n && strcmp(keys[k].name, key->text) != 0)
            k++;
        if (k == n)
            unknown_key(in, key, what, keys, n);
        else
            keys[k].read(in, map->pairs[i].value, (char *)object + keys[k].offset);
    }
    for (size_t k = 0; k < n; k++)
        if (keys[k].required && !yaml_get(map, keys[k].name))
            diags_error(in->d, map->span, "missing `%s` in %s", keys[k].name, what);
}

/* ---- values --------------------------------------------------------------------------------- */

const char *expect_text(struct reading *in, const struct yaml_node *node, const char *what)
{
    if (yaml_is_scalar(node) && node->len > 0)
        return node->text;
    diags_error(in->d, node->span, "expected %s, found %s", what, yaml_kind_name(node));
    return NULL;
}

int expect_word(struct reading *in, const struct yaml_node *node, const char *text, const char *what,
                const char *const *words, size_t n)
{
    char suggestion[SUGGEST_MAX];

    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], text) == 0)
            return (int)i;
    diags_error(in->d, node->span, "unknown %s '%s'%s", what, text, suggest_text(suggestion, text, words, n));
    return -1;
}

void read_ignored(struct reading *in, const struct yaml_node *node, void *to)
{
    (void)in;
    (void)node;
    (void)to;
}

void read_text(struct reading *in, const struct yaml_node *node, void *to)
{
    const char *text = expect_text(in, node, "text");

    if (text)
        *(const char **)to = text;
}

void read_count(struct reading *in, const struct yaml_node *node, void *to)
{
    struct excerpt e;
    int64_t n;

    if (!expect_text(in, node, "a number"))
        return;
    e = yaml_excerpt(node);
    if (units_count(&e, &n, in->d))
        *(int64_t *)to = n;
}

void read_percent(struct reading *in, const struct yaml_node *node, void *to)
{
    struct excerpt e;
    struct ratio part;

    if (!expect_text(in, node, "a percentage"))
        return;
    e = yaml_excerpt(node);
    if (units_chance(&e, &part, in->d))
        *(int64_t *)to = (part.num * 10000 + part.den / 2) / part.den;
}

void read_duration(struct reading *in, const struct yaml_node *node, void *to)
{
    *(const struct expr **)to = read_expr(in, node, EXPR_DURATION);
}

void read_amount(struct reading *in, const struct yaml_node *node, void *to)
{
    *(const struct expr **)to = read_expr(in, node, EXPR_NUMBER);
}

/* ---- the world's names ---------------------------------------------------------------------- */

static const struct yaml_node *world_section(const struct reading *in, const char *section)
{
    return yaml_get(yaml_get(in->root, "world"), section);
}

static const char **names_of(const struct yaml_node *map)
{
    const char **names = xcalloc(map->len + 1, sizeof *names);

    for (size_t i = 0; i < map->len; i++)
        names[i] = map->pairs[i].key->text;
    return names;
}

/* Whether a mapping lacks the key, but has one that must have been meant: who reads the mapping says so. */
static bool misspelt(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; yaml_is_mapping(map) && !yaml_get(map, key) && i < map->len; i++)
        if (suggest_nearest(map->pairs[i].key->text, &key, 1))
            return true;
    return false;
}

bool world_offers(struct reading *in, const char *section, const char *name, struct span place)
{
    const struct yaml_node *world = yaml_get(in->root, "world"), *map = yaml_get(world, section);
    char suggestion[SUGGEST_MAX] = "";

    if (!world || misspelt(world, section) || yaml_get(map, name))
        return true;
    if (yaml_is_mapping(map)) {
        const char **names = names_of(map);

        suggest_text(suggestion, name, names, map->len);
        free(names);
    }
    diags_error(in->d, place, "the world has no '%s' among its `%s`%s", name, section, suggestion);
    return false;
}

/* A type as the value of a map. */
static const enum expr_type type_marks[] = {EXPR_NUMBER, EXPR_DURATION, EXPR_SIZE, EXPR_TRUTH,
                                            EXPR_ID,     EXPR_REF,      EXPR_ANY};

static bool resolve_param(struct reading *in, const struct expr *leaf, enum expr_type *type, struct diags *d)
{
    const enum expr_type *known = strmap_get(&in->params, leaf->name);
    char suggestion[SUGGEST_MAX];

    if (known) {
        *type = *known;
        return true;
    }
    const char **names = xcalloc(in->params.len + 1, sizeof *names);

    for (size_t i = 0; i < in->params.len; i++)
        names[i] = in->params.entries[i].key;
    diags_error(d, leaf->span, "unknown parameter '%s'%s", leaf->name,
                suggest_text(suggestion, leaf->name, names, in->params.len));
    free(names);
    return false;
}

static bool resolve_world_param(void *ctx, struct expr *leaf, enum expr_type *type, struct diags *d)
{
    return leaf->kind == EXPR_PARAM && resolve_param(ctx, leaf, type, d);
}

/* The type of a quantity of the world, as far as it can be read: its own reader complains. */
static enum expr_type type_of(struct reading *in, const struct yaml_node *node)
{
    struct expr_names names = {in, resolve_world_param};
    struct diags unheard = DIAGS_INIT;
    const struct quantity *q;

    if (yaml_is_text(node, "id"))
        return EXPR_ID;
    q = quantity_parse(&in->r->arena, node, EXPR_ANY, QUANTITY_CHOICES | QUANTITY_CHANCES | QUANTITY_ZIPFS,
                       &names, &unheard);
    diags_release(&unheard);
    return q ? q->type : EXPR_ANY;
}

/* Nothing is known of a load that the world does not have, which has been reported. */
static bool resolve_attr(struct reading *in, const struct expr *leaf, enum expr_type *type, struct diags *d)
{
    const struct yaml_node *load = in->load ? yaml_get(world_section(in, "loads"), in->load) : NULL;
    const struct yaml_node *each = yaml_get(load, "each");
    const struct yaml_node *attr = yaml_get(each, leaf->attr);
    char suggestion[SUGGEST_MAX] = "";

    *type = attr ? type_of(in, attr) : EXPR_ANY;
    if (attr || !load || misspelt(load, "each"))
        return true;
    if (yaml_is_mapping(each)) {
        const char **names = names_of(each);

        suggest_text(suggestion, leaf->attr, names, each->len);
        free(names);
    }
    diags_error(d, leaf->span, "requests of '%s' have no attribute '%s'%s", in->load, leaf->attr, suggestion);
    return false;
}

static bool resolve(void *ctx, struct expr *leaf, enum expr_type *type, struct diags *d)
{
    struct reading *in = ctx;

    if (leaf->kind == EXPR_PARAM)
        return resolve_param(in, leaf, type, d);
    if (leaf->kind == EXPR_ATTR && strcmp(leaf->name, "r") == 0 && in->of_load)
        return resolve_attr(in, leaf, type, d);
    diags_error(d, leaf->span, "only %sparameters, `$NAME`, have a value here",
                in->of_load ? "attributes of the request, `r.NAME`, and " : "");
    return false;
}

const struct expr *read_expr(struct reading *in, const struct yaml_node *node, enum expr_type want)
{
    const unsigned flags = EXPR_PARAMS | EXPR_TRUTH_COUNTS;
    struct expr_names names = {in, resolve};

    if (!expect_text(in, node, expr_type_phrase(want)))
        return NULL;
    struct excerpt e = yaml_excerpt(node);
    struct expr *tree = expr_parse(&in->r->arena, &e, flags, in->d);

    return tree && expr_check_as(tree, want, &names, flags, in->d) ? tree : NULL;
}

void reading_begin(struct reading *in)
{
    const struct yaml_node *params = yaml_get(in->root, "params");

    for (size_t i = 0; yaml_is_mapping(params) && i < params->len; i++) {
        const struct yaml_pair *p = &params->pairs[i];

        strmap_put(&in->params, p->key->text, (void *)(uintptr_t)&type_marks[type_of(in, p->value)]);
    }
}

void reading_end(struct reading *in)
{
    strmap_release(&in->params);
}

/* ---- work items ----------------------------------------------------------------------------- */

static const struct work_word {
    const char *word, *section;
    enum item_kind kind, kind_of_items; /* the latter: of calls with items */
} work_words[] = {
    {"cpu", "works", ITEM_CPU, ITEM_KIND_COUNT},
    {"net", "services", ITEM_NET, ITEM_NET_ITEMS},
    {"syscall", "disks", ITEM_SYSCALL, ITEM_SYSCALL_ITEMS},
    {"read", "state", ITEM_READ, ITEM_KIND_COUNT},
    {"write", "state", ITEM_WRITE, ITEM_KIND_COUNT},
};

static const struct work_word *find_work_word(struct reading *in, const char *word, struct span place)
{
    const char *words[ARRAY_LEN(work_words)];
    char suggestion[SUGGEST_MAX];

    for (size_t i = 0; i < ARRAY_LEN(work_words); i++) {
        words[i] = work_words[i].word;
        if (strcmp(words[i], word) == 0)
            return &work_words[i];
    }
    diags_error(in->d, place, "unknown kind of work '%s'%s", word,
                suggest_text(suggestion, word, words, ARRAY_LEN(words)));
    return NULL;
}

bool read_item(struct reading *in, const char *text, struct span place, struct work_item *item)
{
    char *word = arena_strdup(&in->r->arena, text);
    char *name = strchr(word, ' ');
    char *last = name ? strchr(name + 1, ' ') : NULL;

    if (!name) {
        diags_error(in->d, place, "expected a kind of work and a name, as in `net upstream`, found '%s'",
                    text);
        return false;
    }
    *name++ = '\0';
    if (last)
        *last++ = '\0';
    const struct work_word *kind = find_work_word(in, word, place);

    if (!kind || !world_offers(in, kind->section, name, place))
        return false;
    if (last && (strcmp(last, "items") != 0 || kind->kind_of_items == ITEM_KIND_COUNT)) {
        diags_error(in->d, place, "nothing known can follow in '%s': only calls have `items`", text);
        return false;
    }
    *item = (struct work_item){last ? kind->kind_of_items : kind->kind, name, text};
    return true;
}

#include "runtime/world/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* ---- reading -------------------------------------------------------------------------------- */

static const struct field *find_field(const struct field *fields, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static void unknown_key(const struct reader *r, const struct yaml_node *key, const char *what,
                        const struct field *fields, size_t n)
{
    const char **names = arena_array(r->arena, n, sizeof *names);

    for (size_t i = 0; i < n; i++)
        names[i] = fields[i].name;
    yaml_unknown_key(key, what, names, n, r->d);
}

/* A quantity that is one value: no range, no distribution. */
static struct quantity *read_value(const struct reader *r, const struct yaml_node *node,
                                   const struct field *f)
{
    struct quantity *q = quantity_parse(r->arena, node, f->type, 0, r->names, r->d);

    if (!q || q->kind == QUANTITY_VALUE)
        return q;
    diags_error(r->d, node->span, "`%s` is one %s, not a distribution", f->name, expr_type_name(f->type));
    return NULL;
}

static bool read_word(const struct reader *r, const struct yaml_node *node, const struct field *f,
                      struct cell *cell)
{
    struct strbuf list = STRBUF_INIT;

    for (size_t i = 0; f->words[i]; i++) {
        if (yaml_is_text(node, f->words[i])) {
            cell->word = (int64_t)i;
            strbuf_release(&list);
            return true;
        }
        strbuf_addf(&list, "%s`%s`", i ? " or " : "", f->words[i]);
    }
    diags_error(r->d, node->span, "`%s` is %s, found %s%s%s", f->name, list.text,
                yaml_is_scalar(node) ? "'" : "", yaml_is_scalar(node) ? node->text : yaml_kind_name(node),
                yaml_is_scalar(node) ? "'" : "");
    strbuf_release(&list);
    return false;
}

static bool read_list(const struct reader *r, const struct yaml_node *node, const struct field *f,
                      struct cell *cell)
{
    bool good = true;

    if (!yaml_is_sequence(node)) {
        diags_error(r->d, node->span, "expected a list for `%s`, found %s", f->name, yaml_kind_name(node));
        return false;
    }
    cell->nitems = node->len;
    cell->items = arena_array(r->arena, node->len, sizeof *cell->items);
    for (size_t i = 0; i < node->len; i++) {
        cell->items[i] = read_value(r, node->items[i], f);
        good = cell->items[i] && good;
    }
    return good;
}

static bool read_cell(const struct reader *r, const struct yaml_pair *pair, const struct field *f,
                      struct cell *cell)
{
    const struct yaml_node *node = pair->value;

    switch (f->as) {
    case FIELD_QUANTITY:
        cell->quantity = quantity_parse(r->arena, node, f->type, 0, r->names, r->d);
        return cell->quantity;
    case FIELD_CHANCE:
        cell->quantity = quantity_parse(r->arena, node, EXPR_TRUTH, QUANTITY_CHANCES, r->names, r->d);
        return cell->quantity;
    case FIELD_VALUE:
        cell->quantity = read_value(r, node, f);
        return cell->quantity;
    case FIELD_RATE:
        cell->rate = rate_parse(r->arena, node, r->names, r->d);
        return cell->rate;
    case FIELD_WORD:
        return read_word(r, node, f, cell);
    case FIELD_LIST:
        return read_list(r, node, f, cell);
    case FIELD_INNER:
        cell->inner = fields_read(r, node, arena_printf(r->arena, "`%s`", f->name), pair->key->span, f->inner,
                                  f->ninner);
        return cell->inner;
    case FIELD_NODE:
        cell->node = node;
        return true;
    }
    return false;
}

struct cell *fields_read(const struct reader *r, const struct yaml_node *map, const char *what,
                         struct span place, const struct field *fields, size_t n)
{
    struct cell *cells = arena_array(r->arena, n, sizeof *cells);

    if (!yaml_is_mapping(map)) {
        diags_error(r->d, yaml_is_empty(map) ? place : map->span, "expected a mapping for %s, found %s", what,
                    yaml_kind_name(map));
        return cells;
    }
    for (size_t i = 0; i < map->len; i++) {
        const struct yaml_pair *pair = &map->pairs[i];
        const struct field *f = find_field(fields, n, pair->key->text);

        if (!f) {
            unknown_key(r, pair->key, what, fields, n);
            continue;
        }
        struct cell *cell = &cells[f - fields];

        cell->span = pair->value->span;
        cell->given = read_cell(r, pair, f, cell);
    }
    for (size_t i = 0; i < n; i++)
        if (fields[i].required && !yaml_get(map, fields[i].name))
            diags_error(r->d, place, "%s needs `%s`", what, fields[i].name);
    return cells;
}

/* ---- filling -------------------------------------------------------------------------------- */

static bool fill_value(const struct filler *f, const struct quantity *q, const struct field *field,
                       int64_t *out)
{
    char lo[UNITS_MAX], hi[UNITS_MAX], is[UNITS_MAX];
    struct dist dist;

    *out = field->otherwise;
    if (!quantity_resolve(f->arena, q, f->params, &dist, f->d))
        return false;
    if (dist.lo >= field->lo && dist.lo <= field->hi) {
        *out = dist.lo;
        return true;
    }
    diags_error(f->d, q->span, "`%s` is at least %s and at most %s, found %s", field->name,
                expr_value_text(lo, (struct expr_value){field->type, field->lo}),
                expr_value_text(hi, (struct expr_value){field->type, field->hi}),
                expr_value_text(is, (struct expr_value){field->type, dist.lo}));
    return false;
}

static bool fill_list(const struct filler *f, const struct cell *cell, const struct field *field,
                      struct value_list *out)
{
    bool good = true;

    out->n = cell->nitems;
    out->at = arena_array(f->arena, cell->nitems, sizeof *out->at);
    for (size_t i = 0; i < cell->nitems; i++)
        good = fill_value(f, cell->items[i], field, &out->at[i]) && good;
    return good;
}

static bool fill_cell(const struct filler *f, const struct cell *cell, const struct field *field,
                      void *record)
{
    void *to = (char *)record + field->to;

    switch (field->as) {
    case FIELD_QUANTITY:
    case FIELD_CHANCE:
        return quantity_resolve(f->arena, cell->quantity, f->params, to, f->d);
    case FIELD_VALUE:
        return fill_value(f, cell->quantity, field, to);
    case FIELD_RATE:
        return rate_resolve(cell->rate, f->params, to, f->d);
    case FIELD_WORD:
        *(int64_t *)to = cell->word;
        return true;
    case FIELD_LIST:
        return fill_list(f, cell, field, to);
    case FIELD_INNER:
        return fields_fill(f, cell->inner, field->inner, field->ninner, record);
    case FIELD_NODE:
        return true;
    }
    return false;
}

bool fields_fill(const struct filler *f, const struct cell *cells, const struct field *fields, size_t n,
                 void *record)
{
    bool good = true;

    for (size_t i = 0; i < n; i++) {
        const struct field *field = &fields[i];

        if (cells && cells[i].given)
            good = fill_cell(f, &cells[i], field, record) && good;
        else if (field->as == FIELD_INNER)
            good = fields_fill(f, NULL, field->inner, field->ninner, record) && good;
        else if (field->as == FIELD_VALUE || field->as == FIELD_WORD)
            *(int64_t *)((char *)record + field->to) = field->otherwise;
    }
    return good;
}

/* The section `contract`. */
#include <string.h>

#include "grader/grade/rubric_read.h"

static void add_clause(struct contract *c, struct clause clause)
{
    vec_push(&c->clauses, clause);
}

/* {read prices: 1, net upstream: r.miss} */
static void read_items(struct reading *in, const struct yaml_node *node, struct contract *c,
                       enum clause_kind kind, const char *what)
{
    if (!expect_mapping(in, node, what))
        return;
    for (size_t i = 0; i < node->len; i++) {
        const struct yaml_node *key = node->pairs[i].key;
        struct clause clause = {.kind = kind};

        if (read_item(in, key->text, key->span, &clause.item) &&
            (clause.amount = read_expr(in, node->pairs[i].value, EXPR_NUMBER)))
            add_clause(c, clause);
    }
}

static void read_before_reply(struct reading *in, const struct yaml_node *node, void *to)
{
    read_items(in, node, to, CLAUSE_BEFORE_REPLY, "`before_reply`");
}

static void read_by_end(struct reading *in, const struct yaml_node *node, void *to)
{
    read_items(in, node, to, CLAUSE_BY_END, "`by_end`");
}

static void read_at_most(struct reading *in, const struct yaml_node *node, void *to)
{
    read_items(in, node, to, CLAUSE_AT_MOST, "`at_most`");
}

static bool read_listed(struct reading *in, const struct yaml_node *node, struct work_item *item)
{
    const char *text = expect_text(in, node, "an item of work");

    return text && read_item(in, text, node->span, item);
}

/* [net upstream, write prices]: each after all of the one before it */
static void read_order(struct reading *in, const struct yaml_node *node, void *to)
{
    struct clause clause = {.kind = CLAUSE_ORDER};

    if (!expect_list(in, node, "`order`"))
        return;
    if (node->len < 2)
        diags_error(in->d, node->span, "an order needs two items or more");
    for (size_t i = 0; i < node->len; i++) {
        clause.earlier = clause.item;
        if (!read_listed(in, node->items[i], &clause.item))
            return;
        if (i > 0)
            add_clause(to, clause);
    }
}

static void read_covered_by(struct reading *in, const struct yaml_node *node, void *to)
{
    struct clause clause = {.kind = CLAUSE_COVERED_BY};

    if (!expect_list(in, node, "`covered_by`"))
        return;
    for (size_t i = 0; i < node->len; i++)
        if (read_listed(in, node->items[i], &clause.item))
            add_clause(to, clause);
}

/* ---- reply ---------------------------------------------------------------------------------- */

static void read_status(struct reading *in, const struct yaml_node *node, struct contract *c,
                        const char *status)
{
    const struct expr *times = read_expr(in, node, EXPR_NUMBER);

    if (times)
        add_clause(c, (struct clause){.kind = CLAUSE_STATUS, .status = status, .amount = times});
}

static void read_ok(struct reading *in, const struct yaml_node *node, void *to)
{
    read_status(in, node, to, "ok");
}

static void read_refused(struct reading *in, const struct yaml_node *node, void *to)
{
    read_status(in, node, to, "refused");
}

static void read_failed(struct reading *in, const struct yaml_node *node, void *to)
{
    read_status(in, node, to, "failed");
}

static void read_size(struct reading *in, const struct yaml_node *node, void *to)
{
    const struct expr *size = read_expr(in, node, EXPR_SIZE);

    if (size)
        add_clause(to, (struct clause){.kind = CLAUSE_SIZE, .amount = size});
}

static void read_from(struct reading *in, const struct yaml_node *node, void *to)
{
    if (yaml_is_text(node, "own"))
        add_clause(to, (struct clause){.kind = CLAUSE_OWN});
    else
        diags_error(in->d, node->span, "expected `own`");
}

static const struct key reply_keys[] = {
    {"ok", read_ok, 0, false},     {"refused", read_refused, 0, false}, {"failed", read_failed, 0, false},
    {"size", read_size, 0, false}, {"from", read_from, 0, false},
};

static void read_reply(struct reading *in, const struct yaml_node *node, void *to)
{
    add_clause(to, (struct clause){.kind = CLAUSE_ANSWERED});
    read_keys(in, node, "`reply`", reply_keys, ARRAY_LEN(reply_keys), to);
}

static const struct key contract_keys[] = {
    {"before_reply", read_before_reply, 0, false}, {"by_end", read_by_end, 0, false},
    {"at_most", read_at_most, 0, false},           {"order", read_order, 0, false},
    {"covered_by", read_covered_by, 0, false},     {"reply", read_reply, 0, false},
};

/* ---- limits --------------------------------------------------------------------------------- */

static bool read_limit_name(struct reading *in, const struct yaml_node *key, struct limit *limit)
{
    static const char *const words[] = {"heap", "goroutines", "in_flight"};
    const char *service = strchr(key->text, ' ');
    char *word = service ? arena_strndup(&in->r->arena, key->text, (size_t)(service - key->text))
                         : arena_strdup(&in->r->arena, key->text);
    int i = expect_word(in, key, word, "limit", words, ARRAY_LEN(words));

    *limit = (struct limit){word, "-", key->text, NULL};
    if (i == 2) {
        limit->what = "in-flight";
        limit->name = service ? service + 1 : "";
        return world_offers(in, "services", limit->name, key->span);
    }
    if (i >= 0 && service)
        diags_error(in->d, key->span, "nothing can follow `%s`", word);
    return i >= 0 && !service;
}

static void read_limits(struct reading *in, const struct yaml_node *node)
{
    if (!expect_mapping(in, node, "`limits`"))
        return;
    for (size_t i = 0; i < node->len; i++) {
        struct limit limit;

        if (!read_limit_name(in, node->pairs[i].key, &limit))
            continue;
        limit.most =
            read_expr(in, node->pairs[i].value, strcmp(limit.what, "heap") == 0 ? EXPR_SIZE : EXPR_NUMBER);
        if (limit.most)
            vec_push(&in->r->limits, limit);
    }
}

/* ---- all together --------------------------------------------------------------------------- */

static void read_load(struct reading *in, const struct yaml_pair *pair)
{
    struct contract c = {.load = pair->key->text};
    bool answered = false;

    if (!world_offers(in, "loads", c.load, pair->key->span))
        return;
    in->of_load = true;
    in->load = c.load;
    read_keys(in, pair->value, arena_printf(&in->r->arena, "the contract of '%s'", c.load), contract_keys,
              ARRAY_LEN(contract_keys), &c);
    in->of_load = false;
    for (size_t i = 0; i < c.clauses.len; i++)
        answered |= c.clauses.data[i].kind == CLAUSE_ANSWERED;
    if (!answered)
        add_clause(&c, (struct clause){.kind = CLAUSE_ANSWERED});
    vec_push(&in->r->contracts, c);
}

void read_contract(struct reading *in, const struct yaml_node *node, void *rubric)
{
    (void)rubric;
    if (!expect_mapping(in, node, "`contract`"))
        return;
    for (size_t i = 0; i < node->len; i++) {
        if (strcmp(node->pairs[i].key->text, "limits") == 0)
            read_limits(in, node->pairs[i].value);
        else
            read_load(in, &node->pairs[i]);
    }
}

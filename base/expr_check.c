/* Types before the program runs: every mistake is reported at its place. */
#include "base/expr.h"

#include <stdio.h>

#include "base/units.h"

struct checker {
    const struct expr_names *names;
    unsigned flags;
    struct diags *diags;
};

/* Under EXPR_TRUTH_COUNTS a truth beside a number is 1 or 0. */
static void count_truths(const struct checker *c, struct expr *e)
{
    if ((c->flags & EXPR_TRUTH_COUNTS) && e->type == EXPR_TRUTH) {
        e->counts = true;
        e->type = EXPR_NUMBER;
    }
}

static bool wants_numbers(const struct expr *a, const struct expr *b, enum expr_op op)
{
    if (op == OP_AND || op == OP_OR || op == OP_NOT)
        return false;
    if (op == OP_EQ || op == OP_NE)
        return a->type != b->type;
    return true;
}

static bool is_plain_number(const struct expr *e)
{
    return e->kind == EXPR_LITERAL && e->type == EXPR_NUMBER;
}

/* "; a unit is missing ..." where a bare number met something that has one. */
static const char *unit_hint(const struct expr *number, enum expr_type other, char out[64])
{
    out[0] = '\0';
    if (is_plain_number(number) && (other == EXPR_DURATION || other == EXPR_SIZE))
        snprintf(out, 64, "; %s", units_missing(other == EXPR_DURATION ? UNIT_DURATION : UNIT_SIZE));
    return out;
}

static bool complain_truth(const struct checker *c, enum expr_op op, const struct expr *wrong)
{
    diags_error(c->diags, wrong->span, "'%s' needs a truth such as `x > 0`, found %s", expr_op_name(op),
                expr_type_phrase(wrong->type));
    return false;
}

static const char *verb(enum expr_op op)
{
    switch (op) {
    case OP_ADD:
        return "add";
    case OP_SUB:
        return "subtract";
    case OP_MUL:
        return "multiply";
    case OP_DIV:
    case OP_MOD:
        return "divide";
    default:
        return "compare";
    }
}

static bool complain_pair(const struct checker *c, const struct expr *e, const struct expr *a,
                          const struct expr *b)
{
    const struct expr *number = is_plain_number(a) ? a : b;
    const struct expr *other = number == a ? b : a;
    bool divides = e->op == OP_DIV || e->op == OP_MOD;
    char hint[64];

    if (e->op == OP_AND || e->op == OP_OR)
        return complain_truth(c, e->op, a->type == EXPR_TRUTH || a->type == EXPR_ANY ? b : a);
    diags_error(c->diags, e->span, "cannot %s %s %s %s%s", verb(e->op), expr_type_phrase(a->type),
                divides ? "by" : "and", expr_type_phrase(b->type), unit_hint(number, other->type, hint));
    return false;
}

static bool check_pair(const struct checker *c, struct expr *e, struct expr *a, struct expr *b,
                       enum expr_type *type)
{
    if (wants_numbers(a, b, e->op)) {
        count_truths(c, a);
        count_truths(c, b);
    }
    return expr_combine(e->op, a->type, b->type, type) || complain_pair(c, e, a, b);
}

static bool check_unary(const struct checker *c, struct expr *e)
{
    struct expr *a = e->args[0];

    if (e->op == OP_NEG)
        count_truths(c, a);
    if (expr_combine(e->op, a->type, a->type, &e->type))
        return true;
    if (e->op == OP_NOT)
        return complain_truth(c, e->op, a);
    diags_error(c->diags, a->span, "cannot negate %s", expr_type_phrase(a->type));
    return false;
}

/* min and max: each value against what those before it have come to. */
static bool check_choice(const struct checker *c, struct expr *e)
{
    struct expr *known = e->args[0];

    for (size_t i = 1; i < e->nargs; i++) {
        if (!check_pair(c, e, known, e->args[i], &e->type))
            return false;
        if (known->type == EXPR_ANY)
            known = e->args[i];
    }
    return true;
}

static bool resolve(const struct checker *c, struct expr *e)
{
    if (c->names)
        return c->names->resolve(c->names->ctx, e, &e->type, c->diags);
    diags_error(c->diags, e->span, "names cannot be used here");
    return false;
}

static bool check_node(const struct checker *c, struct expr *e);

static bool check_args(const struct checker *c, struct expr *e)
{
    bool good = true;

    for (size_t i = 0; i < e->nargs; i++)
        good = check_node(c, e->args[i]) && good;
    return good;
}

static bool check_index(const struct checker *c, struct expr *e)
{
    struct expr *index = e->args[0];

    count_truths(c, index);
    if (index->type == EXPR_NUMBER || index->type == EXPR_ANY)
        return resolve(c, e);
    diags_error(c->diags, index->span, "an index is a number, found %s", expr_type_phrase(index->type));
    return false;
}

static bool check_length(const struct checker *c, struct expr *e)
{
    const struct expr *arg = e->args[0];

    if (arg->type != EXPR_REF && arg->type != EXPR_ANY) {
        diags_error(c->diags, arg->span, "%s needs a channel, found %s", expr_op_name(e->op),
                    expr_type_phrase(arg->type));
        return false;
    }
    if (!resolve(c, e))
        return false;
    e->type = EXPR_NUMBER;
    return true;
}

static bool check_node(const struct checker *c, struct expr *e)
{
    if (!check_args(c, e))
        return false;
    switch (e->kind) {
    case EXPR_LITERAL:
        e->type = e->value.type;
        return true;
    case EXPR_NAME:
    case EXPR_PARAM:
    case EXPR_ATTR:
        return resolve(c, e);
    case EXPR_INDEX:
        return check_index(c, e);
    case EXPR_LENGTH:
        return check_length(c, e);
    case EXPR_UNARY:
        return check_unary(c, e);
    case EXPR_BINARY:
        return check_pair(c, e, e->args[0], e->args[1], &e->type);
    case EXPR_CHOICE:
        return check_choice(c, e);
    }
    return false;
}

bool expr_check(struct expr *e, const struct expr_names *names, unsigned flags, struct diags *d)
{
    struct checker c = {.names = names, .flags = flags, .diags = d};

    return check_node(&c, e);
}

bool expr_check_as(struct expr *e, enum expr_type want, const struct expr_names *names, unsigned flags,
                   struct diags *d)
{
    struct checker c = {.names = names, .flags = flags, .diags = d};
    char hint[64];

    if (!check_node(&c, e))
        return false;
    if (want == EXPR_NUMBER)
        count_truths(&c, e);
    if (e->type == want || e->type == EXPR_ANY || want == EXPR_ANY)
        return true;
    unit_hint(e, want, hint);
    diags_error(d, e->span, "expected %s, found %s%s", expr_type_phrase(want), expr_type_phrase(e->type),
                hint);
    return false;
}

/* What expressions are made of: types, operators, and which of them go together. */
#include "base/expr.h"

#include <stdio.h>

static const char *const type_names[] = {
    [EXPR_NUMBER] = "number", [EXPR_DURATION] = "duration", [EXPR_SIZE] = "size", [EXPR_TRUTH] = "truth",
    [EXPR_ID] = "id",         [EXPR_REF] = "reference",     [EXPR_ANY] = "value",
};

static const char *const type_phrases[] = {
    [EXPR_NUMBER] = "a number", [EXPR_DURATION] = "a duration",
    [EXPR_SIZE] = "a size",     [EXPR_TRUTH] = "a truth",
    [EXPR_ID] = "an id",        [EXPR_REF] = "a reference",
    [EXPR_ANY] = "any value",
};

// clang-format off
static const char *const op_names[] = {
    [OP_NONE] = "",   [OP_OR] = "or",   [OP_AND] = "and", [OP_NOT] = "not", [OP_EQ] = "==",
    [OP_NE] = "!=",   [OP_LT] = "<",    [OP_LE] = "<=",   [OP_GT] = ">",    [OP_GE] = ">=",
    [OP_ADD] = "+",   [OP_SUB] = "-",   [OP_MUL] = "*",   [OP_DIV] = "/",   [OP_MOD] = "%",
    [OP_NEG] = "-",   [OP_MIN] = "min", [OP_MAX] = "max", [OP_LEN] = "len", [OP_CAP] = "cap",
};
// clang-format on

const char *expr_type_name(enum expr_type type)
{
    return type_names[type];
}

const char *expr_type_phrase(enum expr_type type)
{
    return type_phrases[type];
}

enum expr_type expr_type_of_unit(enum unit_kind kind)
{
    static const enum expr_type types[] = {
        [UNIT_NONE] = EXPR_NUMBER,
        [UNIT_DURATION] = EXPR_DURATION,
        [UNIT_SIZE] = EXPR_SIZE,
    };

    return types[kind];
}

const char *expr_op_name(enum expr_op op)
{
    return op_names[op];
}

static bool is_quantity(enum expr_type type)
{
    return type == EXPR_NUMBER || type == EXPR_DURATION || type == EXPR_SIZE;
}

/* The type of a product or a quotient; false if there is none. */
static bool scaled_type(enum expr_op op, enum expr_type a, enum expr_type b, enum expr_type *type)
{
    if (!is_quantity(a) || !is_quantity(b))
        return false;
    if (op == OP_MUL) {
        *type = a == EXPR_NUMBER ? b : a;
        return a == EXPR_NUMBER || b == EXPR_NUMBER;
    }
    *type = a == b ? EXPR_NUMBER : a;
    return a == b || b == EXPR_NUMBER;
}

/* The table at the head of the header; EXPR_ANY combines with whatever may turn out to fit. */
bool expr_combine(enum expr_op op, enum expr_type a, enum expr_type b, enum expr_type *type)
{
    bool any = a == EXPR_ANY || b == EXPR_ANY;
    enum expr_type known = a == EXPR_ANY ? b : a;
    bool fits;

    switch (op) {
    case OP_OR:
    case OP_AND:
    case OP_NOT:
        *type = EXPR_TRUTH;
        return (a == EXPR_TRUTH || a == EXPR_ANY) && (b == EXPR_TRUTH || b == EXPR_ANY);
    case OP_EQ:
    case OP_NE:
        *type = EXPR_TRUTH;
        fits = is_quantity(known) || known == EXPR_TRUTH || known == EXPR_ANY;
        return fits && (any || a == b);
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        *type = EXPR_TRUTH;
        return (is_quantity(known) || known == EXPR_ANY) && (any || a == b);
    case OP_NEG:
        *type = a;
        return a == EXPR_NUMBER || a == EXPR_DURATION || a == EXPR_ANY;
    case OP_MUL:
    case OP_DIV:
        if (any) {
            *type = EXPR_ANY;
            return is_quantity(known) || known == EXPR_ANY;
        }
        return scaled_type(op, a, b, type);
    default:
        *type = known;
        return (is_quantity(known) || known == EXPR_ANY) && (any || a == b);
    }
}

const char *expr_value_text(char out[UNITS_MAX], struct expr_value v)
{
    switch (v.type) {
    case EXPR_DURATION:
        return units_duration_exact(out, v.n);
    case EXPR_SIZE:
        return units_size_exact(out, v.n);
    case EXPR_TRUTH:
        return v.n ? "true" : "false";
    case EXPR_ID:
        snprintf(out, UNITS_MAX, "%016llx", (unsigned long long)v.n);
        return out;
    default:
        snprintf(out, UNITS_MAX, "%lld", (long long)v.n);
        return out;
    }
}

#include "runtime/program/kinds.h"

static const char *const names[KIND_COUNT] = {
#define KIND(sym, name) name,
    KINDS(KIND)
#undef KIND
};

static const enum expr_type to_expr[] = {
    [KIND_NUMBER] = EXPR_NUMBER, [KIND_DURATION] = EXPR_DURATION,
    [KIND_SIZE] = EXPR_SIZE,     [KIND_TRUTH] = EXPR_TRUTH,
    [KIND_ID] = EXPR_ID,
};

static const enum kind from_expr[] = {
    [EXPR_NUMBER] = KIND_NUMBER, [EXPR_DURATION] = KIND_DURATION,
    [EXPR_SIZE] = KIND_SIZE,     [EXPR_TRUTH] = KIND_TRUTH,
    [EXPR_ID] = KIND_ID,         [EXPR_REF] = KIND_ANY,
    [EXPR_ANY] = KIND_ANY,
};

static const enum kind from_tag[] = {
    [VALUE_NONE] = KIND_NONE,         [VALUE_TRUTH] = KIND_TRUTH,     [VALUE_NUMBER] = KIND_NUMBER,
    [VALUE_DURATION] = KIND_DURATION, [VALUE_SIZE] = KIND_SIZE,       [VALUE_ID] = KIND_ID,
    [VALUE_ERROR] = KIND_NONE,        [VALUE_CONTEXT] = KIND_CONTEXT, [VALUE_BUFFER] = KIND_BUFFER,
    [VALUE_REQUEST] = KIND_REQUEST,   [VALUE_REGION] = KIND_REGION,   [VALUE_LIST] = KIND_LIST,
};

static const enum value_tag to_tag[] = {
    [EXPR_NUMBER] = VALUE_NUMBER, [EXPR_DURATION] = VALUE_DURATION,
    [EXPR_SIZE] = VALUE_SIZE,     [EXPR_TRUTH] = VALUE_TRUTH,
    [EXPR_ID] = VALUE_ID,
};

const char *kind_name(enum kind k)
{
    return names[k];
}

const char *type_name(struct type t)
{
    return names[t.array ? KIND_ARRAY : t.kind];
}

bool type_same(struct type a, struct type b)
{
    return a.kind == b.kind && a.array == b.array && a.load == b.load;
}

struct type type_join(struct type a, struct type b)
{
    if (a.kind == KIND_NONE)
        return b;
    if (b.kind == KIND_NONE || type_same(a, b))
        return a;
    if (a.kind != b.kind || a.array != b.array)
        return TYPE(KIND_ANY);
    a.load = -1;
    return a;
}

enum expr_type kind_to_expr(enum kind k)
{
    if (kind_is_number(k))
        return to_expr[k];
    return k == KIND_ANY || k == KIND_NONE ? EXPR_ANY : EXPR_REF;
}

enum kind kind_from_expr(enum expr_type t)
{
    return from_expr[t];
}

enum kind value_kind(struct value v)
{
    return v.tag == VALUE_OBJECT ? (enum kind)v.aux : from_tag[v.tag];
}

struct expr_value value_to_expr(struct value v)
{
    return (struct expr_value){.type = kind_to_expr(value_kind(v)), .n = v.n};
}

struct value value_from_expr(struct expr_value v)
{
    return (struct value){.tag = to_tag[v.type], .n = v.n};
}

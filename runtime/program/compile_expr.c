/* Values: names become places, constants are worked out, and the rest becomes formulas in postfix order. */
#include "runtime/program/compile.h"

operand_t compile_const(struct compiler *c, struct value v)
{
    vec_push(&c->consts, v);
    return OPERAND(OPERAND_CONST, c->consts.len - 1);
}

static void add(struct compiler *c, enum formula_op op, uint16_t slot, uint32_t at)
{
    vec_push(&c->steps, ((struct formula_step){(uint16_t)op, slot, at}));
}

static void add_expr(struct compiler *c, const struct expr *e);

static void add_leaf(struct compiler *c, const struct expr *e)
{
    uint16_t slot = (uint16_t)e->slot;

    switch (MEANING_HOW(e->meaning)) {
    case MEANS_SLOT:
        add(c, FORMULA_SLOT, slot, 0);
        break;
    case MEANS_GLOBAL:
        add(c, FORMULA_VALUE, 0, compile_value(c, e));
        break;
    case MEANS_PROCS:
        add(c, FORMULA_PROCS, 0, 0);
        break;
    case MEANS_CPUS:
        add(c, FORMULA_CPUS, 0, 0);
        break;
    case MEANS_ATTR:
        add(c, FORMULA_ATTR, slot, MEANING_ATTR(e->meaning));
        break;
    case MEANS_ELAPSED:
        add(c, FORMULA_ELAPSED, slot, 0);
        break;
    case MEANS_DONE:
        add(c, FORMULA_DONE, slot, 0);
        break;
    }
}

/* `and` and `or` look at their second half only if they must. */
static void add_binary(struct compiler *c, const struct expr *e)
{
    bool lazy = e->op == OP_AND || e->op == OP_OR;
    size_t jump;

    add_expr(c, e->args[0]);
    jump = c->steps.len;
    if (lazy)
        add(c, e->op == OP_AND ? FORMULA_AND : FORMULA_OR, 0, 0);
    add_expr(c, e->args[1]);
    if (lazy)
        c->steps.data[jump].at = (uint32_t)c->steps.len;
    else
        add(c, FORMULA_APPLY, (uint16_t)e->op, 0);
}

static void add_expr(struct compiler *c, const struct expr *e)
{
    switch (e->kind) {
    case EXPR_LITERAL:
        add(c, FORMULA_CONST, 0, OPERAND_AT(compile_const(c, value_from_expr(e->value))));
        break;
    case EXPR_NAME:
    case EXPR_ATTR:
        add_leaf(c, e);
        break;
    case EXPR_INDEX:
        add(c, FORMULA_VALUE, 0, compile_value(c, e));
        break;
    case EXPR_LENGTH:
        add(c, e->op == OP_LEN ? FORMULA_LEN : FORMULA_CAP, 0, compile_value(c, e->args[0]));
        break;
    case EXPR_UNARY:
        add_expr(c, e->args[0]);
        add(c, FORMULA_APPLY, (uint16_t)e->op, 0);
        break;
    case EXPR_BINARY:
        add_binary(c, e);
        break;
    case EXPR_CHOICE:
        add_expr(c, e->args[0]);
        for (size_t i = 1; i < e->nargs; i++) {
            add_expr(c, e->args[i]);
            add(c, FORMULA_APPLY, (uint16_t)e->op, 0);
        }
        break;
    case EXPR_PARAM:
        break; /* only in scenarios */
    }
}

/* A formula may hold another (the index of an element), which is finished first. */
static operand_t compile_formula(struct compiler *c, const struct expr *e)
{
    struct formula_steps around = c->steps;
    const char *text = e->span.src->text + e->span.offset;
    uint32_t first;

    c->steps = (struct formula_steps){0};
    add_expr(c, e);
    add(c, FORMULA_END, 0, 0);
    first = (uint32_t)c->formula_steps.len;
    for (size_t i = 0; i < c->steps.len; i++)
        vec_push(&c->formula_steps, c->steps.data[i]);
    vec_free(&c->steps);
    c->steps = around;
    vec_push(&c->formulas, ((struct formula){first, arena_strndup(&c->p->arena, text, e->span.length)}));
    return OPERAND(OPERAND_FORMULA, c->formulas.len - 1);
}

static operand_t compile_constant(struct compiler *c, const struct expr *e)
{
    struct expr_value v;

    if (!expr_eval_or_report(e, NULL, &v, c->t->diags)) {
        c->good = false;
        return OPERAND(OPERAND_NONE, 0);
    }
    return compile_const(c, value_from_expr(v));
}

operand_t compile_value(struct compiler *c, const struct expr *e)
{
    if (!e)
        return OPERAND(OPERAND_NONE, 0);
    if (e->kind == EXPR_NAME && e->meaning == MEANS_SLOT)
        return OPERAND(OPERAND_SLOT, e->slot);
    if (e->kind == EXPR_NAME && e->meaning == MEANS_GLOBAL)
        return OPERAND(OPERAND_GLOBAL, e->slot);
    if (e->kind == EXPR_INDEX) {
        struct element element = {.index = compile_value(c, e->args[0])};

        element.array = OPERAND(e->meaning == MEANS_SLOT ? OPERAND_SLOT : OPERAND_GLOBAL, e->slot);
        vec_push(&c->elements, element);
        return OPERAND(OPERAND_ELEMENT, c->elements.len - 1);
    }
    return expr_is_constant(e) ? compile_constant(c, e) : compile_formula(c, e);
}

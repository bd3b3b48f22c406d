/* Values: one checked arithmetic, and a walk over the tree. */
#include "base/expr.h"

static const char overflow[] = "the result is too large";
static const char by_zero[] = "division by zero";
static const char not_truths[] = "a value is not a truth";
static const char not_alike[] = "the types of the values do not go together";

static const char *divide(enum expr_op op, int64_t a, int64_t b, int64_t *out)
{
    int64_t rest;

    if (b == 0)
        return by_zero;
    if (b == -1) { /* the one case in which the machine's division overflows */
        *out = 0;
        return op == OP_DIV && __builtin_sub_overflow(INT64_C(0), a, out) ? overflow : NULL;
    }
    rest = a % b;
    if (rest != 0 && (rest < 0) != (b < 0))
        rest += b;
    *out = op == OP_MOD ? rest : a / b - (a % b != 0 && (a < 0) != (b < 0));
    return NULL;
}

static const char *compute(enum expr_op op, int64_t a, int64_t b, int64_t *out)
{
    switch (op) {
    case OP_OR:
        *out = a || b;
        return NULL;
    case OP_AND:
        *out = a && b;
        return NULL;
    case OP_NOT:
        *out = !a;
        return NULL;
    case OP_EQ:
        *out = a == b;
        return NULL;
    case OP_NE:
        *out = a != b;
        return NULL;
    case OP_LT:
        *out = a < b;
        return NULL;
    case OP_LE:
        *out = a <= b;
        return NULL;
    case OP_GT:
        *out = a > b;
        return NULL;
    case OP_GE:
        *out = a >= b;
        return NULL;
    case OP_ADD:
        return __builtin_add_overflow(a, b, out) ? overflow : NULL;
    case OP_SUB:
        return __builtin_sub_overflow(a, b, out) ? overflow : NULL;
    case OP_MUL:
        return __builtin_mul_overflow(a, b, out) ? overflow : NULL;
    case OP_NEG:
        return __builtin_sub_overflow(INT64_C(0), a, out) ? overflow : NULL;
    case OP_DIV:
    case OP_MOD:
        return divide(op, a, b, out);
    case OP_MIN:
        *out = a < b ? a : b;
        return NULL;
    case OP_MAX:
        *out = a > b ? a : b;
        return NULL;
    default:
        return "not an operator";
    }
}

const char *expr_apply(enum expr_op op, struct expr_value a, struct expr_value b, struct expr_value *out)
{
    bool alone = op == OP_NOT || op == OP_NEG;
    enum expr_type type;

    if (!expr_combine(op, a.type, alone ? a.type : b.type, &type))
        return op == OP_AND || op == OP_OR || op == OP_NOT ? not_truths : not_alike;
    out->type = type;
    return compute(op, a.n, b.n, &out->n);
}

struct evaluator {
    const struct expr_env *env;
    struct expr_failure *failure;
};

static bool eval_node(const struct evaluator *v, const struct expr *e, struct expr_value *out);

static bool stop(const struct evaluator *v, const struct expr *at, const char *why)
{
    *v->failure = (struct expr_failure){.at = at, .why = why};
    return false;
}

static bool apply(const struct evaluator *v, const struct expr *e, struct expr_value a, struct expr_value b,
                  struct expr_value *out)
{
    const char *why = expr_apply(e->op, a, b, out);

    return why ? stop(v, e, why) : true;
}

/* `and` and `or` look at their second operand only if the first leaves the answer open. */
static bool eval_binary(const struct evaluator *v, const struct expr *e, struct expr_value *out)
{
    struct expr_value a, b;

    if (!eval_node(v, e->args[0], &a))
        return false;
    if (a.type == EXPR_TRUTH && ((e->op == OP_AND && !a.n) || (e->op == OP_OR && a.n))) {
        *out = a;
        return true;
    }
    return eval_node(v, e->args[1], &b) && apply(v, e, a, b, out);
}

static bool eval_choice(const struct evaluator *v, const struct expr *e, struct expr_value *out)
{
    struct expr_value best, next;

    if (!eval_node(v, e->args[0], &best))
        return false;
    for (size_t i = 1; i < e->nargs; i++)
        if (!eval_node(v, e->args[i], &next) || !apply(v, e, best, next, &best))
            return false;
    *out = best;
    return true;
}

static bool eval_leaf(const struct evaluator *v, const struct expr *e, struct expr_value *out)
{
    struct expr_value index = {EXPR_NUMBER, 0};

    if (e->kind == EXPR_INDEX) {
        if (!eval_node(v, e->args[0], &index))
            return false;
        if (index.type != EXPR_NUMBER)
            return stop(v, e->args[0], "an index is not a number");
    }
    if (v->env && v->env->value(v->env->ctx, e, index.n, out))
        return true;
    return stop(v, e, NULL);
}

static bool eval_bare(const struct evaluator *v, const struct expr *e, struct expr_value *out)
{
    struct expr_value a;

    switch (e->kind) {
    case EXPR_LITERAL:
        *out = e->value;
        return true;
    case EXPR_UNARY:
        return eval_node(v, e->args[0], &a) && apply(v, e, a, a, out);
    case EXPR_BINARY:
        return eval_binary(v, e, out);
    case EXPR_CHOICE:
        return eval_choice(v, e, out);
    default:
        return eval_leaf(v, e, out);
    }
}

static bool eval_node(const struct evaluator *v, const struct expr *e, struct expr_value *out)
{
    if (!eval_bare(v, e, out))
        return false;
    if (e->counts)
        out->type = EXPR_NUMBER;
    return true;
}

bool expr_eval(const struct expr *e, const struct expr_env *env, struct expr_value *out,
               struct expr_failure *failure)
{
    struct evaluator v = {.env = env, .failure = failure};

    return eval_node(&v, e, out);
}

bool expr_eval_or_report(const struct expr *e, const struct expr_env *env, struct expr_value *out,
                         struct diags *d)
{
    struct expr_failure failure;

    if (expr_eval(e, env, out, &failure))
        return true;
    if (failure.why)
        diags_error(d, failure.at->span, "%s", failure.why);
    return false;
}

bool expr_is_constant(const struct expr *e)
{
    bool constant =
        e->kind == EXPR_LITERAL || e->kind == EXPR_UNARY || e->kind == EXPR_BINARY || e->kind == EXPR_CHOICE;

    for (size_t i = 0; i < e->nargs; i++)
        constant = constant && expr_is_constant(e->args[i]);
    return constant;
}

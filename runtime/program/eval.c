/* Operands and formulas. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "runtime/program/run.h"

int begin_panic(struct exec *x, const char *format, ...)
{
    char text[256];
    va_list args;
    size_t size;

    if (x->b->panic) /* the first one counts */
        return PANIC;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size = strlen(text) + 1;
    x->b->panic = xmalloc(sizeof *x->b->panic + size);
    x->b->panic->site = site_here(x);
    memcpy(x->b->panic->text, text, size);
    return PANIC;
}

static const char *slot_name(const struct exec *x, uint32_t slot)
{
    return x->f->fn->slot_names[slot];
}

const char *operand_name(const struct exec *x, operand_t o)
{
    switch (OPERAND_HOW(o)) {
    case OPERAND_SLOT:
        return slot_name(x, OPERAND_AT(o));
    case OPERAND_GLOBAL:
        return x->p->objects[OPERAND_AT(o)].name;
    case OPERAND_FORMULA:
        return x->p->formulas[OPERAND_AT(o)].text;
    case OPERAND_ELEMENT:
        return operand_name(x, x->p->elements[OPERAND_AT(o)].array);
    default:
        return "it";
    }
}

static bool no_value(struct exec *x, uint32_t slot)
{
    char *why = explain_no_value(x->p, x->f->pc, slot);

    begin_panic(x, "%s has no value: %s", slot_name(x, slot), why);
    free(why);
    return false;
}

/* ---- formulas: a stack of numbers */

struct stack {
    struct expr_value *top; /* the next free one */
    struct expr_value at[FORMULA_DEPTH];
};

static bool push_value(struct exec *x, struct stack *s, struct value v, const char *name)
{
    enum kind kind = value_kind(v);

    if (!kind_is_number(kind)) {
        begin_panic(x, "%s is %s: it cannot be computed with", name, kind_name(kind));
        return false;
    }
    *s->top++ = value_to_expr(v);
    return true;
}

static bool push_slot(struct exec *x, struct stack *s, uint32_t slot)
{
    struct value v = *slot_of(x, slot);

    return v.tag == VALUE_NONE ? no_value(x, slot) : push_value(x, s, v, slot_name(x, slot));
}

static bool has_kind(struct exec *x, uint32_t slot, enum kind want, const char *attribute)
{
    enum kind kind = value_kind(*slot_of(x, slot));

    if (kind == want)
        return true;
    if (kind == KIND_NONE)
        return no_value(x, slot);
    begin_panic(x, "%s is %s: it has no '%s'", slot_name(x, slot), kind_name(kind), attribute);
    return false;
}

static bool push_attribute(struct exec *x, struct stack *s, const struct formula_step *step)
{
    size_t n;
    const char *name = world_names(x->p->world, WORLD_ATTR, &n)[step->at];

    if (!has_kind(x, step->slot, KIND_REQUEST, name))
        return false;
    uint64_t hand = world_request_hand(*slot_of(x, step->slot));

    if (world_attr(x->m->rt, hand, step->at, s->top++))
        return true;
    begin_panic(x, "%s has no '%s': requests of its load have none", slot_name(x, step->slot), name);
    return false;
}

static void push(struct stack *s, enum expr_type type, int64_t n)
{
    *s->top++ = (struct expr_value){.type = type, .n = n};
}

static bool push_elapsed(struct exec *x, struct stack *s, uint32_t slot)
{
    if (!has_kind(x, slot, KIND_REQUEST, "elapsed"))
        return false;
    push(s, EXPR_DURATION, world_elapsed(x->m, world_request_hand(*slot_of(x, slot))));
    return true;
}

static bool push_done(struct exec *x, struct stack *s, uint32_t slot)
{
    struct context *ctx;
    bool done;

    if (!has_kind(x, slot, KIND_CONTEXT, "done"))
        return false;
    ctx = context_of_value(*slot_of(x, slot));
    done = context_done(x->m->rt, ctx);
    if (done)
        context_noticed(x->m->rt, x->g, ctx);
    push(s, EXPR_TRUTH, done);
    return true;
}

static bool push_length(struct exec *x, struct stack *s, operand_t o, bool capacity)
{
    struct value v;

    if (!eval_ref(x, o, KIND_CHANNEL, &v))
        return false;
    const struct chan *c = (const struct chan *)v.ref;

    push(s, EXPR_NUMBER, capacity ? c->capacity : chan_len(x->m->rt, c));
    return true;
}

static int64_t cpus(const struct rt *rt)
{
    return rt->world ? world_cpus(rt->world) : rt->set.gomaxprocs;
}

static bool push_operand(struct exec *x, struct stack *s, operand_t o)
{
    struct value v;

    return eval_value(x, o, &v) && push_value(x, s, v, operand_name(x, o));
}

static bool is_unary(uint32_t op)
{
    return op == OP_NOT || op == OP_NEG;
}

static const char *apply(struct stack *s, uint32_t op)
{
    struct expr_value b = is_unary(op) ? (struct expr_value){0} : *--s->top;
    struct expr_value a = *--s->top;

    return expr_apply((enum expr_op)op, a, b, s->top++);
}

/* One step that is not a jump. */
static bool formula_step(struct exec *x, struct stack *s, const struct formula_step *step, const char *text)
{
    const char *why = NULL;

    switch (step->op) {
    case FORMULA_CONST:
        *s->top++ = value_to_expr(x->p->consts[step->at]);
        return true;
    case FORMULA_SLOT:
        return push_slot(x, s, step->slot);
    case FORMULA_VALUE:
        return push_operand(x, s, step->at);
    case FORMULA_ATTR:
        return push_attribute(x, s, step);
    case FORMULA_ELAPSED:
        return push_elapsed(x, s, step->slot);
    case FORMULA_DONE:
        return push_done(x, s, step->slot);
    case FORMULA_PROCS:
        push(s, EXPR_NUMBER, x->m->rt->set.gomaxprocs);
        return true;
    case FORMULA_CPUS:
        push(s, EXPR_NUMBER, cpus(x->m->rt));
        return true;
    case FORMULA_LEN:
    case FORMULA_CAP:
        return push_length(x, s, step->at, step->op == FORMULA_CAP);
    default:
        why = apply(s, step->slot);
        if (why)
            begin_panic(x, "%s in `%s`", why, text);
        return !why;
    }
}

/* `and` and `or` keep what decides them, which must be a truth. */
static bool decides(struct exec *x, struct stack *s, uint32_t op, const char *text, bool *good)
{
    struct expr_value v = s->top[-1];

    *good = v.type == EXPR_TRUTH;
    if (!*good)
        begin_panic(x, "'%s' needs a truth in `%s`", op == FORMULA_AND ? "and" : "or", text);
    return *good && (op == FORMULA_AND ? !v.n : v.n);
}

static bool compute(struct exec *x, uint32_t number, struct expr_value *out)
{
    const struct formula *formula = &x->p->formulas[number];
    const struct formula_step *steps = &x->p->formula_steps[formula->first];
    struct stack s;
    bool good;

    s.top = s.at;
    for (uint32_t i = 0; steps[i].op != FORMULA_END; i++) {
        if (steps[i].op != FORMULA_AND && steps[i].op != FORMULA_OR) {
            if (!formula_step(x, &s, &steps[i], formula->text))
                return false;
            continue;
        }
        if (decides(x, &s, steps[i].op, formula->text, &good))
            i = steps[i].at - 1;
        else if (good)
            s.top--;
        else
            return false;
    }
    *out = s.top[-1];
    return true;
}

/* ---- operands */

static bool element(struct exec *x, uint32_t number, struct value *out)
{
    const struct element *e = &x->p->elements[number];
    const struct array *array;
    struct value v;
    int64_t i;

    if (!eval_value(x, e->array, &v) || !eval_int(x, e->index, KIND_NUMBER, 0, &i))
        return false;
    if (value_kind(v) != KIND_ARRAY) {
        begin_panic(x, "%s is %s, not an array", operand_name(x, e->array), kind_name(value_kind(v)));
        return false;
    }
    array = (const struct array *)v.ref;
    if (i < 0 || i >= array->n) {
        begin_panic(x, "index out of range [%lld] with length %u", (long long)i, (unsigned)array->n);
        return false;
    }
    *out = array->items[i];
    return true;
}

bool eval_value(struct exec *x, operand_t o, struct value *out)
{
    struct expr_value v;

    switch (OPERAND_HOW(o)) {
    case OPERAND_CONST:
        *out = x->p->consts[OPERAND_AT(o)];
        return true;
    case OPERAND_SLOT:
        *out = *slot_of(x, OPERAND_AT(o));
        return out->tag != VALUE_NONE || no_value(x, OPERAND_AT(o));
    case OPERAND_GLOBAL:
        *out = x->m->rt->process->globals[OPERAND_AT(o)];
        return true;
    case OPERAND_FORMULA:
        if (!compute(x, OPERAND_AT(o), &v))
            return false;
        *out = value_from_expr(v);
        return true;
    case OPERAND_ELEMENT:
        return element(x, OPERAND_AT(o), out);
    case OPERAND_NONE:
        break;
    }
    *out = (struct value){0};
    return true;
}

static bool wrong_kind(struct exec *x, operand_t o, enum kind want, struct value v)
{
    begin_panic(x, "%s is %s where %s is wanted", operand_name(x, o), kind_name(value_kind(v)),
                kind_name(want));
    return false;
}

bool eval_int(struct exec *x, operand_t o, enum kind want, int64_t otherwise, int64_t *out)
{
    struct value v;

    *out = otherwise;
    if (OPERAND_HOW(o) == OPERAND_NONE)
        return true;
    if (!eval_value(x, o, &v))
        return false;
    *out = v.n;
    return value_kind(v) == want || wrong_kind(x, o, want, v);
}

bool eval_length(struct exec *x, operand_t o, enum kind want, const char *go, int64_t *out)
{
    if (!eval_int(x, o, want, 0, out))
        return false;
    if (*out >= 0)
        return true;
    begin_panic(x, "%s: %s is %lld", go, operand_name(x, o), (long long)*out);
    return false;
}

bool eval_truth(struct exec *x, operand_t o, bool *out)
{
    struct value v;

    if (!eval_value(x, o, &v))
        return false;
    *out = v.n != 0;
    return v.tag == VALUE_TRUTH || wrong_kind(x, o, KIND_TRUTH, v);
}

/* A mutex may be an rwmutex, too, and a var a buffer: the caller looks. */
static bool fits(enum kind want, enum kind kind)
{
    return kind == want || (want == KIND_MUTEX && kind == KIND_RWMUTEX) ||
           (want == KIND_VAR && kind == KIND_BUFFER);
}

bool eval_ref(struct exec *x, operand_t o, enum kind want, struct value *out)
{
    return eval_value(x, o, out) && (fits(want, value_kind(*out)) || wrong_kind(x, o, want, *out));
}

bool eval_context(struct exec *x, operand_t o, struct context **out)
{
    struct value v;

    *out = x->m->rt->process->background;
    if (OPERAND_HOW(o) == OPERAND_NONE)
        return true;
    if (OPERAND_HOW(o) == OPERAND_SLOT && slot_of(x, OPERAND_AT(o))->tag == VALUE_NONE)
        return true;
    if (!eval_ref(x, o, KIND_CONTEXT, &v))
        return false;
    *out = context_of_value(v);
    return true;
}

/* In Go's words where Go has any. */
static const char *size_panic(const struct object_code *code)
{
    if (code->array)
        return "array length out of range";
    return code->kind == KIND_CHANNEL ? "makechan: size out of range" : "semaphore size out of range";
}

/* Whether the machine has the memory. One object may be large, hence it is looked at before it is made. */
static bool has_room(struct exec *x, const struct object_code *code, int64_t n)
{
    const struct rt *rt = x->m->rt;
    char limit[UNITS_MAX];

    if (!rt->set.max_held || rt->held + object_size(rt, code, n) <= rt->set.max_held)
        return true;
    begin_panic(x, "runtime: out of memory: %s, and more than %s of objects, messages and frames", code->name,
                units_size_text(limit, (int64_t)rt->set.max_held));
    return false;
}

bool eval_object_size(struct exec *x, const struct object_code *code, int64_t *out)
{
    if (!eval_length(x, code->size, KIND_NUMBER, size_panic(code), out))
        return false;
    if (*out > OBJECT_SIZE_MAX && code->kind != KIND_SEMAPHORE) {
        begin_panic(x, "%s: %lld", size_panic(code), (long long)*out);
        return false;
    }
    return has_room(x, code, *out);
}

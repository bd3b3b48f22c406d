/* What all of the compiler's files emit with. */
#include "runtime/program/compile.h"

uint32_t code_here(const struct compiler *c)
{
    return (uint32_t)c->code.len;
}

struct ins *code_emit(struct compiler *c, enum op_code op)
{
    vec_push(&c->code, ((struct ins){.op = (uint8_t)op, .slot = -1}));
    vec_push(&c->places, ((struct place){c->fn->number, c->line}));
    return &vec_last(&c->code);
}

uint32_t code_jump(struct compiler *c, uint32_t to)
{
    code_emit(c, OP_CODE_JUMP)->to = to;
    return code_here(c) - 1;
}

void code_land(struct compiler *c, uint32_t from)
{
    c->code.data[from].to = code_here(c);
}

uint32_t code_text(struct compiler *c, const char *text)
{
    vec_push(&c->texts, arena_strdup(&c->p->arena, text));
    return (uint32_t)c->texts.len - 1;
}

operand_t code_option(struct compiler *c, const struct step *s, enum option option)
{
    const struct field *f = step_option(s, option);

    return f ? compile_value(c, f->expr) : OPERAND(OPERAND_NONE, 0);
}

/* All values first: working one out may add to the other tables, not to this one. */
uint32_t code_values(struct compiler *c, const struct field *f)
{
    uint32_t first = (uint32_t)c->values.len;

    for (size_t i = 0; f && i < f->n; i++) {
        operand_t value = compile_value(c, f->list[i]);

        vec_push(&c->values, value);
    }
    return first;
}

uint32_t code_names(struct compiler *c, const struct field *f)
{
    uint32_t first = (uint32_t)c->names.len;

    for (size_t i = 0; f && i < f->n; i++)
        vec_push(&c->names, f->names[i].slot);
    return first;
}

int32_t code_slot(const struct step *s)
{
    const struct field *as = step_option(s, OPT_AS);

    return as ? as->names[0].slot : -1;
}

operand_t code_context(struct compiler *c, const struct step *s, enum option option)
{
    if (step_option(s, option))
        return code_option(c, s, option);
    return s->ctx < 0 ? OPERAND(OPERAND_NONE, 0) : OPERAND(OPERAND_SLOT, s->ctx);
}

bool code_flag(const struct step *s, enum option option)
{
    const struct field *f = step_option(s, option);

    return f && f->num;
}

/* There is room for as many as anybody could mean. */
static uint16_t next(struct compiler *c, uint16_t *n)
{
    if (*n < UINT16_MAX)
        return (*n)++;
    if (c->good)
        diags_error(c->t->diags, c->fn->span, "function '%s' is too long", c->fn->name);
    c->good = false;
    return 0;
}

uint16_t code_slot_for(struct compiler *c, const char *name)
{
    vec_push(&c->hidden, name);
    return next(c, &c->n_slots);
}

uint16_t code_take_record(struct compiler *c)
{
    uint16_t record = next(c, &c->records);

    if (c->records > c->max_records)
        c->max_records = c->records;
    return record;
}

operand_t code_settled(struct compiler *c, const struct expr *e)
{
    operand_t o = compile_value(c, e);
    const char *name;
    uint16_t slot;

    if (OPERAND_HOW(o) == OPERAND_FORMULA)
        name = c->formulas.data[OPERAND_AT(o)].text;
    else if (OPERAND_HOW(o) == OPERAND_ELEMENT)
        name = e->name;
    else
        return o;
    slot = code_slot_for(c, name);
    code_emit(c, OP_CODE_LET)->slot = slot;
    vec_last(&c->code).a = o;
    return OPERAND(OPERAND_SLOT, slot);
}

operand_t code_settled_option(struct compiler *c, const struct step *s, enum option option)
{
    const struct field *f = step_option(s, option);

    return f ? code_settled(c, f->expr) : OPERAND(OPERAND_NONE, 0);
}

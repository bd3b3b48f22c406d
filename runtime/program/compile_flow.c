/* Control: loops, branches, deferred steps, and blocks that end by themselves however they are left. */
#include "runtime/program/compile.h"

#define NO_JUMP 0 /* filled in later */

/* ---- records, nests */

/* A block's record is free again behind it, unless steps inside were put off: theirs are not. */
static void give_record(struct compiler *c, uint16_t record)
{
    c->records = record > c->kept_records ? record : c->kept_records;
}

static void enter(struct compiler *c, struct nest *n)
{
    n->up = c->nest;
    c->nest = n;
}

static void leave(struct compiler *c)
{
    for (size_t i = 0; i < c->nest->leaves.len; i++)
        code_land(c, c->nest->leaves.data[i]);
    vec_free(&c->nest->leaves);
    c->nest = c->nest->up;
}

static bool in_loop(const struct compiler *c)
{
    for (const struct nest *n = c->nest; n; n = n->up) {
        if (n->kind != NEST_BLOCK)
            return true; /* deferred steps too: they may come again with a loop around them */
    }
    return false;
}

/* Ends the blocks between here and the innermost nest of this kind, which is returned. */
static struct nest *end_blocks(struct compiler *c, enum nest_kind kind)
{
    struct nest *n = c->nest;

    for (; n && n->kind != kind; n = n->up) {
        if (n->kind == NEST_BLOCK)
            code_emit(c, n->end)->n = n->record;
    }
    return n;
}

static bool in_deferred(const struct compiler *c)
{
    for (const struct nest *n = c->nest; n; n = n->up) {
        if (n->kind == NEST_DEFERRED)
            return true;
    }
    return false;
}

void compile_leave(struct compiler *c, const struct step *s)
{
    bool returns = s->verb == VERB_RETURN;
    struct nest *n;

    if (returns && !in_deferred(c)) {
        code_emit(c, OP_CODE_RETURN);
        return;
    }
    n = end_blocks(c, returns ? NEST_DEFERRED : NEST_LOOP);
    if (s->verb == VERB_CONTINUE)
        code_jump(c, n->top);
    else
        vec_push(&n->leaves, code_jump(c, NO_JUMP));
}

/* ---- control */

void compile_if(struct compiler *c, const struct step *s)
{
    const struct block *other = step_block(s, OPT_ELSE);
    operand_t test = compile_value(c, s->arg.expr);
    uint32_t unless = code_here(c), over;

    code_emit(c, OP_CODE_UNLESS)->a = test;
    compile_block(c, step_block(s, OPT_DO));
    if (!other) {
        code_land(c, unless);
        return;
    }
    over = code_jump(c, NO_JUMP);
    code_land(c, unless);
    compile_block(c, other);
    code_land(c, over);
}

/* The rounds of a loop. The instruction at `top` begins each and, if it `ends` the loop, jumps behind it. */
static void compile_rounds(struct compiler *c, const struct step *s, uint32_t top, bool ends)
{
    struct nest nest = {.kind = NEST_LOOP, .top = top};

    enter(c, &nest);
    compile_block(c, step_block(s, OPT_DO));
    code_jump(c, top);
    if (ends)
        code_land(c, top);
    leave(c);
}

void compile_while(struct compiler *c, const struct step *s)
{
    uint32_t top = code_here(c);
    operand_t test = compile_value(c, s->arg.expr);

    code_emit(c, OP_CODE_UNLESS)->a = test;
    vec_last(&c->code).flags = INS_LOOPS;
    compile_rounds(c, s, top, true);
}

void compile_repeat(struct compiler *c, const struct step *s)
{
    const struct value forever = {.tag = VALUE_NUMBER, .n = UINT32_MAX};
    int32_t counter, bound = code_slot(s);
    uint32_t top = code_here(c);
    operand_t times;

    if (s->arg.num && bound < 0) {
        compile_rounds(c, s, top, false);
        return;
    }
    counter = code_slot_for(c, "");
    times = s->arg.num ? compile_const(c, forever) : compile_value(c, s->arg.expr);
    code_emit(c, OP_CODE_TIMES)->slot = counter;
    vec_last(&c->code).a = times;
    top = code_here(c);
    code_emit(c, OP_CODE_AGAIN)->slot = counter;
    vec_last(&c->code).of = (uint32_t)bound;
    compile_rounds(c, s, top, true);
}

void compile_range(struct compiler *c, const struct step *s)
{
    const struct field *as = step_option(s, OPT_AS);
    uint32_t list = code_names(c, as);
    operand_t channel = code_settled(c, s->arg.expr);
    uint32_t top = code_here(c);
    struct ins *i = code_emit(c, OP_CODE_RECV);

    i->a = channel;
    i->list = list;
    i->n = (uint16_t)(as ? as->n : 0);
    i->flags = INS_LOOPS | INS_ELSE;
    compile_rounds(c, s, top, true);
}

/* A block that ends by itself however it is left: its begin was just emitted. */
void compile_ending(struct compiler *c, const struct step *s, enum op_code end)
{
    struct nest nest = {.kind = NEST_BLOCK, .end = end, .record = code_take_record(c)};
    uint32_t line = c->line;

    vec_last(&c->code).n = nest.record;
    enter(c, &nest);
    compile_block(c, step_block(s, OPT_DO));
    c->line = line;
    code_emit(c, end)->n = nest.record;
    leave(c);
    give_record(c, nest.record);
}

static uint16_t deferred_record(struct compiler *c)
{
    uint16_t record = code_take_record(c);

    c->kept_records = c->records;
    return record;
}

/* `defer: {call: f}` works its arguments out now; all else is looked up then. */
void compile_defer(struct compiler *c, const struct step *s)
{
    const struct block *body = s->arg.block ? s->arg.block : step_block(s, OPT_DO);
    struct nest nest = {.kind = NEST_DEFERRED};
    bool loops = in_loop(c);
    uint16_t record = loops ? 0 : deferred_record(c);
    uint32_t defer = code_here(c);

    if (s->arg.block && body->n && body->steps[0]->verb == VERB_CALL) {
        compile_start(c, body->steps[0], OP_CODE_DEFER_CALL);
        vec_last(&c->code).n = record;
        vec_last(&c->code).flags = loops ? INS_LOOPS : 0;
        return;
    }
    code_emit(c, OP_CODE_DEFER)->n = record;
    vec_last(&c->code).flags = loops ? INS_LOOPS : 0;
    enter(c, &nest);
    compile_block(c, body);
    leave(c);
    code_emit(c, OP_CODE_DEFERRED);
    code_land(c, defer);
}

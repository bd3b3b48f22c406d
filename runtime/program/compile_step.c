/* Steps that work, wait, send and annotate. */
#include "runtime/program/compile.h"

#define NO_JUMP 0 /* filled in later */

/* ---- work */

void compile_cpu(struct compiler *c, const struct step *s)
{
    const struct field *part = step_option(s, OPT_PART);
    int64_t amount = part ? world_amount(part->num, part->den) : world_amount(1, 1);
    operand_t a = s->arg.of < 0 ? compile_value(c, s->arg.expr) : OPERAND(OPERAND_NONE, 0);
    operand_t b = compile_const(c, (struct value){.tag = VALUE_NUMBER, .n = amount});
    struct ins *i = code_emit(c, s->arg.of < 0 ? OP_CODE_CPU_OWN : OP_CODE_CPU_WORK);

    i->a = a;
    i->b = b;
    i->of = (uint32_t)s->arg.of;
    i->flags = code_flag(s, OPT_TIGHT) ? INS_TIGHT : 0;
}

void compile_alloc(struct compiler *c, const struct step *s)
{
    const struct field *pointers = step_option(s, OPT_POINTERS);
    bool kept = step_option(s, OPT_KEEP);
    struct ins i = {.slot = code_slot(s)};

    i.op = (uint8_t)(kept ? OP_CODE_ALLOC_KEPT : OP_CODE_ALLOC);
    i.a = compile_value(c, s->arg.expr);
    i.b = code_option(c, s, OPT_COUNT);
    i.d = code_option(c, s, OPT_KEEP);
    if (pointers) { /* a ratio: num here, den in the next constant */
        i.c = compile_const(c, (struct value){.tag = VALUE_NUMBER, .n = pointers->num});
        compile_const(c, (struct value){.tag = VALUE_NUMBER, .n = pointers->den});
    }
    *code_emit(c, OP_CODE_ALLOC) = i;
}

void compile_access(struct compiler *c, const struct step *s)
{
    bool state = s->arg.of >= 0;
    operand_t a = state ? OPERAND(OPERAND_NONE, 0) : compile_value(c, s->arg.expr);
    operand_t b = code_option(c, s, OPT_SIZE);
    struct ins *i = code_emit(c, state ? OP_CODE_STATE : OP_CODE_ACCESS);

    i->a = a;
    i->b = b;
    i->of = (uint32_t)s->arg.of;
    i->flags =
        (uint8_t)((s->verb == VERB_WRITE ? INS_WRITE : 0) | (code_flag(s, OPT_ATOMIC) ? INS_ATOMIC : 0) |
                  (step_option(s, OPT_SHARD) ? INS_PART : 0));
}

void compile_reply(struct compiler *c, const struct step *s)
{
    operand_t a = code_option(c, s, OPT_SIZE), b = code_option(c, s, OPT_FROM);
    operand_t to = code_option(c, s, OPT_TO);
    struct ins *i = code_emit(c, OP_CODE_REPLY);

    i->of = (uint32_t)s->arg.num;
    i->a = a;
    i->b = b;
    i->c = to;
}

/* A step that was just emitted may fail: to its `else`. */
static void compile_else(struct compiler *c, const struct step *s)
{
    const struct block *other = step_block(s, OPT_ELSE);
    uint32_t fallible = code_here(c) - 1, over;

    if (!other)
        return;
    c->code.data[fallible].flags |= INS_ELSE;
    over = code_jump(c, NO_JUMP);
    code_land(c, fallible);
    compile_block(c, other);
    code_land(c, over);
}

void compile_outside(struct compiler *c, const struct step *s)
{
    operand_t items = code_settled_option(c, s, OPT_ITEMS), ctx = code_context(c, s, OPT_CTX);
    struct ins *i = code_emit(c, s->verb == VERB_NET ? OP_CODE_NET : OP_CODE_SYSCALL);

    i->of = (uint32_t)s->arg.of;
    i->a = items;
    i->d = ctx;
    i->slot = code_slot(s);
    compile_else(c, s);
}

void compile_pool(struct compiler *c, const struct step *s)
{
    bool get = s->verb == VERB_GET;
    operand_t pool = compile_value(c, s->arg.expr);
    operand_t b = code_option(c, s, get ? OPT_SIZE : OPT_VALUE);
    struct ins *i = code_emit(c, get ? OP_CODE_GET : OP_CODE_PUT);

    i->a = pool;
    i->b = b;
    i->slot = code_slot(s);
}

/* ---- locks and channels */

void compile_object(struct compiler *c, const struct step *s, enum op_code op)
{
    operand_t object = code_settled(c, s->arg.expr), count = code_settled_option(c, s, OPT_COUNT);
    struct ins *i = code_emit(c, op);

    i->a = object;
    i->b = count;
}

void compile_trylock(struct compiler *c, const struct step *s)
{
    const struct block *held = step_block(s, OPT_DO), *other = step_block(s, OPT_ELSE);
    uint32_t try, over;

    compile_object(c, s, OP_CODE_TRYLOCK);
    try = code_here(c) - 1;
    if (held)
        compile_block(c, held);
    over = code_jump(c, NO_JUMP);
    code_land(c, try);
    if (other)
        compile_block(c, other);
    code_land(c, over);
}

void compile_send(struct compiler *c, const struct step *s)
{
    const struct field *value = step_option(s, OPT_VALUE);
    operand_t channel = code_settled(c, s->arg.expr);
    uint32_t list = code_values(c, value);
    struct ins *i = code_emit(c, OP_CODE_SEND);

    i->a = channel;
    i->list = list;
    i->n = (uint16_t)(value ? value->n : 0);
    i->flags = value && value->is_list ? INS_LIST : 0;
}

void compile_recv(struct compiler *c, const struct step *s)
{
    const struct field *as = step_option(s, OPT_AS);
    operand_t channel = code_settled(c, s->arg.expr);
    uint32_t list = code_names(c, as);
    struct ins *i = code_emit(c, OP_CODE_RECV);

    i->a = channel;
    i->list = list;
    i->n = (uint16_t)(as ? as->n : 0);
    compile_else(c, s);
}

static struct case_code make_case(struct compiler *c, const struct step *s)
{
    const struct field *value = step_option(s, OPT_VALUE), *as = step_option(s, OPT_AS);
    const struct field *list = value ? value : as;
    struct case_code code = {.n = (uint16_t)(list ? list->n : 0), .is_list = list && list->is_list};

    switch (s->verb) {
    case VERB_CASE_RECV:
        code.how = CASE_RECV;
        break;
    case VERB_CASE_SEND:
        code.how = CASE_SEND;
        break;
    case VERB_CASE_DONE:
        code.how = CASE_DONE;
        break;
    case VERB_CASE_AFTER:
        code.how = CASE_AFTER;
        break;
    default:
        code.how = CASE_DEFAULT;
        return code;
    }
    code.a = compile_value(c, s->arg.expr);
    code.list = s->verb == VERB_CASE_SEND ? code_values(c, value) : code_names(c, as);
    return code;
}

void compile_select(struct compiler *c, const struct step *s)
{
    const struct block *cases = s->arg.block;
    uint32_t first = (uint32_t)c->cases.len;
    VEC(uint32_t) ends = {0};

    for (size_t i = 0; i < cases->n; i++) {
        struct case_code code = make_case(c, cases->steps[i]);

        vec_push(&c->cases, code);
    }
    code_emit(c, OP_CODE_SELECT)->list = first;
    vec_last(&c->code).n = (uint16_t)cases->n;
    for (size_t i = 0; i < cases->n; i++) {
        const struct block *body = step_block(cases->steps[i], OPT_DO);

        c->cases.data[first + i].to = code_here(c);
        if (body)
            compile_block(c, body);
        vec_push(&ends, code_jump(c, NO_JUMP));
    }
    for (size_t i = 0; i < ends.len; i++)
        code_land(c, ends.data[i]);
    vec_free(&ends);
}

/* ---- goroutines and calls */

void compile_start(struct compiler *c, const struct step *s, enum op_code op)
{
    uint32_t list = code_values(c, step_option(s, OPT_WITH));
    operand_t in = code_option(c, s, OPT_IN);
    struct ins *i = code_emit(c, s->closure ? OP_CODE_GO_CLOSURE : op);

    i->of = s->closure ? s->closure->number : (uint32_t)s->arg.of;
    i->list = list;
    i->a = in;
}

void compile_go(struct compiler *c, const struct step *s)
{
    compile_start(c, s, OP_CODE_GO);
}

void compile_call(struct compiler *c, const struct step *s)
{
    compile_start(c, s, OP_CODE_CALL);
}

/* ---- annotations, contexts, serving */

static void compile_annotation(struct compiler *c, const struct step *s, enum op_code op)
{
    bool task = s->verb == VERB_TASK || s->verb == VERB_START_TASK;
    operand_t ctx = code_context(c, s, OPT_CTX);
    uint32_t text = code_text(c, s->arg.text);
    struct ins *i = code_emit(c, op);

    i->of = text;
    i->d = ctx;
    i->slot = task ? s->derived.slot : code_slot(s);
}

void compile_task(struct compiler *c, const struct step *s)
{
    compile_annotation(c, s, OP_CODE_TASK);
    compile_ending(c, s, OP_CODE_TASK_END);
}

void compile_start_task(struct compiler *c, const struct step *s)
{
    compile_annotation(c, s, OP_CODE_START_TASK);
}

void compile_region(struct compiler *c, const struct step *s)
{
    compile_annotation(c, s, OP_CODE_REGION);
    compile_ending(c, s, OP_CODE_REGION_END);
}

void compile_start_region(struct compiler *c, const struct step *s)
{
    compile_annotation(c, s, OP_CODE_START_REGION);
}

void compile_log(struct compiler *c, const struct step *s)
{
    const struct field *message = step_option(s, OPT_MESSAGE);
    operand_t value = code_option(c, s, OPT_VALUE);
    uint32_t text = code_text(c, message ? message->text : "");

    compile_annotation(c, s, OP_CODE_LOG);
    vec_last(&c->code).list = text;
    vec_last(&c->code).a = value;
}

void compile_context(struct compiler *c, const struct step *s)
{
    bool block = step_option(s, OPT_DO);
    operand_t parent = code_context(c, s, OPT_PARENT);
    struct ins *i = code_emit(c, block ? OP_CODE_CONTEXT : OP_CODE_DERIVE);

    i->d = parent;
    i->slot = s->arg.names[0].slot;
    if (block)
        compile_ending(c, s, OP_CODE_CONTEXT_END);
}

void compile_serve(struct compiler *c, const struct step *s)
{
    struct ins *i = code_emit(c, OP_CODE_SERVE);

    i->list = (uint32_t)c->loads.len;
    i->n = (uint16_t)s->arg.n;
    for (size_t k = 0; k < s->arg.n; k++) {
        struct served *served = &s->arg.served[k];

        vec_push(&c->loads, ((struct serve_load){.load = (uint32_t)served->load_no,
                                                 .function = (uint32_t)served->function_no}));
    }
}

void compile_let(struct compiler *c, const struct step *s)
{
    operand_t value = code_option(c, s, OPT_BE);
    struct ins *i = code_emit(c, OP_CODE_LET);

    i->a = value;
    i->slot = s->arg.names[0].slot;
}

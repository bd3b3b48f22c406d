/* compile.h: shared by the compiler's files: values (compile_expr.c), steps (compile_step.c) and
 * their order (compile_flow.c). */
#pragma once

#include "runtime/program/code.h"
#include "runtime/program/tree.h"

/* What a `break`, `continue` or `return` passes on its way out. */
enum nest_kind { NEST_LOOP, NEST_BLOCK, NEST_DEFERRED };
struct nest {
    struct nest *up;
    enum nest_kind kind;
    uint32_t top;         /* loop: where its next round begins */
    VEC(uint32_t) leaves; /* loop, deferred steps: jumps to its end, to be filled in */
    enum op_code end;     /* block: how it ends */
    uint16_t record;
};

struct formula_steps {
    struct formula_step *data;
    size_t len, cap;
};

struct compiler {
    struct tree *t;
    struct program *p;
    const struct function *fn;
    uint32_t line;
    struct nest *nest;
    uint16_t records;      /* in use by the blocks around this step */
    uint16_t kept_records; /* those below are deferred steps' to the end of the function */
    uint16_t max_records;
    uint16_t n_slots;
    VEC(const char *) hidden; /* names of the slots that the compiler added, for messages */
    bool good;

    VEC(struct ins) code;
    VEC(struct place) places;
    VEC(struct value) consts;
    VEC(operand_t) values;
    VEC(int32_t) names;
    VEC(const char *) texts;
    VEC(struct formula) formulas;
    struct formula_steps formula_steps;
    struct formula_steps steps; /* of the formula that is being made */
    VEC(struct element) elements;
    VEC(struct case_code) cases;
    VEC(struct serve_load) loads;
};

/* ---- values (compile_expr.c) */

/* How the value of a checked expression is found at run time. NULL: NONE. */
operand_t compile_value(struct compiler *c, const struct expr *e);
operand_t compile_const(struct compiler *c, struct value v);

/* ---- emitting (compile_emit.c). A pointer to an instruction is good until the next one: work values and
 * lists out before. */

struct ins *code_emit(struct compiler *c, enum op_code op);
uint32_t code_here(const struct compiler *c);
uint32_t code_jump(struct compiler *c, uint32_t to);
void code_land(struct compiler *c, uint32_t from); /* what jumps at `from` comes here */
uint32_t code_text(struct compiler *c, const char *text);

/* What a step is given: a value, lists (their first place), the slot of `as` (-1: none), a flag, the
 * context that it names or means. */
operand_t code_option(struct compiler *c, const struct step *s, enum option option);
uint32_t code_values(struct compiler *c, const struct field *f);
uint32_t code_names(struct compiler *c, const struct field *f);
int32_t code_slot(const struct step *s);
bool code_flag(const struct step *s, enum option option);
operand_t code_context(struct compiler *c, const struct step *s, enum option option);

/* The value of an instruction that takes several steps: what might be another by the time it goes on (an
 * element, a formula) is worked out before and kept in a slot. */
operand_t code_settled(struct compiler *c, const struct expr *e);
operand_t code_settled_option(struct compiler *c, const struct step *s, enum option option);

/* A further slot of the function, and the next of its records. */
uint16_t code_slot_for(struct compiler *c, const char *name);
uint16_t code_take_record(struct compiler *c);

/* ---- steps: one function for each verb or family of verbs (compile_flow.c, compile_step.c) */

void compile_block(struct compiler *c, const struct block *block);
/* A block that ends by itself however it is left: its begin was just emitted. */
void compile_ending(struct compiler *c, const struct step *s, enum op_code end);
/* Steps with an object and a count; starts of functions with arguments. */
void compile_object(struct compiler *c, const struct step *s, enum op_code op);
void compile_start(struct compiler *c, const struct step *s, enum op_code op);

void compile_if(struct compiler *c, const struct step *s);
void compile_while(struct compiler *c, const struct step *s);
void compile_repeat(struct compiler *c, const struct step *s);
void compile_range(struct compiler *c, const struct step *s);
void compile_leave(struct compiler *c, const struct step *s);
void compile_defer(struct compiler *c, const struct step *s);

void compile_cpu(struct compiler *c, const struct step *s);
void compile_alloc(struct compiler *c, const struct step *s);
void compile_access(struct compiler *c, const struct step *s);
void compile_outside(struct compiler *c, const struct step *s);
void compile_reply(struct compiler *c, const struct step *s);
void compile_pool(struct compiler *c, const struct step *s);
void compile_trylock(struct compiler *c, const struct step *s);
void compile_send(struct compiler *c, const struct step *s);
void compile_recv(struct compiler *c, const struct step *s);
void compile_select(struct compiler *c, const struct step *s);
void compile_go(struct compiler *c, const struct step *s);
void compile_call(struct compiler *c, const struct step *s);
void compile_let(struct compiler *c, const struct step *s);
void compile_context(struct compiler *c, const struct step *s);
void compile_task(struct compiler *c, const struct step *s);
void compile_start_task(struct compiler *c, const struct step *s);
void compile_region(struct compiler *c, const struct step *s);
void compile_start_region(struct compiler *c, const struct step *s);
void compile_log(struct compiler *c, const struct step *s);
void compile_serve(struct compiler *c, const struct step *s);

/* The checked tree as a program; NULL after reporting. */
struct program *tree_compile(struct tree *t, const struct source *src);

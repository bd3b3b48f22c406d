/* compile.h: shared by the compiler's files: values (compile_expr.c) and steps (compile.c). */
#pragma once

#include "runtime/program/code.h"
#include "runtime/program/tree.h"

/* What a `break`, `continue` or `return` passes on its way out. */
enum nest_kind { NEST_LOOP, NEST_BLOCK, NEST_DEFERRED };
struct nest {
    struct nest *up;
    enum nest_kind kind;
    uint32_t top;            /* loop: where its next round begins */
    VEC(uint32_t) leaves;    /* loop, deferred steps: jumps to its end, to be filled in */
    enum op_code end;        /* block: how it ends */
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

/* How the value of a checked expression is found at run time. NULL: NONE. */
operand_t compile_value(struct compiler *c, const struct expr *e);
operand_t compile_const(struct compiler *c, struct value v);

/* The checked tree as a program; NULL after reporting. */
struct program *tree_compile(struct tree *t, const struct source *src);

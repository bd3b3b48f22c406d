/* code.h: a checked program as flat arrays: what the interpreter runs.
 *
 * A function is a run of instructions from its ENTER to its RETURN; blocks are pairs of begin and end,
 * `if` and loops are jumps. Each instruction has a line, and so is a site of traces and reports.
 * Immutable once made, and shared by any number of simulations. */
#pragma once

#include "base/arena.h"
#include "base/expr.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "runtime/program/kinds.h"
#include "runtime/program/program.h"
#include "runtime/value.h"

/* clang-format off */
/*     symbol          what it does                                            (run_*.c) */
#define OPS(OP) \
    OP(NOWHERE,       "no instruction: sites count from 1") \
    /* flow: run on in the same step */ \
    OP(ENTER,         "makes the local objects of a function") \
    OP(JUMP,          "goes to `to`") \
    OP(UNLESS,        "goes to `to` unless a") \
    OP(TIMES,         "begins to count to a in `slot`") \
    OP(AGAIN,         "counts in `slot`; goes to `to` at the end, else binds `of`") \
    OP(LET,           "binds a to `slot`") \
    OP(DEFER,         "puts the steps up to `to` off, in record `of`") \
    OP(DEFER_CALL,    "puts the call of function `of` off, in record `n`") \
    OP(DEFERRED,      "the end of deferred steps") \
    OP(CALL,          "calls function `of`") \
    OP(RETURN,        "leaves the function") \
    /* goroutines */ \
    OP(GO,            "starts function `of`, in waitgroup a") \
    OP(GO_CLOSURE,    "starts closure `of`, in waitgroup a") \
    OP(SERVE,         "serves loads `list`, n of them") \
    /* work */ \
    OP(CPU_WORK,      "amount b of work `of`") \
    OP(CPU_OWN,       "duration a") \
    OP(ALLOC,         "size a, count b; pointers c") \
    OP(ALLOC_KEPT,    "the same, kept by var d") \
    OP(STATE,         "reads or writes state `of`") \
    OP(ACCESS,        "reads or writes a; size b") \
    OP(SLEEP,         "duration a") \
    OP(YIELD,         "gives way") \
    OP(NET,           "calls service `of` for a items; goes to `to` if that failed") \
    OP(SYSCALL,       "calls disk `of` for a items; goes to `to` if that failed") \
    OP(REPLY,         "status `of`, size a, from b, to c") \
    OP(GET,           "from pool a, size b") \
    OP(PUT,           "to pool a, buffer b") \
    /* locks */ \
    OP(LOCK,          "a") \
    OP(UNLOCK,        "a") \
    OP(RLOCK,         "a") \
    OP(RUNLOCK,       "a") \
    OP(TRYLOCK,       "a; goes to `to` if somebody has it") \
    OP(ACQUIRE,       "b of semaphore a") \
    OP(RELEASE,       "b of semaphore a") \
    OP(ADD,           "b to waitgroup a") \
    OP(DONE,          "waitgroup a") \
    OP(WAIT,          "waitgroup a") \
    /* channels */ \
    OP(SEND,          "values `list` to a") \
    OP(RECV,          "from a, binds names `list`; goes to `to` if it is closed and empty") \
    OP(CLOSE,         "a") \
    OP(SELECT,        "cases `list`, n of them; goes to the case's own `to`") \
    /* annotations and contexts */ \
    OP(TASK,          "begins task `of` in record `n`, binds `slot`") \
    OP(TASK_END,      "ends the task in record `n`") \
    OP(START_TASK,    "begins task `of`, binds `slot`") \
    OP(END_TASK,      "of context a") \
    OP(REGION,        "begins region `of` in record `n`") \
    OP(REGION_END,    "ends the region in record `n`") \
    OP(START_REGION,  "begins region `of`, binds `slot`") \
    OP(END_REGION,    "a") \
    OP(LOG,           "category `of`, text `list`, value a") \
    OP(CONTEXT,       "derives a context in record `n`, binds `slot`") \
    OP(CONTEXT_END,   "cancels the context in record `n`") \
    OP(DERIVE,        "derives a context, binds `slot`") \
    OP(CANCEL,        "a") \
    /* records of goroutines: what is to be done when the function that they run returns */ \
    OP(WAITGROUP_GO,  "a waitgroup is told") \
    OP(HANDLER,       "the world is told")
/* clang-format on */

enum op_code {
#define OP(sym, what) OP_CODE_##sym,
    OPS(OP) OP_CODE_COUNT
#undef OP
};

/* The first instructions of every program: what records at the end of a goroutine refer to. */
#define PC_WAITGROUP_GO 1
#define PC_HANDLER      2

/* Where a value is found, in 32 bits. */
enum operand_how {
    OPERAND_NONE,
    OPERAND_CONST,   /* consts[at] */
    OPERAND_SLOT,    /* of the frame */
    OPERAND_GLOBAL,  /* an object that is declared for all */
    OPERAND_FORMULA, /* formulas[at]: a number to be computed */
    OPERAND_ELEMENT, /* elements[at]: one of an array */
};
typedef uint32_t operand_t;
#define OPERAND(how, at) ((operand_t)(at) << 3 | (operand_t)(how))
#define OPERAND_HOW(o)   ((enum operand_how)((o)&7))
#define OPERAND_AT(o)    ((o) >> 3)

#define INS_WRITE  1  /* STATE, ACCESS */
#define INS_ATOMIC 2  /* STATE, ACCESS */
#define INS_PART   4  /* STATE: only the part of the table that the request's key is in */
#define INS_TIGHT  8  /* CPU_*: no calls in it */
#define INS_ELSE   16 /* NET, SYSCALL, RECV: `to` is there */
#define INS_LOOPS  32 /* DEFER, DEFER_CALL: may come again; UNLESS, RECV: begins the rounds of a loop */
#define INS_LIST   64 /* SEND: the values are a list, though it may have one */

struct ins {
    uint8_t op; /* enum op_code */
    uint8_t flags;
    uint16_t n;
    uint32_t to;   /* an instruction */
    int32_t slot;  /* what it binds; -1: nothing */
    uint32_t of;   /* a number: function, work, text ... as the table says */
    uint32_t list; /* where a list starts */
    operand_t a, b, c;
    operand_t d; /* of what has a context, that; NONE: the background */
};

/* A step of a formula, which works on a stack of numbers. */
enum formula_op {
    FORMULA_END,
    FORMULA_CONST,
    FORMULA_SLOT,
    FORMULA_VALUE,   /* whatever operand `at` is */
    FORMULA_ATTR,    /* attribute `at` of the request in `slot` */
    FORMULA_ELAPSED, /* of the request in `slot` */
    FORMULA_DONE,    /* of the context in `slot` */
    FORMULA_PROCS,
    FORMULA_CPUS,
    FORMULA_LEN, /* of the channel that operand `at` is */
    FORMULA_CAP,
    FORMULA_APPLY, /* an operator of expr.h, `slot`, to the top one or two */
    FORMULA_AND,   /* goes on at step `at` of the formula if the top is false, else drops it */
    FORMULA_OR,
};
struct formula_step {
    uint16_t op;
    uint16_t slot;
    uint32_t at;
};
#define FORMULA_DEPTH (2 * LIMIT_EXPR_DEPTH + 8)

struct formula {
    uint32_t first;   /* in formula_steps */
    const char *text; /* as it was written, for panics */
};

struct element {
    operand_t array, index;
};

/* An object to be made: for all at the start, of a function at each call. */
struct object_code {
    const char *name;
    enum kind kind;
    bool array;
    uint16_t slot;
    operand_t size; /* NONE: there is none */
};

/* One case of a select. */
struct case_code {
    enum { CASE_RECV, CASE_SEND, CASE_DONE, CASE_AFTER, CASE_DEFAULT } how;
    operand_t a;   /* channel, context or duration */
    uint32_t list; /* values to send, slots to bind */
    uint16_t n;
    bool is_list;
    uint32_t to;
};

struct function_code {
    const struct program *program;
    const char *name;
    uint32_t entry; /* its ENTER */
    uint32_t line;
    uint16_t n_params, n_slots;
    uint16_t n_records; /* open blocks and deferred steps that a frame may have at once */
    uint16_t n_objects, n_captures;
    const struct object_code *objects;
    const uint16_t (*captures)[2]; /* slot there, slot here */
    const char *const *slot_names;
};

struct place {
    uint32_t function, line;
};

struct split_code {
    uint32_t state, parts;
};

struct program {
    struct arena arena;
    const char *name, *file;
    struct program_settings settings;
    char digest[SHA256_HEX];
    const struct world_def *world; /* NULL: none */
    struct world_def *own_world;   /* freed with the program */

    struct ins *code;
    struct place *places; /* of each instruction */
    uint32_t n_code;
    struct value *consts;
    operand_t *values; /* lists of values */
    int32_t *names;    /* lists of slots; -1 throws away */
    const char **texts;
    struct formula *formulas;
    struct formula_step *formula_steps;
    struct element *elements;
    struct case_code *cases;
    struct serve_load *loads;

    const struct function_code *functions;
    uint32_t main;
    const struct object_code *objects;
    uint32_t n_objects;
    const struct split_code *splits;
    uint32_t n_splits;
};

static inline const struct function_code *function_of(const struct program *p, uint32_t pc)
{
    return &p->functions[p->places[pc].function];
}

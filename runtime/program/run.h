/* run.h: the interpreter: a goroutine's frames, and what the instructions (run_*.c) share.
 *
 * A goroutine has a stack of activations, one for each function it is in; the first lies in its body. An
 * activation has cells: one for each slot (variable), then one for each record.
 *
 *     activation | slot 0 ... slot n-1 | record 0 ... record k-1 |
 *
 * A record is something that will be done when the function is left, last in first out: the end of a task,
 * region or context of block form, and deferred steps. `open` leads to the newest, each to the one before.
 * A block takes its own record out again wherever in the list it is. Steps deferred in a loop have no place
 * kept for them and go to `extra`.
 *
 * An instruction is one step of its M, except that those which touch nothing shared run on. */
#pragma once

#include "runtime/program/code.h"
#include "runtime/program/objects.h"
#include "runtime/program/process.h"

struct record {
    uint32_t pc;   /* the instruction that made it */
    uint32_t prev; /* 1 + the number of the one before; 0: none */
    union {
        struct handle *ref;
        uint64_t task;
        struct {
            uint32_t task;  /* the region's: a run has fewer tasks than steps */
            uint32_t depth; /* regions open with this one */
        } region;
        uint64_t hand;
    };
};

union cell {
    struct value value;
    struct record record;
};

struct extra {
    uint32_t n, cap;
    struct record records[];
};

#define DEPTH_MAX    16000   /* calls within calls: Go's stack would be full, too */
#define DEFERRED_MAX 1000000 /* of one call: only a `defer` in an endless loop comes so far */
#define DERIVED_MAX  1000000 /* contexts within contexts: likewise */

struct activation {
    struct activation *up;
    const struct function_code *fn;
    struct extra *extra;
    uint32_t pc;
    uint32_t path; /* trace/sites.h */
    uint32_t open; /* 1 + the number of the newest record; 0: none */
    uint16_t depth : 14;
    uint16_t leaving : 1;   /* its records are being worked off */
    uint16_t panicking : 1; /* because of a panic */
    uint16_t n_more;        /* places for records besides the function's own: record_at_return */
    union cell cells[];
};

struct panic {
    struct site site;
    char text[];
};

struct body {
    struct activation *top;
    struct panic *panic; /* NULL: none */
};

static inline struct activation *first_frame(struct body *b)
{
    return (struct activation *)(b + 1);
}

/* One goroutine, one step. */
struct exec {
    struct m *m;
    struct g *g;
    struct body *b;
    struct activation *f;
    const struct ins *i;
    const struct program *p;
};

/* How an instruction ends, beside `enum end`. */
enum {
    JUMPED = EXIT + 1, /* as DONE; the frame's pc is set */
    RUN_NEXT,          /* nothing shared was touched: on to the next, in the same step */
    RUN_ON,            /* the same; the frame's pc is set */
    UNCAUGHT,          /* a panic has left the first frame */
};

static inline struct value *slot_of(struct exec *x, uint32_t slot)
{
    return &x->f->cells[slot].value;
}

/* ---- values (eval.c). False: the goroutine panics, and the text is set. */

/* What an operand is, borrowed; NONE is VALUE_NONE. */
bool eval_value(struct exec *x, operand_t o, struct value *out);
/* A number, duration or size, or `otherwise` if there is no operand. */
bool eval_int(struct exec *x, operand_t o, enum kind want, int64_t otherwise, int64_t *out);
/* The same, not below 0; `go` is the panic of Go's that a negative one stands for. */
bool eval_length(struct exec *x, operand_t o, enum kind want, const char *go, int64_t *out);
/* The size, capacity or length of an object that is to be made. */
#define OBJECT_SIZE_MAX (1 << 24)
bool eval_object_size(struct exec *x, const struct object_code *code, int64_t *out);
bool eval_truth(struct exec *x, operand_t o, bool *out);
/* Something to refer to, borrowed. `want` may be one of two kinds for locks and places: see eval.c. */
bool eval_ref(struct exec *x, operand_t o, enum kind want, struct value *out);
/* The context of an instruction: the background if it names none, or if `ctx` has no value on this path. */
bool eval_context(struct exec *x, operand_t o, struct context **out);
/* What an operand is called, for messages: a name or a formula. */
const char *operand_name(const struct exec *x, operand_t o);

/* Gives v's reference to a slot; -1 drops it. */
static inline void bind(struct exec *x, int32_t slot, struct value v)
{
    struct value gone = v;

    if (slot >= 0) {
        gone = *slot_of(x, (uint32_t)slot);
        *slot_of(x, (uint32_t)slot) = v;
    }
    if (gone.tag >= VALUE_HANDLE)
        value_drop(x->m->rt, &gone);
}

/* Starts a panic here: returns PANIC. */
int begin_panic(struct exec *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Why a name has no value on this path (explain.c). Caller frees. */
char *explain_no_value(const struct program *p, uint32_t pc, uint32_t slot);

/* The cases of a select that is over (run_chan.c); it may have none yet. */
void cases_free(struct rt *rt, const struct ins *i, struct select_op *op);

/* ---- frames and records (frame.c) */

/* The body of a goroutine that will run a function, with room for one more record if `record`. */
struct body *body_new(struct rt *rt, const struct program *p, uint32_t function, bool record);
void body_free(struct rt *rt, struct g *g, struct body *b);
void body_discard(struct rt *rt, struct body *b); /* it never ran */
/* Calls `see` for each reference that a goroutine's variables and records hold. */
void body_refs(struct body *b, void (*see)(void *context, struct handle *h), void *context);

int frame_push(struct exec *x, uint32_t function); /* RUN_ON: x->f is the callee's */
int frame_drop(struct exec *x); /* the callee has no arguments and never runs: returns PANIC */
/* Leaves the function: works its records off and gives its frame up. */
int frame_leave(struct exec *x);
/* The goroutine panics: leaves all functions. */
int frame_panic(struct exec *x);

/* A record with a place of its own, or (INS_LOOPS) one more. */
struct record *record_push(struct exec *x, uint32_t number);
struct record *record_more(struct exec *x);
/* Takes record `number` out of the list, wherever it is. */
struct record record_take(struct exec *x, uint32_t number);
/* For a goroutine that does not run yet: when its function has returned; pc is PC_.... */
void record_at_return(struct body *b, uint32_t pc, struct record r);

/* ---- instructions, by subject; each file says its own */

typedef int (*instruction)(struct exec *x);
#define OP(sym, what) int ins_##sym(struct exec *x);
OPS(OP)
#undef OP

/* What the block forms do at their end, however that comes about. */
void task_end(struct exec *x, uint64_t task);
void region_end(struct exec *x, const struct record *r, const char *name);

/* Copies arguments (a list of operands) to `n` cells of a frame that does not run yet. */
bool pass_arguments(struct exec *x, uint32_t list, uint32_t n, struct activation *to);

/* How the world starts handlers (run_go.c). */
struct server program_server(struct process *process);

static inline struct site site_here(const struct exec *x)
{
    return (struct site){x->f->path, x->f->pc};
}

/* What the goroutine does here, should it matter later. */
static inline struct deed deed_here(const struct exec *x, const char *what)
{
    return (struct deed){what, x->g->id, site_here(x)};
}

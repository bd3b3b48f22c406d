/* The expressions of workloads, worlds and contracts: integers with units, names, truth.
 *
 *     expr  = or ;  or = and {"or" and} ;  and = not {"and" not} ;  not = "not" not | cmp
 *     cmp   = sum [("==" | "!=" | "<" | "<=" | ">" | ">=") sum]
 *     sum   = prod {("+" | "-") prod} ;  prod = unary {("*" | "/" | "%") unary}
 *     unary = "-" unary | literal | name | name "." attribute | name "[" expr "]"
 *           | name "(" expr {"," expr} ")" | "$" name | "(" expr ")"
 *     literal = number | number unit | "true" | "false"
 *
 * Three passes with one tree: expr_parse makes it, expr_check gives every node a type and names a
 * meaning, expr_eval computes. A compiler may walk the tree instead and use expr_apply, so that there
 * is one arithmetic. This module knows no names: the caller's callbacks do.
 *
 * Arithmetic is on int64_t and checked: overflow and division by zero are failures that are
 * reported, never wrapped. Division rounds down, and a remainder has the sign of the divisor:
 * -7 / 2 is -4 and -7 % 2 is 1, so that x % n is an index whenever n is positive.
 *
 * What types combine to (N number, D duration; sizes are as durations):
 *     N + N, N - N, N * N, N / N, N % N -> N       D + D, D - D, D % D -> D      -N -> N, -D -> D
 *     N * D, D * N, D / N -> D                     D / D -> N
 *     N < N, D < D -> truth, and so on             min, max: of one type, which they keep
 *     truth and truth, or, not, == and != -> truth
 * References (channels, buffers) and ids are only passed on: nothing computes with them, except
 * len and cap.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"
#include "base/source.h"
#include "base/units.h"

enum expr_type {
    EXPR_NUMBER,
    EXPR_DURATION, /* nanoseconds */
    EXPR_SIZE,     /* bytes */
    EXPR_TRUTH,    /* 0 or 1 */
    EXPR_ID,       /* an opaque text, say a trace id */
    EXPR_REF,      /* an object: a channel, a buffer, a request */
    EXPR_ANY,      /* known only at run time, where expr_apply checks it */
};

/* The tagged result of an evaluation; for EXPR_ID and EXPR_REF n is whatever the caller means. */
struct expr_value {
    enum expr_type type; /* never EXPR_ANY */
    int64_t n;
};

enum expr_kind {
    EXPR_LITERAL, /* value */
    EXPR_NAME,    /* name */
    EXPR_PARAM,   /* $name */
    EXPR_ATTR,    /* name.attr */
    EXPR_INDEX,   /* name[args[0]] */
    EXPR_LENGTH,  /* len(x) or cap(x): op says which, args[0] is x */
    EXPR_UNARY,   /* op args[0] */
    EXPR_BINARY,  /* args[0] op args[1]; `and`, `or` evaluate the second only if needed */
    EXPR_CHOICE,  /* min or max of args */
};

enum expr_op {
    // clang-format off
    OP_NONE,
    OP_OR, OP_AND, OP_NOT,
    OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE,
    OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_NEG,
    OP_MIN, OP_MAX, OP_LEN, OP_CAP,
    // clang-format on
};

struct expr {
    enum expr_kind kind;
    enum expr_op op;
    struct span span;
    struct span name_span; /* of the name alone, where there is one */
    struct expr_value value;
    const char *name, *attr;
    struct expr **args;
    size_t nargs;

    /* set by expr_check */
    enum expr_type type;
    bool counts; /* a truth used as a number (EXPR_TRUTH_COUNTS): 1 or 0 */

    /* for the caller's resolver: what the name means, say a variable's slot */
    int32_t slot, meaning;
};

enum expr_flags {
    EXPR_PARAMS = 1,       /* `$name` is allowed */
    EXPR_TRUTH_COUNTS = 2, /* a truth is 1 or 0 wherever a number is wanted, as in contracts */
};

/* Parses the whole excerpt. NULL after reporting. The tree lives in the arena. */
struct expr *expr_parse(struct arena *arena, const struct excerpt *e, unsigned flags, struct diags *d);

/* Gives names a meaning while checking. `leaf` is an EXPR_NAME, EXPR_PARAM, EXPR_ATTR, EXPR_INDEX
 * or EXPR_LENGTH (its type is EXPR_NUMBER whatever is returned); its arguments have been checked.
 * Sets *type and may set leaf->slot and leaf->meaning. Returns false after reporting. */
struct expr_names {
    void *ctx;
    bool (*resolve)(void *ctx, struct expr *leaf, enum expr_type *type, struct diags *d);
};

/* Types the tree; false after reporting at least one error. The result is e->type. */
bool expr_check(struct expr *e, const struct expr_names *names, unsigned flags, struct diags *d);

/* The same, and the result must be of type `want` (a truth may stand for a number under
 * EXPR_TRUTH_COUNTS, EXPR_ANY passes). */
bool expr_check_as(struct expr *e, enum expr_type want, const struct expr_names *names, unsigned flags,
                   struct diags *d);

/* Gives leaves a value. `index` is the evaluated index of an EXPR_INDEX, else 0. Returns false if it
 * has none, after telling whoever must know. */
struct expr_env {
    void *ctx;
    bool (*value)(void *ctx, const struct expr *leaf, int64_t index, struct expr_value *out);
};

/* What went wrong, and where: overflow, division by zero, a type that was not known before. */
struct expr_failure {
    const struct expr *at;
    const char *why; /* NULL: the callback for `at` returned false and has told why */
};

/* Evaluates a checked tree; false and the failure if there is no value. */
bool expr_eval(const struct expr *e, const struct expr_env *env, struct expr_value *out,
               struct expr_failure *failure);

/* The same before the program runs, where a failure is a complaint about the file. `env` may be NULL
 * for a constant expression. */
bool expr_eval_or_report(const struct expr *e, const struct expr_env *env, struct expr_value *out,
                         struct diags *d);

/* One operator on values (b is ignored by OP_NOT and OP_NEG; not for OP_LEN and OP_CAP). Returns
 * NULL, or what is wrong: "division by zero". */
const char *expr_apply(enum expr_op op, struct expr_value a, struct expr_value b, struct expr_value *out);

/* True if nothing in the tree is a name: its value is known when it is read. */
bool expr_is_constant(const struct expr *e);

/* The table above: the type of `a op b`; false if they do not go together. For OP_NOT and OP_NEG b is
 * a. EXPR_ANY goes with whatever may turn out to fit. */
bool expr_combine(enum expr_op op, enum expr_type a, enum expr_type b, enum expr_type *type);

const char *expr_type_name(enum expr_type type);   /* "number", "duration", ... */
const char *expr_type_phrase(enum expr_type type); /* "a number", "a duration", ... */
enum expr_type expr_type_of_unit(enum unit_kind kind);
const char *expr_op_name(enum expr_op op);         /* "and", "==", "len", ... */

/* A value as its author types it: 400, 5ms, 64MiB, true; an id in hexadecimal. Not for EXPR_REF. */
const char *expr_value_text(char out[UNITS_MAX], struct expr_value v);

/* True if the text is a name: a letter or `_`, then letters, digits and `_`; not a word of the
 * language (and, or, not, true, false). */
bool expr_is_name(const char *text);

/* kinds.h: what a variable, an object or a value is, as messages call it.
 *
 * The checker works out a kind for every name before the program runs, as far as it can be known; the
 * interpreter looks at a value's tag and finds the same kinds. */
#pragma once

#include "base/expr.h"
#include "runtime/value.h"

/* clang-format off */
/*     symbol      name in a message */
#define KINDS(KIND) \
    KIND(NONE,      "nothing") \
    KIND(NUMBER,    "a number") \
    KIND(DURATION,  "a duration") \
    KIND(SIZE,      "a size") \
    KIND(TRUTH,     "a truth") \
    KIND(ID,        "an id") \
    KIND(CONTEXT,   "a context") \
    KIND(REQUEST,   "a request") \
    KIND(BUFFER,    "a buffer") \
    KIND(REGION,    "a region") \
    KIND(LIST,      "a list") \
    KIND(MUTEX,     "a mutex") \
    KIND(RWMUTEX,   "an rwmutex") \
    KIND(SEMAPHORE, "a semaphore") \
    KIND(WAITGROUP, "a waitgroup") \
    KIND(CHANNEL,   "a channel") \
    KIND(POOL,      "a pool") \
    KIND(VAR,       "a var") \
    KIND(ARRAY,     "an array") \
    KIND(ANY,       "anything")
/* clang-format on */

enum kind {
#define KIND(sym, name) KIND_##sym,
    KINDS(KIND) KIND_COUNT
#undef KIND
};

/* What is known of a name: the join of everything that is bound to it. */
struct type {
    enum kind kind; /* of an array: of its elements */
    bool array;
    int32_t load; /* of a request: which load it is of, -1 if any */
};

#define TYPE(k) ((struct type){.kind = (k), .load = -1})

static inline bool kind_is_number(enum kind k)
{
    return k >= KIND_NUMBER && k <= KIND_ID;
}

/* The smallest type that holds both. */
struct type type_join(struct type a, struct type b);
bool type_same(struct type a, struct type b);

/* "a mutex", "an array of mutexes" is "an array". */
const char *type_name(struct type t);
const char *kind_name(enum kind k);

/* To and from the types of expressions. */
enum expr_type kind_to_expr(enum kind k);
enum kind kind_from_expr(enum expr_type t);

/* The kind of a value at run time; an object's is in `aux`. */
enum kind value_kind(struct value v);

/* A number, duration, size, truth or id as the value of an expression, and back. */
struct expr_value value_to_expr(struct value v);
struct value value_from_expr(struct expr_value v);

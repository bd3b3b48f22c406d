/* scope.h: which names a step sees, what they stand for, and whether any path has given them a value.
 *
 * Parameters, variables and local objects are slots of their function. A variable lives until its
 * function returns, wherever it was bound; the name that a block form binds (task, context, repeat,
 * range) stands for a slot of its own inside the block and for what it was before after it. A closure
 * gets slots for what it uses of the function around it, copied when it starts. */
#pragma once

#include "runtime/program/tree.h"

struct local {
    const char *name;
    int32_t slot;
};

struct scope {
    struct tree *t;
    struct function *fn;
    struct scope *around; /* of a closure: where its `go` stands */
    struct diags *diags;
    bool loud;                /* the last round: warnings too */
    VEC(struct local) locals; /* innermost last */
    VEC(bool) bound;          /* by slot: some path to here has bound it */
    uint32_t loops;           /* around this step, within the function or the deferred steps */
    bool broke;               /* the innermost loop is left by a `break` */
    bool deferred;            /* steps that run at the end, when everything may have been bound */
    bool unknown;             /* the last expression has a name whose type is not known yet */
    bool *changed;            /* some type has grown */
};

/* Begins a function: its parameters, local objects and all names that its steps bind. */
void scope_open(struct scope *sc, struct function *fn, struct scope *around, const struct scope *like);
void scope_close(struct scope *sc);

/* The slot of a name seen from here, or -1. Copies it into a closure if it is outside. */
int32_t scope_find(struct scope *sc, const char *name);
/* The number of a declared object of this name, or -1. */
int32_t scope_object(const struct scope *sc, const char *name);
struct type scope_type(const struct scope *sc, int32_t slot);

/* A step gives the name a value of this type: in the function's variable of that name. */
void scope_bind(struct scope *sc, struct binding *b, struct type type);
/* A block binds the name; scope_leave at its end. */
void scope_enter(struct scope *sc, struct binding *b, struct type type);
void scope_leave(struct scope *sc, const struct binding *b);
void scope_grow(struct scope *sc, int32_t slot, struct type type);

/* Everything that the steps of a loop bind counts as bound at its beginning. */
void scope_bind_all(struct scope *sc, const struct block *block);

/* Alternatives: each begins with what was bound before; what any that goes on has bound is bound after. */
struct fork {
    bool *before, *after;
    size_t n;
    bool goes_on;
};
void fork_open(struct scope *sc, struct fork *f);
void fork_next(struct scope *sc, struct fork *f, bool goes_on); /* an alternative has ended */
bool fork_close(struct scope *sc, struct fork *f);              /* true if any goes on */

/* Whether a step that could not be read may have bound the name. */
bool scope_lost(const struct scope *sc, const char *name);
/* Complains that a name means nothing here, or has no value: unless what could not be read may be why. */
void scope_unknown(struct scope *sc, const char *name, struct span span);
void scope_unbound(struct scope *sc, const char *name, struct span span);

/* check.h: shared by the checker's files: expressions (check_expr.c), what a step is given (check_step.c),
 * blocks and functions (check.c). All report, and return false then. */
#pragma once

#include "runtime/program/scope.h"

/* Resolves and types an expression that must be a `want` (EXPR_ANY: whatever it is). False after
 * reporting. *type is what is known of its value; may be NULL. */
bool check_expr(struct scope *sc, struct expr *e, enum expr_type want, struct type *type);

/* The same for what names an object, context, buffer ..., as `arg` asks for; `word` is whose it is. */
bool check_reference(struct scope *sc, struct expr *e, enum arg arg, const char *word, struct type *out);

/* The number of a name of the world; -1 after reporting. */
int32_t check_world_name(struct scope *sc, enum world_kind kind, const char *name, struct span span);

/* Everything that a step is given, and the context it means if it names none. */
bool check_given(struct scope *sc, struct step *s);
/* What holds for its verb alone; after check_given. */
bool check_rules(struct scope *sc, struct step *s);

/* load.h: shared by the two halves of loading: the file (load.c) and its steps (load_step.c). */
#pragma once

#include "runtime/program/tree.h"

/* One list of steps; those with mistakes are torn. False after reporting that it is no list. */
bool load_block(struct tree *t, struct function *fn, const struct yaml_node *node, struct block *out);

/* An expression that says what is wanted if there is none; NULL after reporting. */
struct expr *load_expr(struct tree *t, const struct yaml_node *node, const char *wanted);

/* A name that a step, a parameter list or an object binds. False after reporting. */
bool load_name(struct tree *t, const struct yaml_node *node, struct binding *out);

/* A function that is filled in by the caller; `around` is NULL but for closures. */
struct function *load_function(struct tree *t, const char *name, struct span span, struct function *around);

/* This could not be read, which has been reported. */
void load_lose(struct tree *t, const struct yaml_node *node);

/* Reports an unknown word, with the nearest of `known` or all of them. */
void load_unknown(struct tree *t, const struct yaml_node *word, const char *what, const char *const *known,
                  size_t n);

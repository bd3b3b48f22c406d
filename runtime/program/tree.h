/* tree.h: a workload between its file and its instructions: functions, steps, their arguments and
 * options, and what the checker found out about them.
 *
 *     load.c      YAML -> this: keys, shapes and texts are right
 *     check.c     names, kinds, units, scopes are right; every `slot`, `of` and `type` below is set
 *     compile.c   this -> instructions
 *
 * All of it lives in the arena of the load and is gone when the program is made. */
#pragma once

#include "base/arena.h"
#include "base/diag.h"
#include "base/expr.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "runtime/program/kinds.h"
#include "runtime/program/program.h"
#include "runtime/program/verbs.h"
#include "runtime/world/world.h"

struct block;
struct function;

/* What a leaf of an expression means: expr.meaning, with the number of an attribute above it. */
enum meaning { MEANS_SLOT, MEANS_GLOBAL, MEANS_PROCS, MEANS_CPUS, MEANS_ATTR, MEANS_ELAPSED, MEANS_DONE };
#define MEANING(how, attr) ((int32_t)(how) | (int32_t)(attr) << 4)
#define MEANING_HOW(m)     ((enum meaning)((m)&15))
#define MEANING_ATTR(m)    ((uint32_t)((m) >> 4))

/* A name that a step binds. */
struct binding {
    const char *name;
    struct span span;
    int32_t slot; /* -1: thrown away with `_` */
};

/* What a load is served by. */
struct served {
    const struct yaml_node *load, *function;
    int32_t load_no, function_no;
};

/* The argument of a step, or one of its options; `option` and `arg` say what the rest means. */
struct field {
    enum option option; /* of an option */
    enum arg arg;
    struct span span;             /* of the value; of the key when there is none */
    const struct yaml_node *node; /* NULL: not given */
    struct expr *expr;            /* a value, or a name of an object with its index */
    struct expr **list;           /* VALUES: all of them */
    struct binding *names;        /* NAME, NAMES */
    struct served *served;        /* LOADS */
    size_t n;                     /* length of list, names, served */
    bool is_list;                 /* written with brackets */
    struct block *block;          /* STEPS, CASES, STEP */
    const char *text;             /* TEXT; a name of the world or of a function */
    int64_t num, den;             /* PART: num / den; PERCENT: num of 100; FLAG, STATUS: num */
    struct type type;             /* a value's, set by the checker */
    int32_t of;                   /* the number of the work, service, disk, state or function; else -1 */
};

struct step {
    enum verb verb;
    struct span span; /* of the verb */
    struct field arg;
    struct field *options;
    size_t n_options;
    struct function *closure; /* go with `do` */
    struct binding derived;   /* task, start_task: the name of the derived context */
    bool torn;                /* not all of it could be read; an unknown one stands as `yield` */

    /* set by the checker */
    int32_t ctx; /* the slot of the context it uses unsaid; -1: the background */
};

struct block {
    struct step **steps;
    size_t n;
};

/* An object that is declared: in the file (for all) or in a function (made anew at each call). */
struct object {
    const char *name;
    struct span span;
    enum kind kind;
    struct expr *size; /* semaphore's size, channel's capacity, length of an array; or NULL */
    bool array;
    int32_t slot; /* of a local one */
};

/* A name that a closure copies from the function around it. */
struct capture {
    int32_t from, to;
};

/* A variable of a function. A name that a block binds has a slot of its own. */
struct slot {
    const char *name;
    struct type type; /* grows from round to round of the checker */
};

struct function {
    const char *name; /* "handle", "handle.func1", "main.main" */
    struct span span; /* of the name; of `go` for a closure */
    uint32_t number;
    struct function *around; /* a closure: where it is written */
    uint32_t n_closures;
    struct binding *params;
    size_t n_params;
    bool unsure; /* its parameters could not all be read */
    struct object *objects;
    size_t n_objects;
    struct block body;

    /* set by the checker */
    VEC(struct slot) slots;
    VEC(struct capture) captures;
};

/* How a table of the world's is split, by `shard`. */
struct split {
    uint32_t state, parts;
    struct span span;
};

struct tree {
    struct arena *arena;
    struct diags *diags;
    const struct world_def *world; /* NULL: none */
    struct world_def *own_world;   /* loaded from this file, or NULL */

    const char *name;
    struct program_settings settings;
    struct object *objects;
    size_t n_objects;
    VEC(struct function *) functions; /* in the order of the file; main last but for closures */
    struct function *main;
    size_t n_named; /* of functions: those a step may name */
    VEC(struct split) splits;
    uint32_t n_names;   /* loading: places that give something a name */
    uint32_t last_line; /* loading: where the step before this one starts */

    /* What could not be read has been reported; nobody is to complain of its absence as well. */
    bool torn;          /* something is missing */
    struct strmap lost; /* every word of it, since it may have bound any */
};

/* The option of a step, or NULL if it was not given. */
static inline struct field *step_option(const struct step *s, enum option option)
{
    for (size_t i = 0; i < s->n_options; i++) {
        if (s->options[i].option == option)
            return &s->options[i];
    }
    return NULL;
}

/* The steps of an option such as `do`, or NULL. */
static inline const struct block *step_block(const struct step *s, enum option option)
{
    const struct field *f = step_option(s, option);

    return f ? f->block : NULL;
}

/* Fills the tree from the file's root. Errors do not stop it early; false after one that leaves too little
 * to check names by. */
bool tree_load(struct tree *t, const struct yaml_node *root);
/* Resolves and types everything that was loaded; false after reporting. */
bool tree_check(struct tree *t);
void tree_release(struct tree *t);

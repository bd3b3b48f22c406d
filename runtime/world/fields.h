/* fields.h: sections of a world as data: one table per section says which keys it has, what each
 * may hold, its limits, and where its value goes in the record that a run uses.
 *
 * Two steps, since values may depend on parameters: fields_read makes cells of a mapping, once
 * per file; fields_fill turns the cells into values for one seed. Both report and go on, so that
 * a file's mistakes come all at once; what could not be read counts as not given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/expr.h"
#include "base/quantity.h"
#include "base/yaml.h"

enum field_as {
    FIELD_QUANTITY, /* struct dist: drawn at each use */
    FIELD_CHANCE,   /* struct dist */
    FIELD_VALUE,    /* int64_t: one value for the run, from lo to hi */
    FIELD_RATE,     /* struct ratio, per second */
    FIELD_WORD,     /* int64_t: which of `words` */
    FIELD_LIST,     /* struct value_list: values as FIELD_VALUE */
    FIELD_INNER,    /* a mapping with fields of its own, for the same record */
    FIELD_NODE,     /* read by the section's own code: nothing is filled in */
};

struct field {
    const char *name;
    enum field_as as;
    enum expr_type type; /* QUANTITY, VALUE, LIST */
    bool required;
    size_t to;                 /* where in the record its value goes */
    int64_t lo, hi, otherwise; /* VALUE, LIST: limits; VALUE, WORD: what it is when not given */
    const char *const *words;  /* WORD: ended by NULL */
    const struct field *inner;
    size_t ninner;
};

struct value_list {
    int64_t *at;
    size_t n;
};

/* What was written for one field. */
struct cell {
    bool given;
    struct span span;
    union {
        struct quantity *quantity;
        struct rate *rate;
        int64_t word;
        struct {
            struct quantity **items;
            size_t nitems;
        };
        struct cell *inner;
        const struct yaml_node *node; /* of the file's tree: only while it is being read */
    };
};

struct reader {
    struct arena *arena;
    const struct expr_names *names;
    struct diags *d;
};

/* Reads a mapping by its table; the cells, one per field, are the arena's. `what` names the mapping
 * in messages ("service 'db'"), `place` is where it is named. */
struct cell *fields_read(const struct reader *r, const struct yaml_node *map, const char *what,
                         struct span place, const struct field *fields, size_t n);

struct filler {
    struct arena *arena;
    const struct expr_env *params;
    struct diags *d;
};

/* Fills a zeroed record; no cells: nothing was given. False if anything did not fit. */
bool fields_fill(const struct filler *f, const struct cell *cells, const struct field *fields, size_t n,
                 void *record);

/* rubric_read.h: how the sections of a rubric are read: tables of keys, values, and the names of the
 * world that they may use. Only for the files that read a rubric.
 *
 * Everything that is wrong is reported at its place; reading goes on, so that one look shows all
 * mistakes. What could not be read keeps its default. */
#pragma once

#include <stddef.h>

#include "base/hashmap.h"
#include "grader/grade/rubric.h"

/* What is being read, and what the scenario's world offers. Names and types of the world are looked up in
 * its tree: the runtime checks that tree, and says what is wrong in it. */
struct reading {
    struct rubric *r;
    struct diags *d;
    const struct yaml_node *root;
    struct strmap params; /* value: one of type_marks */
    bool of_load;         /* `r.NAME` means an attribute of requests of: */
    const char *load;     /* NULL: it could not be read */
};

struct key {
    const char *name;
    void (*read)(struct reading *in, const struct yaml_node *value, void *to);
    size_t offset; /* of `to` in the object */
    bool required;
};

/* Reads a mapping by a table of its keys. `what` names it: "missing `share` in expect". */
void read_keys(struct reading *in, const struct yaml_node *map, const char *what, const struct key *keys,
               size_t n, void *object);

/* True for a mapping (a list) that is not empty; reports anything else. */
bool expect_mapping(struct reading *in, const struct yaml_node *node, const char *what);
bool expect_list(struct reading *in, const struct yaml_node *node, const char *what);
/* The text of a scalar that is not empty, or NULL after reporting. */
const char *expect_text(struct reading *in, const struct yaml_node *node, const char *what);
/* The index of the text among the words, or -1 after reporting. */
int expect_word(struct reading *in, const struct yaml_node *node, const char *text, const char *what,
                const char *const *words, size_t n);

/* Values. */
void read_text(struct reading *in, const struct yaml_node *node, void *to);     /* const char * */
void read_count(struct reading *in, const struct yaml_node *node, void *to);    /* int64_t */
void read_percent(struct reading *in, const struct yaml_node *node, void *to);  /* int64_t, hundredths */
void read_duration(struct reading *in, const struct yaml_node *node, void *to); /* const struct expr * */
void read_amount(struct reading *in, const struct yaml_node *node, void *to);   /* const struct expr * */
void read_ignored(struct reading *in, const struct yaml_node *node, void *to);  /* of another reader */

/* An expression of that type, or NULL after reporting. */
const struct expr *read_expr(struct reading *in, const struct yaml_node *node, enum expr_type want);

/* Whether the world has it, with a complaint at `place` if not. Sections: works, services, disks, state,
 * loads. */
bool world_offers(struct reading *in, const char *section, const char *name, struct span place);

/* "net upstream items" */
bool read_item(struct reading *in, const char *text, struct span place, struct work_item *item);

/* The sections that have files of their own. */
void read_contract(struct reading *in, const struct yaml_node *node, void *rubric);
void read_checks(struct reading *in, const struct yaml_node *node, void *rubric);

/* What the world offers: names and types of its parameters. */
void reading_begin(struct reading *in);
void reading_end(struct reading *in);

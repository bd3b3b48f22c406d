/* YAML text as a tree with positions.
 *
 * As much of YAML as the kit's files need: one document, block or flow style, mappings whose keys
 * are plain words. Every scalar is TEXT: `off`, `no`, `1:30` and `5ms` mean what they look like, and
 * whoever reads the place decides the type. Anchors, aliases, merge keys, tags, directives, `?`
 * keys, duplicate keys, several documents, tabs for indentation, NULs and invalid UTF-8 are errors
 * that say what to write instead.
 *
 * The tree, its texts included, lives in the caller's arena; spans point to the caller's source,
 * which must live as long. Nothing here knows what any key means.
 *
 *     const struct yaml_node *cpus = yaml_get(machine, "cpus");
 *
 *     for (size_t i = 0; i < map->len; i++)        pairs, in the order of the file
 *         use(map->pairs[i].key, map->pairs[i].value);
 *     for (size_t i = 0; i < seq->len; i++)        items
 *         use(seq->items[i]);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"
#include "base/source.h"

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
    enum yaml_kind kind;
    struct span span; /* of a collection: from its first to its last byte */
    const char *text; /* scalar: ended by a NUL and without NULs inside; may be empty */
    size_t len;       /* bytes of text, number of items or of pairs */
    bool quoted;      /* scalar in '...', "..." or a | > block */
    bool verbatim;    /* scalar: the source has the text byte for byte */
    bool flow;        /* collection in { } or [ ] */
    union {
        struct yaml_node **items;
        struct yaml_pair *pairs;
    };
};

/* A key is always a scalar; `key->span` is its place. A value that was left out is an empty scalar
 * that is not quoted: see yaml_is_empty. */
struct yaml_pair {
    struct yaml_node *key;
    struct yaml_node *value;
};

/* The root node, or NULL after reporting at least one error. An empty document is an error. */
struct yaml_node *yaml_parse(struct arena *arena, const struct source *src, struct diags *diags);

/* The value of a key, or NULL if there is none or `map` is NULL or not a mapping. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
const struct yaml_pair *yaml_pair(const struct yaml_node *map, const char *key);

bool yaml_is_scalar(const struct yaml_node *n);
bool yaml_is_sequence(const struct yaml_node *n);
bool yaml_is_mapping(const struct yaml_node *n);

/* A scalar with exactly this text. */
bool yaml_is_text(const struct yaml_node *n, const char *text);

/* Nothing was written: `key:` and no more. */
bool yaml_is_empty(const struct yaml_node *n);

/* Complains of a key that its mapping (`where`: "service 'db'") cannot have, with the nearest of those that
 * it can, or all of them. */
void yaml_unknown_key(const struct yaml_node *key, const char *where, const char *const *known, size_t count,
                      struct diags *d);

/* "text", "a list", "a mapping" or "nothing": for "expected a list, found text". */
const char *yaml_kind_name(const struct yaml_node *n);

/* The scalar's text for the parser of a small language; points into it where it is verbatim. */
struct excerpt yaml_excerpt(const struct yaml_node *scalar);

/* True if what looks like the rest of a plain text was cut off as a comment: `log: miss #5` is `miss`.
 * A `#` with a blank behind it is taken for a comment that is meant. For places that take free text. */
bool yaml_cut_by_comment(const struct yaml_node *scalar, struct span *comment);

/* The line on which the node starts. */
static inline uint32_t yaml_line(const struct yaml_node *n)
{
    return n->span.line;
}

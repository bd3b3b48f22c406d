/* idtree.h: things found by a 64-bit number that a stranger chose.
 *
 * A digital search tree: every node holds one thing, and at depth d a search turns by bits 2d and 2d+1
 * of the number. It is as shallow as a balanced tree for the dense ids that real traces have, and never
 * deeper than 32 whatever a hostile file contains: a hash table would need a secret key for that.
 *
 *     struct g { struct idnode node; ... };            the node comes first
 *     struct g *g = (struct g *)idtree_find(&gs, 17);
 *
 * The tree owns nothing: nodes live inside the caller's structs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct idnode {
    uint64_t id;
    struct idnode *child[4];
};

struct idtree {
    struct idnode *root;
};

/* The node with that number, or NULL. */
static inline struct idnode *idtree_find(const struct idtree *t, uint64_t id)
{
    struct idnode *n = t->root;

    for (uint64_t path = id; n && n->id != id; path >>= 2)
        n = n->child[path & 3];
    return n;
}

/* Puts the node under `id`; or, if that number is taken, changes nothing and returns who has it.
 * Returns NULL when the node went in. */
struct idnode *idtree_insert(struct idtree *t, uint64_t id, struct idnode *node);

/* Takes out a node that is in the tree. */
void idtree_remove(struct idtree *t, struct idnode *node);

/* Calls visit(node, arg) for every node, in no order that means anything; visit may free the node. The
 * tree is empty afterwards. */
void idtree_drain(struct idtree *t, void (*visit)(struct idnode *node, void *arg), void *arg);

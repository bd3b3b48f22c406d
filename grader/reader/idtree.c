#include "grader/reader/idtree.h"

#include <string.h>

struct idnode *idtree_insert(struct idtree *t, uint64_t id, struct idnode *node)
{
    struct idnode **link = &t->root;

    for (uint64_t path = id; *link; path >>= 2) {
        if ((*link)->id == id)
            return *link;
        link = &(*link)->child[path & 3];
    }
    *node = (struct idnode){.id = id};
    *link = node;
    return NULL;
}

static struct idnode **first_child(struct idnode *n)
{
    for (int i = 0; i < 4; i++) {
        if (n->child[i])
            return &n->child[i];
    }
    return NULL;
}

/* Everything below a node agrees with it in the bits that led there, so any leaf from below may take
 * its place. */
void idtree_remove(struct idtree *t, struct idnode *node)
{
    struct idnode **link = &t->root;

    for (uint64_t path = node->id; *link != node; path >>= 2)
        link = &(*link)->child[path & 3];

    struct idnode **leaf = link;
    for (struct idnode **below = first_child(node); below; below = first_child(*leaf))
        leaf = below;
    struct idnode *heir = leaf == link ? NULL : *leaf;
    *leaf = NULL;
    if (heir)
        memcpy(heir->child, node->child, sizeof(heir->child));
    *link = heir;
}

static void drain(struct idnode *n, void (*visit)(struct idnode *node, void *arg), void *arg)
{
    if (!n)
        return;
    for (int i = 0; i < 4; i++)
        drain(n->child[i], visit, arg);
    visit(n, arg);
}

void idtree_drain(struct idtree *t, void (*visit)(struct idnode *node, void *arg), void *arg)
{
    drain(t->root, visit, arg);
    t->root = NULL;
}

/* intern.h: equal contents get equal numbers, for as long as the trace is open.
 *
 * Ids on the wire are good for one generation; analyses want to count by string, frame and stack over
 * the whole trace. Contents are just bytes here, so one interner serves all three. Id 0 is the empty
 * content; others count from 1 in the order of first appearance. Contents never move. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/mem.h"
#include "grader/reader/idtree.h"

struct interned {
    struct idnode node;    /* by hash */
    struct interned *same; /* next one with that hash */
    uint32_t id;
    uint32_t length;
    const void *bytes; /* aligned for any type */
};

struct intern {
    struct idtree by_hash;
    struct arena arena;
    VEC(struct interned *) by_id; /* [id - 1] */
};

void intern_release(struct intern *in);

/* The id of a content; copies it when it is new. */
uint32_t intern_id(struct intern *in, const void *bytes, size_t length);

/* The content of an id that intern_id gave out, or 0; its length goes to *length. */
const void *intern_bytes(const struct intern *in, uint32_t id, size_t *length);

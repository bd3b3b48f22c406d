#include "grader/reader/intern.h"

#include <string.h>

#include "base/hash.h"

void intern_release(struct intern *in)
{
    arena_release(&in->arena);
    vec_free(&in->by_id);
    in->by_hash.root = NULL;
}

static struct interned *add(struct intern *in, const void *bytes, size_t length)
{
    struct interned *one = arena_alloc(&in->arena, sizeof(*one));
    void *copy = arena_alloc(&in->arena, length);

    memcpy(copy, bytes, length);
    vec_push(&in->by_id, one);
    one->id = (uint32_t)in->by_id.len;
    one->length = (uint32_t)length;
    one->bytes = copy;
    return one;
}

uint32_t intern_id(struct intern *in, const void *bytes, size_t length)
{
    if (length == 0)
        return 0;
    uint64_t hash = hash_bytes(bytes, length);
    struct interned *head = (struct interned *)idtree_find(&in->by_hash, hash);

    for (struct interned *one = head; one; one = one->same) {
        if (one->length == length && memcmp(one->bytes, bytes, length) == 0)
            return one->id;
    }
    struct interned *fresh = add(in, bytes, length);
    if (head) {
        fresh->same = head->same;
        head->same = fresh;
    } else {
        idtree_insert(&in->by_hash, hash, &fresh->node);
    }
    return fresh->id;
}

const void *intern_bytes(const struct intern *in, uint32_t id, size_t *length)
{
    if (id == 0) {
        *length = 0;
        return "";
    }
    const struct interned *one = in->by_id.data[id - 1];
    *length = one->length;
    return one->bytes;
}

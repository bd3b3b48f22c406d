/* value.h: what a variable of a workload holds and what a channel carries: 16 bytes with a tag.
 *
 * Numbers are exact integers (durations in ns, sizes in bytes). Everything else is a counted handle:
 * copying a value retains it, dropping the last one calls the handle's own `free`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rt;

enum value_tag {
    VALUE_NONE, /* no value: a token on a channel */
    VALUE_TRUTH,
    VALUE_NUMBER,
    VALUE_DURATION,
    VALUE_SIZE,
    VALUE_ID,     /* an opaque text (index into the world's ids), only for `log` */
    VALUE_ERROR,  /* a failed outside call; `n` tells which */
    VALUE_HANDLE, /* from here on `ref` is counted */
    VALUE_CONTEXT = VALUE_HANDLE,
    VALUE_OBJECT, /* a channel, mutex, waitgroup, ... by reference */
    VALUE_BUFFER,
    VALUE_REQUEST,
    VALUE_REGION,
    VALUE_LIST,
};

/* First member of everything a value can refer to. */
struct handle {
    union {
        struct {
            uint32_t refs;
            uint32_t known; /* of these, found by the search for leaked goroutines (detect/stuck.c) */
        };
        struct handle *next_dead; /* without references, to be freed */
    };
    const struct handle_kind *kind; /* NULL: part of something larger, never freed by its references */
};

struct handle_kind {
    void (*free)(struct rt *rt, struct handle *h); /* the last reference is gone */
    /* Says see() once for each counted reference that h itself holds. NULL: it holds none. */
    void (*refs)(struct handle *h, void (*see)(void *context, struct handle *h), void *context);
    /* The same for what h can act upon though it holds no reference to it. NULL: nothing. */
    void (*reaches)(struct handle *h, void (*see)(void *context, struct handle *h), void *context);
};

struct value {
    uint32_t tag;
    uint32_t aux; /* VALUE_LIST: its length; OBJECT: its kind; BUFFER: its generation; others: 0 */
    union {
        int64_t n;
        struct handle *ref;
    };
};

/* `size` bytes that begin with a handle of one reference, the rest zero; their end, for a kind's `free`. */
void *handle_new(struct rt *rt, size_t size, const struct handle_kind *kind);
void handle_free(struct rt *rt, struct handle *h, size_t size);

/* One reference more; one less, of which the last frees it. */
void handle_keep(struct rt *rt, struct handle *h);
void handle_drop(struct rt *rt, struct handle *h);

/* A copy that owns its own reference. */
struct value value_copy(struct rt *rt, struct value v);
/* Gives up v's reference and sets it to VALUE_NONE. */
void value_drop(struct rt *rt, struct value *v);

/* Says see() for the reference that v is, if it is one. */
static inline void value_refs(struct value v, void (*see)(void *context, struct handle *h), void *context)
{
    if (v.tag >= VALUE_HANDLE)
        see(context, v.ref);
}

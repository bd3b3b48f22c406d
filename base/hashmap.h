/* Two maps: from bytes to a dense index and a pointer, and from one 64-bit number to another.
 *
 * Entries are kept in the order in which they were put, and that is the only order in which they
 * can be walked, so that no table's layout ever decides anything. A zeroed struct is an empty map.
 *
 *     for (size_t i = 0; i < m.len; i++)
 *         use(m.entries[i].key, m.entries[i].value);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* ---- strings: also an interner, since the index of a key never changes -------------------- */

struct strmap_entry {
    const char *key; /* the map's own copy, ended by a NUL */
    size_t key_len;
    void *value; /* the caller's */
    uint64_t hash;
};

struct strmap {
    struct strmap_entry *entries; /* entries[i] is the i-th key that was put */
    size_t len, cap;
    uint32_t *slots; /* index + 1 of an entry, 0: free */
    size_t nslots;   /* a power of two */
    struct arena keys;
};

void strmap_release(struct strmap *m);

/* The index of a key, or -1. */
int64_t strmap_find(const struct strmap *m, const char *key);
int64_t strmap_find_n(const struct strmap *m, const char *key, size_t len);

/* The value of a key, or NULL when it is not there. */
void *strmap_get(const struct strmap *m, const char *key);

/* Puts a key unless it is there; returns its index. A new key's value is NULL. */
size_t strmap_intern(struct strmap *m, const char *key);
size_t strmap_intern_n(struct strmap *m, const char *key, size_t len);

/* Puts or replaces; true if the key is new. */
bool strmap_put(struct strmap *m, const char *key, void *value);

/* ---- numbers -------------------------------------------------------------------------------- */

struct idmap_entry {
    uint64_t key, value;
    bool live; /* false: was deleted, skip it */
};

struct idmap {
    struct idmap_entry *entries; /* entries[0 .. used), in the order of putting */
    size_t used, cap;
    size_t live;     /* how many entries are there */
    uint32_t *slots; /* index + 1 of an entry, 0: free */
    size_t nslots;
};

void idmap_release(struct idmap *m);

/* Forgets all entries and keeps the memory. */
void idmap_clear(struct idmap *m);

/* True and the value if the key is there; `value` may be NULL. */
bool idmap_get(const struct idmap *m, uint64_t key, uint64_t *value);

/* Puts or replaces; true if the key is new. May move the entries. */
bool idmap_put(struct idmap *m, uint64_t key, uint64_t value);

/* Deletes; false if the key is not there. Its memory is used again by later puts. */
bool idmap_del(struct idmap *m, uint64_t key);

/* Steps through live entries in order: start with *at = 0; NULL at the end. Do not put meanwhile;
 * deleting is allowed. */
const struct idmap_entry *idmap_next(const struct idmap *m, size_t *at);

#include "base/hashmap.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

#define SLOTS_MIN 16

/* Slots are at most three quarters full, so that probing ends soon. */
static bool is_crowded(size_t entries, size_t nslots)
{
    return (entries + 1) * 4 > nslots * 3;
}

static size_t slots_for(size_t entries)
{
    size_t n = SLOTS_MIN;

    while (entries * 2 > n)
        n *= 2;
    return n;
}

/* ---- strings ------------------------------------------------------------------------------ */

void strmap_release(struct strmap *m)
{
    free(m->entries);
    free(m->slots);
    arena_release(&m->keys);
    *m = (struct strmap){0};
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t str_slot(const struct strmap *m, const char *key, size_t len, uint64_t hash)
{
    size_t at = hash & (m->nslots - 1);

    while (m->slots[at]) {
        const struct strmap_entry *e = &m->entries[m->slots[at] - 1];

        if (e->hash == hash && e->key_len == len && memcmp(e->key, key, len) == 0)
            break;
        at = (at + 1) & (m->nslots - 1);
    }
    return at;
}

static void str_rehash(struct strmap *m)
{
    free(m->slots);
    m->nslots = slots_for(m->len + 1);
    m->slots = xcalloc(m->nslots, sizeof(*m->slots));
    for (size_t i = 0; i < m->len; i++) {
        const struct strmap_entry *e = &m->entries[i];

        m->slots[str_slot(m, e->key, e->key_len, e->hash)] = (uint32_t)i + 1;
    }
}

int64_t strmap_find_n(const struct strmap *m, const char *key, size_t len)
{
    if (m->len == 0)
        return -1;
    return (int64_t)m->slots[str_slot(m, key, len, hash_bytes(key, len))] - 1;
}

int64_t strmap_find(const struct strmap *m, const char *key)
{
    return strmap_find_n(m, key, strlen(key));
}

void *strmap_get(const struct strmap *m, const char *key)
{
    int64_t i = strmap_find(m, key);

    return i < 0 ? NULL : m->entries[i].value;
}

size_t strmap_intern_n(struct strmap *m, const char *key, size_t len)
{
    uint64_t hash = hash_bytes(key, len);
    struct strmap_entry e = {.key_len = len, .hash = hash};
    size_t at;

    if (is_crowded(m->len, m->nslots))
        str_rehash(m);
    at = str_slot(m, key, len, hash);
    if (m->slots[at])
        return m->slots[at] - 1;
    e.key = arena_strndup(&m->keys, key, len);
    m->entries = vec_grow(m->entries, &m->cap, m->len, 1, sizeof(*m->entries));
    m->entries[m->len] = e;
    m->slots[at] = (uint32_t)m->len + 1;
    return m->len++;
}

size_t strmap_intern(struct strmap *m, const char *key)
{
    return strmap_intern_n(m, key, strlen(key));
}

bool strmap_put(struct strmap *m, const char *key, void *value)
{
    size_t before = m->len;
    size_t i = strmap_intern(m, key);

    m->entries[i].value = value;
    return m->len > before;
}

/* ---- numbers ------------------------------------------------------------------------------ */

void idmap_release(struct idmap *m)
{
    free(m->entries);
    free(m->slots);
    *m = (struct idmap){0};
}

void idmap_clear(struct idmap *m)
{
    if (m->nslots > 0)
        memset(m->slots, 0, m->nslots * sizeof(*m->slots));
    m->used = m->live = 0;
}

/* The slot of the live entry with this key, or the free one at the end of its chain. Deleted entries
 * keep their slots, so that chains stay whole until the next rehash. */
static size_t id_slot(const struct idmap *m, uint64_t key)
{
    size_t at = hash_mix(key) & (m->nslots - 1);

    while (m->slots[at]) {
        const struct idmap_entry *e = &m->entries[m->slots[at] - 1];

        if (e->live && e->key == key)
            break;
        at = (at + 1) & (m->nslots - 1);
    }
    return at;
}

/* Drops deleted entries, keeps the order, and sizes the slots for what is left. */
static void id_rehash(struct idmap *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->used; i++)
        if (m->entries[i].live)
            m->entries[kept++] = m->entries[i];
    m->used = kept;
    free(m->slots);
    m->nslots = slots_for(kept + 1);
    m->slots = xcalloc(m->nslots, sizeof(*m->slots));
    for (size_t i = 0; i < kept; i++)
        m->slots[id_slot(m, m->entries[i].key)] = (uint32_t)i + 1;
}

static struct idmap_entry *id_entry(const struct idmap *m, uint64_t key)
{
    size_t at;

    if (m->live == 0)
        return NULL;
    at = id_slot(m, key);
    return m->slots[at] ? &m->entries[m->slots[at] - 1] : NULL;
}

bool idmap_get(const struct idmap *m, uint64_t key, uint64_t *value)
{
    const struct idmap_entry *e = id_entry(m, key);

    if (e && value)
        *value = e->value;
    return e != NULL;
}

bool idmap_put(struct idmap *m, uint64_t key, uint64_t value)
{
    struct idmap_entry *e = id_entry(m, key);

    if (e) {
        e->value = value;
        return false;
    }
    if (is_crowded(m->used, m->nslots))
        id_rehash(m);
    m->entries = vec_grow(m->entries, &m->cap, m->used, 1, sizeof(*m->entries));
    m->entries[m->used] = (struct idmap_entry){.key = key, .value = value, .live = true};
    m->slots[id_slot(m, key)] = (uint32_t)m->used + 1;
    m->used++;
    m->live++;
    return true;
}

bool idmap_del(struct idmap *m, uint64_t key)
{
    struct idmap_entry *e = id_entry(m, key);

    if (!e)
        return false;
    e->live = false;
    m->live--;
    return true;
}

const struct idmap_entry *idmap_next(const struct idmap *m, size_t *at)
{
    while (*at < m->used) {
        const struct idmap_entry *e = &m->entries[(*at)++];

        if (e->live)
            return e;
    }
    return NULL;
}

/* def.h: what a file says of its world, for this room only. Made by load.c, read by world.c. */
#pragma once

#include "base/arena.h"
#include "base/hashmap.h"
#include "runtime/world/fields.h"
#include "runtime/world/world.h"

/* Fields that other fields' rules speak of, by their place in their section's table. */
enum world_field {
    WORLD_MACHINE,
    WORLD_WARMUP,
    WORLD_CAPTURE,
    WORLD_WORKS,
    WORLD_SERVICES,
    WORLD_DISKS,
    WORLD_STATES,
    WORLD_LOADS,
    WORLD_FIELDS
};
enum machine_field { MACHINE_CPUS, MACHINE_QUOTA, MACHINE_FIELDS };
enum service_field { SERVICE_LATENCY, SERVICE_PER_ITEM, SERVICE_AT_ONCE, SERVICE_FAILS, SERVICE_FIELDS };
enum state_field { STATE_KEY, STATE_HEAP, STATE_POINTERS, STATE_WORD, STATE_FIELDS };
enum load_field {
    LOAD_RATE,
    LOAD_AT,
    LOAD_CLIENTS,
    LOAD_REQUESTS,
    LOAD_EACH,
    LOAD_TIMEOUT,
    LOAD_THINK,
    LOAD_BURSTS,
    LOAD_ARRIVALS,
    LOAD_FROM,
    LOAD_UNTIL,
    LOAD_FIELDS
};

extern const struct field world_fields[WORLD_FIELDS];
extern const struct field service_fields[SERVICE_FIELDS]; /* of disks too */
extern const struct field state_fields[STATE_FIELDS];
extern const struct field load_fields[LOAD_FIELDS];

struct param_def {
    struct quantity *drawn; /* NULL: it was wrong */
    enum expr_type type;
};

struct attr_def {
    uint32_t attr; /* its name's number */
    enum expr_type type;
    struct quantity *drawn; /* NULL: an id, or it was wrong */
};

/* A work, service, disk, state or load; its name is in names[kind]. */
struct thing_def {
    struct span span;       /* of its name */
    struct quantity *cpu;   /* work */
    struct cell *cells;     /* the others */
    uint32_t item, item2;   /* cpu; net, net-items; syscall, syscall-items; read, write */
    int32_t key;            /* state */
    struct attr_def *attrs; /* load */
    size_t nattrs;
};

struct things {
    struct thing_def *data;
    size_t len;
};

struct item_def {
    enum item_kind kind;
    const char *name;
};

#define ITEMS_MAX      64 /* a set of items is one word */
#define ATTRS_MAX      32 /* a request's line fits a page of the ledger */
#define NAME_BYTES_MAX 48

struct world_def {
    struct arena arena;
    struct strmap names[WORLD_KIND_COUNT];
    const char **name_list[WORLD_KIND_COUNT]; /* the same in order, as an array */
    struct cell *world;                       /* cells of world_fields, NULL: no world was given */
    struct param_def *params;
    size_t nparams; /* while reading: the earlier ones */
    struct things things[WORLD_KIND_COUNT];
    enum expr_type *attr_types; /* over all loads */
    struct item_def items[ITEMS_MAX];
    uint32_t nitems;
};

static inline const char *name_of(const struct world_def *def, enum world_kind kind, uint32_t i)
{
    return def->names[kind].entries[i].key;
}

/* facts.h: the ledger of a trace, parsed: what the runtime itself noted (format/ledger.h).
 *
 * A trace of a real Go program has no ledger: `present` is false and everything else empty. Lines of a
 * keyword that is not known, or with too few fields, make the ledger `damaged`; the rest still counts.
 * Everything lives in one arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/expr.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "format/ledger.h"

struct fact_attr {
    const char *name;
    enum expr_type type;
};

/* Work that was done for a request, one entry per item. */
struct fact_work {
    uint32_t item;
    int64_t before, total; /* amounts in 1/LEDGER_UNIT */
    int64_t first, last;   /* first start, last end, ns */
    uint64_t after;        /* bit set of items all of which happened before all of this one */
};

struct fact_request {
    bool exists;   /* a `request` line was seen */
    bool answered; /* before its client gave up */
    int64_t arrived;
    uint64_t handler; /* goroutine, 0: none */
    int64_t *attrs;   /* one per attribute of the load */
    int64_t reply;    /* when */
    int64_t first_piece; /* when the answer began to leave: `reply`, if it came in one piece */
    uint64_t replier; /* goroutine, 0: none */
    const char *status; /* ok refused failed given-up; NULL: never */
    int64_t bytes, own;
    int64_t cpu_due, net_due;
    VEC(struct fact_work) work;
};

struct fact_load {
    const char *name;
    uint32_t announced; /* requests that come in all */
    VEC(struct fact_attr) attrs;
    VEC(struct fact_request *) requests; /* by index; NULL: no line spoke of it */
};

struct fact_item {
    enum item_kind kind;
    const char *name;
};

/* A goroutine took a request in hand by receiving it. */
struct fact_take {
    uint64_t g;
    uint32_t load, index;
    int64_t at;
    uint64_t from; /* who sent it, 0: unknown */
    int64_t sent;
};

struct fact_lock_wait {
    uint64_t g;
    int64_t at;
    uint32_t object;
    uint64_t holder; /* 0: none known */
};

/* What somebody did somewhere. */
struct fact_access {
    const char *kind; /* of a race: read, write ...; of misuse: put, answered ... */
    uint64_t g;
    const char *site;
};

struct fact_race {
    uint64_t count;
    const char *var;
    int64_t at;
    struct fact_access later, earlier;
};

/* Misuse, leaks, deadlocked goroutines, the panic: something that went wrong at a place. */
struct fact_fault {
    const char *kind; /* misuse: its kind in words; leaked, stuck: the wait's reason; panic: its text */
    int64_t at;       /* -1: not told */
    uint64_t g;
    const char *site;
    struct fact_access earlier; /* misuse: what makes it one; site NULL: not told */
};

/* Work done with no request in hand. */
struct fact_nobody {
    uint32_t item;
    int64_t amount;
    const char *site;
};

struct fact_named {
    const char *what, *name; /* name: "-" for none */
    const char *text;        /* the value as it stands there */
    int64_t value;
};

struct facts {
    bool present, damaged;
    uint32_t pages;
    uint32_t announced; /* requests of all loads */
    struct arena arena;
    int64_t runtime_version, costs_version;
    const char *scenario_digest;
    uint64_t seed;
    const char *mode;
    int64_t cpus, gomaxprocs, gogc;
    int64_t warmup;
    VEC(struct fact_named) params, peaks;
    VEC(struct fact_load) loads;
    VEC(struct fact_item) items;
    VEC(const char *) objects; /* by number; NULL: not told */
    VEC(struct fact_take) takes;
    VEC(struct fact_lock_wait) waits;
    VEC(struct fact_race) races;
    VEC(struct fact_fault) misuse, leaked, stuck, panics;
    VEC(struct fact_nobody) nobody;
    const char *budget; /* "more than 5 steps", if the program was stopped for that; else NULL */
    enum run_end end;   /* END_NONE: no final page */
    int64_t end_at;
};

void facts_release(struct facts *f);
/* Takes one page (a whole string of the table, with its magic). */
void facts_page(struct facts *f, const char *page, size_t length);
/* The same for a page of what could not be read in order: takes how the run ended and what was wrong with it,
 * and nothing that would have to be found among the events. */
void facts_end_page(struct facts *f, const char *page, size_t length);

/* A request as one number, and back; 0 is none. */
static inline uint64_t request_hand(uint32_t load, uint32_t index)
{
    return ((uint64_t)load << 32) + index + 1;
}

static inline uint32_t hand_load(uint64_t hand)
{
    return (uint32_t)((hand - 1) >> 32);
}

static inline uint32_t hand_index(uint64_t hand)
{
    return (uint32_t)(hand - 1);
}

int32_t facts_find_load(const struct facts *f, const char *name);
/* The item of that kind and name, or -1. */
int32_t facts_find_item(const struct facts *f, enum item_kind kind, const char *name);
/* NULL if there is none. */
const struct fact_request *facts_request(const struct facts *f, uint32_t load, uint32_t index);
const struct fact_work *facts_work(const struct fact_request *r, uint32_t item);

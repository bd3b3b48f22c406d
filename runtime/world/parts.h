/* parts.h: the parts of one run's world, for this room only.
 *
 * Everything is touched by steps of the virtual machine and by outside events between steps, one
 * at a time; the room holds no lock. */
#pragma once

#include "base/dist.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "base/wide.h"
#include "runtime/detect/detect.h"
#include "runtime/sched/sched.h"
#include "runtime/sync/sync.h"
#include "runtime/world/def.h"

/* ---- required work */
struct work {
    struct dist cpu;
    uint64_t luck;      /* entity of its draws */
    int64_t nobody_had; /* how much of it was claimed with no request in hand */
};

/* ---- services and disks: a station takes calls, `at_once` at a time, the others in order */
struct station {
    struct dist latency, per_item, fails;
    bool has_items;
    int64_t at_once; /* 0: no limit */
    uint32_t item, items_item;
    uint64_t luck;
    uint64_t nobody_calls;
    uint32_t busy;             /* calls being served */
    uint32_t in_flight, peak;  /* calls begun and not over: served or waiting */
    struct call *first, *last; /* waiting */
};

struct call {
    struct outside end; /* while it is served */
    struct rt *rt;
    struct station *station;
    struct g *g;
    struct call *next; /* waiting, or in world->free_calls */
    struct ctx_watch watch;
    bool watching, served, failed;
    int64_t cost, begun, items;
};

/* ---- shared state */
struct table {
    int64_t heap, word; /* word: 0 or 1 */
    struct dist pointers;
    int32_t key;
    uint32_t read, write; /* items */
    const char *name;
    uint32_t parts;
    struct shadow *shadows;  /* one per part */
    const char **part_names; /* NULL: not split */
};

/* ---- requests */

/* Work done in one epoch of one goroutine. */
struct stretch {
    struct hb_point at;
    int64_t amount;
    uint32_t before; /* the one before it of the same item: its place + 1, 0: none */
};

/* One item's account in one request. */
struct account {
    uint32_t item;
    int64_t claimed; /* how much was begun: cpu amounts, number of calls */
    int64_t before; /* done before `per` bytes of the answer had left, where that was least */
    int64_t per;    /* 0: none of it has left, or it has no bytes */
    int64_t total;
    int64_t first, last; /* start of the first, end of the last */
    uint64_t after;      /* items all of which happened before all of this one, as far as known */
    uint32_t stretch;    /* the last one: its place in the request + 1, 0: none */
};

struct request {
    struct handle h; /* counted: goroutines that have it in hand, values that refer to it */
    struct world *world;
    uint32_t load, index;
    struct deed answered; /* by the program, in time or not */
    bool settled;         /* answered, given up, or nobody can answer any more */
    bool returned;        /* its handler has */
    struct request *next; /* in the load's backlog */
    int64_t arrived, started, ended; /* ended: once it is settled */
    uint64_t g; /* its handler, 0: none yet */
    struct outside patience;
    int64_t bytes, own;
    int64_t first_piece; /* when it left, if the answer has several; else 0 */
    int64_t due_cpu, due_net;
    VEC(struct account) accounts;
    VEC(struct stretch) stretches; /* of all accounts */
    int64_t attrs[];
};

#define REQUESTS_MAX 2000000 /* of one load: the table of them stays below 16 MiB */

/* The next arrivals of an open load, drawn in order (arrivals.c). */
struct arrivals {
    uint64_t n;       /* so many have been drawn */
    uint64_t gaps;    /* of these, by the steady process */
    int64_t steady;   /* when its next one is due */
    int64_t burst;    /* when the next burst is due, NEVER: none */
    int64_t in_burst; /* left of the burst that is under way */
};

/* One client of a closed load. */
struct client {
    struct outside next;
    struct load *load;
    uint64_t asked; /* so many of its own requests */
    int64_t due;    /* when it asks for the next */
};

struct load {
    /* what the scenario says */
    struct ratio rate; /* num 0: not given */
    struct value_list at;
    int64_t clients, nrequests, timeout, even, from, until;
    struct dist think;
    struct {
        int64_t every, size;
    } burst;
    struct dist *attrs;
    const struct thing_def *def;
    uint64_t luck;
    uint32_t number;

    /* the run */
    struct world *world;
    uint32_t total;            /* requests in all */
    struct request **requests; /* by index; NULL: not yet, or closed */
    struct arrivals arrivals;
    struct outside arrival;
    int64_t due; /* when the next one comes, or came if nobody served then */
    struct client *client;
    struct request *first, *last; /* backlog: arrived, not accepted */
    struct request *spare;        /* closed, for the next ones */
    uint32_t accepted;
    struct serve *serve; /* NULL: nobody serves it */
    uint32_t function;
    struct g *acceptor;
    bool waiting; /* the acceptor is in the poller */
};

/* One `serve` step. */
struct serve {
    struct rt *rt;
    const struct server *server;
    struct g *g;
    struct outside quiet;
    uint64_t open; /* requests to come, or unsettled, or with a handler that runs */
};

struct nobody {
    uint32_t item;
    struct site site;
    int64_t amount;
};

struct world {
    const struct world_def *def;
    struct rt *rt; /* set by world_start */
    struct arena arena;
    uint64_t seed;
    bool finished; /* world_finish has written everything */
    struct expr_value *params;
    int64_t cpus, warmup;
    struct work *works;
    struct station *services, *disks;
    struct table *tables;
    struct load *loads;
    struct call *free_calls;
    uint32_t under_way; /* works and calls begun and not done, for a request */
    int64_t active;     /* when somebody last worked for a request */
    VEC(struct nobody) nobody;
    struct idmap nobody_at; /* item and pc -> index in nobody */
};

/* requests.c. request_of: NULL for hand 0. A request is closed, its account written and its memory
 * freed, when it is settled, its handler has returned and the program has lost sight of it. */
struct request *request_of(const struct world *w, uint64_t hand);
struct request *request_arrives(struct load *l, uint32_t index, int64_t when);
void request_accepted(struct request *r, const struct g *handler, int64_t when);
uint64_t request_hand(const struct request *r);
/* Its client waits no longer. May close it. */
void request_settle(struct request *r, int64_t when);
void requests_finish(struct load *l);
void requests_free(struct load *l);

/* reply.c: the ledger's line of how a request ended; g is NULL if nobody answered. */
void write_reply(const struct request *r, int64_t at, const struct g *g, const char *status);

/* arrivals.c */
void arrivals_start(const struct load *l, struct arrivals *a);
/* When the next request of an open load comes, or NEVER: there is none. */
int64_t arrivals_next(const struct load *l, struct arrivals *a);
/* How many requests come in all; REQUESTS_MAX + 1: more than there may be. */
uint32_t load_count(const struct load *l);
/* A client's think time before its n-th request. */
int64_t client_think(const struct load *l, uint32_t client, uint64_t n);

/* work.c: `amount` of an item is done, begun at `since`, for g's request in hand. */
void account_work(struct m *m, struct g *g, uint32_t item, int64_t amount, int64_t since);
struct account *account_of(struct request *r, uint32_t item);
/* g sends the answer or a piece of it: what of each item happened before. */
void account_piece(struct request *r, const struct g *g);
void account_write(struct request *r);
void nobody_write(struct world *w);
/* Somebody begins or ends work for a request. */
void work_begins(struct m *m, const struct request *r);
void work_ends(struct m *m, const struct request *r);

/* serve.c: the client of r has its answer, or waits no longer / r is settled and its handler
 * gone. */
void request_answered(struct request *r, int64_t when);
void request_over(struct request *r, int64_t when);

/* world.h: what surrounds a program: CPUs, required work, services, disks, shared state, loads.
 *
 * The scenario owns the world, the workload is the program. A `struct world_def` is what a file
 * says (load.c), with parameters still open; it is immutable and any number of runs share it. A
 * `struct world` is one run's: parameters drawn from the seed and filled in.
 *
 *     def = world_load(params, world, diags)        once per file
 *     w = world_new(def, seed, diags)               once per run; now world_cpus(w) is known
 *     rt->world = w;  world_start(rt);              before sched_boot: heap, first ledger lines
 *     ... the program runs ...
 *     world_finish(rt);  ...  rt_free(rt);  world_free(w);
 *
 * A *request* is one arrival of a load. Everything about it is drawn before the program has a say:
 * when it comes, its attributes, what each piece of its work costs and how slow each of its calls
 * is. Every draw is f(seed, purpose, entity, n) with an entity made of names and numbers of the
 * world (luck.h has the table), so a program cannot change its luck by doing things in another
 * order.
 *
 * The *request in hand* of a goroutine is g->hand (hand_make in sched/g.h), 0 for none. Draws and
 * accounts go to it. Whoever makes a goroutine says world_hold after spawn, whoever buries one says
 * world_release: a request's account is closed and written when nobody can work for it any more.
 *
 * Work is accounted per request and item (an item is one thing a contract can name: "cpu
 * render", "net upstream", "write prices"), in units of 1/LEDGER_UNIT, and is "before the reply"
 * by happens-before. Nothing here knows what a contract wants. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/expr.h"
#include "base/yaml.h"
#include "format/ledger.h"
#include "runtime/detect/detect.h"
#include "runtime/sched/op.h"

struct context;
struct g;
struct m;
struct rt;
struct world;
struct world_def;

/* ---- what a file says (load.c) */

/* The `params:` and `world:` values of a scenario, or of a workload that has none; each may be
 * NULL. NULL after reporting everything that is wrong. The tree and its source may go
 * afterwards, except that spans in later diagnostics (world_new) still point to the source. */
struct world_def *world_load(const struct yaml_node *params, const struct yaml_node *world, struct diags *d);
void world_def_free(struct world_def *def);

/* What has a name in a world. Each kind is a namespace of its own. */
enum world_kind {
    WORLD_PARAM,
    WORLD_WORK,
    WORLD_SERVICE,
    WORLD_DISK,
    WORLD_STATE,
    WORLD_LOAD,
    WORLD_ATTR, /* attributes of requests: one number per name, whichever loads have it */
    WORLD_KIND_COUNT,
};

/* The number of a name, counting from 0 in the order of the file, or -1. */
int32_t world_find(const struct world_def *def, enum world_kind kind, const char *name);
/* All names of a kind, for suggest_text; *count of them. Borrowed from def. */
const char *const *world_names(const struct world_def *def, enum world_kind kind, size_t *count);
/* The word for a kind in messages: "work", "service", ... */
const char *world_kind_name(enum world_kind kind);

/* The type of `r.NAME`. With a load: false if that load's requests have no such attribute. With
 * load -1: over all loads, EXPR_ANY where they differ. */
bool world_attr_type(const struct world_def *def, int32_t load, uint32_t attr, enum expr_type *type);

bool world_state_is_word(const struct world_def *def, uint32_t state);
/* The attribute that says which entry of a table a request means, or -1: then it cannot be
 * split. */
int32_t world_state_key(const struct world_def *def, uint32_t state);
/* Whether calls have a cost per item (`items:` makes sense). */
bool world_service_has_items(const struct world_def *def, uint32_t service);
bool world_disk_has_items(const struct world_def *def, uint32_t disk);

/* `$name` in the files that go with this world: a resolver for expr_check. Borrows def. */
struct expr_names world_param_names(const struct world_def *def);

/* ---- one run's world */

/* Draws the parameters and fills them in. NULL after reporting what does not fit (an empty
 * range). */
struct world *world_new(const struct world_def *def, uint64_t seed, struct diags *d);
/* Writes params, loads, attributes and items to the ledger, and makes the resident heap. With
 * rt->world and rt->ledger set, before sched_boot. */
void world_start(struct rt *rt);
/* The run is over: writes what is left of every request, and the peaks. Once, before the
 * ledger's end. */
void world_finish(struct rt *rt);
/* After rt_free: nothing of the run refers to its requests any more. */
void world_free(struct world *w);

uint32_t world_cpus(const struct world *w);
struct expr_env world_param_env(const struct world *w); /* values for world_param_names */

/* ---- requests (requests.c) */

/* r.NAME: false if requests of this load have no such attribute. An id (EXPR_ID) is a number to
 * be shown by expr_value_text. */
bool world_attr(const struct rt *rt, uint64_t hand, uint32_t attr, struct expr_value *out);
/* r.elapsed: since its arrival, until its client has its answer or gives up. */
int64_t world_elapsed(const struct m *m, uint64_t hand);

/* A goroutine was born with this request in hand, or has died with it. `hand` may be 0. */
void world_hold(struct rt *rt, uint64_t hand);
void world_release(struct rt *rt, uint64_t hand);
/* g takes a request in hand because it received it: `from` (a goroutine's id) sent it at `sent`.
 * Nothing happens if it has it in hand already. */
void world_take(struct m *m, struct g *g, uint64_t hand, uint64_t from, int64_t sent);

/* A request as a VALUE_REQUEST with a reference of its own, and back. */
struct value world_request_value(struct rt *rt, uint64_t hand);
uint64_t world_request_hand(struct value v);

/* ---- work (work.c) */

/* The part num/den of a piece of work as an amount, rounded up; num >= 0, den > 0. */
int64_t world_amount(int64_t num, int64_t den);
/* `cpu: WORK`: claims this amount of it for g's request in hand and returns the CPU time it
 * takes. Parts of one piece share a draw and add up to it exactly. */
int64_t world_cpu_cost(struct m *m, struct g *g, uint32_t work, int64_t amount);
/* The claimed work is done; `since`: when it began. */
void world_cpu_done(struct m *m, struct g *g, uint32_t work, int64_t amount, int64_t since);
/* CPU time that g needed and got for its request in hand: for work, for `cpu: 120us`, for a step itself.
 * What the request executes beyond this, it was on a P without a CPU. */
void world_cpu_used(struct m *m, struct g *g, int64_t ns);

/* Reads or writes shared state for g's request in hand: one `read` or `write` of work, charged,
 * and checked for races. `part`: only the part of the table where the key of the request in hand
 * belongs, after world_split; else all of it. Atomic access only if world_state_is_word. */
void world_access(struct m *m, struct g *g, uint32_t state, enum access how, bool part);
/* The program keeps this table in so many parts, by key modulo parts. Once, before it runs. */
void world_split(struct rt *rt, uint32_t state, uint32_t parts);

enum reply_status { REPLY_OK, REPLY_REFUSED, REPLY_FAILED, REPLY_MORE, REPLY_STATUS_COUNT };
extern const char *const reply_status_names[REPLY_STATUS_COUNT];
/* Answers a request (g->hand, or another that was named): `size` bytes, of which `own` were
 * written by this request into a buffer it holds. MORE sends a piece; any other status ends the
 * request's time. A second answer is a misuse that goes on, as a second WriteHeader in Go. DONE,
 * or PANIC if hand is 0. */
enum end world_reply(struct m *m, struct g *g, uint64_t hand, enum reply_status status, int64_t size,
                     int64_t own);

/* ---- the outside (services.c); called until DONE with op->failed */

/* One call of `items` items (1 where the step names none). Waits in the poller; ends early,
 * failed, when ctx (may be NULL) is cancelled. */
enum end op_net(struct m *m, struct g *g, struct outside_op *op, uint32_t service, int64_t items,
                struct context *ctx);
/* A blocking system call. What the disk cannot take at once waits inside the call. */
enum end op_syscall(struct m *m, struct g *g, struct outside_op *op, uint32_t disk, int64_t items);
/* The run is over and nobody will call this operation again. */
void outside_abandon(struct rt *rt, struct outside_op *op);

/* ---- serving (serve.c) */

/* How the program starts the handler of a request: spawns it (it inherits the hand of the accept
 * goroutine, which is `hand` during the call). */
struct server {
    struct g *(*start)(struct m *m, void *context, uint32_t function, uint64_t hand);
    void *context;
};
struct serve_load {
    uint32_t load;
    uint32_t function; /* handed on to start */
};
/* Serves the loads: one accept goroutine each, which starts a handler per request. DONE when
 * every request was answered or given up, its handler has returned, and the world has been quiet
 * for 100 ms more; PANIC if somebody serves one of the loads already. `loads` and `server` must
 * outlive the program. */
enum end op_serve(struct m *m, struct g *g, struct serve_op *op, const struct serve_load *loads, size_t n,
                  const struct server *server);
/* The handler that was started for this request has returned. */
void world_handler_returned(struct m *m, uint64_t hand);

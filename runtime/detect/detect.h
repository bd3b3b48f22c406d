/* detect.h: happens-before, data races, misuse, stuck goroutines.
 *
 * Edges are those of the Go memory model (2022) and no others; primitives state them with the calls
 * below. Races are found by FastTrack over vector clocks. A clock is a counted 16-way tree, so that
 * thousands of goroutines share nodes; an epoch begins at the first access or news after a release, not
 * at each release. Detection never charges, draws or orders anything; every call is a no-op when
 * rt->detector is NULL (threads).
 *
 * Precision: what is reported is a race. One is missed only if the first of the two goroutines has ended,
 * more than DETECT_SLOTS have lived that are not ordered after it, and its place in the clocks has
 * therefore been given to another. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "runtime/sched/g.h"
#include "runtime/trace/types.h"

/* Places in the clocks of goroutines that have ended are reused at once where that is exact (the new
 * goroutine is ordered after all that the old one did), and otherwise only beyond this many. */
#define DETECT_SLOTS 65536

struct detector *detect_new(void);
void detect_free(struct rt *rt);

/* Goroutines: the go statement comes before the start, an exit before nothing. `parent` may be NULL. */
void hb_birth(struct rt *rt, struct g *parent, struct g *child);
void hb_death(struct rt *rt, struct g *g);

/* Primitives. Who acquires could not have come before the release: it waited for it. Who only meets what a
 * release left could have: the next holder of a lock. The order is the same, and races are judged by it, but
 * nothing may rely on it. */
void hb_acquire(struct rt *rt, struct g *g, const struct hb *from);
void hb_meet(struct rt *rt, struct g *g, const struct hb *from);
/* g takes a place. If it was g itself that had taken it before, it has waited for whoever made it free. */
void hb_place_take(struct rt *rt, struct g *g, struct hb_place *p);
void hb_release(struct rt *rt, struct g *g, struct hb *to);       /* replaces what was there */
void hb_release_merge(struct rt *rt, struct g *g, struct hb *to); /* joins it (Done, RUnlock, slots) */
void hb_exchange(struct rt *rt, struct g *a, struct g *b);        /* two-way: an unbuffered hand-over */
void hb_reset(struct rt *rt, struct hb *h);                       /* the primitive is gone */

/* g took or gave back a declared lock, named by its object number in the ledger; 0, not declared, and
 * numbers beyond 64 are not told. Reports say which locks the earlier access of a race held. */
void detect_hold(struct rt *rt, struct g *g, uint32_t number);
void detect_unhold(struct rt *rt, struct g *g, uint32_t number);

struct hb_point hb_mark(struct rt *rt, struct g *g); /* "now", counted as an access */
bool hb_before(const struct rt *rt, struct hb_point then, const struct g *g); /* ordered before g's now */
/* The same, and not only because somebody met somebody. */
bool hb_firmly_before(const struct rt *rt, struct hb_point then, const struct g *g);

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_ATOMIC_READ, ACCESS_ATOMIC_WRITE };

static inline bool access_is_write(enum access how)
{
    return how == ACCESS_WRITE || how == ACCESS_ATOMIC_WRITE;
}

static inline bool access_is_atomic(enum access how)
{
    return how == ACCESS_ATOMIC_READ || how == ACCESS_ATOMIC_WRITE;
}

/* One access that a later one may race with. */
struct touch {
    struct hb_point when;
    struct site site;
    uint64_t g;
    uint64_t locks; /* as in struct hb_g */
    enum access how;
};

/* Variables: state entries, vars, buffers. Zeroed is fresh; the fields are detection's own. */
struct shadow {
    struct touch write;      /* the last one */
    struct touch read;       /* the only reader since, if `readers` is empty */
    struct readers *readers; /* several concurrent readers since; NULL or empty: none */
    struct hb sync;          /* left behind by atomic writes */
};

/* Notes an access of `var` (its name is for reports, without blanks) by the current goroutine, and counts
 * a race for each earlier access that nothing orders before it. Atomic accesses do not race
 * with one another; an atomic access is ordered after the atomic writes before it (a write stands for Add
 * as well as Store). */
void detect_access(struct m *m, struct shadow *var, const char *name, enum access how, struct site at);
void shadow_reset(struct rt *rt, struct shadow *var);

/* What somebody did that makes misuse of what comes later: "put", "answered". NULL: nobody did. */
struct deed {
    const char *what; /* one word */
    uint64_t g;
    struct site site;
};

/* Misuse that does not end the program: use after put, a reply given twice, a region ended out of order.
 * `kind` is words joined by `-`. The first of each kind and line goes to the ledger, at once. `before` may be
 * NULL. */
void detect_misuse(struct m *m, const char *kind, struct site at, const struct deed *before);

/* The end of the run, rt->end being set: writes to the ledger
 *
 * - a `race` line for each variable and pair of lines, with its count, and `held` lines;
 * - after a deadlock, each blocked goroutine of the program as `stuck`;
 * - after a clean end, each that is `leaked`, by Go's own definition (1.26, goroutine leak profile): it is
 *   blocked on a channel or lock which nothing that could still run can reach.
 *
 * Reachability is told by reference counts, the way a collector of cycles does: of the goroutines that are
 * blocked on channels and locks, take the largest set in which every reference to what a member waits on
 * is held by members: by their variables (g_kind.refs) and by what these alone refer to, such as a context
 * or a message in a channel (handle_kind). Whoever else holds a reference could still act: a goroutine that
 * runs, sleeps or waits on the network, the table of declared objects (Go's globals). So a worker that
 * waits for more jobs on a declared channel is not leaked, and one that wants to answer on a channel made
 * for a request that has given up is. What kinds of goroutines without `refs` hold is not known, so it
 * counts as held by others. */
void detect_finish(struct rt *rt);

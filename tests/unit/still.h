/* still.h: a machine on which nothing happens by itself, for tests of the scheduler rule by rule. A test puts
 * goroutines, Ms and Ps where it wants them, sets the clock, calls one function of the scheduler, and looks
 * at what it changed and at what it asked of the machine.
 *
 *     still_begin(&s, 2);
 *     struct m *m = still_m(&s, 0);
 *     still_idle(&s, 1);
 *     ready(m, still_g(&s, G_WAITING), TO_RUNNEXT, LEAF_NONE);
 *     ck_assert_str_eq(still_asked(&s), "start M1 with P1 spinning");
 *     still_end(&s);
 *
 * All Ps begin IDLE but on no list, as if an M were about to take each. Goroutines have the ids 1, 2, 3 ...
 * in the order of their making, Ms 0, 1, 2 ... */
#pragma once

#include "base/mem.h"
#include "base/strbuf.h"
#include "runtime/sched/sched.h"

struct still_body {
    struct g g;
    enum end (*run)(struct m *m, struct g *g); /* what each of its steps does; NULL: AGAIN */
};

struct still {
    struct rt *rt;
    struct strbuf asked, answer;
    VEC(struct still_body *) bodies;
    struct g_list completed; /* what polling finds, in the poller's order */
    uint32_t polls;          /* how often the core polled */
};

void still_begin(struct still *s, uint32_t procs);
void still_end(struct still *s);

/* A new M that holds P number p and has no goroutine. */
struct m *still_m(struct still *s, uint32_t p);
/* A new M that sleeps without a P. */
struct m *still_sleeper(struct still *s);
struct m *still_sysmon(struct still *s);
/* P number p, which nobody holds, goes on the idle stack. */
void still_idle(struct still *s, uint32_t p);

/* A new goroutine in that state (RUNNABLE, WAITING), on no queue. */
struct g *still_g(struct still *s, enum g_state state);
/* A new goroutine that runs on m. */
struct g *still_run(struct still *s, struct m *m);
void still_does(struct g *g, enum end (*run)(struct m *m, struct g *g));
/* m's goroutine blocks. Its id. */
uint64_t still_block(struct m *m);
/* n new runnable goroutines at the tail of m's ring; the id of the first. */
uint64_t still_fill(struct still *s, struct m *m, uint32_t n);
/* The next goroutine that m's P would run, taken off its queue; its id, 0 for none. */
uint64_t still_next(struct m *m);
/* The ids in the global queue, and in P number p's ring, as "1 2 3". Valid until the next call. */
const char *still_global(struct still *s);
const char *still_ring(struct still *s, uint32_t p);

/* What the core has asked of the machine since the last call: "start M3 with P1", "wake M0", "preempt M2",
 * "break" (the poll), with " spinning" where an M is to look for work, separated by "; ". */
const char *still_asked(struct still *s);

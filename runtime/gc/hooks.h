/* hooks.h: the narrow door between scheduler and collector: what a scheduling round asks the collector. */
#pragma once

#include <stdbool.h>

struct g;
struct m;
struct rt;

/* While marking: a parked worker, if one should run on m's P as a dedicated or fractional one (Go: step
 * "try to run a GC background worker" of a scheduling round). NULL otherwise. The worker is still waiting;
 * the caller runs it. */
struct g *gc_find_worker(struct m *m);
/* While marking, when nothing else is to be done: an idle worker, or NULL. */
struct g *gc_find_idle_worker(struct m *m);
/* Whether an M about to sleep would get an idle worker. */
bool gc_idle_work(struct rt *rt);
/* Whether there is anything to mark that nobody has taken yet. */
bool gc_work(struct rt *rt);
/* sysmon, without a P: readies the helper that starts a cycle if none ran for two minutes. */
void gc_force(struct m *m);
/* g has ended: its positive allocation balance becomes credit. */
void gc_goroutine_exit(struct m *m, struct g *g);
/* Called once by sched_boot: makes the sweeper and the forced-GC helper. No-op without rt->gc. */
void gc_boot(struct m *m);

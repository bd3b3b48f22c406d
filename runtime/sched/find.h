/* find.h: one scheduling round: what this M does next when it has no goroutine. */
#pragma once

#include "runtime/sched/g.h"

/* Looks for a goroutine to run, in Go's order (runtime/proc.go: schedule, findRunnable). Either puts one
 * on m, or says what m waits for. Called with m->g NULL, at any of m's resume points. */
struct want find_work(struct m *m);

/* Puts a runnable g on m. `inherit`: it goes on with the present time slice. */
void execute(struct m *m, struct g *g, bool inherit);

/* m gives up the search and sleeps without a P until somebody gives it one. */
struct want stop_m(struct m *m);

/* The world is being stopped: m's P joins it and m sleeps. */
struct want stop_p(struct m *m);

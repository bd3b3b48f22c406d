/* spawn.h: where goroutines come from and where their structs go. */
#pragma once

#include "runtime/sched/g.h"

/* g is dead: its struct goes to the free list of m's P, or beyond 64 of them half to the global one. */
void g_release(struct m *m, struct g *g);

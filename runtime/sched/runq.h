/* runq.h: run queues: a ring of 256 and a runnext slot per P, and the global FIFO.
 *
 * The ring has one producer, the M that holds the P, and many consumers, which advance `head` by
 * compare-and-swap. `runnext` is exchanged. Rules and numbers: Go runtime/proc.go. */
#pragma once

#include "runtime/sched/g.h"

#define RUNQ_SPILL (RUNQ_SIZE / 2) /* goroutines that leave a full ring, besides the newcomer */

/* Puts g on the current P: into runnext (whose occupant is kicked to the tail) or at the tail. A full
 * ring spills its 128 oldest and g to the global tail. */
void runq_put(struct m *m, struct g *g, bool next);

/* A whole list at the tail; what the ring has no room for goes to the global tail. */
void runq_put_list(struct m *m, struct g_list *list);

/* runnext, else the head of the ring; *inherit tells that g goes on with the present time slice. */
struct g *runq_get(struct m *m, bool *inherit);

bool runq_empty(struct rt *rt, struct p *p);
uint32_t runq_len(struct rt *rt, struct p *p); /* the ring alone */

/* Takes half (rounded up) of the victim's ring for m's P and returns the last of them to be run. NULL:
 * nothing there. */
struct g *runq_steal(struct m *m, struct p *victim);
/* Takes `next` out of the victim's runnext, if it is still there. */
bool runq_take_next(struct rt *rt, struct p *victim, struct g *next);

/* The global queue. All but the first take rt->lock themselves; there it is held. */
void global_push(struct rt *rt, struct g *g);
void global_put(struct m *m, struct g *g);
void global_put_list(struct m *m, struct g_list *list);
/* One goroutine to run; with `batch`, min(128, size, size/GOMAXPROCS + 1) move, the rest to m's ring. */
struct g *global_get(struct m *m, bool batch);
/* How many goroutines a batch takes from a global queue of n. */
uint32_t global_batch(uint32_t n, uint32_t gomaxprocs);

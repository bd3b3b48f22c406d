/* move.h: the only functions that change the state of a goroutine or a P.
 *
 * Each names the state it leaves and the state it enters, aborts with both if the actor is elsewhere,
 * and is the only place that writes the scheduling event of that change: the trace cannot disagree with
 * the scheduler. The reason, the leaf function and, for a start, the P are read from m. */
#pragma once

#include "runtime/sched/g.h"

/* A goroutine created by m's current one (or by the runtime): IDLE -> RUNNABLE. */
void g_birth(struct m *m, struct g *g);

/* Sets m->g on the way into RUNNING and clears it on the way out (a system call keeps it). */
void g_move(struct m *m, struct g *g, enum g_state from, enum g_state to);

/* Sets m->p and p->m on the way into RUNNING and clears them on the way out. SYSCALL -> IDLE, GCSTOP or
 * another M's RUNNING takes p away from the M in the call. */
void p_move(struct m *m, struct p *p, enum p_state from, enum p_state to);
/* The same where others may be faster, as several may want the P of an M in a call: false if p was not in
 * state `from`. */
bool p_try(struct m *m, struct p *p, enum p_state from, enum p_state to);

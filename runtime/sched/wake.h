/* wake.h: idle Ps and Ms, and who wakes whom.
 *
 * Both idle lists are stacks: the last idled is used first. Parallelism grows one worker at a time: only
 * one M at a time is woken to spin, and a spinner that finds work wakes the next (Go runtime/proc.go:
 * wakep, startm, handoffp). */
#pragma once

#include "runtime/sched/g.h"

/* rt->lock held. */
void idle_p_put(struct rt *rt, struct p *p);
struct p *idle_p_get(struct rt *rt); /* still IDLE until an M acquires it; NULL: none */
void idle_m_put(struct rt *rt, struct m *m);

/* The same with the lock taken; a missing P raises need_spinning when `for_spinner`. */
struct p *idle_p_take(struct rt *rt, bool for_spinner);

/* Starts or unparks an M for p, which is idle and in no list. `by` pays for the wake-up. */
void start_m(struct m *by, struct p *p, bool spinning);

/* Starts one more spinning M if none spins and a P is idle. */
void wake_p(struct m *m);

/* m begins or stops looking at other Ps' queues for work. */
void spin_begin(struct m *m);
void spin_end(struct m *m);

/* p was left behind by an M in a system call: give it to another M if there is work, else idle it. */
void hand_off(struct m *by, struct p *p);

/* A new M, not yet running. */
struct m *m_new(struct rt *rt);

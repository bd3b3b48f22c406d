/* trace.h: the tracer: genuine Go execution traces, format 22, written as the simulation runs.
 *
 * A trace is a header and generations, each readable alone: NEW -> OPEN(1) -> OPEN(2) ... -> ENDED.
 * Sealing one and opening the next takes no virtual time and happens between steps. Recording never
 * charges, draws, allocates ids or orders anything of the simulation.
 *
 * Every resource is stated before its first event in a generation (P before G on a stream), with
 * the state it had *before* that event; what had no event is stated at sealing. The frequency batch
 * is the last of each generation, so that every cut inside one shows.
 *
 * Time in a trace is virtual time in ns. Within a step, which is one instant, every event of an M
 * is one ns later than the one before; so a step must cost at least 1 ns per event that it writes.
 *
 * Functions marked "P and G" need an M that holds a P and runs a G, as the format demands. All of
 * them return at once when the tracer is off. They are called in the step of the state change:
 * before it where a goroutine or a P leaves its M, since m->g and m->p are read; otherwise before
 * or after. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/sched/g.h"

/* Lifetime. The caller puts the tracer into rt->tracer, and frees it after the last step. A trace
 * starts before sched_boot or between steps, the world not being stopped. */
struct tracer *trace_new(struct rt *rt, int64_t generation_period); /* Go: 1 s */
void trace_free(struct tracer *t); /* NULL is fine */
void trace_start(struct rt *rt);
void trace_stop(struct rt *rt); /* seals with what the ledger holds; records nothing later */
void trace_abandon(struct rt *rt); /* the process ended without stop: the file stays truncated */
bool trace_on(const struct rt *rt);

/* Called by the machine between steps: advances the generation when its period is over, it holds an
 * event and the world is not stopping. Never part of the schedule. */
void trace_due(struct rt *rt);

/* Scheduling events: written by g_move, g_birth, p_move and the system-call path only. */
void trace_proc_start(struct m *m, struct p *p);                  /* before m->p = p */
void trace_proc_stop(struct m *m);                                /* while m->p is still held */
void trace_proc_steal(struct m *m, struct p *p, struct m *owner); /* m may hold no P (sysmon) */
void trace_go_create(struct m *m, struct g *child); /* after child's id, kind and entry are set */
void trace_go_start(struct m *m, struct g *g);
void trace_go_stop(struct m *m, enum stop_reason why, enum leaf leaf);
void trace_go_block(struct m *m, enum block_reason why, enum leaf leaf);
void trace_go_unblock(struct m *m, struct g *g, enum leaf leaf);
void trace_go_destroy(struct m *m);
void trace_syscall_begin(struct m *m, enum leaf leaf); /* while m->p is still held */
void trace_syscall_end(struct m *m);
void trace_syscall_end_blocked(struct m *m);

/* Runtime ranges and metrics. */
void trace_stw_begin(struct m *m, enum stw_kind kind, enum leaf leaf); /* P and G */
void trace_stw_end(struct m *m);
void trace_gc_begin(struct m *m, enum leaf leaf); /* P and G */
void trace_gc_end(struct m *m);
void trace_sweep_begin(struct m *m); /* P */
void trace_sweep_end(struct m *m, int64_t swept, int64_t reclaimed);
void trace_assist_begin(struct m *m); /* P and G */
void trace_assist_end(struct m *m);
void trace_heap(struct m *m, int64_t live); /* P */
void trace_heap_goal(struct m *m, int64_t goal); /* P; 0: the collector is off */
void trace_label(struct m *m, enum gc_label label); /* P and G */

/* User annotations: P and G. Texts are cut at 1,024 bytes, as Go's writer does. */
uint64_t trace_new_task_id(struct rt *rt); /* tasks have ids whether or not a trace is on */
void trace_task_begin(struct m *m, uint64_t task, uint64_t parent, const char *name);
void trace_task_end(struct m *m, uint64_t task);
void trace_region_begin(struct m *m, uint64_t task, const char *name);
void trace_region_end(struct m *m, uint64_t task, const char *name);
void trace_log(struct m *m, uint64_t task, const char *category, const char *message);

/* Totals for `make bench`: events and bytes written so far. */
uint64_t trace_events(const struct rt *rt);
uint64_t trace_bytes(const struct rt *rt);

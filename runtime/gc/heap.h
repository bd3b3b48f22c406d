/* heap.h: allocations with declared sizes, and what the collector makes of them.
 *
 * What frees memory is reachability reduced to owners: a live buffer, a variable that keeps an
 * allocation, the world's resident state. Whoever owns calls heap_reach when something becomes reachable
 * and heap_drop when its owner dies; the heap keeps the garbage until a cycle ends. All sizes in bytes;
 * `pointers` is the part that the collector must scan.
 *
 * A cycle keeps what was reachable when it began and all that was allocated while it marked, which is
 * what Go's write barrier retains to first order: a drop during a cycle helps the next one. */
#pragma once

#include <stdint.h>

#include "runtime/sched/op.h"

struct rt;
struct gc;

/* For rt's GOMAXPROCS and GOGC. Freed by the caller, after rt's goroutines were buried. */
struct gc *gc_new(const struct rt *rt);
void gc_free(struct gc *gc);

/* Resident data of the world, before the program starts: as though the process had loaded it some time
 * ago and a cycle had just ended. */
void heap_resident(struct rt *rt, int64_t bytes, int64_t pointers);

/* Allocates op->bytes, of which op->pointers need scanning: assist, span, zeroing, trigger, in Go's order.
 * The memory is garbage unless the caller, in the step in which this says DONE, says heap_reach. Called
 * until DONE, with `op` zeroed but for the two sizes. */
enum end heap_alloc(struct m *m, struct g *g, struct alloc_op *op);
void heap_reach(struct rt *rt, int64_t bytes, int64_t pointers);
void heap_drop(struct rt *rt, int64_t bytes, int64_t pointers);

int64_t heap_live(const struct rt *rt);  /* Go's live estimate L */
int64_t heap_goal(const struct rt *rt);  /* what the heap may grow to; INT64_MAX: GOGC is off */
int64_t heap_peak(const struct rt *rt);  /* the largest it has been */
uint64_t gc_cycles(const struct rt *rt); /* how many cycles have begun */

/* Pools register here: `clear(context)` is called in the first stop-the-world phase of each cycle, in the
 * order of registration. */
void gc_on_clear(struct rt *rt, void (*clear)(struct rt *rt, void *context), void *context);

/* held.h: memory of this machine that a run takes on behalf of its program: objects, messages, frames, the
 * cases of a select. It is counted, since a program that takes ever more must be stopped before the machine
 * is full (the budget, runtime/machine/virtual.h). The Go heap of the simulation is another matter: that is
 * numbers, gc/heap.h. */
#pragma once

#include "base/mem.h"
#include "runtime/sched/inline.h"

/* All zero. Give it back with the same size. */
static inline void *held_new(struct rt *rt, size_t size)
{
    at_add(rt, &rt->held, size);
    return xcalloc(1, size);
}

/* p may be NULL if size is 0. */
static inline void held_free(struct rt *rt, void *p, size_t size)
{
    at_add(rt, &rt->held, -size);
    free(p);
}

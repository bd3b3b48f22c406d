/* slices.h: a trace cut into equal stretches of time: when is it slow, and what is different then? */
#pragma once

#include "grader/analysis/split.h"

struct slice {
    int64_t from, to;
    int64_t requests; /* of the load, that arrived in it (those of the warm-up do not count) */
    int64_t time;     /* theirs in all, also beyond the slice */
    int64_t split[CAT_STATES];
    int64_t running;  /* goroutines on Ps, times the time, also of the runtime's own */
    int64_t runnable; /* goroutines that wait for a P, likewise */
};

/* Fills n slices from the begin to the end of the trace. `load`: whose requests, NO_LOAD for none. */
void slices_fill(struct analysis *a, uint32_t load, struct slice *slices, size_t n);

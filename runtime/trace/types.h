/* types.h: what the tracer keeps in goroutines and Ps, and how places in a program are named. */
#pragma once

#include <stdint.h>

/* In which generation a resource was last stated, and its sequence number there. */
struct trace_stamp {
    uint32_t generation;
    uint32_t seq : 31;
    uint32_t in_range : 1; /* a G assists marking, a P sweeps */
};

/* A place in a workload: the call path that led to the function (trace/sites.h) and the instruction
 * in it. {0, 0} is nowhere: a native goroutine. */
struct site {
    uint32_t path;
    uint32_t pc;
};

struct trace_buffer;
struct tracer;
struct sites;
struct ledger;

/* types.h: what the collector keeps inside a P: flushed where a span is taken and while the world stops. */
#pragma once

#include <stdint.h>

struct gc;

struct p_gc {
    int64_t span_left;       /* bytes left in the P's allocation span */
    int64_t fresh;           /* bytes allocated and not yet told */
    int64_t fresh_pointers;  /* of these, to be scanned */
    int64_t assist_time;     /* atomic: not yet told */
    int64_t fractional_time; /* that fractional workers have had in this cycle */
};

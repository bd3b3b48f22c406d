/* wire.h: one timed event, from bytes to numbers, with no judgement. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/events.h"

struct wire_event {
    enum event_no no;
    const struct event_spec *spec;
    uint64_t arg[TRACE_MAX_ARGS]; /* positions as in the specification; arg[0] is dt */
};

/* Decodes the event at `at`. Returns the number of bytes it takes; or 0, and *problem says in Go's
 * words what is wrong (it is a format for one unsigned, the event's number). */
size_t wire_decode(const uint8_t *at, const uint8_t *end, struct wire_event *w, const char **problem);

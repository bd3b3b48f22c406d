/* print.h: events as lines for people.
 *
 *     0.001152 ms  m7 p0 g1    goroutine 1 Running -> Waiting "chan receive"
 *                                main a.c:10
 *
 * Times are since the first event that was printed. Meant to be read; not a format to be parsed. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "grader/reader/reader.h"

struct trace_printer {
    FILE *out;
    const struct trace_reader *reader;
    bool stacks;  /* print those as well */
    bool offsets; /* and where in the file the event is */
    bool started;
    int64_t start;
};

void trace_print_event(struct trace_printer *p, const struct trace_event *e);

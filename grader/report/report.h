/* report.h: a trace for people and for programs: everything a lab needs, over SSH.
 *
 * The text answers in this order: what a dashboard shows; where a request's time goes; who waits, on what,
 * where and since when, with an example of each; when it is slow; then GC, scheduler latency, goroutines by
 * function, tasks and regions, and what still waits at the end. With a ledger all of it is seen from the
 * requests; without one (a trace of a real Go program) they cannot be told, and goroutines, tasks and
 * regions stand in. A truncated trace is reported as far as it goes. */
#pragma once

#include "grader/analysis/summary.h"

struct report_options {
    const char *path;   /* of the trace, for the commands that the report names */
    const char *load;   /* only this load; NULL: all */
    uint64_t goroutine; /* the timeline of this one instead; 0: none */
    bool regions;       /* every region with its task instead */
    bool requests;      /* the slowest requests instead */
    bool color;
};

/* Appends the report. `error`: why the trace could not be read to its end, or NULL. False, and a line in
 * *complaint, if the options ask for something that is not in this trace. */
bool report_text(struct strbuf *out, struct analysis *a, const struct trace_error *error,
                 const struct report_options *options, struct strbuf *complaint);
bool report_json(struct strbuf *out, struct analysis *a, const struct trace_error *error,
                 const struct report_options *options, struct strbuf *complaint);

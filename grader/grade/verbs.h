/* verbs.h: which verb of the workload language a goroutine was at, told from the stack in the trace. */
#pragma once

#include "grader/analysis/analysis.h"

/* Verbs that a trace can show, and their number: what `expect: at` may name. */
extern const char *const trace_verbs[];
extern const size_t trace_verb_count;

/* The verbs that lead to this stack (of segment i of g), at most two: recv or range. NULL: none known. */
struct verbs {
    const char *verb[2];
};
struct verbs stack_verbs(struct analysis *a, uint32_t stack);
struct verbs segment_verbs(struct analysis *a, const struct goroutine *g, size_t i);

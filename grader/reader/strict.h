/* strict.h: a second opinion on the events that come out of the reader.
 *
 * Keeps its own account of who runs where, from the events alone, so that a mistake of the rules
 * shows too; and refuses what Go's reader accepts although no runtime does it or Go's tools trip over it:
 *
 *   - a goroutine that runs on a thread without a P (`go tool trace` panics: state the P first), a thread
 *     that runs two goroutines or holds two Ps, a Running status on no thread
 *   - a resource that changes from a state it is not in, or stops where it was not running
 *   - status "bad", a resource that is undetermined after the first generation
 *   - ranges that begin twice, end without a begin, or outlive their resource
 *   - tasks 0 and "none" begun, a task whose end has another name than its begin
 *   - labels without text; frames above the leaf without function, file, line or PC
 *   - a generation without a timed event (readers of Go 1.22 to 1.24 fail on it)
 *   - clocks that do not advance, times that do not increase
 *
 * It does not know the wire. */
#pragma once

#include <stdbool.h>

#include "grader/reader/error.h"
#include "grader/reader/event.h"

struct strict;
struct trace_reader;

struct strict *strict_new(const struct trace_reader *r);
void strict_free(struct strict *s);

/* False, and *err is set, if the event cannot stand here. */
bool strict_check(struct strict *s, const struct trace_event *e, struct trace_error *err);

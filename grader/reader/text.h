/* text.h: any trace as text: the raw form that Go's tools print and read.
 *
 *     Trace Go1.22
 *     EventBatch gen=1 m=7 time=1000 size=37
 *     ProcStatus dt=1 p=0 pstatus=1
 *     GoBlock dt=10 reason_string=1 stack=2
 *     ...
 *     Stack id=1 nframes=1
 *     	pc=8192 func=3 file=4 line=20
 *     String id=1
 *     	data="chan receive"
 *
 * One line per event, in the order of the bytes, with the arguments of its specification; stacks, strings
 * and experimental batches have lines of their own below. `#` starts a comment. Nothing is judged: a
 * broken trace can be written down as well as a good one, and a trace is decoded without regard to the
 * sizes of its batches, as far as it can be. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "grader/reader/error.h"
#include "grader/reader/input.h"

/* Writes the rest of `in`, from the header on, as text; with `offsets`, each event's place in the file
 * follows as a comment. False, and *err is set, where the bytes cannot be decoded; what came before has
 * been written. */
bool wire_text_dump(FILE *out, struct input *in, bool offsets, struct trace_error *err);

/* wire_text.h: the bytes of a trace as text, for tests that compare what a writer wrote.
 *
 * One line per batch and, behind an event batch, one per event: its absolute time, its name and its
 * arguments; texts and stacks are spelled out, since ids mean nothing to a reader of a test:
 *
 *     gen 1 thread 1
 *       130 GoBlock "chan receive" [runtime.chanrecv1:1 main.main:5]
 *     gen 1 thread - frequency 1000000000
 *
 * It shares no code with the grader's reader: two independent opinions about the format. What it
 * cannot decode fails the test. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* Version 22 only. */
void wire_text(struct strbuf *out, const void *trace, size_t n);

/* The same, for the events of one thread in one generation alone (0: no thread). */
void wire_text_of(struct strbuf *out, const void *trace, size_t n, uint64_t generation,
                   uint64_t thread);

/* A trace of one generation of another trace. */
void wire_cut_out(struct strbuf *out, const void *trace, size_t n, uint64_t generation);

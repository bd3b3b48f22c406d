/* play.h: traces by hand, for tests of analysis, grading and reports: a play has lines like
 *
 *     0    g1 main
 *     10   g1 go g2 handle
 *     12   g2 run
 *     20   g2 wait sync sync.(*Mutex).Lock handle:14
 *     30   g1 wake g2
 *
 * each an instant (in us), an actor and what it does. Every goroutine has a thread and a P of its own;
 * `-` is a thread without a goroutine, such as the one that polls. A `_` stands for a blank in names and
 * reasons. Several lines of one actor at one instant take a ns each.
 *
 *     main | go gN FUNC | run | end                       lives; `go gN FUNC LEAF SITE` tells where
 *     wait REASON LEAF SITE | wake gN | poll gN           (poll: only by `-`)
 *     yield LEAF SITE | sys SITE | sysret
 *     assist SITE | assisted | gc SEQ | gcend SEQ
 *     task ID NAME SITE | endtask ID | region TASK NAME SITE | endregion TASK NAME | log TASK KEY VALUE SITE
 *
 * A SITE is "handle:14" (of workload.yaml) or `-`; a LEAF a Go function or `-`.
 *
 * The ledger's lines are as in format/ledger.h, with a short form: @12 is 12 us in ns. */
#pragma once

#include "base/strbuf.h"
#include "grader/analysis/analysis.h"

struct played {
    struct strbuf bytes; /* of the trace */
    struct analysis *a;
    struct trace_error error;
};

/* Fails the test if a line is wrong, or if the reader refuses the trace. `ledger`: NULL for none. */
void play(struct played *p, const char *script, const char *ledger);
/* The same of the first `length` bytes of the trace alone; whether they read to the end is p->a->whole. */
void play_cut(struct played *p, const char *script, const char *ledger, size_t length);
void played_free(struct played *p);

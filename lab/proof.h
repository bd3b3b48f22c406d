/* proof.h: is a lab what it claims to be? For authors, and for the kit's own tests.
 *
 *   - the starter shows the expected category (or finding) on every seed, and the first check that it fails
 *     is `removed`;
 *   - the exercise is the starter, byte for byte;
 *   - the solution and every other right fix of solutions/LAB/proof.yaml passes;
 *   - every wrong fix fails: the first check to fail is the declared one, for the declared reason;
 *   - proof.yaml names a right fix and a wrong one, and no file of right/ or wrong/ is missing from it;
 *   - two runs of the same seed give the same bytes. */
#pragma once

#include "base/diag.h"
#include "lab/lab.h"

/* Told of each thing that was proved or not: a line for people. */
struct proof_report {
    void (*line)(void *context, bool ok, const char *what, const char *detail);
    void (*complain)(void *context, const struct diags *d); /* a file's errors and warnings */
    void *context;
    bool verbose; /* tell of what holds, too, with its numbers */
};

/* True if all of it holds. */
bool lab_prove(const struct lab *lab, const struct home *home, const struct proof_report *report);

/* Everything that can be checked without running: every file loads, the exercise is the starter, and brief
 * and explanation name their lab. */
bool lab_check(const struct lab *lab, const struct home *home, const struct proof_report *report);

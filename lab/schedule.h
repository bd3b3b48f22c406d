/* schedule.h: runs schedules of a workload, and judges what came out: one by one or many at once.
 *
 * A schedule is a seed, faithful or adversarial. The world's luck depends on the seed alone, so the
 * starter and every fix meet the same requests on the same seed. Judging many schedules uses as many
 * worker processes as there are cores; each writes plain outcomes into shared memory, at the place of its
 * schedule, so that the result does not depend on who was faster. */
#pragma once

#include "grader/analysis/analysis.h"
#include "grader/grade/grade.h"
#include "lab/lab.h"
#include "runtime/simulate.h"

#define ADVERSARIAL_SCHEDULES 1000000 /* adversarial seed n draws its schedule from n + this */

struct schedule {
    uint64_t seed;
    bool adversarial;
};

/* Trace bytes in memory. */
struct bytes {
    uint8_t *data;
    size_t len, cap;
};
void bytes_release(struct bytes *b);

/* Runs one schedule; its trace replaces what is in *trace. False after reporting what does not fit. */
bool schedule_run(const struct lab *lab, const struct program *program, struct schedule s,
                  struct bytes *trace, struct simulated *end, struct diags *d);

/* The analysis of a trace in memory, which must stay until analysis_free. Sets *error and returns NULL if
 * it cannot be opened at all; otherwise analysis->whole tells whether *error is set. */
struct analysis *schedule_analyse(const struct bytes *trace, struct trace_error *error);

/* Runs and judges n schedules. `before`, if given, are the outcomes of the starter, found by seed. `done`,
 * if given, is called now and then with how many are finished. Results at out[i] belong to s[i]; one whose
 * worker died is not `judged`. */
void schedules_judge(const struct lab *lab, const struct program *program, const struct schedule *s,
                     size_t n, const struct outcome *before, size_t n_before, struct outcome *out,
                     void (*done)(void *context, size_t finished, size_t total), void *context);

/* grading.h: a verdict on a workload: starter and fix over all schedules of the lab. */
#pragma once

#include "lab/schedule.h"

/* What the buggy workload does on the faithful schedules: every fix is compared with it. */
struct baseline {
    struct outcome *outcomes;
    size_t n;
};

struct grading {
    struct outcome *fix; /* faithful schedules, then adversarial ones; only the first if it came to no end */
    size_t n_fix;
    struct verdict verdict; /* refers to the outcomes, the baseline's too */
};

/* Told how many of all schedules are done. */
struct grading_progress {
    void (*done)(void *context, size_t finished, size_t total);
    void *context;
};

/* Runs the starter. `seed`: only this seed, or 0 for all of the lab's. */
void baseline_run(struct baseline *b, const struct lab *lab, const struct program *starter, uint64_t seed,
                  struct grading_progress progress);
void baseline_release(struct baseline *b);

/* Judges `fix` against the baseline of the same seeds. */
void grading_run(struct grading *g, const struct lab *lab, const struct baseline *before,
                 const struct program *fix, uint64_t seed, struct grading_progress progress);
void grading_release(struct grading *g);

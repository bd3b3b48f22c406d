/* grading.h: a verdict on a workload: starter and fix over all schedules of the lab. */
#pragma once

#include "lab/schedule.h"

struct grading {
    struct outcome *starter; /* faithful schedules of the buggy workload */
    struct outcome *fix;     /* faithful, then adversarial */
    size_t n_starter, n_fix;
    struct verdict verdict;
};

/* Told how many of all schedules are done. */
struct grading_progress {
    void (*done)(void *context, size_t finished, size_t total);
    void *context;
};

/* Judges `fix` against `starter`. `seed`: only this seed, or 0 for all of the lab's. */
void grading_run(struct grading *g, const struct lab *lab, const struct program *starter,
                 const struct program *fix, uint64_t seed, struct grading_progress progress);
void grading_release(struct grading *g);

/* The first check that failed, or CHECK_COUNT. */
enum check grading_failed(const struct grading *g);

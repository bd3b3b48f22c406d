/* grade.h: the verdict: from the traces of many schedules to pass, fail or inconclusive, with reasons.
 *
 * Each schedule (a seed, faithful or adversarial) is judged alone into a `struct outcome`, plain data
 * without pointers, so that worker processes can write it into shared memory. The verdict gathers outcomes
 * in the order of their seeds, whatever the order in which they came. The first failing schedule of a
 * check names its reason, the worst one (largest measure) of that reason its evidence.
 *
 *   runs.c       runs, valid             target.c    target
 *   standstill.c runs, without an end    shape.c     shape
 *   contract.c   contract                expect.c    what a starter must show
 *   safe.c       safe                    grade.c     one schedule
 *   removed.c    removed, not-moved      verdict.c   all of them
 *   judge.h      what the checks share */
#pragma once

#include "grader/analysis/analysis.h"
#include "grader/grade/rubric.h"

enum state {
    STATE_PASS,
    STATE_FAIL,
    STATE_ERROR,  /* could not be decided: `found` says why */
    STATE_SKIP,   /* one that it needs failed */
    STATE_ABSENT, /* the lab has no such check */
};
extern const char *const state_names[]; /* "pass", "fail", "error", "skip", "absent" */

#define GRADE_TEXT     200
#define GRADE_EVIDENCE 4

struct finding {
    enum state state;
    char reason[GRADE_TEXT];   /* "still sync block", "race prices", "missing net upstream": stable words */
    char found[GRADE_TEXT];    /* "sync block is 96 % of a request"; of a pass: what it is about */
    char expected[GRADE_TEXT]; /* "at most 5 % or 100 us" */
    char evidence[GRADE_EVIDENCE][GRADE_TEXT]; /* lines for people; empty: none */

    int64_t from, to;      /* of the evidence in the trace, ns; -1 */
    uint64_t g;            /* its goroutine, 0: none */
    char site[GRADE_TEXT]; /* "handle workload.yaml:14" */
    int64_t measure;       /* larger is worse; picks the schedule whose evidence is shown */
};

/* What a dashboard would show of one load, and how its requests' time splits. */
struct load_numbers {
    char name[64];
    int64_t requests, answered;
    int64_t q[QUANTILE_COUNT], mean; /* ns from arrival to reply, after the warm-up */
    int64_t want[QUANTILE_COUNT];    /* at most so much, by `target`; 0: not told */
    int64_t throughput;              /* answered per 1000 s */
    int64_t split[CATEGORY_COUNT];   /* mean ns per request; derived rows included */
};

struct outcome {
    bool judged; /* false: the worker died before it was done */
    uint64_t seed;
    bool adversarial;
    uint32_t n_loads;
    struct load_numbers loads[GRADE_LOADS];
    uint32_t expect_load; /* index in loads of expect.load */
    int64_t cpus;
    int64_t costs;                     /* version of the runtime's cost table */
    int64_t unattributed, annotations; /* regions and logs without a task, and all of them */
    struct finding checks[CHECK_COUNT];
    struct finding expectation; /* the symptom, and the expected category or finding at the expected verbs:
                                 * does this schedule show what the lab is about? */
};

/* Judges one schedule's trace. `before` is the starter's outcome on the same seed (NULL: none, as when the
 * starter itself is looked at). `error`: why the trace could not be read to its end, or NULL. Fills *out;
 * seed and mode are those of the ledger. */
void grade_run(const struct rubric *r, struct analysis *a, const struct trace_error *error,
               const struct outcome *before, struct outcome *out);

/* The two checks that need no lab: how the program ended, and what was wrong that did not end it. */
void grade_alone(struct analysis *a, struct finding *runs, struct finding *safe);

/* Whether a schedule judges that check: adversarial ones, whose priorities starve on purpose and make every
 * category grow, judge the first four alone. */
bool grade_asks(enum check c, bool adversarial);

struct verdict {
    enum state state; /* pass, fail, error (inconclusive) */
    int64_t points;   /* of 100 */
    int64_t points_before; /* the starter's own: what is right about it */
    uint32_t faithful, adversarial;
    int64_t cpus;
    int64_t costs; /* version of the runtime's cost table; 0: not told */
    struct {
        enum state state;
        const struct outcome *first; /* the first schedule that failed, or could not be decided; else NULL */
        const struct outcome *worst; /* of the schedules in this state the one with the largest measure */
        uint32_t schedules;          /* in this state */
        const char *parent;          /* skipped: the check that failed */
        int64_t points;
    } checks[CHECK_COUNT];
    struct load_numbers before, after; /* of expect.load, averaged over the faithful seeds */
    bool compared;                     /* there is a before */
    int64_t unattributed_before, unattributed_after; /* a lab with a finding: likewise */
    int64_t annotations_before, annotations_after;
};

/* Gathers outcomes (faithful first, each group by seed), which must live as long as the verdict. `before`:
 * the starter's faithful outcomes, or NULL. */
void grade_verdict(const struct rubric *r, const struct outcome *outcomes, size_t n,
                   const struct outcome *before, size_t n_before, struct verdict *out);

/* judge.h: what the checks share: the schedule at hand, and how a finding is put in words. Only for the
 * files of this folder. */
#pragma once

#include "grader/analysis/summary.h"
#include "grader/grade/grade.h"

struct judge {
    const struct rubric *r;
    struct analysis *a;
    const struct summary *sum;
    const struct trace_error *error; /* NULL: read to its end */
    const struct outcome *before;    /* of the starter; NULL */
    struct outcome *out;
    int32_t load; /* of expect.load in the ledger; -1: the trace has no such load */
};

/* Each decides one check. The finding comes zeroed, which is a pass, with from and to at -1. */
void check_runs(struct judge *j, struct finding *f);
void check_valid(struct judge *j, struct finding *f);
void check_contract(struct judge *j, struct finding *f);
void check_safe(struct judge *j, struct finding *f);
void check_removed(struct judge *j, struct finding *f);
void check_not_moved(struct judge *j, struct finding *f);
void check_target(struct judge *j, struct finding *f);
void check_shape(struct judge *j, struct finding *f);
/* The same for a starter: is it what the lab says it is? */
void check_expectation(struct judge *j, struct finding *f);

/* Parts of check_runs (standstill.c): all wait; or not all, and yet there was no end. */
void tell_deadlock(struct judge *j, struct finding *f);
void tell_endless(struct judge *j, struct finding *f);

#define FORMAT(n) __attribute__((format(printf, n, n + 1)))

/* Fails for this reason. */
void finding_fails(struct finding *f, const char *reason, ...) FORMAT(2);
/* It cannot be decided, because .. */
void finding_undecided(struct finding *f, const char *why, ...) FORMAT(2);
/* Texts longer than GRADE_TEXT are cut. */
void finding_found(struct finding *f, const char *format, ...) FORMAT(2);
void finding_expects(struct finding *f, const char *format, ...) FORMAT(2);
/* Adds a line, while there is room. */
void finding_shows(struct finding *f, const char *format, ...) FORMAT(2);
#undef FORMAT

/* Up to three lines about the longest stretch that requests of the load lost in that category. */
void judge_shows_category(struct judge *j, uint32_t load, enum category category, struct finding *f);
/* Remembers which goroutine to look at, and when. */
void finding_points_at(struct finding *f, uint64_t g, int64_t from, int64_t to, const char *site);

/* The value of an expression for a request (NULL: only parameters can occur). False if the ledger does not
 * tell what it needs, or if it cannot be computed. */
bool judge_amount(const struct judge *j, const struct expr *e, uint32_t load, const struct fact_request *r,
                  int64_t *out);

/* part / whole compared with hundredths of a percent. */
bool judge_at_most(int64_t part, int64_t whole, int64_t hundredths);
bool judge_at_least(int64_t part, int64_t whole, int64_t hundredths);

/* "lookups 17" */
const char *judge_request_text(const struct judge *j, uint32_t load, uint32_t index, char out[80]);
/* Regions and logs in the trace, and how many of them belong to no task. */
void judge_unattributed(const struct analysis *a, int64_t *none, int64_t *all);

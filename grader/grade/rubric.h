/* rubric.h: what a scenario demands of a fix: the sections expect, contract, checks, points, seeds,
 * symptom and hints of scenario.yaml, checked (scenarios/SCENARIO.md is their reference).
 *
 * Nothing in a rubric names an object, function or line of the learner's. Amounts are expressions over a
 * request's attributes (`r.miss`) and the variant's parameters (`$live * 3 / 2`); their values come from the
 * ledger of the trace that is judged, so a rubric is the same for every seed. */
#pragma once

#include "base/arena.h"
#include "base/diag.h"
#include "base/expr.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "format/categories.h"
#include "format/ledger.h"
#include "grader/analysis/quantile.h"

/* The checks of a verdict, in order; points by default; what a check needs stands before it. A check is
 * skipped if one that it needs failed.
 *        symbol      name          points  needs */
/* clang-format off */
#define CHECKS(CHECK) \
    CHECK(RUNS,       "runs",       5,      0) \
    CHECK(VALID,      "valid",      5,      1 << CHECK_RUNS) \
    CHECK(CONTRACT,   "contract",   15,     1 << CHECK_VALID) \
    CHECK(SAFE,       "safe",       20,     1 << CHECK_VALID) \
    CHECK(REMOVED,    "removed",    25,     1 << CHECK_CONTRACT) \
    CHECK(NOT_MOVED,  "not-moved",  10,     1 << CHECK_REMOVED) \
    CHECK(TARGET,     "target",     15,     1 << CHECK_REMOVED) \
    CHECK(SHAPE,      "shape",      5,      1 << CHECK_VALID)

#define GRADE_SEEDS 10000 /* schedules of each kind in one verdict */
#define GRADE_LOADS 8     /* of one scenario */

enum check {
#define CHECK(symbol, name, points, needs) CHECK_##symbol,
    CHECKS(CHECK)
#undef CHECK
    CHECK_COUNT
};
/* clang-format on */
extern const char *const check_names[CHECK_COUNT];
/* The checks (bit set) that must not have failed, nor been skipped, for this one to be judged. */
extern const unsigned check_needs[CHECK_COUNT];

/* One thing that a contract demands of every request of a load, in the order of the file. */
enum clause_kind {
    CLAUSE_BEFORE_REPLY, /* at least `amount` of the item, ordered before the reply */
    CLAUSE_BY_END,       /* at least so much, at any time */
    CLAUSE_AT_MOST,
    CLAUSE_ORDER,      /* all of the item after all of `earlier` */
    CLAUSE_COVERED_BY, /* somebody completed the item after the request's work and before its reply */
    CLAUSE_ANSWERED,   /* every contract has it: where `reply` stands, or else at the end */
    CLAUSE_STATUS,     /* `status` as often as `amount`: 1 or 0 */
    CLAUSE_SIZE,       /* at least `amount` bytes */
    CLAUSE_OWN,        /* of its own */
};

/* Work of the world: "net upstream". */
struct work_item {
    enum item_kind kind;
    const char *name; /* "upstream" */
    const char *text; /* as in the file: "net upstream items" */
};

struct clause {
    enum clause_kind kind;
    struct work_item item, earlier;
    const char *status;
    const struct expr *amount;
};

struct contract {
    const char *load;
    VEC(struct clause) clauses;
};

struct limit {
    const char *what, *name; /* as in the ledger's peaks: heap -, goroutines -, in-flight SERVICE */
    const char *text;        /* as in the file: "in_flight upstream" */
    const struct expr *most;
};

struct target {
    const char *load;
    const struct expr *most[QUANTILE_COUNT]; /* durations; NULL: none */
};

enum shape_kind { SHAPE_TASK, SHAPE_REGION, SHAPE_LOG };
extern const char *const shape_kind_names[];

struct shape {
    enum shape_kind kind;
    const char *name;
    const char *in;                 /* the task it must belong to; NULL */
    const struct expr *per_request; /* how many; NULL: 1 */
    bool holds_all;                 /* all of the request's work, and its reply */
    VEC(struct work_item) holds;
};

struct hint {
    const char *when; /* offered first when the reason of a failed check begins so; NULL: a rung */
    const char *text;
};

enum symptom_kind {
    SYMPTOM_QUANTILE,   /* value in ns */
    SYMPTOM_CPU,        /* in hundredths of a percent */
    SYMPTOM_THROUGHPUT, /* in answers per 1000 s */
};

struct symptom { /* p99: over 200ms */
    enum symptom_kind kind;
    enum quantile quantile;
    bool over; /* else under */
    int64_t value;
    const char *text; /* "p99 over 200ms" */
};

struct rubric {
    struct arena arena;
    const char *lab;
    int64_t version;
    const char *title, *level, *story;
    int64_t minutes;
    VEC(const char *) topics;
    struct {
        const char *load;
        enum category category; /* CATEGORY_COUNT when a finding is expected */
        const char *finding;    /* "unattributed"; NULL */
        int64_t share;          /* at least, in hundredths of a percent, on every seed */
        VEC(const char *) at;   /* verbs of the sites; empty: anywhere */
    } expect;
    VEC(struct contract) contracts;
    VEC(struct limit) limits;
    struct {
        bool given;
        int64_t share, of_before; /* hundredths of a percent, -1: not given */
        const struct expr *below; /* a duration; NULL */
    } removed;
    int64_t back; /* not_moved: hundredths of a percent of the time that was freed */
    VEC(struct target) targets;
    VEC(struct shape) shapes;
    VEC(struct hint) hints;
    VEC(struct symptom) symptoms;
    int64_t points[CHECK_COUNT];          /* spread to 100 in all; 0 for checks that the lab has not */
    int64_t faithful, adversarial, first; /* seeds */
};

/* Reads a scenario's tree; NULL after reporting everything wrong. Keys of other readers (params, world)
 * are left alone; unknown ones are errors. The tree and its source must live as long as the rubric. */
struct rubric *rubric_load(const struct yaml_node *root, struct diags *d);
void rubric_free(struct rubric *r);

/* How far along the path its level is: 0 junior, 1 middle, and so on. */
int rubric_rank(const struct rubric *r);
/* Whether the lab has that check. */
bool rubric_has(const struct rubric *r, enum check check);
/* The hint for a reason: its index in hints, or -1 if only the rungs are left. */
int32_t rubric_hint(const struct rubric *r, const char *reason);

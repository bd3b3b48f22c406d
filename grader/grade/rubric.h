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

/* The checks of a verdict, in order.
 *        symbol      name          points  skips if it fails */
#define CHECKS(CHECK) \
    CHECK(RUNS,       "runs",       5) \
    CHECK(VALID,      "valid",      5) \
    CHECK(CONTRACT,   "contract",   15) \
    CHECK(SAFE,       "safe",       20) \
    CHECK(REMOVED,    "removed",    25) \
    CHECK(NOT_MOVED,  "not-moved",  10) \
    CHECK(TARGET,     "target",     15) \
    CHECK(SHAPE,      "shape",      5)

enum check {
#define CHECK(symbol, name, points) CHECK_##symbol,
    CHECKS(CHECK)
#undef CHECK
    CHECK_COUNT
};
extern const char *const check_names[CHECK_COUNT];
/* The checks (bit set) without which this one cannot be judged. */
extern const unsigned check_needs[CHECK_COUNT];

struct contract_item { /* cpu render: 1 */
    const char *kind, *name; /* as in the ledger's items: "cpu" "render" */
    const struct expr *amount; /* NULL in `order` and `covered_by` */
};
typedef VEC(struct contract_item) contract_items;

struct load_contract {
    const char *load;
    contract_items before_reply, by_end, at_most, order, covered_by;
    const struct expr *ok, *refused, *failed; /* how many replies of each status; NULL: not told */
    const struct expr *size;                  /* bytes at least; NULL */
    bool own;                                 /* from: own */
};

struct limit {
    const char *what, *name; /* heap -, goroutines -, in_flight SERVICE */
    const struct expr *most;
};

struct target {
    const char *load;
    int64_t p50, p99, max; /* ns, 0: none */
};

enum shape_kind { SHAPE_TASK, SHAPE_REGION, SHAPE_LOG };
struct shape {
    enum shape_kind kind;
    const char *name;
    const char *in;                  /* the task it must belong to; NULL */
    const struct expr *per_request;  /* how many; NULL: 1 */
    bool holds_all;
    contract_items holds;
};

struct hint {
    const char *when; /* a reason: offered first when that reason failed; NULL: a rung */
    const char *text;
};

struct symptom { /* p99: over 200ms */
    const char *what; /* p50 p99 max cpu throughput */
    bool over;
    int64_t value; /* ns; cpu in hundredths of a percent; throughput in requests per 1000 s */
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
        VEC(const char *) at;   /* verbs of the sites */
    } expect;
    VEC(struct load_contract) contracts;
    VEC(struct limit) limits;
    struct {
        bool given;
        int64_t share, of_before; /* hundredths of a percent, -1: not given */
        int64_t below;            /* ns, -1 */
    } removed;
    int64_t back; /* not_moved: hundredths of a percent of the time that was freed */
    VEC(struct target) targets;
    VEC(struct shape) shapes;
    VEC(struct hint) hints;
    VEC(struct symptom) symptoms;
    int64_t points[CHECK_COUNT]; /* spread to 100 in all; 0 for checks that the lab has not */
    int64_t faithful, adversarial, first; /* seeds */
};

/* Reads a scenario's tree; NULL after reporting everything wrong. Keys of other readers (params, world)
 * are left alone; unknown ones are errors. */
struct rubric *rubric_load(const struct yaml_node *root, struct diags *d);
void rubric_free(struct rubric *r);

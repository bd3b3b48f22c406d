/* runs: did the program come to its end?  valid: does the trace read, and cover the run? */
#include <string.h>

#include "base/units.h"
#include "grader/analysis/tell.h"
#include "grader/grade/judge.h"

static const char *instant(struct judge *j, int64_t at, char out[UNITS_MAX])
{
    return units_duration_text(out, at - j->a->begin);
}

static void tell_panic(struct judge *j, struct finding *f)
{
    const struct facts *facts = &j->a->facts;
    const struct fact_fault *p = facts->panics.len ? &facts->panics.data[0] : NULL;
    char when[UNITS_MAX];

    finding_fails(f, "%s", run_end_names[facts->end]);
    finding_found(f, "%s: %s", facts->end == END_FATAL ? "fatal error" : "panic",
                  p ? p->kind : "of no known cause");
    finding_expects(f, "the program comes to its end");
    if (!p)
        return;
    finding_shows(f, "G%llu at %s, after %s", (unsigned long long)p->g, p->site, instant(j, p->at, when));
    finding_points_at(f, p->g, p->at, p->at, p->site);
}

void check_runs(struct judge *j, struct finding *f)
{
    const struct facts *facts = &j->a->facts;

    if (!facts->present)
        finding_undecided(f, "the trace has no ledger: it does not say how the program ended");
    else if (facts->end == END_NONE)
        finding_undecided(f, "the trace does not say how the program ended");
    else if (facts->end == END_DEADLOCK)
        tell_deadlock(j, f);
    else if (facts->end == END_PANIC || facts->end == END_FATAL)
        tell_panic(j, f);
    else if (facts->end == END_RETURNED)
        finding_found(f, "to the end");
    else
        tell_endless(j, f);
}

/* ---- valid ---------------------------------------------------------------------------------- */

static const struct fact_fault *region_misuse(const struct facts *facts)
{
    for (size_t i = 0; i < facts->misuse.len; i++)
        if (strncmp(facts->misuse.data[i].kind, "region", 6) == 0)
            return &facts->misuse.data[i];
    return NULL;
}

static void tell_unreadable(struct judge *j, struct finding *f)
{
    const struct trace_error *e = j->error;
    const struct fact_fault *misuse = region_misuse(&j->a->facts);

    finding_found(f, "%s trace at offset 0x%llx: %s", trace_fault_name(e->fault),
                  (unsigned long long)e->offset, e->message);
    finding_expects(f, "a trace that reads to its end");
    if (e->fault == TRACE_TRUNCATED) {
        finding_fails(f, "truncated");
    } else if (e->fault == TRACE_BROKEN_ORDER && misuse) {
        finding_fails(f, "refused by region misuse");
        finding_shows(f, "G%llu, %s: Go's own readers refuse a trace with such a region",
                      (unsigned long long)misuse->g, misuse->site);
        finding_points_at(f, misuse->g, misuse->at, misuse->at, misuse->site);
    } else {
        finding_fails(f, "corrupt");
    }
}

void check_valid(struct judge *j, struct finding *f)
{
    const struct facts *facts = &j->a->facts;

    if (j->error) {
        tell_unreadable(j, f);
    } else if (facts->present && facts->end == END_NONE) {
        finding_fails(f, "stopped early");
        finding_found(f, "the trace ends before the program does");
        finding_expects(f, "a trace of the whole run");
    } else if (facts->damaged) {
        finding_fails(f, "corrupt");
        finding_found(f, "the ledger is damaged");
        finding_expects(f, "a ledger as the runtime writes it");
    } else if (!j->sum->identities.hold) {
        finding_undecided(f, "the numbers of the trace do not add up");
    } else {
        finding_found(f, "%llu events, and their sums agree", (unsigned long long)j->a->events);
    }
}

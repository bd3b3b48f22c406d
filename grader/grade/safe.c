/* safe: no race, leak or misuse. */
#include <stdio.h>
#include <string.h>

#include "grader/analysis/tell.h"
#include "grader/grade/judge.h"

/* A region ended elsewhere is a matter of shape, not of safety. */
static const struct fact_fault *first_misuse(const struct facts *facts)
{
    for (size_t i = 0; i < facts->misuse.len; i++)
        if (strncmp(facts->misuse.data[i].kind, "region", 6) != 0)
            return &facts->misuse.data[i];
    return NULL;
}

static void tell_misuse(struct judge *j, const struct fact_fault *m, struct finding *f)
{
    struct strbuf when = STRBUF_INIT;

    tell_instant(&when, j->a, m->at);
    finding_fails(f, "%s", m->kind);
    finding_found(f, "%s at %s", m->kind, m->site);
    finding_expects(f, "nothing is used that has been given away");
    finding_shows(f, "G%llu, at %s: %s", (unsigned long long)m->g, when.text, m->site);
    if (m->earlier.site)
        finding_shows(f, "%s by G%llu, %s, before it", m->earlier.kind, (unsigned long long)m->earlier.g,
                      m->earlier.site);
    finding_points_at(f, m->g, m->at, m->at, m->site);
    f->measure = 1;
    strbuf_release(&when);
}

/* A part of a table that is kept in parts is still the table: "prices[3]" -> "prices". */
static int name_length(const char *var)
{
    return (int)strcspn(var, "[");
}

static void tell_race(struct judge *j, const struct fact_race *r, struct finding *f)
{
    struct strbuf when = STRBUF_INIT;
    uint64_t times = 0;

    for (size_t i = 0; i < j->a->facts.races.len; i++) {
        const struct fact_race *other = &j->a->facts.races.data[i];

        if (name_length(other->var) == name_length(r->var) &&
            strncmp(other->var, r->var, (size_t)name_length(r->var)) == 0)
            times += other->count;
    }
    tell_instant(&when, j->a, r->at);
    finding_fails(f, "race %.*s", name_length(r->var), r->var);
    finding_found(f, "race on %.*s, %llu time%s", name_length(r->var), r->var, (unsigned long long)times,
                  times == 1 ? "" : "s");
    finding_expects(f, "no two accesses, one of them a write, that nothing orders");
    finding_shows(f, "%s by G%llu, %s, at %s", r->later.kind, (unsigned long long)r->later.g, r->later.site,
                  when.text);
    finding_shows(f, "%s by G%llu, %s, before it", r->earlier.kind, (unsigned long long)r->earlier.g,
                  r->earlier.site);
    finding_shows(f, "no lock, channel or waitgroup orders the two");
    finding_points_at(f, r->later.g, r->at, r->at, r->later.site);
    f->measure = (int64_t)times;
    strbuf_release(&when);
}

static void tell_leak(struct judge *j, struct finding *f)
{
    const struct facts *facts = &j->a->facts;

    finding_fails(f, "leak");
    finding_found(f, "%zu goroutine%s nobody can ever wake", facts->leaked.len,
                  facts->leaked.len == 1 ? " that" : "s that");
    finding_expects(f, "every goroutine ends, or can still be reached");
    f->measure = (int64_t)facts->leaked.len;
    for (size_t i = 0; i < facts->leaked.len; i++) {
        const struct fact_fault *l = &facts->leaked.data[i];

        if (i == 0)
            finding_points_at(f, l->g, -1, -1, l->site);
        if (i == GRADE_EVIDENCE - 1 && facts->leaked.len > GRADE_EVIDENCE)
            finding_shows(f, "and %zu more", facts->leaked.len - i);
        else
            finding_shows(f, "G%llu: %s, %s", (unsigned long long)l->g, l->kind, l->site);
    }
}

/* Misuse before races: who uses a buffer that is somebody else's races with its owner, too. */
void check_safe(struct judge *j, struct finding *f)
{
    const struct facts *facts = &j->a->facts;
    const struct fact_fault *misuse = first_misuse(facts);

    if (!facts->present)
        finding_undecided(f, "the trace has no ledger: races and misuse are not in it");
    else if (misuse)
        tell_misuse(j, misuse, f);
    else if (facts->races.len)
        tell_race(j, &facts->races.data[0], f);
    else if (facts->leaked.len)
        tell_leak(j, f);
    else
        finding_found(f, "no race, deadlock, leak or misuse");
}

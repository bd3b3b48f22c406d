/* target: is it fast enough, in virtual time? */
#include <string.h>

#include "base/units.h"
#include "grader/analysis/tell.h"
#include "grader/grade/judge.h"

static uint32_t slowest_request(const struct judge *j, uint32_t load)
{
    const struct fact_load *l = &j->a->facts.loads.data[load];
    uint32_t slowest = 0;
    int64_t longest = -1;

    for (uint32_t i = 0; i < l->requests.len; i++) {
        const struct fact_request *r = facts_request(&j->a->facts, load, i);

        if (r && request_counts(j->a, r) && request_time(j->a, r) > longest) {
            longest = request_time(j->a, r);
            slowest = i;
        }
    }
    return slowest;
}

/* Where most of the time went; and if most of that was not due, what it was lost to. */
static void show_most(const struct fact_request *r, enum category c, int64_t time, struct finding *f)
{
    int64_t due = c == CAT_NETWORK ? r->net_due : c == CAT_EXECUTION ? r->cpu_due : time;
    enum category lost_to = c == CAT_NETWORK ? CAT_LATE : CAT_HOST_WAIT;
    char all[UNITS_MAX], lost[UNITS_MAX];

    if (time - due > time / 2)
        finding_shows(f, "%s of it %s, of which %s %s (look at: %s)", units_duration_text(all, time),
                      category_names[c], units_duration_text(lost, time - due), category_names[lost_to],
                      category_hints[lost_to]);
    else
        finding_shows(f, "%s of it %s", units_duration_text(all, time), category_names[c]);
}

static void show_slowest(struct judge *j, uint32_t load, struct finding *f)
{
    uint32_t index = slowest_request(j, load);
    const struct fact_request *r = facts_request(&j->a->facts, load, index);
    int64_t split[CAT_STATES] = {0};
    struct strbuf when = STRBUF_INIT;
    char name[80], all[UNITS_MAX];
    int most = 0;

    if (!r)
        return;
    request_split(j->a, load, index, split);
    for (int c = 1; c < CAT_STATES; c++)
        if (split[c] > split[most])
            most = c;
    tell_interval(&when, j->a, r->arrived, r->arrived + request_time(j->a, r));
    finding_shows(f, "%s (G%llu) took %s, %s", judge_request_text(j, load, index, name),
                  (unsigned long long)(r->replier ? r->replier : r->handler),
                  units_duration_text(all, request_time(j->a, r)), when.text);
    show_most(r, (enum category)most, split[most], f);
    finding_points_at(f, r->handler, r->arrived, r->arrived + request_time(j->a, r), NULL);
    strbuf_release(&when);
}

/* In thousandths of what is allowed. */
static int64_t excess(int64_t have, int64_t most)
{
    return have / (most / 1000 + 1);
}

static void missed(struct judge *j, const struct load_summary *l, int q, int64_t most, struct finding *f)
{
    char have[UNITS_MAX], want[UNITS_MAX];

    units_duration_text(have, l->time.q[q]);
    units_duration_text(want, most);
    if (f->state == STATE_FAIL) {
        finding_shows(f, "%s of %s is %s, too (at most %s)", quantile_names[q], l->name, have, want);
        return;
    }
    finding_fails(f, "%s %s", quantile_names[q], l->name);
    finding_found(f, "%s of %s is %s", quantile_names[q], l->name, have);
    finding_expects(f, "at most %s", want);
    f->measure = excess(l->time.q[q], most);
    show_slowest(j, l->load, f);
}

static void met_bound(const struct load_summary *l, int q, int64_t most, struct finding *f,
                      struct strbuf *met)
{
    char have[UNITS_MAX];

    strbuf_addf(met, "%s%s of %s %s", met->len ? ", " : "", quantile_names[q], l->name,
                units_duration_text(have, l->time.q[q]));
    if (f->state == STATE_PASS && excess(l->time.q[q], most) > f->measure)
        f->measure = excess(l->time.q[q], most);
}

static void check_load(struct judge *j, const struct target *t, struct finding *f, struct strbuf *met)
{
    int32_t load = facts_find_load(&j->a->facts, t->load);
    const struct load_summary *l = load >= 0 ? summary_load(j->sum, (uint32_t)load) : NULL;
    int64_t most;

    if (!l || l->counted == 0) {
        finding_undecided(f, "no request of '%s' in the trace is measured", t->load);
        return;
    }
    for (int q = 0; q < QUANTILE_COUNT && f->state != STATE_ERROR; q++) {
        if (!t->most[q])
            continue;
        if (!judge_amount(j, t->most[q], 0, NULL, &most))
            finding_undecided(f, "the ledger does not tell what the target of '%s' is made of", t->load);
        else if (l->time.q[q] > most)
            missed(j, l, q, most, f);
        else
            met_bound(l, q, most, f, met);
    }
}

void check_target(struct judge *j, struct finding *f)
{
    struct strbuf met = STRBUF_INIT;

    for (size_t i = 0; i < j->r->targets.len && f->state != STATE_ERROR; i++)
        check_load(j, &j->r->targets.data[i], f, &met);
    if (f->state == STATE_PASS)
        finding_found(f, "%s", met.text);
    strbuf_release(&met);
}

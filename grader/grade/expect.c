/* What a starter must show: the symptom on the dashboard, and behind it the category or finding that the
 * lab is about, at the verbs it is about. */
#include <string.h>

#include "base/units.h"
#include "grader/analysis/tell.h"
#include "grader/grade/judge.h"
#include "grader/grade/verbs.h"

static bool is_wanted(const struct judge *j, struct verbs at)
{
    if (j->r->expect.at.len == 0)
        return true;
    for (size_t i = 0; i < j->r->expect.at.len; i++)
        for (size_t k = 0; k < ARRAY_LEN(at.verb); k++)
            if (at.verb[k] && strcmp(at.verb[k], j->r->expect.at.data[i]) == 0)
                return true;
    return false;
}

/* ---- symptom -------------------------------------------------------------------------------- */

static int64_t shown(const struct judge *j, const struct load_summary *l, const struct symptom *s)
{
    switch (s->kind) {
    case SYMPTOM_QUANTILE:
        return l->time.q[s->quantile];
    case SYMPTOM_CPU:
        return j->sum->cpu;
    default:
        return l->throughput;
    }
}

static void show_value(const struct symptom *s, int64_t value, struct strbuf *out)
{
    if (s->kind == SYMPTOM_QUANTILE) {
        units_add_duration(out, value);
    } else if (s->kind == SYMPTOM_CPU) {
        tell_share(out, value, 10000);
    } else {
        units_add_ratio(out, value, 1000, 1);
        strbuf_add(out, "/s");
    }
}

static void check_symptom(struct judge *j, const struct load_summary *l, struct finding *f)
{
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < j->r->symptoms.len && f->state == STATE_PASS; i++) {
        const struct symptom *s = &j->r->symptoms.data[i];
        int64_t value = shown(j, l, s);

        if (s->over ? value > s->value : value < s->value)
            continue;
        strbuf_add(&text, "it is ");
        show_value(s, value, &text);
        finding_fails(f, "symptom");
        finding_found(f, "%s", text.text);
        finding_expects(f, "%s", s->text);
    }
    strbuf_release(&text);
}

/* ---- category ------------------------------------------------------------------------------- */

/* Sums the pieces of one category over all measured requests, and those at a wanted verb. */
struct at_verbs {
    struct judge *j;
    int64_t all, wanted;
};

static void add_piece(void *context, const struct piece *p)
{
    struct at_verbs *v = context;

    if (p->category != v->j->r->expect.category || !p->g || !p->segment)
        return;
    v->all += p->to - p->from;
    if (is_wanted(v->j, segment_verbs(v->j->a, p->g, (size_t)(p->segment - p->g->segments.data))))
        v->wanted += p->to - p->from;
}

static struct at_verbs time_at_verbs(struct judge *j)
{
    struct at_verbs v = {.j = j};
    const struct fact_load *l = &j->a->facts.loads.data[j->load];

    for (uint32_t i = 0; i < l->requests.len; i++) {
        const struct fact_request *r = facts_request(&j->a->facts, (uint32_t)j->load, i);

        if (r && request_counts(j->a, r))
            split_request(j->a, (uint32_t)j->load, i, add_piece, &v);
    }
    return v;
}

static void check_category(struct judge *j, const struct load_summary *l, struct finding *f)
{
    const char *name = category_names[j->r->expect.category];
    int64_t part = l->split[j->r->expect.category];
    int64_t all = 0;
    struct strbuf text = STRBUF_INIT;

    for (int c = 0; c < CAT_STATES; c++)
        all += l->split[c];
    tell_share(&text, part, all);
    finding_found(f, "%s is %s of a request", name, text.text);
    strbuf_reset(&text);
    tell_percent(&text, j->r->expect.share);
    finding_expects(f, "%s at least %s", name, text.text);
    if (!judge_at_least(part, all, j->r->expect.share))
        finding_fails(f, "expected category");
    struct at_verbs v = time_at_verbs(j);

    if (f->state == STATE_PASS && v.wanted < v.all - v.wanted) {
        strbuf_reset(&text);
        tell_share(&text, v.wanted, v.all);
        finding_fails(f, "expected verbs");
        finding_found(f, "%s of %s is at the verbs of `at`", text.text, name);
        finding_expects(f, "at least half of it");
    }
    strbuf_release(&text);
}

/* ---- finding -------------------------------------------------------------------------------- */

static void check_finding(struct judge *j, struct finding *f)
{
    int64_t none = j->out->unattributed;
    int64_t all = j->out->annotations;
    struct strbuf least = STRBUF_INIT;

    tell_percent(&least, j->r->expect.share);
    finding_found(f, "%lld of %lld regions and logs belong to no task", (long long)none, (long long)all);
    finding_expects(f, "at least %s of them", least.text);
    if (all == 0 || !judge_at_least(none, all, j->r->expect.share))
        finding_fails(f, "expected finding");
    for (size_t i = 0; i < j->a->regions.len && f->state == STATE_PASS; i++) {
        const struct region *r = &j->a->regions.data[i];

        if (r->begin >= 0 && !is_attributed(r->task) && !is_wanted(j, stack_verbs(j->a, r->stack))) {
            finding_fails(f, "expected verbs");
            finding_shows(f, "%s is at none of the verbs of `at`", stack_site(j->a, r->stack));
        }
    }
    strbuf_release(&least);
}

void check_expectation(struct judge *j, struct finding *f)
{
    const struct load_summary *l = j->load >= 0 ? summary_load(j->sum, (uint32_t)j->load) : NULL;

    if (!l || l->counted == 0) {
        finding_undecided(f, "no request of '%s' in the trace is measured", j->r->expect.load);
        return;
    }
    check_symptom(j, l, f);
    if (f->state != STATE_PASS)
        return;
    if (j->r->expect.finding)
        check_finding(j, f);
    else
        check_category(j, l, f);
}

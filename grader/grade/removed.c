/* removed: is the cause gone?  not-moved: or has it only become another kind of waiting? */
#include <string.h>

#include "base/units.h"
#include "grader/analysis/tell.h"
#include "grader/grade/judge.h"

static const struct load_numbers *numbers_before(const struct judge *j)
{
    const struct outcome *o = j->before;

    return o && o->expect_load < o->n_loads ? &o->loads[o->expect_load] : NULL;
}

static const struct load_summary *judged_load(const struct judge *j)
{
    const struct load_summary *l = j->load >= 0 ? summary_load(j->sum, (uint32_t)j->load) : NULL;

    return l && l->counted > 0 ? l : NULL;
}

static int64_t whole(const struct load_summary *l)
{
    int64_t sum = 0;

    for (int c = 0; c < CAT_STATES; c++)
        sum += l->split[c];
    return sum;
}

/* ---- a category ----------------------------------------------------------------------------- */

static void list_bounds(const struct judge *j, int64_t below, struct strbuf *out)
{
    char text[UNITS_MAX];

    strbuf_add(out, "at most ");
    if (j->r->removed.share >= 0)
        tell_percent(out, j->r->removed.share);
    if (below >= 0)
        strbuf_addf(out, "%s%s", j->r->removed.share >= 0 ? " or " : "", units_duration_text(text, below));
    if (j->r->removed.of_before >= 0) {
        strbuf_add(out, j->r->removed.share >= 0 || below >= 0 ? " or " : "");
        tell_percent(out, j->r->removed.of_before);
        strbuf_add(out, " of the starter's");
    }
}

static bool any_bound_holds(const struct judge *j, const struct load_summary *l, int64_t part, int64_t below)
{
    const struct load_numbers *before = numbers_before(j);
    int64_t mean = part / l->counted;

    return (j->r->removed.share >= 0 && judge_at_most(part, whole(l), j->r->removed.share)) ||
           (below >= 0 && mean <= below) ||
           (j->r->removed.of_before >= 0 && before &&
            judge_at_most(mean, before->split[j->r->expect.category], j->r->removed.of_before));
}

/* If there is more than one. */
static void show_main_place(struct judge *j, enum category c, int64_t part, struct finding *f)
{
    for (size_t i = 0; i < j->sum->places.len; i++) {
        const struct place *p = &j->sum->places.data[i];
        struct strbuf text = STRBUF_INIT;

        if (p->load != (uint32_t)j->load || p->category != c)
            continue;
        if (p->total == part)
            return;
        tell_share(&text, p->total, part);
        strbuf_addf(&text, " of it is lost at %s", j->sum->sites.entries[p->site].key);
        finding_shows(f, "%s", text.text);
        strbuf_release(&text);
        return;
    }
}

static void check_category(struct judge *j, const struct load_summary *l, struct finding *f)
{
    enum category c = j->r->expect.category;
    int64_t part = l->split[c];
    int64_t below = -1;
    struct strbuf text = STRBUF_INIT;
    char mean[UNITS_MAX];

    if (j->r->removed.below && !judge_amount(j, j->r->removed.below, 0, NULL, &below)) {
        finding_undecided(f, "the ledger does not tell what `below` is made of");
        return;
    }
    strbuf_addf(&text, "%s is ", category_names[c]);
    tell_share(&text, part, whole(l));
    strbuf_add(&text, " of a request");
    if (part >= l->counted)
        strbuf_addf(&text, ", %s", units_duration_text(mean, part / l->counted));
    finding_found(f, "%s", text.text);
    strbuf_reset(&text);
    list_bounds(j, below, &text);
    finding_expects(f, "%s", text.text);
    strbuf_release(&text);
    f->measure = part / l->counted;
    if (any_bound_holds(j, l, part, below))
        return;
    if (j->r->removed.of_before >= 0 && !numbers_before(j)) {
        finding_undecided(f, "there is no starter to compare with");
        return;
    }
    finding_fails(f, "still %s", category_names[c]);
    judge_shows_category(j, (uint32_t)j->load, c, f);
    show_main_place(j, c, part, f);
}

/* ---- a finding ------------------------------------------------------------------------------ */

/* The lines at which most of the regions and logs without a task are. */
static void show_unattributed(struct judge *j, struct finding *f)
{
    for (size_t i = 0; i < j->sum->regions.len; i++) {
        const struct group *g = &j->sum->regions.data[i];

        if (!g->task && g->time.count > 0)
            finding_shows(f, "region %s, %s: %lld time%s", g->name, g->site ? g->site : "-",
                          (long long)g->time.count, g->time.count == 1 ? "" : "s");
    }
    for (size_t i = 0; i < j->a->logs.len; i++) {
        const struct log *l = &j->a->logs.data[i];

        if (is_attributed(l->task))
            continue;
        finding_shows(f, "log %s, %s", analysis_string(j->a, l->category), stack_site(j->a, l->stack));
        break;
    }
}

static void check_finding(struct judge *j, struct finding *f)
{
    int64_t none = j->out->unattributed;
    int64_t all = j->out->annotations;
    struct strbuf most = STRBUF_INIT;

    finding_found(f, "%lld of %lld regions and logs belong to no task", (long long)none, (long long)all);
    tell_percent(&most, j->r->removed.share);
    if (all == 0) {
        finding_fails(f, "nothing recorded");
        finding_found(f, "there is no region and no log in the trace");
        finding_expects(f, "regions and logs, each with its task");
    } else if (!judge_at_most(none, all, j->r->removed.share)) {
        finding_fails(f, "still %s", j->r->expect.finding);
        finding_expects(f, "at most %s of them", most.text);
        show_unattributed(j, f);
    }
    f->measure = none;
    strbuf_release(&most);
}

void check_removed(struct judge *j, struct finding *f)
{
    const struct load_summary *l = judged_load(j);

    if (j->r->expect.finding)
        check_finding(j, f);
    else if (!l)
        finding_undecided(f, "no request of '%s' in the trace is measured", j->r->expect.load);
    else
        check_category(j, l, f);
}

/* ---- not-moved ------------------------------------------------------------------------------ */

static int64_t growth(const int64_t *before, const int64_t *after, enum category c)
{
    return after[c] > before[c] ? after[c] - before[c] : 0;
}

/* How much a category has grown, derived rows with the state that they are part of: a P without a CPU is
 * no work, even if there is less to work than before. */
static int64_t came_back(const int64_t *before, const int64_t *after, enum category c, enum category *as)
{
    enum category part = c == CAT_EXECUTION ? CAT_HOST_WAIT : c == CAT_NETWORK ? CAT_LATE : c;
    int64_t all = growth(before, after, c);
    int64_t derived = growth(before, after, part);

    *as = derived > all / 2 ? part : c;
    return derived > all ? derived : all;
}

static void tell_moved(struct judge *j, int64_t freed, int64_t back, enum category most, struct finding *f)
{
    char gone[UNITS_MAX], came[UNITS_MAX];
    struct strbuf limit = STRBUF_INIT;

    tell_percent(&limit, j->r->back);
    finding_fails(f, "moved to %s", category_names[most]);
    finding_found(f, "%s of %s left a request, and %s came back, most of it as %s%s",
                  units_duration_text(gone, freed), category_names[j->r->expect.category],
                  units_duration_text(came, back), category_names[most],
                  most == CAT_HOST_WAIT ? " (on a P, without a CPU)" : "");
    finding_expects(f, "at most %s of it comes back", limit.text);
    f->measure = back / (freed / 10000 + 1);
    judge_shows_category(j, (uint32_t)j->load, most, f);
    strbuf_release(&limit);
}

void check_not_moved(struct judge *j, struct finding *f)
{
    const struct load_numbers *before = numbers_before(j);
    const struct load_summary *l = judged_load(j);
    enum category expect = j->r->expect.category;
    enum category most = expect;
    int64_t largest = 0;
    int64_t back = 0;

    if (!before || !l) {
        finding_undecided(f, "there is no starter to compare with");
        return;
    }
    const int64_t *after = j->out->loads[j->out->expect_load].split;
    int64_t freed = before->split[expect] - after[expect];

    for (int c = 0; c < CAT_STATES; c++) {
        enum category as = (enum category)c;
        int64_t more = c == (int)expect ? 0 : came_back(before->split, after, (enum category)c, &as);

        back += more;
        if (more > largest) {
            largest = more;
            most = as;
        }
    }
    if (freed > 0 && !judge_at_most(back, freed, j->r->back)) {
        tell_moved(j, freed, back, most, f);
        return;
    }
    struct strbuf share = STRBUF_INIT;

    tell_share(&share, back, freed > 0 ? freed : 0);
    finding_found(f, "%s of the freed time came back elsewhere", share.text);
    strbuf_release(&share);
}

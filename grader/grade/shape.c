/* shape: are the annotations where they belong?
 *
 * A task, region or log belongs to the request that its goroutine has in hand when it begins. What a rule
 * counts for a request are those of its name that belong to it and, with `in`, whose task is a task of that
 * name that belongs to it as well. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "grader/analysis/tell.h"
#include "grader/grade/judge.h"

/* Events of one instant get increasing times in a trace: work may seem to begin before the region around
 * it by so much. */
#define SLACK 20

/* How a rule can be broken; of several ways, the first stands for all. */
enum flaw { NONE, FEW, MANY, OPEN, ELSEWHERE, SHORT, LONG, FLAWS };

/* A task, region or log of the rule's name. */
struct mark {
    uint64_t hand;      /* of the request, as in goroutine.hand */
    size_t index;       /* in analysis.tasks, regions or logs */
    int64_t begin, end; /* end: -1 never */
    uint64_t g;
    uint32_t stack;
    bool elsewhere; /* ended on another goroutine */
};

struct rule {
    struct judge *j;
    const struct shape *shape;
    struct idmap in;         /* with `in`: id of a task of that name -> the request it belongs to */
    VEC(struct mark) marks;  /* by request */
    VEC(struct mark) astray; /* of the right name, but not in the task */
    struct {
        int64_t count;
        uint32_t request;
        struct mark mark; /* g 0: there is none */
        int64_t have, due;
    } of[FLAWS];
};

/* ---- collecting ----------------------------------------------------------------------------- */

static uint64_t hand_of(const struct rule *rule, uint64_t g, int64_t at)
{
    const struct goroutine *of = analysis_goroutine(rule->j->a, g);

    return of ? hand_at(of, at) : 0;
}

static bool is_named(const struct rule *rule, uint32_t string, const char *name)
{
    return strcmp(analysis_string(rule->j->a, string), name) == 0;
}

static void collect_parents(struct rule *rule)
{
    const struct analysis *a = rule->j->a;

    for (size_t i = 0; rule->shape->in && i < a->tasks.len; i++) {
        const struct task *t = &a->tasks.data[i];

        if (is_named(rule, t->name, rule->shape->in))
            idmap_put(&rule->in, t->id, hand_of(rule, t->begin_g, t->begin));
    }
}

static void add_mark(struct rule *rule, struct mark mark, uint64_t task)
{
    uint64_t owner = 0;

    mark.hand = hand_of(rule, mark.g, mark.begin);
    if (!mark.hand)
        return;
    if (rule->shape->in && (!idmap_get(&rule->in, task, &owner) || owner != mark.hand))
        vec_push(&rule->astray, mark);
    else
        vec_push(&rule->marks, mark);
}

/* Whether the end of an open region stands on another goroutine. */
static bool ends_elsewhere(const struct analysis *a, const struct region *r)
{
    for (size_t i = 0; i < a->regions.len; i++) {
        const struct region *end = &a->regions.data[i];

        if (end->begin < 0 && end->end_g != r->begin_g && end->task == r->task && end->name == r->name)
            return true;
    }
    return false;
}

static void collect_regions(struct rule *rule)
{
    const struct analysis *a = rule->j->a;

    for (size_t i = 0; i < a->regions.len; i++) {
        const struct region *r = &a->regions.data[i];
        struct mark mark = {0, i, r->begin, r->end, r->begin_g, r->stack, false};

        if (r->begin < 0 || !is_named(rule, r->name, rule->shape->name))
            continue;
        mark.elsewhere = r->end < 0 && ends_elsewhere(a, r);
        add_mark(rule, mark, r->task);
    }
}

static void collect_tasks(struct rule *rule)
{
    const struct analysis *a = rule->j->a;

    for (size_t i = 0; i < a->tasks.len; i++) {
        const struct task *t = &a->tasks.data[i];

        if (is_named(rule, t->name, rule->shape->name))
            add_mark(rule, (struct mark){0, i, t->begin, t->end, t->begin_g, t->stack, false}, 0);
    }
}

static void collect_logs(struct rule *rule)
{
    const struct analysis *a = rule->j->a;

    for (size_t i = 0; i < a->logs.len; i++) {
        const struct log *l = &a->logs.data[i];

        if (is_named(rule, l->category, rule->shape->name))
            add_mark(rule, (struct mark){0, i, l->at, l->at, l->g, l->stack, false}, l->task);
    }
}

static int by_request(const void *a, const void *b)
{
    const struct mark *x = a;
    const struct mark *y = b;

    if (x->hand != y->hand)
        return x->hand < y->hand ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void collect(struct rule *rule)
{
    collect_parents(rule);
    if (rule->shape->kind == SHAPE_TASK)
        collect_tasks(rule);
    else if (rule->shape->kind == SHAPE_REGION)
        collect_regions(rule);
    else
        collect_logs(rule);
    if (rule->marks.len)
        qsort(rule->marks.data, rule->marks.len, sizeof rule->marks.data[0], by_request);
}

/* ---- judging -------------------------------------------------------------------------------- */

static bool within(const struct mark *m, int64_t from, int64_t to)
{
    return m->begin <= from + SLACK && to <= m->end + SLACK;
}

static bool holds_work(const struct rule *rule, const struct mark *m, const struct fact_request *r)
{
    const struct shape *s = rule->shape;

    for (size_t i = 0; s->holds_all && i < r->work.len; i++)
        if (!within(m, r->work.data[i].first, r->work.data[i].last))
            return false;
    if (s->holds_all && r->answered && !within(m, r->reply, r->reply))
        return false;
    for (size_t i = 0; i < s->holds.len; i++) {
        int32_t item = facts_find_item(&rule->j->a->facts, s->holds.data[i].kind, s->holds.data[i].name);
        const struct fact_work *w = item < 0 ? NULL : facts_work(r, (uint32_t)item);

        if (w && !within(m, w->first, w->last))
            return false;
    }
    return true;
}

static bool is_among(const struct shape *s, const struct work_item *item)
{
    for (size_t i = 0; i < s->holds.len; i++)
        if (s->holds.data[i].kind == item->kind && strcmp(s->holds.data[i].name, item->name) == 0)
            return true;
    return false;
}

/* Whether a region of s may lie around one of `inner`: only if it is to show all of that one's work. */
static bool may_hold(const struct shape *s, const struct shape *inner)
{
    if (s->holds_all)
        return true;
    for (size_t i = 0; i < inner->holds.len; i++)
        if (!is_among(s, &inner->holds.data[i]))
            return false;
    return !inner->holds_all;
}

/* Whether all that the region is to show has been done by then. */
static bool is_over(const struct rule *rule, const struct mark *m, int64_t at)
{
    const struct fact_request *request =
        facts_request(&rule->j->a->facts, hand_load(m->hand), hand_index(m->hand));
    const struct shape *s = rule->shape;

    for (size_t i = 0; i < s->holds.len; i++) {
        int32_t item = facts_find_item(&rule->j->a->facts, s->holds.data[i].kind, s->holds.data[i].name);
        const struct fact_work *w = item < 0 || !request ? NULL : facts_work(request, (uint32_t)item);

        if (w && w->last > at)
            return false;
    }
    return s->holds.len > 0;
}

/* Whether a region that begins within m is part of the next phase: on the same goroutine; or on another one
 * that works for the same request, when what m is to show is over. */
static bool follows(const struct rule *rule, const struct mark *m, const struct region *r)
{
    const struct goroutine *g = r->begin_g == m->g ? NULL : analysis_goroutine(rule->j->a, r->begin_g);

    return r->begin_g == m->g || (g && hand_at(g, r->begin) == m->hand && is_over(rule, m, r->begin));
}

/* A phase that begins before the region of another is over; NULL: none. Regions are in the order in which
 * they begin. */
static const char *swallowed(const struct rule *rule, const struct mark *m)
{
    const struct analysis *a = rule->j->a;

    for (size_t i = m->index + 1; i < a->regions.len && a->regions.data[i].begin < m->end; i++) {
        const struct region *r = &a->regions.data[i];

        for (size_t k = 0; k < rule->j->r->shapes.len && r->begin >= 0; k++) {
            const struct shape *other = &rule->j->r->shapes.data[k];

            if (other->kind == SHAPE_REGION && is_named(rule, r->name, other->name) &&
                !may_hold(rule->shape, other) && follows(rule, m, r))
                return other->name;
        }
    }
    return NULL;
}

static enum flaw flaw_of(const struct rule *rule, const struct mark *m, const struct fact_request *r)
{
    if (m->end < 0)
        return m->elsewhere ? ELSEWHERE : OPEN;
    if (!holds_work(rule, m, r))
        return SHORT;
    return rule->shape->kind == SHAPE_REGION && swallowed(rule, m) ? LONG : NONE;
}

static void note(struct rule *rule, enum flaw flaw, uint32_t request, const struct mark *m, int64_t have,
                 int64_t due)
{
    if (rule->of[flaw].count++ > 0)
        return;
    rule->of[flaw].request = request;
    rule->of[flaw].have = have;
    rule->of[flaw].due = due;
    if (m)
        rule->of[flaw].mark = *m;
}

static const struct mark *astray_mark(const struct rule *rule, uint64_t hand)
{
    for (size_t i = 0; i < rule->astray.len; i++)
        if (rule->astray.data[i].hand == hand)
            return &rule->astray.data[i];
    return NULL;
}

/* Marks [from, to) are the request's; at most one flaw is noted for it. */
static bool judge_request(struct rule *rule, uint32_t index, const struct fact_request *r, size_t from,
                          size_t to)
{
    int64_t have = (int64_t)(to - from);
    int64_t due = 1;
    enum flaw worst = NONE;
    const struct mark *of = NULL;

    if (rule->shape->per_request &&
        !judge_amount(rule->j, rule->shape->per_request, (uint32_t)rule->j->load, r, &due))
        return false;
    if (have < due) {
        note(rule, FEW, index, astray_mark(rule, request_hand((uint32_t)rule->j->load, index)), have, due);
        return true;
    }
    if (have > due) {
        note(rule, MANY, index, &rule->marks.data[from], have, due);
        return true;
    }
    for (size_t i = from; i < to; i++) {
        enum flaw flaw = flaw_of(rule, &rule->marks.data[i], r);

        if (flaw != NONE && (worst == NONE || flaw < worst)) {
            worst = flaw;
            of = &rule->marks.data[i];
        }
    }
    note(rule, worst, index, of, have, due);
    return true;
}

static bool judge_all(struct rule *rule)
{
    const struct facts *facts = &rule->j->a->facts;
    uint32_t load = (uint32_t)rule->j->load;
    size_t at = 0;

    for (uint32_t i = 0; i < facts->loads.data[load].requests.len; i++) {
        const struct fact_request *r = facts_request(facts, load, i);
        uint64_t hand = request_hand(load, i);

        while (at < rule->marks.len && rule->marks.data[at].hand < hand)
            at++;
        size_t from = at;

        while (at < rule->marks.len && rule->marks.data[at].hand == hand)
            at++;
        if (r && !judge_request(rule, i, r, from, at))
            return false;
    }
    return true;
}

/* ---- in words ------------------------------------------------------------------------------- */

static void show_mark(struct rule *rule, enum flaw flaw, const char *request, struct finding *f)
{
    const struct shape *s = rule->shape;
    const struct mark *m = &rule->of[flaw].mark;
    struct strbuf when = STRBUF_INIT;
    const char *what = shape_kind_names[s->kind];

    if (flaw == FEW || flaw == MANY)
        finding_shows(f, "%s has %lld, it should have %lld", request, (long long)rule->of[flaw].have,
                      (long long)rule->of[flaw].due);
    if (!m->g)
        return;
    const char *site = stack_site(rule->j->a, m->stack);

    if (flaw < SHORT || m->end < 0)
        tell_instant(&when, rule->j->a, m->begin);
    else
        tell_interval(&when, rule->j->a, m->begin, m->end);
    if (flaw == FEW)
        finding_shows(f, "one of its goroutines, G%llu, has a %s %s at %s, %s: not in its own task %s",
                      (unsigned long long)m->g, what, s->name, when.text, site, s->in);
    else if (flaw == ELSEWHERE)
        finding_shows(f, "%s: begun by G%llu at %s, %s, and ended by another goroutine", request,
                      (unsigned long long)m->g, when.text, site);
    else if (flaw == OPEN)
        finding_shows(f, "%s: begun by G%llu at %s, %s, and never ended", request, (unsigned long long)m->g,
                      when.text, site);
    else if (flaw == SHORT)
        finding_shows(f, "%s: %s, %s, and its work goes on outside", request, when.text, site);
    else if (flaw == LONG)
        finding_shows(f, "%s: %s, %s, and region %s begins inside", request, when.text, site,
                      swallowed(rule, m));
    finding_points_at(f, m->g, m->begin, m->end, site);
    strbuf_release(&when);
}

static void tell_flaw(struct rule *rule, enum flaw flaw, struct finding *f)
{
    static const char *const words[FLAWS] = {"", "missing", "repeated", "open", "elsewhere", "short", "long"};
    static const char *const rules[FLAWS] = {
        "",
        "as many as the brief says for every request",
        "no more than the brief says for a request",
        "every one is ended",
        "ended by the goroutine that began it",
        "all of the work that it is meant to show",
        "over before the next phase begins",
    };
    const struct shape *s = rule->shape;
    char name[80];

    judge_request_text(rule->j, (uint32_t)rule->j->load, rule->of[flaw].request, name);
    finding_fails(f, "%s %s", shape_kind_names[s->kind], words[flaw]);
    finding_found(f, "%s %s is %s for %lld request%s", shape_kind_names[s->kind], s->name, words[flaw],
                  (long long)rule->of[flaw].count, rule->of[flaw].count == 1 ? "" : "s");
    finding_expects(f, "%s", rules[flaw]);
    f->measure = rule->of[flaw].count;
    show_mark(rule, flaw, name, f);
}

static void check_rule(struct judge *j, const struct shape *s, struct finding *f)
{
    struct rule rule = {.j = j, .shape = s};

    collect(&rule);
    if (!judge_all(&rule))
        finding_undecided(f, "the ledger does not tell how many of %s %s a request needs",
                          shape_kind_names[s->kind], s->name);
    for (enum flaw flaw = FEW; flaw < FLAWS && f->state == STATE_PASS; flaw++)
        if (rule.of[flaw].count)
            tell_flaw(&rule, flaw, f);
    idmap_release(&rule.in);
    vec_free(&rule.marks);
    vec_free(&rule.astray);
}

void check_shape(struct judge *j, struct finding *f)
{
    if (j->load < 0) {
        finding_undecided(f, "the trace has no requests of '%s'", j->r->expect.load);
        return;
    }
    for (size_t i = 0; i < j->r->shapes.len && f->state == STATE_PASS; i++)
        check_rule(j, &j->r->shapes.data[i], f);
    if (f->state == STATE_PASS)
        finding_found(f, "%zu rules about tasks, regions and logs kept", j->r->shapes.len);
}

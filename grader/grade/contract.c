/* contract: is the work of the world still done, in time, and answered?
 *
 * Every clause is held against every request of its load, those of the warm-up too. Clauses stand in the
 * order of the file; the first one that some request breaks gives the reason. A request without an answer
 * breaks that clause alone: nothing can come before a reply that never came. */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "grader/analysis/tell.h"
#include "grader/grade/judge.h"

/* How a clause can be broken; of several ways, the first stands for all. */
enum breach {
    KEPT,
    MISSING,
    LATE,
    TOO_MANY,
    OUT_OF_ORDER,
    UNCOVERED,
    UNANSWERED,
    WRONG_ANSWER,
    SHORT_ANSWER,
    FOREIGN_ANSWER,
    BREACHES,
    UNKNOWN, /* the ledger does not tell what the amount is made of */
};

/* One request against one clause. */
struct held {
    enum breach breach;
    int64_t have, due;
};

/* All requests against one clause. */
struct tally {
    const struct clause *clause;
    uint32_t load;
    int64_t needed; /* requests of which the clause demands something */
    struct {
        int64_t count;
        uint32_t index; /* the first */
        struct held held;
    } of[BREACHES];
};

/* ---- holding a request against a clause ------------------------------------------------------ */

static const struct fact_work *work_of(const struct judge *j, const struct fact_request *r,
                                       const struct work_item *item)
{
    int32_t i = facts_find_item(&j->a->facts, item->kind, item->name);

    return i < 0 ? NULL : facts_work(r, (uint32_t)i);
}

#define ROUNDED (LEDGER_UNIT / 1000) /* each part of a piece is rounded up by less than one */

static struct held hold_work(const struct judge *j, const struct clause *c, const struct fact_request *r,
                             int64_t units)
{
    const struct fact_work *w = work_of(j, r, &c->item);
    int64_t due = units * LEDGER_UNIT;
    int64_t total = w ? w->total : 0;
    int64_t before = w ? w->before : 0;

    if (c->kind == CLAUSE_AT_MOST)
        return (struct held){total >= due + ROUNDED ? TOO_MANY : KEPT, total, due};
    if (total < due)
        return (struct held){MISSING, total, due};
    if (c->kind == CLAUSE_BEFORE_REPLY && before + ROUNDED <= due)
        return (struct held){LATE, before, due};
    return (struct held){KEPT, total, due};
}

static struct held hold_order(const struct judge *j, const struct clause *c, const struct fact_request *r)
{
    const struct fact_work *later = work_of(j, r, &c->item);
    const struct fact_work *earlier = work_of(j, r, &c->earlier);
    bool both = later && earlier && later->total > 0 && earlier->total > 0 && earlier->item < 64;

    return (struct held){both && !(later->after >> earlier->item & 1) ? OUT_OF_ORDER : KEPT, 0, both};
}

/* When the last of its work was done, other than the item itself. */
static int64_t work_ends(const struct fact_request *r, int32_t but)
{
    int64_t end = r->arrived;

    for (size_t i = 0; i < r->work.len; i++)
        if ((int32_t)r->work.data[i].item != but && r->work.data[i].last > end)
            end = r->work.data[i].last;
    return end;
}

/* The ledger orders a request's own work by happens-before, not one request's against another's: that
 * somebody began and completed it between the two moments is told from the times. */
static struct held hold_cover(const struct judge *j, const struct clause *c, const struct fact_request *r)
{
    const struct facts *facts = &j->a->facts;
    int32_t item = facts_find_item(facts, c->item.kind, c->item.name);
    int64_t from = work_ends(r, item);

    for (uint32_t l = 0; l < facts->loads.len; l++) {
        for (uint32_t i = 0; i < facts->loads.data[l].requests.len; i++) {
            const struct fact_request *other = facts_request(facts, l, i);
            const struct fact_work *w = other && item >= 0 ? facts_work(other, (uint32_t)item) : NULL;

            if (w && w->first >= from && w->last <= r->reply)
                return (struct held){KEPT, 1, 1};
        }
    }
    return (struct held){UNCOVERED, 0, 1};
}

static struct held hold_answer(const struct judge *j, const struct clause *c, const struct fact_request *r,
                               int64_t due)
{
    (void)j;
    if (c->kind == CLAUSE_STATUS) {
        int64_t have = strcmp(r->status, c->status) == 0;

        return (struct held){have != due ? WRONG_ANSWER : KEPT, have, due};
    }
    if (strcmp(r->status, "ok") != 0)
        return (struct held){KEPT, 0, 0};
    if (c->kind == CLAUSE_OWN)
        return (struct held){r->own < r->bytes ? FOREIGN_ANSWER : KEPT, r->own, r->bytes};
    return (struct held){r->bytes < due ? SHORT_ANSWER : KEPT, r->bytes, due};
}

static struct held hold(const struct judge *j, const struct clause *c, uint32_t load,
                        const struct fact_request *r)
{
    int64_t due = 0;

    if (c->kind == CLAUSE_ANSWERED)
        return (struct held){r && r->answered ? KEPT : UNANSWERED, 0, 1};
    if (!r || !r->answered)
        return (struct held){KEPT, 0, 0};
    if (c->amount && !judge_amount(j, c->amount, load, r, &due))
        return (struct held){UNKNOWN, 0, 0};
    switch (c->kind) {
    case CLAUSE_BEFORE_REPLY:
    case CLAUSE_BY_END:
    case CLAUSE_AT_MOST:
        return hold_work(j, c, r, due);
    case CLAUSE_ORDER:
        return hold_order(j, c, r);
    case CLAUSE_COVERED_BY:
        return hold_cover(j, c, r);
    default:
        return hold_answer(j, c, r, due);
    }
}

/* False if it cannot be told. */
static bool hold_all(const struct judge *j, struct tally *t)
{
    uint32_t n = j->a->facts.loads.data[t->load].announced;

    for (uint32_t i = 0; i < n; i++) {
        struct held h = hold(j, t->clause, t->load, facts_request(&j->a->facts, t->load, i));

        if (h.breach == UNKNOWN)
            return false;
        t->needed += h.due > 0;
        if (t->of[h.breach].count++ == 0) {
            t->of[h.breach].index = i;
            t->of[h.breach].held = h;
        }
    }
    return true;
}

/* ---- in words ------------------------------------------------------------------------------- */

/* "205", "0.5": an amount of work. */
static const char *amount_text(int64_t amount, char out[UNITS_MAX])
{
    struct strbuf text = STRBUF_INIT;

    units_add_ratio(&text, amount, LEDGER_UNIT, amount % LEDGER_UNIT == 0 ? 0 : 2);
    snprintf(out, UNITS_MAX, "%s", text.text);
    strbuf_release(&text);
    return out;
}

/* "reads of prices" */
static const char *noun(const struct work_item *item, char out[GRADE_TEXT])
{
    snprintf(out, GRADE_TEXT, "%s %s", item_kind_counts[item->kind], item->name);
    return out;
}

/* A goroutine that is not told whose work it does works for nobody. */
static void show_nobody(struct judge *j, const struct tally *t, struct finding *f)
{
    const struct facts *facts = &j->a->facts;
    int32_t item = facts_find_item(facts, t->clause->item.kind, t->clause->item.name);
    bool none = t->of[KEPT].count == 0;
    char what[GRADE_TEXT], amount[UNITS_MAX];

    for (size_t i = 0; i < facts->nobody.len; i++) {
        const struct fact_nobody *n = &facts->nobody.data[i];

        if ((int32_t)n->item != item)
            continue;
        finding_shows(f, "%s %s, %s for a request: %s works for nobody", amount_text(n->amount, amount),
                      noun(&t->clause->item, what), none ? "none" : "not", n->site);
        finding_shows(f, "send the request along, `value: [r, answer]`");
        if (!f->site[0])
            finding_points_at(f, f->g, f->from, f->to, n->site);
        return;
    }
}

static void show_unanswered(struct judge *j, const char *name, const struct fact_request *r,
                            struct finding *f)
{
    const struct goroutine *g = r && r->handler ? analysis_goroutine(j->a, r->handler) : NULL;
    struct strbuf when = STRBUF_INIT;

    if (r && r->status) {
        tell_interval(&when, j->a, r->arrived, r->reply);
        finding_shows(f, "%s: its client waited %s and gave up", name, when.text);
    } else if (!r) {
        finding_shows(f, "%s never came: the program ended before", name);
    } else if (!g) {
        tell_instant(&when, j->a, r->arrived);
        finding_shows(f, "%s, which came at %s, was never accepted", name, when.text);
    } else if (g->died >= 0) {
        tell_instant(&when, j->a, g->died);
        finding_shows(f, "%s: its handler G%llu returned at %s, and nobody else answered", name,
                      (unsigned long long)g->id, when.text);
    } else {
        finding_shows(f, "%s: its handler G%llu has not returned", name, (unsigned long long)g->id);
    }
    strbuf_release(&when);
}

static void show_late(struct judge *j, const struct tally *t, const char *name, const struct fact_request *r,
                      struct finding *f)
{
    const struct fact_work *w = work_of(j, r, &t->clause->item);
    struct strbuf replied = STRBUF_INIT;
    struct strbuf done = STRBUF_INIT;
    struct strbuf first = STRBUF_INIT;

    tell_instant(&first, j->a, r->first_piece);
    tell_instant(&replied, j->a, r->reply);
    tell_instant(&done, j->a, w->last);
    if (r->first_piece < r->reply && w->last > r->first_piece)
        finding_shows(f, "the answer of %s began to leave at %s, its %s was done until %s", name, first.text,
                      t->clause->item.text, done.text);
    else if (w->last > r->reply)
        finding_shows(f, "%s was answered at %s, its %s was done at %s", name, replied.text,
                      t->clause->item.text, done.text);
    else
        finding_shows(f, "%s was answered at %s; nothing but luck puts its %s, done at %s, before that", name,
                      replied.text, t->clause->item.text, done.text);
    strbuf_release(&replied);
    strbuf_release(&done);
    strbuf_release(&first);
}

static void show_example(struct judge *j, const struct tally *t, enum breach breach, struct finding *f)
{
    const struct held *h = &t->of[breach].held;
    uint32_t index = t->of[breach].index;
    const struct fact_request *r = facts_request(&j->a->facts, t->load, index);
    char name[80], have[UNITS_MAX], due[UNITS_MAX];

    judge_request_text(j, t->load, index, name);
    switch (breach) {
    case MISSING:
    case TOO_MANY:
        finding_shows(f, "%s had %s, it should have %s%s", name, amount_text(h->have, have),
                      breach == TOO_MANY ? "at most " : "", amount_text(h->due, due));
        break;
    case LATE:
        show_late(j, t, name, r, f);
        break;
    case UNANSWERED:
        show_unanswered(j, name, r, f);
        break;
    case WRONG_ANSWER:
        finding_shows(f, "%s was answered `%s`, it should %sbe `%s`", name, r->status, h->due ? "" : "not ",
                      t->clause->status);
        break;
    case SHORT_ANSWER:
        finding_shows(f, "%s got %s of %s", name, units_size_text(have, h->have),
                      units_size_text(due, h->due));
        break;
    case FOREIGN_ANSWER:
        finding_shows(f, "%s got %s, of which it had written %s", name, units_size_text(due, h->due),
                      units_size_text(have, h->have));
        break;
    default:
        finding_shows(f, "%s, for one", name);
    }
    if (r)
        finding_points_at(f, r->replier ? r->replier : r->handler, r->arrived,
                          r->arrived + request_time(j->a, r), "");
}

static void tell_reason(const struct tally *t, enum breach breach, struct finding *f)
{
    const char *item = t->clause->item.text;

    switch (breach) {
    case MISSING:
        finding_fails(f, "missing %s", item);
        finding_expects(f, t->clause->kind == CLAUSE_BY_END ? "done for the request"
                                                            : "done for the request, before its reply");
        break;
    case LATE:
        finding_fails(f, "late %s", item);
        finding_expects(f, "done before the reply, whatever the schedule");
        break;
    case TOO_MANY:
        finding_fails(f, "too many %s", item);
        finding_expects(f, "no more than the contract says");
        break;
    case OUT_OF_ORDER:
        finding_fails(f, "order");
        finding_expects(f, "all %s after all %s", item, t->clause->earlier.text);
        break;
    case UNCOVERED:
        finding_fails(f, "uncovered %s", item);
        finding_expects(f, "one begun after the request's work, and completed before its reply");
        break;
    case UNANSWERED:
        finding_fails(f, "unanswered");
        finding_expects(f, "every request is answered");
        break;
    case WRONG_ANSWER:
        finding_fails(f, "wrong answer");
        finding_expects(f, "`%s` for those that it is meant for", t->clause->status);
        break;
    case SHORT_ANSWER:
        finding_fails(f, "short answer");
        finding_expects(f, "the whole answer");
        break;
    default:
        finding_fails(f, "foreign answer");
        finding_expects(f, "bytes that the request wrote into the buffer they were sent from");
    }
}

static void tell_breach(struct judge *j, const struct tally *t, enum breach breach, struct finding *f)
{
    long long n = t->of[breach].count;
    const char *load = j->a->facts.loads.data[t->load].name;
    long long all = t->needed > n ? t->needed : n;

    tell_reason(t, breach, f);
    if (breach == UNANSWERED)
        finding_found(f, "%lld of %lld requests of %s were not answered", n, all, load);
    else if (breach == OUT_OF_ORDER)
        finding_found(f, "%s before %s in %lld of %lld requests of %s", t->clause->item.text,
                      t->clause->earlier.text, n, all, load);
    else if (all == 1)
        finding_found(f, "%s for the one request of %s that needs it", f->reason, load);
    else if (n == all)
        finding_found(f, "%s for all %lld requests of %s that need it", f->reason, n, load);
    else
        finding_found(f, "%s for %lld of the %lld requests of %s that need it", f->reason, n, all, load);
    f->measure = n;
    show_example(j, t, breach, f);
    if (breach == MISSING || breach == LATE || breach == UNCOVERED)
        show_nobody(j, t, f);
}

/* ---- limits --------------------------------------------------------------------------------- */

static const struct fact_named *peak(const struct facts *facts, const struct limit *l)
{
    for (size_t i = 0; i < facts->peaks.len; i++)
        if (strcmp(facts->peaks.data[i].what, l->what) == 0 &&
            strcmp(facts->peaks.data[i].name, l->name) == 0)
            return &facts->peaks.data[i];
    return NULL;
}

static void check_limit(struct judge *j, const struct limit *l, struct finding *f)
{
    const struct fact_named *p = peak(&j->a->facts, l);
    bool size = strcmp(l->what, "heap") == 0;
    char have[UNITS_MAX], want[UNITS_MAX];
    int64_t most;

    if (!p || !judge_amount(j, l->most, 0, NULL, &most)) {
        finding_undecided(f, "the ledger does not tell the peak of %s", l->text);
        return;
    }
    if (p->value <= most)
        return;
    snprintf(have, sizeof have, "%lld", (long long)p->value);
    snprintf(want, sizeof want, "%lld", (long long)most);
    finding_fails(f, "peak %s", l->text);
    finding_found(f, "%s peaked at %s", l->text, size ? units_size_text(have, p->value) : have);
    finding_expects(f, "at most %s", size ? units_size_text(want, most) : want);
    f->measure = p->value;
}

/* ---- all together --------------------------------------------------------------------------- */

static void check_load(struct judge *j, const struct contract *c, struct finding *f)
{
    int32_t load = facts_find_load(&j->a->facts, c->load);

    if (load < 0) {
        finding_undecided(f, "the ledger knows no load '%s'", c->load);
        return;
    }
    for (size_t i = 0; i < c->clauses.len; i++) {
        struct tally t = {.clause = &c->clauses.data[i], .load = (uint32_t)load};

        if (!hold_all(j, &t)) {
            finding_undecided(f, "the ledger does not tell how much of the contract '%s' needs", c->load);
            return;
        }
        for (enum breach b = MISSING; b < BREACHES; b++) {
            if (t.of[b].count == 0)
                continue;
            tell_breach(j, &t, b, f);
            return;
        }
    }
}

/* Calls that were made for requests. */
static int64_t outside_calls(const struct facts *facts)
{
    int64_t calls = 0;

    for (size_t l = 0; l < facts->loads.len; l++) {
        for (uint32_t i = 0; i < facts->loads.data[l].requests.len; i++) {
            const struct fact_request *r = facts_request(facts, (uint32_t)l, i);

            for (size_t k = 0; r && k < r->work.len; k++) {
                uint32_t item = r->work.data[k].item;
                enum item_kind kind =
                    item < facts->items.len ? facts->items.data[item].kind : ITEM_KIND_COUNT;

                if (kind == ITEM_NET || kind == ITEM_SYSCALL)
                    calls += r->work.data[k].total / LEDGER_UNIT;
            }
        }
    }
    return calls;
}

static void tell_kept(struct judge *j, struct finding *f)
{
    long long answered = 0;

    for (size_t i = 0; i < j->sum->loads.len; i++)
        answered += j->sum->loads.data[i].answered;
    finding_found(f, "%lld requests answered, %lld outside calls, nothing missing, nothing late", answered,
                  (long long)outside_calls(&j->a->facts));
}

void check_contract(struct judge *j, struct finding *f)
{
    if (!j->a->facts.present) {
        finding_undecided(f, "the trace has no ledger: what was done for whom is not in it");
        return;
    }
    for (size_t i = 0; i < j->r->contracts.len && f->state == STATE_PASS; i++)
        check_load(j, &j->r->contracts.data[i], f);
    for (size_t i = 0; i < j->r->limits.len && f->state == STATE_PASS; i++)
        check_limit(j, &j->r->limits.data[i], f);
    if (f->state == STATE_PASS)
        tell_kept(j, f);
}

#include "grader/grade/grade.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "base/wide.h"
#include "grader/analysis/tell.h"
#include "grader/grade/judge.h"

const char *const state_names[] = {
    [STATE_PASS] = "pass", [STATE_FAIL] = "fail",     [STATE_ERROR] = "error",
    [STATE_SKIP] = "skip", [STATE_ABSENT] = "absent",
};

/* ---- findings in words ---------------------------------------------------------------------- */

static void set(char to[GRADE_TEXT], const char *format, va_list args)
{
    vsnprintf(to, GRADE_TEXT, format, args);
}

void finding_fails(struct finding *f, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    set(f->reason, reason, args);
    va_end(args);
    f->state = STATE_FAIL;
}

void finding_undecided(struct finding *f, const char *why, ...)
{
    va_list args;

    va_start(args, why);
    set(f->found, why, args);
    va_end(args);
    f->state = STATE_ERROR;
}

void finding_found(struct finding *f, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set(f->found, format, args);
    va_end(args);
}

void finding_expects(struct finding *f, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set(f->expected, format, args);
    va_end(args);
}

void finding_shows(struct finding *f, const char *format, ...)
{
    va_list args;
    int line = 0;

    while (line < GRADE_EVIDENCE && f->evidence[line][0])
        line++;
    if (line == GRADE_EVIDENCE)
        return;
    va_start(args, format);
    set(f->evidence[line], format, args);
    va_end(args);
}

void finding_points_at(struct finding *f, uint64_t g, int64_t from, int64_t to, const char *site)
{
    f->g = g;
    f->from = from;
    f->to = to;
    snprintf(f->site, sizeof f->site, "%s", site ? site : "");
}

const char *judge_request_text(const struct judge *j, uint32_t load, uint32_t index, char out[80])
{
    snprintf(out, 80, "%s %u", j->a->facts.loads.data[load].name, index);
    return out;
}

bool judge_at_most(int64_t part, int64_t whole, int64_t hundredths)
{
    return (int128)part * 10000 <= (int128)whole * hundredths;
}

bool judge_at_least(int64_t part, int64_t whole, int64_t hundredths)
{
    return (int128)part * 10000 >= (int128)whole * hundredths;
}

/* Host wait is execution, and late readiness network block, in the trace. */
static enum category shown_as(enum category c)
{
    return c == CAT_HOST_WAIT ? CAT_EXECUTION : c == CAT_LATE ? CAT_NETWORK : c;
}

void judge_shows_category(struct judge *j, uint32_t load, enum category category, struct finding *f)
{
    struct strbuf text = STRBUF_INIT;
    char name[80];

    for (size_t i = 0; i < j->sum->places.len; i++) {
        const struct place *p = &j->sum->places.data[i];

        if (p->load != load || p->category != shown_as(category))
            continue;
        const struct piece *longest = &p->longest.piece;

        if (!longest->segment) /* no goroutine stands for it */
            strbuf_addf(&text, "%s: ", judge_request_text(j, load, p->longest.request, name));
        tell_piece(&text, j->a, longest);
        finding_shows(f, "%s", text.text);
        strbuf_reset(&text);
        if (tell_meanwhile(&text, j->a, longest))
            finding_shows(f, "%s", text.text);
        strbuf_reset(&text);
        if (tell_ahead(&text, j->a, longest))
            finding_shows(f, "%s", text.text);
        finding_points_at(f, longest->g ? longest->g->id : 0, longest->from, longest->to,
                          j->sum->sites.entries[p->site].key);
        break;
    }
    strbuf_release(&text);
}

void judge_unattributed(const struct analysis *a, int64_t *none, int64_t *all)
{
    *none = *all = 0;
    for (size_t i = 0; i < a->regions.len; i++) {
        *all += a->regions.data[i].begin >= 0;
        *none += a->regions.data[i].begin >= 0 && !is_attributed(a->regions.data[i].task);
    }
    for (size_t i = 0; i < a->logs.len; i++) {
        *all += 1;
        *none += !is_attributed(a->logs.data[i].task);
    }
}

/* ---- amounts -------------------------------------------------------------------------------- */

struct names {
    const struct facts *facts;
    uint32_t load;
    const struct fact_request *r;
};

static bool param_value(const struct facts *facts, const char *name, struct expr_value *out)
{
    struct diags d = DIAGS_INIT;
    bool known = false;

    for (size_t i = 0; i < facts->params.len && !known; i++) {
        struct excerpt text = excerpt_of_text(facts->params.data[i].text);
        struct unit_literal literal;

        if (strcmp(facts->params.data[i].name, name) != 0 || !units_literal(&text, 0, &literal, &d))
            continue;
        *out = (struct expr_value){expr_type_of_unit(literal.kind), literal.value};
        known = true;
    }
    diags_release(&d);
    return known;
}

static bool attr_value(const struct names *n, const char *name, struct expr_value *out)
{
    const struct fact_load *load = &n->facts->loads.data[n->load];

    for (size_t i = 0; n->r && i < load->attrs.len; i++) {
        if (load->attrs.data[i].name && strcmp(load->attrs.data[i].name, name) == 0) {
            *out = (struct expr_value){load->attrs.data[i].type, n->r->attrs[i]};
            return true;
        }
    }
    return false;
}

static bool value_of(void *ctx, const struct expr *leaf, int64_t index, struct expr_value *out)
{
    const struct names *n = ctx;

    (void)index;
    return leaf->kind == EXPR_PARAM ? param_value(n->facts, leaf->name, out) : attr_value(n, leaf->attr, out);
}

bool judge_amount(const struct judge *j, const struct expr *e, uint32_t load, const struct fact_request *r,
                  int64_t *out)
{
    struct names names = {&j->a->facts, load, r};
    struct expr_env env = {&names, value_of};
    struct expr_failure failure;
    struct expr_value value;

    if (!expr_eval(e, &env, &value, &failure))
        return false;
    *out = value.n;
    return true;
}

/* ---- numbers -------------------------------------------------------------------------------- */

static void set_wants(struct judge *j, struct load_numbers *to)
{
    for (size_t i = 0; i < j->r->targets.len; i++) {
        const struct target *t = &j->r->targets.data[i];

        for (int q = 0; q < QUANTILE_COUNT; q++)
            if (strcmp(t->load, to->name) == 0 && t->most[q])
                judge_amount(j, t->most[q], 0, NULL, &to->want[q]);
    }
}

static void set_load(struct judge *j, const struct load_summary *from, struct load_numbers *to)
{
    snprintf(to->name, sizeof to->name, "%s", from->name);
    to->requests = from->announced;
    to->answered = from->answered;
    memcpy(to->q, from->time.q, sizeof to->q);
    to->mean = spread_mean(&from->time);
    to->throughput = from->throughput;
    for (int c = 0; c < CATEGORY_COUNT; c++)
        to->split[c] = from->counted ? from->split[c] / from->counted : 0;
    set_wants(j, to);
}

static void set_numbers(struct judge *j)
{
    struct outcome *out = j->out;
    const struct facts *facts = &j->a->facts;

    out->seed = facts->seed;
    out->adversarial = facts->mode && strcmp(facts->mode, "adversarial") == 0;
    out->cpus = facts->cpus;
    out->costs = facts->costs_version;
    judge_unattributed(j->a, &out->unattributed, &out->annotations);
    for (size_t l = 0; l < j->sum->loads.len && l < GRADE_LOADS; l++)
        set_load(j, &j->sum->loads.data[out->n_loads++], &out->loads[l]);
    j->load = facts_find_load(facts, j->r->expect.load);
    if (j->load >= (int32_t)out->n_loads)
        j->load = -1;
    out->expect_load = j->load >= 0 ? (uint32_t)j->load : 0;
}

/* ---- one schedule --------------------------------------------------------------------------- */

/* clang-format off */
static void (*const checks[CHECK_COUNT])(struct judge *j, struct finding *f) = {
    [CHECK_RUNS] = check_runs,           [CHECK_VALID] = check_valid,
    [CHECK_CONTRACT] = check_contract,   [CHECK_SAFE] = check_safe,
    [CHECK_REMOVED] = check_removed,     [CHECK_NOT_MOVED] = check_not_moved,
    [CHECK_TARGET] = check_target,       [CHECK_SHAPE] = check_shape,
};
/* clang-format on */

bool grade_asks(enum check c, bool adversarial)
{
    return c <= CHECK_SAFE || !adversarial;
}

static bool stands_on_failure(const struct outcome *out, enum check c)
{
    for (int k = 0; k < CHECK_COUNT; k++)
        if ((check_needs[c] >> k & 1) &&
            (out->checks[k].state == STATE_FAIL || out->checks[k].state == STATE_SKIP))
            return true;
    return false;
}

static void judge_check(struct judge *j, enum check c)
{
    struct finding *f = &j->out->checks[c];

    f->from = f->to = -1;
    if (!rubric_has(j->r, c) || !grade_asks(c, j->out->adversarial))
        f->state = STATE_ABSENT;
    else if (stands_on_failure(j->out, c))
        f->state = STATE_SKIP;
    else
        checks[c](j, f);
}

void grade_run(const struct rubric *r, struct analysis *a, const struct trace_error *error,
               const struct outcome *before, struct outcome *out)
{
    struct summary *sum = summary_make(a);
    struct judge j = {.r = r, .a = a, .sum = sum, .error = error, .before = before, .out = out};

    memset(out, 0, sizeof *out);
    set_numbers(&j);
    for (int c = 0; c < CHECK_COUNT; c++)
        judge_check(&j, (enum check)c);
    out->expectation.from = out->expectation.to = -1;
    check_expectation(&j, &out->expectation);
    out->judged = true;
    summary_free(sum);
}

void grade_alone(struct analysis *a, struct finding *runs, struct finding *safe)
{
    struct judge j = {.a = a};

    *runs = *safe = (struct finding){.from = -1, .to = -1};
    check_runs(&j, runs);
    check_safe(&j, safe);
}

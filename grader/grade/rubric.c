#include "grader/grade/rubric.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "base/units.h"
#include "grader/grade/advice.h"
#include "grader/grade/rubric_read.h"
#include "grader/grade/verbs.h"

const char *const check_names[CHECK_COUNT] = {
#define CHECK(symbol, name, points, needs) name,
    CHECKS(CHECK)
#undef CHECK
};

const unsigned check_needs[CHECK_COUNT] = {
#define CHECK(symbol, name, points, needs) needs,
    CHECKS(CHECK)
#undef CHECK
};

static const int64_t default_points[CHECK_COUNT] = {
#define CHECK(symbol, name, points, needs) points,
    CHECKS(CHECK)
#undef CHECK
};

#define AT(member) offsetof(struct rubric, member)

/* ---- what stands at the top ----------------------------------------------------------------- */

static const char *const levels[] = {"junior", "middle", "senior", "staff"};

int rubric_rank(const struct rubric *r)
{
    int rank = 0;

    while (rank + 1 < (int)ARRAY_LEN(levels) && strcmp(levels[rank], r->level) != 0)
        rank++;
    return rank;
}

static void read_level(struct reading *in, const struct yaml_node *node, void *to)
{
    const char *text = expect_text(in, node, "a level");
    int i = text ? expect_word(in, node, text, "level", levels, ARRAY_LEN(levels)) : -1;

    if (i >= 0)
        *(const char **)to = levels[i];
}

#define TOPICS 20 /* of CURRICULUM.md, T1 to T20 */

static bool is_topic(const char *text)
{
    char name[16];

    for (int n = 1; n <= TOPICS; n++) {
        snprintf(name, sizeof name, "T%d", n);
        if (strcmp(name, text) == 0)
            return true;
    }
    return false;
}

static void read_topics(struct reading *in, const struct yaml_node *node, void *rubric)
{
    (void)rubric;
    if (!expect_list(in, node, "`topics`"))
        return;
    for (size_t i = 0; i < node->len; i++) {
        const char *topic = expect_text(in, node->items[i], "a topic, as `T8`");

        if (topic && is_topic(topic))
            vec_push(&in->r->topics, topic);
        else if (topic)
            diags_error(in->d, node->items[i]->span,
                        "expected a topic of CURRICULUM.md, T1 to T%d, found '%s'", TOPICS, topic);
    }
}

/* A count that begins at 1. */
static void read_ordinal(struct reading *in, const struct yaml_node *node, void *to)
{
    int64_t n = 1;

    read_count(in, node, &n);
    if (n < 1)
        diags_error(in->d, node->span, "expected 1 or more, found %lld", (long long)n);
    *(int64_t *)to = n;
}

/* ---- symptom -------------------------------------------------------------------------------- */

static bool read_symptom_value(struct reading *in, const struct yaml_node *node, struct symptom *s)
{
    struct excerpt whole = yaml_excerpt(node);
    size_t word = s->over ? strlen("over ") : strlen("under ");
    struct excerpt e = excerpt_part(&whole, word, whole.len - word);
    struct ratio ratio;

    if (s->kind == SYMPTOM_QUANTILE)
        return units_duration(&e, &s->value, in->d);
    if (s->kind == SYMPTOM_CPU) {
        if (!units_chance(&e, &ratio, in->d))
            return false;
        s->value = ratio.num * 10000 / ratio.den;
        return true;
    }
    if (!units_rate(&e, &ratio, in->d))
        return false;
    s->value = ratio.num * 1000 / ratio.den;
    return true;
}

static void read_symptom(struct reading *in, const struct yaml_pair *pair)
{
    const char *names[QUANTILE_COUNT + 2] = {
        [QUANTILE_COUNT] = "cpu",
        [QUANTILE_COUNT + 1] = "throughput",
    };

    memcpy(names, quantile_names, sizeof quantile_names);
    const char *text = expect_text(in, pair->value, "`over X` or `under X`");
    int i = expect_word(in, pair->key, pair->key->text, "symptom", names, ARRAY_LEN(names));
    struct symptom s = {.kind = i == QUANTILE_COUNT ? SYMPTOM_CPU : SYMPTOM_THROUGHPUT};

    if (!text || i < 0)
        return;
    if (i < QUANTILE_COUNT) {
        s.kind = SYMPTOM_QUANTILE;
        s.quantile = (enum quantile)i;
    }
    s.over = strncmp(text, "over ", 5) == 0;
    s.text = arena_printf(&in->r->arena, "%s %s", names[i], text);
    if (!s.over && strncmp(text, "under ", 6) != 0)
        diags_error(in->d, pair->value->span, "expected `over X` or `under X`");
    else if (read_symptom_value(in, pair->value, &s))
        vec_push(&in->r->symptoms, s);
}

static void read_symptoms(struct reading *in, const struct yaml_node *node, void *rubric)
{
    (void)rubric;
    if (!expect_mapping(in, node, "`symptom`"))
        return;
    for (size_t i = 0; i < node->len; i++)
        read_symptom(in, &node->pairs[i]);
}

/* ---- expect --------------------------------------------------------------------------------- */

static void read_expected_load(struct reading *in, const struct yaml_node *node, void *to)
{
    const char *name = expect_text(in, node, "a load");

    if (name && world_offers(in, "loads", name, node->span))
        *(const char **)to = name;
}

static void read_category(struct reading *in, const struct yaml_node *node, void *to)
{
    const char *text = expect_text(in, node, "a category");
    int i = text ? expect_word(in, node, text, "category", category_names, CATEGORY_COUNT) : -1;

    if (i >= 0)
        *(enum category *)to = (enum category)i;
}

static void read_finding(struct reading *in, const struct yaml_node *node, void *to)
{
    static const char *const findings[] = {"unattributed"};
    const char *text = expect_text(in, node, "a finding");
    int i = text ? expect_word(in, node, text, "finding", findings, ARRAY_LEN(findings)) : -1;

    if (i >= 0)
        *(const char **)to = findings[i];
}

static void read_at(struct reading *in, const struct yaml_node *node, void *rubric)
{
    (void)rubric;
    if (!expect_list(in, node, "`at`"))
        return;
    for (size_t i = 0; i < node->len; i++) {
        const char *verb = expect_text(in, node->items[i], "a verb");

        if (verb && expect_word(in, node->items[i], verb, "verb, or one that leaves no trace", trace_verbs,
                                trace_verb_count) >= 0)
            vec_push(&in->r->expect.at, verb);
    }
}

static const struct key expect_keys[] = {
    {"load", read_expected_load, AT(expect.load), true},
    {"category", read_category, AT(expect.category), false},
    {"finding", read_finding, AT(expect.finding), false},
    {"share", read_percent, AT(expect.share), true},
    {"at", read_at, 0, false},
};

static void read_expect(struct reading *in, const struct yaml_node *node)
{
    read_keys(in, node, "`expect`", expect_keys, ARRAY_LEN(expect_keys), in->r);
    if (yaml_is_mapping(node) && !yaml_get(node, "category") == !yaml_get(node, "finding"))
        diags_error(in->d, node->span, "expected either `category` or `finding`");
}

/* ---- hints, points, seeds ------------------------------------------------------------------- */

/* A hint for what no check says would never be seen. */
static void read_reason(struct reading *in, const struct yaml_node *node, void *to)
{
    static const char *const known[] = {
#define TELL(begins, text) begins,
        ADVICE(TELL)
#undef TELL
    };
    char suggestion[SUGGEST_MAX];

    read_text(in, node, to);
    if (yaml_is_scalar(node) && !advice_on(node->text))
        diags_error(in->d, node->span, "no check fails for '%s'%s", node->text,
                    suggest_text(suggestion, node->text, known, ARRAY_LEN(known)));
}

static const struct key hint_keys[] = {
    {"when", read_reason, offsetof(struct hint, when), true},
    {"say", read_text, offsetof(struct hint, text), true},
};

static void read_hints(struct reading *in, const struct yaml_node *node, void *rubric)
{
    (void)rubric;
    if (!expect_list(in, node, "`hints`"))
        return;
    for (size_t i = 0; i < node->len; i++) {
        struct hint h = {NULL, NULL};

        if (yaml_is_mapping(node->items[i]))
            read_keys(in, node->items[i], "a hint", hint_keys, ARRAY_LEN(hint_keys), &h);
        else
            h.text = expect_text(in, node->items[i], "a hint");
        if (h.text)
            vec_push(&in->r->hints, h);
    }
}

static const struct key point_keys[] = {
#define CHECK(symbol, name, weight, needs) {name, read_count, AT(points[CHECK_##symbol]), false},
    CHECKS(CHECK)
#undef CHECK
};

static void read_points(struct reading *in, const struct yaml_node *node, void *rubric)
{
    read_keys(in, node, "`points`", point_keys, ARRAY_LEN(point_keys), rubric);
}

static const struct key seed_keys[] = {
    {"faithful", read_count, AT(faithful), false},
    {"adversarial", read_count, AT(adversarial), false},
    {"first", read_count, AT(first), false},
};

static void read_seeds(struct reading *in, const struct yaml_node *node, void *rubric)
{
    const struct rubric *r = rubric;

    read_keys(in, node, "`seeds`", seed_keys, ARRAY_LEN(seed_keys), rubric);
    if (r->faithful < 1 || r->faithful > GRADE_SEEDS || r->adversarial > GRADE_SEEDS)
        diags_error(in->d, node->span,
                    "a verdict takes 1 to %d faithful schedules, and at most as many adversarial ones",
                    GRADE_SEEDS);
    if (r->first < 1)
        diags_error(in->d, node->span, "seeds begin at 1");
}

/* Points that sum up to 100 over the checks that the lab has, in proportion; what is left after rounding
 * down goes to the largest remainders. */
static void spread_points(struct rubric *r)
{
    int64_t remainder[CHECK_COUNT] = {0};
    int64_t sum = 0;
    int64_t left = 100;

    for (int c = 0; c < CHECK_COUNT; c++) {
        if (!rubric_has(r, (enum check)c))
            r->points[c] = 0;
        sum += r->points[c];
    }
    for (int c = 0; c < CHECK_COUNT && sum > 0; c++) {
        remainder[c] = r->points[c] * 100 % sum;
        r->points[c] = r->points[c] * 100 / sum;
        left -= r->points[c];
    }
    for (; left > 0 && sum > 0; left--) {
        int most = 0;

        for (int c = 1; c < CHECK_COUNT; c++)
            if (remainder[c] > remainder[most])
                most = c;
        r->points[most]++;
        remainder[most] = 0;
    }
}

/* ---- all together --------------------------------------------------------------------------- */

/* clang-format off */
static const struct key scenario_keys[] = {
    {"scenario", read_text, AT(lab), true},
    {"version", read_ordinal, AT(version), true},
    {"title", read_text, AT(title), true},
    {"level", read_level, AT(level), true},
    {"topics", read_topics, 0, true},
    {"minutes", read_ordinal, AT(minutes), true},
    {"story", read_text, AT(story), true},
    {"symptom", read_symptoms, 0, false},
    {"params", read_ignored, 0, false},
    {"world", read_ignored, 0, true},
    {"expect", read_ignored, 0, true}, /* read first: others refer to it */
    {"contract", read_contract, 0, true},
    {"checks", read_checks, 0, true},
    {"hints", read_hints, 0, true},
    {"points", read_points, 0, false},
    {"seeds", read_seeds, 0, false},
};
/* clang-format on */

static struct rubric *new_rubric(void)
{
    struct rubric *r = xcalloc(1, sizeof *r);

    r->expect.category = CATEGORY_COUNT;
    r->removed.share = r->removed.of_before = -1;
    r->back = 1000;
    r->faithful = r->adversarial = 20;
    r->first = 1;
    memcpy(r->points, default_points, sizeof default_points);
    return r;
}

/* What shows only when all is read. */
static void check_whole(struct reading *in)
{
    const struct rubric *r = in->r;
    const struct yaml_node *removed = yaml_get(yaml_get(in->root, "checks"), "removed");
    int64_t sum = 0;

    if (removed && r->expect.finding && (r->removed.share < 0 || removed->len > 1))
        diags_error(in->d, removed->span, "a finding is removed by `share` alone");
    const struct yaml_node *loads = yaml_get(yaml_get(in->root, "world"), "loads");

    if (yaml_is_mapping(loads) && loads->len > GRADE_LOADS)
        diags_error(in->d, loads->span, "a verdict looks at %d loads at most", GRADE_LOADS);
    for (int c = 0; c < CHECK_COUNT; c++)
        sum += rubric_has(r, (enum check)c) ? r->points[c] : 0;
    if (sum <= 0)
        diags_error(in->d, in->root->span, "no check has points");
}

struct rubric *rubric_load(const struct yaml_node *root, struct diags *d)
{
    struct reading in = {.r = new_rubric(), .d = d, .root = root};
    const struct yaml_node *expect = yaml_get(root, "expect");
    size_t before = d->errors;

    reading_begin(&in);
    if (expect)
        read_expect(&in, expect);
    read_keys(&in, root, "a scenario", scenario_keys, ARRAY_LEN(scenario_keys), in.r);
    if (d->errors == before)
        check_whole(&in);
    reading_end(&in);
    if (d->errors > before) {
        rubric_free(in.r);
        return NULL;
    }
    spread_points(in.r);
    return in.r;
}

void rubric_free(struct rubric *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->contracts.len; i++)
        vec_free(&r->contracts.data[i].clauses);
    for (size_t i = 0; i < r->shapes.len; i++)
        vec_free(&r->shapes.data[i].holds);
    vec_free(&r->topics);
    vec_free(&r->expect.at);
    vec_free(&r->contracts);
    vec_free(&r->limits);
    vec_free(&r->targets);
    vec_free(&r->shapes);
    vec_free(&r->hints);
    vec_free(&r->symptoms);
    arena_release(&r->arena);
    free(r);
}

bool rubric_has(const struct rubric *r, enum check check)
{
    switch (check) {
    case CHECK_REMOVED:
        return r->removed.given;
    case CHECK_NOT_MOVED:
        return r->removed.given && !r->expect.finding;
    case CHECK_TARGET:
        return r->targets.len > 0;
    case CHECK_SHAPE:
        return r->shapes.len > 0;
    default:
        return true;
    }
}

int32_t rubric_hint(const struct rubric *r, const char *reason)
{
    for (size_t i = 0; i < r->hints.len; i++) {
        const char *when = r->hints.data[i].when;
        size_t n = when ? strlen(when) : 0;

        if (when && strncmp(reason, when, n) == 0 && (reason[n] == '\0' || reason[n] == ' '))
            return (int32_t)i;
    }
    return -1;
}

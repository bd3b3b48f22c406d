#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "format/program.h"
#include "grader/analysis/tell.h"
#include "grader/report/verdict.h"

#define WIDTH  100
#define INDENT 20 /* of what stands under a check */

#define RED    "\033[1;31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define BOLD   "\033[1m"

struct sheet {
    struct strbuf *out;
    const struct rubric *r;
    const struct verdict *v;
    const struct verdict_view *view;
};

static void add_painted(const struct sheet *s, const char *color, const char *text)
{
    strbuf_addf(s->out, "%s%s%s", s->view->color ? color : "", text, s->view->color ? "\033[0m" : "");
}

enum check verdict_decisive(const struct verdict *v)
{
    enum check undecided = CHECK_COUNT;

    for (int c = 0; c < CHECK_COUNT; c++) {
        if (v->checks[c].state == STATE_FAIL)
            return (enum check)c;
        if (v->checks[c].state == STATE_ERROR && undecided == CHECK_COUNT)
            undecided = (enum check)c;
    }
    return undecided;
}

/* ---- commands ------------------------------------------------------------------------------- */

void verdict_again(struct strbuf *out, const struct rubric *r, const struct outcome *schedule,
                   const struct verdict_view *view)
{
    strbuf_addf(out, PROGRAM " grade %s", r->lab);
    if (view->workload) {
        strbuf_add(out, " --workload ");
        strbuf_add_word(out, view->workload);
    }
    strbuf_addf(out, " --seed %llu", (unsigned long long)schedule->seed);
}

bool verdict_see(struct strbuf *out, const struct outcome *schedule, enum check check,
                 const struct verdict_view *view)
{
    const char *path = view->trace_path ? view->trace_path(view->context, schedule) : NULL;
    uint64_t g = schedule->checks[check].g;

    if (!path)
        return false;
    strbuf_add(out, PROGRAM " report ");
    strbuf_add_word(out, path);
    if (check == CHECK_SHAPE || schedule->unattributed > 0)
        strbuf_add(out, " --regions");
    else if (g)
        strbuf_addf(out, " --goroutine %llu", (unsigned long long)g);
    return true;
}

/* ---- the table ------------------------------------------------------------------------------ */

static void add_cell(const struct sheet *s, const char *text)
{
    size_t width = strlen(text);

    strbuf_fill(s->out, ' ', width < 12 ? 12 - width : 1);
    strbuf_add(s->out, text);
}

static void add_row(const struct sheet *s, const char *name, const char *before, const char *after,
                    const char *note)
{
    strbuf_addf(s->out, "    %-26s", name);
    if (s->v->compared)
        add_cell(s, before);
    add_cell(s, after);
    if (note[0])
        strbuf_addf(s->out, "    %s", note);
    strbuf_addch(s->out, '\n');
}

static const char *time_text(char out[UNITS_MAX], int64_t ns)
{
    return ns ? units_duration_text(out, ns) : "0";
}

static bool was_moved_to(const struct sheet *s, int c)
{
    const struct outcome *first = s->v->checks[CHECK_NOT_MOVED].first;
    const char *reason = first ? first->checks[CHECK_NOT_MOVED].reason : "";

    return strncmp(reason, "moved to ", 9) == 0 && strcmp(reason + 9, category_names[c]) == 0;
}

static bool is_few_percent(int64_t part, int64_t whole)
{
    return part <= whole / 20;
}

/* A pass may leave a part of what was there: not all bounds are about a share. */
static const char *removed_note(const struct sheet *s, int64_t before, int64_t after, int64_t whole)
{
    switch (s->v->checks[CHECK_REMOVED].state) {
    case STATE_FAIL:
        return "still there";
    case STATE_PASS:
        if (is_few_percent(after, whole))
            return "gone";
        return s->v->compared && after <= before / 2 ? "much less" : "within its limit";
    default:
        return "";
    }
}

static const char *category_note(const struct sheet *s, int c)
{
    if (c == (int)s->r->expect.category)
        return removed_note(s, s->v->before.split[c], s->v->after.split[c], s->v->after.mean);
    return was_moved_to(s, c) ? "moved here" : "";
}

/* What is below a microsecond tells nothing; derived rows only if they matter. */
static bool is_telling(const struct load_numbers *n, int c)
{
    return n->split[c] >= 1000 && (c < CAT_STATES || !is_few_percent(n->split[c], n->mean));
}

static void add_category(const struct sheet *s, int c)
{
    const char *note = category_note(s, c);
    char before[UNITS_MAX], after[UNITS_MAX], name[80];

    if (!is_telling(&s->v->before, c) && !is_telling(&s->v->after, c) && !note[0])
        return;
    snprintf(name, sizeof name, "%s%s", c >= CAT_STATES ? "  of it " : "", category_names[c]);
    add_row(s, name, time_text(before, s->v->before.split[c]), time_text(after, s->v->after.split[c]), note);
}

/* The states, each followed by its parts. */
static void add_categories(const struct sheet *s)
{
    for (int state = 0; state < CAT_STATES; state++) {
        add_category(s, state);
        for (int c = CAT_STATES; c < CATEGORY_COUNT; c++)
            if ((int)category_whole((enum category)c) == state)
                add_category(s, c);
    }
}

static void add_quantiles(const struct sheet *s)
{
    for (int q = 0; q < QUANTILE_COUNT; q++) {
        int64_t want = s->v->after.want[q];
        char b[UNITS_MAX], a[UNITS_MAX], w[UNITS_MAX], note[UNITS_MAX + 16] = "";

        if (!want && q != Q_P99)
            continue;
        if (want)
            snprintf(note, sizeof note, "target %s", units_duration_text(w, want));
        add_row(s, quantile_names[q], time_text(b, s->v->before.q[q]), time_text(a, s->v->after.q[q]), note);
    }
}

static void add_finding_row(const struct sheet *s)
{
    char before[48], after[48];
    const char *note =
        removed_note(s, s->v->unattributed_before, s->v->unattributed_after, s->v->annotations_after);

    snprintf(before, sizeof before, "%lld of %lld", (long long)s->v->unattributed_before,
             (long long)s->v->annotations_before);
    snprintf(after, sizeof after, "%lld of %lld", (long long)s->v->unattributed_after,
             (long long)s->v->annotations_after);
    strbuf_addf(s->out, "  %-28s%18s%18s\n", "regions and logs", s->v->compared ? "before" : "", "yours");
    strbuf_addf(s->out, "    %-26s%18s%18s    %s\n\n", s->r->expect.finding, s->v->compared ? before : "",
                after, note);
}

static void add_table(const struct sheet *s)
{
    char title[48];

    /* The requests of a program that came to no end, or of half a trace, compare with nothing. */
    if (s->v->after.requests == 0 || s->v->checks[CHECK_RUNS].state == STATE_FAIL ||
        s->v->checks[CHECK_VALID].state == STATE_FAIL)
        return;
    if (s->r->expect.finding)
        add_finding_row(s);
    snprintf(title, sizeof title, "a request, mean of %u seed%s", s->v->faithful,
             s->v->faithful == 1 ? "" : "s");
    strbuf_addf(s->out, "  %-28s", title);
    if (s->v->compared)
        add_cell(s, "before");
    add_cell(s, "yours");
    strbuf_addch(s->out, '\n');
    add_categories(s);
    add_quantiles(s);
    strbuf_addch(s->out, '\n');
}

/* ---- checks --------------------------------------------------------------------------------- */

static void add_check_word(const struct sheet *s, const char *color, const char *word, int c)
{
    strbuf_add(s->out, "  ");
    add_painted(s, color, word);
    strbuf_fill(s->out, ' ', 6 - strlen(word));
    strbuf_addf(s->out, "%-12s", check_names[c]);
}

static void add_line(const struct sheet *s, const char *text)
{
    strbuf_fill(s->out, ' ', INDENT);
    strbuf_addf(s->out, "%s\n", text);
}

static void add_pass(const struct sheet *s, int c)
{
    const struct outcome *worst = s->v->checks[c].worst;
    uint32_t n = s->v->checks[c].schedules;
    char at_worst[48] = "";

    if (worst && worst->checks[c].measure > 0 && s->v->faithful > 1)
        snprintf(at_worst, sizeof at_worst, " (seed %llu, the worst)", (unsigned long long)worst->seed);
    add_check_word(s, GREEN, "pass", c);
    if (c == CHECK_RUNS)
        strbuf_addf(s->out, "%u schedule%s to the end\n", n, n == 1 ? "" : "s");
    else if (c == CHECK_VALID)
        strbuf_addf(s->out, "every trace reads, and its sums agree\n");
    else if (worst)
        strbuf_addf(s->out, "%s%s\n", worst->checks[c].found,
                    grade_asks((enum check)c, true) ? "" : at_worst);
    else
        strbuf_addch(s->out, '\n');
}

/* "(at most 5 % or 100 us), on 3 of 40 schedules, worst on seed 13" */
static void add_bound(const struct sheet *s, int c, struct strbuf *out)
{
    const struct outcome *worst = s->v->checks[c].worst;
    uint32_t judged = s->v->faithful + (grade_asks((enum check)c, true) ? s->v->adversarial : 0);

    strbuf_addf(out, "(%s)", worst->checks[c].expected);
    if (s->v->checks[c].schedules < judged)
        strbuf_addf(out, ", on %u of %u schedules", s->v->checks[c].schedules, judged);
    if (judged > 1)
        strbuf_addf(out, ", worst on %sseed %llu", worst->adversarial ? "adversarial " : "",
                    (unsigned long long)worst->seed);
}

static void add_fail(const struct sheet *s, int c)
{
    const struct outcome *worst = s->v->checks[c].worst;
    const struct finding *f = &worst->checks[c];
    struct strbuf bound = STRBUF_INIT;
    struct strbuf see = STRBUF_INIT;

    add_check_word(s, RED, "FAIL", c);
    add_bound(s, c, &bound);
    strbuf_add(s->out, f->found);
    if (INDENT + strlen(f->found) + 1 + bound.len <= WIDTH) {
        strbuf_addf(s->out, " %s\n", bound.text);
    } else {
        strbuf_addch(s->out, '\n');
        add_line(s, bound.text);
    }
    for (int i = 0; i < GRADE_EVIDENCE && f->evidence[i][0]; i++)
        add_line(s, f->evidence[i]);
    strbuf_add(&see, "see it     ");
    if (verdict_see(&see, worst, (enum check)c, s->view))
        add_line(s, see.text);
    strbuf_release(&bound);
    strbuf_release(&see);
}

static void add_error(const struct sheet *s, int c)
{
    const struct outcome *first = s->v->checks[c].first;

    add_check_word(s, YELLOW, "????", c);
    strbuf_addf(s->out, "cannot be decided on seed %llu: %s\n", (unsigned long long)first->seed,
                first->judged ? first->checks[c].found : "the run did not come to its end");
}

static void add_check(const struct sheet *s, int c)
{
    switch (s->v->checks[c].state) {
    case STATE_PASS:
        add_pass(s, c);
        break;
    case STATE_FAIL:
        add_fail(s, c);
        break;
    case STATE_ERROR:
        add_error(s, c);
        break;
    case STATE_SKIP:
        add_check_word(s, YELLOW, "skip", c);
        strbuf_addf(s->out, "needs %s\n", s->v->checks[c].parent);
        break;
    case STATE_ABSENT:
        break;
    }
}

/* ---- all together --------------------------------------------------------------------------- */

static void add_head(const struct sheet *s)
{
    const struct verdict *v = s->v;

    add_painted(s, BOLD, s->r->lab);
    strbuf_addf(s->out, " (version %lld", (long long)s->r->version);
    if (v->costs)
        strbuf_addf(s->out, ", costs %lld", (long long)v->costs);
    strbuf_addf(s->out, ")    %u faithful", v->faithful);
    if (v->adversarial)
        strbuf_addf(s->out, " + %u adversarial", v->adversarial);
    strbuf_addf(s->out, " schedule%s", v->faithful + v->adversarial == 1 ? "" : "s");
    if (v->cpus)
        strbuf_addf(s->out, ", %lld CPU%s", (long long)v->cpus, v->cpus == 1 ? "" : "s");
    strbuf_add(s->out, "\n\n");
}

static void add_foot(const struct sheet *s)
{
    static const char *const words[] = {[STATE_PASS] = "PASS", [STATE_FAIL] = "FAIL", [STATE_ERROR] = "????"};
    enum check decisive = verdict_decisive(s->v);
    struct strbuf again = STRBUF_INIT;
    struct strbuf hint = STRBUF_INIT;

    strbuf_add(s->out, "\n  ");
    add_painted(s,
                s->v->state == STATE_PASS   ? GREEN
                : s->v->state == STATE_FAIL ? RED
                                            : YELLOW,
                words[s->v->state]);
    strbuf_addf(s->out, "  %lld of 100", (long long)s->v->points);
    if (s->v->state == STATE_ERROR)
        strbuf_add(s->out, ", undecided");
    else if (s->v->state == STATE_FAIL && s->v->compared)
        strbuf_addf(s->out, "; the bug itself has %lld", (long long)s->v->points_before);
    strbuf_addch(s->out, '\n');
    if (decisive == CHECK_COUNT || !s->v->checks[decisive].worst)
        return;
    strbuf_add(&again, "again      ");
    verdict_again(&again, s->r, s->v->checks[decisive].worst, s->view);
    strbuf_addf(&hint, "hint       " PROGRAM " hint %s", s->r->lab);
    add_line(s, again.text);
    add_line(s, hint.text);
    strbuf_release(&again);
    strbuf_release(&hint);
}

void verdict_text(struct strbuf *out, const struct rubric *r, const struct verdict *v,
                  const struct verdict_view *view)
{
    struct sheet s = {out, r, v, view};

    add_head(&s);
    add_table(&s);
    for (int c = 0; c < CHECK_COUNT; c++)
        add_check(&s, c);
    add_foot(&s);
}

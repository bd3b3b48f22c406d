#include <stdio.h>

#include "base/json.h"
#include "grader/report/verdict.h"

static void add_numbers(struct json *j, const char *key, const struct load_numbers *n)
{
    json_object(j, key);
    json_string(j, "load", n->name);
    json_int(j, "requests", n->requests);
    json_int(j, "answered", n->answered);
    json_fixed(j, "per_second", n->throughput, 3);
    json_int(j, "mean_ns", n->mean);
    for (int q = 0; q < QUANTILE_COUNT; q++) {
        char name[16];

        snprintf(name, sizeof name, "%s_ns", quantile_names[q]);
        json_int(j, name, n->q[q]);
    }
    json_object(j, "target_ns");
    for (int q = 0; q < QUANTILE_COUNT; q++)
        if (n->want[q])
            json_int(j, quantile_names[q], n->want[q]);
    json_end(j);
    json_object(j, "split_ns");
    for (int c = 0; c < CATEGORY_COUNT; c++)
        json_int(j, category_names[c], n->split[c]);
    json_end(j);
    json_end(j);
}

static void add_time(struct json *j, const char *key, int64_t ns)
{
    if (ns < 0)
        json_null(j, key);
    else
        json_int(j, key, ns);
}

static void add_command(struct json *j, const char *key, const struct strbuf *text, bool there)
{
    json_string(j, key, there ? text->text : NULL);
}

/* The schedule that stands for a check that did not pass. */
static void add_evidence(struct json *j, const struct rubric *r, const struct outcome *o, enum check c,
                         const struct verdict_view *view)
{
    const struct finding *f = &o->checks[c];
    struct strbuf text = STRBUF_INIT;
    int32_t hint = rubric_hint(r, f->reason);

    json_string(j, "reason", f->reason);
    json_string(j, "found", o->judged ? f->found : "the run did not come to its end");
    json_string(j, "expected", f->expected);
    json_uint(j, "seed", o->seed);
    json_string(j, "mode", o->adversarial ? "adversarial" : "faithful");
    json_array(j, "evidence");
    for (int i = 0; i < GRADE_EVIDENCE && f->evidence[i][0]; i++)
        json_string(j, NULL, f->evidence[i]);
    json_end(j);
    add_time(j, "from_ns", f->from);
    add_time(j, "to_ns", f->to);
    json_uint(j, "goroutine", f->g);
    json_string(j, "site", f->site);
    if (hint < 0)
        json_null(j, "hint");
    else
        json_int(j, "hint", hint);
    add_command(j, "see", &text, verdict_see(&text, o, c, view));
    strbuf_reset(&text);
    verdict_again(&text, r, o, view);
    add_command(j, "again", &text, true);
    strbuf_release(&text);
}

static void add_check(struct json *j, const struct rubric *r, const struct verdict *v, enum check c,
                      const struct verdict_view *view)
{
    json_object(j, NULL);
    json_string(j, "check", check_names[c]);
    json_string(j, "state", state_names[v->checks[c].state]);
    json_int(j, "points", v->checks[c].points);
    json_int(j, "of", r->points[c]);
    json_uint(j, "schedules", v->checks[c].schedules);
    if (v->checks[c].parent)
        json_string(j, "needs", v->checks[c].parent);
    if (v->checks[c].first)
        add_evidence(j, r, v->checks[c].worst, c, view);
    else if (v->checks[c].worst)
        json_string(j, "found", v->checks[c].worst->checks[c].found);
    json_end(j);
}

void verdict_json(struct strbuf *out, const struct rubric *r, const struct verdict *v,
                  const struct verdict_view *view)
{
    struct json j;

    json_init(&j, out, 2);
    json_object(&j, NULL);
    json_string(&j, "lab", r->lab);
    json_int(&j, "version", r->version);
    json_int(&j, "costs", v->costs);
    json_string(&j, "state", state_names[v->state]);
    json_int(&j, "points", v->points);
    if (v->compared)
        json_int(&j, "points_before", v->points_before);
    json_uint(&j, "faithful", v->faithful);
    json_uint(&j, "adversarial", v->adversarial);
    json_int(&j, "cpus", v->cpus);
    if (v->compared)
        add_numbers(&j, "before", &v->before);
    add_numbers(&j, "after", &v->after);
    if (r->expect.finding) {
        json_object(&j, r->expect.finding);
        json_int(&j, "before", v->unattributed_before);
        json_int(&j, "before_of", v->annotations_before);
        json_int(&j, "after", v->unattributed_after);
        json_int(&j, "after_of", v->annotations_after);
        json_end(&j);
    }
    json_array(&j, "checks");
    for (int c = 0; c < CHECK_COUNT; c++)
        if (v->checks[c].state != STATE_ABSENT)
            add_check(&j, r, v, (enum check)c, view);
    json_end(&j);
    json_end(&j);
}

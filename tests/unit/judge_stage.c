#include "tests/unit/judge_stage.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void stage_scenario(struct strbuf *out, const char *contract, const char *checks, const char *more)
{
    strbuf_addf(out,
                "scenario: tiny\n"
                "version: 3\n"
                "title: Tiny\n"
                "level: junior\n"
                "topics: [T1]\n"
                "minutes: 5\n"
                "story: Nothing happens.\n"
                "params:\n"
                "  live: 56MiB..72MiB\n"
                "world:\n"
                "  works: {render: 80us..160us}\n"
                "  services: {upstream: {latency: 8ms..12ms, per_item: 1us}}\n"
                "  disks: {journal: {latency: 1ms}}\n"
                "  state: {prices: {key: size}}\n"
                "  loads:\n"
                "    lookups: {rate: 400/s, requests: 2, each: {miss: 30%%, size: 1KiB..4KiB}}\n"
                "    report: {at: [1ms], each: {items: 1..9}}\n"
                "%s"
                "contract:\n%s"
                "checks:\n%s"
                "hints: [\"Look.\", {when: race prices, say: Two at once.}, {when: still, say: Still.}]\n",
                more, contract, checks);
}

void stage_open(struct judge_stage *s, const char *contract, const char *checks, const char *more)
{
    static const char expect[] = "expect: {load: lookups, category: sync block, share: 50%}\n";
    struct strbuf text = STRBUF_INIT;
    struct strbuf said = STRBUF_INIT;
    struct diags d = DIAGS_INIT;
    char all[2000];

    snprintf(all, sizeof all, "%s%s", strstr(more, "expect:") ? "" : expect, more);
    stage_scenario(&text, contract, checks, all);
    *s = (struct judge_stage){.text = strbuf_take(&text)};
    source_init(&s->source, "scenario.yaml", s->text, strlen(s->text));
    const struct yaml_node *root = yaml_parse(&s->arena, &s->source, &d);

    s->rubric = root ? rubric_load(root, &d) : NULL;
    diags_format(&d, &said, false);
    ck_assert_msg(s->rubric != NULL, "%s", said.text);
    strbuf_release(&said);
    diags_release(&d);
}

void stage_close(struct judge_stage *s)
{
    rubric_free(s->rubric);
    source_release(&s->source);
    arena_release(&s->arena);
    free(s->text);
}

void stage_complaints(struct strbuf *out, const char *scenario)
{
    struct source source;
    struct arena arena = {0};
    struct diags d = DIAGS_INIT;

    source_init(&source, "scenario.yaml", scenario, strlen(scenario));
    const struct yaml_node *root = yaml_parse(&arena, &source, &d);
    struct rubric *r = root ? rubric_load(root, &d) : NULL;

    ck_assert_msg(r == NULL || d.errors == 0, "a rubric in spite of errors");
    diags_format(&d, out, false);
    rubric_free(r);
    diags_release(&d);
    source_release(&source);
    arena_release(&arena);
}

void stage_judge(const struct judge_stage *s, const char *script, const char *ledger,
                 const struct outcome *before, struct outcome *out)
{
    struct played p;

    play(&p, script, ledger);
    grade_run(s->rubric, p.a, NULL, before, out);
    played_free(&p);
}

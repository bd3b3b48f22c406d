/* judge_stage.h: a small lab for tests of grading: its scenario, and judging a play by it.
 *
 * The world has works render, services upstream and a disk journal, state prices and catalogue, and loads
 * lookups (r.miss, r.size) and report (r.items); the parameter live is 64MiB. */
#pragma once

#include "grader/grade/grade.h"
#include "tests/unit/play.h"

/* A scenario with these sections: contract, checks, and further ones at the top level (or ""). Fails the
 * test if it is wrong. The rubric lives until stage_close. */
struct judge_stage {
    struct source source;
    struct arena arena;
    char *text;
    struct rubric *rubric;
};
void stage_open(struct judge_stage *s, const char *contract, const char *checks, const char *more);
void stage_close(struct judge_stage *s);

/* What is said about a scenario that is wrong; the stage holds no rubric. */
void stage_complaints(struct strbuf *out, const char *scenario);
/* The whole scenario as text. */
void stage_scenario(struct strbuf *out, const char *contract, const char *checks, const char *more);

/* Judges the play; `before` may be NULL. */
void stage_judge(const struct judge_stage *s, const char *script, const char *ledger,
                 const struct outcome *before, struct outcome *out);

/* The lines that name the world in a ledger, without requests; `n` lookups, `reports` reports. */
/* clang-format off */
#define STAGE_LEDGER(n, reports)                                                         \
    "run 1 1 22\nseed 7 7 faithful\nmachine 4 4 100\nparam live 64MiB\n"                  \
    "load 0 lookups " #n "\nattr 0 0 miss truth\nattr 0 1 size size\n"                    \
    "load 1 report " #reports "\nattr 1 0 items number\n"                                 \
    "item 0 cpu render\nitem 1 net upstream\nitem 2 net-items upstream\nitem 3 syscall journal\n" \
    "item 4 read prices\nitem 5 write prices\n"
#define STAGE_END "end returned @9000\n"
/* clang-format on */
/* A program that does nothing: what counts is in the ledger. */
#define STAGE_IDLE "0 g1 main\n9000 g1 end\n"

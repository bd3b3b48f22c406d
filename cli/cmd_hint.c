#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "format/program.h"
#include "grader/grade/advice.h"
#include "lab/store.h"

#define INDENT 2

static int64_t count_rungs(const struct rubric *r)
{
    int64_t n = 0;

    for (size_t i = 0; i < r->hints.len; i++)
        n += !r->hints.data[i].when;
    return n;
}

/* Rung number `rung`, from 1. */
static void print_rung(const struct rubric *r, int64_t rung, int64_t of)
{
    int64_t n = 0;

    printf("hint %lld of %lld\n", (long long)rung, (long long)of);
    for (size_t i = 0; i < r->hints.len; i++)
        if (!r->hints.data[i].when && ++n == rung)
            kit_print_wrapped(r->hints.data[i].text, INDENT);
}

/* On the reason that failed last: the lab's own hint, or what such a reason means in any lab. */
static void print_for_reason(const struct rubric *r, const char *reason)
{
    int32_t hint = rubric_hint(r, reason);
    const char *text = hint >= 0 ? r->hints.data[hint].text : advice_on(reason);

    if (!text)
        return;
    printf("about '%s'\n", reason);
    kit_print_wrapped(text, INDENT);
}

/* The reason's hint first, then one rung more than last time; all of them once the last was shown. */
static void show(const struct rubric *r, const char *lab, struct progress *p, bool all)
{
    int64_t of = count_rungs(r);
    bool again = all || p->hints >= of;
    int64_t from = again ? 1 : p->hints + 1;
    int64_t to = again ? of : from;

    print_for_reason(r, p->reason);
    for (int64_t i = from; i <= to; i++)
        print_rung(r, i, of);
    if (to < of)
        printf("\none rung further: " PROGRAM " hint %s\n", lab);
    else
        printf("\nthat was the last one; the way out is in solutions/%s/README.md\n", lab);
    if (to > p->hints)
        p->hints = to;
}

static int run(const struct command *self, int argc, char **argv)
{
    bool all = false;
    const struct option_spec specs[] = {
        {"all", 0, OPT_FLAG, &all, NULL, "every rung at once"},
        {0},
    };
    struct args args;
    struct home home;
    struct lab lab;
    struct progress p;
    struct strbuf err = STRBUF_INIT;
    int status = EXIT_USAGE;

    if (!options_parse(self, specs, argc, argv, 0, 1, &args))
        return args.status;
    if (!kit_find(&home))
        return EXIT_USAGE;
    char *name = kit_lab_name(&home, args.n ? args.words[0] : NULL);

    if (name && kit_lab(&lab, &home, name)) {
        progress_read(&home, name, &p);
        show(lab.rubric, name, &p, all);
        bool seen = fflush(stdout) == 0 && !ferror(stdout);

        if (seen && !progress_write(&home, name, &p, &err))
            fprintf(stderr, "tracelab hint: it is not remembered that you have seen this: %s\n", err.text);
        lab_close(&lab);
        status = EXIT_DONE;
    }
    strbuf_release(&err);
    free(name);
    home_release(&home);
    return status;
}

const struct command cmd_hint = {
    "hint", "[LAB]", "the next hint: from a question to the way out",
    "Each call goes one rung further. After a verdict that failed, a hint for its reason comes first.",
    run,
};

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "lab/store.h"

/* The hint for the reason that failed last, if the lab has one. */
static const char *for_reason(const struct rubric *r, const char *reason)
{
    for (size_t i = 0; *reason && i < r->hints.len; i++)
        if (r->hints.data[i].when && strncmp(r->hints.data[i].when, reason, strlen(r->hints.data[i].when)) == 0)
            return r->hints.data[i].text;
    return NULL;
}

static size_t rungs(const struct rubric *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->hints.len; i++)
        n += !r->hints.data[i].when;
    return n;
}

static void print_rung(const struct rubric *r, size_t rung, size_t of)
{
    size_t n = 0;

    for (size_t i = 0; i < r->hints.len; i++)
        if (!r->hints.data[i].when && n++ == rung)
            printf("hint %zu of %zu: %s\n", rung + 1, of, r->hints.data[i].text);
}

/* The reason's hint first, then one rung more than last time; all of them once the last was shown. */
static void show(const struct rubric *r, struct progress *p, bool all)
{
    size_t of = rungs(r);
    const char *fits = for_reason(r, p->reason);
    size_t from = all || (size_t)p->hints >= of ? 0 : (size_t)p->hints;
    size_t to = all ? of : from ? from + 1 : (size_t)p->hints >= of ? of : 1;

    if (fits)
        printf("about \"%s\": %s\n", p->reason, fits);
    for (size_t i = from; i < to; i++)
        print_rung(r, i, of);
    if ((int64_t)to > p->hints)
        p->hints = (int64_t)to;
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
        show(lab.rubric, &p, all);
        status = progress_write(&home, name, &p, &err) ? EXIT_DONE : EXIT_USAGE;
        lab_close(&lab);
    }
    if (err.len)
        fprintf(stderr, "tracelab hint: %s\n", err.text);
    strbuf_release(&err);
    free(name);
    home_release(&home);
    return status;
}

const struct command cmd_hint = {
    "hint", "[LAB]", "the next hint: from a question to the way out",
    "Each call goes one rung further. After a verdict that failed, a hint for its reason comes first.", run};

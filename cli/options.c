#include "cli/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "format/program.h"

/* What is being parsed. */
struct parse {
    const struct command *cmd;
    const struct option_spec *specs;  /* the command's own; NULL: none */
    const struct option_spec *common; /* every command's */
    struct args *args;
};

static void print_options(const struct option_spec *specs)
{
    for (const struct option_spec *s = specs; s && s->name; s++) {
        char left[64];

        snprintf(left, sizeof left, "%s%c%s--%s%s%s", s->letter ? "-" : " ", s->letter ? s->letter : ' ',
                 s->letter ? ", " : "  ", s->name, s->metavar ? " " : "", s->metavar ? s->metavar : "");
        printf("  %-28s %s\n", left, s->help);
    }
}

static void print_help(const struct parse *p)
{
    const struct command *cmd = p->cmd;

    printf("usage: " PROGRAM " %s%s%s%s\n\n%s\n", cmd->name, p->specs ? " [OPTIONS]" : "",
           *cmd->operands ? " " : "", cmd->operands, cmd->help);
    if (cmd->more)
        printf("\n%s\n", cmd->more);
    printf("\noptions:\n");
    print_options(p->specs);
    print_options(p->common);
}

static bool bad(const struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool bad(const struct parse *p, const char *fmt, ...)
{
    const struct command *cmd = p->cmd;
    va_list args;

    fprintf(stderr, "tracelab %s: ", cmd->name);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\nusage: " PROGRAM " %s%s%s%s (" PROGRAM " %s --help tells more)\n", cmd->name,
            p->specs ? " [OPTIONS]" : "", *cmd->operands ? " " : "", cmd->operands, cmd->name);
    p->args->status = EXIT_USAGE;
    return false;
}

static const struct option_spec *find_in(const struct option_spec *specs, const char *name, size_t len)
{
    for (const struct option_spec *s = specs; s && s->name; s++)
        if (len == 1 ? s->letter == *name : strlen(s->name) == len && memcmp(s->name, name, len) == 0)
            return s;
    return NULL;
}

/* By name or, if it is one character long, by letter. */
static const struct option_spec *find(const struct parse *p, const char *name, size_t len)
{
    const struct option_spec *s = find_in(p->specs, name, len);

    return s ? s : find_in(p->common, name, len);
}

static bool unknown(const struct parse *p, const char *typed)
{
    const struct option_spec *const tables[] = {p->specs, p->common};
    const char *names[32];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        for (const struct option_spec *s = tables[i]; s && s->name && n < ARRAY_LEN(names); s++)
            names[n++] = s->name;
    const char *bare = typed + strspn(typed, "-");
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(bare, "="), bare);
    const char *near = suggest_nearest(name, names, n);

    return bad(p, "unknown option '%s'%s%s%s", typed, near ? "; did you mean '--" : "", near ? near : "",
               near ? "'?" : "");
}

static bool store(const struct parse *p, const struct option_spec *s, const char *value)
{
    char *end;

    if (s->kind == OPT_TEXT) {
        *(const char **)s->value = value;
        return true;
    }
    errno = 0;
    *(int64_t *)s->value = strtoll(value, &end, 10);
    if (end == value || *end || errno || *(int64_t *)s->value < 1)
        return bad(p, "--%s wants a number from 1, not '%s'", s->name, value);
    return true;
}

/* The option at argv[*i]. */
static bool take(const struct parse *p, int argc, char **argv, int *i)
{
    const char *arg = argv[*i];
    bool is_long = arg[1] == '-';
    const char *name = is_long ? arg + 2 : arg + 1;
    const char *equals = is_long ? strchr(name, '=') : NULL;
    size_t len = equals ? (size_t)(equals - name) : is_long ? strlen(name) : 1;
    const struct option_spec *s = is_long && len == 1 ? NULL : find(p, name, len);
    const char *value = equals ? equals + 1 : !is_long && name[1] ? name + 1 : NULL;

    if (!s)
        return unknown(p, arg);
    if (s->kind == OPT_FLAG) {
        if (value)
            return bad(p, "--%s takes no value, found '%s'", s->name, arg);
        *(bool *)s->value = true;
        return true;
    }
    if (!value) {
        if (++*i == argc)
            return bad(p, "--%s wants a value: --%s %s", s->name, s->name, s->metavar);
        value = argv[*i];
    }
    return store(p, s, value);
}

/* --color is a word for the variables that use_color asks. */
static bool set_color(const struct parse *p, const char *when)
{
    if (!when || strcmp(when, "auto") == 0)
        return true;
    if (strcmp(when, "always") == 0) {
        unsetenv("NO_COLOR");
        setenv("CLICOLOR_FORCE", "1", 1);
        return true;
    }
    if (strcmp(when, "never") == 0) {
        setenv("NO_COLOR", "1", 1);
        return true;
    }
    return bad(p, "--color is always, never or auto, not '%s'", when);
}

bool options_parse(const struct command *cmd, const struct option_spec *specs, int argc, char **argv,
                   int least, int most, struct args *args)
{
    bool only_words = false;
    bool help = false;
    const char *color = NULL;
    const struct option_spec common[] = {
        {"color", 0, OPT_TEXT, &color, "WHEN", "always, never or auto (on a terminal)"},
        {"help", 'h', OPT_FLAG, &help, NULL, "this text"},
        {0},
    };
    const struct parse p = {cmd, specs, common, args};

    *args = (struct args){.words = argv};
    for (int i = 0; i < argc; i++) {
        if (only_words || argv[i][0] != '-' || !argv[i][1]) {
            args->words[args->n++] = argv[i]; /* never ahead of the word being read */
        } else if (strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (!take(&p, argc, argv, &i)) {
            return false;
        } else if (help) {
            print_help(&p);
            return false;
        }
    }
    if (args->n < least)
        return bad(&p, "something is missing: it takes %s", cmd->operands);
    if (args->n > most)
        return bad(&p, "one word too many: '%s'", args->words[most]);
    return set_color(&p, color);
}

bool use_color(int fd)
{
    const char *force = getenv("CLICOLOR_FORCE");
    const char *no = getenv("NO_COLOR");

    if (no && *no)
        return false;
    return (force && *force && strcmp(force, "0") != 0) || isatty(fd);
}

#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/suggest.h"

static void print_help(const struct command *cmd, const struct option_spec *specs)
{
    printf("usage: tracelab %s%s%s%s\n\n%s\n", cmd->name, specs && specs->name ? " [OPTIONS]" : "",
           *cmd->operands ? " " : "", cmd->operands, cmd->help);
    if (cmd->more)
        printf("\n%s\n", cmd->more);
    printf("\noptions:\n");
    for (const struct option_spec *s = specs; s && s->name; s++) {
        char left[64];

        snprintf(left, sizeof left, "%s%c%s--%s%s%s", s->letter ? "-" : " ", s->letter ? s->letter : ' ',
                 s->letter ? ", " : "  ", s->name, s->metavar ? " " : "", s->metavar ? s->metavar : "");
        printf("  %-28s %s\n", left, s->help);
    }
    printf("  %-28s %s\n", "-h, --help", "this text");
}

static bool bad(const struct command *cmd, struct args *args, const char *what, const char *which,
                const char *more)
{
    fprintf(stderr, "tracelab %s: %s%s%s%s\n", cmd->name, what, which, *which ? "'" : "", more);
    fprintf(stderr, "usage: tracelab %s %s (tracelab %s --help tells more)\n", cmd->name, cmd->operands,
            cmd->name);
    args->status = EXIT_USAGE;
    return false;
}

static const struct option_spec *find(const struct option_spec *specs, const char *name, size_t len)
{
    for (const struct option_spec *s = specs; s && s->name; s++)
        if (strlen(s->name) == len && memcmp(s->name, name, len) == 0)
            return s;
    return NULL;
}

static const struct option_spec *find_letter(const struct option_spec *specs, char letter)
{
    for (const struct option_spec *s = specs; s && s->name; s++)
        if (s->letter == letter)
            return s;
    return NULL;
}

static bool unknown(const struct command *cmd, const struct option_spec *specs, const char *typed,
                    struct args *args)
{
    const char *names[32];
    char hint[SUGGEST_MAX];
    size_t n = 0;

    for (const struct option_spec *s = specs; s && s->name && n < 31; s++)
        names[n++] = s->name;
    names[n++] = "help";
    const char *near = suggest_nearest(typed + strspn(typed, "-"), names, n);

    snprintf(hint, sizeof hint, "%s%s%s", near ? "; did you mean '--" : "", near ? near : "", near ? "'?" : "");
    return bad(cmd, args, "unknown option '", typed, hint);
}

static bool store(const struct command *cmd, const struct option_spec *s, const char *value,
                  struct args *args)
{
    char *end;

    if (s->kind == OPT_TEXT) {
        *(const char **)s->value = value;
        return true;
    }
    errno = 0;
    *(int64_t *)s->value = strtoll(value, &end, 10);
    if (end == value || *end || errno || *(int64_t *)s->value < 0) {
        fprintf(stderr, "tracelab %s: --%s wants a number from 0, not '%s'\n", cmd->name, s->name, value);
        args->status = EXIT_USAGE;
        return false;
    }
    return true;
}

/* One option at argv[*i]. */
static bool take(const struct command *cmd, const struct option_spec *specs, int argc, char **argv,
                 int *i, struct args *args)
{
    const char *arg = argv[*i];
    bool is_long = arg[1] == '-';
    const char *equals = is_long ? strchr(arg, '=') : NULL;
    size_t len = equals ? (size_t)(equals - arg) - 2 : is_long ? strlen(arg) - 2 : 1;
    const struct option_spec *s = is_long ? find(specs, arg + 2, len) : find_letter(specs, arg[1]);
    const char *value = equals ? equals + 1 : !is_long && arg[2] ? arg + 2 : NULL;

    if (!s)
        return unknown(cmd, specs, arg, args);
    if (s->kind == OPT_FLAG) {
        if (value)
            return bad(cmd, args, "no value goes with '", arg, "");
        *(bool *)s->value = true;
        return true;
    }
    if (!value) {
        if (++*i == argc)
            return bad(cmd, args, "a value is missing after '", arg, "");
        value = argv[*i];
    }
    return store(cmd, s, value, args);
}

bool options_parse(const struct command *cmd, const struct option_spec *specs, int argc, char **argv,
                   int least, int most, struct args *args)
{
    bool only_words = false;

    *args = (struct args){.words = argv};
    for (int i = 0; i < argc; i++) {
        if (only_words || argv[i][0] != '-' || !argv[i][1]) {
            args->words[args->n++] = argv[i]; /* never ahead of the word being read */
        } else if (strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(cmd, specs);
            return false;
        } else if (!take(cmd, specs, argc, argv, &i, args)) {
            return false;
        }
    }
    if (args->n < least)
        return bad(cmd, args, "something is missing: it takes ", "", cmd->operands);
    if (args->n > most)
        return bad(cmd, args, "one word too many: '", args->words[most], "");
    return true;
}

bool use_color(int fd)
{
    const char *force = getenv("CLICOLOR_FORCE");
    const char *no = getenv("NO_COLOR");

    if (no && *no)
        return false;
    return (force && *force && strcmp(force, "0") != 0) || isatty(fd);
}

/* tracelab: finds the command and runs it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "cli/commands.h"
#include "format/program.h"

#define TRACELAB_VERSION "0.1.0"

static const struct command *const commands[] = {
#define COMMAND(name) &cmd_##name,
    COMMANDS(COMMAND)
#undef COMMAND
};

static int print_help(FILE *out)
{
    fprintf(out, "tracelab: find out why a concurrent program waits, from its execution trace\n\n"
                 "usage: " PROGRAM " COMMAND [OPTIONS]\n\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(out, "  %-9s %-18s %s\n", commands[i]->name, commands[i]->operands, commands[i]->help);
    fprintf(out, "  %-9s %-18s %s\n", "help", "[COMMAND]", "this text, or a command's own");
    fprintf(out, "\nstart here            " PROGRAM " next\n"
                 "what a command takes  " PROGRAM " COMMAND --help\n"
                 "which version         " PROGRAM " --version\n\n"
                 "exit status: 0 pass, done; 1 the answer is no; 2 could not decide;\n"
                 "             3 bad usage or bad input file; 4 internal error\n");
    return out == stdout ? EXIT_DONE : EXIT_USAGE;
}

static const struct command *find(const char *name)
{
    const char *names[ARRAY_LEN(commands) + 1];
    char hint[SUGGEST_MAX];

    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
        names[i] = commands[i]->name;
    }
    names[ARRAY_LEN(commands)] = "help";
    fprintf(stderr, "tracelab: unknown command '%s'%s (" PROGRAM " help lists them)\n", name,
            suggest_text(hint, name, names, ARRAY_LEN(names)));
    return NULL;
}

static int help(int argc, char **argv)
{
    char *asked[] = {"--help"};

    if (argc == 0 || strcmp(argv[0], "help") == 0)
        return print_help(stdout);
    const struct command *c = find(argv[0]);

    return c ? c->run(c, 1, asked) : EXIT_USAGE;
}

/* A full disk or a closed pipe must not look like success. */
static int flushed(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "tracelab: cannot write the results\n");
    return EXIT_INTERNAL;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a write that fails, and is told like any other */
    if (argc < 2)
        return print_help(stderr);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return flushed(help(argc - 2, argv + 2));
    if (strcmp(argv[1], "--version") == 0) {
        printf("tracelab %s\n", TRACELAB_VERSION);
        return flushed(EXIT_DONE);
    }
    const struct command *c = find(argv[1]);

    return c ? flushed(c->run(c, argc - 2, argv + 2)) : EXIT_USAGE;
}

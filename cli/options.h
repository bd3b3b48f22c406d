/* options.h: options as data: one table gives parsing, --help and did-you-mean.
 *
 *     struct args a;
 *     const struct option_spec specs[] = {
 *         {"seed", 0, OPT_NUMBER, &seed, "N", "run this seed"},
 *         {0},
 *     };
 *     if (!options_parse(cmd, specs, argc, argv, 0, 1, &a)) return a.status;
 *
 * Every command also has --color and --help. Long options take `--name value` or `--name=value`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses of every command. */
enum status {
    EXIT_DONE = 0,      /* pass, done */
    EXIT_NO = 1,        /* the answer is no: the fix does not pass, the trace is not valid */
    EXIT_UNDECIDED = 2, /* could not decide */
    EXIT_USAGE = 3,     /* bad usage, or a bad input file */
    EXIT_INTERNAL = 4,  /* our fault */
};

enum option_kind { OPT_FLAG, OPT_TEXT, OPT_NUMBER /* from 1 on */ };

struct option_spec {
    const char *name; /* NULL ends the table */
    char letter;      /* one-letter form, 0: none */
    enum option_kind kind;
    void *value;       /* bool *, const char **, int64_t * */
    const char *metavar;
    const char *help;
};

struct command {
    const char *name;
    const char *operands; /* "[LAB]" */
    const char *help;     /* one line, for the list */
    const char *more;     /* for --help; NULL: none */
    int (*run)(const struct command *self, int argc, char **argv);
};

struct args {
    char **words; /* operands, borrowed from argv */
    int n;
    int status; /* what to return when parsing said no: 0 after --help */
};

/* False: return args->status. Between `least` and `most` operands. */
bool options_parse(const struct command *cmd, const struct option_spec *specs, int argc, char **argv,
                   int least, int most, struct args *args);

/* Whether to use colours on this stream: it is a terminal, and NO_COLOR is not set. CLICOLOR_FORCE says yes. */
bool use_color(int fd);

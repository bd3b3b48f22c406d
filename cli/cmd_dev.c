#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "lab/proof.h"

static void print_line(void *context, bool ok, const char *what, const char *detail)
{
    (void)context;
    printf("  %s  %-52s %s\n", ok ? "ok  " : "FAIL", what, detail);
    fflush(stdout);
}

static void print_complaint(void *context, const struct diags *d)
{
    (void)context;
    fflush(stdout);
    diags_print(d, stderr, use_color(STDERR_FILENO));
}

/* One lab, or all of them: how many did not hold. */
static int each(const struct home *home, const char *only, bool prove, const struct proof_report *report)
{
    struct lab_names labs;
    int failed = 0;
    int seen = 0;

    lab_names_read(&labs, home);
    for (size_t i = 0; i < labs.n; i++) {
        struct lab lab;

        if (only && strcmp(only, labs.names[i]) != 0)
            continue;
        seen++;
        printf("%s\n", labs.names[i]);
        if (!kit_lab(&lab, home, labs.names[i])) {
            failed++;
            continue;
        }
        bool ok = lab_check(&lab, home, prove ? &(struct proof_report){report->line, report->complain,
                                                                       report->context, false}
                                              : report);

        if (ok && prove)
            ok = lab_prove(&lab, home, report);
        failed += !ok;
        lab_close(&lab);
    }
    printf("%d lab%s %s, %d failed\n", seen - failed, seen - failed == 1 ? "" : "s",
           prove ? "proved" : "checked", failed);
    lab_names_release(&labs);
    return failed;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct args args;
    struct home home;
    struct proof_report report = {print_line, print_complaint, NULL, true};

    if (!options_parse(self, NULL, argc, argv, 1, 2, &args))
        return args.status;
    bool prove = strcmp(args.words[0], "prove") == 0;

    if (!prove && strcmp(args.words[0], "check") != 0) {
        fprintf(stderr, "tracelab dev: unknown word '%s'; expected check or prove\n", args.words[0]);
        return EXIT_USAGE;
    }
    if (!kit_find(&home))
        return EXIT_USAGE;
    char *name = args.n == 2 ? kit_lab_name(&home, args.words[1]) : NULL;
    int status = EXIT_USAGE;

    if (args.n == 1 || name)
        status = each(&home, name, prove, &report) ? EXIT_NO : EXIT_DONE;
    free(name);
    home_release(&home);
    return status;
}

const struct command cmd_dev = {
    "dev", "check|prove [LAB]", "for authors: are the labs what they claim to be?",
    "check  every file loads: scenario, starter, solution, right and wrong fixes; the exercise is the starter\n"
    "prove  check, and then run them all: the starter shows the expected category, every right fix\n"
    "       passes, every wrong fix fails for its declared reason, two runs give equal bytes",
    run,
};

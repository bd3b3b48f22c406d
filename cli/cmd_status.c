#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "format/program.h"
#include "lab/store.h"

static void print_state(const char *name, const struct progress *p)
{
    switch (p->state) {
    case PROGRESS_PENDING:
        printf("  %-18s not tried yet\n", name);
        break;
    case PROGRESS_TRIED:
        printf("  %-18s %lld of 100 after %lld attempt%s%s%s\n", name, (long long)p->points,
               (long long)p->attempts, p->attempts == 1 ? "" : "s", *p->reason ? "; last: " : "", p->reason);
        break;
    case PROGRESS_PASSED:
        printf("  %-18s passed, %lld attempt%s, %lld hint%s\n", name, (long long)p->attempts,
               p->attempts == 1 ? "" : "s", (long long)p->hints, p->hints == 1 ? "" : "s");
        break;
    }
}

static int run(const struct command *self, int argc, char **argv)
{
    struct args args;
    struct home home;
    struct lab_names labs;
    size_t passed = 0;
    char *pending = NULL;

    if (!options_parse(self, NULL, argc, argv, 0, 0, &args))
        return args.status;
    if (!kit_find(&home))
        return EXIT_USAGE;
    lab_names_read(&labs, &home);
    for (size_t i = 0; i < labs.n; i++) {
        struct progress p;

        progress_read(&home, labs.names[i], &p);
        passed += p.state == PROGRESS_PASSED;
        if (p.state != PROGRESS_PASSED && !pending)
            pending = labs.names[i];
        print_state(labs.names[i], &p);
    }
    printf("%zu of %zu labs passed\n", passed, labs.n);
    if (pending)
        printf("next is %s: " PROGRAM " next\n", pending);
    lab_names_release(&labs);
    home_release(&home);
    return EXIT_DONE;
}

const struct command cmd_status = {"status", "", "what you have passed and tried", NULL, run};

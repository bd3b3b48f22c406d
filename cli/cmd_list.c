#include <stdio.h>

#include "cli/commands.h"
#include "lab/store.h"

static const char *const state_words[] = {"", "tried", "passed"};

static void print_lab(const struct lab *lab, const struct progress *p)
{
    const struct rubric *r = lab->rubric;

    printf("%-18s %-7s %3lld min  ", lab->name, r->level, (long long)r->minutes);
    if (p->state == PROGRESS_PENDING)
        printf("%s\n", r->title);
    else
        printf("%-28s  %s, %lld of 100\n", r->title, state_words[p->state], (long long)p->points);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct args args;
    struct home home;
    struct lab_names labs;
    int status = EXIT_DONE;

    if (!options_parse(self, NULL, argc, argv, 0, 0, &args))
        return args.status;
    if (!kit_find(&home))
        return EXIT_USAGE;
    lab_names_read(&labs, &home);
    for (size_t i = 0; i < labs.n; i++) {
        struct lab lab;
        struct progress p;

        progress_read(&home, labs.names[i], &p);
        if (!kit_lab(&lab, &home, labs.names[i])) {
            status = EXIT_USAGE;
            continue;
        }
        print_lab(&lab, &p);
        lab_close(&lab);
    }
    lab_names_release(&labs);
    home_release(&home);
    return status;
}

const struct command cmd_list = {"list", "", "the labs, their level, and how far you are", NULL, run};

#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "format/program.h"

static void print_brief(const struct lab *lab, const struct home *home)
{
    char *file = kit_exercise(home, lab->name);
    char *brief = home_path(home, "exercises", lab->name, "README.md", NULL);
    char *trace = home_path(home, "store", lab->name, "run.trace", NULL);
    struct strbuf report = STRBUF_INIT;

    strbuf_add_word(&report, trace);
    printf("%s: %s (%s, about %lld minutes)\n\n%s\n", lab->name, lab->rubric->title, lab->rubric->level,
           (long long)lab->rubric->minutes, lab->rubric->story);
    printf("  the brief       %s\n", brief);
    printf("  yours to edit   %s\n", file);
    printf("  run it          " PROGRAM " run %s\n", lab->name);
    printf("  read its trace  " PROGRAM " report %s\n", report.text);
    printf("  have it judged  " PROGRAM " grade %s\n", lab->name);
    printf("  stuck?          " PROGRAM " hint %s\n", lab->name);
    strbuf_release(&report);
    free(trace);
    free(brief);
    free(file);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct args args;
    struct home home;
    struct lab lab;
    int status = EXIT_USAGE;

    if (!options_parse(self, NULL, argc, argv, 0, 1, &args))
        return args.status;
    if (!kit_find(&home))
        return EXIT_USAGE;
    if (!args.n && kit_all_passed(&home)) {
        printf("Every lab is passed. CURRICULUM.md has what comes next.\n");
        home_release(&home);
        return EXIT_DONE;
    }
    char *name = kit_lab_name(&home, args.n ? args.words[0] : NULL);

    if (name && kit_lab(&lab, &home, name)) {
        print_brief(&lab, &home);
        lab_close(&lab);
        status = EXIT_DONE;
    }
    free(name);
    home_release(&home);
    return status;
}

const struct command cmd_next = {"next", "[LAB]", "the story of the next lab, and what to do", NULL, run};

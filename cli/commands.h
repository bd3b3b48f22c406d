/* commands.h: every command's entry, one file each (cli/cmd_NAME.c), and what several of them share. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/diag.h"
#include "cli/options.h"
#include "lab/home.h"
#include "lab/lab.h"

#define COMMANDS(COMMAND) \
    COMMAND(list) \
    COMMAND(status) \
    COMMAND(next) \
    COMMAND(run) \
    COMMAND(report) \
    COMMAND(grade) \
    COMMAND(hint) \
    COMMAND(reset) \
    COMMAND(dump) \
    COMMAND(validate) \
    COMMAND(dev) \
    COMMAND(demo)

#define COMMAND(name) extern const struct command cmd_##name;
COMMANDS(COMMAND)
#undef COMMAND

/* Finds the kit; false after complaining (return EXIT_USAGE). */
bool kit_find(struct home *home);
/* A lab by name, with did-you-mean; false after complaining. lab_close it only if true. */
bool kit_lab(struct lab *lab, const struct home *home, const char *name);
/* The named lab, or without a name the next pending one; malloc'ed, NULL after complaining. */
char *kit_lab_name(const struct home *home, const char *name);
bool kit_all_passed(const struct home *home);
/* A workload file; false after complaining. workload_close it only if true. */
bool kit_workload(struct workload *w, const struct lab *lab, char *path /* taken over */);
/* Prints diagnostics to stderr and releases them. */
void kit_complain(struct diags *d);
/* The learner's copy of a lab's workload, whether it is there or not; malloc'ed. */
char *kit_exercise(const struct home *home, const char *lab);
/* The file to work with: `instead` if it is given, else the exercise. Malloc'ed; NULL after complaining
 * that the exercise is gone. */
char *kit_mine(const struct home *home, const char *lab, const char *instead);
/* Text in lines that fit a terminal, each behind `indent` blanks. */
void kit_print_wrapped(const char *text, int indent);

/* A line on stderr that is rewritten, if stderr is a terminal and the work takes over a second. */
struct ticker {
    const char *what;     /* "running starvation"; may be changed on the way */
    int64_t since, shown; /* ms: since when, and when a line was shown last; 0: never */
    int width;            /* of the longest line */
};
void ticker_start(struct ticker *t, const char *what);
void ticker_count(void *ticker, size_t finished, size_t total); /* for grading_progress */
void ticker_time(void *ticker, int64_t virtual_ns);             /* for simulation.tick */
void ticker_end(struct ticker *t);

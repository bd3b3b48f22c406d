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
/* A workload file; false after complaining. workload_close it only if true. */
bool kit_workload(struct workload *w, const struct lab *lab, char *path /* taken over */);
/* Prints diagnostics to stderr and releases them. */
void kit_complain(struct diags *d);
/* The learner's copy of a lab's workload; malloc'ed. */
char *kit_exercise(const struct home *home, const char *lab);

/* A line on stderr that is rewritten, if stderr is a terminal and the work takes over a second. */
struct ticker {
    const char *what; /* "grading lock-across-io" */
    int64_t since;    /* ms */
    bool shown;
};
void ticker_start(struct ticker *t, const char *what);
void ticker_count(void *ticker, size_t finished, size_t total); /* for grading_progress */
void ticker_time(void *ticker, int64_t virtual_ns);             /* for simulation.tick */
void ticker_end(struct ticker *t);

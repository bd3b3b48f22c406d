#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/commands.h"
#include "format/program.h"

#define DEMO_LAB "lock-across-io"

/* Says what it does and does it: every step of the demo is a command that anyone can type. */
static int step(const struct command *c, const char *say, const char *const *words, int n)
{
    char *argv[8];

    printf("\n%s\n\n$ " PROGRAM " %s", say, c->name);
    for (int i = 0; i < n; i++) {
        printf(" %s", words[i]);
        argv[i] = (char *)(uintptr_t)words[i];
    }
    printf("\n\n");
    fflush(stdout);
    return c->run(c, n, argv);
}

/* The fix, as a difference; nothing if there is no diff(1). */
static void show_difference(const char *from, const char *to)
{
    printf("\nThe fix, from solutions/" DEMO_LAB
           "/README.md: the call between two short critical sections.\n\n");
    fflush(stdout);
    pid_t pid = fork();

    if (pid == 0) {
        execlp("diff", "diff", "-u", "--label", "before", "--label", "after", from, to, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static int play(const struct home *home, const char *folder)
{
    char *buggy = home_path(home, "scenarios", DEMO_LAB, "workload.yaml", NULL);
    char *fixed = home_path(home, "solutions", DEMO_LAB, "workload.yaml", NULL);
    struct strbuf before = STRBUF_INIT;
    struct strbuf after = STRBUF_INIT;

    strbuf_addf(&before, "%s/buggy.trace", folder);
    strbuf_addf(&after, "%s/fixed.trace", folder);
    printf("One whole loop on one lab: trace, diagnose, fix, trace again.\n");
    step(&cmd_next, "1. What the on-call engineer was told.", (const char *[]){DEMO_LAB}, 1);
    step(&cmd_run, "2. The buggy workload runs on the bundled runtime, in virtual time.",
         (const char *[]){DEMO_LAB, "--workload", buggy, "-o", before.text}, 5);
    step(&cmd_report, "3. Its trace: who waits, on what, where.", (const char *[]){before.text}, 1);
    int bad = step(&cmd_grade, "4. A verdict, from the traces of 40 schedules.",
                   (const char *[]){DEMO_LAB, "--workload", buggy}, 3);

    show_difference(buggy, fixed);
    step(&cmd_run, "5. Fixed, and traced again.",
         (const char *[]){DEMO_LAB, "--workload", fixed, "-o", after.text}, 5);
    int good = step(&cmd_grade, "6. The verdict on the fix.",
                    (const char *[]){DEMO_LAB, "--workload", fixed}, 3);

    printf("\nThe traces are genuine Go execution traces:\n  %s\n  %s\n"
           "Open one in any Go tool (go tool trace FILE), or with: " PROGRAM " report FILE\n\n"
           "Your turn: " PROGRAM " next\n", before.text, after.text);
    strbuf_release(&before);
    strbuf_release(&after);
    free(buggy);
    free(fixed);
    return bad == EXIT_NO && good == EXIT_DONE ? EXIT_DONE : EXIT_INTERNAL;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct args args;
    struct home home;
    struct strbuf err = STRBUF_INIT;
    int status = EXIT_USAGE;

    if (!options_parse(self, NULL, argc, argv, 0, 0, &args))
        return args.status;
    if (!kit_find(&home))
        return EXIT_USAGE;
    char *folder = home_path(&home, "store", "demo", NULL);

    if (io_mkdirs(folder, &err))
        status = play(&home, folder);
    else
        fprintf(stderr, "tracelab demo: %s\n", err.text);
    strbuf_release(&err);
    free(folder);
    home_release(&home);
    return status;
}

const struct command cmd_demo = {
    "demo", "", "one whole loop: trace, diagnose, fix, trace again",
    "What it writes is in store/demo and in the lab's store; your exercises stay as they are.", run,
};

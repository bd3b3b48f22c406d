#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "cli/commands.h"
#include "lab/store.h"

/* The learner's work is kept beside the attempts before the starter replaces it. */
static bool reset(const struct home *home, const char *name, struct strbuf *err)
{
    struct diags d = DIAGS_INIT;
    struct text_file starter = {0};
    struct text_file mine = {0};
    char *file = kit_exercise(home, name);
    bool ok = text_file_read(&starter, home_path(home, "scenarios", name, "workload.yaml", NULL), &d);

    if (ok && io_exists(file))
        ok = text_file_read(&mine, kit_exercise(home, name), &d);
    if (ok && mine.text && (mine.len != starter.len || memcmp(mine.text, starter.text, mine.len) != 0)) {
        char *folder = store_folder(home, name, "kept-", err);
        struct strbuf kept = STRBUF_INIT;

        strbuf_addf(&kept, "%s/workload.yaml", folder ? folder : ".");
        ok = folder && io_write(kept.text, mine.text, mine.len, err);
        if (ok)
            printf("your version is kept as %s\n", kept.text);
        strbuf_release(&kept);
        free(folder);
    }
    char *folder = home_path(home, "exercises", name, NULL);

    ok = ok && io_mkdirs(folder, err) && io_write(file, starter.text, starter.len, err);
    free(folder);
    if (ok)
        printf("%s is the starter again\n", file);
    free(file);
    kit_complain(&d);
    text_file_release(&starter);
    text_file_release(&mine);
    return ok;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct args args;
    struct home home;
    struct strbuf err = STRBUF_INIT;
    bool ok = false;

    if (!options_parse(self, NULL, argc, argv, 1, 1, &args))
        return args.status;
    if (!kit_find(&home))
        return EXIT_USAGE;
    char *name = kit_lab_name(&home, args.words[0]);

    if (name)
        ok = reset(&home, name, &err);
    if (err.len)
        fprintf(stderr, "tracelab reset: nothing is changed: %s\n", err.text);
    strbuf_release(&err);
    free(name);
    home_release(&home);
    return ok ? EXIT_DONE : EXIT_USAGE;
}

const struct command cmd_reset = {"reset", "LAB", "put the buggy workload back (yours is kept)", NULL, run};

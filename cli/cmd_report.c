#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/commands.h"
#include "format/program.h"
#include "grader/report/report.h"
#include "lab/home.h"

static int print(struct analysis *a, const struct trace_error *error, const struct report_options *options,
                 bool json)
{
    struct strbuf out = STRBUF_INIT;
    struct strbuf complaint = STRBUF_INIT;
    const struct trace_error *broken = a->whole ? NULL : error;
    bool ok = (json ? report_json : report_text)(&out, a, broken, options, &complaint);

    fputs(out.text, stdout);
    fflush(stdout);
    if (!ok)
        fprintf(stderr, "tracelab report: %s\n", complaint.text);
    if (broken)
        trace_error_print(stderr, options->path, broken);
    strbuf_release(&out);
    strbuf_release(&complaint);
    return ok && !broken ? EXIT_DONE : EXIT_USAGE;
}

/* The trace of the last run of a lab, whether or not there has been one, if `word` names a lab and no file;
 * NULL, or malloc'ed. */
static char *last_run_of(const char *word)
{
    struct home home;
    struct strbuf err = STRBUF_INIT;
    char *path = NULL;

    if (!io_exists(word) && *word && !strchr(word, '/') && home_find(&home, &err)) {
        char *lab = home_path(&home, "scenarios", word, "scenario.yaml", NULL);

        if (io_exists(lab))
            path = home_path(&home, "store", word, "run.trace", NULL);
        free(lab);
        home_release(&home);
    }
    strbuf_release(&err);
    return path;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct report_options options = {0};
    int64_t goroutine = 0;
    bool json = false;
    const struct option_spec specs[] = {
        {"load", 0, OPT_TEXT, &options.load, "NAME", "only the requests of this load"},
        {"goroutine", 'g', OPT_NUMBER, &goroutine, "N", "the timeline of one goroutine"},
        {"requests", 0, OPT_FLAG, &options.requests, NULL, "the slowest requests"},
        {"regions", 0, OPT_FLAG, &options.regions, NULL, "every region with its task"},
        {"json", 0, OPT_FLAG, &json, NULL, "for programs"},
        {0},
    };
    struct args args;
    struct trace_error error;

    if (!options_parse(self, specs, argc, argv, 1, 1, &args))
        return args.status;
    char *last = last_run_of(args.words[0]);

    if (last && !io_exists(last)) {
        fprintf(stderr, "tracelab report: %s has not been run yet (" PROGRAM " run %s)\n", args.words[0],
                args.words[0]);
        free(last);
        return EXIT_USAGE;
    }
    options.path = last ? last : args.words[0];
    options.goroutine = (uint64_t)goroutine;
    options.color = use_color(STDOUT_FILENO);
    struct trace_reader *r = trace_open(options.path, (struct trace_options){0}, &error);

    if (!r) {
        trace_error_print(stderr, options.path, &error);
        free(last);
        return EXIT_USAGE;
    }
    struct analysis *a = analysis_load(r, &error);
    int status = print(a, &error, &options, json);

    analysis_free(a);
    free(last);
    return status;
}

const struct command cmd_report = {
    "report",
    "TRACE|LAB",
    "what a trace says: symptom, who waits, on what, where, since when",
    "Reads any Go execution trace since Go 1.22. For traces of this kit the time of each request is split\n"
    "by what it waited for; in others goroutines, tasks and regions stand in. Of a broken trace it tells\n"
    "what stands before the break, with exit status 3. A lab's name stands for its last run.",
    run,
};

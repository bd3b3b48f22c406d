#include <stdio.h>

#include "cli/commands.h"
#include "grader/reader/reader.h"

static int read_through(struct trace_reader *r, const char *path)
{
    struct trace_event e;
    struct trace_error error;
    enum trace_result got;
    uint64_t events = 0;
    uint64_t generations = 0;

    while ((got = trace_next(r, &e, &error)) == TRACE_EVENT) {
        events++;
        generations += e.kind == TRACE_SYNC;
    }
    if (got == TRACE_ERROR) {
        trace_error_print(stderr, path, &error);
        return error.fault == TRACE_UNREADABLE ? EXIT_USAGE : EXIT_NO;
    }
    printf("%s: valid: format 1.%d, %llu generation%s, %llu events\n", path, (int)reader_version(r),
           (unsigned long long)(generations ? generations - 1 : 0), generations == 2 ? "" : "s",
           (unsigned long long)events);
    return EXIT_DONE;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct trace_options options = {0};
    const struct option_spec specs[] = {
        {"strict", 0, OPT_FLAG, &options.strict, NULL,
         "also refuse what Go's reader lets pass although no runtime does it"},
        {0},
    };
    struct args args;
    struct trace_error error;

    if (!options_parse(self, specs, argc, argv, 1, 1, &args))
        return args.status;
    struct trace_reader *r = trace_open(args.words[0], options, &error);

    if (!r) {
        trace_error_print(stderr, args.words[0], &error);
        return error.fault == TRACE_UNREADABLE ? EXIT_USAGE : EXIT_NO;
    }
    int status = read_through(r, args.words[0]);

    trace_close(r);
    return status;
}

const struct command cmd_validate = {
    "validate", "TRACE", "check every rule that a Go execution trace must keep",
    "Answers with exit status 0 (valid) or 1, and then says where and why: truncated, corrupt, a version\n"
    "that is not known, or an order that no running program can produce.",
    run,
};

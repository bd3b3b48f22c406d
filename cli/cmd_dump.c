#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "grader/reader/print.h"
#include "grader/reader/text.h"

static int dump_wire(const char *path, bool offsets)
{
    struct input in;
    struct trace_error error;

    if (!input_open_file(&in, path)) {
        fprintf(stderr, "%s: error: cannot read: %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    bool ok = wire_text_dump(stdout, &in, offsets, &error);

    input_close(&in);
    if (ok)
        return EXIT_DONE;
    fflush(stdout);
    trace_error_print(stderr, path, &error);
    return EXIT_USAGE;
}

static int dump_events(const char *path, struct trace_printer *printer)
{
    struct trace_error error;
    struct trace_event e;
    enum trace_result got = TRACE_ERROR;
    struct trace_reader *r = trace_open(path, (struct trace_options){0}, &error);

    printer->reader = r;
    while (r && (got = trace_next(r, &e, &error)) == TRACE_EVENT)
        trace_print_event(printer, &e);
    fflush(stdout);
    if (got == TRACE_ERROR)
        trace_error_print(stderr, path, &error);
    trace_close(r);
    return got == TRACE_END ? EXIT_DONE : EXIT_USAGE;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct trace_printer printer = {.out = stdout};
    bool wire = false;
    const struct option_spec specs[] = {
        {"stacks", 0, OPT_FLAG, &printer.stacks, NULL, "the stacks as well"},
        {"offsets", 0, OPT_FLAG, &printer.offsets, NULL, "where in the file each event is"},
        {"wire", 0, OPT_FLAG, &wire, NULL, "the raw events as they are in the file, unchecked"},
        {0},
    };
    struct args args;

    if (!options_parse(self, specs, argc, argv, 1, 1, &args))
        return args.status;
    return wire ? dump_wire(args.words[0], printer.offsets) : dump_events(args.words[0], &printer);
}

const struct command cmd_dump = {
    "dump", "TRACE", "every event of a trace, a line each",
    "Of a broken trace it prints the generations before the break, and with --wire everything up to it.",
    run,
};

/* What our reader says, for comparison with Go's.
 *
 *     ours read [FILE...]        one line per trace, in the form of readall; names from stdin if none
 *     ours bytes TEXT OUT        a trace in text form as bytes
 *     ours cases FOLDER OUT      writes the cases of a folder as OUT/FILE-LINE.trace, and prints for each
 *                                "OUT/FILE-LINE.trace" and what Go's reader is known to decide otherwise */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "grader/reader/reader.h"
#include "tests/unit/trace_cases.h"

/* Syncs and pages are not counted: readers place them differently around errors. */
static void read_one(const char *path)
{
    struct trace_error err;
    struct trace_event e;
    enum trace_result got = TRACE_ERROR;
    uint64_t events = 0;
    int64_t last = 0;
    struct trace_reader *r = trace_open(path, (struct trace_options){0}, &err);

    while (r && (got = trace_next(r, &e, &err)) == TRACE_EVENT) {
        events += e.kind != TRACE_SYNC && e.kind != TRACE_LEDGER_PAGE;
        last = e.time;
    }
    printf("%s events=%" PRIu64 " last=%" PRId64 " ", path, events, last);
    if (got == TRACE_END)
        puts("ok");
    else
        printf("error: %s: %s\n", trace_fault_name(err.fault), err.message);
    trace_close(r);
}

static bool to_bytes(const char *from, const char *to)
{
    struct strbuf bytes = STRBUF_INIT, err = STRBUF_INIT;
    char *text;
    size_t length;
    bool good = io_read(from, 1 << 24, &text, &length, &err);

    if (good) {
        trace_from_text(text, &bytes);
        free(text);
        good = io_write(to, bytes.text, bytes.len, &err);
    }
    fputs(err.text, stderr);
    strbuf_release(&bytes);
    strbuf_release(&err);
    return good;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool write_case(const struct trace_case *c, const char *folder)
{
    struct strbuf bytes = STRBUF_INIT, path = STRBUF_INIT, err = STRBUF_INIT;
    const char *name = base_name(c->file);

    trace_case_bytes(c, &bytes);
    strbuf_addf(&path, "%s/%.*s-%u.trace", folder, (int)strcspn(name, "."), name, c->line);
    bool good = io_write(path.text, bytes.text, bytes.len, &err);
    if (good)
        printf("%s %s", path.text, c->go ? c->go : "\n");
    else
        fprintf(stderr, "%s\n", err.text);
    strbuf_release(&bytes);
    strbuf_release(&path);
    strbuf_release(&err);
    return good;
}

static bool write_cases(const char *from, const char *to)
{
    struct trace_case_files all;
    bool good = true;

    trace_cases_load(&all, from);
    for (size_t i = 0; i < all.files.len; i++) {
        for (size_t j = 0; j < all.files.data[i].cases.len && good; j++)
            good = write_case(&all.files.data[i].cases.data[j], to);
    }
    trace_cases_release(&all);
    return good;
}

int main(int argc, char **argv)
{
    char line[4096];

    if (argc == 4 && strcmp(argv[1], "bytes") == 0)
        return !to_bytes(argv[2], argv[3]);
    if (argc == 4 && strcmp(argv[1], "cases") == 0)
        return !write_cases(argv[2], argv[3]);
    if (argc < 2 || strcmp(argv[1], "read") != 0)
        return 2;
    for (int i = 2; i < argc; i++)
        read_one(argv[i]);
    while (argc == 2 && fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        read_one(line);
    }
    return 0;
}

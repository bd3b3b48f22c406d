#include "grader/reader/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static const struct {
    const char *name;   /* for machines */
    const char *phrase; /* before the message, for people */
    const char *note;   /* after it: what usually leads to this, or NULL */
} faults[] = {
    [TRACE_UNREADABLE] = {"unreadable", "cannot read", NULL},
    [TRACE_NOT_A_TRACE] = {"not-a-trace", "not an execution trace", NULL},
    [TRACE_UNSUPPORTED] = {"unsupported", "unsupported trace version", NULL},
    [TRACE_TRUNCATED] = {"truncated", "truncated trace",
                         "the program ended without stopping its trace, or the file was cut off"},
    [TRACE_CORRUPT] = {"corrupt", "corrupt trace", NULL},
    [TRACE_BROKEN_ORDER] = {"inconsistent", "inconsistent trace", NULL},
};

void trace_error_set(struct trace_error *e, enum trace_fault fault, uint64_t offset, const char *fmt, ...)
{
    va_list args;

    e->fault = fault;
    e->offset = offset;
    e->notes[0] = '\0';
    va_start(args, fmt);
    vsnprintf(e->message, sizeof(e->message), fmt, args);
    va_end(args);
}

void trace_error_note(struct trace_error *e, const char *fmt, ...)
{
    size_t used = strlen(e->notes);
    size_t room = sizeof(e->notes) - used;
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(e->notes + used, room, fmt, args);
    va_end(args);
    if (n >= 0 && (size_t)n + 2 <= room)
        memcpy(e->notes + used + n, "\n", 2);
    else
        e->notes[used] = '\0';
}

const char *trace_fault_name(enum trace_fault fault)
{
    return faults[fault].name;
}

void trace_error_format(struct strbuf *out, const char *file, const struct trace_error *e)
{
    const char *note = faults[e->fault].note;

    if (e->fault == TRACE_UNREADABLE)
        strbuf_addf(out, "%s: error: ", file);
    else
        strbuf_addf(out, "%s:0x%" PRIx64 ": error: ", file, e->offset);
    strbuf_addf(out, "%s: %s\n", faults[e->fault].phrase, e->message);
    for (const char *line = e->notes; *line; line = strchr(line, '\n') + 1)
        strbuf_addf(out, "%s: note: %.*s\n", file, (int)strcspn(line, "\n"), line);
    if (note)
        strbuf_addf(out, "%s: note: %s\n", file, note);
}

void trace_error_print(FILE *out, const char *file, const struct trace_error *e)
{
    struct strbuf text = STRBUF_INIT;

    trace_error_format(&text, file, e);
    fputs(text.text, out);
    strbuf_release(&text);
}

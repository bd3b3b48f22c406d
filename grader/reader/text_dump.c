#include <inttypes.h>
#include <string.h>

#include "format/events.h"
#include "grader/reader/batch.h"
#include "grader/reader/text.h"

/* A dump in progress. */
struct dump {
    FILE *out;
    struct input *in;
    bool offsets;
    uint64_t event; /* where the current one begins */
    struct trace_error *err;
};

static bool fail(struct dump *d, enum input_result why)
{
    if (why == INPUT_OVERFLOW)
        trace_error_set(d->err, TRACE_CORRUPT, d->event, "varint does not fit 64 bits");
    else if (d->in->failed)
        trace_error_set(d->err, TRACE_UNREADABLE, 0, "%s", strerror(d->in->failed));
    else
        trace_error_set(d->err, TRACE_TRUNCATED, input_offset(d->in),
                        "the file ends inside the event at 0x%" PRIx64, d->event);
    return false;
}

/* Prints " name=value" for the next number, with the first name of *names, which moves on. */
static bool argument(struct dump *d, const char **names, uint64_t *value)
{
    enum input_result got = input_varint(d->in, value);
    int length = (int)strcspn(*names, " ");

    if (got != INPUT_OK)
        return fail(d, got);
    fprintf(d->out, " %.*s=%" PRIu64, length, *names, *value);
    *names += length;
    *names += strspn(*names, " ");
    return true;
}

static bool arguments(struct dump *d, const char *names, uint64_t *last)
{
    while (*names) {
        if (!argument(d, &names, last))
            return false;
    }
    return true;
}

static void end_line(struct dump *d)
{
    if (d->offsets)
        fprintf(d->out, "\t# 0x%" PRIx64, d->event);
    fputc('\n', d->out);
}

static void print_byte(FILE *out, int byte)
{
    switch (byte) {
    case '"':
    case '\\':
        fprintf(out, "\\%c", byte);
        break;
    case '\n':
        fputs("\\n", out);
        break;
    case '\t':
        fputs("\\t", out);
        break;
    default:
        if (byte < 0x20 || byte >= 0x7f)
            fprintf(out, "\\x%02x", (unsigned)byte);
        else
            fputc(byte, out);
    }
}

static bool data(struct dump *d, uint64_t length)
{
    fputs("\tdata=\"", d->out);
    for (; length > 0; length--) {
        int byte = input_byte(d->in);
        if (byte < 0)
            return fail(d, INPUT_END);
        print_byte(d->out, byte);
    }
    fputs("\"\n", d->out);
    return true;
}

static bool string(struct dump *d)
{
    uint64_t length;
    enum input_result got = input_varint(d->in, &length);

    return got == INPUT_OK ? data(d, length) : fail(d, got);
}

static bool frames(struct dump *d, uint64_t count)
{
    uint64_t value;

    for (; count > 0; count--) {
        const char *names = "pc func file line";
        fputc('\t', d->out);
        for (int i = 0; i < 4; i++) {
            enum input_result got = input_varint(d->in, &value);
            int length = (int)strcspn(names, " ");
            if (got != INPUT_OK)
                return fail(d, got);
            fprintf(d->out, "%s%.*s=%" PRIu64, i ? " " : "", length, names, value);
            names += length + strspn(names + length, " ");
        }
        fputc('\n', d->out);
    }
    return true;
}

/* The experiment is a byte and not a varint, and the size is that of the data shown. */
static bool experimental_batch(struct dump *d)
{
    const char *names = "gen m time";
    int experiment = input_byte(d->in);
    uint64_t value, size;

    if (experiment < 0)
        return fail(d, INPUT_END);
    fprintf(d->out, " exp=%d", experiment);
    while (*names) {
        if (!argument(d, &names, &value))
            return false;
    }
    enum input_result got = input_varint(d->in, &size);
    if (got != INPUT_OK)
        return fail(d, got);
    end_line(d);
    return data(d, size);
}

static bool event(struct dump *d, int no)
{
    const struct event_spec *spec = event_spec((unsigned)no);
    uint64_t last = 0;

    if (!spec) {
        trace_error_set(d->err, TRACE_CORRUPT, d->event, "invalid event type: %d", no);
        return false;
    }
    fputs(spec->name, d->out);
    if (no == EV_EXPERIMENTAL_BATCH)
        return experimental_batch(d);
    if (!arguments(d, spec->args, &last))
        return false;
    end_line(d);
    if (no == EV_STRING)
        return string(d);
    return no != EV_STACK || frames(d, last);
}

bool wire_text_dump(FILE *out, struct input *in, bool offsets, struct trace_error *err)
{
    struct dump d = {.out = out, .in = in, .offsets = offsets, .err = err};
    enum trace_version version = batch_read_version(in, err);

    if (!version)
        return false;
    fprintf(out, "Trace Go1.%d\n", version);
    for (;;) {
        d.event = input_offset(in);
        int no = input_byte(in);
        if (no < 0)
            return !in->failed || fail(&d, INPUT_END);
        if (!event(&d, no)) {
            fputc('\n', out);
            return false;
        }
    }
}

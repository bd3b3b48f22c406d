#include "grader/reader/batch.h"

#include <inttypes.h>
#include <string.h>

/* The input ended where more was due: a truncated file, unless the system could not read it. */
static void ended(struct input *in, struct trace_error *err, const char *what)
{
    if (in->failed)
        trace_error_set(err, TRACE_UNREADABLE, input_offset(in), "%s", strerror(in->failed));
    else
        trace_error_set(err, TRACE_TRUNCATED, input_offset(in), "%s", what);
}

/* Takes "go 1.NN trace" and three zero bytes apart; 0 if it is nothing of the kind. */
static unsigned header_number(const char *header)
{
    unsigned number = 0;
    int i = 5, digits = 0;

    if (memcmp(header, "go 1.", 5) != 0)
        return 0;
    for (; header[i] >= '0' && header[i] <= '9' && digits < 3; i++, digits++)
        number = number * 10 + (unsigned)(header[i] - '0');
    size_t rest = (size_t)(TRACE_HEADER_BYTES - i);
    static const char tail[TRACE_HEADER_BYTES] = " trace";
    return digits && memcmp(header + i, tail, rest) == 0 ? number : 0;
}

static bool starts_like_header(const char *bytes, size_t n)
{
    static const char start[] = "go 1.";

    return memcmp(bytes, start, n < 5 ? n : 5) == 0;
}

static enum trace_version refuse_version(unsigned number, struct trace_error *err)
{
    trace_error_set(err, TRACE_UNSUPPORTED, 0, "go 1.%u; versions read: 1.22, 1.23, 1.25, 1.26", number);
    if (number < TRACE_GO_22)
        trace_error_note(err, "Go releases before 1.22 write another format");
    else if (number > TRACE_GO_26)
        trace_error_note(err, "Go 1.22 to 1.27 write the versions named above");
    return 0;
}

enum trace_version batch_read_version(struct input *in, struct trace_error *err)
{
    char header[TRACE_HEADER_BYTES];
    size_t n = input_read(in, header, sizeof(header));

    if (n < sizeof(header) && (in->failed || starts_like_header(header, n))) {
        ended(in, err, n ? "the file ends inside its 16-byte header" : "the file is empty");
        return 0;
    }
    unsigned number = n < sizeof(header) ? 0 : header_number(header);
    switch (number) {
    case 0:
        trace_error_set(err, TRACE_NOT_A_TRACE, 0, "the first 16 bytes are not \"go 1.NN trace\" and zeros");
        return 0;
    case TRACE_GO_22:
    case TRACE_GO_23:
    case TRACE_GO_25:
    case TRACE_GO_26:
        return (enum trace_version)number;
    default:
        return refuse_version(number, err);
    }
}

static bool header_field(struct input *in, const struct batch_header *h, const char *name, uint64_t *value,
                         struct trace_error *err)
{
    switch (input_varint(in, value)) {
    case INPUT_OK:
        return true;
    case INPUT_END:
        ended(in, err, "the file ends inside a batch header");
        trace_error_note(err, "the batch begins at 0x%" PRIx64, h->offset);
        return false;
    default:
        trace_error_set(err, TRACE_CORRUPT, h->offset, "error reading batch %s: varint does not fit 64 bits",
                        name);
        return false;
    }
}

static bool header_fields(struct input *in, struct batch_header *h, struct trace_error *err)
{
    uint64_t size;

    if (!header_field(in, h, "gen", &h->generation, err) || !header_field(in, h, "M ID", &h->thread, err) ||
        !header_field(in, h, "timestamp", &h->time, err) || !header_field(in, h, "size", &size, err))
        return false;
    if (size > TRACE_MAX_BATCH) {
        trace_error_set(err, TRACE_CORRUPT, h->offset, "invalid batch size %" PRIu64 ", maximum is %d", size,
                        TRACE_MAX_BATCH);
        return false;
    }
    h->size = (uint32_t)size;
    h->data = input_offset(in);
    return true;
}

enum batch_result batch_read_header(struct input *in, enum trace_version version, struct batch_header *h,
                                    struct trace_error *err)
{
    *h = (struct batch_header){.offset = input_offset(in)};
    int type = input_byte(in);

    if (type < 0 && !in->failed)
        return BATCH_END;
    if (type < 0) {
        ended(in, err, "");
        return BATCH_FAILED;
    }
    if (type == EV_END_OF_GENERATION && version >= TRACE_GO_26)
        return BATCH_MARK;
    if (type != EV_EVENT_BATCH && type != EV_EXPERIMENTAL_BATCH) {
        trace_error_set(err, TRACE_CORRUPT, h->offset, "expected batch event, got event %d", type);
        return BATCH_FAILED;
    }
    if (type == EV_EXPERIMENTAL_BATCH) {
        int experiment = input_byte(in);
        if (experiment < 0) {
            ended(in, err, "the file ends inside a batch header");
            return BATCH_FAILED;
        }
        h->experiment = (uint8_t)experiment;
        h->experimental = true;
    }
    return header_fields(in, h, err) ? BATCH_HEADER : BATCH_FAILED;
}

bool batch_read_data(struct input *in, const struct batch_header *h, void *to, struct trace_error *err)
{
    size_t n = input_read(in, to, h->size);

    if (n == h->size)
        return true;
    ended(in, err, "the file ends inside a batch");
    trace_error_note(err, "failed to read full batch: read %zu but wanted %" PRIu32, n, h->size);
    trace_error_note(err, "the batch begins at 0x%" PRIx64, h->offset);
    return false;
}

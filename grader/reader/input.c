#include "grader/reader/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "format/varint.h"

bool input_open_file(struct input *in, const char *path)
{
    *in = (struct input){.file = fopen(path, "rb")};
    if (!in->file)
        return false;
    in->buffer = xmalloc(INPUT_BUFFER);
    in->start = in->at = in->end = in->buffer;
    return true;
}

void input_open_memory(struct input *in, const void *bytes, size_t length)
{
    const uint8_t *start = length ? bytes : (const uint8_t *)"";

    *in = (struct input){.start = start, .at = start, .end = start + length};
}

void input_close(struct input *in)
{
    if (in->file)
        fclose(in->file);
    free(in->buffer);
    *in = (struct input){0};
}

uint64_t input_offset(const struct input *in)
{
    return in->passed + (uint64_t)(in->at - in->start);
}

/* Called with all bytes consumed; false at the end of input. */
static bool refill(struct input *in)
{
    if (!in->file)
        return false;
    in->passed += (uint64_t)(in->end - in->start);
    size_t n = fread(in->buffer, 1, INPUT_BUFFER, in->file);
    if (n == 0 && ferror(in->file))
        in->failed = errno ? errno : EIO;
    in->at = in->buffer;
    in->end = in->buffer + n;
    return n > 0;
}

int input_byte(struct input *in)
{
    if (in->at == in->end && !refill(in))
        return -1;
    return *in->at++;
}

enum input_result input_varint(struct input *in, uint64_t *value)
{
    uint8_t bytes[VARINT_MAX_BYTES];
    size_t n = 0;

    for (;;) {
        int b = input_byte(in);
        if (b < 0)
            return INPUT_END;
        bytes[n++] = (uint8_t)b;
        if (b < 0x80 || n == VARINT_MAX_BYTES)
            break;
    }
    return varint_get(bytes, bytes + n, value) > 0 ? INPUT_OK : INPUT_OVERFLOW;
}

size_t input_read(struct input *in, void *to, size_t length)
{
    size_t done = 0;

    while (done < length) {
        if (in->at == in->end && !refill(in))
            break;
        size_t n = (size_t)(in->end - in->at);
        if (n > length - done)
            n = length - done;
        memcpy((uint8_t *)to + done, in->at, n);
        in->at += n;
        done += n;
    }
    return done;
}

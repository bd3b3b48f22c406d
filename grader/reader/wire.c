#include "grader/reader/wire.h"

#include "format/varint.h"

/* Most arguments are one byte long. */
static inline int take(const uint8_t *at, const uint8_t *end, uint64_t *v)
{
    if (at < end && *at < 0x80) {
        *v = *at;
        return 1;
    }
    return varint_get(at, end, v);
}

size_t wire_decode(const uint8_t *at, const uint8_t *end, struct wire_event *w, const char **problem)
{
    const uint8_t *start = at;

    w->no = (enum event_no) * at++;
    w->spec = event_spec(w->no);
    if (!w->spec) {
        *problem = "found invalid event type: %u";
        return 0;
    }
    if (!w->spec->timed) {
        *problem = "found event without a timestamp: type=%u";
        return 0;
    }
    for (int i = 0; i < w->spec->argc; i++) {
        int n = take(at, end, &w->arg[i]);
        if (n <= 0) {
            *problem =
                i ? "found invalid uvarint in event %u" : "found invalid uvarint for timestamp of event %u";
            return 0;
        }
        at += n;
    }
    return (size_t)(at - start);
}

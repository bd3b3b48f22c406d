#include "format/events.h"

#include <string.h>

/* clang-format off */
static const struct event_spec specs[EVENT_NUMBERS] = {
#define EVENT(no, symbol, event_name, event_args, count, version) \
    [no] = {.name = event_name, .args = event_args, .argc = count, .since = version},
    STRUCTURAL_EVENTS(EVENT)
#undef EVENT
#define EVENT(no, symbol, event_name, event_args, count, stk, new_stk, str, strs, version) \
    [no] = {.name = event_name, .args = event_args, .argc = count, .stack = stk, \
            .new_stack = new_stk, .string = str, .strings = strs, .since = version, .timed = true},
    TIMED_EVENTS(EVENT)
#undef EVENT
};
/* clang-format on */

const struct event_spec *event_spec(unsigned no)
{
    if (no >= EVENT_NUMBERS || !specs[no].name)
        return NULL;
    return &specs[no];
}

enum event_no event_find(const char *name, size_t length)
{
    for (unsigned no = 0; no < EVENT_NUMBERS; no++) {
        const char *candidate = specs[no].name;
        if (candidate && strlen(candidate) == length && memcmp(candidate, name, length) == 0)
            return (enum event_no)no;
    }
    return EV_NONE;
}

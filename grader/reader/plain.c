#include "grader/reader/plain.h"

#include <stdbool.h>

#include "base/utf8.h"

size_t plain_char(const char *text, size_t len)
{
    struct utf8 c = utf8_decode(text, len);

    return utf8_is_control(c.code) ? 0 : c.len;
}

static bool is_ascii(char c)
{
    return c >= ' ' && c < 0x7f;
}

void plain_make(char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t n = is_ascii(text[i]) ? 1 : plain_char(text + i, len - i);

        if (n == 0)
            text[i] = '?';
        i += n ? n : 1;
    }
}

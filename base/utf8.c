#include "base/utf8.h"

struct utf8 utf8_decode(const char *text, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* of a form this long */
    unsigned char first = (unsigned char)text[0];
    size_t n = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    struct utf8 bad = {0, 0}, c = {first, n};

    if (n == 1)
        return c;
    if (n == 0 || n > len || first > 0xf4)
        return bad;
    c.code = first & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if (!utf8_continues(text[i]))
            return bad;
        c.code = c.code << 6 | ((unsigned char)text[i] & 0x3fu);
    }
    if (c.code < least[n] || c.code > 0x10ffff || (c.code >= 0xd800 && c.code <= 0xdfff))
        return bad;
    return c;
}

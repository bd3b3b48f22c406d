#include "base/suggest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LONGEST 63 /* longer texts are no names, and nobody's typo */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Three rows of the usual table: a swap of neighbours looks two rows back. */
size_t suggest_distance(const char *a, const char *b, size_t limit)
{
    size_t rows[3][LONGEST + 1];
    size_t alen = strlen(a), blen = strlen(b);
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    if (alen > LONGEST || blen > LONGEST)
        return limit + 1;
    for (size_t j = 0; j <= blen; j++)
        above[j] = j;
    for (size_t i = 1; i <= alen; i++) {
        size_t *spare = before;

        row[0] = i;
        for (size_t j = 1; j <= blen; j++) {
            char x = lower(a[i - 1]), y = lower(b[j - 1]);

            row[j] = least(above[j - 1] + (x != y), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y)
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
        row = spare;
    }
    return above[blen] > limit ? limit + 1 : above[blen];
}

const char *suggest_nearest(const char *typed, const char *const *names, size_t count)
{
    size_t best = (strlen(typed) + 1) / 3 + 1; /* one more than is near enough */
    const char *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t distance = suggest_distance(typed, names[i], best);

        if (distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

const char *suggest_text(char out[SUGGEST_MAX], const char *typed, const char *const *names, size_t count)
{
    const char *nearest = suggest_nearest(typed, names, count);

    out[0] = '\0';
    if (nearest)
        snprintf(out, SUGGEST_MAX, "; did you mean '%s'?", nearest);
    return out;
}

void suggest_add(struct strbuf *message, const char *typed, const char *const *names, size_t count)
{
    char suggestion[SUGGEST_MAX];

    strbuf_add(message, suggest_text(suggestion, typed, names, count));
    for (size_t i = 0; !*suggestion && i < count; i++)
        strbuf_addf(message, "%s%s", i ? ", " : "; expected one of: ", names[i]);
}

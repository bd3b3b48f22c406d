/* Did you mean ...? The nearest of a list of names by Damerau-Levenshtein distance (a letter added,
 * dropped, changed, or two neighbours swapped count one each), if it is near enough to be a typo. */
#pragma once

#include <stddef.h>

#include "base/strbuf.h"

/* The nearest name, the first of several equally near, upper and lower case being the same; NULL if
 * none is near enough: one edit for two to four letters typed, two for five to seven, and so on. */
const char *suggest_nearest(const char *typed, const char *const *names, size_t count);

/* Room for a suggestion: `char s[SUGGEST_MAX]`. */
#define SUGGEST_MAX 96

/* Fills `out` with "; did you mean 'lock'?" or "" and returns it, to be put at a message's end. */
const char *suggest_text(char out[SUGGEST_MAX], const char *typed, const char *const *names, size_t count);

/* Adds such a suggestion to a message, or, if none is near, "; expected one of: lock, unlock". */
void suggest_add(struct strbuf *message, const char *typed, const char *const *names, size_t count);

/* The edit distance of two texts, no further than `limit` (then limit + 1). */
size_t suggest_distance(const char *a, const char *b, size_t limit);

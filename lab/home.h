/* home.h: where the kit is on disk: the folder that holds scenarios/, exercises/, solutions/ and store/. */
#pragma once

#include <stdbool.h>

#include "base/strbuf.h"

struct home {
    char *root; /* ended by no slash */
};

/* $TRACELAB_HOME, or the nearest folder upwards from here with scenarios/ in it, or the program's own.
 * False after writing into `err` what was looked for. */
bool home_find(struct home *h, struct strbuf *err);
void home_release(struct home *h);

/* root/a/b/c..., up to the first NULL; malloc'ed. As short as possible: relative to the present folder
 * when that is the root. */
char *home_path(const struct home *h, const char *a, ...) __attribute__((sentinel));

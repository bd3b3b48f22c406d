#include "lab/home.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

static bool holds_labs(const char *folder)
{
    struct strbuf b = STRBUF_INIT;

    strbuf_addf(&b, "%s/scenarios", folder);
    bool yes = io_exists(b.text);

    strbuf_release(&b);
    return yes;
}

/* The folder itself or one above it; cut off step by step. */
static bool upwards(char *folder)
{
    for (;;) {
        if (holds_labs(*folder ? folder : "/"))
            return true;
        char *slash = strrchr(folder, '/');

        if (!slash)
            return false;
        *slash = '\0';
    }
}

bool home_find(struct home *h, struct strbuf *err)
{
    const char *given = getenv("TRACELAB_HOME");
    char here[PATH_MAX];

    h->root = NULL;
    if (given && *given) {
        if (!holds_labs(given)) {
            strbuf_addf(err, "TRACELAB_HOME is '%s', which has no folder scenarios", given);
            return false;
        }
        h->root = xstrdup(given);
        return true;
    }
    if (getcwd(here, sizeof here)) {
        if (holds_labs(here)) {
            h->root = xstrdup(".");
            return true;
        }
        if (upwards(here)) {
            h->root = xstrdup(here);
            return true;
        }
    }
    ssize_t n = readlink("/proc/self/exe", here, sizeof here - 1);

    if (n > 0) {
        here[n] = '\0';
        if (upwards(here)) {
            h->root = xstrdup(here);
            return true;
        }
    }
    strbuf_add(err, "cannot find the labs: no folder scenarios here or above; "
                    "go to the kit's folder or set TRACELAB_HOME to it");
    return false;
}

void home_release(struct home *h)
{
    free(h->root);
    h->root = NULL;
}

char *home_path(const struct home *h, const char *a, ...)
{
    struct strbuf b = STRBUF_INIT;
    va_list args;

    if (strcmp(h->root, ".") != 0)
        strbuf_addf(&b, "%s/", h->root);
    strbuf_add(&b, a);
    va_start(args, a);
    for (const char *part; (part = va_arg(args, const char *));)
        strbuf_addf(&b, "/%s", part);
    va_end(args);
    return strbuf_take(&b);
}

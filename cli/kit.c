#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "base/units.h"
#include "cli/commands.h"
#include "format/program.h"
#include "lab/store.h"

#define LINE_WIDTH 96

bool kit_find(struct home *home)
{
    struct strbuf err = STRBUF_INIT;
    bool ok = home_find(home, &err);

    if (!ok)
        fprintf(stderr, "tracelab: %s\n", err.text);
    strbuf_release(&err);
    return ok;
}

void kit_complain(struct diags *d)
{
    if (d->len)
        fflush(stdout); /* what was said before stands before */
    diags_print(d, stderr, use_color(STDERR_FILENO));
    diags_release(d);
}

/* The lab that begins so or, as for every name, the nearest. */
static const char *suggest_lab(char hint[SUGGEST_MAX], const char *name, const struct lab_names *labs)
{
    for (size_t i = 0; i < labs->n; i++)
        if (*name && strncmp(labs->names[i], name, strlen(name)) == 0)
            return suggest_text(hint, labs->names[i], (const char *const *)labs->names, labs->n);
    return suggest_text(hint, name, (const char *const *)labs->names, labs->n);
}

static bool is_known(const struct home *home, const char *name)
{
    struct lab_names labs;
    char hint[SUGGEST_MAX];
    bool found = false;

    lab_names_read(&labs, home);
    for (size_t i = 0; i < labs.n; i++)
        found |= strcmp(labs.names[i], name) == 0;
    if (!found)
        fprintf(stderr, "tracelab: no lab is called '%s'%s (" PROGRAM " list shows them)\n", name,
                suggest_lab(hint, name, &labs));
    lab_names_release(&labs);
    return found;
}

bool kit_lab(struct lab *lab, const struct home *home, const char *name)
{
    struct diags d = DIAGS_INIT;

    if (!is_known(home, name))
        return false;
    bool ok = lab_open(lab, home, name, &d);

    kit_complain(&d);
    if (!ok)
        lab_close(lab);
    return ok;
}

/* The first lab of the path that is not passed; NULL if all are. */
static char *pending_lab(const struct home *home)
{
    struct lab_names labs;
    struct progress p;
    char *found = NULL;

    lab_names_read(&labs, home);
    for (size_t i = 0; i < labs.n && !found; i++) {
        progress_read(home, labs.names[i], &p);
        if (p.state != PROGRESS_PASSED)
            found = xstrdup(labs.names[i]);
    }
    lab_names_release(&labs);
    return found;
}

bool kit_all_passed(const struct home *home)
{
    char *pending = pending_lab(home);

    free(pending);
    return !pending;
}

char *kit_lab_name(const struct home *home, const char *name)
{
    if (name)
        return is_known(home, name) ? xstrdup(name) : NULL;
    char *found = pending_lab(home);

    if (!found)
        fprintf(stderr, "tracelab: every lab is passed; which one? (" PROGRAM " list shows them)\n");
    return found;
}

bool kit_workload(struct workload *w, const struct lab *lab, char *path)
{
    struct diags d = DIAGS_INIT;
    bool ok = workload_open(w, lab, path, &d);

    kit_complain(&d);
    if (!ok)
        workload_close(w);
    return ok;
}

char *kit_exercise(const struct home *home, const char *lab)
{
    return home_path(home, "exercises", lab, "workload.yaml", NULL);
}

char *kit_mine(const struct home *home, const char *lab, const char *instead)
{
    char *file = instead ? xstrdup(instead) : kit_exercise(home, lab);

    if (instead || io_exists(file))
        return file;
    fprintf(stderr, "tracelab: %s is missing (" PROGRAM " reset %s brings the starter back)\n", file, lab);
    free(file);
    return NULL;
}

void kit_print_wrapped(const char *text, int indent)
{
    int column = 0;

    for (const char *word = text + strspn(text, " \n"); *word; word += strspn(word, " \n")) {
        int n = (int)strcspn(word, " \n");

        if (column && column + 1 + n > LINE_WIDTH) {
            printf("\n");
            column = 0;
        }
        column += printf("%*s%.*s", column ? 1 : indent, "", n, word);
        word += n;
    }
    if (column)
        printf("\n");
}

static int64_t clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void ticker_start(struct ticker *t, const char *what)
{
    *t = (struct ticker){.what = what, .since = clock_ms()};
}

static void show(struct ticker *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Over what was shown before, which may have been longer. */
static void show(struct ticker *t, const char *fmt, ...)
{
    int64_t now = clock_ms();
    char line[160];
    va_list args;

    if (!isatty(STDERR_FILENO) || now - t->since < 1000 || now - t->shown < 100)
        return;
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (n > t->width)
        t->width = n;
    t->shown = now;
    fprintf(stderr, "\r%-*s", t->width, line);
}

void ticker_count(void *ticker, size_t finished, size_t total)
{
    struct ticker *t = ticker;

    show(t, "%s: %zu of %zu schedules", t->what, finished, total);
}

void ticker_time(void *ticker, int64_t virtual_ns)
{
    struct ticker *t = ticker;
    char text[UNITS_MAX];

    show(t, "%s: at %s of virtual time", t->what, units_duration_text(text, virtual_ns));
}

void ticker_end(struct ticker *t)
{
    if (t->shown)
        fprintf(stderr, "\r%*s\r", t->width, "");
}

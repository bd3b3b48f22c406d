#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "base/units.h"
#include "cli/commands.h"
#include "lab/store.h"

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
    diags_print(d, stderr, use_color(STDERR_FILENO));
    diags_release(d);
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
        fprintf(stderr, "tracelab: no lab is called '%s'%s (tracelab list shows them)\n", name,
                suggest_text(hint, name, (const char *const *)labs.names, labs.n));
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

char *kit_lab_name(const struct home *home, const char *name)
{
    struct lab_names labs;
    struct progress p;
    char *found = NULL;

    if (name)
        return is_known(home, name) ? xstrdup(name) : NULL;
    lab_names_read(&labs, home);
    for (size_t i = 0; i < labs.n && !found; i++) {
        progress_read(home, labs.names[i], &p);
        if (p.state != PROGRESS_PASSED)
            found = xstrdup(labs.names[i]);
    }
    lab_names_release(&labs);
    if (!found)
        fprintf(stderr, "tracelab: every lab is passed; name the one you mean (tracelab list)\n");
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

static bool is_due(struct ticker *t)
{
    if (!isatty(STDERR_FILENO) || clock_ms() - t->since < 1000)
        return false;
    t->shown = true;
    return true;
}

void ticker_count(void *ticker, size_t finished, size_t total)
{
    struct ticker *t = ticker;

    if (is_due(t))
        fprintf(stderr, "\r%s: %zu of %zu schedules ", t->what, finished, total);
}

void ticker_time(void *ticker, int64_t virtual_ns)
{
    struct ticker *t = ticker;
    char text[UNITS_MAX];

    if (is_due(t))
        fprintf(stderr, "\r%s: at %s of virtual time  ", t->what, units_duration_text(text, virtual_ns));
}

void ticker_end(struct ticker *t)
{
    if (t->shown)
        fprintf(stderr, "\r%*s\r", (int)strlen(t->what) + 48, "");
}

#include "lab/store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/limits.h"

static const char *const state_names[] = {"pending", "tried", "passed"};

/* A line of the file, without its end. */
static bool parse_line(const char *line, struct progress *p)
{
    char state[16];
    long long points, attempts, hints;
    int used = 0;

    if (sscanf(line, "%*s %15s %lld %lld %lld%n", state, &points, &attempts, &hints, &used) < 4)
        return false;
    *p = (struct progress){.points = points, .attempts = attempts, .hints = hints};
    for (int i = 0; i < 3; i++)
        if (strcmp(state_names[i], state) == 0)
            p->state = (enum progress_state)i;
    snprintf(p->reason, sizeof p->reason, "%s", line[used] == ' ' ? line + used + 1 : "");
    return true;
}

static bool is_about(const char *line, const char *lab)
{
    size_t n = strlen(lab);

    return strncmp(line, lab, n) == 0 && line[n] == ' ';
}

/* Cuts the next line off *text; NULL at the end. */
static char *next_line(char **text)
{
    char *line = *text;

    if (!line || !*line)
        return NULL;
    size_t n = strcspn(line, "\n");

    *text = line + n + (line[n] != '\0');
    line[n] = '\0';
    return line;
}

/* *text is NULL if there is no such file yet. */
static bool read_all(const struct home *home, char **text, struct strbuf *err)
{
    char *path = home_path(home, "store", "progress", NULL);
    size_t len;

    *text = NULL;
    bool ok = !io_exists(path) || io_read(path, LIMIT_YAML_BYTES, text, &len, err);

    free(path);
    return ok;
}

void progress_read(const struct home *home, const char *lab, struct progress *p)
{
    struct strbuf err = STRBUF_INIT;
    struct progress found;
    char *text;

    *p = (struct progress){0};
    read_all(home, &text, &err);
    char *rest = text;

    for (char *line; (line = next_line(&rest));)
        if (is_about(line, lab) && parse_line(line, &found))
            *p = found;
    strbuf_release(&err);
    free(text);
}

static void add_line(struct strbuf *b, const char *lab, const struct progress *p)
{
    strbuf_addf(b, "%s %s %lld %lld %lld%s%s\n", lab, state_names[p->state], (long long)p->points,
                (long long)p->attempts, (long long)p->hints, *p->reason ? " " : "", p->reason);
}

bool progress_write(const struct home *home, const char *lab, const struct progress *p, struct strbuf *err)
{
    char *text;

    if (!read_all(home, &text, err))
        return false; /* rather than lose what is in it */
    char *rest = text;
    char *folder = home_path(home, "store", NULL);
    char *path = home_path(home, "store", "progress", NULL);
    struct strbuf b = STRBUF_INIT;

    for (char *line; (line = next_line(&rest));)
        if (!is_about(line, lab))
            strbuf_addf(&b, "%s\n", line);
    add_line(&b, lab, p);
    bool ok = io_mkdirs(folder, err) && io_write(path, b.text, b.len, err);

    strbuf_release(&b);
    free(path);
    free(folder);
    free(text);
    return ok;
}

char *store_folder(const struct home *home, const char *lab, const char *kind, struct strbuf *err)
{
    char *folder = home_path(home, "store", lab, NULL);
    bool ok = io_mkdirs(folder, err);

    free(folder);
    for (int n = 1; ok && n < 1000000; n++) {
        char name[64];

        snprintf(name, sizeof name, "%s%d", kind, n);
        char *path = home_path(home, "store", lab, name, NULL);

        if (mkdir(path, 0777) == 0)
            return path;
        if (errno != EEXIST) {
            strbuf_addf(err, "cannot make folder '%s': %s", path, strerror(errno));
            ok = false;
        }
        free(path);
    }
    return NULL;
}

void store_discard(const char *folder)
{
    DIR *d = opendir(folder);

    for (struct dirent *e; d && (e = readdir(d));) {
        struct strbuf path = STRBUF_INIT;

        strbuf_addf(&path, "%s/%s", folder, e->d_name);
        unlink(path.text); /* not `.` and `..`, which are folders */
        strbuf_release(&path);
    }
    if (d)
        closedir(d);
    rmdir(folder);
}

void store_prune(const char *newest)
{
    size_t stem = strlen(newest);
    struct strbuf old = STRBUF_INIT;

    while (stem > 0 && newest[stem - 1] >= '0' && newest[stem - 1] <= '9')
        stem--;
    strbuf_addn(&old, newest, stem);
    strbuf_addf(&old, "%d", atoi(newest + stem) - STORE_TRIALS);
    store_discard(old.text);
    strbuf_release(&old);
}

bool store_latest(const struct home *home, const char *lab, const char *attempt, struct strbuf *err)
{
    const char *slash = strrchr(attempt, '/');
    char *path = home_path(home, "store", lab, "latest", NULL);
    char *temp = home_path(home, "store", lab, ".latest", NULL);

    unlink(temp);
    bool ok = symlink(slash ? slash + 1 : attempt, temp) == 0 && rename(temp, path) == 0;

    if (!ok)
        strbuf_addf(err, "cannot make the link '%s': %s", path, strerror(errno));
    free(temp);
    free(path);
    return ok;
}

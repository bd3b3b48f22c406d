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

static bool parse_line(const char *line, char name[128], struct progress *p)
{
    char state[16];
    long long points, attempts, hints;
    int used = 0;

    if (sscanf(line, "%127s %15s %lld %lld %lld %n", name, state, &points, &attempts, &hints, &used) < 5)
        return false;
    *p = (struct progress){.points = points, .attempts = attempts, .hints = hints};
    for (int i = 0; i < 3; i++)
        if (strcmp(state_names[i], state) == 0)
            p->state = (enum progress_state)i;
    size_t n = strcspn(line + used, "\n");

    snprintf(p->reason, sizeof p->reason, "%.*s", (int)n, line + used);
    return true;
}

static char *read_all(const struct home *home)
{
    char *path = home_path(home, "store", "progress", NULL);
    struct strbuf err = STRBUF_INIT;
    char *text = NULL;
    size_t len;

    if (!io_read(path, LIMIT_YAML_BYTES, &text, &len, &err))
        text = NULL;
    strbuf_release(&err);
    free(path);
    return text;
}

void progress_read(const struct home *home, const char *lab, struct progress *p)
{
    char *text = read_all(home);
    char name[128];
    struct progress found;

    *p = (struct progress){0};
    for (char *line = text; line && *line;) {
        char *end = strchr(line, '\n');

        if (parse_line(line, name, &found) && strcmp(name, lab) == 0)
            *p = found;
        line = end ? end + 1 : NULL;
    }
    free(text);
}

static void add_line(struct strbuf *b, const char *lab, const struct progress *p)
{
    strbuf_addf(b, "%s %s %lld %lld %lld%s%s\n", lab, state_names[p->state], (long long)p->points,
                (long long)p->attempts, (long long)p->hints, *p->reason ? " " : "", p->reason);
}

bool progress_write(const struct home *home, const char *lab, const struct progress *p, struct strbuf *err)
{
    char *text = read_all(home);
    char *folder = home_path(home, "store", NULL);
    char *path = home_path(home, "store", "progress", NULL);
    struct strbuf b = STRBUF_INIT;
    char name[128];
    struct progress other;

    for (char *line = text; line && *line;) {
        char *end = strchr(line, '\n');

        if (parse_line(line, name, &other) && strcmp(name, lab) != 0)
            add_line(&b, name, &other);
        line = end ? end + 1 : NULL;
    }
    add_line(&b, lab, p);
    bool ok = io_mkdirs(folder, err) && io_write(path, b.text, b.len, err);

    strbuf_release(&b);
    free(path);
    free(folder);
    free(text);
    return ok;
}

char *store_attempt(const struct home *home, const char *lab, struct strbuf *err)
{
    char *folder = home_path(home, "store", lab, NULL);
    bool ok = io_mkdirs(folder, err);

    free(folder);
    for (int n = 1; ok && n < 1000000; n++) {
        char number[16];

        snprintf(number, sizeof number, "%d", n);
        char *path = home_path(home, "store", lab, number, NULL);

        if (mkdir(path, 0777) == 0)
            return path;
        if (errno != EEXIST) {
            strbuf_addf(err, "cannot make '%s': %s", path, strerror(errno));
            ok = false;
        }
        free(path);
    }
    return NULL;
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

void store_empty(const char *folder)
{
    DIR *dir = opendir(folder);

    for (struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(dir), e->d_name, 0);
    if (dir)
        closedir(dir);
}

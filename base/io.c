#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"

#define TEMP_NAMES 100 /* leftovers of killed runs with our process id; there is hardly ever one */

static bool complain(struct strbuf *err, const char *doing, const char *path)
{
    strbuf_addf(err, "cannot %s '%s': %s", doing, path, strerror(errno));
    return false;
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool too_large(struct strbuf *err, const char *path, size_t limit)
{
    char size[UNITS_MAX];

    strbuf_addf(err, "cannot read '%s': it is larger than %s", path, units_size_text(size, (int64_t)limit));
    return false;
}

/* Up to limit + 1 bytes, so that the caller sees when there are too many. */
static bool read_bytes(int fd, size_t limit, struct strbuf *content)
{
    char chunk[1 << 16];

    while (content->len <= limit) {
        ssize_t n = read(fd, chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        strbuf_addn(content, chunk, (size_t)n);
    }
    return true;
}

bool io_read(const char *path, size_t limit, char **data, size_t *len, struct strbuf *err)
{
    struct strbuf content = STRBUF_INIT;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good;

    if (fd < 0)
        return complain(err, "read", path);
    good = read_bytes(fd, limit, &content);
    if (!good)
        complain(err, "read", path);
    else if (content.len > limit)
        good = too_large(err, path, limit);
    close(fd);
    *len = content.len;
    if (good)
        *data = strbuf_take(&content);
    strbuf_release(&content);
    return good;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* A device or a pipe is written to as it is: a rename would replace it. */
static bool is_special(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* The i-th name beside `path`; malloc'ed. */
static char *name_beside(const char *path, int i)
{
    struct strbuf name = STRBUF_INIT;

    strbuf_addf(&name, "%s.tmp-%ld-%d", path, (long)getpid(), i);
    return strbuf_take(&name);
}

#define OWN_FILES "/proc/self/fd" /* through which a nameless file can be given a name */

/* A new file beside `path` without a name, where there is such a thing; else -1. */
static int open_nameless(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct strbuf folder = STRBUF_INIT;
    int fd = -1;

    strbuf_addn(&folder, path, slash ? (size_t)(slash - path) : 0);
    strbuf_add(&folder, slash ? "/." : ".");
    if (access(OWN_FILES, X_OK) == 0)
        fd = open(folder.text, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
    strbuf_release(&folder);
    return fd;
}

/* A new file beside `path`; its name goes to *temp. */
static int open_beside(const char *path, char **temp)
{
    int fd = -1;

    for (int i = 0; i < TEMP_NAMES && fd < 0; i++) {
        *temp = name_beside(path, i);
        fd = open(*temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0)
            break;
        free(*temp);
        *temp = NULL;
        if (errno != EEXIST)
            break;
    }
    return fd;
}

/* Gives the nameless file a name beside its target. */
static bool name_it(struct io_output *o)
{
    char self[64];

    snprintf(self, sizeof self, OWN_FILES "/%d", fileno(o->file));
    for (int i = 0; i < TEMP_NAMES; i++) {
        o->temp = name_beside(o->target, i);
        if (linkat(AT_FDCWD, self, AT_FDCWD, o->temp, AT_SYMLINK_FOLLOW) == 0)
            return true;
        free(o->temp);
        o->temp = NULL;
        if (errno != EEXIST)
            break;
    }
    return false;
}

static void forget(struct io_output *o)
{
    free(o->path);
    free(o->target);
    free(o->temp);
    *o = (struct io_output){.path = NULL};
}

bool io_open(struct io_output *o, const char *path, struct strbuf *err)
{
    int fd;

    *o = (struct io_output){.path = xstrdup(path), .target = realpath(path, NULL)};
    if (!o->target) /* there is no such file yet */
        o->target = xstrdup(path);
    o->special = is_special(path);
    fd = o->special ? open(path, O_WRONLY | O_CLOEXEC) : open_nameless(o->target);
    o->nameless = fd >= 0 && !o->special;
    if (fd < 0 && !o->special)
        fd = open_beside(o->target, &o->temp);
    if (fd < 0) {
        complain(err, "write", path);
        forget(o);
        return false;
    }
    o->file = fdopen(fd, "wb");
    if (!o->file)
        mem_exhausted();
    return true;
}

void io_put(struct io_output *o, const void *data, size_t len)
{
    errno = EIO;
    if (len > 0 && fwrite(data, 1, len, o->file) != len && !o->error)
        o->error = errno;
}

bool io_commit(struct io_output *o, struct strbuf *err)
{
    bool good = fflush(o->file) == 0 && !o->error && (!o->nameless || name_it(o));
    int why = o->error ? o->error : errno;

    if (fclose(o->file) != 0 && good) {
        good = false;
        why = errno;
    }
    o->file = NULL;
    if (good && o->temp && rename(o->temp, o->target) != 0) {
        good = false;
        why = errno;
    }
    if (!good) {
        errno = why;
        complain(err, "write", o->path);
        if (o->temp)
            unlink(o->temp);
    }
    forget(o);
    return good;
}

void io_abandon(struct io_output *o)
{
    if (o->file)
        fclose(o->file);
    if (o->temp)
        unlink(o->temp);
    forget(o);
}

bool io_write(const char *path, const void *data, size_t len, struct strbuf *err)
{
    struct io_output o;

    if (!io_open(&o, path, err))
        return false;
    io_put(&o, data, len);
    return io_commit(&o, err);
}

/* ---- folders -------------------------------------------------------------------------------- */

static bool make_folder(const char *path)
{
    struct stat st;

    if (mkdir(path, 0777) == 0)
        return true;
    if (errno == EEXIST && stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        errno = ENOTDIR;
    else if (errno == EEXIST)
        return true;
    return false;
}

bool io_mkdirs(const char *path, struct strbuf *err)
{
    char *part = xstrdup(path);
    bool good = true;

    for (char *p = part + 1; good && *part; p++) {
        char c = *p;

        if (c != '/' && c != '\0')
            continue;
        *p = '\0';
        good = make_folder(part) || complain(err, "make folder", part);
        *p = c;
        if (c == '\0')
            break;
    }
    free(part);
    return good;
}

bool io_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Files, whole: read with a limit, written so that a reader sees the old or the new, never a half.
 *
 * Functions return true, or false with a message for the user in `err` (added to what it holds), such
 * as "cannot read 'a.yaml': No such file or directory".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/strbuf.h"

/* Reads a regular file (or a pipe) of at most `limit` bytes. *data is malloc'ed, data[len] is NUL. */
bool io_read(const char *path, size_t limit, char **data, size_t *len, struct strbuf *err);

/* Writes the file at once: under another name beside it, then renamed over it. */
bool io_write(const char *path, const void *data, size_t len, struct strbuf *err);

/* The same in pieces: put, then commit or abandon. A symbolic link stays one: what it points to is written. */
struct io_output {
    FILE *file;
    int error;           /* errno of the first put that failed */
    char *path;          /* as given */
    char *target, *temp; /* what it stands for; what will be renamed to it, NULL while nameless or special */
    bool special;        /* a device or a pipe, written to as it is */
    bool nameless;       /* until the commit: nothing is left behind, whatever ends the program */
};
bool io_open(struct io_output *o, const char *path, struct strbuf *err);

/* What cannot be written is told at the commit. */
void io_put(struct io_output *o, const void *data, size_t len);

/* Makes the file appear under its name; reports the first write that failed. The output is closed. */
bool io_commit(struct io_output *o, struct strbuf *err);

/* Forgets what was written and removes it. Nothing to do after a commit. */
void io_abandon(struct io_output *o);

/* Makes the folder and those above it that do not exist. */
bool io_mkdirs(const char *path, struct strbuf *err);

bool io_exists(const char *path);

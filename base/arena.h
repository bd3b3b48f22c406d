/* An arena: memory handed out piece by piece and freed at once.
 *
 * For things that are born together and die together, such as the tree of a file. Nothing in it is
 * freed alone. A zeroed struct is an empty arena; pieces never move.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes handed out of the newest block */
};

/* Frees everything that came from the arena; it may be used again. */
void arena_release(struct arena *a);

/* `size` zeroed bytes, aligned for any type; never NULL, also for size 0. */
void *arena_alloc(struct arena *a, size_t size);

/* `count` zeroed items of `size` bytes. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* Copies, always ended by a NUL; `len` bytes may hold NULs of their own. */
char *arena_strdup(struct arena *a, const char *text);
char *arena_strndup(struct arena *a, const char *text, size_t len);

char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

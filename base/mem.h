/* Memory that cannot fail, and a small growable array.
 *
 * Running out of memory ends the program here and nowhere else, so that no caller has an error
 * path for it. What these functions return is freed with free(3).
 *
 * A growable array is any struct with `data`, `len` and `cap`:
 *
 *     VEC(int) v = {0};
 *     vec_push(&v, 42);
 *     for (size_t i = 0; i < v.len; i++)
 *         use(v.data[i]);
 *     vec_free(&v);
 *
 * The array owns its memory, never what its items point to. A push may move the items.
 */
#pragma once

#include <stddef.h>
#include <stdlib.h>
#include <stdnoreturn.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* All of these return usable memory or do not return. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);
void *xmemdup(const void *data, size_t size);

/* Says so and ends the program, for libraries that report it instead. */
noreturn void mem_exhausted(void);

#define VEC(type)                                                                                            \
    struct {                                                                                                 \
        type *data;                                                                                          \
        size_t len, cap;                                                                                     \
    }

/* Appends `item`; evaluates `v` more than once. */
#define vec_push(v, item) (vec_reserve((v), 1), (v)->data[(v)->len] = (item), (void)(v)->len++)

/* Makes room for `more` further items, so that that many pushes do not move the data. */
#define vec_reserve(v, more)                                                                                 \
    ((v)->data = vec_grow((v)->data, &(v)->cap, (v)->len, (more), sizeof(*(v)->data)))

#define vec_last(v) ((v)->data[(v)->len - 1])

/* Removes the last item and yields it; the array must not be empty. */
#define vec_pop(v) ((v)->data[--(v)->len])

/* Forgets the items and keeps the memory. */
#define vec_clear(v) ((void)((v)->len = 0))

/* Releases the memory and leaves an empty array that may be used again. */
#define vec_free(v) (free((v)->data), (v)->data = NULL, (void)((v)->len = (v)->cap = 0))

/* Behind vec_reserve: returns `data`, moved if need be, with room for len + more items. */
void *vec_grow(void *data, size_t *cap, size_t len, size_t more, size_t item_size);

#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define STATUS_INTERNAL 4 /* the program's exit status for a failure of its own */

noreturn void mem_exhausted(void)
{
    fputs("out of memory\n", stderr);
    _Exit(STATUS_INTERNAL);
}

static void *checked(void *memory)
{
    if (!memory)
        mem_exhausted();
    return memory;
}

void *xmalloc(size_t size)
{
    return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    if (count == 0 || size == 0)
        count = size = 1;
    return checked(calloc(count, size));
}

void *xrealloc(void *old, size_t size)
{
    return checked(realloc(old, size ? size : 1));
}

void *xmemdup(const void *data, size_t size)
{
    void *copy = xmalloc(size);

    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *xstrdup(const char *text)
{
    return xmemdup(text, strlen(text) + 1);
}

void *vec_grow(void *data, size_t *cap, size_t len, size_t more, size_t item_size)
{
    size_t wanted = *cap ? *cap : 8;

    if (more <= *cap - len)
        return data;
    if (more > SIZE_MAX / 2 / item_size - len)
        mem_exhausted();
    while (wanted < len + more)
        wanted *= 2;
    *cap = wanted;
    return xrealloc(data, wanted * item_size);
}

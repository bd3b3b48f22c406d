#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"

#define BLOCK_MIN ((size_t)4 << 10)
#define BLOCK_MAX ((size_t)256 << 10)

struct arena_block {
    struct arena_block *older;
    size_t size;
    max_align_t data[];
};

void arena_release(struct arena *a)
{
    while (a->blocks) {
        struct arena_block *older = a->blocks->older;

        free(a->blocks);
        a->blocks = older;
    }
    a->used = 0;
}

static struct arena_block *new_block(size_t size)
{
    struct arena_block *block;

    if (size > SIZE_MAX / 2)
        mem_exhausted();
    block = xcalloc(1, sizeof(*block) + size);
    block->size = size;
    return block;
}

/* Blocks double, so that small arenas stay small and large ones have few blocks; and again until a piece
 * of at most BLOCK_MAX fits. */
static size_t next_size(const struct arena *a, size_t piece)
{
    size_t size = BLOCK_MIN;

    if (a->blocks)
        size = a->blocks->size >= BLOCK_MAX / 2 ? BLOCK_MAX : a->blocks->size * 2;
    while (size < piece)
        size *= 2;
    return size;
}

/* A piece too large for a block gets its own, behind the newest, whose rest stays in use. */
static void *alloc_large(struct arena *a, size_t size)
{
    struct arena_block *block = new_block(size);

    if (a->blocks) {
        block->older = a->blocks->older;
        a->blocks->older = block;
    } else {
        a->blocks = block;
        a->used = size;
    }
    return block->data;
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    void *piece;

    if (size > BLOCK_MAX / 4)
        return alloc_large(a, size);
    size = size ? (size + align - 1) / align * align : align;
    if (!a->blocks || a->used > a->blocks->size || size > a->blocks->size - a->used) {
        struct arena_block *block = new_block(next_size(a, size));

        block->older = a->blocks;
        a->blocks = block;
        a->used = 0;
    }
    piece = (char *)a->blocks->data + a->used;
    a->used += size;
    return piece;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        mem_exhausted();
    return arena_alloc(a, count * size);
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
    char *copy = arena_alloc(a, len + 1);

    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
    return arena_strndup(a, text, strlen(text));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list args)
{
    struct strbuf text = STRBUF_INIT;
    char *copy;

    strbuf_vaddf(&text, fmt, args);
    copy = arena_strndup(a, text.text, text.len);
    strbuf_release(&text);
    return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = arena_vprintf(a, fmt, args);
    va_end(args);
    return text;
}

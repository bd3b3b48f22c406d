#include "runtime/trace/sites.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hashmap.h"
#include "base/mem.h"
#include "runtime/sched/g.h"

struct path {
    struct site call; /* where the function was called */
    uint32_t depth;
};

struct sites {
    struct symbols symbols;
    VEC(struct path) paths;
    struct idmap index; /* call.path << 32 | call.pc to path */
};

static const struct {
    const char *func, *file;
} leaves[LEAF_COUNT] = {
#define LEAF(no, sym, kind, function, source) [no] = {function, source},
    LEAVES(LEAF)
#undef LEAF
};

struct sites *sites_new(const struct symbols *symbols)
{
    struct sites *s = xcalloc(1, sizeof(*s));

    if (symbols)
        s->symbols = *symbols;
    vec_push(&s->paths, (struct path){0});
    return s;
}

void sites_free(struct sites *s)
{
    if (!s)
        return;
    vec_free(&s->paths);
    idmap_release(&s->index);
    free(s);
}

uint32_t site_call(struct rt *rt, struct site call)
{
    struct sites *s = rt->sites;
    uint64_t key = (uint64_t)call.path << 32 | call.pc;
    uint64_t path;

    if (!s)
        return 0;
    uint32_t depth = s->paths.data[call.path].depth + 1;

    if (depth > SITES_MAX_DEPTH)
        return call.path;
    if (!idmap_get(&s->index, key, &path)) {
        path = s->paths.len;
        vec_push(&s->paths, ((struct path){.call = call, .depth = depth}));
        idmap_put(&s->index, key, path);
    }
    return (uint32_t)path;
}

static bool is_nowhere(const struct sites *s, struct site at)
{
    return !s || !s->symbols.frame || (at.path == 0 && at.pc == 0);
}

static struct frame code_frame(const struct sites *s, uint32_t pc)
{
    struct frame f = {.pc = SITE_CODE_PC(pc)};

    s->symbols.frame(s->symbols.context, pc, &f);
    return f;
}

/* The runtime's own sources are not there to be opened: all its frames are on line 1. */
static struct frame leaf_frame(enum leaf leaf)
{
    return (struct frame){SITE_LEAF_PC(leaf), leaves[leaf].func, leaves[leaf].file, 1};
}

size_t site_frames(const struct sites *s, struct site at, enum leaf leaf, enum leaf root,
                   struct frame *out, size_t max)
{
    size_t n = 0;

    if (leaf != LEAF_NONE && n < max)
        out[n++] = leaf_frame(leaf);
    if (!is_nowhere(s, at)) {
        for (; at.path != 0 && n < max; at = s->paths.data[at.path].call)
            out[n++] = code_frame(s, at.pc);
        if (n < max)
            out[n++] = code_frame(s, at.pc);
    }
    if (root != LEAF_NONE && root != leaf && n < max)
        out[n++] = leaf_frame(root);
    return n;
}

const char *site_text(const struct sites *s, struct site at, char *buf, size_t size)
{
    if (is_nowhere(s, at)) {
        snprintf(buf, size, "-");
    } else {
        struct frame f = code_frame(s, at.pc);

        snprintf(buf, size, "%s %s:%u", f.func, f.file, (unsigned)f.line);
    }
    return buf;
}

/* sites.h: call paths and symbols: from a place in a program to function, file and line.
 *
 * A call path is a chain of call instructions, interned once per simulation, so that a stack is
 * three numbers (path, pc, leaf) and needs no hashing of frames when an event is written. Path 0 is
 * the root.
 *
 *     main      workload.yaml:30   <- path 0
 *     handle    workload.yaml:14   <- path 1: called at {0, main's instruction}
 *     look_up   workload.yaml:7    <- path 2: called at {1, handle's instruction}
 *
 * Synthetic PCs are the same in all generations, runs and versions, because profile exporters key
 * frames by PC: a runtime function's is made of its leaf number, an instruction's of its index. */
#pragma once

#include <stddef.h>

#include "format/leaf.h"
#include "runtime/trace/types.h"

#define SITE_LEAF_PC(leaf) (UINT64_C(0x1000) + 16 * (uint64_t)(leaf))
#define SITE_CODE_PC(pc) (UINT64_C(0x100000) + (pc))

/* Calls deeper than this keep the last path, so that a stack is never longer than a trace allows
 * (128 frames) and never loses its outermost frame, which names the goroutine. */
#define SITES_MAX_DEPTH 120

struct rt;

struct frame {
    uint64_t pc;
    const char *func; /* borrowed from the symbols */
    const char *file; /* as the learner knows it, never absolute */
    uint32_t line;    /* from 1 */
};

/* Who can tell what an instruction is called: the program. Instructions are numbered from 1. What
 * `main` runs is in a function called "main.main", since readers name goroutine 1 after its
 * outermost frame. */
struct symbols {
    void *context;
    void (*frame)(void *context, uint32_t pc, struct frame *out); /* fills func, file, line */
};

/* Copies `symbols`, not what it refers to; NULL when no goroutine has a place. The caller frees. */
struct sites *sites_new(const struct symbols *symbols);
void sites_free(struct sites *s); /* NULL is fine */

/* The path of a function called at `call` (itself reached by its own path). Same arguments, same
 * number. 0 when rt->sites is NULL. */
uint32_t site_call(struct rt *rt, struct site call);

/* Writes the frames of a stack, leaf first, at most `max`; the number written. `root` is the
 * outermost frame of a native goroutine. Either may be LEAF_NONE; if both are the same, there is
 * one frame for both. */
size_t site_frames(const struct sites *s, struct site at, enum leaf leaf, enum leaf root,
                   struct frame *out, size_t max);

/* "handle workload.yaml:14", the innermost frame of the workload; "-" for nowhere. Into buf;
 * returns buf. */
const char *site_text(const struct sites *s, struct site at, char *buf, size_t size);

#include "grader/grade/verbs.h"

#include <string.h>

#include "grader/analysis/summary.h"

/* Leaves that our runtime writes: an allocation is seen where it helps the collector, a pool never. */
/* clang-format off */
static const struct verbs of_leaf[LEAF_COUNT] = {
    [LEAF_CHAN_SEND]     = {{"send", NULL}},
    [LEAF_CHAN_RECV]     = {{"recv", "range"}},
    [LEAF_CHAN_CLOSE]    = {{"close", NULL}},
    [LEAF_SELECT]        = {{"select", NULL}},
    [LEAF_MUTEX_LOCK]    = {{"lock", NULL}},
    [LEAF_MUTEX_UNLOCK]  = {{"unlock", NULL}},
    [LEAF_RW_RLOCK]      = {{"rlock", NULL}},
    [LEAF_RW_RUNLOCK]    = {{"runlock", NULL}},
    [LEAF_RW_LOCK]       = {{"lock", NULL}},
    [LEAF_RW_UNLOCK]     = {{"unlock", NULL}},
    [LEAF_WG_WAIT]       = {{"wait", NULL}},
    [LEAF_SEM_ACQUIRE]   = {{"acquire", NULL}},
    [LEAF_SEM_RELEASE]   = {{"release", NULL}},
    [LEAF_SLEEP]         = {{"sleep", NULL}},
    [LEAF_GOSCHED]       = {{"yield", NULL}},
    [LEAF_ASYNC_PREEMPT] = {{"cpu", NULL}},
    [LEAF_NET_READ]      = {{"net", NULL}},
    [LEAF_ACCEPT]        = {{"serve", NULL}},
    [LEAF_SERVE]         = {{"serve", NULL}},
    [LEAF_SYSCALL]       = {{"syscall", NULL}},
    [LEAF_GC_ASSIST]     = {{"alloc", NULL}},
    [LEAF_NEW_TASK]      = {{"task", "start_task"}},
    [LEAF_END_TASK]      = {{"end_task", NULL}},
    [LEAF_START_REGION]  = {{"region", "start_region"}},
    [LEAF_END_REGION]    = {{"end_region", NULL}},
    [LEAF_LOG]           = {{"log", NULL}},
};

const char *const trace_verbs[] = {
    "cpu", "alloc", "sleep", "yield", "net", "syscall", "go", "lock", "unlock", "rlock", "runlock",
    "acquire", "release", "wait", "send", "recv", "range", "close", "select", "task",
    "start_task", "end_task", "region", "start_region", "end_region", "log", "serve",
};
/* clang-format on */
const size_t trace_verb_count = ARRAY_LEN(trace_verbs);

static const char *const leaf_functions[LEAF_COUNT] = {
#define LEAF(no, sym, kind, func, file) [LEAF_##sym] = func,
    LEAVES(LEAF)
#undef LEAF
};

struct verbs stack_verbs(struct analysis *a, uint32_t stack)
{
    struct trace_stack s = reader_stack(a->reader, stack);

    for (uint32_t i = 0; i < s.count; i++) {
        const char *func = analysis_string(a, reader_frame(a->reader, s.frames[i]).func);

        for (size_t leaf = 1; leaf < LEAF_COUNT; leaf++)
            if (of_leaf[leaf].verb[0] && strcmp(leaf_functions[leaf], func) == 0)
                return of_leaf[leaf];
    }
    return (struct verbs){{NULL, NULL}};
}

struct verbs segment_verbs(struct analysis *a, const struct goroutine *g, size_t i)
{
    struct verbs at = stack_verbs(a, segment_stack(g, i));

    if (at.verb[0])
        return at;
    if (i == 0) /* no step of the goroutine itself: the one that started it */
        return (struct verbs){{"go", NULL}};
    return (struct verbs){{"cpu", NULL}};
}

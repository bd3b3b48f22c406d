/* categories.h: where a goroutine's time goes, in the words of Go's goroutine analysis.
 *
 * The same names stand in scenarios (`expect: category`), reports and verdicts. Go's own reason strings
 * are kept beneath each. `host wait` and `late readiness` are shown by no trace: they are the excess of
 * execution over the CPU time that was due, and of network block over the network time that was due. */
#pragma once

#include <stdbool.h>

/* clang-format off */
/*       symbol          name               what to look at first */
#define CATEGORIES(CATEGORY) \
    CATEGORY(EXECUTION,  "execution",       "a CPU profile: what it computes") \
    CATEGORY(SCHED_WAIT, "scheduler wait",  "who else wants a P, and GOMAXPROCS") \
    CATEGORY(SYNC,       "sync block",      "who holds what it waits for, and what that goroutine does meanwhile") \
    CATEGORY(NETWORK,    "network block",   "the other side, and how often it is asked") \
    CATEGORY(SYSCALL,    "syscall block",   "the disk, and how often it is asked") \
    CATEGORY(GC,         "gc assist",       "what it allocates") \
    CATEGORY(SLEEP,      "sleep",           "why it waits by the clock") \
    CATEGORY(OTHER,      "other",           "the reason in the trace") \
    CATEGORY(HOST_WAIT,  "host wait",       "GOMAXPROCS against the CPUs that there are") \
    CATEGORY(LATE,       "late readiness",  "busy Ps: nobody polls the network")
/* clang-format on */

enum category {
#define CATEGORY(symbol, name, hint) CAT_##symbol,
    CATEGORIES(CATEGORY)
#undef CATEGORY
    CATEGORY_COUNT,
    CAT_STATES = CAT_HOST_WAIT, /* the first so many partition a lifetime; the others are derived */
};

/* What a derived category is a part of; a state's own otherwise. */
static inline enum category category_whole(enum category c)
{
    return c == CAT_HOST_WAIT ? CAT_EXECUTION : c == CAT_LATE ? CAT_NETWORK : c;
}

extern const char *const category_names[CATEGORY_COUNT];
extern const char *const category_hints[CATEGORY_COUNT];

/* The category of Go's block reason, by its text. Texts of no known reason are CAT_OTHER. */
enum category category_of_reason(const char *text);

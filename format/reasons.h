/* reasons.h: the texts that Go's runtime puts into its traces: why a goroutine blocked or stopped, why
 * the world was stopped, how GC workers are labelled, and what the ranges are called.
 *
 * On the wire they are ordinary strings; here each has a symbol, so that the writer cannot misspell one
 * and the analysis can compare numbers. A reader meets other texts too (older and newer runtimes), hence
 * the find functions may answer "none". Source: Go 1.26, runtime/traceruntime.go and runtime2.go. */
#pragma once

#include <stddef.h>

/* clang-format off */
/* Why a goroutine waits (GoBlock).
 *      symbol                    text */
#define BLOCK_REASONS(REASON) \
    REASON(UNSPECIFIED,           "unspecified") \
    REASON(FOREVER,               "forever")                     /* select {}, nil channels: never ends */ \
    REASON(NETWORK,               "network")                     /* netpoll: sockets, pipes, deadlines */ \
    REASON(SELECT,                "select") \
    REASON(COND_WAIT,             "sync.(*Cond).Wait") \
    REASON(SYNC,                  "sync")                        /* semaphores: Mutex, RWMutex, WaitGroup */ \
    REASON(CHAN_SEND,             "chan send") \
    REASON(CHAN_RECEIVE,          "chan receive") \
    REASON(GC_MARK_ASSIST,        "GC mark assist wait for work") \
    REASON(GC_SWEEP,              "GC background sweeper wait") \
    REASON(SYSTEM_GOROUTINE,      "system goroutine wait")       /* the runtime's own goroutines, idle */ \
    REASON(PREEMPTED,             "preempted")                   /* suspended for a stack scan */ \
    REASON(DEBUG_CALL,            "wait for debug call") \
    REASON(UNTIL_GC_ENDS,         "wait until GC ends") \
    REASON(SLEEP,                 "sleep") \
    REASON(GC_WEAK_TO_STRONG,     "GC weak to strong wait") \
    REASON(SYNCTEST,              "synctest")

/* Why a goroutine that could go on gave way (GoStop). */
#define STOP_REASONS(REASON) \
    REASON(UNSPECIFIED,           "unspecified") \
    REASON(GOSCHED,               "runtime.Gosched") \
    REASON(PREEMPTED,             "preempted")                   /* its time slice was over */

/* Why the world was stopped (STWBegin). */
#define STW_KINDS(KIND) \
    KIND(UNKNOWN,                 "unknown") \
    KIND(GC_MARK_TERM,            "GC mark termination") \
    KIND(GC_SWEEP_TERM,           "GC sweep termination") \
    KIND(WRITE_HEAP_DUMP,         "write heap dump") \
    KIND(GOROUTINE_PROFILE,       "goroutine profile") \
    KIND(GOROUTINE_PROFILE_CLEAN, "goroutine profile cleanup") \
    KIND(ALL_STACK_TRACE,         "all goroutines stack trace") \
    KIND(READ_MEM_STATS,          "read mem stats") \
    KIND(ALL_THREADS_SYSCALL,     "AllThreadsSyscall") \
    KIND(GOMAXPROCS,              "GOMAXPROCS") \
    KIND(START_TRACE,             "start trace") \
    KIND(STOP_TRACE,              "stop trace") \
    KIND(TEST_COUNT_PAGES,        "CountPagesInUse (test)") \
    KIND(TEST_READ_METRICS,       "ReadMetricsSlow (test)") \
    KIND(TEST_READ_MEM_STATS,     "ReadMemStatsSlow (test)") \
    KIND(TEST_PAGE_CACHE,         "PageCachePagesLeaked (test)") \
    KIND(TEST_RESET_DEBUG_LOG,    "ResetDebugLog (test)")

/* How a GC worker is labelled right after it starts (GoLabel). */
#define GC_LABELS(LABEL) \
    LABEL(NOT_WORKER,             "Not worker")                  /* registered by Go, never emitted */ \
    LABEL(DEDICATED,              "GC (dedicated)") \
    LABEL(FRACTIONAL,             "GC (fractional)") \
    LABEL(IDLE,                   "GC (idle)")

/* Names of ranges as readers show them. A stop-the-world carries its kind in brackets behind the name. */
#define RANGE_NAMES(RANGE) \
    RANGE(STW,                    "stop-the-world") \
    RANGE(GC_MARK,                "GC concurrent mark phase") \
    RANGE(GC_SWEEP,               "GC incremental sweep") \
    RANGE(GC_MARK_ASSIST,         "GC mark assist")

/* Metrics as readers show them. */
#define METRICS(METRIC) \
    METRIC(GOMAXPROCS,            "/sched/gomaxprocs:threads") \
    METRIC(HEAP_OBJECTS,          "/memory/classes/heap/objects:bytes") \
    METRIC(HEAP_GOAL,             "/gc/heap/goal:bytes")
/* clang-format on */

#define REASON_SYMBOL(symbol, text) BLOCK_##symbol,
enum block_reason { BLOCK_REASONS(REASON_SYMBOL) BLOCK_REASON_COUNT };
#undef REASON_SYMBOL
#define REASON_SYMBOL(symbol, text) STOP_##symbol,
enum stop_reason { STOP_REASONS(REASON_SYMBOL) STOP_REASON_COUNT };
#undef REASON_SYMBOL
#define REASON_SYMBOL(symbol, text) STW_##symbol,
enum stw_kind { STW_KINDS(REASON_SYMBOL) STW_KIND_COUNT };
#undef REASON_SYMBOL
#define REASON_SYMBOL(symbol, text) GC_LABEL_##symbol,
enum gc_label { GC_LABELS(REASON_SYMBOL) GC_LABEL_COUNT };
#undef REASON_SYMBOL
#define REASON_SYMBOL(symbol, text) RANGE_##symbol,
enum range_name { RANGE_NAMES(REASON_SYMBOL) RANGE_NAME_COUNT };
#undef REASON_SYMBOL
#define REASON_SYMBOL(symbol, text) METRIC_##symbol,
enum metric { METRICS(REASON_SYMBOL) METRIC_COUNT };
#undef REASON_SYMBOL

/* The texts, indexed by the enums above. */
extern const char *const block_reason_texts[BLOCK_REASON_COUNT];
extern const char *const stop_reason_texts[STOP_REASON_COUNT];
extern const char *const stw_kind_texts[STW_KIND_COUNT];
extern const char *const gc_label_texts[GC_LABEL_COUNT];
extern const char *const range_names[RANGE_NAME_COUNT];
extern const char *const metric_names[METRIC_COUNT];

/* The index in `texts` of the text of `length` bytes, or -1 when it is none of them. */
int reason_find(const char *const *texts, int count, const char *text, size_t length);

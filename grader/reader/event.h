/* event.h: what happened, as the analyses see it: one struct trace_event after another, in an order that
 * a running program can have produced, with strictly increasing times.
 *
 * `thread`, `proc` and `goroutine` are the context *before* the event (TRACE_NO_THREAD, TRACE_NO_PROC,
 * TRACE_NO_GOROUTINE for none); `stack` is what that context was doing. A transition has a stack of its
 * own, which describes the resource that changes: at a goroutine's creation `stack` is the creator's and
 * `transition.stack` holds the start function; at an unblock `stack` is the unblocker's.
 *
 * Strings and stacks are ids that stay good, and mean the same content, until trace_close: 0 is the empty
 * string and no stack. Only messages of logs and ledger pages are borrowed text, good until the next
 * call of trace_next.
 *
 *   kind            from wire events                               member
 *   SYNC            begin of every generation, and the end         sync
 *   METRIC          ProcsChange HeapAlloc HeapGoal                 metric
 *   LABEL           GoLabel                                        label
 *   SAMPLE          CPUSample (the context is the sample's own)    -
 *   RANGE_BEGIN     STWBegin GCBegin GCSweepBegin GCMarkAssistBegin
 *   RANGE_ACTIVE    GCActive GCSweepActive GCMarkAssistActive
 *   RANGE_END       STWEnd GCEnd GCSweepEnd GCMarkAssistEnd        range
 *   TASK_*          UserTaskBegin UserTaskEnd                      task
 *   REGION_*        UserRegionBegin UserRegionEnd                  region
 *   LOG             UserLog                                        log
 *   TRANSITION      Proc* and Go*, but ProcsChange and GoLabel     transition
 *   EXPERIMENTAL    128 to 136                                     experimental
 *   LEDGER_PAGE     a ledger page, right behind its generation's SYNC and with its time    page */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/events.h"
#include "format/reasons.h"

/* clang-format off */
#define TRACE_KINDS(KIND) \
    KIND(SYNC,         "Sync") \
    KIND(METRIC,       "Metric") \
    KIND(LABEL,        "Label") \
    KIND(SAMPLE,       "StackSample") \
    KIND(RANGE_BEGIN,  "RangeBegin") \
    KIND(RANGE_ACTIVE, "RangeActive") \
    KIND(RANGE_END,    "RangeEnd") \
    KIND(TASK_BEGIN,   "TaskBegin") \
    KIND(TASK_END,     "TaskEnd") \
    KIND(REGION_BEGIN, "RegionBegin") \
    KIND(REGION_END,   "RegionEnd") \
    KIND(LOG,          "Log") \
    KIND(TRANSITION,   "StateTransition") \
    KIND(EXPERIMENTAL, "Experimental") \
    KIND(LEDGER_PAGE,  "LedgerPage")

/* Goroutines are never IDLE; procs are only the first two, RUNNING and IDLE. */
#define TRACE_STATES(STATE) \
    STATE(UNDETERMINED, "Undetermined")  /* before the first generation stated it */ \
    STATE(NOT_EXIST,    "NotExist") \
    STATE(RUNNABLE,     "Runnable") \
    STATE(RUNNING,      "Running") \
    STATE(WAITING,      "Waiting") \
    STATE(SYSCALL,      "Syscall") \
    STATE(IDLE,         "Idle")
/* clang-format on */

enum trace_kind {
#define KIND(symbol, name) TRACE_##symbol,
    TRACE_KINDS(KIND)
#undef KIND
        TRACE_KIND_COUNT
};

enum trace_state {
#define STATE(symbol, name) TRACE_##symbol,
    TRACE_STATES(STATE)
#undef STATE
        TRACE_STATE_COUNT
};

enum trace_resource { TRACE_GLOBAL, TRACE_GOROUTINE, TRACE_PROC };

/* Borrowed text, not ended by a NUL, not necessarily UTF-8. */
struct trace_text {
    const char *text;
    size_t length;
};

struct trace_event {
    enum trace_kind kind;
    enum event_no wire; /* what it was on the wire; EV_NONE for SYNC and LEDGER_PAGE */
    int64_t time;       /* ns of the trace clock */
    uint64_t thread, proc, goroutine;
    uint32_t stack;
    uint64_t generation;
    uint64_t offset; /* in the file: of the event, the sample, or the generation */
    union {
        struct {
            uint64_t n;     /* 1, 2, 3 ... */
            bool has_clock; /* from version 25, not at the end */
            int64_t clock;  /* this instant in ns of the trace clock, in ns of the monotonic clock, */
            uint64_t mono;  /* and in seconds and ns since 1970 */
            uint64_t sec, nsec;
        } sync;
        struct {
            enum metric metric;
            uint64_t value;
        } metric;
        struct {
            uint32_t label; /* of the goroutine in the context */
        } label;
        struct {
            enum range_name name;
            uint32_t kind;             /* of a stop-the-world; otherwise 0 */
            enum trace_resource scope; /* whose range it is; may differ from the context if ACTIVE */
            uint64_t id;
            uint64_t swept, reclaimed; /* bytes, at the end of a sweep */
        } range;
        struct {
            uint64_t id, parent; /* no parent: TRACE_NO_TASK; at an end whose begin is unknown too */
            uint32_t name;
        } task;
        struct {
            uint64_t task; /* TRACE_BACKGROUND_TASK for none */
            uint32_t name;
        } region;
        struct {
            uint64_t task;
            uint32_t category;
            struct trace_text message;
        } log;
        struct {
            enum trace_resource resource; /* goroutine or proc */
            uint64_t id;
            enum trace_state from, to;
            uint32_t reason; /* of GoBlock and GoStop; otherwise 0 */
            uint32_t stack;
        } transition;
        struct {
            uint64_t arg[TRACE_MAX_ARGS]; /* as on the wire, arg[0] is dt */
        } experimental;
        struct trace_text page;
    };
};

/* The names above, indexed by kind and state. */
extern const char *const trace_kind_names[TRACE_KIND_COUNT];
extern const char *const trace_state_names[TRACE_STATE_COUNT];

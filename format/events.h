/* events.h: every event of the Go execution trace format, once.
 *
 * A trace is a 16-byte header ("go 1.22 trace" and three zero bytes) and batches. A batch holds either
 * one kind of table (strings, stacks, CPU samples, the clock) or the timed events of one thread. All
 * numbers are varints (format/varint.h). Four versions exist, 22, 23, 25 and 26; what each added is
 * the `since` column. Source of the numbers and names: Go 1.26, internal/trace/tracev2.
 *
 *   writer:  the enum, and event_spec() where it wants to check its argument counts
 *   reader:  the specification drives decoding, text form and the checks of string and stack ids
 *
 * Argument names are those of Go's raw text form, and they carry meaning: the first argument of a timed
 * event is `dt`, ids of strings end in `_string`, `stack` is the stack of the executing context and
 * `new_stack` that of the resource which appears. The columns behind the names repeat what the names
 * say so that a decoder need not parse them; a test compares the two. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Promises of the format: they may grow with a version, never shrink. */
enum {
    TRACE_HEADER_BYTES = 16,
    TRACE_MAX_BATCH = 65536,  /* data bytes in one batch, its header not counted */
    TRACE_MAX_STRING = 1024,  /* bytes in one string */
    TRACE_MAX_FRAMES = 128,   /* frames in one stack */
    TRACE_MAX_ARGS = 5,       /* arguments of a timed event, dt included */
};

/* "No thread", "no proc", "no goroutine", "no task" on the wire: -1. */
#define TRACE_NO_THREAD UINT64_MAX
#define TRACE_NO_PROC UINT64_MAX
#define TRACE_NO_GOROUTINE UINT64_MAX
#define TRACE_NO_TASK UINT64_MAX

/* String 0 is the empty string, stack 0 is "no stack", task 0 the background; none is ever defined. */
#define TRACE_NO_STRING 0
#define TRACE_NO_STACK 0
#define TRACE_BACKGROUND_TASK 0

enum trace_version {
    TRACE_GO_22 = 22, /* generations, batches per thread, sequence numbers */
    TRACE_GO_23 = 23, /* coroutine switches, GoStatusStack, experiments */
    TRACE_GO_25 = 25, /* Sync batch with a clock snapshot */
    TRACE_GO_26 = 26, /* EndOfGeneration */
};

/* clang-format off */
/* Events without a time: the frame around the others.
 *        no  symbol              name                 arguments            argc since */
#define STRUCTURAL_EVENTS(EVENT) \
    EVENT(  1, EVENT_BATCH,        "EventBatch",        "gen m time size",    4, 22) \
    EVENT(  2, STACKS,             "Stacks",            "",                   0, 22) \
    EVENT(  3, STACK,              "Stack",             "id nframes",         2, 22) \
    EVENT(  4, STRINGS,            "Strings",           "",                   0, 22) \
    EVENT(  5, STRING,             "String",            "id",                 1, 22) \
    EVENT(  6, CPU_SAMPLES,        "CPUSamples",        "",                   0, 22) \
    EVENT(  7, CPU_SAMPLE,         "CPUSample",         "time m p g stack",   5, 22) \
    EVENT(  8, FREQUENCY,          "Frequency",         "freq",               1, 22) \
    EVENT( 49, EXPERIMENTAL_BATCH, "ExperimentalBatch", "exp gen m time size", 5, 23) \
    EVENT( 50, SYNC,               "Sync",              "",                   0, 25) \
    EVENT( 52, END_OF_GENERATION,  "EndOfGeneration",   "",                   0, 26)

/* Events with a time. ClockSnapshot has one too but lives in the sync batch only. `stk` is the position
 * of `stack`, `new` that of `new_stack`, 0 for none; `str` the position of the first string id and
 * `strs` how many follow one another.
 *        no  symbol                 name                   arguments                       argc stk new str strs since */
#define TIMED_EVENTS(EVENT) \
    EVENT(  9, PROCS_CHANGE,          "ProcsChange",         "dt procs_value stack",          3, 2, 0, 0, 0, 22) \
    EVENT( 10, PROC_START,            "ProcStart",           "dt p p_seq",                    3, 0, 0, 0, 0, 22) \
    EVENT( 11, PROC_STOP,             "ProcStop",            "dt",                            1, 0, 0, 0, 0, 22) \
    EVENT( 12, PROC_STEAL,            "ProcSteal",           "dt p p_seq m",                  4, 0, 0, 0, 0, 22) \
    EVENT( 13, PROC_STATUS,           "ProcStatus",          "dt p pstatus",                  3, 0, 0, 0, 0, 22) \
    EVENT( 14, GO_CREATE,             "GoCreate",            "dt new_g new_stack stack",      4, 3, 2, 0, 0, 22) \
    EVENT( 15, GO_CREATE_SYSCALL,     "GoCreateSyscall",     "dt new_g",                      2, 0, 0, 0, 0, 22) \
    EVENT( 16, GO_START,              "GoStart",             "dt g g_seq",                    3, 0, 0, 0, 0, 22) \
    EVENT( 17, GO_DESTROY,            "GoDestroy",           "dt",                            1, 0, 0, 0, 0, 22) \
    EVENT( 18, GO_DESTROY_SYSCALL,    "GoDestroySyscall",    "dt",                            1, 0, 0, 0, 0, 22) \
    EVENT( 19, GO_STOP,               "GoStop",              "dt reason_string stack",        3, 2, 0, 1, 1, 22) \
    EVENT( 20, GO_BLOCK,              "GoBlock",             "dt reason_string stack",        3, 2, 0, 1, 1, 22) \
    EVENT( 21, GO_UNBLOCK,            "GoUnblock",           "dt g g_seq stack",              4, 3, 0, 0, 0, 22) \
    EVENT( 22, GO_SYSCALL_BEGIN,      "GoSyscallBegin",      "dt p_seq stack",                3, 2, 0, 0, 0, 22) \
    EVENT( 23, GO_SYSCALL_END,        "GoSyscallEnd",        "dt",                            1, 0, 0, 0, 0, 22) \
    EVENT( 24, GO_SYSCALL_END_BLOCKED, "GoSyscallEndBlocked", "dt",                           1, 0, 0, 0, 0, 22) \
    EVENT( 25, GO_STATUS,             "GoStatus",            "dt g m gstatus",                4, 0, 0, 0, 0, 22) \
    EVENT( 26, STW_BEGIN,             "STWBegin",            "dt kind_string stack",          3, 2, 0, 1, 1, 22) \
    EVENT( 27, STW_END,               "STWEnd",              "dt",                            1, 0, 0, 0, 0, 22) \
    EVENT( 28, GC_ACTIVE,             "GCActive",            "dt gc_seq",                     2, 0, 0, 0, 0, 22) \
    EVENT( 29, GC_BEGIN,              "GCBegin",             "dt gc_seq stack",               3, 2, 0, 0, 0, 22) \
    EVENT( 30, GC_END,                "GCEnd",               "dt gc_seq",                     2, 0, 0, 0, 0, 22) \
    EVENT( 31, GC_SWEEP_ACTIVE,       "GCSweepActive",       "dt p",                          2, 0, 0, 0, 0, 22) \
    EVENT( 32, GC_SWEEP_BEGIN,        "GCSweepBegin",        "dt stack",                      2, 1, 0, 0, 0, 22) \
    EVENT( 33, GC_SWEEP_END,          "GCSweepEnd",          "dt swept_value reclaimed_value", 3, 0, 0, 0, 0, 22) \
    EVENT( 34, GC_MARK_ASSIST_ACTIVE, "GCMarkAssistActive",  "dt g",                          2, 0, 0, 0, 0, 22) \
    EVENT( 35, GC_MARK_ASSIST_BEGIN,  "GCMarkAssistBegin",   "dt stack",                      2, 1, 0, 0, 0, 22) \
    EVENT( 36, GC_MARK_ASSIST_END,    "GCMarkAssistEnd",     "dt",                            1, 0, 0, 0, 0, 22) \
    EVENT( 37, HEAP_ALLOC,            "HeapAlloc",           "dt heapalloc_value",            2, 0, 0, 0, 0, 22) \
    EVENT( 38, HEAP_GOAL,             "HeapGoal",            "dt heapgoal_value",             2, 0, 0, 0, 0, 22) \
    EVENT( 39, GO_LABEL,              "GoLabel",             "dt label_string",               2, 0, 0, 1, 1, 22) \
    EVENT( 40, USER_TASK_BEGIN,       "UserTaskBegin",       "dt task parent_task name_string stack", 5, 4, 0, 3, 1, 22) \
    EVENT( 41, USER_TASK_END,         "UserTaskEnd",         "dt task stack",                 3, 2, 0, 0, 0, 22) \
    EVENT( 42, USER_REGION_BEGIN,     "UserRegionBegin",     "dt task name_string stack",     4, 3, 0, 2, 1, 22) \
    EVENT( 43, USER_REGION_END,       "UserRegionEnd",       "dt task name_string stack",     4, 3, 0, 2, 1, 22) \
    EVENT( 44, USER_LOG,              "UserLog",             "dt task key_string value_string stack", 5, 4, 0, 2, 2, 22) \
    EVENT( 45, GO_SWITCH,             "GoSwitch",            "dt g g_seq",                    3, 0, 0, 0, 0, 23) \
    EVENT( 46, GO_SWITCH_DESTROY,     "GoSwitchDestroy",     "dt g g_seq",                    3, 0, 0, 0, 0, 23) \
    EVENT( 47, GO_CREATE_BLOCKED,     "GoCreateBlocked",     "dt new_g new_stack stack",      4, 3, 2, 0, 0, 23) \
    EVENT( 48, GO_STATUS_STACK,       "GoStatusStack",       "dt g m gstatus stack",          5, 4, 0, 0, 0, 23) \
    EVENT( 51, CLOCK_SNAPSHOT,        "ClockSnapshot",       "dt mono sec nsec",              4, 0, 0, 0, 0, 25) \
    /* Go's AllocFree experiment: carried through, never interpreted. */ \
    EVENT(128, SPAN,                  "Span",                "dt id npages_value kindclass",  4, 0, 0, 0, 0, 23) \
    EVENT(129, SPAN_ALLOC,            "SpanAlloc",           "dt id npages_value kindclass",  4, 0, 0, 0, 0, 23) \
    EVENT(130, SPAN_FREE,             "SpanFree",            "dt id",                         2, 0, 0, 0, 0, 23) \
    EVENT(131, HEAP_OBJECT,           "HeapObject",          "dt id type",                    3, 0, 0, 0, 0, 23) \
    EVENT(132, HEAP_OBJECT_ALLOC,     "HeapObjectAlloc",     "dt id type",                    3, 0, 0, 0, 0, 23) \
    EVENT(133, HEAP_OBJECT_FREE,      "HeapObjectFree",      "dt id",                         2, 0, 0, 0, 0, 23) \
    EVENT(134, GOROUTINE_STACK,       "GoroutineStack",      "dt id order",                   3, 0, 0, 0, 0, 23) \
    EVENT(135, GOROUTINE_STACK_ALLOC, "GoroutineStackAlloc", "dt id order",                   3, 0, 0, 0, 0, 23) \
    EVENT(136, GOROUTINE_STACK_FREE,  "GoroutineStackFree",  "dt id",                         2, 0, 0, 0, 0, 23)
/* clang-format on */

enum event_no {
    EV_NONE = 0, /* never valid */
#define EVENT(no, symbol, ...) EV_##symbol = no,
    STRUCTURAL_EVENTS(EVENT)
    TIMED_EVENTS(EVENT)
#undef EVENT
    EVENT_NUMBERS = 137, /* one past the last number; there are gaps below it */
};

struct event_spec {
    const char *name; /* Go's name; NULL where a number is not assigned */
    const char *args; /* argument names in wire order, separated by blanks */
    uint8_t argc;
    uint8_t stack;     /* position of the executing context's stack id, 0 = none */
    uint8_t new_stack; /* position of the stack id of the resource that appears, 0 = none */
    uint8_t string;    /* position of the first string id, 0 = none */
    uint8_t strings;   /* how many string ids follow one another from there */
    uint8_t since;     /* enum trace_version that introduced it */
    bool timed;        /* its first argument is a time delta */
};

/* The specification of event `no`, or NULL where no format assigns that number. */
const struct event_spec *event_spec(unsigned no);

/* The number of the event called `name` (of `length` bytes), or EV_NONE. */
enum event_no event_find(const char *name, size_t length);

/* First argument of GoStatus and ProcStatus that says a state: "gstatus" and "pstatus" on the wire. */
enum wire_g_status {
    WIRE_G_BAD = 0, /* no Go runtime writes it; Go's reader accepts it as "undetermined" */
    WIRE_G_RUNNABLE = 1,
    WIRE_G_RUNNING = 2,
    WIRE_G_SYSCALL = 3,
    WIRE_G_WAITING = 4,
    WIRE_G_STATUSES = 5,
};

enum wire_p_status {
    WIRE_P_BAD = 0, /* as above */
    WIRE_P_RUNNING = 1,
    WIRE_P_IDLE = 2,
    WIRE_P_SYSCALL = 3,           /* its goroutine is in a system call; may be stolen */
    WIRE_P_SYSCALL_ABANDONED = 4, /* the same, owner unknown: the next event is its ProcSteal */
    WIRE_P_STATUSES = 5,
};

/* leaf.h: the Go functions at the leaf of a stack, by the names people know.
 *
 * A stack that the bundled runtime writes is one of these leaves, then frames of the workload
 * (`function workload.yaml:LINE`). The leaf tells what the goroutine was doing in the runtime; the
 * grader tells a mutex (exclusion) from a waitgroup (hand-over) by it, since both have the block
 * reason "sync". Its synthetic PC never changes: profile exporters key frames by PC. */
#pragma once

/* What a wait at this leaf means for whoever asks "whose wait is it". */
enum leaf_kind {
    LEAF_OTHER,
    LEAF_EXCLUSION, /* waits for a lock or a slot: contention, whoever holds it */
    LEAF_HANDOVER,  /* waits for another goroutine to give or to finish something */
};

/* clang-format off */
/*     no  symbol            kind       function                                        file */
#define LEAVES(LEAF) \
    LEAF( 0, NONE,           OTHER,     "",                                             "") \
    LEAF( 1, CHAN_SEND,      HANDOVER,  "runtime.chansend1",                            "runtime/chan.go") \
    LEAF( 2, CHAN_RECV,      HANDOVER,  "runtime.chanrecv1",                            "runtime/chan.go") \
    LEAF( 3, CHAN_CLOSE,     OTHER,     "runtime.closechan",                            "runtime/chan.go") \
    LEAF( 4, SELECT,         HANDOVER,  "runtime.selectgo",                             "runtime/select.go") \
    LEAF( 5, MUTEX_LOCK,     EXCLUSION, "sync.(*Mutex).Lock",                           "sync/mutex.go") \
    LEAF( 6, MUTEX_UNLOCK,   OTHER,     "sync.(*Mutex).Unlock",                         "sync/mutex.go") \
    LEAF( 7, RW_RLOCK,       EXCLUSION, "sync.(*RWMutex).RLock",                        "sync/rwmutex.go") \
    LEAF( 8, RW_RUNLOCK,     OTHER,     "sync.(*RWMutex).RUnlock",                      "sync/rwmutex.go") \
    LEAF( 9, RW_LOCK,        EXCLUSION, "sync.(*RWMutex).Lock",                         "sync/rwmutex.go") \
    LEAF(10, RW_UNLOCK,      OTHER,     "sync.(*RWMutex).Unlock",                       "sync/rwmutex.go") \
    LEAF(11, WG_WAIT,        HANDOVER,  "sync.(*WaitGroup).Wait",                       "sync/waitgroup.go") \
    LEAF(12, WG_DONE,        OTHER,     "sync.(*WaitGroup).Done",                       "sync/waitgroup.go") \
    LEAF(13, SEM_ACQUIRE,    EXCLUSION, "golang.org/x/sync/semaphore.(*Weighted).Acquire", "semaphore/semaphore.go") \
    LEAF(14, SEM_RELEASE,    OTHER,     "golang.org/x/sync/semaphore.(*Weighted).Release", "semaphore/semaphore.go") \
    LEAF(15, SLEEP,          OTHER,     "time.Sleep",                                   "runtime/time.go") \
    LEAF(16, GOSCHED,        OTHER,     "runtime.Gosched",                              "runtime/proc.go") \
    LEAF(17, ASYNC_PREEMPT,  OTHER,     "runtime.asyncPreempt",                         "runtime/preempt_amd64.s") \
    LEAF(18, NET_READ,       OTHER,     "internal/poll.(*FD).Read",                     "internal/poll/fd_unix.go") \
    LEAF(19, ACCEPT,         OTHER,     "internal/poll.(*FD).Accept",                   "internal/poll/fd_unix.go") \
    LEAF(20, SYSCALL,        OTHER,     "syscall.Syscall",                              "syscall/syscall_linux.go") \
    LEAF(21, MALLOC,         OTHER,     "runtime.mallocgc",                             "runtime/malloc.go") \
    LEAF(22, GC_ASSIST,      OTHER,     "runtime.gcAssistAlloc",                        "runtime/mgcmark.go") \
    LEAF(23, GC_START,       OTHER,     "runtime.gcStart",                              "runtime/mgc.go") \
    LEAF(24, GC_MARK_DONE,   OTHER,     "runtime.gcMarkDone",                           "runtime/mgc.go") \
    LEAF(25, GC_WORKER,      OTHER,     "runtime.gcBgMarkWorker",                       "runtime/mgc.go") \
    LEAF(26, BG_SWEEP,       OTHER,     "runtime.bgsweep",                              "runtime/mgcsweep.go") \
    LEAF(27, FORCE_GC,       OTHER,     "runtime.forcegchelper",                        "runtime/proc.go") \
    LEAF(28, SERVE,          OTHER,     "net/http.(*Server).Serve",                     "net/http/server.go") \
    LEAF(29, NEW_TASK,       OTHER,     "runtime/trace.NewTask",                        "runtime/trace/annotation.go") \
    LEAF(30, END_TASK,       OTHER,     "runtime/trace.(*Task).End",                    "runtime/trace/annotation.go") \
    LEAF(31, START_REGION,   OTHER,     "runtime/trace.StartRegion",                    "runtime/trace/annotation.go") \
    LEAF(32, END_REGION,     OTHER,     "runtime/trace.(*Region).End",                  "runtime/trace/annotation.go") \
    LEAF(33, LOG,            OTHER,     "runtime/trace.Log",                            "runtime/trace/annotation.go") \
    LEAF(34, CANCEL,         OTHER,     "context.(*cancelCtx).cancel",                  "context/context.go") \
    LEAF(35, POOL_GET,       OTHER,     "sync.(*Pool).Get",                             "sync/pool.go") \
    LEAF(36, POOL_PUT,       OTHER,     "sync.(*Pool).Put",                             "sync/pool.go") \
    LEAF(37, SWEEP,          OTHER,     "runtime.(*mcentral).cacheSpan",                "runtime/mcentral.go")
/* clang-format on */

enum leaf {
#define LEAF(no, sym, kind, func, file) LEAF_##sym = no,
    LEAVES(LEAF)
#undef LEAF
    LEAF_COUNT
};

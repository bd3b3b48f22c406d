/* analysis.h: from checked events to numbers: who was in which state, when, and whose wait it was.
 *
 *   load.c      events -> one timeline of segments per goroutine, regions, tasks, ranges, metrics
 *   facts.c     ledger pages -> requests, work, races ... (facts.h)
 *   split.c     a request's time from arrival to reply, split by category (split.h)
 *   summary.c   totals per load, function, task and region; percentiles; identities (summary.h)
 *
 * Everything is in memory until analysis_free: 32 bytes per state change. Nothing here knows what a lab
 * expects. */
#pragma once

#include "format/categories.h"
#include "format/leaf.h"
#include "grader/analysis/facts.h"
#include "grader/reader/reader.h"

/* A stretch of a goroutine's life in one state; it ends where the next begins. */
struct segment {
    int64_t start;
    uint64_t by;    /* a wait: the goroutine that ended it, 0: a timer, the poller, nobody yet */
    uint32_t stack; /* where it stopped or waits; runnable: who made it so */
    uint32_t reason; /* string id of Go's reason, 0 for none */
    uint8_t state;    /* enum trace_state */
    uint8_t category; /* enum category */
    uint8_t leaf;     /* a wait: enum leaf_kind */
};

struct region {
    uint64_t task; /* TRACE_BACKGROUND_TASK: none */
    uint32_t name, stack;
    int64_t begin, end;       /* -1: not seen */
    uint64_t begin_g, end_g;  /* 0: not seen */
};

struct task {
    uint64_t id, parent;
    uint32_t name, stack;
    int64_t begin, end; /* -1: not seen */
    uint64_t begin_g, end_g;
};

struct log {
    uint64_t task, g;
    int64_t at;
    uint32_t category, stack;
    const char *message; /* in the arena */
};

#define SUM_EVERY 64

struct goroutine {
    uint64_t id;
    uint64_t creator;  /* 0: unknown */
    int64_t born, died; /* died: -1 while alive at the end */
    bool seen_born;     /* its creation is in the trace */
    uint32_t name;      /* string id of its start function, 0: unknown */
    uint32_t stack;     /* of its creation */
    uint64_t hand;      /* request in hand at birth (request_hand), 0: none */
    VEC(struct segment) segments;
    int64_t (*sums)[CAT_STATES]; /* sums[k]: time in each state in the segments before k * SUM_EVERY */
    VEC(struct fact_take) takes; /* by time */
    VEC(struct fact_lock_wait) waits; /* likewise */
    bool system;
    /* while events are read: */
    bool assists;  /* it is inside a mark assist */
    size_t region; /* index + 1 of its innermost open region */
};

struct gc_cycle {
    int64_t begin, end; /* -1: not seen */
};

struct analysis {
    struct trace_reader *reader; /* for strings and stacks */
    struct arena arena;
    bool whole;         /* read to the end without an error */
    VEC(const char *) strings; /* by id, ended by a NUL, made on first use */
    VEC(const char *) sites;   /* by stack id, made on first use */
    VEC(uint64_t) holders;     /* by object, + 1: who has it at the end; made on first use */
    int64_t begin, end; /* of the trace */
    uint64_t events;
    int64_t gomaxprocs;
    int64_t proc_running; /* summed over Ps */
    VEC(struct goroutine) goroutines; /* in the order of their appearance */
    struct idmap by_id;               /* goroutine id -> index of its latest incarnation */
    VEC(uint32_t) by_small_id;        /* the same of small ids, + 1; 0: there is none */
    VEC(struct region) regions;       /* in order of begin */
    VEC(struct task) tasks;
    VEC(struct log) logs;
    VEC(struct gc_cycle) cycles;
    int64_t stw; /* time with the world stopped, ns */
    struct facts facts;
};

/* Reads the trace to its end, or to the first error: then `whole` is false and *error says why, and the
 * numbers are those of the part before it. Owns the reader from then on. */
struct analysis *analysis_load(struct trace_reader *reader, struct trace_error *error);
void analysis_free(struct analysis *a);

/* NULL if there is no such goroutine. */
const struct goroutine *analysis_goroutine(const struct analysis *a, uint64_t id);
/* The end of segment i. */
int64_t segment_end(const struct analysis *a, const struct goroutine *g, size_t i);
/* Index of the segment that covers t, or -1. */
int64_t segment_at(const struct goroutine *g, int64_t t);
/* The request that g has in hand at t (as in goroutine.hand). */
uint64_t hand_at(const struct goroutine *g, int64_t t);

/* The place of a stack that a reader of it would name: its innermost frame outside the runtime and the
 * standard library. Text "handle workload.yaml:14"; where all of it is library, the outermost function
 * alone; "-" of no stack. Lives as long as the analysis. */
const char *stack_site(struct analysis *a, uint32_t stack);
/* The function of the runtime or the standard library that the program called there:
 * "sync.(*Mutex).Lock". NULL if it is in none. */
const char *stack_call(struct analysis *a, uint32_t stack);
const char *analysis_string(struct analysis *a, uint32_t string);
/* The frames of a stack, leaf first: "func file:line" each; frame i of the stack. */
const char *stack_frame_text(struct analysis *a, uint32_t frame);

/* summary.h: totals of a trace: what a dashboard would show, where requests lose their time, who waits
 * where, and whether the numbers add up.
 *
 * With a ledger, time is looked at from the requests: a wait matters only while it costs one, so that idle
 * workers, accept loops and tickers never hide what hurts. `places` are then stretches of requests' time
 * (split.h). A trace without a ledger has no requests; its `places` are all waits of the program's own
 * goroutines. Requests that arrived during the warm-up are in no number here but `seen` and `answered`. */
#pragma once

#include "grader/analysis/quantile.h"
#include "grader/analysis/split.h"

/* Durations of many things. */
struct spread {
    int64_t count, total; /* ns */
    int64_t q[QUANTILE_COUNT];
};
/* Rounded half up, 0 of nothing. */
int64_t spread_mean(const struct spread *s);

#define NO_LOAD UINT32_MAX

struct load_summary {
    uint32_t load; /* in facts.loads */
    const char *name;
    int64_t announced, seen, answered;
    int64_t counted;    /* after the warm-up: what follows is theirs */
    struct spread time; /* from arrival to reply; unanswered ones to the client's patience or the end */
    int64_t throughput; /* answers per 1000 s */
    int64_t split[CATEGORY_COUNT]; /* ns in all; the derived rows are parts of execution and network */
    int64_t assisted, assist_max;  /* requests that paid GC assist, and the most that one paid */
};

/* Pieces of one wait: between them it may have been of another category. */
struct stretch {
    struct piece piece; /* from the first to the last */
    int64_t time;       /* of the pieces */
    uint32_t request;   /* whose, with a load */
};

/* Time lost in one category at one line. */
struct place {
    uint32_t load; /* NO_LOAD: of all goroutines */
    enum category category;
    uint32_t site;  /* index in summary.sites */
    uint32_t stack; /* of the first; 0: not known */
    uint64_t count; /* stretches */
    int64_t total;
    struct stretch longest, latest;
};

/* Goroutines of one start function, tasks, regions or logs of one name. */
struct group {
    const char *name;
    const char *task; /* regions, logs: of their task, NULL: none */
    const char *site; /* regions, logs, tasks: where the first began */
    uint64_t open;    /* never ended; goroutines: alive at the end */
    uint64_t strays;  /* regions: ends without a begin on their goroutine */
    struct spread time;
    int64_t states[CAT_STATES]; /* of the goroutine itself; of a task: of the one that began it */
};

struct group_list {
    struct group *data;
    size_t len, cap;
};

/* Goroutines that still wait when the trace ends. */
struct pending {
    const char *site, *reason;
    uint64_t count, g; /* the one that waits longest, */
    int64_t since;     /* from here on */
    bool system;       /* one of the runtime's own */
};

/* Sums that must agree, whatever the program did. */
struct identities {
    uint64_t lifetimes; /* goroutines whose states do not fill their life exactly */
    uint64_t example;   /* one of them */
    uint64_t splits;    /* requests whose pieces do not sum to their time */
    int64_t running;    /* goroutines on Ps, */
    int64_t procs;      /* Ps in use, */
    int64_t capacity;   /* and GOMAXPROCS times the trace: each at most the next */
    bool hold;
};

struct summary {
    struct analysis *a;
    int64_t cpu;                    /* CPU time used, of what the machine has: hundredths of a percent */
    VEC(struct load_summary) loads; /* in the order of the world */
    VEC(struct place) places;       /* the largest total first */
    struct group_list functions;    /* goroutines by start function, the longest lives first */
    struct group_list tasks, regions, logs; /* in the order of their first begin */
    VEC(struct pending) pending;            /* the most goroutines first */
    struct spread sched_latency;            /* from runnable to running, the program's own goroutines */
    struct identities identities;
    struct strmap sites;         /* texts "handle workload.yaml:14" */
    VEC(uint32_t) site_of_stack; /* + 1; 0: not looked up yet */
};

struct summary *summary_make(struct analysis *a);
void summary_free(struct summary *s);

const struct load_summary *summary_load(const struct summary *s, uint32_t load);

/* From its arrival to its end (split.h). */
int64_t request_time(const struct analysis *a, const struct fact_request *r);
/* The warm-up is over when it arrives. */
bool request_counts(const struct analysis *a, const struct fact_request *r);
/* The time of one request, by category. */
void request_split(struct analysis *a, uint32_t load, uint32_t index, int64_t split[CAT_STATES]);
/* Adds the states of g in [from, to). */
void states_between(const struct analysis *a, const struct goroutine *g, int64_t from, int64_t to,
                    int64_t states[CAT_STATES]);
/* The stack that says where g was when segment i began: where it waits; of a runnable one, where it waited
 * or was stopped before, or the go statement that made it. 0: not known. */
uint32_t segment_stack(const struct goroutine *g, size_t i);
/* Whether a region or a log belongs to a task. */
static inline bool is_attributed(uint64_t task)
{
    return task != TRACE_BACKGROUND_TASK && task != TRACE_NO_TASK;
}

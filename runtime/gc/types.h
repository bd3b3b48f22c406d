/* types.h: what the collector keeps inside a P. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct g;
struct gc;

enum worker_mode { WORKER_NONE, WORKER_DEDICATED, WORKER_FRACTIONAL, WORKER_IDLE };

struct p_gc {
    struct g *worker;           /* this P's background mark worker */
    enum worker_mode mode;      /* how it runs now */
    int64_t fractional_time;    /* spent in fractional marking this cycle */
    int64_t span_left;          /* bytes left in the P's allocation span */
    int64_t assist_time;        /* not yet flushed */
    int64_t marked;             /* scan work not yet flushed */
};

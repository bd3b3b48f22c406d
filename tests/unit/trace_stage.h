/* trace_stage.h: a simulation without a scheduler, for tests of the tracer: Ps, Ms and goroutines
 * that do what the test says, through the same functions that the scheduler uses (sched/move.h).
 *
 * A goroutine's id is its index in `g`; `at` of one is where it is: instruction 0 is nowhere.
 * Instructions 1-9 are main's, 10-19 are worker's, on the lines of their numbers. The bytes of the
 * trace gather in `out`. */
#pragma once

#include "base/strbuf.h"
#include "runtime/sched/g.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"
#include "runtime/trace/trace.h"

enum { STAGE_PS = 3, STAGE_MS = 5, STAGE_GS = 40 };

/* A generation that opens at 0 is over then; later ones a nanosecond sooner, since no trace begins
 * at 0. */
#define STAGE_PERIOD 1000000

struct stage {
    struct rt rt;
    struct p p[STAGE_PS];
    struct m m[STAGE_MS];
    struct g g[STAGE_GS];
    struct site at[STAGE_GS];
    struct m *ms[STAGE_MS];
    struct g *gs[STAGE_GS];
    struct strbuf out;
};

/* Nothing is running and nobody is born; the tracer is there and has not started. */
struct stage *stage_new(void);
void stage_free(struct stage *s);

/* Time passes; a generation ends if it is due. */
void stage_wait(struct stage *s, int64_t ns);

/* m0 takes p0 and runs goroutine 1, which is where main begins. */
void stage_boot(struct stage *s);

/* Ps. */
void stage_hold(struct m *m, struct p *p);
void stage_let_go(struct m *m);

/* Goroutines. A native one is the runtime's own: it is never anywhere. */
void stage_born(struct m *m, struct g *g, struct site entry);
void stage_born_native(struct m *m, struct g *g);
void stage_run(struct m *m, struct g *g);
void stage_yield(struct m *m, enum stop_reason why, enum leaf leaf);
void stage_park(struct m *m, enum block_reason why, enum leaf leaf);
void stage_ready(struct m *m, struct g *g, enum leaf leaf);
void stage_exit(struct m *m);

/* System calls: they begin with the P, which may be taken away meanwhile. */
void stage_call(struct m *m);
void stage_retake(struct m *thief, struct p *p);
void stage_return_kept(struct m *m);
void stage_return_lost(struct m *m); /* the goroutine is runnable afterwards */

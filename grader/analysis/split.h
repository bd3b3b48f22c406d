/* split.h: whose wait is it: the time of a request from arrival to reply, by category.
 *
 * Walk back from the reply. At each moment one goroutine carries the request: the replier; before it took
 * the request over, the one that sent it or started it; before the handler existed, the accept goroutine.
 * The carrier's own states are the request's. While the carrier waits for another goroutine:
 *
 *   1. exclusion (mutex, rwmutex, semaphore): sync block, always, whoever holds it;
 *   2. hand-over (channel, select, waitgroup) from one that has this request in hand: what that one does,
 *      by these same rules, from the moment it took the request on; the time before, when the request lay
 *      in a queue, is 3;
 *   3. hand-over from one that is busy for others: where that one is runnable or in GC assist, scheduler
 *      wait or GC; otherwise contention: sync block, with what it did told beside it. By a timer: sleep.
 *
 * In words: delegating is not waiting, queueing is. Following every wake-up to its cause instead would
 * make any lock held across a call look like the call; looking at the handler alone would make any
 * delegated call look like a lock. */
#pragma once

#include "grader/analysis/analysis.h"

/* A stretch of a request's time. */
struct piece {
    int64_t from, to;
    enum category category;
    enum category behind;          /* rule 3: what the other one did; else CATEGORY_COUNT (ahead.h) */
    const struct goroutine *g;     /* whose state it is */
    const struct segment *segment; /* of g; NULL: none covers it */
    const struct goroutine *other; /* rules 1 and 3: the one that ended the wait, NULL: not known */
};

/* When r is over: its reply, its client's giving up, else the end of the trace; never before it arrived. */
int64_t request_end(const struct analysis *a, const struct fact_request *r);

/* Calls `visit` for every piece, the last first; they fill the time to request_end without overlap. */
void split_request(struct analysis *a, uint32_t load, uint32_t index,
                   void (*visit)(void *context, const struct piece *p), void *context);

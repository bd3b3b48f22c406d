/* ahead.h: what those in front did while somebody queued.
 *
 * A lock passes from hand to hand. Who woke the waiter held it last, from the moment it was let in itself;
 * before that it was in the hands of the one that let it in, and so on back to the beginning of the wait.
 * Go's events name no lock: that two waits in this chain were for the same one is a guess, and right as
 * long as nobody waits for a second lock while holding the first. */
#pragma once

#include "grader/analysis/split.h"

struct ahead {
    uint64_t count;             /* goroutines, one after the other */
    int64_t states[CAT_STATES]; /* theirs, as far as they are known */
    int64_t time;               /* the sum of these */
    enum category most;         /* the largest of them */
};

/* When the turn of the one that ended the wait began: for a lock when it was let in, else with the wait. */
int64_t ahead_turn(const struct piece *p);

/* False if p is no wait for others, or nothing is known of them. */
bool ahead_of(const struct analysis *a, const struct piece *p, struct ahead *out);

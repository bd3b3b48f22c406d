/* store.h: what the kit remembers between commands, under store/: traces and verdicts of each attempt, and
 * how far the learner has come, in a plain text file.
 *
 *     store/progress               one line per lab: NAME STATE POINTS ATTEMPTS HINTS
 *     store/LAB/N/                 attempt N: verdict.txt, verdict.json, workload.yaml, seed-S.trace
 *     store/LAB/latest             a link to the newest attempt
 *     store/LAB/trial-N/           the same for a verdict that is no attempt: another file, a single seed; the
 *                                  last twenty are kept
 *     store/LAB/kept-N/            the exercise as it was before it was reset
 *     store/LAB/run.trace          the last run
 *
 * Files appear whole or not at all, and so does an attempt. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "lab/home.h"

enum progress_state { PROGRESS_PENDING, PROGRESS_TRIED, PROGRESS_PASSED };

struct progress {
    enum progress_state state;
    int64_t points;   /* best so far */
    int64_t attempts; /* verdicts */
    int64_t hints;    /* rungs shown */
    char reason[200]; /* of the last failed check, for the hint that fits; "" */
};

/* All zero if nothing is known. */
void progress_read(const struct home *home, const char *lab, struct progress *p);
/* False after saying why in err. */
bool progress_write(const struct home *home, const char *lab, const struct progress *p,
                    struct strbuf *err);

/* A new folder store/LAB/KINDn: its path, malloc'ed, or NULL after saying why in err. */
char *store_folder(const struct home *home, const char *lab, const char *kind, struct strbuf *err);
/* Removes such a folder and the files in it. */
void store_discard(const char *folder);
/* Of the folders of this one's kind, removes the one that is STORE_TRIALS older, if it is still there. */
#define STORE_TRIALS 20
void store_prune(const char *newest);
/* Points store/LAB/latest to the attempt. */
bool store_latest(const struct home *home, const char *lab, const char *attempt, struct strbuf *err);

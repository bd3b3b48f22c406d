/* verdict.h: a verdict for people and for programs. */
#pragma once

#include "base/strbuf.h"
#include "grader/grade/grade.h"

/* What the caller knows beside: names for the commands that the verdict tells. */
struct verdict_view {
    const char *workload; /* the file judged, if it is not the learner's exercise; NULL */
    bool color;
    /* Where the trace of a schedule lies; NULL, or NULL returned: nowhere. */
    const char *(*trace_path)(void *context, const struct outcome *schedule);
    void *context;
};

void verdict_text(struct strbuf *out, const struct rubric *r, const struct verdict *v,
                  const struct verdict_view *view);
void verdict_json(struct strbuf *out, const struct rubric *r, const struct verdict *v,
                  const struct verdict_view *view);

/* The first check that failed or, if none did, could not be decided; CHECK_COUNT when it is a pass. */
enum check verdict_decisive(const struct verdict *v);
/* "./tracelab grade lock-across-io --seed 13": what shows that schedule again. */
void verdict_again(struct strbuf *out, const struct rubric *r, const struct outcome *schedule,
                   const struct verdict_view *view);
/* "./tracelab report PATH --goroutine 118"; false, and nothing added, if there is no trace to look at. */
bool verdict_see(struct strbuf *out, const struct outcome *schedule, enum check check,
                 const struct verdict_view *view);

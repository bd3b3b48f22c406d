/* tell.h: moments of a trace in words, for reports and verdicts alike.
 *
 * Instants are told in time since the trace began. A function without a result appends one phrase,
 * without a line end; one that returns false had nothing to say and appended nothing. */
#pragma once

#include "base/strbuf.h"
#include "grader/analysis/split.h"

/* "from 812.4 to 817.6 ms" */
void tell_interval(struct strbuf *out, const struct analysis *a, int64_t from, int64_t to);
/* "812.4 ms" */
void tell_instant(struct strbuf *out, const struct analysis *a, int64_t at);

/* "G118 waited 38.2 ms for prices_mu, handle workload.yaml:14, from 779.4 to 817.6 ms" */
void tell_piece(struct strbuf *out, struct analysis *a, const struct piece *p);

/* What the others did meanwhile: "woken by G97, which from 812.4 to 817.6 ms was in network block, handle
 * workload.yaml:18", "meanwhile 99 % of the Ps' time went to build_item". */
bool tell_meanwhile(struct strbuf *out, struct analysis *a, const struct piece *p);

/* Of a wait for others: "those in front, 38 one after the other, were in network block for 98 % of it". */
bool tell_ahead(struct strbuf *out, const struct analysis *a, const struct piece *p);

/* What g waits for in segment i: the name of a declared lock, which only the ledger knows, else Go's reason
 * or, since that is "sync" for many things, the function that waits. */
const char *waits_for(struct analysis *a, const struct goroutine *g, size_t i);

/* The declared lock that a goroutine waits for when the trace ends. */
struct last_lock {
    const char *name;
    uint64_t holder; /* 0: not known */
};
/* False if g waits for none then, or for one that the ledger does not tell of. */
bool last_lock(struct analysis *a, const struct goroutine *g, struct last_lock *out);
/* The same in words: "a_mu, held by G7", "a_mu, held by G7, which has ended", "a_mu". */
bool tell_last_lock(struct strbuf *out, struct analysis *a, const struct goroutine *g);

/* Where g was in segment i: "handle workload.yaml:14"; before its first step "start of handle". */
const char *segment_site(struct analysis *a, const struct goroutine *g, size_t i);

/* A part of a whole: "96 %", "4.2 %", "0.05 %", "<0.01 %". */
void tell_share(struct strbuf *out, int64_t part, int64_t whole);
/* Hundredths of a percent as somebody would write them: "5 %", "12.5 %". */
void tell_percent(struct strbuf *out, int64_t hundredths);
/* A value of the ledger as somebody would write it: "miss=false key=4 size=2KiB". */
void tell_attributes(struct strbuf *out, const struct fact_load *load, const struct fact_request *r);

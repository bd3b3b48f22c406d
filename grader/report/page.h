/* page.h: the sections of a report. Only for the files of this folder. */
#pragma once

#include "base/units.h"
#include "grader/analysis/tell.h"
#include "grader/report/report.h"

struct page {
    struct strbuf *out;
    struct analysis *a;
    const struct summary *sum;
    const struct trace_error *error; /* NULL: read to its end */
    const struct report_options *options;
};

/* Whether requests of this load are asked for. */
bool page_shows(const struct page *p, uint32_t load);
/* "\nwho waits\n", in bold if colours are wanted. */
void page_heading(const struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A part of a whole as text: "97 %". */
#define SHARE_MAX 24
const char *share_text(char out[SHARE_MAX], int64_t part, int64_t whole);
/* A moment, from the begin of the trace: "812.4 ms". */
const char *moment_text(const struct page *p, char out[UNITS_MAX], int64_t at);
/* "1 wait", "2 waits" */
const char *plural(int64_t n);

/* Each appends its section, or nothing if there is nothing to say. */
void page_header(const struct page *p);
void page_dashboard(const struct page *p);
void page_request_time(const struct page *p);
void page_places(const struct page *p);
void page_over_time(const struct page *p);
void page_noted(const struct page *p);
void page_gc(const struct page *p);
void page_latency(const struct page *p);
void page_functions(const struct page *p);
void page_annotations(const struct page *p);
void page_pending(const struct page *p);
void page_sums(const struct page *p);

/* What options ask for instead. */
void page_goroutine(const struct page *p, const struct goroutine *g);
void page_requests(const struct page *p);
void page_regions(const struct page *p);

/* All of it, or the one goroutine, as JSON. */
void page_json(const struct page *p, const struct goroutine *g);

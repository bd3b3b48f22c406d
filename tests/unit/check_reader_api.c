/* The reader as analyses use it: events with their contents, ids that last, errors as they are printed. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/reader/reader.h"
#include "tests/unit/trace_cases.h"

Suite *reader_api_suite(void);

static struct trace_reader *open_text(struct strbuf *bytes, const char *text)
{
    struct trace_error err;

    trace_from_text(text, bytes);
    struct trace_reader *r = trace_open_memory(bytes->text, bytes->len, (struct trace_options){0}, &err);
    ck_assert_msg(r != NULL, "%s", r ? "" : err.message);
    return r;
}

static struct trace_event take(struct trace_reader *r, enum trace_kind kind)
{
    struct trace_event e;
    struct trace_error err;

    ck_assert_int_eq(trace_next(r, &e, &err), TRACE_EVENT);
    ck_assert_int_eq(e.kind, kind);
    return e;
}

static void check_text(const struct trace_reader *r, uint32_t string, const char *expected)
{
    struct trace_text t = reader_string(r, string);

    ck_assert_uint_eq(t.length, strlen(expected));
    ck_assert_mem_eq(t.text, expected, t.length);
}

/* clang-format off */
#define TABLES(gen, first, second) \
    "EventBatch gen=" gen " m=-1 time=0\nStacks\n" \
    "Stack id=" first " nframes=2\n\tpc=8 func=" second " file=3 line=5\n" \
    "\tpc=9 func=4 file=3 line=6\n" \
    "EventBatch gen=" gen " m=-1 time=0\nStrings\n" \
    "String id=" first "\n\tdata=\"chan send\"\n" \
    "String id=" second "\n\tdata=\"send\"\n" \
    "String id=3\n\tdata=\"a.go\"\nString id=4\n\tdata=\"main\"\n" \
    "EventBatch gen=" gen " m=-1 time=0\nFrequency freq=1000000000\n"

/* The same wait twice, in two generations with other ids. */
static const char two_generations[] =
    "Trace Go1.22\n"
    "EventBatch gen=1 m=1 time=10\nProcStatus dt=1 p=0 pstatus=1\nGoStatus dt=1 g=1 m=1 gstatus=2\n"
    "GoBlock dt=1 reason_string=1 stack=1\nGoUnblock dt=1 g=1 g_seq=1 stack=0\n"
    TABLES("1", "1", "2")
    "EventBatch gen=2 m=1 time=20\nProcStatus dt=1 p=0 pstatus=1\nGoStatus dt=1 g=1 m=-1 gstatus=1\n"
    "GoStart dt=1 g=1 g_seq=1\nGoBlock dt=1 reason_string=77 stack=77\n"
    TABLES("2", "77", "78");
/* clang-format on */

START_TEST(ids_last_over_generations)
{
    struct strbuf bytes = STRBUF_INIT;
    struct trace_reader *r = open_text(&bytes, two_generations);

    take(r, TRACE_SYNC);
    take(r, TRACE_TRANSITION);
    take(r, TRACE_TRANSITION);
    struct trace_event first = take(r, TRACE_TRANSITION);
    ck_assert_int_eq(first.wire, EV_GO_BLOCK);
    ck_assert_uint_eq(first.generation, 1);
    ck_assert_uint_eq(first.offset, 0x1e);
    ck_assert_uint_eq(first.goroutine, 1);
    ck_assert_uint_eq(first.transition.stack, first.stack);
    for (int i = 0; i < 5; i++) {
        struct trace_event e;
        struct trace_error err;
        ck_assert_int_eq(trace_next(r, &e, &err), TRACE_EVENT);
    }
    struct trace_event second = take(r, TRACE_TRANSITION);
    ck_assert_int_eq(second.wire, EV_GO_BLOCK);
    ck_assert_uint_eq(second.stack, first.stack);
    ck_assert_uint_eq(second.transition.reason, first.transition.reason);
    check_text(r, second.transition.reason, "chan send");

    struct trace_stack stack = reader_stack(r, first.stack);
    ck_assert_uint_eq(stack.count, 2);
    struct trace_frame leaf = reader_frame(r, stack.frames[0]);
    ck_assert_uint_eq(leaf.pc, 8);
    ck_assert_uint_eq(leaf.line, 5);
    check_text(r, leaf.func, "send");
    check_text(r, leaf.file, "a.go");
    check_text(r, reader_frame(r, stack.frames[1]).func, "main");
    ck_assert_uint_eq(reader_stack(r, 0).count, 0);
    check_text(r, 0, "");
    trace_close(r);
    strbuf_release(&bytes);
}
END_TEST

START_TEST(every_kind_has_its_content)
{
    struct strbuf bytes = STRBUF_INIT;
    struct trace_reader *r =
        open_text(&bytes, "Trace Go1.25\n"
                          "EventBatch gen=3 m=-1 time=100\nSync\nFrequency freq=1000000000\n"
                          "ClockSnapshot dt=5 mono=6 sec=7 nsec=8\n"
                          "EventBatch gen=3 m=1 time=100\nProcStatus dt=1 p=2 pstatus=1\n"
                          "GoStatus dt=1 g=9 m=1 gstatus=2\nHeapAlloc dt=1 heapalloc_value=4096\n"
                          "GoLabel dt=1 label_string=1\nSTWBegin dt=1 kind_string=2 stack=0\nSTWEnd dt=1\n"
                          "GCSweepBegin dt=1 stack=0\nGCSweepEnd dt=1 swept_value=10 reclaimed_value=3\n"
                          "UserTaskBegin dt=1 task=5 parent_task=4 name_string=3 stack=0\n"
                          "UserRegionBegin dt=1 task=5 name_string=2 stack=0\n"
                          "UserRegionEnd dt=1 task=5 name_string=2 stack=0\n"
                          "UserLog dt=1 task=5 key_string=1 value_string=3 stack=0\n"
                          "UserTaskEnd dt=1 task=5 stack=0\nHeapObject dt=1 id=40 type=41\n"
                          "EventBatch gen=3 m=-1 time=100\nCPUSamples\n"
                          "CPUSample time=150 m=1 p=-1 g=0 stack=0\n"
                          "EventBatch gen=3 m=-1 time=100\nStrings\nString id=1\n\tdata=\"label\"\n"
                          "String id=2\n\tdata=\"kind\"\nString id=3\n\tdata=\"name\"\n");

    struct trace_event e = take(r, TRACE_SYNC);
    ck_assert_uint_eq(e.sync.n, 1);
    ck_assert(e.sync.has_clock);
    ck_assert_int_eq(e.sync.clock, 105);
    ck_assert_uint_eq(e.sync.mono, 6);
    ck_assert_uint_eq(e.sync.sec, 7);
    ck_assert_uint_eq(e.sync.nsec, 8);
    ck_assert(e.thread == TRACE_NO_THREAD && e.goroutine == TRACE_NO_GOROUTINE);

    e = take(r, TRACE_TRANSITION);
    ck_assert_int_eq(e.transition.resource, TRACE_PROC);
    ck_assert_uint_eq(e.transition.id, 2);
    ck_assert_int_eq(e.transition.from, TRACE_UNDETERMINED);
    ck_assert_int_eq(e.transition.to, TRACE_RUNNING);
    ck_assert(e.thread == 1 && e.proc == TRACE_NO_PROC);
    take(r, TRACE_TRANSITION);

    e = take(r, TRACE_METRIC);
    ck_assert_int_eq(e.metric.metric, METRIC_HEAP_OBJECTS);
    ck_assert_uint_eq(e.metric.value, 4096);
    ck_assert(e.thread == 1 && e.proc == 2 && e.goroutine == 9);
    e = take(r, TRACE_LABEL);
    check_text(r, e.label.label, "label");

    e = take(r, TRACE_RANGE_BEGIN);
    ck_assert_int_eq(e.range.name, RANGE_STW);
    ck_assert_int_eq(e.range.scope, TRACE_GOROUTINE);
    ck_assert_uint_eq(e.range.id, 9);
    check_text(r, e.range.kind, "kind");
    e = take(r, TRACE_RANGE_END);
    check_text(r, e.range.kind, "kind");
    take(r, TRACE_RANGE_BEGIN);
    e = take(r, TRACE_RANGE_END);
    ck_assert_int_eq(e.range.name, RANGE_GC_SWEEP);
    ck_assert_int_eq(e.range.scope, TRACE_PROC);
    ck_assert_uint_eq(e.range.id, 2);
    ck_assert_uint_eq(e.range.swept, 10);
    ck_assert_uint_eq(e.range.reclaimed, 3);

    e = take(r, TRACE_TASK_BEGIN);
    ck_assert_uint_eq(e.task.id, 5);
    ck_assert_uint_eq(e.task.parent, 4);
    check_text(r, e.task.name, "name");
    e = take(r, TRACE_REGION_BEGIN);
    ck_assert_uint_eq(e.region.task, 5);
    check_text(r, e.region.name, "kind");
    take(r, TRACE_REGION_END);
    e = take(r, TRACE_LOG);
    ck_assert_uint_eq(e.log.task, 5);
    check_text(r, e.log.category, "label");
    ck_assert_uint_eq(e.log.message.length, 4);
    ck_assert_mem_eq(e.log.message.text, "name", 4);
    e = take(r, TRACE_TASK_END);
    ck_assert_uint_eq(e.task.parent, 4);
    check_text(r, e.task.name, "name");
    e = take(r, TRACE_EXPERIMENTAL);
    ck_assert_int_eq(e.wire, EV_HEAP_OBJECT);
    ck_assert_uint_eq(e.experimental.arg[2], 41);
    e = take(r, TRACE_SAMPLE);
    ck_assert_int_eq(e.time, 150);
    ck_assert(e.thread == 1 && e.proc == TRACE_NO_PROC && e.goroutine == TRACE_NO_GOROUTINE);
    e = take(r, TRACE_SYNC);
    ck_assert_uint_eq(e.sync.n, 2);
    ck_assert(!e.sync.has_clock);
    ck_assert_int_eq(e.time, 151);

    struct trace_error err;
    ck_assert_int_eq(trace_next(r, &e, &err), TRACE_END);
    ck_assert_int_eq(trace_next(r, &e, &err), TRACE_END);
    ck_assert_int_eq(reader_version(r), TRACE_GO_25);
    trace_close(r);
    strbuf_release(&bytes);
}
END_TEST

START_TEST(ledger_pages_are_handed_over)
{
    struct strbuf bytes = STRBUF_INIT;
    struct trace_reader *r =
        open_text(&bytes, "Trace Go1.22\nEventBatch gen=1 m=1 time=7\nProcStatus dt=1 p=0 pstatus=1\n"
                          "EventBatch gen=1 m=-1 time=7\nStrings\n"
                          "String id=5\n\tdata=\"\\x01tracelab ledger 3 0\\nend returned 5\\n\"\n"
                          "String id=6\n\tdata=\"tracelab ledger 3 1\\n\"\n"
                          "String id=2\n\tdata=\"\\x01tracelab ledger 3 1\\n\"\n"
                          "EventBatch gen=1 m=-1 time=7\nFrequency freq=1000000000\n");

    take(r, TRACE_SYNC);
    struct trace_event e = take(r, TRACE_LEDGER_PAGE);
    ck_assert_uint_eq(e.page.length, 36);
    ck_assert_mem_eq(e.page.text, "\1tracelab ledger 3 0\nend returned 5\n", 36);
    ck_assert_int_eq(e.time, 7);
    e = take(r, TRACE_LEDGER_PAGE);
    ck_assert_mem_eq(e.page.text, "\1tracelab ledger 3 1\n", e.page.length);
    e = take(r, TRACE_TRANSITION);
    ck_assert_int_eq(e.time, 8); /* pages take no time */
    trace_close(r);
    strbuf_release(&bytes);
}
END_TEST

/* An event that cannot be takes no page away: neither of its own generation nor of those behind it. */
START_TEST(pages_behind_a_break_can_be_had)
{
    struct strbuf bytes = STRBUF_INIT;
    struct trace_reader *r =
        open_text(&bytes, "Trace Go1.22\nEventBatch gen=1 m=1 time=7\nProcStatus dt=1 p=0 pstatus=1\n"
                          "GoStart dt=1 g=9 g_seq=1\n"
                          "EventBatch gen=1 m=-1 time=7\nStrings\n"
                          "String id=5\n\tdata=\"\\x01tracelab ledger 3 0\\nwarmup 5\\n\"\n"
                          "EventBatch gen=1 m=-1 time=7\nFrequency freq=1000000000\n"
                          "EventBatch gen=2 m=1 time=9\nProcStatus dt=1 p=0 pstatus=1\n"
                          "EventBatch gen=2 m=-1 time=9\nStrings\n"
                          "String id=5\n\tdata=\"\\x01tracelab ledger 3 1\\nend returned 9\\n\"\n"
                          "EventBatch gen=2 m=-1 time=9\nFrequency freq=1000000000\n");
    struct trace_text page;
    struct trace_error err;
    struct trace_event e;

    ck_assert(!trace_next_page(r, &page)); /* nothing is broken yet */
    take(r, TRACE_SYNC);
    take(r, TRACE_LEDGER_PAGE);
    while (trace_next(r, &e, &err) == TRACE_EVENT)
        ;
    ck_assert_int_eq(err.fault, TRACE_BROKEN_ORDER);
    ck_assert(trace_next_page(r, &page));
    ck_assert_mem_eq(page.text, "\1tracelab ledger 3 1\nend returned 9\n", page.length);
    ck_assert(!trace_next_page(r, &page));
    ck_assert_int_eq(trace_next(r, &e, &err), TRACE_ERROR);
    trace_close(r);
    strbuf_release(&bytes);
}
END_TEST

/* ---- errors -------------------------------------------------------------------------------------------- */

static void check_refusal(const void *bytes, size_t length, const char *expected)
{
    struct strbuf found = STRBUF_INIT;
    struct trace_error err;
    struct trace_event e;
    struct trace_reader *r = trace_open_memory(bytes, length, (struct trace_options){0}, &err);

    while (r && trace_next(r, &e, &err) == TRACE_EVENT)
        ;
    if (r) {
        struct trace_error again;
        ck_assert_int_eq(trace_next(r, &e, &again), TRACE_ERROR);
        ck_assert_str_eq(again.message, err.message);
    }
    trace_error_format(&found, "a.trace", &err);
    ck_assert_str_eq(found.text, expected);
    trace_close(r);
    strbuf_release(&found);
}

START_TEST(headers_are_told_apart)
{
    static const char cut[] =
        "a.trace: note: the program ended without stopping its trace, or the file was cut off\n";
    struct strbuf expected = STRBUF_INIT;

    check_refusal("#!/bin/sh\necho hello\n", 21,
                  "a.trace:0x0: error: not an execution trace: the first 16 bytes are not "
                  "\"go 1.NN trace\" and zeros\n");
    check_refusal("GIF8", 4,
                  "a.trace:0x0: error: not an execution trace: the first 16 bytes are not "
                  "\"go 1.NN trace\" and zeros\n");
    check_refusal("go 1.21 trace\0\0\0", 16,
                  "a.trace:0x0: error: unsupported trace version: go 1.21; versions "
                  "read: 1.22, 1.23, 1.25, 1.26\n"
                  "a.trace: note: Go releases before 1.22 write another format\n");
    check_refusal("go 1.5 trace\0\0\0\0", 16,
                  "a.trace:0x0: error: unsupported trace version: go 1.5; versions "
                  "read: 1.22, 1.23, 1.25, 1.26\n"
                  "a.trace: note: Go releases before 1.22 write another format\n");
    check_refusal("go 1.24 trace\0\0\0", 16,
                  "a.trace:0x0: error: unsupported trace version: go 1.24; versions "
                  "read: 1.22, 1.23, 1.25, 1.26\n");
    check_refusal("go 1.30 trace\0\0\0", 16,
                  "a.trace:0x0: error: unsupported trace version: go 1.30; versions "
                  "read: 1.22, 1.23, 1.25, 1.26\n"
                  "a.trace: note: Go 1.22 to 1.27 write the versions named above\n");
    strbuf_addf(&expected, "a.trace:0x0: error: truncated trace: the file is empty\n%s", cut);
    check_refusal("", 0, expected.text);
    strbuf_reset(&expected);
    strbuf_addf(&expected,
                "a.trace:0x7: error: truncated trace: the file ends inside its 16-byte "
                "header\n%s",
                cut);
    check_refusal("go 1.22", 7, expected.text);
    strbuf_release(&expected);
}
END_TEST

START_TEST(errors_name_place_and_cause)
{
    struct strbuf bytes = STRBUF_INIT;

    trace_from_text("Trace Go1.22\nEventBatch gen=1 m=7 time=0\nProcStatus dt=1 p=0 pstatus=1\n"
                    "GoStart dt=1 g=2 g_seq=1\n"
                    "EventBatch gen=1 m=-1 time=0\nFrequency freq=1000000000\n",
                    &bytes);
    check_refusal(bytes.text, bytes.len,
                  "a.trace:0x19: error: inconsistent trace: failed to advance: no thread in "
                  "generation 1 can do its next event\n"
                  "a.trace: note: thread 7 at 0x19: GoStart g=2 g_seq=1: goroutine 2 is not known\n");
    check_refusal(bytes.text, bytes.len - 3,
                  "a.trace:0x2e: error: truncated trace: the file ends inside a batch\n"
                  "a.trace: note: failed to read full batch: read 3 but wanted 6\n"
                  "a.trace: note: the batch begins at 0x1d\n"
                  "a.trace: note: the program ended without stopping its trace, or the file was cut "
                  "off\n");
    strbuf_release(&bytes);
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
    struct strbuf found = STRBUF_INIT;
    struct trace_error err;

    ck_assert_ptr_null(trace_open("/nonexistent/a.trace", (struct trace_options){0}, &err));
    trace_error_format(&found, "a.trace", &err);
    ck_assert_str_eq(found.text, "a.trace: error: cannot read: No such file or directory\n");
    strbuf_reset(&found);
    ck_assert_ptr_null(trace_open("/", (struct trace_options){0}, &err));
    trace_error_format(&found, "a.trace", &err);
    ck_assert_str_eq(found.text, "a.trace: error: cannot read: Is a directory\n");
    strbuf_release(&found);
    trace_close(NULL);
}
END_TEST

START_TEST(a_file_reads_like_memory)
{
    struct strbuf bytes = STRBUF_INIT;
    char path[] = "/tmp/check-trace-XXXXXX";
    struct trace_event a, b;
    struct trace_error err;

    struct trace_reader *memory =
        open_text(&bytes, "Trace Go1.22\nEventBatch gen=1 m=7 time=0\n"
                          "ProcStatus dt=1 p=0 pstatus=1\nGoStatus dt=1 g=1 m=7 gstatus=2\n"
                          "EventBatch gen=1 m=-1 time=0\nFrequency freq=1000000000\n");
    FILE *out = fdopen(mkstemp(path), "wb");
    fwrite(bytes.text, 1, bytes.len, out);
    fclose(out);
    struct trace_reader *file = trace_open(path, (struct trace_options){.strict = true}, &err);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(trace_next(memory, &a, &err), TRACE_EVENT);
        ck_assert_int_eq(trace_next(file, &b, &err), TRACE_EVENT);
        ck_assert_int_eq(a.kind, b.kind);
        ck_assert_int_eq(a.time, b.time);
        ck_assert_uint_eq(a.offset, b.offset);
    }
    ck_assert_int_eq(trace_next(file, &b, &err), TRACE_END);
    trace_close(memory);
    trace_close(file);
    remove(path);
    strbuf_release(&bytes);
}
END_TEST

Suite *reader_api_suite(void)
{
    Suite *s = suite_create("reader/use");
    TCase *t = tcase_create("use");

    tcase_add_test(t, ids_last_over_generations);
    tcase_add_test(t, every_kind_has_its_content);
    tcase_add_test(t, ledger_pages_are_handed_over);
    tcase_add_test(t, pages_behind_a_break_can_be_had);
    tcase_add_test(t, headers_are_told_apart);
    tcase_add_test(t, errors_name_place_and_cause);
    tcase_add_test(t, files_that_cannot_be_read);
    tcase_add_test(t, a_file_reads_like_memory);
    suite_add_tcase(s, t);
    return s;
}

/* Traces as text and back, and events as lines for people. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/reader/print.h"
#include "grader/reader/text.h"
#include "tests/unit/text_parse.h"
#include "tests/unit/trace_cases.h"

Suite *reader_text_suite(void);

static const char example[] = "Trace Go1.22\n"
                              "EventBatch gen=1 m=7 time=1000\n"
                              "ProcStatus dt=1 p=0 pstatus=1\n"
                              "GoStatus dt=1 g=1 m=7 gstatus=2\n"
                              "ProcsChange dt=1 procs_value=1 stack=0\n"
                              "GoCreate dt=5 new_g=2 new_stack=1 stack=2\n"
                              "GoBlock dt=10 reason_string=1 stack=2\n"
                              "GoStart dt=2 g=2 g_seq=1\n"
                              "GoUnblock dt=20 g=1 g_seq=1 stack=1\n"
                              "GoDestroy dt=5\n"
                              "GoStart dt=2 g=1 g_seq=2\n"
                              "EventBatch gen=1 m=-1 time=1000\n"
                              "Frequency freq=15625000\n"
                              "EventBatch gen=1 m=-1 time=1000\n"
                              "Stacks\n"
                              "Stack id=1 nframes=1\n"
                              "\tpc=0x2000 func=3 file=4 line=20\n"
                              "Stack id=2 nframes=1\n"
                              "\tpc=0x1000 func=2 file=4 line=10\n"
                              "EventBatch gen=1 m=-1 time=1000\n"
                              "Strings\n"
                              "String id=1\n"
                              "\tdata=\"chan receive\"\n"
                              "String id=2\n"
                              "\tdata=\"main\"\n"
                              "String id=3\n"
                              "\tdata=\"worker\"\n"
                              "String id=4\n"
                              "\tdata=\"a.c\"\n";

/* clang-format off */
/* The same trace as it stands in a file, byte by byte. */
static const uint8_t example_bytes[] = {
    0x67, 0x6f, 0x20, 0x31, 0x2e, 0x32, 0x32, 0x20, 0x74, 0x72, 0x61, 0x63, 0x65, 0, 0, 0,
    0x01, 0x01, 0x07, 0xe8, 0x07, 0x25,
    0x0d, 0x01, 0x00, 0x01,
    0x19, 0x01, 0x01, 0x07, 0x02,
    0x09, 0x01, 0x01, 0x00,
    0x0e, 0x05, 0x02, 0x01, 0x02,
    0x14, 0x0a, 0x01, 0x02,
    0x10, 0x02, 0x02, 0x01,
    0x15, 0x14, 0x01, 0x01, 0x01,
    0x11, 0x05,
    0x10, 0x02, 0x01, 0x02,
    0x01, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0xe8, 0x07, 0x05,
    0x08, 0xa8, 0xd6, 0xb9, 0x07,
    0x01, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0xe8, 0x07, 0x11,
    0x02,
    0x03, 0x01, 0x01, 0x80, 0x40, 0x03, 0x04, 0x14,
    0x03, 0x02, 0x01, 0x80, 0x20, 0x02, 0x04, 0x0a,
    0x01, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0xe8, 0x07, 0x26,
    0x04,
    0x05, 0x01, 0x0c, 0x63, 0x68, 0x61, 0x6e, 0x20, 0x72, 0x65, 0x63, 0x65, 0x69, 0x76, 0x65,
    0x05, 0x02, 0x04, 0x6d, 0x61, 0x69, 0x6e,
    0x05, 0x03, 0x06, 0x77, 0x6f, 0x72, 0x6b, 0x65, 0x72,
    0x05, 0x04, 0x03, 0x61, 0x2e, 0x63,
};
/* clang-format on */

/* The text of bytes, to be freed; *good says whether all of them were decoded. */
static char *dump(const void *bytes, size_t length, bool offsets, bool *good, struct trace_error *err)
{
    struct input in;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    input_open_memory(&in, bytes, length);
    *good = wire_text_dump(out, &in, offsets, err);
    fclose(out);
    return text;
}

START_TEST(a_text_gives_exact_bytes)
{
    struct strbuf bytes = STRBUF_INIT;

    trace_from_text(example, &bytes);
    ck_assert_uint_eq(bytes.len, 164);
    ck_assert_uint_eq(sizeof(example_bytes), 164);
    ck_assert_mem_eq(bytes.text, example_bytes, 164);
    strbuf_release(&bytes);
}
END_TEST

/* Bytes to text to bytes, for every case there is. */
static void round_trip(const struct trace_case *c)
{
    struct strbuf bytes = STRBUF_INIT, again = STRBUF_INIT;
    struct trace_error err;
    bool good;

    trace_case_bytes(c, &bytes);
    char *text = dump(bytes.text, bytes.len, false, &good, &err);
    ck_assert_msg(good, "%s:%u: %s", c->file, c->line, err.message);
    trace_from_text(text, &again);
    ck_assert_msg(bytes.len == again.len && memcmp(bytes.text, again.text, bytes.len) == 0,
                  "%s:%u: bytes differ", c->file, c->line);
    free(text);
    strbuf_release(&bytes);
    strbuf_release(&again);
}

START_TEST(write_read_write)
{
    struct trace_case_files all;

    trace_cases_load(&all, "tests/fixtures/traces");
    for (size_t i = 0; i < all.files.len; i++) {
        for (size_t j = 0; j < all.files.data[i].cases.len; j++)
            round_trip(&all.files.data[i].cases.data[j]);
    }
    trace_cases_release(&all);
}
END_TEST

/* Padding is lost the first time, and nothing after that. */
START_TEST(padded_sizes_become_short)
{
    static const uint8_t padded[] = {
        'g',  'o',  ' ',  '1',  '.',  '2',  '2',  ' ',  't',  'r',  'a',  'c',
        'e',  0,    0,    0,    0x01, 0x01, 0x87, 0x00, 0x00, 0x84, 0x80, 0x80,
        0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x0d, 0x01, 0x00, 0x01,
    };
    static const uint8_t expected[] = {
        'g', 'o', ' ', '1',  '.',  '2',  '2',  ' ',  't',  'r',  'a',  'c',  'e',
        0,   0,   0,   0x01, 0x01, 0x07, 0x00, 0x04, 0x0d, 0x01, 0x00, 0x01,
    };
    struct strbuf bytes = STRBUF_INIT;
    struct trace_error err;
    bool good;
    char *text = dump(padded, sizeof(padded), false, &good, &err);

    ck_assert(good);
    trace_from_text(text, &bytes);
    ck_assert_uint_eq(bytes.len, sizeof(expected));
    ck_assert_mem_eq(bytes.text, expected, sizeof(expected));
    free(text);
    strbuf_release(&bytes);
}
END_TEST

START_TEST(a_dump_is_gos_text)
{
    static const char text[] = "Trace Go1.23\n"
                               "EventBatch gen=1 m=18446744073709551615 time=5\n"
                               "UserLog dt=1 task=2 key_string=3 value_string=4 stack=5\n"
                               "String id=9\n"
                               "\tdata=\"a \\\"b\\\"\\\\\\n\\t\\x01\\xff#\"\n"
                               "ExperimentalBatch exp=1 gen=1 m=2 time=3\n"
                               "\tdata=\"\\x00xyz\"\n";
    static const char expected[] = "Trace Go1.23\n"
                                   "EventBatch gen=1 m=18446744073709551615 time=5 size=20\t# 0x10\n"
                                   "UserLog dt=1 task=2 key_string=3 value_string=4 stack=5\t# 0x1e\n"
                                   "String id=9\t# 0x24\n"
                                   "\tdata=\"a \\\"b\\\"\\\\\\n\\t\\x01\\xff#\"\n"
                                   "ExperimentalBatch exp=1 gen=1 m=2 time=3\t# 0x32\n"
                                   "\tdata=\"\\x00xyz\"\n";
    struct strbuf bytes = STRBUF_INIT;
    struct trace_error err;
    bool good;

    trace_from_text(text, &bytes);
    char *found = dump(bytes.text, bytes.len, true, &good, &err);
    ck_assert(good);
    ck_assert_str_eq(found, expected);
    free(found);
    strbuf_release(&bytes);
}
END_TEST

START_TEST(a_dump_ends_where_bytes_mean_nothing)
{
    static const char *const wrong[][3] = {
        /* bytes behind the header, text before the error, the error */
        {"\x13\x01", "GoStop dt=1\n", "truncated 0x12 the file ends inside the event at 0x10"},
        {"\x11\x01\x7f", "GoDestroy dt=1\n\n", "corrupt 0x12 invalid event type: 127"},
        {"\x05\x01\x03"
         "ab",
         "String id=1\n\tdata=\"ab\n", "truncated 0x15 the file ends inside the event at 0x10"},
    };

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct strbuf bytes = STRBUF_INIT, expected = STRBUF_INIT, found = STRBUF_INIT;
        struct trace_error err;
        bool good;
        strbuf_addn(&bytes, "go 1.22 trace\0\0\0", 16);
        strbuf_add(&bytes, wrong[i][0]);
        char *text = dump(bytes.text, bytes.len, false, &good, &err);
        ck_assert(!good);
        strbuf_addf(&expected, "Trace Go1.22\n%s", wrong[i][1]);
        ck_assert_str_eq(text, expected.text);
        strbuf_addf(&found, "%s 0x%x %s", trace_fault_name(err.fault), (unsigned)err.offset, err.message);
        ck_assert_str_eq(found.text, wrong[i][2]);
        free(text);
        strbuf_release(&bytes);
        strbuf_release(&expected);
        strbuf_release(&found);
    }
}
END_TEST

/* ---- mistakes in a text ------------------------------------------------------------------------------ */

/* clang-format off */
static const char *const mistakes[][2] = {
    {"", "t:1:1: error: expected `Trace Go1.22` or another version\n"},
    {"Go1.22\n", "t:1:1: error: expected `Trace Go1.22` or another version\n"},
    {"Trace Go1.222\n",
     "t:1:14: error: a version has at most two digits\n"},
    {"Trace Go1.22\nGoStopp dt=1\n",
     "t:2:1: error: unknown event 'GoStopp'; did you mean 'GoStop'?\n"},
    {"Trace Go1.22\nGoStop dt=1 stack=0\n",
     "t:2:13: error: expected 'reason_string='\n"},
    {"Trace Go1.22\nGoStop dt=1 reason_string=1 stack=0 p=1\n",
     "t:2:37: error: expected the end of the line\n"},
    {"Trace Go1.22\nProcStop dt=x\n",
     "t:2:13: error: expected a number of at most 64 bits\n"},
    {"Trace Go1.22\nProcStop dt=18446744073709551616\n",
     "t:2:13: error: expected a number of at most 64 bits\n"},
    {"Trace Go1.22\nString id=1\n",
     "t:3:1: error: expected a line `data=\"...\"`\n"},
    {"Trace Go1.22\nString id=1\n\tdata=\"x\n",
     "t:3:9: error: expected a closing quote\n"},
    {"Trace Go1.22\nString id=1\n\tdata=\"\\q\"\n",
     "t:3:9: error: expected an escape such as \\n, \\\" or \\x1f\n"},
    {"Trace Go1.22\nStack id=1 nframes=2\n\tpc=1 func=1 file=1 line=1\n",
     "t:4:1: error: expected 1 more frames\n"},
    {"Trace Go1.22\nExperimentalBatch exp=256 gen=1 m=1 time=1\n\tdata=\"\"\n",
     "t:2:26: error: an experiment is one byte\n"},
};
/* clang-format on */

START_TEST(mistakes_are_pointed_out)
{
    struct source text;
    struct diags diags = DIAGS_INIT;
    struct strbuf bytes = STRBUF_INIT, found = STRBUF_INIT;

    source_init(&text, "t", mistakes[_i][0], strlen(mistakes[_i][0]));
    ck_assert(!wire_text_parse(&bytes, &text, &diags));
    ck_assert_uint_eq(diags.errors, 1);
    diags_format(&diags, &found, false);
    ck_assert_msg(strncmp(found.text, mistakes[_i][1], strlen(mistakes[_i][1])) == 0, "expected %s found %s",
                  mistakes[_i][1], found.text);
    strbuf_release(&bytes);
    strbuf_release(&found);
    source_release(&text);
    diags_release(&diags);
}
END_TEST

/* ---- lines for people ---------------------------------------------------------------------------------- */

START_TEST(events_print)
{
    static const char expected[] =
        "0.000000 ms  m- p- g-  Sync 1, generation 1\n"
        "0.000064 ms  m7 p- g-  StateTransition proc 0 Undetermined -> Running\n"
        "0.000128 ms  m7 p0 g-  StateTransition goroutine 1 Undetermined -> Running\n"
        "0.000192 ms  m7 p0 g1  Metric /sched/gomaxprocs:threads 1\n"
        "0.000512 ms  m7 p0 g1  StateTransition goroutine 2 NotExist -> Runnable\n"
        "    stack\n"
        "        main a.c:10\n"
        "    its stack\n"
        "        worker a.c:20\n"
        "0.001152 ms  m7 p0 g1  StateTransition goroutine 1 Running -> Waiting \"chan receive\"\n"
        "    stack\n"
        "        main a.c:10\n"
        "0.001280 ms  m7 p0 g-  StateTransition goroutine 2 Runnable -> Running\n"
        "0.002560 ms  m7 p0 g2  StateTransition goroutine 1 Waiting -> Runnable\n"
        "    stack\n"
        "        worker a.c:20\n"
        "0.002880 ms  m7 p0 g2  StateTransition goroutine 2 Running -> NotExist\n"
        "0.003008 ms  m7 p0 g-  StateTransition goroutine 1 Runnable -> Running\n"
        "0.003009 ms  m- p- g-  Sync 2\n";
    struct trace_error err;
    struct trace_event e;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct trace_reader *r =
        trace_open_memory(example_bytes, sizeof(example_bytes), (struct trace_options){.strict = true}, &err);
    struct trace_printer p = {.out = out, .reader = r, .stacks = true};

    while (trace_next(r, &e, &err) == TRACE_EVENT)
        trace_print_event(&p, &e);
    fclose(out);
    ck_assert_str_eq(text, expected);
    free(text);
    trace_close(r);
}
END_TEST

START_TEST(pages_and_odd_bytes_print)
{
    static const char expected[] =
        "0.000000 ms  m- p- g-  Sync 1, generation 1  # 0x10\n"
        "0.000000 ms  m- p- g-  LedgerPage of 29 bytes  # 0x10\n"
        "    ?tracelab ledger 3 0\n"
        "    end ?[1m\n"
        "0.000001 ms  m1 p- g-  StateTransition proc 0 Undetermined -> Running  # 0x15\n"
        "0.000002 ms  m1 p0 g-  StateTransition goroutine 1 Undetermined -> Running  # 0x19\n"
        "0.000003 ms  m1 p0 g1  Log \"\" \"a?b\" in task 7  # 0x1e\n"
        "    stack\n"
        "        f??\xc3\xa9?[2J a?b:3\n"
        "0.000004 ms  m- p- g-  Sync 2  # 0x8f\n";
    struct strbuf bytes = STRBUF_INIT;
    struct trace_error err;
    struct trace_event e;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    trace_from_text("Trace Go1.22\nEventBatch gen=1 m=1 time=5\nProcStatus dt=1 p=0 pstatus=1\n"
                    "GoStatus dt=1 g=1 m=1 gstatus=2\n"
                    "UserLog dt=1 task=7 key_string=0 value_string=2 stack=1\n"
                    "EventBatch gen=1 m=-1 time=5\nStacks\n"
                    "Stack id=1 nframes=1\n\tpc=1 func=3 file=2 line=3\n"
                    "EventBatch gen=1 m=-1 time=5\nStrings\n"
                    "String id=3\n\tdata=\"f\\xff\\x1b\\xc3\\xa9\\x7f[2J\"\n"
                    "String id=1\n\tdata=\"\\x01tracelab ledger 3 0\\nend \\x1b[1m\"\n"
                    "String id=2\n\tdata=\"a\\x07b\"\n"
                    "EventBatch gen=1 m=-1 time=5\nFrequency freq=1000000000\n",
                    &bytes);
    struct trace_reader *r = trace_open_memory(bytes.text, bytes.len, (struct trace_options){0}, &err);
    struct trace_printer p = {.out = out, .reader = r, .stacks = true, .offsets = true};
    while (trace_next(r, &e, &err) == TRACE_EVENT)
        trace_print_event(&p, &e);
    fclose(out);
    ck_assert_str_eq(text, expected);
    free(text);
    trace_close(r);
    strbuf_release(&bytes);
}
END_TEST

Suite *reader_text_suite(void)
{
    Suite *s = suite_create("reader/text");
    TCase *t = tcase_create("text");

    tcase_add_test(t, a_text_gives_exact_bytes);
    tcase_add_test(t, write_read_write);
    tcase_add_test(t, padded_sizes_become_short);
    tcase_add_test(t, a_dump_is_gos_text);
    tcase_add_test(t, a_dump_ends_where_bytes_mean_nothing);
    tcase_add_loop_test(t, mistakes_are_pointed_out, 0, (int)ARRAY_LEN(mistakes));
    tcase_add_test(t, events_print);
    tcase_add_test(t, pages_and_odd_bytes_print);
    suite_add_tcase(s, t);
    return s;
}

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "format/events.h"
#include "runtime/sched/g.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/trace.h"

Suite *ledger_suite(void);

static void emit(struct rt *rt, const void *bytes, size_t n)
{
    (void)rt;
    (void)bytes;
    (void)n;
}

static const struct machine_ops ops = {.emit = emit};
static struct rt rt;

static void setup(void)
{
    rt = (struct rt){.ops = &ops, .ledger = ledger_new()};
    rt.tracer = trace_new(&rt, 1000000000);
}

static void teardown(void)
{
    trace_free(rt.tracer);
    ledger_free(rt.ledger);
}

static void add_page(void *context, const char *bytes, size_t n)
{
    struct strbuf *pages = context;

    ck_assert_uint_le(n, TRACE_MAX_STRING);
    strbuf_addn(pages, bytes, n);
    strbuf_add(pages, "--\n");
}

static void check_pages(const char *want)
{
    struct strbuf pages = STRBUF_INIT;

    ledger_flush(rt.ledger, add_page, &pages);
    ck_assert_str_eq(pages.text, want);
    strbuf_release(&pages);
}

START_TEST(lines_gather_in_numbered_pages)
{
    ledger_add(&rt, LEDGER_SEED, "%d %d %s", 7, 9, "faithful");
    ledger_add(&rt, LEDGER_END, "%s %d", "returned", 12);
    check_pages("\1tracelab ledger 3 0\nseed 7 9 faithful\nend returned 12\n--\n");
    check_pages("");
    ledger_add(&rt, LEDGER_WARMUP, "%d", 5);
    check_pages("\1tracelab ledger 3 1\nwarmup 5\n--\n");
}
END_TEST

START_TEST(lines_never_span_pages)
{
    struct strbuf pages = STRBUF_INIT;
    const char *at;
    int lines = 0;
    int headers = 0;

    for (int i = 0; i < 100; i++) {
        char text[80];

        snprintf(text, sizeof text, "line-%03d %0*d", i, 20 + i % 17, i);
        ledger_add(&rt, LEDGER_TOTAL, "%s", text);
    }
    ledger_flush(rt.ledger, add_page, &pages);
    for (at = pages.text; *at; at = strchr(at, '\n') + 1) {
        if (at[0] == '\1')
            headers++;
        else if (at[0] != '-')
            ck_assert_int_eq(atoi(at + strlen("total line-")), lines++);
    }
    ck_assert_int_eq(lines, 100);
    ck_assert_int_eq(headers, 5);
    strbuf_release(&pages);
}
END_TEST

struct sizes {
    size_t n, of[4];
};

static void note_size(void *context, const char *bytes, size_t n)
{
    struct sizes *sizes = context;

    (void)bytes;
    sizes->of[sizes->n++] = n;
}

START_TEST(a_page_is_filled_to_its_last_byte)
{
    struct sizes sizes = {0};
    int room = TRACE_MAX_STRING - (int)strlen("\1tracelab ledger 3 0\n") - (int)strlen("total \n");

    char text[TRACE_MAX_STRING + 1];

    snprintf(text, sizeof text, "%0*d", room, 1);
    ledger_add(&rt, LEDGER_TOTAL, "%s", text);
    ledger_add(&rt, LEDGER_TOTAL, "%s%d", text, 1); /* one byte too long: cut */
    ledger_flush(rt.ledger, note_size, &sizes);
    ck_assert_uint_eq(sizes.n, 2);
    ck_assert_uint_eq(sizes.of[0], TRACE_MAX_STRING);
    ck_assert_uint_eq(sizes.of[1], TRACE_MAX_STRING);
}
END_TEST

START_TEST(a_line_longer_than_a_page_is_cut)
{
    struct strbuf pages = STRBUF_INIT;
    char *text = malloc(5001);

    memset(text, 'x', 5000);
    text[5000] = '\0';
    ledger_add(&rt, LEDGER_PANIC, "%s", text);
    ledger_add(&rt, LEDGER_WARMUP, "5");
    ledger_flush(rt.ledger, add_page, &pages);
    ck_assert_ptr_nonnull(strstr(pages.text, "xxx\n--\n\1tracelab ledger 3 1\nwarmup 5\n--\n"));
    ck_assert_uint_eq(strlen(pages.text),
                      TRACE_MAX_STRING + strlen("--\n\1tracelab ledger 3 1\nwarmup 5\n--\n"));
    free(text);
    strbuf_release(&pages);
}
END_TEST

START_TEST(no_field_can_end_a_line)
{
    ledger_add(&rt, LEDGER_PANIC, "%s", "boom\nend returned 1\t\x7f\1" "é");
    check_pages("\1tracelab ledger 3 0\npanic boom end returned 1   é\n--\n");
}
END_TEST

START_TEST(lines_before_the_trace_are_kept_and_after_it_are_not)
{
    ledger_add(&rt, LEDGER_WARMUP, "1");
    trace_start(&rt);
    ledger_add(&rt, LEDGER_WARMUP, "2");
    check_pages("\1tracelab ledger 3 0\nwarmup 1\nwarmup 2\n--\n");
    trace_stop(&rt);
    ledger_add(&rt, LEDGER_WARMUP, "3");
    check_pages("");
}
END_TEST

START_TEST(without_tracer_or_ledger_lines_vanish)
{
    struct rt bare = {0};

    ledger_add(&bare, LEDGER_WARMUP, "1");
    bare.ledger = rt.ledger;
    ledger_add(&bare, LEDGER_WARMUP, "2");
    check_pages("");
}
END_TEST

Suite *ledger_suite(void)
{
    Suite *s = suite_create("trace/ledger");
    TCase *c = tcase_create("ledger");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, lines_gather_in_numbered_pages);
    tcase_add_test(c, lines_never_span_pages);
    tcase_add_test(c, a_page_is_filled_to_its_last_byte);
    tcase_add_test(c, a_line_longer_than_a_page_is_cut);
    tcase_add_test(c, no_field_can_end_a_line);
    tcase_add_test(c, lines_before_the_trace_are_kept_and_after_it_are_not);
    tcase_add_test(c, without_tracer_or_ledger_lines_vanish);
    suite_add_tcase(s, c);
    return s;
}

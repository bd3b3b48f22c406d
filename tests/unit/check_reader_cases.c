/* The rules of reading, one small trace each: tests/fixtures/traces. With BLESS=1 in the environment the
 * files are rewritten with today's verdicts, for review. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "grader/reader/text.h"
#include "tests/unit/trace_cases.h"

Suite *reader_cases_suite(void);

static void check_case(const struct trace_case *c)
{
    struct strbuf bytes = STRBUF_INIT, verdict = STRBUF_INIT;

    trace_case_bytes(c, &bytes);
    trace_case_read(&verdict, bytes.text, bytes.len);
    if (strcmp(verdict.text, c->verdict) != 0)
        ck_abort_msg("%s:%u: %s\n--- expected\n%s--- found\n%s", c->file, c->line, c->title, c->verdict,
                     verdict.text);
    strbuf_release(&bytes);
    strbuf_release(&verdict);
}

START_TEST(verdicts)
{
    struct trace_case_files all;

    trace_cases_load(&all, "tests/fixtures/traces");
    for (size_t i = 0; i < all.files.len; i++) {
        struct trace_case_file *f = &all.files.data[i];
        if (getenv("BLESS"))
            trace_cases_bless(f);
        for (size_t j = 0; j < f->cases.len && !getenv("BLESS"); j++)
            check_case(&f->cases.data[j]);
    }
    trace_cases_release(&all);
}
END_TEST

Suite *reader_cases_suite(void)
{
    Suite *s = suite_create("reader/cases");
    TCase *t = tcase_create("cases");

    tcase_add_test(t, verdicts);
    suite_add_tcase(s, t);
    return s;
}

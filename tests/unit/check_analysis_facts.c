/* The ledger's lines as somebody else might have written them. */
#include <check.h>
#include <string.h>

#include "base/strbuf.h"
#include "grader/analysis/facts.h"

Suite *analysis_facts_suite(void);

static void take(struct facts *f, const char *lines)
{
    struct strbuf page = STRBUF_INIT;

    strbuf_addf(&page, LEDGER_MAGIC "%u\n%s", (unsigned)f->pages, lines);
    facts_page(f, page.text, page.len);
    strbuf_release(&page);
}

/* clang-format off */
static const struct {
    const char *lines;
    bool damaged;
} ledgers[] = {
    {"", false},
    {"seed 18446744073709551615 7 faithful\n", false},
    {"seed 18446744073709551616 7 faithful\n", true},
    {"seed x 7 faithful\n", true},
    {"seed 7 faithful\n", true},
    {"load 0 api 2\nrequest 0 0 5 5 3\nrequest 0 1 6 - -\n", false},
    {"load 0 api 2\nrequest 0 2 5 5 3\n", true},
    {"load 0 api 2\nreply 0 2 5 3 ok 0 0 0 0\n", true},
    {"load 0 api 2\nwork 0 2 0 1 1 5 6 0\n", true},
    {"request 0 0 5 5 3\nload 0 api 2\n", true},
    {"load 0 api 2\nrequest 1 0 5 5 3\n", true},
    {"load 0 api 2\nload 0 api 3\n", true},
    {"attr 0 0 size size\nload 0 api 2\n", true},
    {"load 0 api 2000000\nload 1 web 2000000\n", false},
    {"load 0 api 2000001\n", true},
    {"load 0 api 2000000\nload 1 b 2000000\nload 2 c 2000000\nload 3 d 2000000\nload 4 e 2000000\n", true},
};
/* clang-format on */

START_TEST(what_no_runtime_writes_is_damage)
{
    struct facts f = {0};

    take(&f, ledgers[_i].lines);
    ck_assert_msg(f.damaged == ledgers[_i].damaged, "%s", ledgers[_i].lines);
    facts_release(&f);
}
END_TEST

/* The last of many requests alone: what is kept is that one, not room for all before it. */
START_TEST(a_line_costs_what_it_holds)
{
    struct facts f = {0};

    take(&f, "load 0 api 2000000\nattr 0 0 size size\nrequest 0 1999999 5 6 3 77\n");
    ck_assert(!f.damaged);
    ck_assert_int_eq(facts_request(&f, 0, 1999999)->attrs[0], 77);
    ck_assert_ptr_null(facts_request(&f, 0, 1999998));
    ck_assert_uint_eq(sizeof f.loads.data[0].requests.data[0], sizeof(void *));
    facts_release(&f);
}
END_TEST

Suite *analysis_facts_suite(void)
{
    Suite *s = suite_create("analysis/facts");
    TCase *c = tcase_create("facts");

    tcase_add_loop_test(c, what_no_runtime_writes_is_damage, 0, (int)(sizeof ledgers / sizeof ledgers[0]));
    tcase_add_test(c, a_line_costs_what_it_holds);
    suite_add_tcase(s, c);
    return s;
}

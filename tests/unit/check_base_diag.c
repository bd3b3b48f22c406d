/* base/source, base/diag, base/suggest, base/utf8 */
#include <check.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "base/utf8.h"

Suite *base_diag_suite(void);

static struct source source_of(const char *name, const char *text)
{
    struct source s;

    source_init(&s, name, text, strlen(text));
    return s;
}

/* Formats and releases. */
static void assert_text(struct diags *d, bool color, const char *expected)
{
    struct strbuf out = STRBUF_INIT;

    diags_format(d, &out, color);
    ck_assert_str_eq(out.text, expected);
    strbuf_release(&out);
    diags_release(d);
}

START_TEST(positions_count_from_one)
{
    struct source s = source_of("f", "ab\ncd\n\nx");
    static const struct {
        size_t offset;
        unsigned line, column;
    } cases[] = {{0, 1, 1}, {1, 1, 2}, {2, 1, 3}, {3, 2, 1}, {6, 3, 1}, {7, 4, 1}, {8, 4, 2}, {99, 4, 2}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct span span = source_span(&s, cases[i].offset, 1);

        ck_assert_uint_eq(span.line, cases[i].line);
        ck_assert_uint_eq(span.column, cases[i].column);
    }
    ck_assert_uint_eq(source_span(&s, 6, 99).length, 2);
    source_release(&s);
}
END_TEST

START_TEST(lines_have_no_line_ends)
{
    struct source s = source_of("f", "one\r\n\ntwo");
    size_t len;

    ck_assert_mem_eq(source_line(&s, 1, &len), "one", 3);
    ck_assert_uint_eq(len, 3);
    source_line(&s, 2, &len);
    ck_assert_uint_eq(len, 0);
    ck_assert_str_eq(source_line(&s, 3, &len), "two");
    ck_assert_uint_eq(len, 3);
    source_release(&s);
}
END_TEST

START_TEST(excerpts_point_into_the_source)
{
    struct source s = source_of("f", "a:  5 .. 7  ");
    struct excerpt e = {s.text + 4, 6, source_span(&s, 4, 6), true}, part;

    ck_assert_uint_eq(excerpt_span(&e, 5, 1).offset, 9);
    part = excerpt_part(&e, 1, 5);
    ck_assert_uint_eq(part.len, 4);
    ck_assert_uint_eq(part.span.column, 7);
    e.verbatim = false;
    ck_assert_uint_eq(excerpt_span(&e, 5, 1).offset, 4);
    ck_assert_uint_eq(excerpt_span(&e, 5, 1).length, 6);
    part = excerpt_part(&e, 1, 1);
    ck_assert_uint_eq(part.len, 0);
    source_release(&s);
}
END_TEST

START_TEST(an_error_has_line_caret_and_notes)
{
    struct source s = source_of("scenarios/convoy.yaml", "objects:\n  mu: mutex\ndo:\n      - lokc: mu\n");
    struct diags d = DIAGS_INIT;

    diags_error(&d, source_span(&s, 33, 4), "unknown step '%s'; did you mean 'lock'?", "lokc");
    diags_note(&d, source_span(&s, 11, 2), "locks declared here: 'mu', 'cache'");
    ck_assert_uint_eq(d.errors, 1);
    assert_text(&d, false,
                "scenarios/convoy.yaml:4:9: error: unknown step 'lokc'; did you mean 'lock'?\n"
                "    4 |       - lokc: mu\n"
                "      |         ^~~~\n"
                "scenarios/convoy.yaml:2:3: note: locks declared here: 'mu', 'cache'\n");
    source_release(&s);
}
END_TEST

START_TEST(sorted_by_file_position_and_report)
{
    struct source a = source_of("a", "x\ny\n"), b = source_of("b", "z\n");
    struct diags d = DIAGS_INIT;

    diags_warn(&d, source_span(&b, 0, 1), "b first spoken of");
    diags_error(&d, source_span(&a, 2, 1), "second line");
    diags_error(&d, source_span(&a, 0, 1), "first line");
    diags_error(&d, source_span(&a, 0, 1), "first line again");
    ck_assert_uint_eq(d.errors, 3);
    assert_text(&d, false,
                "b:1:1: warning: b first spoken of\n    1 | z\n      | ^\n"
                "a:1:1: error: first line\n    1 | x\n      | ^\n"
                "a:1:1: error: first line again\n    1 | x\n      | ^\n"
                "a:2:1: error: second line\n    2 | y\n      | ^\n");
    source_release(&a);
    source_release(&b);
}
END_TEST

START_TEST(places_may_be_coarse)
{
    struct source s = source_of("a", "x\n");
    struct diags d = DIAGS_INIT;

    diags_error(&d, source_whole(&s), "the file is empty");
    diags_error(&d, (struct span){0}, "no file at all");
    assert_text(&d, false, "a: error: the file is empty\nerror: no file at all\n");
    source_release(&s);
}
END_TEST

START_TEST(a_dozen_errors_are_enough)
{
    struct source s = source_of("a", "x\n");
    struct diags d = DIAGS_INIT;
    struct strbuf out = STRBUF_INIT;

    for (int i = 0; i < 15; i++)
        diags_error(&d, source_whole(&s), "no. %d", i);
    ck_assert_uint_eq(d.errors, 15);
    diags_format(&d, &out, false);
    ck_assert_ptr_nonnull(strstr(out.text, "no. 11\n"));
    ck_assert_ptr_null(strstr(out.text, "no. 12\n"));
    ck_assert_ptr_nonnull(strstr(out.text, "\ntoo many errors: 3 more are not shown\n"));
    strbuf_release(&out);
    diags_release(&d);
    source_release(&s);
}
END_TEST

START_TEST(carets_line_up_under_tabs_and_letters)
{
    struct source s = source_of("a", "\t\xc3\xa9: \xc3\xa9\xc3\xa9x\n");
    struct diags d = DIAGS_INIT;

    diags_error(&d, source_span(&s, 5, 4), "here");
    assert_text(&d, false, "a:1:6: error: here\n    1 | \t\xc3\xa9: \xc3\xa9\xc3\xa9x\n      | \t   ^~\n");
    source_release(&s);
}
END_TEST

START_TEST(carets_stop_at_the_line_end)
{
    struct source s = source_of("a", "abc\ndef\n");
    struct diags d = DIAGS_INIT;

    diags_error(&d, source_span(&s, 1, 6), "two lines");
    diags_error(&d, source_span(&s, 3, 0), "at the end");
    assert_text(&d, false,
                "a:1:2: error: two lines\n    1 | abc\n      |  ^~\n"
                "a:1:4: error: at the end\n    1 | abc\n      |    ^\n");
    source_release(&s);
}
END_TEST

START_TEST(terminals_are_safe)
{
    struct source s = source_of("a", "x\x1b[31m\xff\xc2\x85y\n");
    struct diags d = DIAGS_INIT;

    diags_error(&d, source_span(&s, 0, 1), "here");
    assert_text(&d, false, "a:1:1: error: here\n    1 | x?[31m??y\n      | ^\n");
    source_release(&s);
}
END_TEST

START_TEST(long_lines_are_shown_in_part)
{
    char text[5001];
    struct source s;
    struct diags d = DIAGS_INIT;
    struct strbuf out = STRBUF_INIT;

    memset(text, 'x', 5000);
    text[5000] = '\0';
    text[2500] = 'Y';
    s = source_of("a", text);
    diags_error(&d, source_span(&s, 2500, 1000), "here");
    diags_format(&d, &out, false);
    ck_assert_uint_lt(out.len, 400);
    ck_assert_ptr_nonnull(strstr(out.text, "1 | ...x"));
    ck_assert_uint_eq(strcspn(strchr(out.text, 'Y'), "."), 80);
    diags_release(&d);
    strbuf_release(&out);
    source_release(&s);
}
END_TEST

START_TEST(colours_on_request)
{
    struct source s = source_of("a", "xy\n");
    struct diags d = DIAGS_INIT;

    diags_error(&d, source_span(&s, 0, 2), "here");
    assert_text(&d, true,
                "\033[1ma:1:1: \033[1;31merror:\033[0m here\n    1 | xy\n      | "
                "\033[1;32m^~\033[0m\n");
    source_release(&s);
}
END_TEST

START_TEST(a_note_without_an_error_is_nothing)
{
    struct diags d = DIAGS_INIT;

    diags_note(&d, (struct span){0}, "lost");
    assert_text(&d, false, "");
}
END_TEST

START_TEST(distances)
{
    ck_assert_uint_eq(suggest_distance("lock", "lock", 3), 0);
    ck_assert_uint_eq(suggest_distance("lokc", "lock", 3), 1);
    ck_assert_uint_eq(suggest_distance("Lock", "lock", 3), 0);
    ck_assert_uint_eq(suggest_distance("lck", "lock", 3), 1);
    ck_assert_uint_eq(suggest_distance("locks", "lock", 3), 1);
    ck_assert_uint_eq(suggest_distance("", "lock", 9), 4);
    ck_assert_uint_eq(suggest_distance("kitten", "sitting", 9), 3);
    ck_assert_uint_eq(suggest_distance("kitten", "sitting", 2), 3);
    ck_assert_uint_eq(suggest_distance("ca", "abc", 9), 3);
}
END_TEST

START_TEST(suggestions)
{
    static const char *const verbs[] = {"lock", "unlock", "rlock", "read", "return", "cpu"};
    char out[SUGGEST_MAX], endless[200];

    ck_assert_str_eq(suggest_text(out, "lokc", verbs, ARRAY_LEN(verbs)), "; did you mean 'lock'?");
    ck_assert_str_eq(suggest_text(out, "unlok", verbs, ARRAY_LEN(verbs)), "; did you mean 'unlock'?");
    ck_assert_str_eq(suggest_text(out, "CPU", verbs, ARRAY_LEN(verbs)), "; did you mean 'cpu'?");
    ck_assert_str_eq(suggest_text(out, "retrun", verbs, ARRAY_LEN(verbs)), "; did you mean 'return'?");
    ck_assert_str_eq(suggest_text(out, "semaphore", verbs, ARRAY_LEN(verbs)), "");
    ck_assert_str_eq(suggest_text(out, "x", verbs, ARRAY_LEN(verbs)), "");
    ck_assert_str_eq(suggest_text(out, "", verbs, ARRAY_LEN(verbs)), "");
    ck_assert_str_eq(suggest_text(out, "lock", NULL, 0), "");
    memset(endless, 'l', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = '\0';
    ck_assert_str_eq(suggest_text(out, endless, verbs, ARRAY_LEN(verbs)), "");
    ck_assert_str_eq(suggest_nearest("rock", verbs, ARRAY_LEN(verbs)), "lock");
}
END_TEST

START_TEST(utf8_is_strict)
{
    static const struct {
        const char *text;
        size_t len;
        uint32_t code;
    } cases[] = {
        // clang-format off
        {"a", 1, 'a'},           {"\xc3\xa9", 2, 0xe9},   {"\xe2\x82\xac", 3, 0x20ac},
        {"\xf0\x9f\x98\x80", 4, 0x1f600}, {"\x80", 0, 0}, {"\xc0\xaf", 0, 0},
        {"\xe0\x80\xaf", 0, 0},  {"\xed\xa0\x80", 0, 0},  {"\xf4\x90\x80\x80", 0, 0},
        {"\xf0\x9f\x98", 0, 0},  {"\xc3x", 0, 0},         {"\xff", 0, 0},
        {"\xf8\x88\x80\x80\x80", 0, 0},
        // clang-format on
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct utf8 c = utf8_decode(cases[i].text, strlen(cases[i].text));

        ck_assert_uint_eq(c.len, cases[i].len);
        ck_assert_uint_eq(c.code, cases[i].code);
    }
}
END_TEST

Suite *base_diag_suite(void)
{
    Suite *s = suite_create("base/diag");
    TCase *place = tcase_create("places"), *text = tcase_create("text"), *hint = tcase_create("suggestions");

    tcase_add_test(place, positions_count_from_one);
    tcase_add_test(place, lines_have_no_line_ends);
    tcase_add_test(place, excerpts_point_into_the_source);
    tcase_add_test(place, utf8_is_strict);
    suite_add_tcase(s, place);

    tcase_add_test(text, an_error_has_line_caret_and_notes);
    tcase_add_test(text, sorted_by_file_position_and_report);
    tcase_add_test(text, places_may_be_coarse);
    tcase_add_test(text, a_dozen_errors_are_enough);
    tcase_add_test(text, carets_line_up_under_tabs_and_letters);
    tcase_add_test(text, carets_stop_at_the_line_end);
    tcase_add_test(text, terminals_are_safe);
    tcase_add_test(text, long_lines_are_shown_in_part);
    tcase_add_test(text, colours_on_request);
    tcase_add_test(text, a_note_without_an_error_is_nothing);
    suite_add_tcase(s, text);

    tcase_add_test(hint, distances);
    tcase_add_test(hint, suggestions);
    suite_add_tcase(s, hint);
    return s;
}

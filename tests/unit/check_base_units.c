/* base/units */
#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"

Suite *base_units_suite(void);

/* The first message of a collector, which is released. */
static void assert_said(struct diags *d, const char *expected)
{
    ck_assert_uint_eq(d->errors, 1);
    ck_assert_str_eq(d->list[0].message, expected);
    diags_release(d);
}

typedef bool reader(const struct excerpt *e, int64_t *value, struct diags *d);

static void assert_reads(reader *read, const char *text, int64_t expected)
{
    struct excerpt e = excerpt_of_text(text);
    struct diags d = DIAGS_INIT;
    int64_t value = -1;

    ck_assert_msg(read(&e, &value, &d), "%s: %s", text, d.len ? d.list[0].message : "");
    ck_assert_int_eq(value, expected);
    ck_assert_uint_eq(d.len, 0);
}

static void assert_refuses(reader *read, const char *text, const char *said)
{
    struct excerpt e = excerpt_of_text(text);
    struct diags d = DIAGS_INIT;
    int64_t value;

    ck_assert(!read(&e, &value, &d));
    assert_said(&d, said);
}

START_TEST(durations)
{
    assert_reads(units_duration, "5ns", 5);
    assert_reads(units_duration, "5us", 5000);
    assert_reads(units_duration, "5\xc2\xb5s", 5000);
    assert_reads(units_duration, "5\xce\xbcs", 5000);
    assert_reads(units_duration, "5ms", 5000000);
    assert_reads(units_duration, "5s", INT64_C(5000000000));
    assert_reads(units_duration, "5m", INT64_C(300000000000));
    assert_reads(units_duration, "0ns", 0);
    assert_reads(units_duration, "1.5ms", 1500000);
    assert_reads(units_duration, "1.500us", 1500);
    assert_reads(units_duration, "0.000000001s", 1);
    assert_reads(units_duration, " 5ms ", 5000000);
    assert_reads(units_duration, "9223372036854775807ns", INT64_MAX);
    assert_reads(units_duration, "9223372036s", INT64_C(9223372036000000000));
}
END_TEST

START_TEST(durations_refused)
{
    assert_refuses(units_duration, "5", "a unit is missing: `5us`, `5ms`?");
    assert_refuses(units_duration, "1.5ns", "1.5ns is not a whole number of nanoseconds");
    assert_refuses(units_duration, "5KiB", "expected a duration, found a size");
    assert_refuses(units_duration, "5sec", "unknown unit 'sec'; durations are ns, us, ms, s, m");
    assert_refuses(units_duration, "5\xe2\x82\xac",
                   "unknown unit '\xe2\x82\xac'; durations are ns, us, ms, s, m");
    assert_refuses(units_duration, "5ms 3us", "expected a duration and nothing behind it");
    assert_refuses(units_duration, "5ms..7ms", "expected a duration and nothing behind it");
    assert_refuses(units_duration, "fast", "expected a duration, found 'fast'");
    assert_refuses(units_duration, "-5ms", "expected a duration, found '-5ms'");
    assert_refuses(units_duration, "", "expected a duration, found ''");
    assert_refuses(units_duration, "9223372037s", "this duration is too large: the largest is 292 years");
    assert_refuses(units_duration, "99999999999999999999ns",
                   "this number is too large: the largest is 9223372036854775807");
    assert_refuses(units_duration, "1.0000000001s", "at most 9 digits after the point");
}
END_TEST

START_TEST(sizes)
{
    assert_reads(units_size, "17B", 17);
    assert_reads(units_size, "2KiB", 2048);
    assert_reads(units_size, "1.5KiB", 1536);
    assert_reads(units_size, "240MiB", 251658240);
    assert_reads(units_size, "8GiB", INT64_C(8589934592));
    assert_refuses(units_size, "64", "a unit is missing: `64B`, `64KiB`?");
    assert_refuses(units_size, "64KB", "unknown unit 'KB'; sizes are KiB, MiB, GiB");
    assert_refuses(units_size, "64mb", "unknown unit 'mb'; sizes are KiB, MiB, GiB");
    assert_refuses(units_size, "64K", "unknown unit 'K'; sizes are KiB, MiB, GiB");
    assert_refuses(units_size, "0.3B", "0.3B is not a whole number of bytes");
    assert_refuses(units_size, "8589934592GiB", "this size is too large: the largest is 8589934591 GiB");
    assert_refuses(units_size, "5ms", "expected a size, found a duration");
}
END_TEST

START_TEST(counts)
{
    assert_reads(units_count, "0", 0);
    assert_reads(units_count, "800", 800);
    assert_reads(units_count, "3.0", 3);
    assert_reads(units_count, "10_000", 10000);
    assert_reads(units_count, "9_223_372_036_854_775_807", INT64_MAX);
    assert_reads(units_duration, "1_500us", 1500000);
    assert_refuses(units_count, "1_000_", "expected a number and nothing behind it");
    assert_refuses(units_count, "1__0", "expected a number and nothing behind it");
    assert_refuses(units_count, "_10", "expected a number, found '_10'");
    assert_refuses(units_count, "9_223_372_036_854_775_808",
                   "this number is too large: the largest is 9223372036854775807");
    assert_refuses(units_count, "1.5", "1.5 is not a whole number");
    assert_refuses(units_count, "5ms", "expected a number, found a duration");
    assert_refuses(units_count, "12x", "unknown unit 'x'; durations are ns, us, ms, s, m");
}
END_TEST

static void assert_ratio(struct ratio r, int64_t num, int64_t den)
{
    ck_assert_int_eq(r.num, num);
    ck_assert_int_eq(r.den, den);
}

typedef bool ratio_reader(const struct excerpt *e, struct ratio *value, struct diags *d);

static void assert_reads_ratio(ratio_reader *read, const char *text, int64_t num, int64_t den)
{
    struct excerpt e = excerpt_of_text(text);
    struct diags d = DIAGS_INIT;
    struct ratio r = {0, 0};

    ck_assert_msg(read(&e, &r, &d), "%s: %s", text, d.len ? d.list[0].message : "");
    assert_ratio(r, num, den);
}

static void assert_refuses_ratio(ratio_reader *read, const char *text, const char *said)
{
    struct excerpt e = excerpt_of_text(text);
    struct diags d = DIAGS_INIT;
    struct ratio r;

    ck_assert(!read(&e, &r, &d));
    assert_said(&d, said);
}

START_TEST(chances)
{
    assert_reads_ratio(units_chance, "30%", 3, 10);
    assert_reads_ratio(units_chance, "0.5%", 1, 200);
    assert_reads_ratio(units_chance, "8/1000", 1, 125);
    assert_reads_ratio(units_chance, "8 / 1000", 1, 125);
    assert_reads_ratio(units_chance, "0%", 0, 1);
    assert_reads_ratio(units_chance, "100%", 1, 1);
    assert_refuses_ratio(units_chance, "0.3", "expected a chance such as `30%` or `3/10`, found '0.3'");
    assert_refuses_ratio(units_chance, "101%", "a chance is at most 100%");
    assert_refuses_ratio(units_chance, "3/2", "a chance is at most 100%");
    assert_refuses_ratio(units_chance, "3/0", "division by zero");
    assert_refuses_ratio(units_chance, "%", "expected a number");
    assert_refuses_ratio(units_chance, "", "expected a chance such as `30%` or `3/10`, found ''");
}
END_TEST

START_TEST(rates)
{
    assert_reads_ratio(units_rate, "400/s", 400, 1);
    assert_reads_ratio(units_rate, "0.5/s", 1, 2);
    assert_reads_ratio(units_rate, "30/m", 1, 2);
    assert_reads_ratio(units_rate, "2/ms", 2000, 1);
    assert_reads_ratio(units_rate, "1 / s", 1, 1);
    assert_refuses_ratio(units_rate, "400", "a unit is missing: `400/s`?");
    assert_refuses_ratio(units_rate, "400/sec", "a rate is per s, per ms or per m: `400/s`");
    assert_refuses_ratio(units_rate, "400/KiB", "a rate is per s, per ms or per m: `400/s`");
    assert_refuses_ratio(units_rate, "0/s", "a rate must be more than 0");
    assert_refuses_ratio(units_rate, "x/s", "expected a number");
    assert_refuses_ratio(units_rate, "9223372036854775807/ns", "this rate is too large");
}
END_TEST

START_TEST(ranges_split)
{
    struct excerpt e = excerpt_of_text("8ms .. 12ms"), none = excerpt_of_text("8.5ms"), lo, hi;

    ck_assert(units_is_range(&e, &lo, &hi));
    ck_assert_uint_eq(lo.len, 3);
    ck_assert_mem_eq(lo.text, "8ms", 3);
    ck_assert_uint_eq(hi.len, 4);
    ck_assert_mem_eq(hi.text, "12ms", 4);
    ck_assert(!units_is_range(&none, &lo, &hi));
}
END_TEST

START_TEST(literals_within_a_text)
{
    struct excerpt e = excerpt_of_text("2 * 8..12ms");
    struct diags d = DIAGS_INIT;
    struct unit_literal literal;

    ck_assert(units_literal(&e, 4, &literal, &d));
    ck_assert_int_eq(literal.kind, UNIT_NONE);
    ck_assert_int_eq(literal.value, 8);
    ck_assert_uint_eq(literal.len, 1);
    ck_assert(units_literal(&e, 7, &literal, &d));
    ck_assert_int_eq(literal.kind, UNIT_DURATION);
    ck_assert_int_eq(literal.value, 12 * NS_PER_MS);
    ck_assert_uint_eq(literal.len, 4);
}
END_TEST

START_TEST(ratios_reduce)
{
    assert_ratio(ratio_reduce(6, 8), 3, 4);
    assert_ratio(ratio_reduce(0, 8), 0, 1);
    assert_ratio(ratio_reduce(-6, 8), -3, 4);
    assert_ratio(ratio_reduce(INT64_MAX, INT64_MAX), 1, 1);
}
END_TEST

/* ---- for people ----------------------------------------------------------------------------- */

START_TEST(duration_texts)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {0, "0 ns"},
        {950, "950 ns"},
        {2100, "2.1 us"},
        {83400000, "83.4 ms"},
        {83449999, "83.4 ms"},
        {83450000, "83.5 ms"},
        {1250000000, "1.25 s"},
        {273600000, "274 ms"},
        {999499, "999 us"},
        {999500, "1 ms"},
        {9994, "9.99 us"},
        {9995, "10 us"},
        {12000000, "12 ms"},
        {-2100, "-2.1 us"},
        {119400000000, "119 s"},
        {119600000000, "2m 0s"},
        {125000000000, "2m 5s"},
        {3600000000000, "60m 0s"},
        {INT64_MIN, "-153722867m 17s"},
    };
    char out[UNITS_MAX];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        ck_assert_str_eq(units_duration_text(out, cases[i].ns), cases[i].text);
}
END_TEST

START_TEST(size_texts)
{
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 B"},
        {17, "17 B"},
        {1023, "1023 B"},
        {2048, "2 KiB"},
        {1536, "1.5 KiB"},
        {333 * BYTES_PER_MIB, "333 MiB"},
        {1048575, "1 MiB"},
        {3 * BYTES_PER_GIB / 2, "1.5 GiB"},
        {5000 * BYTES_PER_GIB, "5000 GiB"},
        {INT64_MAX, "8589934592 GiB"},
    };
    char out[UNITS_MAX];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        ck_assert_str_eq(units_size_text(out, cases[i].bytes), cases[i].text);
}
END_TEST

START_TEST(exact_texts_read_back)
{
    static const int64_t values[] = {
        0, 1, 999, 1000, 1500, 1500000, 60000000000, 61000000000, 1024, 1536, 3 * BYTES_PER_GIB, INT64_MAX};
    char out[UNITS_MAX];

    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        assert_reads(units_duration, units_duration_exact(out, values[i]), values[i]);
        assert_reads(units_size, units_size_exact(out, values[i]), values[i]);
    }
    ck_assert_str_eq(units_duration_exact(out, 1500000), "1500us");
    ck_assert_str_eq(units_size_exact(out, 2048), "2KiB");
}
END_TEST

START_TEST(numbers_with_a_point)
{
    struct strbuf b = STRBUF_INIT;

    units_add_fixed(&b, 9631, 2);
    strbuf_addch(&b, ' ');
    units_add_fixed(&b, -5, 2);
    strbuf_addch(&b, ' ');
    units_add_fixed(&b, 42, 0);
    strbuf_addch(&b, ' ');
    units_add_ratio(&b, 273600000, NS_PER_MS, 1);
    strbuf_addch(&b, ' ');
    units_add_ratio(&b, 2, 3, 3);
    strbuf_addch(&b, ' ');
    units_add_ratio(&b, -1, 1000, 1);
    strbuf_addch(&b, ' ');
    units_add_percent(&b, 963, 1000, 1);
    strbuf_addch(&b, ' ');
    units_add_percent(&b, 0, 0, 0);
    strbuf_addch(&b, ' ');
    units_add_percent(&b, INT64_MAX / 2, INT64_MAX, 2);
    ck_assert_str_eq(b.text, "96.31 -0.05 42 273.6 0.667 0.0 96.3 0 50.00");
    strbuf_release(&b);
}
END_TEST

Suite *base_units_suite(void)
{
    Suite *s = suite_create("base/units");
    TCase *read = tcase_create("read"), *write = tcase_create("write");

    tcase_add_test(read, durations);
    tcase_add_test(read, durations_refused);
    tcase_add_test(read, sizes);
    tcase_add_test(read, counts);
    tcase_add_test(read, chances);
    tcase_add_test(read, rates);
    tcase_add_test(read, ranges_split);
    tcase_add_test(read, literals_within_a_text);
    tcase_add_test(read, ratios_reduce);
    suite_add_tcase(s, read);

    tcase_add_test(write, duration_texts);
    tcase_add_test(write, size_texts);
    tcase_add_test(write, exact_texts_read_back);
    tcase_add_test(write, numbers_with_a_point);
    suite_add_tcase(s, write);
    return s;
}

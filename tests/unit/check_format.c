/* The tables of the trace format: what they say twice agrees, and the numbers are Go's. */
#include <check.h>
#include <string.h>

#include "format/events.h"
#include "format/reasons.h"
#include "format/varint.h"

Suite *format_suite(void);

/* The position of the word in the argument list, or -1. */
static int position(const char *args, const char *word)
{
    int i = 0;

    for (const char *at = args; *at; i++) {
        size_t length = strcspn(at, " ");
        if (length == strlen(word) && memcmp(at, word, length) == 0)
            return i;
        at += length + (at[length] == ' ');
    }
    return -1;
}

static int count(const char *args)
{
    int n = 0;

    for (const char *at = args; *at; n++) {
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    return n;
}

static bool is_string(const char *args, int at)
{
    static const char end[] = "_string";

    for (; at > 0; at--)
        args += strcspn(args, " ") + 1;
    size_t length = strcspn(args, " ");
    return length > strlen(end) && memcmp(args + length - strlen(end), end, strlen(end)) == 0;
}

static void check_spec(unsigned no, const struct event_spec *s)
{
    int strings = 0, first = 0;

    ck_assert_msg(count(s->args) == s->argc, "%s: argc", s->name);
    ck_assert_msg(s->timed == (position(s->args, "dt") == 0), "%s: timed", s->name);
    if (!s->timed)
        return;
    ck_assert_int_le(s->argc, TRACE_MAX_ARGS);
    ck_assert_msg(s->stack == (position(s->args, "stack") > 0 ? position(s->args, "stack") : 0), "%s: stack",
                  s->name);
    ck_assert_msg(s->new_stack == (position(s->args, "new_stack") > 0 ? position(s->args, "new_stack") : 0),
                  "%s: new_stack", s->name);
    for (int i = s->argc - 1; i > 0; i--) {
        if (is_string(s->args, i)) {
            strings++;
            first = i;
        }
    }
    ck_assert_msg(s->strings == strings && s->string == first, "%s: strings", s->name);
    ck_assert_uint_eq(event_find(s->name, strlen(s->name)), no);
}

START_TEST(columns_agree_with_argument_names)
{
    int events = 0;

    for (unsigned no = 0; no < EVENT_NUMBERS + 10; no++) {
        const struct event_spec *s = event_spec(no);
        if (!s)
            continue;
        events++;
        check_spec(no, s);
    }
    ck_assert_int_eq(events, 52 + 9);
}
END_TEST

START_TEST(numbers_are_those_of_the_format)
{
    ck_assert_str_eq(event_spec(1)->name, "EventBatch");
    ck_assert_str_eq(event_spec(20)->name, "GoBlock");
    ck_assert_str_eq(event_spec(44)->name, "UserLog");
    ck_assert_str_eq(event_spec(49)->name, "ExperimentalBatch");
    ck_assert_str_eq(event_spec(52)->name, "EndOfGeneration");
    ck_assert_str_eq(event_spec(136)->name, "GoroutineStackFree");
    ck_assert_ptr_null(event_spec(0));
    ck_assert_ptr_null(event_spec(53));
    ck_assert_ptr_null(event_spec(127));
    ck_assert_ptr_null(event_spec(137));
    ck_assert_int_eq(event_find("GoBloc", 6), EV_NONE);
    ck_assert_int_eq(event_find("", 0), EV_NONE);
    for (unsigned no = 1; no <= 44; no++)
        ck_assert_int_eq(event_spec(no)->since, TRACE_GO_22);
}
END_TEST

START_TEST(texts_are_found)
{
    ck_assert_str_eq(block_reason_texts[BLOCK_CHAN_RECEIVE], "chan receive");
    ck_assert_int_eq(reason_find(block_reason_texts, BLOCK_REASON_COUNT, "sync", 4), BLOCK_SYNC);
    ck_assert_int_eq(reason_find(block_reason_texts, BLOCK_REASON_COUNT, "synctest", 8), BLOCK_SYNCTEST);
    ck_assert_int_eq(reason_find(block_reason_texts, BLOCK_REASON_COUNT, "syn", 3), -1);
    ck_assert_int_eq(reason_find(stop_reason_texts, STOP_REASON_COUNT, "runtime.Gosched", 15), STOP_GOSCHED);
    ck_assert_int_eq(BLOCK_REASON_COUNT, 17);
    ck_assert_int_eq(STOP_REASON_COUNT, 3);
    ck_assert_int_eq(STW_KIND_COUNT, 17);
    ck_assert_int_eq(GC_LABEL_COUNT, 4);
}
END_TEST

START_TEST(varints_round_trip)
{
    static const uint64_t values[] = {0, 1, 127, 128, 16383, 16384, 1u << 31, UINT64_MAX >> 1, UINT64_MAX};
    uint8_t bytes[VARINT_MAX_BYTES];
    uint64_t v;

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        int length = (int)(varint_put(bytes, values[i]) - bytes);
        ck_assert_int_eq(length, varint_length(values[i]));
        ck_assert_int_eq(varint_get(bytes, bytes + length, &v), length);
        ck_assert_uint_eq(v, values[i]);
        ck_assert_int_eq(varint_get(bytes, bytes + length - 1, &v), 0);
        for (int width = length; width <= VARINT_MAX_BYTES; width++) {
            ck_assert_ptr_eq(varint_put_padded(bytes, values[i], width), bytes + width);
            ck_assert_int_eq(varint_get(bytes, bytes + width, &v), width);
            ck_assert_uint_eq(v, values[i]);
        }
    }
}
END_TEST

START_TEST(padding_looks_like_gos)
{
    static const uint8_t expected[] = {0x98, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    uint8_t bytes[VARINT_MAX_BYTES];

    varint_put_padded(bytes, 24, VARINT_MAX_BYTES);
    ck_assert_mem_eq(bytes, expected, sizeof(expected));
}
END_TEST

START_TEST(varints_that_do_not_fit)
{
    uint8_t ten[10], eleven[11];
    uint64_t v = 5;

    memset(ten, 0xff, sizeof(ten));
    ten[9] = 2; /* the 65th bit */
    ck_assert_int_eq(varint_get(ten, ten + 10, &v), -1);
    memset(eleven, 0x80, sizeof(eleven));
    eleven[10] = 0;
    ck_assert_int_eq(varint_get(eleven, eleven + 11, &v), -1);
    ck_assert_int_eq(varint_get(ten, ten, &v), 0);
    ck_assert_uint_eq(v, 5);
}
END_TEST

Suite *format_suite(void)
{
    Suite *s = suite_create("format");
    TCase *t = tcase_create("tables");

    tcase_add_test(t, columns_agree_with_argument_names);
    tcase_add_test(t, numbers_are_those_of_the_format);
    tcase_add_test(t, texts_are_found);
    tcase_add_test(t, varints_round_trip);
    tcase_add_test(t, padding_looks_like_gos);
    tcase_add_test(t, varints_that_do_not_fit);
    suite_add_tcase(s, t);
    return s;
}

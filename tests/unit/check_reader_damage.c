/* Traces that were cut or damaged: every cut is recognised as one, and nothing crashes the reader. */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/varint.h"
#include "grader/reader/reader.h"
#include "grader/reader/tables.h"
#include "tests/unit/trace_cases.h"

Suite *reader_damage_suite(void);

struct outcome {
    enum trace_result result;
    uint64_t events;
    struct trace_error err;
};

static struct outcome read_all(const void *bytes, size_t length, bool strict)
{
    struct outcome o = {.result = TRACE_ERROR};
    struct trace_event e;
    struct trace_reader *r =
        trace_open_memory(bytes, length, (struct trace_options){.strict = strict}, &o.err);

    while (r && (o.result = trace_next(r, &e, &o.err)) == TRACE_EVENT)
        o.events++;
    trace_close(r);
    return o;
}

static void for_each_case(void (*check)(const struct trace_case *c, const struct strbuf *bytes))
{
    struct trace_case_files all;

    trace_cases_load(&all, "tests/fixtures/traces");
    for (size_t i = 0; i < all.files.len; i++) {
        for (size_t j = 0; j < all.files.data[i].cases.len; j++) {
            const struct trace_case *c = &all.files.data[i].cases.data[j];
            struct strbuf bytes = STRBUF_INIT;
            trace_case_bytes(c, &bytes);
            check(c, &bytes);
            strbuf_release(&bytes);
        }
    }
    trace_cases_release(&all);
}

/* True if a file of that length may look complete: it ends behind a whole batch, and its last generation
 * has said all that the version asks for. */
static bool may_be_complete(const uint8_t *bytes, size_t length)
{
    struct input in;
    struct batch_header h;
    struct trace_error err;
    uint64_t generation = 0;
    bool clock = false, mark = false;

    input_open_memory(&in, bytes, length);
    enum trace_version version = batch_read_version(&in, &err);
    for (;;) {
        switch (batch_read_header(&in, version, &h, &err)) {
        case BATCH_MARK:
            mark = true;
            continue;
        case BATCH_END:
            return version >= TRACE_GO_26 ? mark : clock;
        case BATCH_FAILED:
            return false;
        case BATCH_HEADER:
            break;
        }
        uint8_t data[TRACE_MAX_BATCH];
        if (!batch_read_data(&in, &h, data, &err))
            return false;
        mark = false;
        clock = (clock && h.generation == generation) || batch_kind_of(version, data, h.size) == BATCH_CLOCK;
        generation = h.generation;
    }
}

static void check_cuts(const struct trace_case *c, const struct strbuf *bytes)
{
    struct outcome whole = read_all(bytes->text, bytes->len, false);

    if (whole.result != TRACE_END)
        return;
    for (size_t cut = 0; cut < bytes->len; cut++) {
        struct outcome o = read_all(bytes->text, cut, false);
        if (o.result == TRACE_END && may_be_complete((const uint8_t *)bytes->text, cut))
            continue;
        ck_assert_msg(o.result == TRACE_ERROR, "%s:%u: cut at %zu: not noticed", c->file, c->line, cut);
        ck_assert_msg(o.err.fault == TRACE_TRUNCATED && o.err.offset == cut,
                      "%s:%u: cut at %zu: %s at %" PRIu64 ": %s", c->file, c->line, cut,
                      trace_fault_name(o.err.fault), o.err.offset, o.err.message);
        ck_assert_msg(o.events <= whole.events, "%s:%u: cut at %zu: more events", c->file, c->line, cut);
    }
}

START_TEST(every_cut_shows)
{
    for_each_case(check_cuts);
}
END_TEST

/* The answer to damaged bytes may be anything, if it is one. */
static void check_answer(const struct trace_case *c, size_t at, const struct strbuf *bytes, bool strict)
{
    struct outcome o = read_all(bytes->text, bytes->len, strict);

    if (o.result == TRACE_END)
        return;
    ck_assert_msg(o.err.message[0] && o.err.offset <= bytes->len, "%s:%u: byte %zu changed: %s", c->file,
                  c->line, at, o.err.message);
}

static void check_flips(const struct trace_case *c, const struct strbuf *bytes)
{
    for (size_t i = 0; i < bytes->len; i++) {
        char byte = bytes->text[i];
        bytes->text[i] = (char)(byte ^ 1 << i % 8);
        check_answer(c, i, bytes, false);
        bytes->text[i] = (char)0xff;
        check_answer(c, i, bytes, true);
        bytes->text[i] = byte;
    }
}

START_TEST(changed_bytes_never_crash)
{
    for_each_case(check_flips);
}
END_TEST

/* Bytes that say they are a trace, at random but always the same. */
START_TEST(noise_never_crashes)
{
    uint8_t bytes[400] = "go 1.26 trace\0\0";
    uint64_t x = 88172645463325252u;

    for (int round = 0; round < 20000; round++) {
        bytes[6] = "2356"[round % 4];
        for (size_t i = TRACE_HEADER_BYTES; i < sizeof(bytes); i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            bytes[i] = (uint8_t)(x & 8 ? x >> 8 & 63 : x >> 8);
        }
        bytes[16] = 1;
        bytes[17] = 1;
        struct outcome o = read_all(bytes, sizeof(bytes), round % 2);
        ck_assert(o.result == TRACE_END || o.err.message[0]);
    }
}
END_TEST

/* ---- what a hostile file may cost ------------------------------------------------------------------- */

static void add(struct strbuf *b, uint64_t value)
{
    uint8_t bytes[VARINT_MAX_BYTES];

    strbuf_addn(b, bytes, (size_t)(varint_put(bytes, value) - bytes));
}

static void add_batch(struct strbuf *to, uint64_t thread, uint64_t time, const struct strbuf *data)
{
    add(to, EV_EVENT_BATCH);
    add(to, 1);
    add(to, thread);
    add(to, time);
    add(to, data->len);
    strbuf_addn(to, data->text, data->len);
}

static void begin_trace(struct strbuf *b)
{
    struct strbuf clock = STRBUF_INIT;

    strbuf_addn(b, "go 1.22 trace\0\0\0", TRACE_HEADER_BYTES);
    add(&clock, EV_FREQUENCY);
    add(&clock, 1000000000);
    add_batch(b, TRACE_NO_THREAD, 0, &clock);
    strbuf_release(&clock);
}

/* Thousands of threads that wait for ever, while one that is later in time does all the work. */
START_TEST(waiting_threads_are_bounded)
{
    struct strbuf trace = STRBUF_INIT, data = STRBUF_INIT;

    begin_trace(&trace);
    for (uint64_t thread = 1; thread <= 4000; thread++) {
        strbuf_reset(&data);
        add(&data, EV_GO_START);
        add(&data, 0);
        add(&data, 7);
        add(&data, 1);
        add_batch(&trace, thread, 0, &data);
    }
    strbuf_reset(&data);
    while (data.len < TRACE_MAX_BATCH - 20) {
        add(&data, EV_PROC_STATUS);
        add(&data, 1);
        add(&data, 0);
        add(&data, WIRE_P_RUNNING);
    }
    for (int i = 0; i < 4; i++)
        add_batch(&trace, 5000, 1000, &data);
    struct outcome o = read_all(trace.text, trace.len, false);
    ck_assert_int_eq(o.result, TRACE_ERROR);
    ck_assert_int_eq(o.err.fault, TRACE_BROKEN_ORDER);
    ck_assert_ptr_nonnull(strstr(o.err.message, "gave up: "));
    strbuf_release(&trace);
    strbuf_release(&data);
}
END_TEST

/* Ids chosen to be far apart and alike in their low bits: a look-up stays short. */
START_TEST(chosen_ids_are_bounded)
{
    struct strbuf trace = STRBUF_INIT, data = STRBUF_INIT;

    begin_trace(&trace);
    for (uint64_t i = 1; i <= 100000;) {
        strbuf_reset(&data);
        for (; i <= 100000 && data.len < TRACE_MAX_BATCH - 40; i++) {
            add(&data, EV_GO_STATUS);
            add(&data, 1);
            add(&data, i << 44 | i << 22 | 1);
            add(&data, TRACE_NO_THREAD);
            add(&data, WIRE_G_WAITING);
        }
        add_batch(&trace, 1, 0, &data);
    }
    struct outcome o = read_all(trace.text, trace.len, false);
    ck_assert_int_eq(o.result, TRACE_END);
    ck_assert_uint_eq(o.events, 100002);
    strbuf_release(&trace);
    strbuf_release(&data);
}
END_TEST

START_TEST(ranges_are_bounded)
{
    struct strbuf trace = STRBUF_INIT, data = STRBUF_INIT;

    strbuf_add(&data, "");
    begin_trace(&trace);
    strbuf_addn(&data, "\x0d\0\0\1\x19\0\1\0\2", 9); /* ProcStatus, GoStatus: running */
    for (uint64_t kind = 1; kind <= 65; kind++) {
        add(&data, EV_STW_BEGIN);
        add(&data, 1);
        add(&data, kind);
        add(&data, 0);
    }
    add_batch(&trace, 1, 0, &data);
    strbuf_reset(&data);
    add(&data, EV_STRINGS);
    for (uint64_t id = 1; id <= 65; id++) {
        add(&data, EV_STRING);
        add(&data, id);
        add(&data, 1);
        strbuf_addch(&data, (char)id);
    }
    add_batch(&trace, TRACE_NO_THREAD, 0, &data);
    struct outcome o = read_all(trace.text, trace.len, false);
    ck_assert_int_eq(o.result, TRACE_ERROR);
    ck_assert_str_eq(o.err.message,
                     "STWBegin (thread 1, generation 1): more than 64 ranges in progress at once");
    strbuf_release(&trace);
    strbuf_release(&data);
}
END_TEST

Suite *reader_damage_suite(void)
{
    Suite *s = suite_create("reader/damage");
    TCase *t = tcase_create("damage");

    tcase_set_timeout(t, 120);
    tcase_add_test(t, every_cut_shows);
    tcase_add_test(t, changed_bytes_never_crash);
    tcase_add_test(t, noise_never_crashes);
    tcase_add_test(t, waiting_threads_are_bounded);
    tcase_add_test(t, chosen_ids_are_bounded);
    tcase_add_test(t, ranges_are_bounded);
    suite_add_tcase(s, t);
    return s;
}

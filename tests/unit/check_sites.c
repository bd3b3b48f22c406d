#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "format/events.h"
#include "runtime/sched/g.h"
#include "runtime/trace/sites.h"

Suite *sites_suite(void);

/* Instructions 1-9 are main's, 10-19 are f's, 20-29 are g's, each on the line of its number. */
static void name_frame(void *context, uint32_t pc, struct frame *out)
{
    static const char *const functions[] = {"main.main", "f", "g"};

    (void)context;
    out->func = functions[pc / 10];
    out->file = "workload.yaml";
    out->line = pc;
}

static struct rt rt;

static void setup(void)
{
    rt = (struct rt){.sites = sites_new(&(struct symbols){NULL, name_frame})};
}

static void teardown(void)
{
    sites_free(rt.sites);
}

/* "function:line/pc ..." */
static void check_frames(struct site at, enum leaf leaf, enum leaf root, const char *want)
{
    struct frame frames[TRACE_MAX_FRAMES];
    size_t n = site_frames(rt.sites, at, leaf, root, frames, TRACE_MAX_FRAMES);
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < n; i++)
        strbuf_addf(&text, "%s%s:%u/%llx", i ? " " : "", frames[i].func, (unsigned)frames[i].line,
                    (unsigned long long)frames[i].pc);
    ck_assert_str_eq(text.text, want);
    strbuf_release(&text);
}

START_TEST(paths_are_interned)
{
    uint32_t f = site_call(&rt, (struct site){0, 3});
    uint32_t g = site_call(&rt, (struct site){f, 12});

    ck_assert_uint_eq(f, 1);
    ck_assert_uint_eq(g, 2);
    ck_assert_uint_eq(site_call(&rt, (struct site){0, 3}), f);
    ck_assert_uint_eq(site_call(&rt, (struct site){f, 12}), g);
    ck_assert_uint_eq(site_call(&rt, (struct site){0, 4}), 3); /* f, called elsewhere */
}
END_TEST

START_TEST(frames_go_from_leaf_to_root)
{
    uint32_t f = site_call(&rt, (struct site){0, 3});
    uint32_t g = site_call(&rt, (struct site){f, 12});

    check_frames((struct site){g, 25}, LEAF_MUTEX_LOCK, LEAF_NONE,
                 "sync.(*Mutex).Lock:1/1050 g:25/100019 f:12/10000c main.main:3/100003");
    check_frames((struct site){0, 7}, LEAF_NONE, LEAF_NONE, "main.main:7/100007");
}
END_TEST

START_TEST(native_goroutines_have_a_root)
{
    struct site nowhere = {0, 0};

    check_frames(nowhere, LEAF_SWEEP, LEAF_BG_SWEEP,
                 "runtime.(*mcentral).cacheSpan:1/1250 runtime.bgsweep:1/11a0");
    check_frames(nowhere, LEAF_BG_SWEEP, LEAF_BG_SWEEP, "runtime.bgsweep:1/11a0");
    check_frames(nowhere, LEAF_NONE, LEAF_BG_SWEEP, "runtime.bgsweep:1/11a0");
    check_frames(nowhere, LEAF_NONE, LEAF_NONE, "");
}
END_TEST

START_TEST(no_more_frames_than_there_is_room_for)
{
    struct frame frames[3];
    uint32_t f = site_call(&rt, (struct site){0, 3});
    struct site at = {site_call(&rt, (struct site){f, 12}), 25};

    ck_assert_uint_eq(site_frames(rt.sites, at, LEAF_SLEEP, LEAF_NONE, frames, 0), 0);
    ck_assert_uint_eq(site_frames(rt.sites, at, LEAF_SLEEP, LEAF_NONE, frames, 3), 3);
    ck_assert_str_eq(frames[2].func, "f");
}
END_TEST

START_TEST(deep_recursion_keeps_the_outermost_frame)
{
    struct frame frames[TRACE_MAX_FRAMES];
    uint32_t path = 0;
    size_t n;

    for (int i = 0; i < 10000; i++)
        path = site_call(&rt, (struct site){path, i ? 11 : 3});
    ck_assert_uint_eq(path, SITES_MAX_DEPTH);
    n = site_frames(rt.sites, (struct site){path, 15}, LEAF_CHAN_SEND, LEAF_NONE, frames,
                    TRACE_MAX_FRAMES);
    ck_assert_uint_eq(n, SITES_MAX_DEPTH + 2);
    ck_assert_str_eq(frames[n - 1].func, "main.main");
    ck_assert_uint_eq(frames[1].line, 15);
}
END_TEST

START_TEST(text_is_the_innermost_frame)
{
    char buf[64], small[8];

    ck_assert_str_eq(site_text(rt.sites, (struct site){1, 14}, buf, sizeof(buf)),
                     "f workload.yaml:14");
    ck_assert_str_eq(site_text(rt.sites, (struct site){0, 0}, buf, sizeof(buf)), "-");
    ck_assert_str_eq(site_text(rt.sites, (struct site){1, 14}, small, sizeof(small)), "f workl");
}
END_TEST

START_TEST(nothing_is_known_without_symbols)
{
    struct rt bare = {0};
    struct sites *blind = sites_new(NULL);
    struct frame frames[4];
    char buf[8];

    ck_assert_uint_eq(site_call(&bare, (struct site){0, 3}), 0);
    ck_assert_uint_eq(site_frames(NULL, (struct site){0, 3}, LEAF_SLEEP, LEAF_NONE, frames, 4), 1);
    ck_assert_uint_eq(site_frames(blind, (struct site){0, 3}, LEAF_NONE, LEAF_NONE, frames, 4), 0);
    ck_assert_str_eq(site_text(blind, (struct site){0, 3}, buf, sizeof(buf)), "-");
    sites_free(blind);
    sites_free(NULL);
}
END_TEST

/* Profile exporters key frames by PC: what a frame is must never depend on anything but its
 * number. */
START_TEST(every_leaf_has_its_own_frame)
{
    struct frame frame;

    for (int leaf = 1; leaf < LEAF_COUNT; leaf++) {
        size_t n = site_frames(NULL, (struct site){0, 0}, (enum leaf)leaf, LEAF_NONE, &frame, 1);

        ck_assert_uint_eq(n, 1);
        ck_assert_uint_eq(frame.pc, 0x1000u + 16u * (unsigned)leaf);
        ck_assert(frame.func[0] != '\0' && frame.file[0] != '\0' && frame.line > 0);
    }
}
END_TEST

Suite *sites_suite(void)
{
    Suite *s = suite_create("trace/sites");
    TCase *c = tcase_create("sites");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, paths_are_interned);
    tcase_add_test(c, frames_go_from_leaf_to_root);
    tcase_add_test(c, native_goroutines_have_a_root);
    tcase_add_test(c, no_more_frames_than_there_is_room_for);
    tcase_add_test(c, deep_recursion_keeps_the_outermost_frame);
    tcase_add_test(c, text_is_the_innermost_frame);
    tcase_add_test(c, nothing_is_known_without_symbols);
    tcase_add_test(c, every_leaf_has_its_own_frame);
    suite_add_tcase(s, c);
    return s;
}

/* The small parts below the reader: input, trees by id, interning, generations as they are read. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "grader/reader/generation.h"
#include "grader/reader/idtree.h"
#include "grader/reader/input.h"
#include "grader/reader/intern.h"
#include "grader/reader/wire.h"
#include "tests/unit/trace_cases.h"

Suite *reader_parts_suite(void);

/* ---- idtree ----------------------------------------------------------------------------------------- */

enum { NODES = 500 };

static uint64_t random_id(uint64_t *x, int kind)
{
    *x = *x * UINT64_C(6364136223846793005) + 1442695040888963407u;
    uint64_t r = *x >> 33;
    switch (kind) {
    case 0:
        return r % NODES; /* dense */
    case 1:
        return r % NODES << 50; /* alike in all low bits */
    default:
        return r % 20 << 60 | r % 7; /* crowded at both ends */
    }
}

/* The same puts and removals in a tree and in a plain list. */
START_TEST(a_tree_is_a_set)
{
    struct idtree tree = {0};
    struct idnode *nodes[NODES] = {0};
    uint64_t ids[NODES], x = 42;

    for (int step = 0; step < 20000; step++) {
        uint64_t id = random_id(&x, _i);
        int at = -1, free_at = -1;
        for (int i = 0; i < NODES; i++) {
            if (!nodes[i])
                free_at = i;
            else if (ids[i] == id)
                at = i;
        }
        ck_assert_ptr_eq(idtree_find(&tree, id), at < 0 ? NULL : nodes[at]);
        if (at < 0 && free_at >= 0) {
            nodes[free_at] = malloc(sizeof(struct idnode));
            ids[free_at] = id;
            ck_assert_ptr_null(idtree_insert(&tree, id, nodes[free_at]));
        } else if (at >= 0 && step % 3) {
            idtree_remove(&tree, nodes[at]);
            free(nodes[at]);
            nodes[at] = NULL;
        }
    }
    for (int i = 0; i < NODES; i++)
        free(nodes[i]);
}
END_TEST

static void count_node(struct idnode *node, void *arg)
{
    free(node);
    ++*(int *)arg;
}

START_TEST(a_tree_drains)
{
    struct idtree tree = {0};
    int count = 0;

    for (uint64_t id = 0; id < 1000; id++)
        idtree_insert(&tree, id * 977, malloc(sizeof(struct idnode)));
    struct idnode taken;
    ck_assert_ptr_eq(idtree_insert(&tree, 977, &taken), idtree_find(&tree, 977));
    idtree_drain(&tree, count_node, &count);
    ck_assert_int_eq(count, 1000);
    ck_assert_ptr_null(idtree_find(&tree, 977));
}
END_TEST

/* ---- intern ------------------------------------------------------------------------------------------ */

START_TEST(equal_contents_are_one)
{
    struct intern in = {0};
    size_t length;

    ck_assert_uint_eq(intern_id(&in, "", 0), 0);
    ck_assert_uint_eq(intern_id(&in, "ab", 2), 1);
    ck_assert_uint_eq(intern_id(&in, "abc", 3), 2);
    ck_assert_uint_eq(intern_id(&in, "abx", 2), 1);
    ck_assert_uint_eq(intern_id(&in, "a\0c", 3), 3);
    const void *first = intern_bytes(&in, 1, &length);
    for (unsigned i = 0; i < 100000; i++)
        ck_assert_uint_eq(intern_id(&in, &i, sizeof(i)), i + 4);
    ck_assert_ptr_eq(intern_bytes(&in, 1, &length), first);
    ck_assert_uint_eq(length, 2);
    ck_assert_mem_eq(first, "ab", 2);
    ck_assert_str_eq(intern_bytes(&in, 0, &length), "");
    ck_assert_uint_eq(length, 0);
    intern_release(&in);
}
END_TEST

/* ---- input ------------------------------------------------------------------------------------------- */

START_TEST(a_file_reads_like_memory)
{
    enum { SIZE = 3 * INPUT_BUFFER + 17 };
    static uint8_t bytes[SIZE], found[SIZE];
    char path[] = "/tmp/check-input-XXXXXX";
    int fd = mkstemp(path);
    struct input in;

    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 7);
    FILE *file = fdopen(fd, "wb");
    fwrite(bytes, 1, SIZE, file);
    fclose(file);
    ck_assert(input_open_file(&in, path));
    ck_assert_int_eq(input_byte(&in), bytes[0]);
    ck_assert_uint_eq(input_read(&in, found, INPUT_BUFFER), INPUT_BUFFER);
    ck_assert_mem_eq(found, bytes + 1, INPUT_BUFFER);
    ck_assert_uint_eq(input_offset(&in), INPUT_BUFFER + 1);
    ck_assert_uint_eq(input_read(&in, found, SIZE), SIZE - INPUT_BUFFER - 1);
    ck_assert_int_eq(input_byte(&in), -1);
    ck_assert_uint_eq(input_offset(&in), SIZE);
    ck_assert_int_eq(in.failed, 0);
    input_close(&in);
    remove(path);
}
END_TEST

START_TEST(varints_of_an_input)
{
    static const uint8_t bytes[] = {0x05, 0x85, 0x00, 0xff, 0xff, 0xff, 0xff,
                                    0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x80};
    struct input in;
    uint64_t v;

    input_open_memory(&in, bytes, sizeof(bytes));
    ck_assert_int_eq(input_varint(&in, &v), INPUT_OK);
    ck_assert_uint_eq(v, 5);
    ck_assert_int_eq(input_varint(&in, &v), INPUT_OK);
    ck_assert_uint_eq(v, 5);
    ck_assert_int_eq(input_varint(&in, &v), INPUT_OVERFLOW);
    ck_assert_int_eq(input_varint(&in, &v), INPUT_END);
    input_close(&in);
}
END_TEST

/* ---- wire -------------------------------------------------------------------------------------------- */

START_TEST(events_decode)
{
    static const uint8_t bytes[] = {EV_GO_BLOCK, 0x8a, 0x00, 0x01, 0x80, 0x01, EV_STRINGS, 99};
    struct wire_event w;
    const char *problem = NULL;

    ck_assert_uint_eq(wire_decode(bytes, bytes + sizeof(bytes), &w, &problem), 6);
    ck_assert_int_eq(w.no, EV_GO_BLOCK);
    ck_assert_uint_eq(w.arg[0], 10);
    ck_assert_uint_eq(w.arg[1], 1);
    ck_assert_uint_eq(w.arg[2], 128);
    ck_assert_uint_eq(wire_decode(bytes, bytes + 5, &w, &problem), 0);
    ck_assert_str_eq(problem, "found invalid uvarint in event %u");
    ck_assert_uint_eq(wire_decode(bytes, bytes + 2, &w, &problem), 0);
    ck_assert_str_eq(problem, "found invalid uvarint for timestamp of event %u");
    ck_assert_uint_eq(wire_decode(bytes + 6, bytes + 8, &w, &problem), 0);
    ck_assert_str_eq(problem, "found event without a timestamp: type=%u");
    ck_assert_uint_eq(wire_decode(bytes + 7, bytes + 8, &w, &problem), 0);
    ck_assert_str_eq(problem, "found invalid event type: %u");
}
END_TEST

/* ---- generations ------------------------------------------------------------------------------------- */

/* Opens the generations of a trace in text form. */
static void open_text(struct framing *f, struct strbuf *bytes, const char *text)
{
    struct trace_error err;

    trace_from_text(text, bytes);
    *f = (struct framing){0};
    input_open_memory(&f->in, bytes->text, bytes->len);
    f->version = batch_read_version(&f->in, &err);
}

START_TEST(generations_come_one_by_one)
{
    struct strbuf bytes = STRBUF_INIT;
    struct generation g = {0};
    struct trace_error err;
    struct framing f;

    open_text(&f, &bytes,
              "Trace Go1.22\n"
              "EventBatch gen=4 m=1 time=20\nProcStatus dt=1 p=0 pstatus=1\n"
              "EventBatch gen=4 m=-1 time=10\nStrings\nString id=3\n\tdata=\"x\"\n"
              "EventBatch gen=4 m=-1 time=0\nFrequency freq=500000000\n"
              "EventBatch gen=5 m=-1 time=30\nFrequency freq=1000000000\n");
    ck_assert_int_eq(generation_read(&g, &f, &err), GENERATION_READ);
    ck_assert_uint_eq(g.number, 4);
    ck_assert_uint_eq(g.offset, 16);
    ck_assert_uint_eq(g.start, 0);
    ck_assert_int_eq((int)generation_ns(&g, 7), 14);
    ck_assert_int_eq(g.at_file_end, false);
    ck_assert_mem_eq(generation_string(&g, 3)->text, "x", 1);
    ck_assert_ptr_null(generation_string(&g, 4));
    ck_assert_uint_eq(generation_string(&g, 0)->length, 0);
    ck_assert_uint_eq(generation_stack(&g, 0)->count, 0);
    ck_assert_int_eq(generation_read(&g, &f, &err), GENERATION_READ);
    ck_assert_uint_eq(g.number, 5);
    ck_assert_ptr_null(generation_string(&g, 3));
    ck_assert_int_eq(g.at_file_end, true);
    ck_assert_int_eq(generation_read(&g, &f, &err), GENERATION_NONE);
    generation_release(&g);
    strbuf_release(&bytes);
}
END_TEST

START_TEST(times_that_do_not_fit_saturate)
{
    struct generation g = {.ns_per_unit = 1e9};

    ck_assert_int_eq(generation_ns(&g, 9223372036u), 9223372036000000000);
    ck_assert(generation_ns(&g, 9223372037u) == INT64_MIN);
    ck_assert(generation_ns(&g, UINT64_MAX) == INT64_MIN);
}
END_TEST

Suite *reader_parts_suite(void)
{
    Suite *s = suite_create("reader/parts");
    TCase *t = tcase_create("parts");

    tcase_set_timeout(t, 30);
    tcase_add_loop_test(t, a_tree_is_a_set, 0, 3);
    tcase_add_test(t, a_tree_drains);
    tcase_add_test(t, equal_contents_are_one);
    tcase_add_test(t, a_file_reads_like_memory);
    tcase_add_test(t, varints_of_an_input);
    tcase_add_test(t, events_decode);
    tcase_add_test(t, generations_come_one_by_one);
    tcase_add_test(t, times_that_do_not_fit_saturate);
    suite_add_tcase(s, t);
    return s;
}

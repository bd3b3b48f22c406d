/* base/mem, base/arena, base/strbuf */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/strbuf.h"

Suite *base_memory_suite(void);

START_TEST(vec_keeps_what_is_pushed)
{
    VEC(int) v = {0};

    for (int i = 0; i < 1000; i++)
        vec_push(&v, i);
    ck_assert_uint_eq(v.len, 1000);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(v.data[i], i);
    ck_assert_int_eq(vec_last(&v), 999);
    ck_assert_int_eq(vec_pop(&v), 999);
    ck_assert_uint_eq(v.len, 999);
    vec_free(&v);
    ck_assert_ptr_null(v.data);
    vec_push(&v, 7);
    ck_assert_int_eq(v.data[0], 7);
    vec_free(&v);
}
END_TEST

START_TEST(vec_reserve_means_no_move)
{
    VEC(char) v = {0};
    char *before;

    vec_reserve(&v, 500);
    before = v.data;
    for (int i = 0; i < 500; i++)
        vec_push(&v, 'x');
    ck_assert_ptr_eq(v.data, before);
    vec_free(&v);
}
END_TEST

/* More than can be asked for: a sanitizer's malloc would not fail, but abort. */
START_TEST(out_of_memory_ends_the_program)
{
    struct arena a = {0};

    arena_array(&a, SIZE_MAX / 2, 4);
}
END_TEST

START_TEST(too_long_an_array_ends_the_program)
{
    VEC(long) v = {0};

    vec_reserve(&v, SIZE_MAX / 4);
}
END_TEST

static bool is_filled(const unsigned char *bytes, size_t size, unsigned char with)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != with)
            return false;
    return true;
}

/* A piece can be larger than the next block in turn would be. */
START_TEST(arena_pieces_of_all_sizes_have_room)
{
    for (size_t size = 1; size <= (1 << 20); size += size / 3 + 1) {
        struct arena a = {0};
        char *before = arena_alloc(&a, 16), *piece = arena_alloc(&a, size), *after = arena_alloc(&a, 16);

        memset(piece, 1, size);
        for (size_t i = 0; i < 16; i++)
            ck_assert(before[i] == 0 && after[i] == 0);
        arena_release(&a);
    }
}
END_TEST

START_TEST(arena_memory_is_zeroed_aligned_and_apart)
{
    struct arena a = {0};
    unsigned char *pieces[300];

    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        size_t size = i * 37;

        pieces[i] = arena_alloc(&a, size);
        ck_assert_uint_eq((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        ck_assert(is_filled(pieces[i], size, 0));
        memset(pieces[i], (int)(i % 255) + 1, size);
    }
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
        ck_assert(is_filled(pieces[i], i * 37, (unsigned char)(i % 255 + 1)));
    arena_release(&a);
    ck_assert_ptr_null(a.blocks);
}
END_TEST

START_TEST(arena_takes_large_pieces_among_small_ones)
{
    struct arena a = {0};
    char *large_first = arena_alloc(&a, (size_t)1 << 20);
    char *small = arena_strdup(&a, "small");
    char *large = arena_alloc(&a, (size_t)3 << 20);
    char *next = arena_strdup(&a, "next");

    memset(large_first, 'a', (size_t)1 << 20);
    memset(large, 'b', (size_t)3 << 20);
    ck_assert_str_eq(small, "small");
    ck_assert_str_eq(next, "next");
    arena_release(&a);
}
END_TEST

START_TEST(arena_copies_texts)
{
    struct arena a = {0};
    char long_text[1001];

    memset(long_text, 'x', 1000);
    long_text[1000] = '\0';
    ck_assert_str_eq(arena_strndup(&a, "abcdef", 3), "abc");
    ck_assert_str_eq(arena_strndup(&a, NULL, 0), "");
    ck_assert_str_eq(arena_printf(&a, "%s-%d", "a", 5), "a-5");
    ck_assert_str_eq(arena_printf(&a, "%s!", long_text) + 1000, "!");
    arena_release(&a);
}
END_TEST

START_TEST(strbuf_is_a_string_from_the_start)
{
    struct strbuf b = STRBUF_INIT;

    ck_assert_str_eq(b.text, "");
    strbuf_reset(&b);
    strbuf_add(&b, "");
    ck_assert_str_eq(b.text, "");
    strbuf_release(&b);
    ck_assert_str_eq(b.text, "");
}
END_TEST

START_TEST(strbuf_grows)
{
    struct strbuf b = STRBUF_INIT;

    strbuf_add(&b, "ab");
    strbuf_addch(&b, 'c');
    strbuf_fill(&b, '-', 3);
    strbuf_addn(&b, "x\0y", 3);
    strbuf_addf(&b, "%05d", 42);
    ck_assert_uint_eq(b.len, 14);
    ck_assert_mem_eq(b.text, "abc---x\0y00042", 15);
    strbuf_truncate(&b, 3);
    ck_assert_str_eq(b.text, "abc");
    strbuf_release(&b);
}
END_TEST

START_TEST(strbuf_formats_of_any_length)
{
    for (size_t len = 0; len < 300; len++) {
        struct strbuf b = STRBUF_INIT;
        char text[301];

        memset(text, 'q', len);
        text[len] = '\0';
        strbuf_addf(&b, "%s", text);
        strbuf_addf(&b, "%s", text);
        ck_assert_uint_eq(b.len, 2 * len);
        ck_assert_uint_eq(strlen(b.text), 2 * len);
        strbuf_release(&b);
    }
}
END_TEST

START_TEST(strbuf_quotes_words_for_a_shell)
{
    struct strbuf b = STRBUF_INIT;

    strbuf_add_word(&b, "store/lock-across-io/1/seed-9.trace");
    strbuf_addch(&b, ' ');
    strbuf_add_word(&b, "my fix.yaml");
    strbuf_addch(&b, ' ');
    strbuf_add_word(&b, "it's");
    strbuf_addch(&b, ' ');
    strbuf_add_word(&b, "");
    ck_assert_str_eq(b.text, "store/lock-across-io/1/seed-9.trace 'my fix.yaml' 'it'\\''s' ''");
    strbuf_release(&b);
}
END_TEST

START_TEST(strbuf_hands_its_text_over)
{
    struct strbuf b = STRBUF_INIT;
    char *empty = strbuf_take(&b), *text;

    strbuf_add(&b, "mine");
    text = strbuf_take(&b);
    ck_assert_str_eq(empty, "");
    ck_assert_str_eq(text, "mine");
    ck_assert_str_eq(b.text, "");
    free(empty);
    free(text);
}
END_TEST

Suite *base_memory_suite(void)
{
    Suite *s = suite_create("base/memory");
    TCase *mem = tcase_create("mem"), *arena = tcase_create("arena"), *text = tcase_create("strbuf"),
          *death = tcase_create("death");

    tcase_add_test(mem, vec_keeps_what_is_pushed);
    tcase_add_test(mem, vec_reserve_means_no_move);
    suite_add_tcase(s, mem);

    tcase_add_test(arena, arena_pieces_of_all_sizes_have_room);
    tcase_add_test(arena, arena_memory_is_zeroed_aligned_and_apart);
    tcase_add_test(arena, arena_takes_large_pieces_among_small_ones);
    tcase_add_test(arena, arena_copies_texts);
    suite_add_tcase(s, arena);

    tcase_add_test(text, strbuf_is_a_string_from_the_start);
    tcase_add_test(text, strbuf_grows);
    tcase_add_test(text, strbuf_formats_of_any_length);
    tcase_add_test(text, strbuf_quotes_words_for_a_shell);
    tcase_add_test(text, strbuf_hands_its_text_over);
    suite_add_tcase(s, text);

    tcase_set_tags(death, "fork");
    tcase_add_exit_test(death, out_of_memory_ends_the_program, 4);
    tcase_add_exit_test(death, too_long_an_array_ends_the_program, 4);
    suite_add_tcase(s, death);
    return s;
}

/* base/hashmap */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/hashmap.h"

Suite *base_hashmap_suite(void);

START_TEST(strings_get_dense_indices_in_order)
{
    struct strmap m = {0};
    char key[32];

    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof(key), "key-%d", i * 7919 % 5000);
        ck_assert_uint_eq(strmap_intern(&m, key), (size_t)i);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof(key), "key-%d", i * 7919 % 5000);
        ck_assert_int_eq(strmap_find(&m, key), i);
        ck_assert_str_eq(m.entries[i].key, key);
        ck_assert_uint_eq(strmap_intern(&m, key), (size_t)i);
    }
    ck_assert_uint_eq(m.len, 5000);
    ck_assert_int_eq(strmap_find(&m, "key-5000"), -1);
    strmap_release(&m);
    ck_assert_int_eq(strmap_find(&m, "key-1"), -1);
}
END_TEST

START_TEST(strings_have_values)
{
    struct strmap m = {0};
    int one = 1, two = 2;

    ck_assert_ptr_null(strmap_get(&m, "a"));
    ck_assert(strmap_put(&m, "a", &one));
    ck_assert_ptr_eq(strmap_get(&m, "a"), &one);
    ck_assert(!strmap_put(&m, "a", &two));
    ck_assert_ptr_eq(strmap_get(&m, "a"), &two);
    ck_assert_uint_eq(m.len, 1);
    strmap_release(&m);
}
END_TEST

START_TEST(keys_are_bytes_and_copied)
{
    struct strmap m = {0};
    char key[] = "a\0b";

    ck_assert_uint_eq(strmap_intern_n(&m, key, 3), 0);
    ck_assert_uint_eq(strmap_intern_n(&m, key, 1), 1);
    ck_assert_uint_eq(strmap_intern_n(&m, "", 0), 2);
    key[0] = 'x';
    ck_assert_int_eq(strmap_find_n(&m, "a\0b", 3), 0);
    ck_assert_int_eq(strmap_find(&m, "a"), 1);
    ck_assert_int_eq(strmap_find(&m, ""), 2);
    strmap_release(&m);
}
END_TEST

START_TEST(numbers_put_get_replace)
{
    struct idmap m = {0};
    uint64_t value = 99;

    ck_assert(!idmap_get(&m, 0, &value));
    ck_assert_uint_eq(value, 99);
    for (uint64_t k = 0; k < 10000; k++)
        ck_assert(idmap_put(&m, k * UINT64_C(0x9e3779b97f4a7c15), k));
    for (uint64_t k = 0; k < 10000; k++) {
        ck_assert(idmap_get(&m, k * UINT64_C(0x9e3779b97f4a7c15), &value));
        ck_assert_uint_eq(value, k);
    }
    ck_assert(!idmap_put(&m, 0, 5));
    ck_assert(idmap_get(&m, 0, &value));
    ck_assert_uint_eq(value, 5);
    ck_assert_uint_eq(m.live, 10000);
    idmap_clear(&m);
    ck_assert(!idmap_get(&m, 0, NULL));
    ck_assert(idmap_put(&m, 0, 1));
    idmap_release(&m);
}
END_TEST

START_TEST(walks_in_the_order_of_putting)
{
    struct idmap m = {0};
    const struct idmap_entry *e;
    uint64_t expected = 1;
    size_t at = 0;

    for (uint64_t k = 0; k < 1000; k++)
        idmap_put(&m, 1000 - k, k);
    for (uint64_t k = 0; k < 1000; k += 2)
        ck_assert(idmap_del(&m, 1000 - k));
    while ((e = idmap_next(&m, &at)) != NULL) {
        ck_assert_uint_eq(e->value, expected);
        expected += 2;
    }
    ck_assert_uint_eq(expected, 1001);
    idmap_release(&m);
}
END_TEST

START_TEST(deleted_keys_come_back_at_the_end)
{
    struct idmap m = {0};
    size_t at = 0;

    idmap_put(&m, 1, 10);
    idmap_put(&m, 2, 20);
    ck_assert(idmap_del(&m, 1));
    ck_assert(!idmap_del(&m, 1));
    ck_assert(!idmap_get(&m, 1, NULL));
    ck_assert(idmap_put(&m, 1, 11));
    ck_assert_uint_eq(idmap_next(&m, &at)->key, 2);
    ck_assert_uint_eq(idmap_next(&m, &at)->value, 11);
    ck_assert_ptr_null(idmap_next(&m, &at));
    idmap_release(&m);
}
END_TEST

/* A million goroutines come and go, a hundred at a time: memory must follow those that live. */
START_TEST(memory_follows_what_lives)
{
    struct idmap m = {0};

    for (uint64_t k = 0; k < 200000; k++) {
        idmap_put(&m, k, k);
        if (k >= 100)
            ck_assert(idmap_del(&m, k - 100));
    }
    ck_assert_uint_eq(m.live, 100);
    ck_assert_uint_lt(m.cap, 1024);
    ck_assert_uint_lt(m.nslots, 1024);
    idmap_release(&m);
}
END_TEST

Suite *base_hashmap_suite(void)
{
    Suite *s = suite_create("base/hashmap");
    TCase *t = tcase_create("maps");

    tcase_add_test(t, strings_get_dense_indices_in_order);
    tcase_add_test(t, strings_have_values);
    tcase_add_test(t, keys_are_bytes_and_copied);
    tcase_add_test(t, numbers_put_get_replace);
    tcase_add_test(t, walks_in_the_order_of_putting);
    tcase_add_test(t, deleted_keys_come_back_at_the_end);
    tcase_add_test(t, memory_follows_what_lives);
    suite_add_tcase(s, t);
    return s;
}

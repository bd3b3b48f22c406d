/* base/json, base/sha256, base/io */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/sha256.h"

Suite *base_output_suite(void);

/* ---- JSON ----------------------------------------------------------------------------------- */

START_TEST(json_indented)
{
    struct strbuf b = STRBUF_INIT;
    struct json j;

    json_init(&j, &b, 2);
    json_object(&j, NULL);
    json_string(&j, "lab", "lock-across-io");
    json_bool(&j, "passed", false);
    json_array(&j, "seeds");
    json_int(&j, NULL, -13);
    json_uint(&j, NULL, UINT64_MAX);
    json_end(&j);
    json_array(&j, "none");
    json_end(&j);
    json_object(&j, "share");
    json_fixed(&j, "before", 9631, 2);
    json_null(&j, "after");
    json_string(&j, "note", NULL);
    json_end(&j);
    json_end(&j);
    ck_assert_str_eq(b.text, "{\n"
                             "  \"lab\": \"lock-across-io\",\n"
                             "  \"passed\": false,\n"
                             "  \"seeds\": [\n"
                             "    -13,\n"
                             "    18446744073709551615\n"
                             "  ],\n"
                             "  \"none\": [],\n"
                             "  \"share\": {\n"
                             "    \"before\": 96.31,\n"
                             "    \"after\": null,\n"
                             "    \"note\": null\n"
                             "  }\n"
                             "}\n");
    strbuf_release(&b);
}
END_TEST

START_TEST(json_on_one_line)
{
    struct strbuf b = STRBUF_INIT;
    struct json j;

    json_init(&j, &b, 0);
    for (int i = 0; i < 2; i++) {
        json_object(&j, NULL);
        json_int(&j, "a", i);
        json_array(&j, "b");
        json_int(&j, NULL, 1);
        json_int(&j, NULL, 2);
        json_end(&j);
        json_end(&j);
    }
    ck_assert_str_eq(b.text, "{\"a\": 0, \"b\": [1, 2]}\n{\"a\": 1, \"b\": [1, 2]}\n");
    strbuf_release(&b);
}
END_TEST

START_TEST(json_escapes)
{
    struct strbuf b = STRBUF_INIT;
    struct json j;

    json_init(&j, &b, 0);
    json_array(&j, NULL);
    json_string(&j, NULL, "\"\\/\b\f\n\r\t\x01\x7f");
    json_string(&j, NULL, "\xc3\xa9\xf0\x9f\x98\x80");
    json_text(&j, NULL, "a\0b\xff\xc3", 5);
    json_end(&j);
    ck_assert_str_eq(b.text, "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\", "
                             "\"\xc3\xa9\xf0\x9f\x98\x80\", "
                             "\"a\\u0000b\xef\xbf\xbd\xef\xbf\xbd\"]\n");
    strbuf_release(&b);
}
END_TEST

START_TEST(json_key_in_an_array)
{
    struct strbuf b = STRBUF_INIT;
    struct json j;

    json_init(&j, &b, 0);
    json_array(&j, NULL);
    json_int(&j, "key", 1);
}
END_TEST

START_TEST(json_end_too_many)
{
    struct strbuf b = STRBUF_INIT;
    struct json j;

    json_init(&j, &b, 0);
    json_end(&j);
}
END_TEST

/* ---- SHA-256: the vectors of FIPS 180 ------------------------------------------------------- */

START_TEST(sha256_vectors)
{
    static const struct {
        const char *text, *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char out[SHA256_HEX];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        ck_assert_str_eq(sha256_hex(out, cases[i].text, strlen(cases[i].text)), cases[i].digest);
}
END_TEST

START_TEST(sha256_in_pieces)
{
    char million[1000], out[SHA256_HEX], hex[SHA256_HEX];
    uint8_t digest[SHA256_BYTES];
    struct sha256 h;

    memset(million, 'a', sizeof(million));
    sha256_init(&h);
    for (int i = 0; i < 1000; i++)
        sha256_add(&h, million, sizeof(million));
    sha256_end(&h, digest);
    for (size_t i = 0; i < SHA256_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    /* every length around the padding */
    for (size_t len = 0; len < 200; len++) {
        sha256_init(&h);
        for (size_t i = 0; i < len; i++)
            sha256_add(&h, million + i, 1);
        sha256_end(&h, digest);
        for (size_t i = 0; i < SHA256_BYTES; i++)
            snprintf(hex + 2 * i, 3, "%02x", digest[i]);
        ck_assert_str_eq(sha256_hex(out, million, len), hex);
    }
}
END_TEST

/* ---- files ---------------------------------------------------------------------------------- */

struct folder {
    char path[64];
    struct strbuf file, err;
};

static void open_folder(struct folder *f)
{
    *f = (struct folder){"/tmp/check-base-XXXXXX", STRBUF_INIT, STRBUF_INIT};
    ck_assert_ptr_nonnull(mkdtemp(f->path));
    strbuf_addf(&f->file, "%s/a.txt", f->path);
}

static void close_folder(struct folder *f)
{
    unlink(f->file.text);
    ck_assert_msg(rmdir(f->path) == 0, "something was left in %s", f->path);
    strbuf_release(&f->file);
    strbuf_release(&f->err);
}

START_TEST(files_are_written_and_read)
{
    struct folder f;
    struct stat st;
    mode_t mask = umask(022);
    char *data;
    size_t len;

    open_folder(&f);
    ck_assert(io_write(f.file.text, "old", 3, &f.err));
    ck_assert(io_write(f.file.text, "new\0er", 6, &f.err));
    ck_assert(io_read(f.file.text, 6, &data, &len, &f.err));
    ck_assert_uint_eq(len, 6);
    ck_assert_mem_eq(data, "new\0er", 7);
    free(data);
    ck_assert_int_eq(stat(f.file.text, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0644);
    ck_assert(io_exists(f.file.text));
    ck_assert_str_eq(f.err.text, "");
    umask(mask);
    close_folder(&f);
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
    struct strbuf expected = STRBUF_INIT;
    struct folder f;
    char *data;
    size_t len;

    open_folder(&f);
    ck_assert(!io_read(f.file.text, 10, &data, &len, &f.err));
    strbuf_addf(&expected, "cannot read '%s': No such file or directory", f.file.text);
    ck_assert_str_eq(f.err.text, expected.text);

    strbuf_reset(&f.err);
    strbuf_reset(&expected);
    ck_assert(!io_read(f.path, 10, &data, &len, &f.err));
    strbuf_addf(&expected, "cannot read '%s': Is a directory", f.path);
    ck_assert_str_eq(f.err.text, expected.text);

    strbuf_reset(&f.err);
    strbuf_reset(&expected);
    ck_assert(io_write(f.file.text, "123456", 6, &f.err));
    ck_assert(!io_read(f.file.text, 5, &data, &len, &f.err));
    strbuf_addf(&expected, "cannot read '%s': it is larger than 5 B", f.file.text);
    ck_assert_str_eq(f.err.text, expected.text);

    strbuf_reset(&f.err);
    ck_assert(!io_read("/dev/zero", 1 << 20, &data, &len, &f.err));
    ck_assert_str_eq(f.err.text, "cannot read '/dev/zero': it is larger than 1 MiB");
    strbuf_release(&expected);
    close_folder(&f);
}
END_TEST

START_TEST(an_abandoned_file_leaves_the_old_one)
{
    struct io_output o;
    struct folder f;
    char *data;
    size_t len;

    open_folder(&f);
    ck_assert(io_write(f.file.text, "old", 3, &f.err));
    ck_assert(io_open(&o, f.file.text, &f.err));
    fputs("half of the n", o.file);
    io_abandon(&o);
    ck_assert(io_read(f.file.text, 10, &data, &len, &f.err));
    ck_assert_str_eq(data, "old");
    free(data);
    close_folder(&f);
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    struct strbuf err = STRBUF_INIT;

    ck_assert(!io_write("/dev/full", "x", 1, &err));
    ck_assert_str_eq(err.text, "cannot write '/dev/full': No space left on device");
    strbuf_release(&err);
}
END_TEST

START_TEST(devices_stay_devices)
{
    struct strbuf err = STRBUF_INIT;
    struct stat st;

    ck_assert(io_write("/dev/null", "x", 1, &err));
    ck_assert_int_eq(stat("/dev/null", &st), 0);
    ck_assert(S_ISCHR(st.st_mode));
    ck_assert(!io_write("/nowhere/at/all", "x", 1, &err));
    ck_assert_str_eq(err.text, "cannot write '/nowhere/at/all': No such file or directory");
    strbuf_release(&err);
}
END_TEST

START_TEST(folders_are_made)
{
    struct strbuf deep = STRBUF_INIT;
    struct folder f;

    open_folder(&f);
    strbuf_addf(&deep, "%s//one/two/three", f.path);
    ck_assert(io_mkdirs(deep.text, &f.err));
    ck_assert(io_mkdirs(deep.text, &f.err));
    ck_assert(io_exists(deep.text));
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(rmdir(deep.text), 0);
        *strrchr(deep.text, '/') = '\0';
    }
    ck_assert(io_write(f.file.text, "x", 1, &f.err));
    strbuf_reset(&deep);
    strbuf_addf(&deep, "%s/below", f.file.text);
    ck_assert(!io_mkdirs(deep.text, &f.err));
    strbuf_reset(&deep);
    strbuf_addf(&deep, "cannot make folder '%s': Not a directory", f.file.text);
    ck_assert_str_eq(f.err.text, deep.text);
    strbuf_release(&deep);
    close_folder(&f);
}
END_TEST

Suite *base_output_suite(void)
{
    Suite *s = suite_create("base/output");
    TCase *json = tcase_create("json"), *sha = tcase_create("sha256"), *files = tcase_create("io"),
          *death = tcase_create("death");

    tcase_add_test(json, json_indented);
    tcase_add_test(json, json_on_one_line);
    tcase_add_test(json, json_escapes);
    suite_add_tcase(s, json);

    tcase_add_test(sha, sha256_vectors);
    tcase_add_test(sha, sha256_in_pieces);
    suite_add_tcase(s, sha);

    tcase_add_test(files, files_are_written_and_read);
    tcase_add_test(files, files_that_cannot_be_read);
    tcase_add_test(files, an_abandoned_file_leaves_the_old_one);
    tcase_add_test(files, a_full_disk_is_noticed);
    tcase_add_test(files, devices_stay_devices);
    tcase_add_test(files, folders_are_made);
    suite_add_tcase(s, files);

    tcase_set_tags(death, "fork");
    tcase_add_test_raise_signal(death, json_key_in_an_array, SIGABRT);
    tcase_add_test_raise_signal(death, json_end_too_many, SIGABRT);
    suite_add_tcase(s, death);
    return s;
}

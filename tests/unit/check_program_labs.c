/* runtime/program: every workload that the kit ships is a program, without a warning. Run from the root of
 * the tree. */
#include <check.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/program/program.h"

Suite *program_labs_suite(void);

struct file {
    char *text;
    struct source source;
};

static void read_file(struct file *f, const char *path)
{
    struct strbuf err = STRBUF_INIT;
    size_t len;

    ck_assert_msg(io_read(path, LIMIT_YAML_BYTES, &f->text, &len, &err), "%s", err.text);
    source_init(&f->source, path, f->text, len);
    strbuf_release(&err);
}

static void close_file(struct file *f)
{
    source_release(&f->source);
    free(f->text);
}

static void check_silent(struct diags *d)
{
    struct strbuf out = STRBUF_INIT;

    diags_format(d, &out, false);
    ck_assert_str_eq(out.text, "");
    strbuf_release(&out);
    diags_release(d);
}

static void check_workload(const char *path, const struct world_def *world)
{
    struct diags diags = DIAGS_INIT;
    struct file f;
    struct program *p;

    read_file(&f, path);
    p = program_load(&f.source, world, &diags);
    check_silent(&diags);
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_eq(program_world(p), world);
    ck_assert_uint_eq(strlen(program_digest(p)), 64);
    program_free(p);
    close_file(&f);
}

/* All files of a lab that match; the number of them. */
static size_t check_files(const char *pattern, const char *lab, const struct world_def *world)
{
    struct strbuf path = STRBUF_INIT;
    glob_t found;
    size_t n = 0;

    strbuf_addf(&path, pattern, lab);
    if (glob(path.text, 0, NULL, &found) == 0) {
        for (n = 0; n < found.gl_pathc; n++)
            check_workload(found.gl_pathv[n], world);
        globfree(&found);
    }
    strbuf_release(&path);
    return n;
}

static void check_lab(const char *path)
{
    struct diags diags = DIAGS_INIT;
    struct arena arena = {0};
    struct file f;
    const struct yaml_node *root;
    struct world_def *world;
    char *lab = xstrdup(strchr(path, '/') + 1);

    *strchr(lab, '/') = '\0';
    read_file(&f, path);
    root = yaml_parse(&arena, &f.source, &diags);
    world = world_load(yaml_get(root, "params"), yaml_get(root, "world"), &diags);
    check_silent(&diags);
    ck_assert_uint_eq(check_files("scenarios/%s/workload.yaml", lab, world), 1);
    ck_assert_uint_eq(check_files("exercises/%s/workload.yaml", lab, world), 1);
    ck_assert_uint_eq(check_files("solutions/%s/workload.yaml", lab, world), 1);
    ck_assert_uint_ge(check_files("solutions/%s/right/*.yaml", lab, world), 2);
    ck_assert_uint_ge(check_files("solutions/%s/wrong/*.yaml", lab, world), 4);
    world_def_free(world);
    arena_release(&arena);
    close_file(&f);
    free(lab);
}

START_TEST(all_workloads_load)
{
    glob_t labs;

    ck_assert_int_eq(glob("scenarios/*/scenario.yaml", 0, NULL, &labs), 0);
    ck_assert_uint_ge(labs.gl_pathc, 4);
    for (size_t i = 0; i < labs.gl_pathc; i++)
        check_lab(labs.gl_pathv[i]);
    globfree(&labs);
}
END_TEST

/* A program without a scenario brings its own world, or none; one with a scenario must not. */
START_TEST(own_worlds)
{
    static const char text[] =
        "workload: t\nparams: {n: 3..3}\nworld: {machine: {cpus: $n}}\nmain:\n  - yield\n";
    struct diags diags = DIAGS_INIT;
    struct source source;
    struct program *p;

    source_init(&source, "t.yaml", text, strlen(text));
    p = program_load(&source, NULL, &diags);
    check_silent(&diags);
    ck_assert_ptr_nonnull(program_world(p));
    ck_assert_ptr_null(program_load(&source, program_world(p), &diags));
    ck_assert_str_eq(diags.list[0].message, "the world is the scenario's: take `params` out");
    diags_release(&diags);
    program_free(p);
    source_release(&source);
}
END_TEST

START_TEST(settings)
{
    static const char text[] =
        "workload: some-name-2\nruntime: {gomaxprocs: 7, gogc: off, async_preempt: false, "
        "memory_limit: none}\nmain:\n  - yield\n";
    struct diags diags = DIAGS_INIT;
    struct source source;
    struct program *p;
    struct program_settings s;

    source_init(&source, "t.yaml", text, strlen(text));
    p = program_load(&source, NULL, &diags);
    check_silent(&diags);
    s = program_settings(p);
    ck_assert_uint_eq(s.gomaxprocs, 7);
    ck_assert_int_eq(s.gogc, -1);
    ck_assert(!s.async_preempt);
    ck_assert_str_eq(program_name(p), "some-name-2");
    ck_assert_ptr_null(program_world(p));
    program_free(p);
    source_release(&source);
}
END_TEST

/* Damaged files are refused or are programs: nothing crashes. */
START_TEST(damaged_files)
{
    static const char damage[] = ":-[]{}#'\"&*!%\n x5";
    struct file f;

    read_file(&f, "solutions/gc-assist/right/free-list.yaml");
    for (size_t at = 0; at < f.source.len; at++) {
        struct diags diags = DIAGS_INIT;
        struct source source;
        char kept = f.text[at];

        f.text[at] = damage[at % (sizeof damage - 1)];
        source_init(&source, "t.yaml", f.text, f.source.len);
        program_free(program_load(&source, NULL, &diags));
        diags_release(&diags);
        source_release(&source);
        source_init(&source, "t.yaml", f.text, at);
        f.text[at] = '\0';
        program_free(program_load(&source, NULL, &diags));
        diags_release(&diags);
        source_release(&source);
        f.text[at] = kept;
    }
    close_file(&f);
}
END_TEST

Suite *program_labs_suite(void)
{
    Suite *suite = suite_create("program/labs");
    TCase *tc = tcase_create("program_labs");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, all_workloads_load);
    tcase_add_test(tc, own_worlds);
    tcase_add_test(tc, settings);
    tcase_add_test(tc, damaged_files);
    suite_add_tcase(suite, tc);
    return suite;
}

/* runtime/world/load, fields: what a file says of its world, and every way of saying it wrong. */
#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "runtime/sched/g.h"
#include "runtime/world/world.h"

Suite *world_load_suite(void);

/* A file with `params` and `world`, and what became of it. */
struct file {
    struct source source;
    struct arena arena;
    struct diags diags;
    struct world_def *def;
};

static void load(struct file *f, const char *text)
{
    *f = (struct file){0};
    source_init(&f->source, "w.yaml", text, strlen(text));
    struct yaml_node *root = yaml_parse(&f->arena, &f->source, &f->diags);

    ck_assert_ptr_nonnull(root);
    f->def = world_load(yaml_get(root, "params"), yaml_get(root, "world"), &f->diags);
}

static void release(struct file *f)
{
    world_def_free(f->def);
    diags_release(&f->diags);
    arena_release(&f->arena);
    source_release(&f->source);
}

static void load_good(struct file *f, const char *text)
{
    struct strbuf out = STRBUF_INIT;

    load(f, text);
    diags_format(&f->diags, &out, false);
    ck_assert_str_eq(out.text, "");
    ck_assert_ptr_nonnull(f->def);
    strbuf_release(&out);
}

/* The messages alone, without the source lines: "2:3: text", one per line. */
static void check_errors(const char *text, const char *expected)
{
    struct file f;
    struct strbuf out = STRBUF_INIT;

    load(&f, text);
    for (size_t i = 0; i < f.diags.len; i++)
        strbuf_addf(&out, "%u:%u: %s\n", f.diags.list[i].span.line, f.diags.list[i].span.column,
                    f.diags.list[i].message);
    ck_assert_str_eq(out.text, expected);
    ck_assert_ptr_null(f.def);
    strbuf_release(&out);
    release(&f);
}

static const char lab[] =
    "params:\n"
    "  rate: 380..420\n"
    "  live: 56MiB..72MiB\n"
    "  twice: $rate * 2\n"
    "  size: [4, 8, 16]\n"
    "world:\n"
    "  machine: {cpus: 2, quota: none}\n"
    "  warmup: 100ms\n"
    "  capture: machine\n"
    "  works: {render: 80us..160us, parse: {mean: 1ms, shape: exponential}}\n"
    "  services:\n"
    "    upstream: {latency: 8ms..12ms, at_once: 64}\n"
    "    bulk: {latency: {median: 4ms, p99: 30ms}, per_item: 20us, fails: 1%}\n"
    "  disks: {journal: {latency: 4ms..6ms, at_once: 1}}\n"
    "  state:\n"
    "    prices: {key: key}\n"
    "    index: {heap: $live, pointers: 50%}\n"
    "    hits: {word: true}\n"
    "  loads:\n"
    "    lookups: {rate: $rate/s, requests: 800, each: {miss: 30%, key: zipf 500}, timeout: 30s}\n"
    "    report: {at: [500ms, 4s], each: {items: 4000, key: 0..9, trace: id}}\n"
    "    users: {clients: 32, think: 20ms, requests: 3000, each: {miss: 1..3, size: 1KiB..4KiB}}\n"
    "    peaks: {rate: 100/s, requests: 900, bursts: {every: 1s, size: 50}, arrivals: even}\n";

START_TEST(everything_has_a_number)
{
    struct file f;

    load_good(&f, lab);
    size_t count;

    ck_assert_int_eq(world_find(f.def, WORLD_WORK, "parse"), 1);
    ck_assert_int_eq(world_find(f.def, WORLD_SERVICE, "upstream"), 0);
    ck_assert_int_eq(world_find(f.def, WORLD_SERVICE, "journal"), -1);
    ck_assert_int_eq(world_find(f.def, WORLD_DISK, "journal"), 0);
    ck_assert_int_eq(world_find(f.def, WORLD_STATE, "hits"), 2);
    ck_assert_int_eq(world_find(f.def, WORLD_LOAD, "peaks"), 3);
    ck_assert_int_eq(world_find(f.def, WORLD_PARAM, "twice"), 2);
    ck_assert_str_eq(world_names(f.def, WORLD_ATTR, &count)[2], "items");
    ck_assert_uint_eq(count, 5);
    ck_assert_str_eq(world_kind_name(WORLD_DISK), "disk");
    ck_assert(world_service_has_items(f.def, 1));
    ck_assert(!world_service_has_items(f.def, 0));
    ck_assert(world_state_is_word(f.def, 2));
    ck_assert(!world_state_is_word(f.def, 0));
    ck_assert_int_eq(world_state_key(f.def, 0), world_find(f.def, WORLD_ATTR, "key"));
    ck_assert_int_eq(world_state_key(f.def, 1), -1);
    release(&f);
}
END_TEST

START_TEST(attributes_have_types_per_load_and_over_all)
{
    struct file f;

    load_good(&f, lab);
    uint32_t miss = (uint32_t)world_find(f.def, WORLD_ATTR, "miss");
    uint32_t key = (uint32_t)world_find(f.def, WORLD_ATTR, "key");
    uint32_t size = (uint32_t)world_find(f.def, WORLD_ATTR, "size");
    uint32_t trace = (uint32_t)world_find(f.def, WORLD_ATTR, "trace");
    enum expr_type type;

    ck_assert(world_attr_type(f.def, 0, miss, &type) && type == EXPR_TRUTH);
    ck_assert(world_attr_type(f.def, 2, miss, &type) && type == EXPR_NUMBER);
    ck_assert(world_attr_type(f.def, -1, miss, &type) && type == EXPR_ANY);
    ck_assert(world_attr_type(f.def, -1, key, &type) && type == EXPR_NUMBER);
    ck_assert(world_attr_type(f.def, -1, size, &type) && type == EXPR_SIZE);
    ck_assert(world_attr_type(f.def, 1, trace, &type) && type == EXPR_ID);
    ck_assert(!world_attr_type(f.def, 0, size, &type));
    release(&f);
}
END_TEST

static struct expr_value world_param(const struct world *w, int32_t param)
{
    struct expr_env env = world_param_env(w);
    struct expr leaf = {.kind = EXPR_PARAM, .slot = param};
    struct expr_value value;

    ck_assert(env.value(env.ctx, &leaf, 0, &value));
    return value;
}

START_TEST(parameters_are_drawn_once_per_seed)
{
    struct file f;

    load_good(&f, lab);
    struct world *a = world_new(f.def, 7, &f.diags), *b = world_new(f.def, 7, &f.diags);
    bool varies = false;

    ck_assert_uint_eq(world_cpus(a), 2);
    ck_assert_int_eq(world_param(a, 0).n, world_param(b, 0).n);
    ck_assert_int_eq(world_param(a, 2).n, 2 * world_param(a, 0).n);
    ck_assert_int_eq(world_param(a, 1).type, EXPR_SIZE);
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct world *w = world_new(f.def, seed, &f.diags);
        int64_t rate = world_param(w, 0).n, size = world_param(w, 3).n;

        ck_assert_int_ge(rate, 380);
        ck_assert_int_le(rate, 420);
        ck_assert(size == 4 || size == 8 || size == 16);
        varies = varies || rate != world_param(a, 0).n;
        world_free(w);
    }
    ck_assert(varies);
    world_free(a);
    world_free(b);
    release(&f);
}
END_TEST

/* What a file for the same labs, such as a contract, may say about parameters. */
START_TEST(parameters_can_be_named_elsewhere)
{
    struct file f;

    load_good(&f, lab);
    struct world *w = world_new(f.def, 3, &f.diags);
    struct excerpt e = excerpt_of_text("$live * 3 / 2");
    struct expr *x = expr_parse(&f.arena, &e, EXPR_PARAMS, &f.diags);
    struct expr_names names = world_param_names(f.def);
    struct expr_env env = world_param_env(w);
    struct expr_value v;

    ck_assert(expr_check_as(x, EXPR_SIZE, &names, 0, &f.diags));
    ck_assert(expr_eval_or_report(x, &env, &v, &f.diags));
    ck_assert_int_eq(v.n, world_param(w, 1).n * 3 / 2);
    world_free(w);
    release(&f);
}
END_TEST

START_TEST(a_world_may_be_empty)
{
    struct diags d = DIAGS_INIT;
    struct world_def *def = world_load(NULL, NULL, &d);
    struct world *w = world_new(def, 1, &d);

    ck_assert_uint_eq(world_cpus(w), 4);
    ck_assert_int_eq(world_find(def, WORLD_LOAD, "x"), -1);
    world_free(w);
    world_def_free(def);
}
END_TEST

START_TEST(an_error_shows_its_place)
{
    struct file f;

    load(&f, "world:\n  services:\n    db: {latancy: 5ms}\n");
    struct strbuf out = STRBUF_INIT;

    diags_format(&f.diags, &out, false);
    ck_assert_str_eq(out.text, "w.yaml:3:5: error: service 'db' needs `latency`\n"
                               "    3 |     db: {latancy: 5ms}\n"
                               "      |     ^~\n"
                               "w.yaml:3:10: error: unknown key 'latancy' in service 'db'; did you mean "
                               "'latency'?\n"
                               "    3 |     db: {latancy: 5ms}\n"
                               "      |          ^~~~~~~\n");
    strbuf_release(&out);
    release(&f);
}
END_TEST

static const struct {
    const char *text, *errors;
} mistakes[] = {
    {"world: {disks: {d: {latency: 5ms, colour: red}}}\n",
     "1:35: unknown key 'colour' in disk 'd'; expected one of: latency, per_item, at_once, fails\n"},
    {"world: {machine: {cpus: 0}}\n", "1:25: `cpus` is at least 1 and at most 256, found 0\n"},
    {"world: {machine: {cpus: 1..4}}\n", "1:25: `cpus` is one number, not a distribution\n"},
    {"world: {machine: {cpus: 2ms}}\n", "1:25: expected a number, found a duration\n"},
    {"world: {machine: {quota: 1.5}}\n", "1:26: this version knows only `quota: none`\n"},
    {"world: {capture: program}\n", "1:18: this version knows only `capture: machine`\n"},
    {"world: {warmup: 5}\n", "1:17: expected a duration, found a number; a unit is missing: `5us`, `5ms`?\n"},
    {"world: []\n", "1:8: expected a mapping for `world`, found a list\n"},
    {"world: {works: 5ms}\n", "1:16: expected a mapping for `works`, found text\n"},
    {"world:\n  works:\n", "2:9: expected a mapping for `works`, found nothing\n"},
    {"world: {works: {a-b: 5ms}}\n",
     "1:17: 'a-b' is not a name: letters, digits and `_`, not starting with a digit\n"},
    {"world: {machine: {cpus: $n}}\n", "1:25: unknown parameter 'n'\n"},
    {"params: {rate: 5}\nworld: {works: {w: $rat * 1ms}}\n",
     "2:20: unknown parameter 'rat'; did you mean 'rate'?\n"},
    {"params: {a: $b, b: 5}\n", "1:13: unknown parameter 'b'\n"},
    {"params: {a: rate}\n",
     "1:13: expected a number, a duration or a size, found 'rate'; a parameter is written `$rate`\n"},
    {"world: {machine: {cpus: four}}\n",
     "1:25: expected a number, found 'four'; a parameter is written `$four`\n"},
    {"world: {works: {w: a * 2ms}}\n", "1:20: only parameters can be used here, as in `$name`\n"},
    {"world: {loads: {l: {at: [1s], each: {key: zip 500}}}}\n",
     "1:43: unknown distribution 'zip'; did you mean 'zipf'?\n"},
    {"params: {n: 9..2}\nworld: {works: {w: $n * 1ms}}\n", "1:13: this range is empty: 9 is more than 2\n"},
    {"world: {state: {s: {word: yes}}}\n", "1:27: `word` is `false` or `true`, found 'yes'\n"},
    {"world: {state: {s: {key: k}}}\n", "1:26: no load's requests have an attribute 'k'\n"},
    {"world: {state: {s: {key: kee}}, loads: {l: {at: [1s], each: {key: 0..9}}}}\n",
     "1:26: no load's requests have an attribute 'kee'; did you mean 'key'?\n"},
    {"world: {state: {s: {key: k}}, loads: {l: {at: [1s], each: {k: 30%}}}}\n",
     "1:26: `key` must be a number, 'k' is a truth\n"},
    {"world: {state: {s: {pointers: 30%}}}\n", "1:31: `pointers` goes with `heap` only\n"},
    {"world: {loads: {l: {}}}\n", "1:17: load 'l' needs `rate`, `at` or `clients`\n"},
    {"world: {loads: {l: {rate: 5/s}}}\n", "1:17: load 'l' needs `requests`: how many come in all\n"},
    {"world: {loads: {l: {rate: 5, requests: 3}}}\n", "1:27: a unit is missing: `400/s`?\n"},
    {"world: {loads: {l: {rate: 5/s, clients: 2, requests: 3}}}\n",
     "1:41: `rate` and `clients` exclude each other\n"},
    {"world: {loads: {l: {rate: 5/s, think: 2ms, requests: 3}}}\n",
     "1:39: `think` goes with `clients` only\n"},
    {"world: {loads: {l: {at: [1s], requests: 3}}}\n",
     "1:41: `at` lists all requests: leave `requests` out\n"},
    {"world: {loads: {l: {at: 1s}}}\n", "1:25: expected a list for `at`, found text\n"},
    {"world: {loads: {l: {at: [2s, 1s]}}}\n", "1:25: `at` goes forward in time\n"},
    {"world: {loads: {l: {rate: 5/s, from: 3s, until: 2s}}}\n", "1:49: `until` comes before `from`\n"},
    {"world: {loads: {l: {rate: 900000/s, until: 10s}}}\n",
     "1:17: more than 2000000 requests come until 10s\n"},
    {"world: {loads: {l: {at: [1s], each: {elapsed: 5}}}}\n",
     "1:38: every request has `elapsed`: its time since arrival\n"},
    {"world: {loads: {l: {rate: 5/s, requests: 9, arrivals: evn}}}\n",
     "1:55: `arrivals` is `poisson` or `even`, found 'evn'\n"},
    {"world: {loads: {l: {rate: 5/s, requests: 9, bursts: {every: 1s}}}}\n", "1:45: `bursts` needs `size`\n"},
};

START_TEST(every_mistake_has_its_answer)
{
    check_errors(mistakes[_i].text, mistakes[_i].errors);
}
END_TEST

START_TEST(several_mistakes_are_told_at_once)
{
    check_errors("params: {n: 5..}\n"
                 "world:\n"
                 "  machine: {cpu: 2}\n"
                 "  works: {w: 5}\n"
                 "  services: {s: {latency: 5KiB, at_once: 0}}\n"
                 "  loads: {l: {rate: $n/s, requests: 0}}\n",
                 "1:16: a value is missing here\n"
                 "3:13: unknown key 'cpu' in `machine`; did you mean 'cpus'?\n"
                 "4:14: expected a duration, found a number; a unit is missing: `5us`, `5ms`?\n"
                 "5:27: expected a duration, found a size\n"
                 "5:42: `at_once` is at least 1 and at most 1000000, found 0\n"
                 "6:37: `requests` is at least 1 and at most 2000000, found 0\n");
}
END_TEST

START_TEST(there_are_at_most_64_items)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_add(&text, "world:\n  works:\n");
    for (int i = 0; i < 65; i++)
        strbuf_addf(&text, "    w%d: 1ms\n", i);
    check_errors(text.text, "67:5: a world has at most 64 items of work: one for each work, service, "
                            "disk and cost per item, two for each state\n");
    strbuf_release(&text);
}
END_TEST

Suite *world_load_suite(void)
{
    Suite *s = suite_create("world/load");
    TCase *t = tcase_create("load");

    tcase_add_test(t, everything_has_a_number);
    tcase_add_test(t, attributes_have_types_per_load_and_over_all);
    tcase_add_test(t, parameters_are_drawn_once_per_seed);
    tcase_add_test(t, parameters_can_be_named_elsewhere);
    tcase_add_test(t, a_world_may_be_empty);
    tcase_add_test(t, an_error_shows_its_place);
    tcase_add_loop_test(t, every_mistake_has_its_answer, 0, ARRAY_LEN(mistakes));
    tcase_add_test(t, several_mistakes_are_told_at_once);
    tcase_add_test(t, there_are_at_most_64_items);
    suite_add_tcase(s, t);
    return s;
}

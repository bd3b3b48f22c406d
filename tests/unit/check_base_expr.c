/* base/expr: grammar, types, arithmetic and their errors */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/expr.h"
#include "base/mem.h"
#include "base/yaml.h"

Suite *base_expr_suite(void);

/* ---- a little world of names ---------------------------------------------------------------- */

static const struct known {
    enum expr_kind kind;
    const char *name, *attr;
    enum expr_type type;
    struct expr_value value;
} known[] = {
    {EXPR_NAME, "n", NULL, EXPR_NUMBER, {EXPR_NUMBER, 7}},
    {EXPR_NAME, "d", NULL, EXPR_DURATION, {EXPR_DURATION, 5000}},
    {EXPR_NAME, "z", NULL, EXPR_SIZE, {EXPR_SIZE, 4096}},
    {EXPR_NAME, "t", NULL, EXPR_TRUTH, {EXPR_TRUTH, 1}},
    {EXPR_NAME, "c", NULL, EXPR_REF, {EXPR_REF, 3}},
    {EXPR_NAME, "id", NULL, EXPR_ID, {EXPR_ID, 9}},
    {EXPR_NAME, "any", NULL, EXPR_ANY, {EXPR_NUMBER, 5}},
    {EXPR_NAME, "anyt", NULL, EXPR_ANY, {EXPR_TRUTH, 1}},
    {EXPR_NAME, "huge", NULL, EXPR_NUMBER, {EXPR_NUMBER, INT64_MAX}},
    {EXPR_ATTR, "r", "miss", EXPR_TRUTH, {EXPR_TRUTH, 1}},
    {EXPR_ATTR, "r", "hit", EXPR_TRUTH, {EXPR_TRUTH, 0}},
    {EXPR_ATTR, "r", "items", EXPR_NUMBER, {EXPR_NUMBER, 45}},
    {EXPR_ATTR, "r", "elapsed", EXPR_DURATION, {EXPR_DURATION, 200000000}},
    {EXPR_PARAM, "live", NULL, EXPR_SIZE, {EXPR_SIZE, 64 << 20}},
    {EXPR_INDEX, "mus", NULL, EXPR_REF, {EXPR_REF, 0}},
    {EXPR_INDEX, "table", NULL, EXPR_NUMBER, {EXPR_NUMBER, 100}},
    {EXPR_LENGTH, "len", NULL, EXPR_NUMBER, {EXPR_NUMBER, 11}},
    {EXPR_LENGTH, "cap", NULL, EXPR_NUMBER, {EXPR_NUMBER, 64}},
};

static const struct known *find_known(const struct expr *leaf)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].kind == leaf->kind && strcmp(known[i].name, leaf->name) == 0 &&
            (!known[i].attr || strcmp(known[i].attr, leaf->attr) == 0))
            return &known[i];
    return NULL;
}

static bool resolve(void *ctx, struct expr *leaf, enum expr_type *type, struct diags *d)
{
    const struct known *k = find_known(leaf);

    (void)ctx;
    if (!k) {
        diags_error(d, leaf->span, "unknown name '%s'", leaf->name);
        return false;
    }
    *type = k->type;
    leaf->slot = (int32_t)(k - known);
    return true;
}

static bool value_of(void *ctx, const struct expr *leaf, int64_t index, struct expr_value *out)
{
    int *calls = ctx;

    ++*calls;
    *out = known[leaf->slot].value;
    out->n += index;
    return strcmp(leaf->name, "id") != 0; /* the one without a value */
}

static const struct expr_names names = {NULL, resolve};

/* ---- helpers -------------------------------------------------------------------------------- */

/* A tree with brackets, so that grouping shows. */
static void add_tree(struct strbuf *b, const struct expr *e)
{
    switch (e->kind) {
    case EXPR_LITERAL:
        if (e->value.type == EXPR_TRUTH)
            strbuf_add(b, e->value.n ? "true" : "false");
        else
            strbuf_addf(b, "%" PRId64, e->value.n);
        return;
    case EXPR_PARAM:
        strbuf_addf(b, "$%s", e->name);
        return;
    case EXPR_NAME:
        strbuf_add(b, e->name);
        return;
    case EXPR_ATTR:
        strbuf_addf(b, "%s.%s", e->name, e->attr);
        return;
    default:
        break;
    }
    strbuf_addf(b, "(%s", e->kind == EXPR_INDEX ? e->name : expr_op_name(e->op));
    for (size_t i = 0; i < e->nargs; i++) {
        strbuf_addch(b, ' ');
        add_tree(b, e->args[i]);
    }
    strbuf_addch(b, ')');
}

static void assert_tree(const char *text, const char *expected)
{
    struct excerpt e = excerpt_of_text(text);
    struct arena arena = {0};
    struct diags d = DIAGS_INIT;
    struct strbuf b = STRBUF_INIT;
    struct expr *x = expr_parse(&arena, &e, EXPR_PARAMS, &d);

    ck_assert_msg(x, "%s: %s", text, d.len ? d.list[0].message : "");
    add_tree(&b, x);
    ck_assert_str_eq(b.text, expected);
    strbuf_release(&b);
    arena_release(&arena);
}

static void assert_value(const char *text, unsigned flags, enum expr_type type, int64_t n)
{
    struct excerpt e = excerpt_of_text(text);
    struct arena arena = {0};
    struct diags d = DIAGS_INIT;
    int calls = 0;
    struct expr_env env = {&calls, value_of};
    struct expr_value value;
    struct expr *x = expr_parse(&arena, &e, flags, &d);

    ck_assert_msg(x && expr_check(x, &names, flags, &d) && expr_eval_or_report(x, &env, &value, &d), "%s: %s",
                  text, d.len ? d.list[0].message : "");
    ck_assert_msg(value.type == type && value.n == n, "%s is %s %" PRId64, text, expr_type_name(value.type),
                  value.n);
    arena_release(&arena);
}

/* Parses `e: TEXT`, checks it as `want` and evaluates; all that is said must be `expected`. */
static void assert_said(const char *text, enum expr_type want, unsigned flags, const char *expected)
{
    struct arena arena = {0};
    struct diags d = DIAGS_INIT;
    struct strbuf out = STRBUF_INIT, yaml = STRBUF_INIT;
    struct source src;
    struct yaml_node *root;
    struct excerpt e;
    struct expr *x;
    int calls = 0;
    struct expr_env env = {&calls, value_of};
    struct expr_value value;

    strbuf_addf(&yaml, "e: %s\n", text);
    source_init(&src, "w", yaml.text, yaml.len);
    root = yaml_parse(&arena, &src, &d);
    ck_assert_ptr_nonnull(root);
    e = yaml_excerpt(yaml_get(root, "e"));
    x = expr_parse(&arena, &e, flags, &d);
    if (x && expr_check_as(x, want, &names, flags, &d))
        ck_assert(!expr_eval_or_report(x, &env, &value, &d));
    diags_format(&d, &out, false);
    ck_assert_str_eq(out.text, expected);
    strbuf_release(&out);
    strbuf_release(&yaml);
    diags_release(&d);
    source_release(&src);
    arena_release(&arena);
}

START_TEST(values_as_they_are_typed)
{
    static const struct {
        struct expr_value value;
        const char *text;
    } cases[] = {
        {{EXPR_NUMBER, -400}, "-400"},    {{EXPR_DURATION, 1500000}, "1500us"},
        {{EXPR_SIZE, 64 << 20}, "64MiB"}, {{EXPR_TRUTH, 1}, "true"},
        {{EXPR_TRUTH, 0}, "false"},       {{EXPR_ID, 255}, "00000000000000ff"},
    };
    char text[UNITS_MAX];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_str_eq(expr_value_text(text, cases[i].value), cases[i].text);
}
END_TEST

/* ---- grammar -------------------------------------------------------------------------------- */

START_TEST(grouping)
{
    assert_tree("1 + 2 * 3", "(+ 1 (* 2 3))");
    assert_tree("1 - 2 - 3", "(- (- 1 2) 3)");
    assert_tree("8 / 4 % 3 * 2", "(* (% (/ 8 4) 3) 2)");
    assert_tree("(1 + 2) * 3", "(* (+ 1 2) 3)");
    assert_tree("a or b and not c == d", "(or a (and b (not (== c d))))");
    assert_tree("not not a", "(not (not a))");
    assert_tree("a and b or c and d", "(or (and a b) (and c d))");
    assert_tree("-a * -b", "(* (- a) (- b))");
    assert_tree("--a", "(- (- a))");
    assert_tree("a + b < c * d", "(< (+ a b) (* c d))");
    assert_tree("a <= b and c >= d", "(and (<= a b) (>= c d))");
    assert_tree("r.key % 16", "(% r.key 16)");
    assert_tree("mus[r.key % 16]", "(mus (% r.key 16))");
    assert_tree("min(a, b + 1, max(c, d))", "(min a (+ b 1) (max c d))");
    assert_tree("len(c) < cap(c)", "(< (len c) (cap c))");
    assert_tree("$live * 3 / 2", "(/ (* $live 3) 2)");
    assert_tree("true != false", "(!= true false)");
    assert_tree("5us+2KiB", "(+ 5000 2048)");
    assert_tree("and_more", "and_more");
    assert_tree("  a\n +\n b ", "(+ a b)");
}
END_TEST

START_TEST(nodes_know_their_place)
{
    struct source src;
    struct arena arena = {0};
    struct diags d = DIAGS_INIT;
    struct excerpt e;
    struct expr *x;

    source_init(&src, "w", "xx a + min(b, r.miss)", 21);
    e = (struct excerpt){src.text + 3, 18, source_span(&src, 3, 18), true};
    x = expr_parse(&arena, &e, 0, &d);
    ck_assert_uint_eq(x->span.column, 4);
    ck_assert_uint_eq(x->span.length, 18);
    ck_assert_uint_eq(x->args[0]->span.length, 1);
    ck_assert_uint_eq(x->args[1]->span.column, 8);
    ck_assert_uint_eq(x->args[1]->span.length, 14);
    ck_assert_uint_eq(x->args[1]->args[1]->span.column, 15);
    ck_assert_uint_eq(x->args[1]->args[1]->span.length, 6);
    ck_assert_uint_eq(x->args[1]->args[1]->name_span.length, 1);
    arena_release(&arena);
    source_release(&src);
}
END_TEST

START_TEST(what_is_a_name)
{
    ck_assert(expr_is_name("prices_mu") && expr_is_name("_x9") && expr_is_name("nota"));
    ck_assert(!expr_is_name("") && !expr_is_name("9x") && !expr_is_name("a-b"));
    ck_assert(!expr_is_name("and") && !expr_is_name("not") && !expr_is_name("true"));
}
END_TEST

/* ---- values --------------------------------------------------------------------------------- */

START_TEST(arithmetic)
{
    assert_value("1 + 2 * 3", 0, EXPR_NUMBER, 7);
    assert_value("-7 / 2", 0, EXPR_NUMBER, -4);
    assert_value("-7 % 2", 0, EXPR_NUMBER, 1);
    assert_value("7 / -2", 0, EXPR_NUMBER, -4);
    assert_value("7 % -2", 0, EXPR_NUMBER, -1);
    assert_value("-8 / 2", 0, EXPR_NUMBER, -4);
    assert_value("-8 % 2", 0, EXPR_NUMBER, 0);
    assert_value("7 / -1", 0, EXPR_NUMBER, -7);
    assert_value("7 % -1", 0, EXPR_NUMBER, 0);
    assert_value("n * d", 0, EXPR_DURATION, 35000);
    assert_value("d * 3 + 1us", 0, EXPR_DURATION, 16000);
    assert_value("d / 2", 0, EXPR_DURATION, 2500);
    assert_value("1ms / d", 0, EXPR_NUMBER, 200);
    assert_value("1ms % 3us", 0, EXPR_DURATION, 1000);
    assert_value("z / 1KiB", 0, EXPR_NUMBER, 4);
    assert_value("-d", 0, EXPR_DURATION, -5000);
    assert_value("$live * 3 / 2", EXPR_PARAMS, EXPR_SIZE, 96 << 20);
    assert_value("min(3, 1, 2)", 0, EXPR_NUMBER, 1);
    assert_value("max(d, 1ms, 2us)", 0, EXPR_DURATION, 1000000);
    assert_value("huge - 1 + 1", 0, EXPR_NUMBER, INT64_MAX);
    assert_value("-huge - 1", 0, EXPR_NUMBER, INT64_MIN);
    assert_value("len(c) + cap(c)", 0, EXPR_NUMBER, 75);
    assert_value("table[n * 2] + 1", 0, EXPR_NUMBER, 115);
    assert_value("mus[r.items % 16]", 0, EXPR_REF, 13);
}
END_TEST

START_TEST(truth)
{
    assert_value("r.miss", 0, EXPR_TRUTH, 1);
    assert_value("not r.miss or r.hit", 0, EXPR_TRUTH, 0);
    assert_value("1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3", 0, EXPR_TRUTH, 1);
    assert_value("1 == 2 or 1 != 2", 0, EXPR_TRUTH, 1);
    assert_value("r.elapsed > 150ms", 0, EXPR_TRUTH, 1);
    assert_value("t == true", 0, EXPR_TRUTH, 1);
    assert_value("t != r.hit", 0, EXPR_TRUTH, 1);
}
END_TEST

START_TEST(truth_counts_in_contracts)
{
    assert_value("r.miss + r.miss", EXPR_TRUTH_COUNTS, EXPR_NUMBER, 2);
    assert_value("(not r.miss) * 5", EXPR_TRUTH_COUNTS, EXPR_NUMBER, 0);
    assert_value("r.miss == 1", EXPR_TRUTH_COUNTS, EXPR_TRUTH, 1);
    assert_value("-r.miss", EXPR_TRUTH_COUNTS, EXPR_NUMBER, -1);
    assert_value("max(r.hit, r.miss)", EXPR_TRUTH_COUNTS, EXPR_NUMBER, 1);
    assert_value("r.miss and r.miss", EXPR_TRUTH_COUNTS, EXPR_TRUTH, 1);
    assert_value("table[r.miss]", EXPR_TRUTH_COUNTS, EXPR_NUMBER, 101);
}
END_TEST

START_TEST(a_counting_truth_is_a_number)
{
    struct excerpt e = excerpt_of_text("not r.hit");
    struct arena arena = {0};
    struct diags d = DIAGS_INIT;
    int calls = 0;
    struct expr_env env = {&calls, value_of};
    struct expr_value value;
    struct expr *x = expr_parse(&arena, &e, 0, &d);

    ck_assert(expr_check_as(x, EXPR_NUMBER, &names, EXPR_TRUTH_COUNTS, &d));
    ck_assert(expr_eval_or_report(x, &env, &value, &d));
    ck_assert_int_eq(value.type, EXPR_NUMBER);
    ck_assert_int_eq(value.n, 1);
    arena_release(&arena);
}
END_TEST

START_TEST(types_known_at_run_time)
{
    assert_value("any + 1", 0, EXPR_NUMBER, 6);
    assert_value("any * 2us", 0, EXPR_DURATION, 10000);
    assert_value("any < 6", 0, EXPR_TRUTH, 1);
    assert_value("anyt and t", 0, EXPR_TRUTH, 1);
    assert_value("min(any, 3, 9)", 0, EXPR_NUMBER, 3);
    assert_value("-any", 0, EXPR_NUMBER, -5);
    assert_said("any + 1us", EXPR_ANY, 0,
                "w:1:4: error: the types of the values do not go together\n"
                "    1 | e: any + 1us\n      |    ^~~~~~~~~\n");
    assert_said("any and t", EXPR_ANY, 0,
                "w:1:4: error: a value is not a truth\n    1 | e: any and t\n      |    ^~~~~~~~~\n");
    assert_said("table[anyt]", EXPR_ANY, 0,
                "w:1:10: error: an index is not a number\n    1 | e: table[anyt]\n      |          ^~~~\n");
}
END_TEST

START_TEST(only_what_is_needed_is_evaluated)
{
    struct excerpt e = excerpt_of_text("r.hit and 1 / 0 == 1 or r.miss or 1 / 0 == 1");
    struct arena arena = {0};
    struct diags d = DIAGS_INIT;
    int calls = 0;
    struct expr_env env = {&calls, value_of};
    struct expr_value value;
    struct expr *x = expr_parse(&arena, &e, 0, &d);

    ck_assert(expr_check(x, &names, 0, &d));
    ck_assert(expr_eval_or_report(x, &env, &value, &d));
    ck_assert_int_eq(value.n, 1);
    ck_assert_int_eq(calls, 2);
    arena_release(&arena);
}
END_TEST

START_TEST(constants)
{
    struct excerpt e = excerpt_of_text("2 * min(3us, 5us)"), f = excerpt_of_text("2 * n");
    struct arena arena = {0};
    struct diags d = DIAGS_INIT;
    struct expr_value value;
    struct expr *x = expr_parse(&arena, &e, 0, &d), *y = expr_parse(&arena, &f, 0, &d);

    ck_assert(expr_is_constant(x));
    ck_assert(!expr_is_constant(y));
    ck_assert(expr_check(x, NULL, 0, &d));
    ck_assert(expr_eval_or_report(x, NULL, &value, &d));
    ck_assert_int_eq(value.n, 6000);
    ck_assert(!expr_check(y, NULL, 0, &d));
    ck_assert_str_eq(d.list[0].message, "names cannot be used here");
    diags_release(&d);
    arena_release(&arena);
}
END_TEST

START_TEST(failures_name_their_node)
{
    struct excerpt nothing = excerpt_of_text("id == id");
    struct arena arena = {0};
    struct diags d = DIAGS_INIT;
    struct expr_value seven = {EXPR_NUMBER, 7}, zero = {EXPR_NUMBER, 0}, out;
    struct expr_failure failure = {0};
    struct expr *x = expr_parse(&arena, &nothing, 0, &d);
    int calls = 0;
    struct expr_env env = {&calls, value_of};

    ck_assert_str_eq(expr_apply(OP_DIV, seven, zero, &out), "division by zero");
    ck_assert_str_eq(expr_apply(OP_MOD, seven, zero, &out), "division by zero");
    ck_assert_ptr_null(expr_apply(OP_SUB, zero, seven, &out));
    ck_assert_int_eq(out.n, -7);
    x->args[0]->slot = 5;
    ck_assert(!expr_eval(x, &env, &out, &failure));
    ck_assert_ptr_eq(failure.at, x->args[0]);
    ck_assert_ptr_null(failure.why);
    arena_release(&arena);
}
END_TEST

/* ---- what is refused ------------------------------------------------------------------------ */

#define HERE(column, message, text, pad, caret)                                                              \
    "w:1:" #column ": error: " message "\n    1 | e: " text "\n      |    " pad caret "\n"

static const struct {
    const char *text;
    enum expr_type want;
    unsigned flags;
    const char *said;
} refused[] = {
    /* syntax */
    {"a &&", EXPR_ANY, 0, HERE(6, "write `and` instead of `&&`", "a &&", "  ", "^~")},
    {"a || b", EXPR_ANY, 0, HERE(6, "write `or` instead of `||`", "a || b", "  ", "^~")},
    {"(!a)", EXPR_ANY, 0, HERE(5, "write `not` instead of `!`", "(!a)", " ", "^")},
    {"a = b", EXPR_ANY, 0, HERE(6, "write `==` instead of `=`", "a = b", "  ", "^")},
    {"a <> b", EXPR_ANY, 0, HERE(6, "write `!=` instead of `<>`", "a <> b", "  ", "^~")},
    {"a < b < c", EXPR_ANY, 0,
     HERE(10, "comparisons do not chain: write `a < b and b < c`", "a < b < c", "      ", "^")},
    {"a +", EXPR_ANY, 0, HERE(7, "expected a value, found the end", "a +", "   ", "^")},
    {"(a", EXPR_ANY, 0, HERE(6, "expected `)`, found the end", "(a", "  ", "^")},
    {"a)", EXPR_ANY, 0, HERE(5, "expected an operator, found ')'", "a)", " ", "^")},
    {"a b", EXPR_ANY, 0, HERE(6, "expected an operator, found 'b'", "a b", "  ", "^")},
    {"a.b.c", EXPR_ANY, 0, HERE(7, "expected an operator, found '.'", "a.b.c", "   ", "^")},
    {"a. 5", EXPR_ANY, 0, HERE(7, "expected an attribute's name after `a.`, found '5'", "a. 5", "   ", "^")},
    {"a[1", EXPR_ANY, 0, HERE(7, "expected `]`, found the end", "a[1", "   ", "^")},
    {"10_000 ms", EXPR_ANY, 0,
     HERE(11, "a unit stands right behind its number: `10000ms`", "10_000 ms", "       ", "^~")},
    {"5 ms", EXPR_ANY, 0, HERE(6, "a unit stands right behind its number: `5ms`", "5 ms", "  ", "^~")},
    {"5kb", EXPR_ANY, 0, HERE(5, "unknown unit 'kb'; sizes are KiB, MiB, GiB", "5kb", " ", "^~")},
    {"1.5ns", EXPR_ANY, 0, HERE(4, "1.5ns is not a whole number of nanoseconds", "1.5ns", "", "^~~~~")},
    {"mix(a, b)", EXPR_ANY, 0,
     HERE(4, "unknown function 'mix'; did you mean 'min'?", "mix(a, b)", "", "^~~")},
    {"random()", EXPR_ANY, 0, HERE(4, "unknown function 'random'", "random()", "", "^~~~~~")},
    {"min(1)", EXPR_ANY, 0, HERE(4, "min takes at least two values", "min(1)", "", "^~~~~~")},
    {"len(c, c)", EXPR_ANY, 0, HERE(4, "len takes one value, found 2", "len(c, c)", "", "^~~~~~~~~")},
    {"len()", EXPR_ANY, 0, HERE(8, "expected a value, found ')'", "len()", "    ", "^")},
    {"$live", EXPR_ANY, 0, HERE(4, "parameters such as `$live` cannot be used here", "$live", "", "^~~~~")},
    {"$ 5", EXPR_ANY, EXPR_PARAMS, HERE(4, "expected a parameter's name after `$`", "$ 5", "", "^")},
    {"a == not b", EXPR_ANY, 0,
     HERE(9, "`not` needs brackets here: `(not ...)`", "a == not b", "     ", "^~~")},
    {"a ; b", EXPR_ANY, 0, HERE(6, "unexpected ';' in an expression", "a ; b", "  ", "^")},
    {"a \xe2\x82\xac b", EXPR_ANY, 0,
     HERE(6, "unexpected '\xe2\x82\xac' in an expression", "a \xe2\x82\xac b", "  ", "^")},
    {"''", EXPR_ANY, 0, HERE(5, "a value is missing here", "''", " ", "^")},
    /* types */
    {"d + 1", EXPR_ANY, 0,
     HERE(4, "cannot add a duration and a number; a unit is missing: `5us`, `5ms`?", "d + 1", "", "^~~~~")},
    {"n - d", EXPR_ANY, 0, HERE(4, "cannot subtract a number and a duration", "n - d", "", "^~~~~")},
    {"z < 5", EXPR_ANY, 0,
     HERE(4, "cannot compare a size and a number; a unit is missing: `64B`, `64KiB`?", "z < 5", "", "^~~~~")},
    {"d * d", EXPR_ANY, 0, HERE(4, "cannot multiply a duration and a duration", "d * d", "", "^~~~~")},
    {"n / d", EXPR_ANY, 0, HERE(4, "cannot divide a number by a duration", "n / d", "", "^~~~~")},
    {"t + 1", EXPR_ANY, 0, HERE(4, "cannot add a truth and a number", "t + 1", "", "^~~~~")},
    {"t < t", EXPR_ANY, 0, HERE(4, "cannot compare a truth and a truth", "t < t", "", "^~~~~")},
    {"c == c", EXPR_ANY, 0, HERE(4, "cannot compare a reference and a reference", "c == c", "", "^~~~~~")},
    {"id == id", EXPR_ANY, 0, HERE(4, "cannot compare an id and an id", "id == id", "", "^~~~~~~~")},
    {"min(1, 2us)", EXPR_ANY, 0,
     HERE(4, "cannot compare a number and a duration; a unit is missing: `5us`, `5ms`?", "min(1, 2us)", "",
          "^~~~~~~~~~~")},
    {"n and t", EXPR_ANY, 0,
     HERE(4, "'and' needs a truth such as `x > 0`, found a number", "n and t", "", "^")},
    {"t or 5us", EXPR_ANY, 0,
     HERE(9, "'or' needs a truth such as `x > 0`, found a duration", "t or 5us", "     ", "^~~")},
    {"not n", EXPR_ANY, 0,
     HERE(8, "'not' needs a truth such as `x > 0`, found a number", "not n", "    ", "^")},
    {"-z", EXPR_ANY, 0, HERE(5, "cannot negate a size", "-z", " ", "^")},
    {"mus[t]", EXPR_ANY, 0, HERE(8, "an index is a number, found a truth", "mus[t]", "    ", "^")},
    {"len(n)", EXPR_ANY, 0, HERE(8, "len needs a channel, found a number", "len(n)", "    ", "^")},
    {"what + 1", EXPR_ANY, 0, HERE(4, "unknown name 'what'", "what + 1", "", "^~~~")},
    {"5", EXPR_DURATION, 0,
     HERE(4, "expected a duration, found a number; a unit is missing: `5us`, `5ms`?", "5", "", "^")},
    {"n", EXPR_DURATION, 0, HERE(4, "expected a duration, found a number", "n", "", "^")},
    {"n", EXPR_TRUTH, 0, HERE(4, "expected a truth, found a number", "n", "", "^")},
    {"t", EXPR_NUMBER, 0, HERE(4, "expected a number, found a truth", "t", "", "^")},
    /* values */
    {"1 + 7 / (n - 7)", EXPR_ANY, 0, HERE(8, "division by zero", "1 + 7 / (n - 7)", "    ", "^~~~~~~~~~~")},
    {"7 % (n - 7)", EXPR_ANY, 0, HERE(4, "division by zero", "7 % (n - 7)", "", "^~~~~~~~~~~")},
    {"huge + 1", EXPR_ANY, 0, HERE(4, "the result is too large", "huge + 1", "", "^~~~~~~~")},
    {"huge * 2", EXPR_ANY, 0, HERE(4, "the result is too large", "huge * 2", "", "^~~~~~~~")},
    {"-huge - 2", EXPR_ANY, 0, HERE(4, "the result is too large", "-huge - 2", "", "^~~~~~~~~")},
    {"(-huge - 1) / -1", EXPR_ANY, 0,
     HERE(4, "the result is too large", "(-huge - 1) / -1", "", "^~~~~~~~~~~~~~~~")},
    {"-(-huge - 1)", EXPR_ANY, 0, HERE(4, "the result is too large", "-(-huge - 1)", "", "^~~~~~~~~~~~")},
};

START_TEST(refused_with_its_place)
{
    assert_said(refused[_i].text, refused[_i].want, refused[_i].flags, refused[_i].said);
}
END_TEST

START_TEST(independent_type_errors_come_together)
{
    assert_said("d + 1 > z or what", EXPR_ANY, 0,
                "w:1:4: error: cannot add a duration and a number; a unit is missing: `5us`, `5ms`?\n"
                "    1 | e: d + 1 > z or what\n      |    ^~~~~\n"
                "w:1:17: error: unknown name 'what'\n"
                "    1 | e: d + 1 > z or what\n      |                 ^~~~\n");
}
END_TEST

static void assert_message(const char *text, const char *message)
{
    struct excerpt e = excerpt_of_text(text);
    struct arena arena = {0};
    struct diags d = DIAGS_INIT;

    ck_assert_ptr_null(expr_parse(&arena, &e, 0, &d));
    ck_assert_uint_eq(d.errors, 1);
    ck_assert_str_eq(d.list[0].message, message);
    diags_release(&d);
    arena_release(&arena);
}

START_TEST(depth_and_length_are_limited)
{
    struct strbuf b = STRBUF_INIT;

    for (int i = 0; i < 100000; i++)
        strbuf_addch(&b, '(');
    assert_message(b.text, "this expression is nested too deeply: the limit is 64");
    strbuf_reset(&b);
    for (int i = 0; i < 100000; i++)
        strbuf_addch(&b, '-');
    assert_message(b.text, "this expression is nested too deeply: the limit is 64");
    strbuf_reset(&b);
    for (int i = 0; i < 100000; i++)
        strbuf_add(&b, "not ");
    assert_message(b.text, "this expression is nested too deeply: the limit is 64");
    strbuf_reset(&b);
    strbuf_addch(&b, '1');
    for (int i = 0; i < 100000; i++)
        strbuf_add(&b, "+1");
    assert_message(b.text, "this expression is too long: the limit is 1000 names and numbers");
    strbuf_release(&b);
}
END_TEST

Suite *base_expr_suite(void)
{
    Suite *s = suite_create("base/expr");
    TCase *grammar = tcase_create("grammar"), *values = tcase_create("values"),
          *errors = tcase_create("errors");

    tcase_add_test(grammar, values_as_they_are_typed);
    tcase_add_test(grammar, grouping);
    tcase_add_test(grammar, nodes_know_their_place);
    tcase_add_test(grammar, what_is_a_name);
    suite_add_tcase(s, grammar);

    tcase_add_test(values, arithmetic);
    tcase_add_test(values, truth);
    tcase_add_test(values, truth_counts_in_contracts);
    tcase_add_test(values, a_counting_truth_is_a_number);
    tcase_add_test(values, types_known_at_run_time);
    tcase_add_test(values, only_what_is_needed_is_evaluated);
    tcase_add_test(values, constants);
    tcase_add_test(values, failures_name_their_node);
    suite_add_tcase(s, values);

    tcase_add_loop_test(errors, refused_with_its_place, 0, ARRAY_LEN(refused));
    tcase_add_test(errors, independent_type_errors_come_together);
    tcase_add_test(errors, depth_and_length_are_limited);
    suite_add_tcase(s, errors);
    return s;
}

/* base/yaml: the tree, and every mistake with its advice */
#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "base/yaml.h"

Suite *base_yaml_suite(void);

/* One text, parsed. */
struct parsed {
    struct arena arena;
    struct source src;
    struct diags diags;
    struct yaml_node *root;
};

static void parse_bytes(struct parsed *p, const char *text, size_t len)
{
    *p = (struct parsed){.root = NULL};
    source_init(&p->src, "w.yaml", text, len);
    p->root = yaml_parse(&p->arena, &p->src, &p->diags);
}

static void release(struct parsed *p)
{
    arena_release(&p->arena);
    diags_release(&p->diags);
    source_release(&p->src);
}

/* Parses what must be good. */
static void parse(struct parsed *p, const char *text)
{
    parse_bytes(p, text, strlen(text));
    if (!p->root)
        diags_print(&p->diags, stderr, false);
    ck_assert_ptr_nonnull(p->root);
    ck_assert_uint_eq(p->diags.len, 0);
}

static void assert_refused(const char *text, size_t len, const char *expected)
{
    struct strbuf out = STRBUF_INIT;
    struct parsed p;

    parse_bytes(&p, text, len);
    ck_assert_ptr_null(p.root);
    diags_format(&p.diags, &out, false);
    ck_assert_str_eq(out.text, expected);
    strbuf_release(&out);
    release(&p);
}

static void assert_span(const struct yaml_node *n, unsigned line, unsigned column, unsigned length)
{
    ck_assert_uint_eq(n->span.line, line);
    ck_assert_uint_eq(n->span.column, column);
    ck_assert_uint_eq(n->span.length, length);
}

// clang-format off
static const char program[] =
    "workload: price-service\n"
    "\n"
    "objects:\n"
    "  prices_mu: mutex        # guards prices\n"
    "functions:\n"
    "  handle:\n"
    "    params: [ctx, r]\n"
    "    do:\n"
    "      - lock: prices_mu\n"
    "      - if: r.miss\n"
    "        do:\n"
    "          - net: upstream\n"
    "\n"
    "      - yield\n";
// clang-format on

START_TEST(a_tree_with_positions)
{
    struct parsed p;
    const struct yaml_node *handle, *steps, *params;

    parse(&p, program);
    ck_assert(yaml_is_mapping(p.root));
    ck_assert_uint_eq(p.root->len, 3);
    ck_assert_str_eq(p.root->pairs[1].key->text, "objects");
    assert_span(p.root->pairs[1].key, 3, 1, 7);
    assert_span(yaml_get(yaml_get(p.root, "objects"), "prices_mu"), 4, 14, 5);

    handle = yaml_get(yaml_get(p.root, "functions"), "handle");
    params = yaml_get(handle, "params");
    ck_assert(yaml_is_sequence(params));
    ck_assert(params->flow);
    ck_assert_uint_eq(params->len, 2);
    assert_span(params, 7, 13, 8);
    assert_span(params->items[1], 7, 19, 1);

    steps = yaml_get(handle, "do");
    ck_assert_uint_eq(steps->len, 3);
    ck_assert(!steps->flow);
    ck_assert_uint_eq(yaml_line(steps->items[1]), 10);
    assert_span(steps->items[1], 10, 9, 48);
    ck_assert(yaml_is_text(steps->items[2], "yield"));
    assert_span(steps->items[2], 14, 9, 5);
    release(&p);
}
END_TEST

START_TEST(every_scalar_is_text)
{
    static const char *const texts[] = {"off", "no", "1:30", "5ms", "~", "null", "0x10", "1e3", "true"};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char text[32];
        struct parsed p;

        snprintf(text, sizeof(text), "a: %s\n", texts[i]);
        parse(&p, text);
        ck_assert(yaml_is_text(yaml_get(p.root, "a"), texts[i]));
        ck_assert(!yaml_get(p.root, "a")->quoted);
        release(&p);
    }
}
END_TEST

START_TEST(quotes_blocks_and_folds)
{
    struct parsed p;
    const struct yaml_node *n;

    parse(&p, "a: 'it''s'\nb: \"x\\ty\"\nc: |\n  one\n  two\n\nd: >-\n  one\n  two\ne: one\n  two\n"
              "f: 'plain'\ng:\nh: ''\n");
    n = yaml_get(p.root, "a");
    ck_assert_str_eq(n->text, "it's");
    ck_assert(n->quoted && !n->verbatim);
    assert_span(n, 1, 4, 7);
    ck_assert_str_eq(yaml_get(p.root, "b")->text, "x\ty");
    ck_assert_str_eq(yaml_get(p.root, "c")->text, "one\ntwo\n");
    assert_span(yaml_get(p.root, "c"), 3, 4, 13);
    ck_assert(yaml_get(p.root, "c")->quoted);
    ck_assert_str_eq(yaml_get(p.root, "d")->text, "one two");
    n = yaml_get(p.root, "e");
    ck_assert_str_eq(n->text, "one two");
    ck_assert(!n->quoted && !n->verbatim);
    assert_span(n, 10, 4, 9);
    ck_assert(yaml_get(p.root, "f")->verbatim);
    ck_assert(yaml_is_empty(yaml_get(p.root, "g")));
    assert_span(yaml_get(p.root, "g"), 13, 3, 0);
    ck_assert(!yaml_is_empty(yaml_get(p.root, "h")));
    ck_assert_uint_eq(yaml_get(p.root, "h")->len, 0);
    release(&p);
}
END_TEST

START_TEST(columns_are_bytes)
{
    struct parsed p;

    parse(&p, "\xef\xbb\xbf"
              "a: \xc3\xa9\xe2\x82\xac\nb: [\xc3\xa9, x]\n");
    assert_span(yaml_get(p.root, "a"), 1, 7, 5);
    assert_span(yaml_get(p.root, "b"), 2, 4, 7);
    assert_span(yaml_get(p.root, "b")->items[1], 2, 9, 1);
    release(&p);
}
END_TEST

START_TEST(line_ends_of_windows)
{
    struct parsed p;

    parse(&p, "a: x\r\nb:\r\n  - y\r\n");
    ck_assert_str_eq(yaml_get(p.root, "a")->text, "x");
    assert_span(yaml_get(p.root, "b")->items[0], 3, 5, 1);
    release(&p);
}
END_TEST

START_TEST(one_document_may_be_marked)
{
    struct parsed p;

    parse(&p, "# hello\n---\na: b\n...\n");
    ck_assert(yaml_is_text(yaml_get(p.root, "a"), "b"));
    release(&p);
}
END_TEST

START_TEST(looking_up)
{
    struct parsed p;

    parse(&p, "a: {x: 1}\nb: [1]\nc: t\nd:\n");
    ck_assert_ptr_null(yaml_get(p.root, "z"));
    ck_assert_ptr_null(yaml_get(NULL, "a"));
    ck_assert_ptr_null(yaml_get(yaml_get(p.root, "b"), "a"));
    ck_assert_ptr_null(yaml_pair(p.root, "z"));
    assert_span(yaml_pair(p.root, "b")->key, 2, 1, 1);
    ck_assert_str_eq(yaml_kind_name(yaml_get(p.root, "a")), "a mapping");
    ck_assert_str_eq(yaml_kind_name(yaml_get(p.root, "b")), "a list");
    ck_assert_str_eq(yaml_kind_name(yaml_get(p.root, "c")), "text");
    ck_assert_str_eq(yaml_kind_name(yaml_get(p.root, "d")), "nothing");
    ck_assert_str_eq(yaml_kind_name(NULL), "nothing");
    ck_assert(!yaml_is_scalar(NULL) && !yaml_is_text(NULL, "") && !yaml_is_empty(NULL));
    release(&p);
}
END_TEST

START_TEST(excerpts_know_their_place)
{
    struct parsed p;
    struct excerpt e;

    parse(&p, "a: x + yy\nb: 'x + yy'\nc: 'x''s + yy'\n");
    e = yaml_excerpt(yaml_get(p.root, "a"));
    ck_assert_uint_eq(excerpt_span(&e, 4, 2).column, 8);
    e = yaml_excerpt(yaml_get(p.root, "b"));
    ck_assert_uint_eq(excerpt_span(&e, 4, 2).column, 9);
    ck_assert_uint_eq(excerpt_span(&e, 4, 2).length, 2);
    e = yaml_excerpt(yaml_get(p.root, "c"));
    ck_assert_uint_eq(excerpt_span(&e, 4, 2).column, 4);
    ck_assert_uint_eq(excerpt_span(&e, 4, 2).length, 11);
    release(&p);
}
END_TEST

START_TEST(text_that_a_comment_cut)
{
    static const struct {
        const char *text;
        unsigned column, length; /* of the comment; 0: none */
    } cases[] = {
        {"a: miss #5\n", 9, 2},  {"a: miss   #5 and 6", 11, 8}, {"a: miss # of course\n", 0, 0},
        {"a: miss\n#5\n", 0, 0}, {"a: 'miss' #5\n", 0, 0},      {"a: miss ## x\n", 0, 0},
        {"a: miss#5\n", 0, 0},   {"a: miss #\n", 0, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct span comment = {0};
        struct parsed p;

        parse(&p, cases[i].text);
        ck_assert_int_eq(yaml_cut_by_comment(yaml_get(p.root, "a"), &comment), cases[i].column > 0);
        ck_assert_uint_eq(comment.column, cases[i].column);
        ck_assert_uint_eq(comment.length, cases[i].length);
        release(&p);
    }
}
END_TEST

/* The text, and all that is said about it. */
// clang-format off
static const struct {
    const char *text, *said;
} refused[] = {
    /* traps of the workload language */
    {"if: !miss\n",
     "w.yaml:1:5: error: `!` starts a tag: write `not miss`\n"
     "    1 | if: !miss\n"
     "      |     ^~~~~\n"},
    {"if: !r.miss\n",
     "w.yaml:1:5: error: `!` starts a tag: write `not r.miss`\n"
     "    1 | if: !r.miss\n"
     "      |     ^~~~~~~\n"},
    {"if: ! miss\n",
     "w.yaml:1:5: error: `!` starts a tag: write `not miss`\n"
     "    1 | if: ! miss\n"
     "      |     ^~~~~~\n"},
    {"send: *jobs\n",
     "w.yaml:1:7: error: objects are named without `*`: write `jobs`\n"
     "    1 | send: *jobs\n"
     "      |       ^~~~~\n"},
    {"send: *jobs[1]\n",
     "w.yaml:1:7: error: objects are named without `*`: write `jobs[1]`\n"
     "    1 | send: *jobs[1]\n"
     "      |       ^~~~~~~~\n"},
    {"a: {lock: mu[r.key]}\n",
     "w.yaml:1:13: error: brackets and commas need block style or quotes\n"
     "    1 | a: {lock: mu[r.key]}\n"
     "      |             ^\n"},
    {"a: {count: min(a, b)}\n",
     "w.yaml:1:12: error: brackets and commas need block style or quotes\n"
     "    1 | a: {count: min(a, b)}\n"
     "      |            ^~~~~\n"},
    {"log: cache miss: 5\n",
     "w.yaml:1:6: error: a second `: ` makes this text a mapping: quote the text\n"
     "    1 | log: cache miss: 5\n"
     "      |      ^~~~~~~~~~~~~\n"},
    {"say: `x` is 5\n",
     "w.yaml:1:6: error: text cannot start with '`': quote it\n"
     "    1 | say: `x` is 5\n"
     "      |      ^~~~~~~~\n"},
    {"say: @home\n",
     "w.yaml:1:6: error: text cannot start with '@': quote it\n"
     "    1 | say: @home\n"
     "      |      ^~~~~\n"},
    {"say: %d\n",
     "w.yaml:1:6: error: text cannot start with '%': quote it\n"
     "    1 | say: %d\n"
     "      |      ^~\n"},
    {"if: > 5\n",
     "w.yaml:1:5: error: text cannot start with '>': quote it\n"
     "    1 | if: > 5\n"
     "      |     ^~~\n"},
    {"do:\n  - lock: mu\n    lock: x\n",
     "w.yaml:3:5: error: 'lock' is written twice in one mapping; is a `- ` missing before it?\n"
     "    3 |     lock: x\n"
     "      |     ^~~~\n"
     "w.yaml:2:5: note: first written here\n"},
    {"do:\n  - lock: mu\n  read: x\n",
     "w.yaml:3:3: error: is a `- ` missing here?\n"
     "    3 |   read: x\n"
     "      |   ^~~~~~~\n"
     "w.yaml:2:3: note: the list starts here\n"},
    {"do:\n  - lock: mu\n      read: x\n",
     "w.yaml:3:7: error: this line is indented as if it went on with the value above it\n"
     "    3 |       read: x\n"
     "      |       ^~~~~~~\n"},
    /* what is left out of YAML */
    {"a: !!int 5\n",
     "w.yaml:1:4: error: tags are not supported: remove it\n"
     "    1 | a: !!int 5\n"
     "      |    ^~~~~~~\n"},
    {"a: !\n",
     "w.yaml:1:4: error: tags are not supported: remove it\n"
     "    1 | a: !\n"
     "      |    ^\n"},
    {"a: &x 5\n",
     "w.yaml:1:4: error: anchors are not supported: what is needed twice is a function, called twice\n"
     "    1 | a: &x 5\n"
     "      |    ^~~~\n"},
    {"<<: {a: b}\n",
     "w.yaml:1:1: error: merge keys are not supported: write the keys out\n"
     "    1 | <<: {a: b}\n"
     "      | ^~\n"},
    {"%YAML 1.1\n---\na: b\n",
     "w.yaml:1:1: error: directives are not supported: remove this line\n"
     "    1 | %YAML 1.1\n"
     "      | ^~~~~~~~~\n"},
    {"%FOO\n---\na: b\n",
     "w.yaml:1:1: error: directives are not supported: remove this line\n"
     "    1 | %FOO\n"
     "      | ^~~~\n"},
    {"? a\n: b\n",
     "w.yaml:1:3: error: `?` keys are not supported: a key is a plain word before `:`\n"
     "    1 | ? a\n"
     "      |   ^\n"},
    {"[a]: b\n",
     "w.yaml:1:1: error: a key is a plain word: brackets at its start need quotes\n"
     "    1 | [a]: b\n"
     "      | ^~~\n"},
    {"a: 1\n---\nb: 2\n",
     "w.yaml:2:1: error: a second document: one file holds one\n"
     "    2 | ---\n"
     "      | ^~~\n"},
    {"a: {b: 1, c: 2, b: 3}\n",
     "w.yaml:1:17: error: 'b' is written twice in one mapping\n"
     "    1 | a: {b: 1, c: 2, b: 3}\n"
     "      |                 ^\n"
     "w.yaml:1:5: note: first written here\n"},
    /* bytes */
    {"", "w.yaml:1:1: error: the file is empty\n    1 | \n      | ^\n"},
    {"# nothing\n", "w.yaml:2:1: error: the file is empty\n    2 | \n      | ^\n"},
    {"a:\n\tb: 3\n",
     "w.yaml:2:1: error: a tab cannot indent: use blanks\n"
     "    2 | \tb: 3\n"
     "      | ^\n"},
    {"a: \xff\n",
     "w.yaml:1:4: error: byte 0xff is not valid UTF-8\n"
     "    1 | a: ?\n"
     "      |    ^\n"},
    {"a: \x01\n",
     "w.yaml:1:4: error: a control character\n"
     "    1 | a: ?\n"
     "      |    ^\n"},
    {"a: x\rb: y\n",
     "w.yaml:1:5: error: a carriage return without a line feed\n"
     "    1 | a: x?b: y\n"
     "      |     ^\n"},
    {"a: x\xe2\x80\xa8y\n",
     "w.yaml:1:5: error: an exotic line separator: end lines with a line feed\n"
     "    1 | a: x\xe2\x80\xa8y\n"
     "      |     ^\n"},
    {"a: \"x\\0y\"\n",
     "w.yaml:1:4: error: a control character in a text\n"
     "    1 | a: \"x\\0y\"\n"
     "      |    ^~~~~~\n"},
    {"\"x\\e[31m\": y\n",
     "w.yaml:1:1: error: a control character in a text\n"
     "    1 | \"x\\e[31m\": y\n"
     "      | ^~~~~~~~~\n"},
    {"a: \"\\x7f\"\nb: \"\\N\"\nc: \"\\x9b\"\n",
     "w.yaml:1:4: error: a control character in a text\n"
     "    1 | a: \"\\x7f\"\n"
     "      |    ^~~~~~\n"
     "w.yaml:2:4: error: a control character in a text\n"
     "    2 | b: \"\\N\"\n"
     "      |    ^~~~\n"
     "w.yaml:3:4: error: a control character in a text\n"
     "    3 | c: \"\\x9b\"\n"
     "      |    ^~~~~~\n"},
    /* slips */
    {"a: \"abc\nb: 3\n",
     "w.yaml:1:4: error: this quote is never closed\n"
     "    1 | a: \"abc\n"
     "      |    ^\n"},
    {"a: \"abc\" def\n",
     "w.yaml:1:10: error: text goes on behind its closing quote: quote all of it\n"
     "    1 | a: \"abc\" def\n"
     "      |          ^~~\n"},
    {"a: \"\\q\"\n",
     "w.yaml:1:5: error: unknown escape: use 'single quotes' for text with backslashes\n"
     "    1 | a: \"\\q\"\n"
     "      |     ^~\n"},
    {"a: [1, 2",
     "w.yaml:1:4: error: this `[` is never closed\n"
     "    1 | a: [1, 2\n"
     "      |    ^\n"},
    {"a: {x: 1\nb: 3\n",
     "w.yaml:1:4: error: this `{` is never closed\n"
     "    1 | a: {x: 1\n"
     "      |    ^\n"},
    {"a: ['x' 1]\n",
     "w.yaml:1:9: error: expected `,` or `]` here\n"
     "    1 | a: ['x' 1]\n"
     "      |         ^\n"
     "w.yaml:1:4: note: the `[` is here\n"},
    {"a: [b, , c]\n",
     "w.yaml:1:8: error: a value is missing here\n"
     "    1 | a: [b, , c]\n"
     "      |        ^\n"},
    {"a: [b]]\n",
     "w.yaml:1:7: error: unexpected `]`\n"
     "    1 | a: [b]]\n"
     "      |       ^\n"},
    {": 5\n",
     "w.yaml:1:1: error: a key is missing before `:`\n"
     "    1 | : 5\n"
     "      | ^\n"},
    {"lock mu\nread: x\n",
     "w.yaml:1:1: error: expected `:` after a key\n"
     "    1 | lock mu\n"
     "      | ^~~~~~~\n"},
    {"a: b\nlock mu\n",
     "w.yaml:2:1: error: expected `:` after a key\n"
     "    2 | lock mu\n"
     "      | ^~~~~~~\n"},
    {"a: - b\n",
     "w.yaml:1:4: error: a list starts on a line of its own\n"
     "    1 | a: - b\n"
     "      |    ^~~\n"},
    {"do:\n  - a: 1\n   - b: 2\n",
     "w.yaml:3:4: error: the items of one list start in the same column\n"
     "    3 |    - b: 2\n"
     "      |    ^~~~~~\n"
     "w.yaml:2:3: note: the list starts here\n"},
    {"a: b\n- c\n",
     "w.yaml:2:1: error: a list item among keys: is it indented wrongly?\n"
     "    2 | - c\n"
     "      | ^~~\n"
     "w.yaml:1:1: note: the keys start here\n"},
    {"a:\n    b: 1\n  c: 2\n",
     "w.yaml:3:3: error: the keys of one mapping start in the same column\n"
     "    3 |   c: 2\n"
     "      |   ^~~~\n"
     "w.yaml:1:1: note: the mapping starts here\n"},
    {"  a: 1\n b: 2\n",
     "w.yaml:2:2: error: this does not belong to what stands above it\n"
     "    2 |  b: 2\n"
     "      |  ^~~~\n"},
};
// clang-format on

START_TEST(refused_with_advice)
{
    assert_refused(refused[_i].text, strlen(refused[_i].text), refused[_i].said);
}
END_TEST

START_TEST(several_errors_at_once)
{
    static const char text[] = "a: &x 1\nb: !c\nb: *d\n";

    assert_refused(text, strlen(text),
                   "w.yaml:1:4: error: anchors are not supported: what is needed twice is a "
                   "function, called twice\n"
                   "    1 | a: &x 1\n"
                   "      |    ^~~~\n"
                   "w.yaml:2:4: error: `!` starts a tag: write `not c`\n"
                   "    2 | b: !c\n"
                   "      |    ^~\n"
                   "w.yaml:3:1: error: 'b' is written twice in one mapping\n"
                   "    3 | b: *d\n"
                   "      | ^\n"
                   "w.yaml:2:1: note: first written here\n"
                   "w.yaml:3:4: error: objects are named without `*`: write `d`\n"
                   "    3 | b: *d\n"
                   "      |    ^~\n");
}
END_TEST

START_TEST(nul_bytes)
{
    assert_refused("a: b\0c\n", 7,
                   "w.yaml:1:5: error: a NUL byte: this is not a text file\n"
                   "    1 | a: b?c\n"
                   "      |     ^\n");
}
END_TEST

/* `open` n times, then the same number of `close`. */
static char *nest(int n, const char *open, const char *close)
{
    struct strbuf b = STRBUF_INIT;

    for (int i = 0; i < n; i++)
        strbuf_add(&b, open);
    for (int i = 0; i < n; i++)
        strbuf_add(&b, close);
    strbuf_addch(&b, '\n');
    return strbuf_take(&b);
}

START_TEST(depth_is_limited)
{
    char *deepest = nest(LIMIT_YAML_DEPTH, "[", "]");
    char *deeper = nest(LIMIT_YAML_DEPTH + 1, "[", "]");
    char *absurd = nest(100000, "- ", "");
    struct parsed p;

    parse(&p, deepest);
    release(&p);
    parse_bytes(&p, deeper, strlen(deeper));
    ck_assert_ptr_null(p.root);
    ck_assert_str_eq(p.diags.list[0].message, "nested too deeply: the limit is 64 levels");
    ck_assert_uint_eq(p.diags.list[0].span.column, LIMIT_YAML_DEPTH + 1);
    release(&p);
    parse_bytes(&p, absurd, strlen(absurd));
    ck_assert_ptr_null(p.root);
    ck_assert_str_eq(p.diags.list[0].message, "nested too deeply: the limit is 64 levels");
    release(&p);
    free(deepest);
    free(deeper);
    free(absurd);
}
END_TEST

START_TEST(size_and_nodes_are_limited)
{
    size_t len = LIMIT_YAML_BYTES + 1;
    char *text = xmalloc(len + 1);
    struct parsed p;

    memset(text, 'x', len);
    text[len] = '\0';
    parse_bytes(&p, text, len);
    ck_assert_ptr_null(p.root);
    ck_assert_str_eq(p.diags.list[0].message, "the file has 1048577 bytes: the limit is 1048576");
    release(&p);

    for (size_t i = 0; i < len; i++)
        text[i] = i == 0 ? '[' : i % 2 ? 'a' : ',';
    parse_bytes(&p, text, len - 1);
    ck_assert_ptr_null(p.root);
    ck_assert_str_eq(p.diags.list[0].message, "the file is too large: the limit is 200000 values");
    release(&p);
    free(text);
}
END_TEST

/* Whatever is cut off, the answer is a tree or an error, never a crash. */
START_TEST(every_prefix_is_answered)
{
    for (size_t len = 0; len < strlen(program); len++) {
        char *text = xmemdup(program, len + 1);
        struct parsed p;

        text[len] = '\0';
        parse_bytes(&p, text, len);
        ck_assert(p.root ? p.diags.errors == 0 : p.diags.errors > 0);
        release(&p);
        free(text);
    }
}
END_TEST

Suite *base_yaml_suite(void)
{
    Suite *s = suite_create("base/yaml");
    TCase *tree = tcase_create("tree"), *errors = tcase_create("errors");

    tcase_add_test(tree, a_tree_with_positions);
    tcase_add_test(tree, every_scalar_is_text);
    tcase_add_test(tree, quotes_blocks_and_folds);
    tcase_add_test(tree, columns_are_bytes);
    tcase_add_test(tree, line_ends_of_windows);
    tcase_add_test(tree, one_document_may_be_marked);
    tcase_add_test(tree, looking_up);
    tcase_add_test(tree, excerpts_know_their_place);
    tcase_add_test(tree, text_that_a_comment_cut);
    suite_add_tcase(s, tree);

    tcase_add_loop_test(errors, refused_with_advice, 0, ARRAY_LEN(refused));
    tcase_add_test(errors, several_errors_at_once);
    tcase_add_test(errors, nul_bytes);
    tcase_add_test(errors, depth_is_limited);
    tcase_add_test(errors, size_and_nodes_are_limited);
    tcase_add_test(errors, every_prefix_is_answered);
    suite_add_tcase(s, errors);
    return s;
}

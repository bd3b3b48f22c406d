/* Text to tree: a scanner with one token of look-ahead and a function for each rule of the grammar. */
#include "base/expr.h"

#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "base/units.h"
#include "base/utf8.h"

static bool starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t name_length(const char *text, size_t len)
{
    size_t n = 0;

    if (len == 0 || !starts_name(text[0]))
        return 0;
    while (n < len && (starts_name(text[n]) || is_digit(text[n])))
        n++;
    return n;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

bool expr_is_name(const char *text)
{
    static const char *const reserved[] = {"and", "or", "not", "true", "false"};
    size_t len = strlen(text);

    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (is_word(text, len, reserved[i]))
            return false;
    return len > 0 && name_length(text, len) == len;
}

/* ---- tokens --------------------------------------------------------------------------------- */

enum token_kind { TOKEN_END, TOKEN_LITERAL, TOKEN_NAME, TOKEN_PARAM, TOKEN_OP, TOKEN_MARK };

struct token {
    enum token_kind kind;
    enum expr_op op;         /* TOKEN_OP */
    char mark;               /* TOKEN_MARK: one of ( ) [ ] , . */
    struct expr_value value; /* TOKEN_LITERAL */
    size_t at, len;
};

struct parser {
    struct arena *arena;
    const struct excerpt *text;
    unsigned flags;
    struct diags *diags;
    struct token token; /* the one to be looked at */
    size_t end;         /* where the one before it ended */
    int depth;
    size_t nodes;
    bool failed; /* one complaint for each expression: what follows it makes no sense */
};

/* Reports at [at, at + len) and ends the text; always NULL. */
static void *fail(struct parser *p, size_t at, size_t len, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void *fail(struct parser *p, size_t at, size_t len, const char *fmt, ...)
{
    va_list args;

    if (!p->failed) {
        va_start(args, fmt);
        diags_verror(p->diags, excerpt_span(p->text, at, len), fmt, args);
        va_end(args);
    }
    p->failed = true;
    p->token = (struct token){.kind = TOKEN_END, .at = at};
    return NULL;
}

/* Spellings of other languages, and what they are here. */
static const struct {
    const char *text, *instead;
} foreign[] = {
    {"&&", "`and`"}, {"||", "`or`"}, {"=", "`==`"}, {"!", "`not`"}, {"<>", "`!=`"},
};

static const struct {
    const char *text;
    enum expr_op op;
} signs[] = {
    {"==", OP_EQ}, {"!=", OP_NE}, {"<=", OP_LE}, {">=", OP_GE}, {"<", OP_LT},  {">", OP_GT},
    {"+", OP_ADD}, {"-", OP_SUB}, {"*", OP_MUL}, {"/", OP_DIV}, {"%", OP_MOD},
};

static bool has_prefix(const char *text, size_t len, const char *prefix)
{
    size_t n = strlen(prefix);

    return n <= len && memcmp(text, prefix, n) == 0;
}

/* Bytes of the character at the start of the text: more than one only in UTF-8. */
static size_t character_length(const char *text, size_t len)
{
    size_t n = 1;

    while (n < len && utf8_continues(text[n]))
        n++;
    return n;
}

static void scan_sign(struct parser *p, size_t at)
{
    const char *text = p->text->text + at;
    size_t len = p->text->len - at;

    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        if (has_prefix(text, len, signs[i].text) && !has_prefix(text, len, "<>")) {
            p->token =
                (struct token){.kind = TOKEN_OP, .op = signs[i].op, .at = at, .len = strlen(signs[i].text)};
            return;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
        if (has_prefix(text, len, foreign[i].text)) {
            fail(p, at, strlen(foreign[i].text), "write %s instead of `%s`", foreign[i].instead,
                 foreign[i].text);
            return;
        }
    }
    if (strchr("()[],.", text[0])) {
        p->token = (struct token){.kind = TOKEN_MARK, .mark = text[0], .at = at, .len = 1};
        return;
    }
    fail(p, at, character_length(text, len), "unexpected '%.*s' in an expression",
         (int)character_length(text, len), text);
}

static void scan_literal(struct parser *p, size_t at)
{
    struct unit_literal literal;

    if (!units_literal(p->text, at, &literal, p->diags)) {
        p->failed = true;
        p->token = (struct token){.kind = TOKEN_END, .at = at};
        return;
    }
    p->token = (struct token){.kind = TOKEN_LITERAL,
                              .at = at,
                              .len = literal.len,
                              .value = {expr_type_of_unit(literal.kind), literal.value}};
}

static void scan_word(struct parser *p, size_t at)
{
    static const struct {
        const char *word;
        enum token_kind kind;
        enum expr_op op;
        int64_t truth;
    } words[] = {
        {"or", TOKEN_OP, OP_OR, 0},           {"and", TOKEN_OP, OP_AND, 0},
        {"not", TOKEN_OP, OP_NOT, 0},         {"true", TOKEN_LITERAL, OP_NONE, 1},
        {"false", TOKEN_LITERAL, OP_NONE, 0},
    };
    const char *text = p->text->text + at;
    struct token token = {.kind = TOKEN_NAME, .at = at, .len = name_length(text, p->text->len - at)};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (is_word(text, token.len, words[i].word)) {
            token.kind = words[i].kind;
            token.op = words[i].op;
            token.value = (struct expr_value){EXPR_TRUTH, words[i].truth};
        }
    }
    p->token = token;
}

static void scan_param(struct parser *p, size_t at)
{
    size_t len = name_length(p->text->text + at + 1, p->text->len - at - 1);

    if (len == 0)
        fail(p, at, 1, "expected a parameter's name after `$`");
    else if (!(p->flags & EXPR_PARAMS))
        fail(p, at, len + 1, "parameters such as `%.*s` cannot be used here", (int)len + 1,
             p->text->text + at);
    else
        p->token = (struct token){.kind = TOKEN_PARAM, .at = at, .len = len + 1};
}

/* Moves to the next token. */
static void advance(struct parser *p)
{
    const struct excerpt *e = p->text;
    size_t at = p->token.at + p->token.len;

    if (p->failed)
        return;
    p->end = at;
    while (at < e->len && (e->text[at] == ' ' || e->text[at] == '\n' || e->text[at] == '\t'))
        at++;
    if (at == e->len)
        p->token = (struct token){.kind = TOKEN_END, .at = at};
    else if (is_digit(e->text[at]))
        scan_literal(p, at);
    else if (starts_name(e->text[at]))
        scan_word(p, at);
    else if (e->text[at] == '$')
        scan_param(p, at);
    else
        scan_sign(p, at);
}

static bool at_mark(const struct parser *p, char mark)
{
    return p->token.kind == TOKEN_MARK && p->token.mark == mark;
}

static bool accept(struct parser *p, char mark)
{
    if (!at_mark(p, mark))
        return false;
    advance(p);
    return true;
}

static bool at_op(const struct parser *p, enum expr_op first, enum expr_op last)
{
    return p->token.kind == TOKEN_OP && p->token.op >= first && p->token.op <= last;
}

/* "'x'" or "the end", for "expected ..., found ...". */
static const char *found(struct parser *p)
{
    if (p->token.kind == TOKEN_END)
        return "the end";
    return arena_printf(p->arena, "'%.*s'", (int)p->token.len, p->text->text + p->token.at);
}

static bool expect(struct parser *p, char mark)
{
    if (accept(p, mark))
        return true;
    if (!p->failed)
        fail(p, p->token.at, p->token.len, "expected `%c`, found %s", mark, found(p));
    return false;
}

/* ---- the tree ------------------------------------------------------------------------------- */

static struct expr *new_node(struct parser *p, enum expr_kind kind, enum expr_op op, size_t start,
                             size_t nargs)
{
    struct expr *e;

    if (++p->nodes > LIMIT_EXPR_NODES)
        return fail(p, start, 1, "this expression is too long: the limit is %d names and numbers",
                    LIMIT_EXPR_NODES);
    e = arena_alloc(p->arena, sizeof(*e));
    *e = (struct expr){.kind = kind, .op = op, .nargs = nargs, .type = EXPR_ANY};
    e->args = arena_array(p->arena, nargs, sizeof(*e->args));
    return e;
}

/* The node is read: its text ends where the last token did. */
static struct expr *finish(struct parser *p, struct expr *e, size_t start)
{
    e->span = excerpt_span(p->text, start, p->end - start);
    return e;
}

/* A rule of the grammar. All return NULL after a complaint. */
typedef struct expr *parse_fn(struct parser *p);

static struct expr *binary(struct parser *p, size_t start, enum expr_op op, struct expr *left,
                           struct expr *right)
{
    struct expr *e;

    if (!left || !right)
        return NULL;
    e = new_node(p, EXPR_BINARY, op, start, 2);
    if (!e)
        return NULL;
    e->args[0] = left;
    e->args[1] = right;
    return finish(p, e, start);
}

/* next {op next}, grouped from the left. */
static struct expr *parse_chain(struct parser *p, enum expr_op first, enum expr_op last, parse_fn *next)
{
    size_t start = p->token.at;
    struct expr *left = next(p);

    while (left && at_op(p, first, last)) {
        enum expr_op op = p->token.op;
        struct expr *right;

        advance(p);
        right = next(p);
        left = binary(p, start, op, left, right);
    }
    return left;
}

static bool descend(struct parser *p)
{
    if (++p->depth <= LIMIT_EXPR_DEPTH)
        return true;
    fail(p, p->token.at, p->token.len, "this expression is nested too deeply: the limit is %d",
         LIMIT_EXPR_DEPTH);
    return false;
}

/* op operand, where the operand is read by `next`. */
static struct expr *parse_prefix(struct parser *p, enum expr_op op, parse_fn *next)
{
    size_t start = p->token.at;
    struct expr *e = new_node(p, EXPR_UNARY, op, start, 1);

    if (!e || !descend(p))
        return NULL;
    advance(p);
    e->args[0] = next(p);
    p->depth--;
    return e->args[0] ? finish(p, e, start) : NULL;
}

static struct expr *parse_or(struct parser *p);

static struct expr *parse_inner(struct parser *p)
{
    struct expr *e;

    if (!descend(p))
        return NULL;
    e = parse_or(p);
    p->depth--;
    return e;
}

static const struct {
    const char *name;
    enum expr_kind kind;
    enum expr_op op;
} functions[] = {
    {"len", EXPR_LENGTH, OP_LEN},
    {"cap", EXPR_LENGTH, OP_CAP},
    {"min", EXPR_CHOICE, OP_MIN},
    {"max", EXPR_CHOICE, OP_MAX},
};

static struct expr *unknown_function(struct parser *p, const struct token *name)
{
    const char *names[ARRAY_LEN(functions)];
    const char *typed = arena_strndup(p->arena, p->text->text + name->at, name->len);
    char hint[SUGGEST_MAX];

    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        names[i] = functions[i].name;
    return fail(p, name->at, name->len, "unknown function '%s'%s", typed,
                suggest_text(hint, typed, names, ARRAY_LEN(names)));
}

/* "(" expr {"," expr} ")", the arguments of e. */
static bool parse_arguments(struct parser *p, struct expr *e)
{
    VEC(struct expr *) args = {0};

    advance(p);
    do {
        struct expr *arg = parse_inner(p);

        if (arg)
            vec_push(&args, arg);
    } while (accept(p, ','));
    expect(p, ')');
    e->nargs = args.len;
    e->args = arena_array(p->arena, args.len, sizeof(*e->args));
    if (args.len > 0)
        memcpy(e->args, args.data, args.len * sizeof(*e->args));
    vec_free(&args);
    return !p->failed;
}

static struct expr *parse_call(struct parser *p, const struct token *name)
{
    size_t i = 0;
    struct expr *e;

    while (i < ARRAY_LEN(functions) && !is_word(p->text->text + name->at, name->len, functions[i].name))
        i++;
    if (i == ARRAY_LEN(functions))
        return unknown_function(p, name);
    e = new_node(p, functions[i].kind, functions[i].op, name->at, 0);
    if (!e || !parse_arguments(p, e))
        return NULL;
    e->name = functions[i].name;
    finish(p, e, name->at);
    if (e->kind == EXPR_LENGTH && e->nargs != 1)
        return fail(p, name->at, p->end - name->at, "%s takes one value, found %zu", e->name, e->nargs);
    if (e->kind == EXPR_CHOICE && e->nargs < 2)
        return fail(p, name->at, p->end - name->at, "%s takes at least two values", e->name);
    return e;
}

static struct expr *parse_attribute(struct parser *p, struct expr *e)
{
    advance(p);
    if (p->token.kind != TOKEN_NAME)
        return p->failed ? NULL
                         : fail(p, p->token.at, p->token.len,
                                "expected an attribute's name after `%s.`, found %s", e->name, found(p));
    e->kind = EXPR_ATTR;
    e->attr = arena_strndup(p->arena, p->text->text + p->token.at, p->token.len);
    advance(p);
    return e;
}

static struct expr *parse_index(struct parser *p, struct expr *e)
{
    advance(p);
    e->kind = EXPR_INDEX;
    e->nargs = 1;
    e->args = arena_array(p->arena, 1, sizeof(*e->args));
    e->args[0] = parse_inner(p);
    return e->args[0] && expect(p, ']') ? e : NULL;
}

static struct expr *parse_name(struct parser *p)
{
    struct token name = p->token;
    struct expr *e;

    advance(p);
    if (at_mark(p, '('))
        return parse_call(p, &name);
    e = new_node(p, EXPR_NAME, OP_NONE, name.at, 0);
    if (!e)
        return NULL;
    e->name = arena_strndup(p->arena, p->text->text + name.at, name.len);
    e->name_span = excerpt_span(p->text, name.at, name.len);
    if (at_mark(p, '.'))
        e = parse_attribute(p, e);
    else if (at_mark(p, '['))
        e = parse_index(p, e);
    return e ? finish(p, e, name.at) : NULL;
}

static struct expr *parse_param(struct parser *p)
{
    struct token name = p->token;
    struct expr *e = new_node(p, EXPR_PARAM, OP_NONE, name.at, 0);

    if (!e)
        return NULL;
    advance(p);
    e->name = arena_strndup(p->arena, p->text->text + name.at + 1, name.len - 1);
    e->name_span = excerpt_span(p->text, name.at, name.len);
    return finish(p, e, name.at);
}

static struct expr *parse_literal(struct parser *p)
{
    struct token literal = p->token;
    struct expr *e = new_node(p, EXPR_LITERAL, OP_NONE, literal.at, 0);

    if (!e)
        return NULL;
    e->value = literal.value;
    advance(p);
    return finish(p, e, literal.at);
}

static struct expr *parse_bracket(struct parser *p)
{
    struct expr *e;

    advance(p);
    e = parse_inner(p);
    return e && expect(p, ')') ? e : NULL;
}

static struct expr *parse_unary(struct parser *p)
{
    if (p->failed)
        return NULL;
    if (at_op(p, OP_SUB, OP_SUB))
        return parse_prefix(p, OP_NEG, parse_unary);
    switch (p->token.kind) {
    case TOKEN_LITERAL:
        return parse_literal(p);
    case TOKEN_NAME:
        return parse_name(p);
    case TOKEN_PARAM:
        return parse_param(p);
    case TOKEN_MARK:
        if (p->token.mark == '(')
            return parse_bracket(p);
        break;
    default:
        break;
    }
    if (at_op(p, OP_NOT, OP_NOT))
        return fail(p, p->token.at, p->token.len, "`not` needs brackets here: `(not ...)`");
    return fail(p, p->token.at, p->token.len, "expected a value, found %s", found(p));
}

static struct expr *parse_product(struct parser *p)
{
    return parse_chain(p, OP_MUL, OP_MOD, parse_unary);
}

static struct expr *parse_sum(struct parser *p)
{
    return parse_chain(p, OP_ADD, OP_SUB, parse_product);
}

static struct expr *parse_comparison(struct parser *p)
{
    size_t start = p->token.at;
    struct expr *left = parse_sum(p), *right;
    enum expr_op op = p->token.op;

    if (!left || !at_op(p, OP_EQ, OP_GE))
        return left;
    advance(p);
    right = parse_sum(p);
    if (right && at_op(p, OP_EQ, OP_GE))
        return fail(p, p->token.at, p->token.len, "comparisons do not chain: write `a < b and b < c`");
    return binary(p, start, op, left, right);
}

static struct expr *parse_not(struct parser *p)
{
    if (at_op(p, OP_NOT, OP_NOT))
        return parse_prefix(p, OP_NOT, parse_not);
    return parse_comparison(p);
}

static struct expr *parse_and(struct parser *p)
{
    return parse_chain(p, OP_AND, OP_AND, parse_not);
}

static struct expr *parse_or(struct parser *p)
{
    return parse_chain(p, OP_OR, OP_OR, parse_and);
}

/* `5 ms` is the commonest of what may stand behind a complete expression. */
static struct expr *reject_rest(struct parser *p, const struct expr *before)
{
    const char *text = p->text->text;
    const struct token *t = &p->token;

    if (before->kind == EXPR_LITERAL && before->value.type == EXPR_NUMBER && t->kind == TOKEN_NAME)
        return fail(p, t->at, t->len, "a unit stands right behind its number: `%lld%.*s`",
                    (long long)before->value.n, (int)t->len, text + t->at);
    return fail(p, t->at, t->len, "expected an operator, found %s", found(p));
}

struct expr *expr_parse(struct arena *arena, const struct excerpt *text, unsigned flags, struct diags *d)
{
    struct parser p = {.arena = arena, .text = text, .flags = flags, .diags = d};
    struct expr *e;

    advance(&p);
    if (!p.failed && p.token.kind == TOKEN_END)
        return fail(&p, 0, text->len, "a value is missing here");
    e = parse_or(&p);
    if (e && p.token.kind != TOKEN_END)
        return reject_rest(&p, e);
    return p.failed ? NULL : e;
}

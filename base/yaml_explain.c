/* libyaml's errors, translated. It says where and in terms of its grammar; the commonest causes are
 * known, and each gets the advice that helps. What is not in the table is passed on as it is. */
#include <string.h>

#include "base/mem.h"
#include "base/yaml_impl.h"

/* One error of libyaml. */
struct trouble {
    const struct source *src;
    struct diags *diags;
    size_t at;      /* where it noticed */
    size_t context; /* where what it was reading began */
    const char *problem, *doing;
};

static char char_at(const struct trouble *t, size_t at)
{
    return at < t->src->len ? t->src->text[at] : '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t line_start(const struct trouble *t, size_t at)
{
    return at - (source_span(t->src, at, 0).column - 1);
}

/* From `at` to the end of its line, without blanks there. */
static struct span rest_of_line(const struct trouble *t, size_t at)
{
    struct span span = source_span(t->src, at, 0);
    size_t len;

    source_line(t->src, span.line, &len);
    while (len > span.column && is_blank(t->src->text[line_start(t, at) + len - 1]))
        len--;
    return source_span(t->src, at, len > span.column - 1 ? len - (span.column - 1) : 0);
}

static size_t first_word(const struct trouble *t, size_t at)
{
    size_t start = line_start(t, at);

    while (start < at && is_blank(t->src->text[start]))
        start++;
    return start;
}

static struct span here(const struct trouble *t, size_t at)
{
    return source_span(t->src, at, 1);
}

/* The last character before `at` on its line that is no blank, or NUL. */
static char char_before(const struct trouble *t, size_t at)
{
    size_t start = line_start(t, at);

    while (at > start && is_blank(t->src->text[at - 1]))
        at--;
    return at > start ? t->src->text[at - 1] : '\0';
}

/* The only colon of its line belongs to a text that began above: as a value, or as a key. */
static void explain_first_colon(const struct trouble *t)
{
    struct span key = source_span(t->src, first_word(t, t->at), 0);
    size_t len, blanks = 0;
    const char *above = key.line > 1 ? source_line(t->src, key.line - 1, &len) : "";

    while (is_blank(above[blanks]))
        blanks++;
    if (key.line > 1 && blanks + 1 == key.column)
        diags_error(t->diags, rest_of_line(t, (size_t)(above + blanks - t->src->text)),
                    "expected `:` after a key");
    else
        diags_error(t->diags, rest_of_line(t, key.offset),
                    "this line is indented as if it went on with the value above it");
}

static void explain_second_colon(const struct trouble *t)
{
    for (size_t i = first_word(t, t->at); i + 1 < t->at; i++) {
        if (t->src->text[i] != ':' || !is_blank(t->src->text[i + 1]))
            continue;
        while (is_blank(t->src->text[i + 1]))
            i++;
        diags_error(t->diags, rest_of_line(t, i + 1),
                    "a second `: ` makes this text a mapping: quote the text");
        return;
    }
    explain_first_colon(t);
}

static void explain_start(const struct trouble *t)
{
    if (char_at(t, t->at) == '\t')
        diags_error(t->diags, here(t, t->at), "a tab cannot stand here: use blanks");
    else
        diags_error(t->diags, rest_of_line(t, t->at), "text cannot start with '%c': quote it",
                    char_at(t, t->at));
}

static void explain_flow(const struct trouble *t)
{
    char opened = char_at(t, t->context), next = char_at(t, t->at);
    char closes = opened == '[' ? ']' : '}';

    bool next_key = next == ':' && line_start(t, t->context) != line_start(t, t->at);

    if (next == '\0' || next_key) {
        diags_error(t->diags, here(t, t->context), "this `%c` is never closed", opened);
        return;
    }
    if (next == '[' || next == '{') {
        diags_error(t->diags, here(t, t->at), YAML_SAY_BRACKETS);
        return;
    }
    diags_error(t->diags, here(t, t->at), "expected `,` or `%c` here", closes);
    diags_note(t->diags, here(t, t->context), "the `%c` is here", opened);
}

static void explain_key(const struct trouble *t)
{
    char before = char_before(t, t->at), next = char_at(t, t->at);

    if (before == '"' || before == '\'') {
        diags_error(t->diags, rest_of_line(t, t->at),
                    "text goes on behind its closing quote: quote all of it");
    } else if (next == ']' || next == '}' || next == ',') {
        diags_error(t->diags, here(t, t->at), "unexpected `%c`", next);
    } else if (next == ':') {
        diags_error(t->diags, here(t, t->at), "a key is missing before `:`");
    } else if (next == '-') {
        diags_error(t->diags, rest_of_line(t, t->at), "a list item among keys: is it indented wrongly?");
        diags_note(t->diags, here(t, t->context), "the keys start here");
    } else {
        diags_error(t->diags, rest_of_line(t, t->at), "the keys of one mapping start in the same column");
        diags_note(t->diags, here(t, t->context), "the mapping starts here");
    }
}

static void explain_item(const struct trouble *t)
{
    diags_error(t->diags, rest_of_line(t, t->at), "%s",
                char_at(t, t->at) == '-' ? "the items of one list start in the same column"
                                         : "is a `- ` missing here?");
    diags_note(t->diags, here(t, t->context), "the list starts here");
}

static void explain_colon(const struct trouble *t)
{
    diags_error(t->diags, rest_of_line(t, t->context), "expected `:` after a key");
}

static void explain_unclosed(const struct trouble *t)
{
    diags_error(t->diags, here(t, t->context), "this quote is never closed");
}

static void explain_escape(const struct trouble *t)
{
    diags_error(t->diags, source_span(t->src, t->at, 2),
                "unknown escape: use 'single quotes' for text with backslashes");
}

static void explain_dash(const struct trouble *t)
{
    diags_error(t->diags, rest_of_line(t, t->at), "a list starts on a line of its own");
}

static void explain_block(const struct trouble *t)
{
    diags_error(t->diags, rest_of_line(t, t->context), "text cannot start with '%c': quote it",
                char_at(t, t->context));
}

static void explain_anchor(const struct trouble *t)
{
    diags_error(t->diags, rest_of_line(t, t->context), YAML_SAY_ANCHOR);
}

static void explain_alias(const struct trouble *t)
{
    yaml_say_alias(rest_of_line(t, t->context), t->diags);
}

static void explain_tag(const struct trouble *t)
{
    yaml_say_tag(rest_of_line(t, t->context), t->diags);
}

static void explain_directive(const struct trouble *t)
{
    diags_error(t->diags, rest_of_line(t, line_start(t, t->at)), YAML_SAY_DIRECTIVE);
}

static void explain_complex(const struct trouble *t)
{
    diags_error(t->diags, here(t, t->at), YAML_SAY_COMPLEX);
}

static void explain_missing(const struct trouble *t)
{
    diags_error(t->diags, here(t, t->at), "a value is missing here");
}

static void explain_second_root(const struct trouble *t)
{
    diags_error(t->diags, rest_of_line(t, t->at), "this does not belong to what stands above it");
}

/* Parts of what libyaml says; an empty one is in everything. The first row that fits counts. */
static const struct {
    const char *doing, *problem;
    void (*explain)(const struct trouble *t);
} causes[] = {
    {"scanning an alias", "", explain_alias},
    {"scanning an anchor", "", explain_anchor},
    {"scanning a tag", "", explain_tag},
    {"parsing a tag", "", explain_tag},
    {"parsing a node", "undefined tag", explain_tag},
    {"scanning a directive", "", explain_directive},
    {"scanning a %", "", explain_directive},
    {"", "%YAML", explain_directive},
    {"", "%TAG", explain_directive},
    {"", "incompatible YAML", explain_directive},
    {"", "mapping values are not allowed", explain_second_colon},
    {"", "mapping keys are not allowed", explain_complex},
    {"", "block sequence entries are not allowed", explain_dash},
    {"", "cannot start any token", explain_start},
    {"", "could not find expected ':'", explain_colon},
    {"quoted scalar", "unexpected end of stream", explain_unclosed},
    {"quoted scalar", "unexpected document indicator", explain_unclosed},
    {"quoted scalar", "", explain_escape},
    {"scanning a block scalar", "", explain_block},
    {"flow mapping", "did not find expected ','", explain_flow},
    {"flow sequence", "did not find expected ','", explain_flow},
    {"", "did not find expected key", explain_key},
    {"", "did not find expected '-'", explain_item},
    {"", "did not find expected node content", explain_missing},
    {"", "did not find expected <document start>", explain_second_root},
};

void yaml_explain(const yaml_parser_t *parser, const struct yaml_offsets *offsets, const struct source *src,
                  struct diags *diags)
{
    struct trouble t = {
        .src = src,
        .diags = diags,
        .at = yaml_offset(offsets, &parser->problem_mark),
        .context = yaml_offset(offsets, &parser->context_mark),
        .problem = parser->problem ? parser->problem : "unreadable",
        .doing = parser->context ? parser->context : "",
    };

    if (parser->error == YAML_MEMORY_ERROR)
        mem_exhausted();
    for (size_t i = 0; i < ARRAY_LEN(causes); i++) {
        if (strstr(t.doing, causes[i].doing) && strstr(t.problem, causes[i].problem)) {
            causes[i].explain(&t);
            return;
        }
    }
    diags_error(diags, here(&t, t.at), "%s%s%s", t.doing, *t.doing ? ": " : "", t.problem);
}

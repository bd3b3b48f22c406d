#include "base/yaml.h"

#include <string.h>

#include "base/hashmap.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "base/yaml_impl.h"

/* ---- building the tree ---------------------------------------------------------------------- */

struct builder {
    yaml_parser_t parser;
    yaml_event_t event; /* the one to be looked at */
    struct yaml_offsets offsets;
    struct arena *arena;
    const struct source *src;
    struct diags *diags;
    VEC(struct yaml_node *) pending; /* children of the collections that are open */
    size_t nodes;
    int depth, flow; /* collections that are open, and how many of them are in flow style */
};

size_t yaml_offset(const struct yaml_offsets *offsets, const yaml_mark_t *mark)
{
    size_t last = offsets->count - 1;

    return offsets->of_character[mark->index < last ? mark->index : last];
}

/* A byte order mark is legal and libyaml does not count it. */
static size_t start_of_text(const struct source *src)
{
    return src->len >= 3 && memcmp(src->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static void find_characters(struct yaml_offsets *offsets, const struct source *src)
{
    offsets->of_character = xcalloc(src->len + 1, sizeof(*offsets->of_character));
    for (size_t at = start_of_text(src); at < src->len; at++)
        if (!utf8_continues(src->text[at]))
            offsets->of_character[offsets->count++] = (uint32_t)at;
    offsets->of_character[offsets->count++] = (uint32_t)src->len;
}

/* Moves to the next event; false after reporting. */
static bool pull(struct builder *b)
{
    yaml_event_delete(&b->event);
    if (yaml_parser_parse(&b->parser, &b->event))
        return true;
    memset(&b->event, 0, sizeof(b->event));
    yaml_explain(&b->parser, &b->offsets, b->src, b->diags);
    return false;
}

static struct span between(const struct builder *b, const yaml_mark_t *start, const yaml_mark_t *end)
{
    size_t from = yaml_offset(&b->offsets, start);

    return source_span(b->src, from, yaml_offset(&b->offsets, end) - from);
}

static struct span event_span(const struct builder *b)
{
    return between(b, &b->event.start_mark, &b->event.end_mark);
}

static struct yaml_node *new_node(struct builder *b, enum yaml_kind kind)
{
    struct yaml_node *n;

    if (++b->nodes > LIMIT_YAML_NODES) {
        diags_error(b->diags, event_span(b), "the file is too large: the limit is %u values",
                    LIMIT_YAML_NODES);
        return NULL;
    }
    n = arena_alloc(b->arena, sizeof(*n));
    n->kind = kind;
    n->span = event_span(b);
    return n;
}

void yaml_say_alias(struct span span, struct diags *diags)
{
    const char *name = span.src->text + span.offset;
    size_t len = span.length;

    while (len > 0 && (*name == '*' || *name == ' ')) {
        name++;
        len--;
    }
    diags_error(diags, span, "objects are named without `*`: write `%.*s`", (int)len, name);
}

void yaml_say_tag(struct span span, struct diags *diags)
{
    const char *text = span.src->text + span.offset, *name = text;
    size_t len = 0;

    while (len < span.length && text[len] != '\n')
        len++;
    while (name < text + len && (*name == '!' || *name == ' '))
        name++;
    len -= (size_t)(name - text);
    if (len > 0)
        diags_error(diags, span, "`!` starts a tag: write `not %.*s`", (int)len, name);
    else
        diags_error(diags, span, YAML_SAY_TAG);
}

/* Anchors and tags stand before the node, and its event starts with them. */
static void reject_properties(struct builder *b, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    struct span span = event_span(b);
    const char *text = b->src->text + span.offset;

    if (anchor)
        diags_error(b->diags, span, YAML_SAY_ANCHOR);
    else if (tag && (b->event.type != YAML_SCALAR_EVENT || strncmp(text, "!!", 2) == 0 ||
                     strncmp(text, "!<", 2) == 0))
        diags_error(b->diags, span, YAML_SAY_TAG);
    else if (tag)
        yaml_say_tag(span, b->diags);
}

/* The block or folded text of a scalar ends with line ends that nobody means as part of it. */
static void trim_line_ends(struct yaml_node *n)
{
    const char *text = n->span.src->text + n->span.offset;

    while (n->span.length > 0 && (text[n->span.length - 1] == '\n' || text[n->span.length - 1] == '\r' ||
                                  text[n->span.length - 1] == ' '))
        n->span.length--;
}

static size_t count_char(const struct yaml_node *n, char c)
{
    size_t count = 0;

    for (size_t i = 0; i < n->len; i++)
        count += n->text[i] == c;
    return count;
}

/* `{count: min(a, b)}` is cut at the comma: its first half opens what it does not close. */
static bool is_cut(const struct yaml_node *n)
{
    return !n->quoted && count_char(n, '(') > count_char(n, ')');
}

/* An escape in double quotes may stand for anything; what a file may not hold, a text may not either. */
static bool has_control(const struct yaml_node *n)
{
    for (size_t i = 0; i < n->len;) {
        struct utf8 c = utf8_decode(n->text + i, n->len - i);

        if (utf8_is_control(c.code) && c.code != '\t' && c.code != '\n')
            return true;
        i += c.len ? c.len : 1;
    }
    return false;
}

static void check_scalar(struct builder *b, const struct yaml_node *n)
{
    if (has_control(n))
        diags_error(b->diags, n->span, "a control character in a text");
    else if (b->flow > 0 && is_cut(n))
        diags_error(b->diags, n->span, YAML_SAY_BRACKETS);
}

static struct yaml_node *build_scalar(struct builder *b)
{
    struct yaml_node *n = new_node(b, YAML_SCALAR);
    yaml_scalar_style_t style = b->event.data.scalar.style;
    size_t quote;

    if (!n)
        return NULL;
    reject_properties(b, b->event.data.scalar.anchor, b->event.data.scalar.tag);
    n->len = b->event.data.scalar.length;
    n->text = arena_strndup(b->arena, (const char *)b->event.data.scalar.value, n->len);
    n->quoted = style != YAML_PLAIN_SCALAR_STYLE;
    if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE)
        trim_line_ends(n);
    quote = n->quoted;
    n->verbatim = n->span.length == n->len + 2 * quote &&
                  memcmp(b->src->text + n->span.offset + quote, n->text, n->len) == 0;
    check_scalar(b, n);
    return n;
}

static struct yaml_node *build_alias(struct builder *b)
{
    struct yaml_node *n = new_node(b, YAML_SCALAR);

    if (!n)
        return NULL;
    yaml_say_alias(n->span, b->diags);
    n->text = arena_strdup(b->arena, (const char *)b->event.data.alias.anchor);
    n->len = strlen(n->text);
    return n;
}

static bool build_node(struct builder *b, struct yaml_node **out);

/* The nodes up to the event `end` are left on b->pending. */
static bool build_children(struct builder *b, struct yaml_node *n, yaml_event_type_t end)
{
    bool good = true;

    if (++b->depth > LIMIT_YAML_DEPTH) {
        diags_error(b->diags, event_span(b), "nested too deeply: the limit is %d levels", LIMIT_YAML_DEPTH);
        return false;
    }
    b->flow += n->flow;
    while ((good = pull(b)) && b->event.type != end) {
        struct yaml_node *child;

        if (!build_node(b, &child))
            return false;
        vec_push(&b->pending, child);
    }
    b->flow -= n->flow;
    b->depth--;
    return good;
}

/* A block collection ends with its last child: libyaml's mark is at the next thing in the file. */
static void end_span(struct builder *b, struct yaml_node *n, const struct yaml_node *last)
{
    uint32_t end = n->flow ? (uint32_t)yaml_offset(&b->offsets, &b->event.end_mark)
                           : last->span.offset + last->span.length;

    if (end > n->span.offset)
        n->span.length = end - n->span.offset;
}

static bool build_sequence(struct builder *b, struct yaml_node *n)
{
    size_t first = b->pending.len;

    reject_properties(b, b->event.data.sequence_start.anchor, b->event.data.sequence_start.tag);
    n->flow = b->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    if (!build_children(b, n, YAML_SEQUENCE_END_EVENT))
        return false;
    n->len = b->pending.len - first;
    n->items = arena_array(b->arena, n->len, sizeof(*n->items));
    for (size_t i = 0; i < n->len; i++)
        n->items[i] = b->pending.data[first + i];
    end_span(b, n, n->len > 0 ? n->items[n->len - 1] : n);
    b->pending.len = first;
    return true;
}

/* True if the key was written `? key`. */
static bool has_question_mark(const struct yaml_node *key)
{
    const char *text = key->span.src->text;
    size_t at = key->span.offset;

    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\n' || text[at - 1] == '\r'))
        at--;
    if (at == 0 || at == key->span.offset || text[at - 1] != '?')
        return false;
    return at == 1 || strchr(" \n,{[-", text[at - 2]) != NULL;
}

static bool check_key(struct builder *b, const struct yaml_node *key)
{
    const char *why = NULL;

    if (has_question_mark(key))
        why = YAML_SAY_COMPLEX;
    else if (key->kind != YAML_SCALAR)
        why = "a key is a plain word: brackets at its start need quotes";
    else if (yaml_is_empty(key))
        why = "a key is missing before `:`";
    else if (!key->quoted && strcmp(key->text, "<<") == 0)
        why = "merge keys are not supported: write the keys out";
    if (why)
        diags_error(b->diags, key->span, "%s", why);
    return !why;
}

static void check_keys(struct builder *b, const struct yaml_node *map, bool is_item)
{
    struct strmap seen = {0};

    for (size_t i = 0; i < map->len; i++) {
        struct yaml_node *key = map->pairs[i].key;
        const struct yaml_node *first;

        if (!check_key(b, key))
            continue;
        first = strmap_get(&seen, key->text);
        if (!first) {
            strmap_put(&seen, key->text, key);
            continue;
        }
        diags_error(b->diags, key->span, "'%s' is written twice in one mapping%s", key->text,
                    is_item ? "; is a `- ` missing before it?" : "");
        diags_note(b->diags, first->span, "first written here");
    }
    strmap_release(&seen);
}

/* True if the mapping is an item of a block list, where a dash may have been forgotten. */
static bool follows_dash(const struct yaml_node *map)
{
    size_t at = map->span.offset;

    while (at > 0 && map->span.src->text[at - 1] == ' ')
        at--;
    return !map->flow && at > 0 && map->span.src->text[at - 1] == '-';
}

static bool build_mapping(struct builder *b, struct yaml_node *n)
{
    size_t first = b->pending.len;

    reject_properties(b, b->event.data.mapping_start.anchor, b->event.data.mapping_start.tag);
    n->flow = b->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    if (!build_children(b, n, YAML_MAPPING_END_EVENT))
        return false;
    n->len = (b->pending.len - first) / 2;
    n->pairs = arena_array(b->arena, n->len, sizeof(*n->pairs));
    for (size_t i = 0; i < n->len; i++) {
        n->pairs[i].key = b->pending.data[first + 2 * i];
        n->pairs[i].value = b->pending.data[first + 2 * i + 1];
    }
    end_span(b, n, n->len > 0 ? n->pairs[n->len - 1].value : n);
    b->pending.len = first;
    check_keys(b, n, follows_dash(n));
    return true;
}

/* Builds what the current event starts; false after an error that ends the parse. */
static bool build_node(struct builder *b, struct yaml_node **out)
{
    switch (b->event.type) {
    case YAML_SCALAR_EVENT:
        return (*out = build_scalar(b)) != NULL;
    case YAML_ALIAS_EVENT:
        return (*out = build_alias(b)) != NULL;
    case YAML_SEQUENCE_START_EVENT:
        *out = new_node(b, YAML_SEQUENCE);
        return *out && build_sequence(b, *out);
    default:
        *out = new_node(b, YAML_MAPPING);
        return *out && build_mapping(b, *out);
    }
}

static bool has_directives(const yaml_event_t *start)
{
    return start->data.document_start.version_directive ||
           start->data.document_start.tag_directives.start != start->data.document_start.tag_directives.end;
}

/* STREAM-START DOCUMENT-START root DOCUMENT-END STREAM-END */
static struct yaml_node *build_document(struct builder *b)
{
    struct yaml_node *root;

    if (!pull(b) || !pull(b))
        return NULL;
    if (b->event.type == YAML_STREAM_END_EVENT) {
        diags_error(b->diags, source_span(b->src, b->src->len, 0), "the file is empty");
        return NULL;
    }
    if (has_directives(&b->event)) {
        diags_error(b->diags, event_span(b), YAML_SAY_DIRECTIVE);
        return NULL;
    }
    if (!pull(b) || !build_node(b, &root) || !pull(b) || !pull(b))
        return NULL;
    if (b->event.type != YAML_STREAM_END_EVENT) {
        diags_error(b->diags, event_span(b), "a second document: one file holds one");
        return NULL;
    }
    return root;
}

struct yaml_node *yaml_parse(struct arena *arena, const struct source *src, struct diags *diags)
{
    struct builder b = {.arena = arena, .src = src, .diags = diags};
    size_t errors = diags->errors, start = start_of_text(src);
    struct yaml_node *root;

    if (!yaml_check_text(src, diags))
        return NULL;
    if (!yaml_parser_initialize(&b.parser))
        mem_exhausted();
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)src->text + start, src->len - start);
    find_characters(&b.offsets, src);
    root = build_document(&b);
    yaml_event_delete(&b.event);
    yaml_parser_delete(&b.parser);
    vec_free(&b.pending);
    free(b.offsets.of_character);
    return diags->errors == errors ? root : NULL;
}

/* ---- looking at it -------------------------------------------------------------------------- */

bool yaml_is_scalar(const struct yaml_node *n)
{
    return n && n->kind == YAML_SCALAR;
}

bool yaml_is_sequence(const struct yaml_node *n)
{
    return n && n->kind == YAML_SEQUENCE;
}

bool yaml_is_mapping(const struct yaml_node *n)
{
    return n && n->kind == YAML_MAPPING;
}

bool yaml_is_text(const struct yaml_node *n, const char *text)
{
    return yaml_is_scalar(n) && strcmp(n->text, text) == 0;
}

bool yaml_is_empty(const struct yaml_node *n)
{
    return yaml_is_scalar(n) && n->len == 0 && !n->quoted;
}

const char *yaml_kind_name(const struct yaml_node *n)
{
    if (!n || yaml_is_empty(n))
        return "nothing";
    return n->kind == YAML_SCALAR ? "text" : n->kind == YAML_SEQUENCE ? "a list" : "a mapping";
}

void yaml_unknown_key(const struct yaml_node *key, const char *where, const char *const *known, size_t count,
                      struct diags *d)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "unknown key '%s' in %s", key->text, where);
    suggest_add(&text, key->text, known, count);
    diags_error(d, key->span, "%s", text.text);
    strbuf_release(&text);
}

const struct yaml_pair *yaml_pair(const struct yaml_node *map, const char *key)
{
    if (!yaml_is_mapping(map))
        return NULL;
    for (size_t i = 0; i < map->len; i++)
        if (strcmp(map->pairs[i].key->text, key) == 0)
            return &map->pairs[i];
    return NULL;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    const struct yaml_pair *pair = yaml_pair(map, key);

    return pair ? pair->value : NULL;
}

struct excerpt yaml_excerpt(const struct yaml_node *n)
{
    struct excerpt e = {.text = n->text, .len = n->len, .span = n->span, .verbatim = n->verbatim};

    if (n->verbatim && n->quoted)
        e.span = source_span(n->span.src, n->span.offset + 1, n->len);
    return e;
}

bool yaml_cut_by_comment(const struct yaml_node *n, struct span *comment)
{
    const struct source *src = n->span.src;
    size_t at = n->span.offset + n->span.length, end = at;

    if (!yaml_is_scalar(n) || n->quoted)
        return false;
    while (at < src->len && (src->text[at] == ' ' || src->text[at] == '\t'))
        at++;
    if (at + 1 >= src->len || src->text[at] != '#' || strchr(" \t\r\n#", src->text[at + 1]))
        return false;
    for (end = at; end < src->len && src->text[end] != '\n' && src->text[end] != '\r'; end++)
        ;
    *comment = source_span(src, at, end - at);
    return true;
}

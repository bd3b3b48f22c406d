#include "base/diag.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* A line longer than this is shown in part, with the complaint in view. */
#define SHOWN_BYTES  140
#define SHOWN_BEFORE 60

void diags_release(struct diags *d)
{
    for (size_t i = 0; i < d->len; i++) {
        struct diag *diag = &d->list[i];

        for (size_t n = 0; n < diag->nnotes; n++)
            free(diag->notes[n].message);
        free(diag->notes);
        free(diag->message);
    }
    free(d->list);
    *d = (struct diags)DIAGS_INIT;
}

static struct diag make(enum severity severity, struct span span, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));

static struct diag make(enum severity severity, struct span span, const char *fmt, va_list args)
{
    struct strbuf message = STRBUF_INIT;

    strbuf_vaddf(&message, fmt, args);
    return (struct diag){
        .severity = severity,
        .span = span,
        .message = strbuf_take(&message),
    };
}

static void add(struct diags *d, struct diag diag)
{
    d->list = vec_grow(d->list, &d->cap, d->len, 1, sizeof(*d->list));
    d->list[d->len++] = diag;
}

void diags_verror(struct diags *d, struct span span, const char *fmt, va_list args)
{
    add(d, make(SEVERITY_ERROR, span, fmt, args));
    d->errors++;
}

void diags_error(struct diags *d, struct span span, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    diags_verror(d, span, fmt, args);
    va_end(args);
}

void diags_warn(struct diags *d, struct span span, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(d, make(SEVERITY_WARNING, span, fmt, args));
    va_end(args);
}

void diags_note(struct diags *d, struct span span, const char *fmt, ...)
{
    struct diag *to;
    va_list args;

    if (d->len == 0)
        return;
    to = &d->list[d->len - 1];
    to->notes = xrealloc(to->notes, (to->nnotes + 1) * sizeof(*to->notes));
    va_start(args, fmt);
    to->notes[to->nnotes++] = make(SEVERITY_NOTE, span, fmt, args);
    va_end(args);
}

/* ---- order ---------------------------------------------------------------------------------- */

struct place {
    size_t source; /* files in the order in which they were first spoken of */
    uint32_t offset;
    size_t index; /* order of report, which makes the key total */
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

static struct place *sorted_places(const struct diags *d)
{
    struct place *places = xcalloc(d->len, sizeof(*places));
    VEC(const struct source *) sources = {0};

    for (size_t i = 0; i < d->len; i++) {
        const struct span *span = &d->list[i].span;
        size_t s = 0;

        while (s < sources.len && sources.data[s] != span->src)
            s++;
        if (s == sources.len)
            vec_push(&sources, span->src);
        places[i] = (struct place){.source = s, .offset = span->offset, .index = i};
    }
    vec_free(&sources);
    qsort(places, d->len, sizeof(*places), compare_places);
    return places;
}

/* ---- text ----------------------------------------------------------------------------------- */

static const struct {
    const char *word, *color;
} severities[] = {
    [SEVERITY_ERROR] = {"error", "\033[1;31m"},
    [SEVERITY_WARNING] = {"warning", "\033[1;35m"},
    [SEVERITY_NOTE] = {"note", "\033[1;36m"},
};

static const char *paint(bool color, const char *code)
{
    return color ? code : "";
}

static void add_headline(struct strbuf *out, const struct diag *diag, bool color)
{
    const struct span *span = &diag->span;

    if (span->src) {
        strbuf_add(out, paint(color, "\033[1m"));
        strbuf_add(out, span->src->name);
        if (span->line > 0)
            strbuf_addf(out, ":%u:%u", (unsigned)span->line, (unsigned)span->column);
        strbuf_add(out, ": ");
    }
    strbuf_add(out, paint(color, severities[diag->severity].color));
    strbuf_addf(out, "%s:%s ", severities[diag->severity].word, paint(color, "\033[0m"));
    strbuf_add(out, diag->message);
    strbuf_addch(out, '\n');
}

/* Control characters and what is not UTF-8 must not reach the terminal. */
static void add_visible(struct strbuf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        struct utf8 c = utf8_decode(text + i, len - i);

        if (c.len == 0 || (utf8_is_control(c.code) && c.code != '\t'))
            strbuf_addch(out, '?');
        else
            strbuf_addn(out, text + i, c.len);
        i += c.len ? c.len : 1;
    }
}

/* Under a text: one blank for each of its characters, and its tabs, so that carets line up. */
static void add_padding(struct strbuf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!utf8_continues(text[i]))
            strbuf_addch(out, text[i] == '\t' ? '\t' : ' ');
}

static void add_caret(struct strbuf *out, const char *text, size_t len, bool color)
{
    strbuf_add(out, paint(color, "\033[1;32m"));
    strbuf_addch(out, '^');
    for (size_t i = 1; i < len; i++)
        if (!utf8_continues(text[i]))
            strbuf_addch(out, '~');
    strbuf_add(out, paint(color, "\033[0m"));
    strbuf_addch(out, '\n');
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void add_source_line(struct strbuf *out, const struct span *span, bool color)
{
    size_t len, from = 0, shown;
    const char *line = source_line(span->src, span->line, &len);
    size_t at = smaller(span->column - 1, len);

    if (len > SHOWN_BYTES && at > SHOWN_BEFORE)
        from = at - SHOWN_BEFORE;
    while (from < at && utf8_continues(line[from]))
        from++;
    shown = smaller(len - from, SHOWN_BYTES);
    strbuf_addf(out, "%5u | %s", (unsigned)span->line, from > 0 ? "..." : "");
    add_visible(out, line + from, shown);
    strbuf_addf(out, "%s\n      | %s", from + shown < len ? "..." : "", from > 0 ? "   " : "");
    add_padding(out, line + from, at - from);
    add_caret(out, line + at, smaller(span->length, from + shown - at), color);
}

static void add_diag(struct strbuf *out, const struct diag *diag, bool color)
{
    add_headline(out, diag, color);
    if (diag->span.src && diag->span.line > 0)
        add_source_line(out, &diag->span, color);
    for (size_t i = 0; i < diag->nnotes; i++)
        add_headline(out, &diag->notes[i], color);
}

void diags_format(const struct diags *d, struct strbuf *out, bool color)
{
    struct place *places = sorted_places(d);
    size_t errors = 0;

    for (size_t i = 0; i < d->len; i++) {
        const struct diag *diag = &d->list[places[i].index];

        if (diag->severity == SEVERITY_ERROR && ++errors > DIAGS_SHOWN) {
            strbuf_addf(out, "too many errors: %zu more are not shown\n", d->errors - DIAGS_SHOWN);
            break;
        }
        add_diag(out, diag, color);
    }
    free(places);
}

void diags_print(const struct diags *d, FILE *out, bool color)
{
    struct strbuf text = STRBUF_INIT;

    diags_format(d, &text, color);
    fwrite(text.text, 1, text.len, out);
    strbuf_release(&text);
}

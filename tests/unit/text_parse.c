#include "tests/unit/text_parse.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "format/events.h"
#include "format/varint.h"

/* A text while its lines are taken one by one. */
struct parse {
    const struct source *text;
    struct diags *d;
    struct strbuf *out;
    size_t at, end; /* the rest of the current line, without comment and blanks at its end */
    size_t next;    /* where the next line begins */
    size_t open;    /* where in `out` the size of the current batch is missing; 0: nowhere */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Where the line ends that begins at `at`: its newline, or the end of the text. */
static size_t line_end(const struct parse *p, size_t at)
{
    const char *newline = memchr(p->text->text + at, '\n', p->text->len - at);

    return newline ? (size_t)(newline - p->text->text) : p->text->len;
}

/* Where the comment of a line begins, if there is one: at a # outside of quotes. */
static size_t comment_start(const struct parse *p, size_t at, size_t end)
{
    bool quoted = false;

    for (; at < end; at++) {
        char c = p->text->text[at];
        if (quoted && c == '\\')
            at++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == '#' && !quoted)
            return at;
    }
    return end;
}

/* Goes to the next line that says something; false at the end of the text. */
static bool next_line(struct parse *p)
{
    const char *text = p->text->text;

    while (p->next < p->text->len) {
        size_t end = line_end(p, p->next);
        p->at = p->next;
        p->end = comment_start(p, p->at, end);
        p->next = end + 1;
        while (p->at < p->end && is_blank(text[p->at]))
            p->at++;
        while (p->end > p->at && is_blank(text[p->end - 1]))
            p->end--;
        if (p->at < p->end)
            return true;
    }
    p->at = p->end = p->text->len;
    return false;
}

#define complain(p, length, ...)                                                                             \
    (diags_error((p)->d, source_span((p)->text, (p)->at, (length)), __VA_ARGS__), false)

/* The length of the word at p->at: up to a blank or an `=`. */
static size_t word_length(const struct parse *p)
{
    size_t i = p->at;

    while (i < p->end && !is_blank(p->text->text[i]) && p->text->text[i] != '=')
        i++;
    return i - p->at;
}

static bool at_word(const struct parse *p, const char *word, size_t length)
{
    return word_length(p) == length && memcmp(p->text->text + p->at, word, length) == 0;
}

static void skip_blanks(struct parse *p)
{
    while (p->at < p->end && is_blank(p->text->text[p->at]))
        p->at++;
}

static bool end_of_line(struct parse *p)
{
    skip_blanks(p);
    return p->at == p->end || complain(p, p->end - p->at, "expected the end of the line");
}

/* ---- values ---------------------------------------------------------------------------------------- */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* Digits of that base at p->at, which moves behind them; false if there are none or too many. */
static bool digits(struct parse *p, unsigned base, uint64_t *value)
{
    size_t start = p->at;

    *value = 0;
    for (; p->at < p->end; p->at++) {
        unsigned digit = (unsigned)digit_value(p->text->text[p->at]);
        if (digit >= base)
            break;
        if (*value > (UINT64_MAX - digit) / base)
            return false;
        *value = *value * base + digit;
    }
    return p->at > start;
}

static bool number(struct parse *p, uint64_t *value)
{
    const char *text = p->text->text + p->at;
    size_t start = p->at, left = p->end - p->at;
    bool good, negative = left && text[0] == '-';
    bool hex = left > 2 && text[0] == '0' && text[1] == 'x';

    p->at += hex ? 2 : negative;
    good = digits(p, hex ? 16 : 10, value);
    if (negative)
        *value = -*value;
    if (good && (p->at == p->end || is_blank(p->text->text[p->at])))
        return true;
    p->at = start;
    return complain(p, word_length(p), "expected a number of at most 64 bits");
}

/* `name=number`, with blanks before it. `name` ends at a blank. */
static bool argument(struct parse *p, const char *name, uint64_t *value)
{
    size_t length = strcspn(name, " ");

    skip_blanks(p);
    if (!at_word(p, name, length) || p->text->text[p->at + length] != '=')
        return complain(p, word_length(p), "expected '%.*s='", (int)length, name);
    p->at += length + 1;
    return number(p, value);
}

static void put(struct parse *p, uint64_t value)
{
    uint8_t bytes[VARINT_MAX_BYTES];

    strbuf_addn(p->out, bytes, (size_t)(varint_put(bytes, value) - bytes));
}

/* ---- quoted data ----------------------------------------------------------------------------------- */

/* The byte that an escape other than \x stands for, or -1. */
static int simple_escape(char c)
{
    static const char names[] = "abfnrtv\\\"'", bytes[] = "\a\b\f\n\r\t\v\\\"'";
    const char *found = c ? strchr(names, c) : NULL;

    return found ? bytes[found - names] : -1;
}

/* The bytes of what follows a backslash. */
static bool escape(struct parse *p, struct strbuf *to)
{
    char c = p->at < p->end ? p->text->text[p->at] : '\0';
    int byte = simple_escape(c);

    if (byte >= 0) {
        strbuf_addch(to, (char)byte);
        p->at++;
        return true;
    }
    const char *hex = p->text->text + p->at + 1;
    if (c != 'x' || p->end - p->at < 3 || digit_value(hex[0]) > 15 || digit_value(hex[1]) > 15)
        return complain(p, 1, "expected an escape such as \\n, \\\" or \\x1f");
    strbuf_addch(to, (char)(digit_value(hex[0]) << 4 | digit_value(hex[1])));
    p->at += 3;
    return true;
}

/* A line `data="..."` of its own. */
static bool data_line(struct parse *p, struct strbuf *to)
{
    static const char start[] = "data=\"";

    if (!next_line(p) || p->end - p->at < strlen(start) ||
        memcmp(p->text->text + p->at, start, strlen(start)) != 0)
        return complain(p, 1, "expected a line `data=\"...\"`");
    p->at += strlen(start);
    while (p->at < p->end && p->text->text[p->at] != '"') {
        char c = p->text->text[p->at++];
        if (c != '\\')
            strbuf_addch(to, c);
        else if (!escape(p, to))
            return false;
    }
    if (p->at == p->end)
        return complain(p, 1, "expected a closing quote");
    p->at++;
    return end_of_line(p);
}

/* Adds the length of the data and the data. */
static bool sized_data(struct parse *p)
{
    struct strbuf data = STRBUF_INIT;
    bool good = data_line(p, &data);

    put(p, data.len);
    strbuf_addn(p->out, data.text, data.len);
    strbuf_release(&data);
    return good;
}

/* ---- events ---------------------------------------------------------------------------------------- */

/* A batch without a size ends here: puts the size where it belongs. */
static void close_batch(struct parse *p)
{
    struct strbuf rest = STRBUF_INIT;

    if (!p->open)
        return;
    strbuf_addn(&rest, p->out->text + p->open, p->out->len - p->open);
    strbuf_truncate(p->out, p->open);
    put(p, rest.len);
    strbuf_addn(p->out, rest.text, rest.len);
    strbuf_release(&rest);
    p->open = 0;
}

static bool arguments(struct parse *p, const char *names, uint64_t *last)
{
    while (*names) {
        if (!argument(p, names, last))
            return false;
        put(p, *last);
        names += strcspn(names, " ");
        names += strspn(names, " ");
    }
    return true;
}

static bool event_batch(struct parse *p)
{
    uint64_t value;

    if (!arguments(p, "gen m time", &value))
        return false;
    skip_blanks(p);
    if (p->at < p->end)
        return arguments(p, "size", &value);
    p->open = p->out->len;
    return true;
}

static bool experimental_batch(struct parse *p)
{
    uint64_t experiment, value;

    if (!argument(p, "exp", &experiment))
        return false;
    if (experiment > 255)
        return complain(p, 0, "an experiment is one byte");
    strbuf_addch(p->out, (char)experiment);
    return arguments(p, "gen m time", &value) && end_of_line(p) && sized_data(p);
}

static bool frames(struct parse *p, uint64_t count)
{
    uint64_t value;

    for (; count > 0; count--) {
        if (!next_line(p))
            return complain(p, 0, "expected %" PRIu64 " more frames", count);
        if (!arguments(p, "pc func file line", &value) || !end_of_line(p))
            return false;
    }
    return true;
}

static bool unknown_event(struct parse *p, size_t length)
{
    const char *names[EVENT_NUMBERS];
    size_t count = 0;
    char typed[64], suggestion[SUGGEST_MAX];

    for (unsigned no = 0; no < EVENT_NUMBERS; no++) {
        if (event_spec(no))
            names[count++] = event_spec(no)->name;
    }
    snprintf(typed, sizeof(typed), "%.*s", (int)length, p->text->text + p->at);
    return complain(p, length, "unknown event '%s'%s", typed, suggest_text(suggestion, typed, names, count));
}

static bool event(struct parse *p)
{
    size_t length = word_length(p);
    enum event_no no = event_find(p->text->text + p->at, length);
    uint64_t last = 0;

    if (no == EV_NONE)
        return unknown_event(p, length);
    if (no == EV_EVENT_BATCH || no == EV_EXPERIMENTAL_BATCH || no == EV_END_OF_GENERATION)
        close_batch(p);
    p->at += length;
    strbuf_addch(p->out, (char)no);
    if (no == EV_EVENT_BATCH)
        return event_batch(p) && end_of_line(p);
    if (no == EV_EXPERIMENTAL_BATCH)
        return experimental_batch(p);
    if (!arguments(p, event_spec(no)->args, &last) || !end_of_line(p))
        return false;
    if (no == EV_STRING)
        return sized_data(p);
    return no != EV_STACK || frames(p, last);
}

/* The first line, `Trace Go1.NN`, becomes the header. */
static bool header(struct parse *p)
{
    static const char start[] = "Trace Go1.";
    uint64_t version = 0;
    char bytes[TRACE_HEADER_BYTES + 1] = {0};

    if (!next_line(p) || p->end - p->at < strlen(start) ||
        memcmp(p->text->text + p->at, start, strlen(start)) != 0)
        return complain(p, p->end - p->at, "expected `Trace Go1.22` or another version");
    p->at += strlen(start);
    if (!number(p, &version))
        return false;
    if (version > 99)
        return complain(p, 0, "a version has at most two digits");
    snprintf(bytes, sizeof(bytes), "go 1.%d trace", (int)version);
    strbuf_addn(p->out, bytes, TRACE_HEADER_BYTES);
    return end_of_line(p);
}

bool wire_text_parse(struct strbuf *bytes, const struct source *text, struct diags *d)
{
    struct parse p = {.text = text, .d = d, .out = bytes};
    bool good = header(&p);

    while (good && next_line(&p))
        good = event(&p);
    close_batch(&p);
    return good;
}

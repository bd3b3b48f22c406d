/* The bytes of a YAML file, before the grammar: what is refused here has one clear cause, for which
 * the grammar would find a confusing symptom. */
#include "base/limits.h"
#include "base/utf8.h"
#include "base/yaml_impl.h"

static const char *complaint(uint32_t code, bool before_line_feed)
{
    if (code == '\t' || code == '\n')
        return NULL;
    if (code == '\r')
        return before_line_feed ? NULL : "a carriage return without a line feed";
    if (code == 0)
        return "a NUL byte: this is not a text file";
    if (code == 0x85 || code == 0x2028 || code == 0x2029)
        return "an exotic line separator: end lines with a line feed";
    if (utf8_is_control(code))
        return "a control character";
    if (code == 0xfeff || code == 0xfffe || code == 0xffff)
        return "a character that is not text";
    return NULL;
}

static bool check_characters(const struct source *src, struct diags *diags)
{
    for (size_t at = 0; at < src->len;) {
        struct utf8 c = utf8_decode(src->text + at, src->len - at);
        bool line_feed = at + 1 < src->len && src->text[at + 1] == '\n';
        const char *why = complaint(c.code, line_feed);

        if (c.len == 0) {
            diags_error(diags, source_span(src, at, 1), "byte 0x%02x is not valid UTF-8",
                        (unsigned char)src->text[at]);
            return false;
        }
        if (why && !(c.code == 0xfeff && at == 0)) {
            diags_error(diags, source_span(src, at, c.len), "%s", why);
            return false;
        }
        at += c.len;
    }
    return true;
}

/* Only the first: a file indented with tabs has one mistake, not a thousand. */
static bool check_indentation(const struct source *src, struct diags *diags)
{
    for (uint32_t number = 1; number <= src->nlines; number++) {
        size_t len, at = 0, tab = SIZE_MAX;
        const char *line = source_line(src, number, &len);

        for (; at < len && (line[at] == ' ' || line[at] == '\t'); at++)
            if (line[at] == '\t' && tab == SIZE_MAX)
                tab = at;
        if (tab == SIZE_MAX || at == len)
            continue;
        diags_error(diags, source_span(src, (size_t)(line - src->text) + tab, 1),
                    "a tab cannot indent: use blanks");
        return false;
    }
    return true;
}

bool yaml_check_text(const struct source *src, struct diags *diags)
{
    if (src->len > LIMIT_YAML_BYTES) {
        diags_error(diags, source_whole(src), "the file has %zu bytes: the limit is %u", src->len,
                    LIMIT_YAML_BYTES);
        return false;
    }
    return check_characters(src, diags) && check_indentation(src, diags);
}

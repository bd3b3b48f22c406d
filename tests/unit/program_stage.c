#include "tests/unit/program_stage.h"

#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "format/ledger.h"
#include "runtime/program/program.h"
#include "tests/unit/wire_text.h"

/* ---- loading */

struct text {
    struct source source;
    struct diags diags;
    struct program *program;
};

static void load(struct text *t, const char *text)
{
    *t = (struct text){0};
    source_init(&t->source, "dir/t.yaml", text, strlen(text));
    t->program = program_load(&t->source, NULL, &t->diags);
}

static void release(struct text *t)
{
    program_free(t->program);
    diags_release(&t->diags);
    source_release(&t->source);
}

static void add_message(struct strbuf *out, const struct diag *d)
{
    static const char *const severity[] = {"", "warning: ", "note: "};

    if (d->span.line)
        strbuf_addf(out, "%u:%u: ", d->span.line, d->span.column);
    strbuf_addf(out, "%s%s\n", severity[d->severity], d->message);
}

char *messages_of(const char *text, bool *loaded)
{
    struct strbuf out = STRBUF_INIT;
    struct text t;

    load(&t, text);
    for (size_t i = 0; i < t.diags.len; i++) {
        add_message(&out, &t.diags.list[i]);
        for (size_t k = 0; k < t.diags.list[i].nnotes; k++)
            add_message(&out, &t.diags.list[i].notes[k]);
    }
    *loaded = t.program != NULL;
    release(&t);
    return strbuf_take(&out);
}

/* ---- the log: UserLog events of all threads, by time */

struct entry {
    uint64_t time;
    char *text;
};

static int by_time(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return (x->time > y->time) - (x->time < y->time);
}

/* From `UserLog TASK "CATEGORY" "MESSAGE" [...]`: CATEGORY MESSAGE. */
static char *log_text(const char *line)
{
    struct strbuf out = STRBUF_INIT;
    const char *from = strchr(line, '"'), *to;

    for (int i = 0; i < 2; i++) {
        to = strchr(from + 1, '"');
        if (to > from + 1)
            strbuf_addf(&out, "%s%.*s", i ? " " : "", (int)(to - from - 1), from + 1);
        from = i ? from : strchr(to + 1, '"');
    }
    return strbuf_take(&out);
}

static const char *line_start(const struct strbuf *b, const char *at)
{
    while (at > b->text && at[-1] != '\n')
        at--;
    return at;
}

int64_t show_time(const struct show *s, const char *category)
{
    char *word = NULL;
    const char *at;
    int64_t time = -1;

    ck_assert_int_gt(asprintf(&word, " \"%s\" ", category), 0);
    at = strstr(s->events.text, word);
    if (at)
        time = strtoll(line_start(&s->events, at), NULL, 10);
    free(word);
    return time;
}

static char *join_log(const struct strbuf *events)
{
    VEC(struct entry) entries = {0};
    struct strbuf out = STRBUF_INIT;

    for (const char *at = events->text; (at = strstr(at, " UserLog ")); at++) {
        uint64_t time = strtoull(line_start(events, at), NULL, 10);

        vec_push(&entries, ((struct entry){time, log_text(at)}));
    }
    if (entries.len)
        qsort(entries.data, entries.len, sizeof(struct entry), by_time);
    for (size_t i = 0; i < entries.len; i++) {
        strbuf_addf(&out, "%s%s", i ? "; " : "", entries.data[i].text);
        free(entries.data[i].text);
    }
    vec_free(&entries);
    return strbuf_take(&out);
}

/* ---- the ledger: pages in the string table, found by how they begin */

static void read_ledger(struct show *s)
{
    const char *at = s->trace.text, *end = at + s->trace.len;
    size_t n = strlen(LEDGER_MAGIC);

    while ((at = memmem(at, (size_t)(end - at), LEDGER_MAGIC, n))) {
        at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
        for (const char *nl; *at >= 'a' && *at <= 'z' && (nl = memchr(at, '\n', (size_t)(end - at)));
             at = nl + 1)
            strbuf_addn(&s->ledger, at, (size_t)(nl + 1 - at));
    }
}

static void keep_bytes(void *context, const void *bytes, size_t n)
{
    strbuf_addn(context, bytes, n);
}

/* "T G TEXT | SITE": without the first n fields and the line end. */
static char *after_fields(const char *line, int n)
{
    char *rest;

    for (; n > 0 && *line; n--)
        line = strchr(line, ' ') + 1;
    rest = xstrdup(line);
    rest[strcspn(rest, "\n")] = '\0';
    return rest;
}

void show(struct show *s, const char *text)
{
    struct strbuf errors = STRBUF_INIT;
    struct text t;

    *s = (struct show){0};
    strbuf_init(&s->trace);
    strbuf_init(&s->events);
    strbuf_init(&s->ledger);
    strbuf_init(&s->lines);
    load(&t, text);
    diags_format(&t.diags, &errors, false);
    ck_assert_str_eq(errors.text, "");
    struct simulation sim = {.program = t.program,
                             .world = program_world(t.program),
                             .seed = 1,
                             .schedule_seed = 1,
                             .trace = true,
                             .detect = true,
                             .sink = {keep_bytes, &s->trace}};

    ck_assert(simulate(&sim, &s->end, &t.diags));
    release(&t);
    wire_text(&s->events, s->trace.text, s->trace.len);
    s->log = join_log(&s->events);
    read_ledger(s);
    s->panic = after_fields(show_lines(s, "panic"), 2);
    strbuf_release(&errors);
}

void show_end(struct show *s)
{
    free(s->log);
    strbuf_release(&s->trace);
    strbuf_release(&s->events);
    strbuf_release(&s->ledger);
    strbuf_release(&s->lines);
    free(s->panic);
}

const char *show_lines(struct show *s, const char *keyword)
{
    size_t n = strlen(keyword);

    strbuf_reset(&s->lines);
    for (const char *line = s->ledger.text; *line; line = strchr(line, '\n') + 1) {
        if (strncmp(line, keyword, n) == 0 && line[n] == ' ')
            strbuf_addn(&s->lines, line + n + 1, (size_t)(strchr(line, '\n') - line) - n);
    }
    return s->lines.text;
}

static bool has(const char *line, size_t n, const char *part)
{
    return memmem(line, n, part, strlen(part)) != NULL;
}

int show_count(const struct show *s, const char *event, const char *argument, const char *frame)
{
    int count = 0;

    for (const char *line = s->events.text; *line;) {
        const char *nl = strchr(line, '\n');
        size_t n = nl ? (size_t)(nl - line) : strlen(line);

        count += has(line, n, event) && has(line, n, argument) && has(line, n, frame);
        line += n + (nl != NULL);
    }
    return count;
}

#include "tests/unit/trace_cases.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "grader/reader/reader.h"
#include "tests/unit/text_parse.h"

static _Noreturn void give_up(const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    exit(1);
}

/* Appends the line at `at` and returns where the next begins. */
static const char *take_line(struct strbuf *to, const char *at)
{
    size_t length = strcspn(at, "\n");

    length += at[length] == '\n';
    strbuf_addn(to, at, length);
    return at + length;
}

static bool starts(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* Blank lines at the end belong to no part. */
static char *take_trimmed(struct strbuf *b)
{
    while (b->len > 1 && b->text[b->len - 1] == '\n' && b->text[b->len - 2] == '\n')
        strbuf_truncate(b, b->len - 1);
    return strbuf_take(b);
}

/* Takes one case apart, from its title line on; returns where it ends. */
static const char *take_case(struct trace_case *c, const char *at)
{
    struct strbuf title = STRBUF_INIT, trace = STRBUF_INIT, verdict = STRBUF_INIT;
    struct strbuf go = STRBUF_INIT;

    at = take_line(&title, at + strlen("== "));
    while (*at && !starts(at, "=>"))
        at = take_line(&trace, at);
    while (*at && !starts(at, "== "))
        at = take_line(starts(at, "go =>") ? &go : &verdict, at);
    title.text[strcspn(title.text, "\n")] = '\0';
    c->title = strbuf_take(&title);
    c->trace = strbuf_take(&trace);
    c->verdict = take_trimmed(&verdict);
    c->go = go.len ? strbuf_take(&go) : NULL;
    return at;
}

static unsigned line_number(const char *text, const char *at)
{
    unsigned line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

static void load_file(struct trace_case_file *f, const char *path)
{
    struct strbuf intro = STRBUF_INIT, err = STRBUF_INIT;
    char *text;
    size_t length;

    if (!io_read(path, 1 << 20, &text, &length, &err))
        give_up(path, err.text);
    *f = (struct trace_case_file){.path = xstrdup(path)};
    const char *at = text;
    while (*at && !starts(at, "== "))
        at = take_line(&intro, at);
    f->intro = take_trimmed(&intro);
    while (*at) {
        struct trace_case c = {.file = f->path, .line = line_number(text, at)};
        at = take_case(&c, at);
        vec_push(&f->cases, c);
    }
    strbuf_release(&err);
    free(text);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_text(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 4 && strcmp(entry->d_name + length - 4, ".txt") == 0;
}

void trace_cases_load(struct trace_case_files *all, const char *folder)
{
    struct dirent **names;
    int count = scandir(folder, &names, is_text, by_name);

    *all = (struct trace_case_files){0};
    if (count <= 0)
        give_up(folder, "no cases here: run the tests from the root of the tree");
    for (int i = 0; i < count; i++) {
        struct trace_case_file f;
        struct strbuf path = STRBUF_INIT;
        strbuf_addf(&path, "%s/%s", folder, names[i]->d_name);
        load_file(&f, path.text);
        vec_push(&all->files, f);
        strbuf_release(&path);
        free(names[i]);
    }
    free(names);
}

void trace_cases_release(struct trace_case_files *all)
{
    for (size_t i = 0; i < all->files.len; i++) {
        struct trace_case_file *f = &all->files.data[i];
        for (size_t j = 0; j < f->cases.len; j++) {
            free(f->cases.data[j].title);
            free(f->cases.data[j].trace);
            free(f->cases.data[j].verdict);
            free(f->cases.data[j].go);
        }
        vec_free(&f->cases);
        free(f->path);
        free(f->intro);
    }
    vec_free(&all->files);
}

static void to_bytes(const char *name, unsigned line, const char *trace, struct strbuf *bytes)
{
    struct source text;
    struct diags diags = DIAGS_INIT;

    source_init(&text, name, trace, strlen(trace));
    if (!wire_text_parse(bytes, &text, &diags)) {
        fprintf(stderr, "%s:%u: in the case that begins here:\n", name, line);
        diags_print(&diags, stderr, false);
        exit(1);
    }
    source_release(&text);
    diags_release(&diags);
}

void trace_from_text(const char *text, struct strbuf *bytes)
{
    to_bytes("text", 1, text, bytes);
}

void trace_case_bytes(const struct trace_case *c, struct strbuf *bytes)
{
    to_bytes(c->file, c->line, c->trace, bytes);
}

/* One verdict; `who` is before the arrow. */
static void read_one(struct strbuf *out, const char *who, bool strict, const void *bytes, size_t length)
{
    struct trace_error err;
    struct trace_event e;
    enum trace_result got = TRACE_ERROR;
    uint64_t events = 0;
    int64_t last = 0;
    struct trace_reader *r = trace_open_memory(bytes, length, (struct trace_options){.strict = strict}, &err);

    while (r && (got = trace_next(r, &e, &err)) == TRACE_EVENT) {
        events++;
        last = e.time;
    }
    strbuf_addf(out, "%s=> %" PRIu64 " event%s, ", who, events, events == 1 ? "" : "s");
    if (got == TRACE_END) {
        strbuf_addf(out, "the last at %" PRId64 "\n", last);
    } else {
        strbuf_addf(out, "then %s at 0x%" PRIx64 ": %s\n", trace_fault_name(err.fault), err.offset,
                    err.message);
        for (const char *line = err.notes; *line; line = strchr(line, '\n') + 1)
            strbuf_addf(out, "   | %.*s\n", (int)strcspn(line, "\n"), line);
    }
    trace_close(r);
}

void trace_case_read(struct strbuf *verdict, const void *bytes, size_t length)
{
    struct strbuf plain = STRBUF_INIT, strict = STRBUF_INIT;
    static const char who[] = "strict ";

    read_one(&plain, "", false, bytes, length);
    read_one(&strict, who, true, bytes, length);
    strbuf_addn(verdict, plain.text, plain.len);
    if (strcmp(plain.text, strict.text + strlen(who)) != 0)
        strbuf_addn(verdict, strict.text, strict.len);
    strbuf_release(&plain);
    strbuf_release(&strict);
}

void trace_cases_bless(const struct trace_case_file *file)
{
    struct strbuf out = STRBUF_INIT, err = STRBUF_INIT;

    strbuf_add(&out, file->intro);
    for (size_t i = 0; i < file->cases.len; i++) {
        const struct trace_case *c = &file->cases.data[i];
        struct strbuf bytes = STRBUF_INIT;
        trace_case_bytes(c, &bytes);
        strbuf_addf(&out, "%s== %s\n%s", i ? "\n" : "", c->title, c->trace);
        trace_case_read(&out, bytes.text, bytes.len);
        if (c->go)
            strbuf_add(&out, c->go);
        strbuf_release(&bytes);
    }
    if (!io_write(file->path, out.text, out.len, &err))
        give_up(file->path, err.text);
    strbuf_release(&out);
    strbuf_release(&err);
}

#include "tests/unit/play.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/text_parse.h"

enum { ACTORS = 64, WORDS = 10, POLLER = 60 };

struct actor {
    struct strbuf events; /* lines of its thread */
    int64_t last;         /* ns */
    bool used;
    int seq, syscalls;
};

struct stage {
    struct actor actors[ACTORS];
    struct strmap strings; /* text -> index + 1 is its id */
    struct strmap stacks;  /* "leaf|site" -> index + 1 */
};

static int string_id(struct stage *s, const char *text)
{
    char name[200];

    snprintf(name, sizeof name, "%s", text);
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = ' ';
    return (int)strmap_intern(&s->strings, name) + 1;
}

/* "handle:14" behind a leaf; the strings are made at once, so that their ids are known. */
static int stack_id(struct stage *s, const char *leaf, const char *site)
{
    char key[300];

    if (strcmp(leaf, "-") == 0 && strcmp(site, "-") == 0)
        return 0;
    snprintf(key, sizeof key, "%s|%s", leaf, site);
    return (int)strmap_intern(&s->stacks, key) + 1;
}

static struct actor *actor_of(struct stage *s, const char *name)
{
    int i = name[0] == '-' ? POLLER : atoi(name + 1);

    ck_assert_msg(name[0] == '-' || (name[0] == 'g' && i > 0 && i < POLLER), "no actor: %s", name);
    return &s->actors[i];
}

static int number_of(const struct stage *s, const struct actor *a)
{
    return (int)(a - s->actors);
}

/* Begins an event of the actor's thread, which has its P from its first event on. */
static struct strbuf *event(struct stage *s, struct actor *a, int64_t at, const char *name)
{
    if (!a->used) {
        a->used = true;
        strbuf_addf(&a->events, "ProcStatus dt=%lld p=%d pstatus=1\n", (long long)(at > 1 ? at - 1 : 1),
                    number_of(s, a));
        a->last = at > 1 ? at - 1 : 1;
    }
    if (at <= a->last)
        at = a->last + 1;
    strbuf_addf(&a->events, "%s dt=%lld", name, (long long)(at - a->last));
    a->last = at;
    return &a->events;
}

static void do_life(struct stage *s, struct actor *a, int64_t at, char **w)
{
    const char *verb = w[2];

    if (strcmp(verb, "main") == 0) {
        strbuf_addf(event(s, a, at, "GoStatus"), " g=%d m=%d gstatus=2\n", number_of(s, a), number_of(s, a));
        strbuf_addf(event(s, a, at, "ProcsChange"), " procs_value=%d stack=0\n", ACTORS);
    } else if (strcmp(verb, "go") == 0) {
        int start = stack_id(s, w[4], "-");
        int here = w[5] ? stack_id(s, w[5], w[6]) : 0;

        strbuf_addf(event(s, a, at, "GoCreate"), " new_g=%d new_stack=%d stack=%d\n", atoi(w[3] + 1), start,
                    here);
    } else if (strcmp(verb, "run") == 0) {
        strbuf_addf(event(s, a, at, "GoStart"), " g=%d g_seq=%d\n", number_of(s, a), ++a->seq);
    } else {
        strbuf_addch(event(s, a, at, "GoDestroy"), '\n');
    }
}

static void do_wait(struct stage *s, struct actor *a, int64_t at, char **w)
{
    const char *verb = w[2];

    if (strcmp(verb, "wait") == 0) {
        strbuf_addf(event(s, a, at, "GoBlock"), " reason_string=%d stack=%d\n", string_id(s, w[3]),
                    stack_id(s, w[4], w[5]));
    } else if (strcmp(verb, "yield") == 0) {
        strbuf_addf(event(s, a, at, "GoStop"), " reason_string=%d stack=%d\n", string_id(s, "preempted"),
                    stack_id(s, w[3], w[4]));
    } else if (strcmp(verb, "sys") == 0) {
        strbuf_addf(event(s, a, at, "GoSyscallBegin"), " p_seq=%d stack=%d\n", ++a->syscalls,
                    stack_id(s, "syscall.Syscall", w[3]));
    } else if (strcmp(verb, "sysret") == 0) {
        strbuf_addch(event(s, a, at, "GoSyscallEnd"), '\n');
    } else {
        struct actor *woken = actor_of(s, w[3]);

        strbuf_addf(event(s, a, at, "GoUnblock"), " g=%d g_seq=%d stack=0\n", number_of(s, woken),
                    ++woken->seq);
    }
}

static void do_gc(struct stage *s, struct actor *a, int64_t at, char **w)
{
    const char *verb = w[2];

    if (strcmp(verb, "assist") == 0)
        strbuf_addf(event(s, a, at, "GCMarkAssistBegin"), " stack=%d\n",
                    stack_id(s, "runtime.gcAssistAlloc", w[3]));
    else if (strcmp(verb, "assisted") == 0)
        strbuf_addch(event(s, a, at, "GCMarkAssistEnd"), '\n');
    else if (strcmp(verb, "gc") == 0)
        strbuf_addf(event(s, a, at, "GCBegin"), " gc_seq=%s stack=0\n", w[3]);
    else
        strbuf_addf(event(s, a, at, "GCEnd"), " gc_seq=%s\n", w[3]);
}

static void do_annotation(struct stage *s, struct actor *a, int64_t at, char **w)
{
    const char *verb = w[2];

    if (strcmp(verb, "task") == 0)
        strbuf_addf(event(s, a, at, "UserTaskBegin"), " task=%s parent_task=0 name_string=%d stack=%d\n",
                    w[3], string_id(s, w[4]), stack_id(s, "runtime/trace.NewTask", w[5]));
    else if (strcmp(verb, "endtask") == 0)
        strbuf_addf(event(s, a, at, "UserTaskEnd"), " task=%s stack=0\n", w[3]);
    else if (strcmp(verb, "region") == 0)
        strbuf_addf(event(s, a, at, "UserRegionBegin"), " task=%s name_string=%d stack=%d\n", w[3],
                    string_id(s, w[4]), stack_id(s, "runtime/trace.StartRegion", w[5]));
    else if (strcmp(verb, "endregion") == 0)
        strbuf_addf(event(s, a, at, "UserRegionEnd"), " task=%s name_string=%d stack=0\n", w[3],
                    string_id(s, w[4]));
    else
        strbuf_addf(event(s, a, at, "UserLog"), " task=%s key_string=%d value_string=%d stack=%d\n", w[3],
                    string_id(s, w[4]), string_id(s, w[5]), stack_id(s, "runtime/trace.Log", w[6]));
}

/* clang-format off */
static const struct {
    const char *name;
    int words; /* at least */
    void (*act)(struct stage *s, struct actor *a, int64_t at, char **w);
} verbs[] = {
    {"main", 3, do_life},   {"go", 5, do_life},        {"run", 3, do_life},          {"end", 3, do_life},
    {"wait", 6, do_wait},   {"yield", 5, do_wait},     {"sys", 4, do_wait},          {"sysret", 3, do_wait},
    {"wake", 4, do_wait},   {"poll", 4, do_wait},      {"assist", 4, do_gc},         {"assisted", 3, do_gc},
    {"gc", 4, do_gc},       {"gcend", 4, do_gc},       {"task", 6, do_annotation},
     {"endtask", 4, do_annotation},
    {"region", 6, do_annotation}, {"endregion", 5, do_annotation}, {"log", 7, do_annotation},
};
/* clang-format on */

static void do_line(struct stage *s, char *line)
{
    char *w[WORDS + 1] = {NULL};
    int n = 0;

    for (char *word = strtok(line, " "); word && n < WORDS; word = strtok(NULL, " "))
        w[n++] = word;
    if (n == 0)
        return;
    ck_assert_msg(n >= 3, "too short: %s", line);
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].name, w[2]) != 0)
            continue;
        ck_assert_msg(n >= verbs[i].words, "%s %s %s: words are missing", w[0], w[1], w[2]);
        verbs[i].act(s, actor_of(s, w[1]), atoll(w[0]) * 1000, w);
        return;
    }
    ck_abort_msg("unknown: %s", w[2]);
}

/* ---- the ledger ----------------------------------------------------------------------------- */

/* One line with its short forms written out, as text for data="...". */
static void add_ledger_line(struct strbuf *out, const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        size_t digits = 0;
        bool starts = i == 0 || line[i - 1] == ' ';
        bool micro = line[i] == '@';

        while (starts && line[i + micro + digits] >= '0' && line[i + micro + digits] <= '9')
            digits++;
        if (micro && digits) {
            strbuf_addf(out, "%lld", atoll(line + i + 1) * 1000);
            i += digits;
        } else {
            strbuf_addch(out, line[i]);
        }
    }
    strbuf_add(out, "\\n");
}

/* Pages of a few lines each. */
static void add_ledger(struct stage *s, struct strbuf *out, const char *ledger)
{
    int id = (int)s->strings.len;
    int page = 0;
    int lines = 0;

    while (*ledger) {
        const char *end = strchr(ledger, '\n');
        size_t length = end ? (size_t)(end - ledger) : strlen(ledger);

        if (lines % 8 == 0)
            strbuf_addf(out, "%sString id=%d\n\tdata=\"\\x01tracelab ledger 3 %d\\n", lines ? "\"\n" : "",
                        ++id, page++);
        add_ledger_line(out, ledger, length);
        lines++;
        ledger += length + (end != NULL);
    }
    if (lines)
        strbuf_add(out, "\"\n");
}

/* ---- all together --------------------------------------------------------------------------- */

static void add_frame(struct stage *s, struct strbuf *out, const char *func, const char *file, int line)
{
    strbuf_addf(out, "\tpc=%d func=%d file=%d line=%d\n", 4096 + string_id(s, func) * 64 + line,
                string_id(s, func), string_id(s, file), line);
}

static void add_stack(struct stage *s, struct strbuf *out, size_t i)
{
    char key[300];

    snprintf(key, sizeof key, "%s", s->stacks.entries[i].key);
    char *site = strchr(key, '|');

    *site++ = '\0';
    char *colon = strrchr(site, ':');
    int frames = (strcmp(key, "-") != 0) + (strcmp(site, "-") != 0);

    strbuf_addf(out, "Stack id=%zu nframes=%d\n", i + 1, frames);
    if (strcmp(key, "-") != 0)
        add_frame(s, out, key, "go.go", 1);
    if (colon) {
        *colon = '\0';
        add_frame(s, out, site, "workload.yaml", atoi(colon + 1));
    }
}

static void write_text(struct stage *s, struct strbuf *text, const char *ledger)
{
    strbuf_add(text, "Trace Go1.22\n");
    for (int i = 0; i < ACTORS; i++)
        if (s->actors[i].used)
            strbuf_addf(text, "EventBatch gen=1 m=%d time=0\n%s", i, s->actors[i].events.text);
    strbuf_add(text, "EventBatch gen=1 m=-1 time=0\nStacks\n");
    for (size_t i = 0; i < s->stacks.len; i++)
        add_stack(s, text, i);
    strbuf_add(text, "EventBatch gen=1 m=-1 time=0\nStrings\n");
    for (size_t i = 0; i < s->strings.len; i++)
        strbuf_addf(text, "String id=%zu\n\tdata=\"%s\"\n", i + 1, s->strings.entries[i].key);
    if (ledger)
        add_ledger(s, text, ledger);
    strbuf_add(text, "EventBatch gen=1 m=-1 time=0\nFrequency freq=1000000000\n");
}

static void to_bytes(struct strbuf *bytes, const struct strbuf *text)
{
    struct source source;
    struct diags d = DIAGS_INIT;
    struct strbuf said = STRBUF_INIT;

    source_init(&source, "play", text->text, text->len);
    bool ok = wire_text_parse(bytes, &source, &d);

    diags_format(&d, &said, false);
    ck_assert_msg(ok, "%s", said.text);
    strbuf_release(&said);
    diags_release(&d);
    source_release(&source);
}

static void stage_release(struct stage *s)
{
    for (int i = 0; i < ACTORS; i++)
        strbuf_release(&s->actors[i].events);
    strmap_release(&s->strings);
    strmap_release(&s->stacks);
}

static void perform(struct strbuf *bytes, const char *script, const char *ledger)
{
    struct stage s = {.strings = {0}};
    struct strbuf text = STRBUF_INIT;
    char *lines = xstrdup(script);

    for (int i = 0; i < ACTORS; i++)
        strbuf_init(&s.actors[i].events);
    for (char *line = lines, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        do_line(&s, line);
    }
    write_text(&s, &text, ledger);
    to_bytes(bytes, &text);
    free(lines);
    strbuf_release(&text);
    stage_release(&s);
}

void play_cut(struct played *p, const char *script, const char *ledger, size_t length)
{
    strbuf_init(&p->bytes);
    perform(&p->bytes, script, ledger);
    if (length < p->bytes.len)
        strbuf_truncate(&p->bytes, length);
    struct trace_reader *r =
        trace_open_memory(p->bytes.text, p->bytes.len, (struct trace_options){0}, &p->error);

    ck_assert_msg(r != NULL, "%s", p->error.message);
    p->a = analysis_load(r, &p->error);
}

void play(struct played *p, const char *script, const char *ledger)
{
    play_cut(p, script, ledger, SIZE_MAX);
    ck_assert_msg(p->a->whole, "%s\n%s", p->error.message, p->error.notes);
    ck_assert_msg(!p->a->facts.damaged, "the ledger is damaged");
}

void played_free(struct played *p)
{
    analysis_free(p->a);
    strbuf_release(&p->bytes);
}

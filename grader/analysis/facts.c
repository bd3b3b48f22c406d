#include "grader/analysis/facts.h"

#include <stdlib.h>
#include <string.h>

#include "grader/reader/plain.h"

/* More is damage: a few lines must not make us ask for gigabytes. */
#define MAX_LOADS    4096u
#define MAX_REQUESTS 2000000u /* of one load: what the runtime lets a world have */
#define MAX_ALL      8000000u /* of all loads */
#define MAX_INDEX    (1u << 24)

/* The fields of one line, read from left to right. A missing or malformed field makes `bad`. */
struct fields {
    struct facts *f;
    char *next; /* NULL at the end of the line */
    bool bad;
};

static const char *word(struct fields *in)
{
    char *start = in->next;

    if (!start || !*start) {
        in->bad = true;
        return "";
    }
    char *blank = strchr(start, ' ');

    in->next = blank ? blank + 1 : NULL;
    if (blank)
        *blank = '\0';
    return start;
}

/* "use-after-put" is "use after put". */
static const char *joined_words(struct fields *in)
{
    char *start = in->next;
    const char *all = word(in);

    for (char *c = start; *all && c && *c; c++)
        if (*c == '-')
            *c = ' ';
    return all;
}

/* What is left of the line. */
static const char *rest(struct fields *in)
{
    const char *start = in->next;

    in->next = NULL;
    if (!start)
        in->bad = true;
    return start ? start : "";
}

static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* Reads in place, without word: numbers are most of a page. The number ends at a blank or at `also`. */
static uint64_t digits_until(struct fields *in, unsigned radix, int most, char also)
{
    char *at = in->next;
    uint64_t n = 0;
    int count = 0;

    for (; at && digit(*at) < radix; at++, count++)
        n = n * radix + digit(*at);
    if (count == 0 || count > most || (*at && *at != ' ' && *at != also))
        in->bad = true;
    in->next = at && *at ? at + 1 : NULL;
    return n;
}

static uint64_t digits(struct fields *in, unsigned radix, int most)
{
    return digits_until(in, radix, most, ' ');
}

static int64_t number(struct fields *in)
{
    bool negative = in->next && *in->next == '-';

    if (negative)
        in->next++;
    uint64_t n = digits(in, 10, 19); /* no 19 digits exceed 64 bits */

    if (n > INT64_MAX)
        in->bad = true;
    return negative ? -(int64_t)n : (int64_t)n;
}

/* A number, or -1 for "-". */
static int64_t number_or_none(struct fields *in)
{
    if (in->next && in->next[0] == '-' && (in->next[1] == ' ' || !in->next[1])) {
        word(in);
        return -1;
    }
    return number(in);
}

static uint64_t hex(struct fields *in)
{
    return digits(in, 16, 16);
}

static uint64_t any_u64(struct fields *in)
{
    static const char most[] = "18446744073709551615";
    const char *text = in->next ? in->next : "";
    bool longest = strspn(text, "0123456789") == strlen(most);

    in->bad |= longest && strncmp(text, most, strlen(most)) > 0;
    return digits(in, 10, (int)strlen(most));
}

/* Whole pieces of work, or PIECES+PARTS; in 1/LEDGER_UNIT. */
static int64_t amount(struct fields *in)
{
    uint64_t pieces = digits_until(in, 10, 10, '+');
    bool parts = !in->bad && in->next && in->next[-1] == '+';
    uint64_t rest = parts ? digits(in, 10, 9) : 0;

    if (pieces > INT64_MAX / LEDGER_UNIT - 1 || rest >= LEDGER_UNIT)
        in->bad = true;
    return in->bad ? 0 : (int64_t)(pieces * LEDGER_UNIT + rest);
}

static uint32_t index_of(struct fields *in)
{
    int64_t n = number(in);

    if (n < 0 || n >= MAX_INDEX)
        in->bad = true;
    return in->bad ? 0 : (uint32_t)n;
}

static uint64_t g_of(struct fields *in)
{
    int64_t n = number_or_none(in);

    return n < 0 ? 0 : (uint64_t)n;
}

/* ---- loads, requests */

/* One that was announced; else NULL, and the line is bad. */
static struct fact_load *load_of(struct fields *in)
{
    uint32_t i = index_of(in);

    if (!in->bad && i < in->f->loads.len && in->f->loads.data[i].name)
        return &in->f->loads.data[i];
    in->bad = true;
    return NULL;
}

/* Likewise; a load's requests may be told of in any order. */
static struct fact_request *request_of(struct fields *in, struct fact_load **of)
{
    struct fact_load *load = load_of(in);
    uint32_t i = index_of(in);

    if (!load || i >= load->announced)
        in->bad = true;
    if (in->bad)
        return NULL;
    if (of)
        *of = load;
    while (load->requests.len <= i)
        vec_push(&load->requests, NULL);
    if (!load->requests.data[i])
        load->requests.data[i] = arena_alloc(&in->f->arena, sizeof(struct fact_request));
    return load->requests.data[i];
}

static void on_load(struct fields *in)
{
    struct facts *f = in->f;
    uint32_t i = index_of(in);
    const char *name = word(in);
    uint32_t n = index_of(in);

    if (i >= MAX_LOADS || n > MAX_REQUESTS || n > MAX_ALL - f->announced)
        in->bad = true;
    if (in->bad)
        return;
    while (f->loads.len <= i)
        vec_push(&f->loads, ((struct fact_load){0}));
    if (f->loads.data[i].name) {
        in->bad = true;
        return;
    }
    f->loads.data[i].name = name;
    f->loads.data[i].announced = n;
    f->announced += n;
}

static void on_attr(struct fields *in)
{
    static const enum expr_type types[] = {EXPR_NUMBER, EXPR_DURATION, EXPR_SIZE, EXPR_TRUTH, EXPR_ID};
    struct fact_load *load = load_of(in);
    uint32_t i = index_of(in);
    const char *name = word(in);
    const char *type = word(in);

    if (load && load->requests.len)
        in->bad = true; /* requests have room for the attributes that were named before */
    if (!load || in->bad || i > 256)
        return;
    while (load->attrs.len <= i)
        vec_push(&load->attrs, ((struct fact_attr){0}));
    load->attrs.data[i].name = name;
    for (size_t t = 0; t < ARRAY_LEN(types); t++)
        if (strcmp(expr_type_name(types[t]), type) == 0)
            load->attrs.data[i].type = types[t];
}

static void on_request(struct fields *in)
{
    struct fact_load *load = NULL;
    struct fact_request *r = request_of(in, &load);
    int64_t arrived = number(in);

    number_or_none(in); /* its handler's start, which the events show */
    uint64_t g = g_of(in);

    if (!r || in->bad)
        return;
    r->exists = true;
    r->arrived = arrived;
    r->handler = g;
    r->attrs = arena_array(&in->f->arena, load->attrs.len, sizeof(int64_t));
    for (size_t i = 0; i < load->attrs.len; i++)
        r->attrs[i] = load->attrs.data[i].type == EXPR_ID ? (int64_t)hex(in) : number(in);
}

static void on_reply(struct fields *in)
{
    struct fact_request *r = request_of(in, NULL);
    int64_t at = number(in);
    uint64_t g = g_of(in);
    const char *status = word(in);
    int64_t bytes = number(in);
    int64_t own = number(in);
    int64_t cpu = number(in);
    int64_t net = number(in);
    int64_t first = in->next ? number(in) : at;

    if (!r || in->bad)
        return;
    r->reply = at;
    r->first_piece = first;
    r->replier = g;
    r->status = status;
    r->answered = strcmp(status, "given-up") != 0;
    r->bytes = bytes;
    r->own = own;
    r->cpu_due = cpu;
    r->net_due = net;
}

static void on_work(struct fields *in)
{
    struct fact_request *r = request_of(in, NULL);
    struct fact_work w = {.item = index_of(in)};

    w.before = amount(in);
    w.total = amount(in);
    w.first = number(in);
    w.last = number(in);
    w.after = hex(in);
    if (r && !in->bad)
        vec_push(&r->work, w);
}

static void on_took(struct fields *in)
{
    struct fact_take t = {.g = g_of(in)};

    t.load = index_of(in);
    t.index = index_of(in);
    t.at = number(in);
    t.from = g_of(in);
    t.sent = number_or_none(in);
    if (!in->bad)
        vec_push(&in->f->takes, t);
}

/* ---- the rest */

static void on_run(struct fields *in)
{
    in->f->runtime_version = number(in);
    in->f->costs_version = number(in);
    number(in); /* of the format, which the trace's header says, too */
}

static void on_digest(struct fields *in)
{
    const char *what = word(in);
    const char *digest = word(in);

    if (strcmp(what, "scenario") == 0)
        in->f->scenario_digest = digest;
}

static void on_seed(struct fields *in)
{
    in->f->seed = any_u64(in);
    any_u64(in); /* the schedule's, which follows from it and the mode */
    in->f->mode = word(in);
}

static void on_machine(struct fields *in)
{
    in->f->cpus = number(in);
    in->f->gomaxprocs = number(in);
    in->f->gogc = number_or_none(in);
}

static void on_item(struct fields *in)
{
    uint32_t i = index_of(in);
    struct fact_item item = {.kind = item_kind_named(word(in))};

    item.name = word(in);
    in->bad |= item.kind == ITEM_KIND_COUNT;
    if (in->bad || i > 4096)
        return;
    while (in->f->items.len <= i)
        vec_push(&in->f->items, ((struct fact_item){ITEM_KIND_COUNT, ""}));
    in->f->items.data[i] = item;
}

static void on_nobody(struct fields *in)
{
    struct fact_nobody x = {.item = index_of(in)};

    x.amount = amount(in);
    x.site = rest(in);
    if (!in->bad)
        vec_push(&in->f->nobody, x);
}

static void on_object(struct fields *in)
{
    uint32_t i = index_of(in);
    const char *name = rest(in);

    if (in->bad || i > 65536)
        return;
    while (in->f->objects.len <= i)
        vec_push(&in->f->objects, NULL);
    in->f->objects.data[i] = name;
}

static void on_wait(struct fields *in)
{
    struct fact_lock_wait w = {.g = g_of(in)};

    w.at = number(in);
    w.object = index_of(in);
    w.holder = g_of(in);
    if (!in->bad)
        vec_push(&in->f->waits, w);
}

/* What stands before the bar; the rest stays. */
static const char *to_bar(struct fields *in)
{
    const char *start = in->next;
    char *bar = in->next ? strstr(in->next, " | ") : NULL;

    if (!bar) {
        in->bad = true;
        return "";
    }
    *bar = '\0';
    in->next = bar + 3;
    return start;
}

/* KIND G SITE, to the end of the line */
static struct fact_access access_of(struct fields *in)
{
    struct fact_access x = {.kind = word(in)};

    x.g = g_of(in);
    x.site = rest(in);
    return x;
}

/* COUNT VAR T KIND G SITE | KIND G SITE */
static void on_race(struct fields *in)
{
    struct fact_race r = {.count = (uint64_t)number(in)};

    r.var = word(in);
    r.at = number_or_none(in);
    r.later.kind = word(in);
    r.later.g = g_of(in);
    r.later.site = to_bar(in);
    r.earlier = access_of(in);
    if (!in->bad)
        vec_push(&in->f->races, r);
}

static void on_misuse(struct fields *in)
{
    struct fact_fault x = {.kind = joined_words(in)};

    x.at = number_or_none(in);
    x.g = g_of(in);
    x.site = to_bar(in);
    if (in->next && strcmp(in->next, "-") != 0)
        x.earlier = access_of(in);
    if (!in->bad)
        vec_push(&in->f->misuse, x);
}

/* T G TEXT | SITE */
static void on_panic(struct fields *in)
{
    struct fact_fault x = {.at = number_or_none(in)};

    x.g = g_of(in);
    x.kind = to_bar(in);
    x.site = rest(in);
    if (!in->bad)
        vec_push(&in->f->panics, x);
}

/* G REASON SITE, where a reason may have blanks and is joined by "-" */
static struct fact_fault blocked(struct fields *in)
{
    struct fact_fault x = {.at = -1, .g = g_of(in)};

    x.kind = word(in);
    x.site = rest(in);
    return x;
}

static void on_leaked(struct fields *in)
{
    struct fact_fault x = blocked(in);

    if (!in->bad)
        vec_push(&in->f->leaked, x);
}

static void on_stuck(struct fields *in)
{
    struct fact_fault x = blocked(in);

    if (!in->bad)
        vec_push(&in->f->stuck, x);
}

static void on_param(struct fields *in)
{
    struct fact_named x = {.what = "param", .name = word(in)};

    x.text = rest(in);
    if (!in->bad)
        vec_push(&in->f->params, x);
}

static void on_peak(struct fields *in)
{
    struct fact_named x = {.what = word(in)};

    x.name = word(in);
    x.value = number(in);
    if (!in->bad)
        vec_push(&in->f->peaks, x);
}

static void on_total(struct fields *in)
{
    word(in); /* for those who read the file */
    number(in);
}

static void on_warmup(struct fields *in)
{
    in->f->warmup = number(in);
}

static void on_held(struct fields *in)
{
    word(in); /* told beside the race in the file; reports name the two accesses */
}

static void on_budget(struct fields *in)
{
    in->f->budget = rest(in);
}

static void on_end(struct fields *in)
{
    in->f->end = run_end_named(word(in));
    in->bad |= in->f->end == END_NONE;
    in->f->end_at = number(in);
}

static void (*const on_line[LEDGER_LINE_COUNT])(struct fields *in) = {
    [LEDGER_RUN] = on_run,         [LEDGER_DIGEST] = on_digest, [LEDGER_SEED] = on_seed,
    [LEDGER_MACHINE] = on_machine, [LEDGER_PARAM] = on_param,   [LEDGER_LOAD] = on_load,
    [LEDGER_ATTR] = on_attr,       [LEDGER_ITEM] = on_item,     [LEDGER_WARMUP] = on_warmup,
    [LEDGER_REQUEST] = on_request, [LEDGER_REPLY] = on_reply,   [LEDGER_WORK] = on_work,
    [LEDGER_NOBODY] = on_nobody,   [LEDGER_TOOK] = on_took,     [LEDGER_OBJECT] = on_object,
    [LEDGER_WAIT] = on_wait,       [LEDGER_RACE] = on_race,     [LEDGER_HELD] = on_held,
    [LEDGER_MISUSE] = on_misuse,   [LEDGER_PANIC] = on_panic,   [LEDGER_LEAKED] = on_leaked,
    [LEDGER_STUCK] = on_stuck,     [LEDGER_PEAK] = on_peak,     [LEDGER_TOTAL] = on_total,
    [LEDGER_BUDGET] = on_budget,   [LEDGER_END] = on_end,
};

static bool is_about_the_end(int line)
{
    return line == LEDGER_MISUSE || line == LEDGER_PANIC || line == LEDGER_BUDGET || line == LEDGER_END;
}

static void take_line(struct facts *f, char *line, bool end_only)
{
    struct fields in = {.f = f, .next = line};
    const char *keyword = word(&in);

    for (int i = 0; i < LEDGER_LINE_COUNT; i++) {
        if (ledger_keywords[i][0] != keyword[0] || strcmp(ledger_keywords[i], keyword) != 0)
            continue;
        if (!end_only || is_about_the_end(i))
            on_line[i](&in);
        f->damaged |= in.bad;
        return;
    }
    f->damaged = true;
}

static void take_page(struct facts *f, const char *page, size_t length, bool end_only)
{
    char *text = arena_strndup(&f->arena, page, length);
    char *end = text + length;
    char *line = memchr(text, '\n', length);
    uint32_t number_of_page = (uint32_t)strtoul(text + strlen(LEDGER_MAGIC), NULL, 10);

    f->present = true;
    if (number_of_page != f->pages || !line)
        f->damaged = true;
    f->pages++;
    while (line && ++line < end) {
        char *next = memchr(line, '\n', (size_t)(end - line));

        if (next)
            *next = '\0';
        plain_make(line, (size_t)((next ? next : end) - line));
        take_line(f, line, end_only);
        line = next;
    }
}

void facts_page(struct facts *f, const char *page, size_t length)
{
    take_page(f, page, length, false);
}

void facts_end_page(struct facts *f, const char *page, size_t length)
{
    take_page(f, page, length, true);
}

void facts_release(struct facts *f)
{
    for (size_t l = 0; l < f->loads.len; l++) {
        for (size_t i = 0; i < f->loads.data[l].requests.len; i++)
            if (f->loads.data[l].requests.data[i])
                vec_free(&f->loads.data[l].requests.data[i]->work);
        vec_free(&f->loads.data[l].requests);
        vec_free(&f->loads.data[l].attrs);
    }
    vec_free(&f->loads);
    vec_free(&f->params);
    vec_free(&f->peaks);
    vec_free(&f->items);
    vec_free(&f->objects);
    vec_free(&f->takes);
    vec_free(&f->waits);
    vec_free(&f->races);
    vec_free(&f->misuse);
    vec_free(&f->leaked);
    vec_free(&f->stuck);
    vec_free(&f->panics);
    vec_free(&f->nobody);
    arena_release(&f->arena);
    *f = (struct facts){0};
}

int32_t facts_find_load(const struct facts *f, const char *name)
{
    for (size_t i = 0; i < f->loads.len; i++)
        if (f->loads.data[i].name && strcmp(f->loads.data[i].name, name) == 0)
            return (int32_t)i;
    return -1;
}

int32_t facts_find_item(const struct facts *f, enum item_kind kind, const char *name)
{
    for (size_t i = 0; i < f->items.len; i++)
        if (f->items.data[i].kind == kind && strcmp(f->items.data[i].name, name) == 0)
            return (int32_t)i;
    return -1;
}

const struct fact_request *facts_request(const struct facts *f, uint32_t load, uint32_t index)
{
    if (load >= f->loads.len || index >= f->loads.data[load].requests.len)
        return NULL;
    const struct fact_request *r = f->loads.data[load].requests.data[index];

    return r && r->exists ? r : NULL;
}

const struct fact_work *facts_work(const struct fact_request *r, uint32_t item)
{
    for (size_t i = 0; i < r->work.len; i++)
        if (r->work.data[i].item == item)
            return &r->work.data[i];
    return NULL;
}

#include "runtime/trace/ledger.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "format/events.h"
#include "runtime/sched/g.h"
#include "runtime/trace/tracer.h"

/* A line in the making. What does not fit a page is cut. */
struct line {
    char text[TRACE_MAX_STRING];
    size_t len;
};

struct ledger {
    struct strbuf text; /* the pages, one after the other */
    VEC(size_t) starts; /* where each begins */
    uint64_t next_page; /* counts through the whole trace */
    struct line line;
};

struct ledger *ledger_new(void)
{
    struct ledger *l = xcalloc(1, sizeof(*l));

    strbuf_init(&l->text);
    return l;
}

void ledger_free(struct ledger *l)
{
    if (!l)
        return;
    strbuf_release(&l->text);
    vec_free(&l->starts);
    free(l);
}

/* ---- pages */

static void open_page(struct ledger *l)
{
    vec_push(&l->starts, l->text.len);
    strbuf_addf(&l->text, LEDGER_MAGIC "%llu\n", (unsigned long long)l->next_page++);
}

static size_t room_in_page(const struct ledger *l)
{
    return TRACE_MAX_STRING - (l->text.len - vec_last(&l->starts));
}

static void add_to_page(struct ledger *l, const struct line *line)
{
    size_t n = line->len;

    if (l->starts.len == 0 || n + 1 > room_in_page(l))
        open_page(l);
    if (n + 1 > room_in_page(l))
        n = room_in_page(l) - 1;
    strbuf_addn(&l->text, line->text, n);
    strbuf_addch(&l->text, '\n');
}

/* ---- fields: printf's %s %d %u %x, the numbers also with l or ll, and no other, many times as fast: a
 * request writes dozens of numbers, and formatting them would cost more than simulating it */

static inline void add_char(struct line *line, char c)
{
    if (line->len < sizeof line->text)
        line->text[line->len++] = c;
}

static inline void add_number(struct line *line, uint64_t n, unsigned radix)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = "0123456789abcdef"[n % radix];
        n /= radix;
    } while (n);
    while (at < sizeof digits)
        add_char(line, digits[at++]);
}

static void add_signed(struct line *line, int64_t n)
{
    if (n < 0)
        add_char(line, '-');
    add_number(line, n < 0 ? 0 - (uint64_t)n : (uint64_t)n, 10);
}

static void add_text(struct line *line, const char *text)
{
    for (; *text; text++) {
        uint8_t c = (uint8_t)*text;

        add_char(line, c < 0x20 || c == 0x7f ? ' ' : *text);
    }
}

/* The conversion at f (behind the %); how many characters it has. */
static size_t add_field(struct line *line, const char *f, va_list *args)
{
    size_t longs = f[0] != 'l' ? 0 : f[1] != 'l' ? 1 : 2; /* l and ll are 64 bits alike */

    switch (f[longs]) {
    case 's':
        add_text(line, va_arg(*args, const char *));
        break;
    case 'd':
        add_signed(line, longs ? va_arg(*args, int64_t) : va_arg(*args, int32_t));
        break;
    case 'u':
        add_number(line, longs ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t), 10);
        break;
    case 'x':
        add_number(line, longs ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t), 16);
        break;
    default:
        abort();
    }
    return longs + 1;
}

static void add_fields(struct line *line, const char *format, va_list *args)
{
    for (; *format; format++) {
        if (*format == '%')
            format += add_field(line, format + 1, args);
        else
            add_char(line, *format);
    }
}

/* ---- lines */

static struct ledger *open_ledger(const struct rt *rt)
{
    bool open = rt->tracer && rt->tracer->state != TRACER_ENDED;

    return open ? rt->ledger : NULL;
}

void ledger_begin(struct rt *rt, enum ledger_line line)
{
    struct ledger *l = open_ledger(rt);

    if (!l)
        return;
    l->line.len = 0;
    add_text(&l->line, ledger_keywords[line]);
    add_char(&l->line, ' ');
}

static void add_to_line(struct rt *rt, const char *format, va_list *args)
{
    struct ledger *l = open_ledger(rt);

    if (l)
        add_fields(&l->line, format, args);
}

void ledger_fields(struct rt *rt, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_to_line(rt, format, &args);
    va_end(args);
}

void ledger_end(struct rt *rt)
{
    struct ledger *l = open_ledger(rt);

    if (l)
        add_to_page(l, &l->line);
}

void ledger_add(struct rt *rt, enum ledger_line line, const char *format, ...)
{
    va_list args;

    ledger_begin(rt, line);
    va_start(args, format);
    add_to_line(rt, format, &args);
    va_end(args);
    ledger_end(rt);
}

void ledger_flush(struct ledger *l, void (*page)(void *context, const char *bytes, size_t n),
                  void *context)
{
    for (size_t i = 0; i < l->starts.len; i++) {
        size_t end = i + 1 < l->starts.len ? l->starts.data[i + 1] : l->text.len;

        page(context, l->text.text + l->starts.data[i], end - l->starts.data[i]);
    }
    strbuf_reset(&l->text);
    vec_clear(&l->starts);
}

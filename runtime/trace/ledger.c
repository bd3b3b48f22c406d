#include "runtime/trace/ledger.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "format/events.h"
#include "runtime/sched/g.h"
#include "runtime/trace/tracer.h"

struct ledger {
    struct strbuf text; /* the pages, one after the other */
    VEC(size_t) starts; /* where each begins */
    uint64_t next_page; /* counts through the whole trace */
    struct strbuf line; /* kept for its memory */
};

struct ledger *ledger_new(void)
{
    struct ledger *l = xcalloc(1, sizeof(*l));

    strbuf_init(&l->text);
    strbuf_init(&l->line);
    return l;
}

void ledger_free(struct ledger *l)
{
    if (!l)
        return;
    strbuf_release(&l->text);
    strbuf_release(&l->line);
    vec_free(&l->starts);
    free(l);
}

static void add_number(struct strbuf *b, uint64_t n, unsigned radix)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = "0123456789abcdef"[n % radix];
        n /= radix;
    } while (n);
    strbuf_addn(b, digits + at, sizeof digits - at);
}

static void add_signed(struct strbuf *b, int64_t n)
{
    if (n < 0)
        strbuf_addch(b, '-');
    add_number(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n, 10);
}

static void open_page(struct ledger *l)
{
    vec_push(&l->starts, l->text.len);
    strbuf_add(&l->text, LEDGER_MAGIC);
    add_number(&l->text, l->next_page, 10);
    strbuf_addch(&l->text, '\n');
    l->next_page++;
}

static size_t room_in_page(const struct ledger *l)
{
    return TRACE_MAX_STRING - (l->text.len - vec_last(&l->starts));
}

/* Appends l->line, which ends in a newline. */
static void add_line(struct ledger *l)
{
    if (l->starts.len == 0 || l->line.len > room_in_page(l))
        open_page(l);
    if (l->line.len > room_in_page(l)) {
        strbuf_truncate(&l->line, room_in_page(l) - 1);
        strbuf_addch(&l->line, '\n');
    }
    strbuf_addn(&l->text, l->line.text, l->line.len);
}

/* ---- fields: printf's %s %d %u %x, the numbers also with l or ll, and no other, several times as fast: a request writes a
 * dozen numbers, and formatting them would cost more than simulating it */

/* The conversion at f (behind the %); how many characters it has. */
static size_t add_field(struct strbuf *b, const char *f, va_list *args)
{
    size_t longs = f[0] != 'l' ? 0 : f[1] != 'l' ? 1 : 2; /* l and ll are 64 bits alike */

    switch (f[longs]) {
    case 's':
        strbuf_add(b, va_arg(*args, const char *));
        break;
    case 'd':
        add_signed(b, longs ? va_arg(*args, int64_t) : va_arg(*args, int32_t));
        break;
    case 'u':
        add_number(b, longs ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t), 10);
        break;
    case 'x':
        add_number(b, longs ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t), 16);
        break;
    default:
        abort();
    }
    return longs + 1;
}

static void add_fields(struct strbuf *b, const char *format, va_list *args)
{
    for (; *format; format++) {
        if (*format == '%')
            format += add_field(b, format + 1, args);
        else
            strbuf_addch(b, *format);
    }
}

static void blank_controls(struct strbuf *b)
{
    for (size_t i = 0; i < b->len; i++) {
        uint8_t c = (uint8_t)b->text[i];

        if (c < 0x20 || c == 0x7f)
            b->text[i] = ' ';
    }
}

void ledger_add(struct rt *rt, enum ledger_line line, const char *format, ...)
{
    struct ledger *l = rt->ledger;
    va_list args;

    if (!l || !rt->tracer || rt->tracer->state == TRACER_ENDED)
        return;
    strbuf_reset(&l->line);
    strbuf_add(&l->line, ledger_keywords[line]);
    strbuf_addch(&l->line, ' ');
    va_start(args, format);
    add_fields(&l->line, format, &args);
    va_end(args);
    blank_controls(&l->line);
    strbuf_addch(&l->line, '\n');
    add_line(l);
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

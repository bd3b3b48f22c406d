#include "runtime/trace/ledger.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "format/events.h"
#include "runtime/sched/g.h"
#include "runtime/trace/tracer.h"

#define LONGEST_NUMBER 20 /* digits */

/* A line in the making. What does not fit a page is cut. Behind that is room for a number and the newline,
 * so that a field looks only once whether the line is full. */
struct line {
    char text[TRACE_MAX_STRING + LONGEST_NUMBER + 1];
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

static void add_to_page(struct ledger *l, struct line *line)
{
    if (l->starts.len == 0 || line->len + 1 > room_in_page(l))
        open_page(l);
    if (line->len + 1 > room_in_page(l))
        line->len = room_in_page(l) - 1;
    line->text[line->len++] = '\n';
    strbuf_addn(&l->text, line->text, line->len);
}

/* ---- fields: printf's %s %d %u %x, the numbers also with l or ll, and no other */

static inline bool full(const struct line *line)
{
    return line->len >= TRACE_MAX_STRING;
}

static inline void add_char(struct line *line, char c)
{
    if (!full(line))
        line->text[line->len++] = c;
}

static inline unsigned decimal_digits(uint64_t n)
{
    unsigned count = 1;

    for (; n >= 10000; n /= 10000)
        count += 4;
    return count + (n >= 10) + (n >= 100) + (n >= 1000);
}

/* Most numbers are a single digit, or a time; of those, two digits at a time. */
static inline void add_decimal(struct line *line, uint64_t n)
{
    static const char pairs[] = "0001020304050607080910111213141516171819202122232425262728293031323334"
                                "3536373839404142434445464748495051525354555657585960616263646566676869"
                                "707172737475767778798081828384858687888990919293949596979899";

    if (full(line))
        return;
    line->len += n < 10 ? 1 : decimal_digits(n);
    char *at = line->text + line->len;

    for (; n >= 10; n /= 100) {
        at -= 2;
        memcpy(at, pairs + 2 * (n % 100), 2);
        if (n < 100)
            return;
    }
    at[-1] = (char)('0' + n);
}

static void add_hex(struct line *line, uint64_t n)
{
    unsigned shift = 0;

    while (n >> shift > 15)
        shift += 4;
    for (; !full(line); shift -= 4) {
        add_char(line, "0123456789abcdef"[n >> shift & 15]);
        if (shift == 0)
            break;
    }
}

static void add_signed(struct line *line, int64_t n)
{
    if (n < 0)
        add_char(line, '-');
    add_decimal(line, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
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
        add_decimal(line, longs ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t));
        break;
    case 'x':
        add_hex(line, longs ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t));
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
}

static void add_to_line(struct rt *rt, const char *format, va_list *args)
{
    struct ledger *l = open_ledger(rt);

    if (!l)
        return;
    add_char(&l->line, ' ');
    add_fields(&l->line, format, args);
}

void ledger_fields(struct rt *rt, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_to_line(rt, format, &args);
    va_end(args);
}

void ledger_number_list(struct rt *rt, const int64_t *numbers, size_t count)
{
    struct ledger *l = open_ledger(rt);

    for (size_t i = 0; l && i < count; i++) {
        add_char(&l->line, ' ');
        add_signed(&l->line, numbers[i]);
    }
}

void ledger_hex(struct rt *rt, uint64_t n)
{
    struct ledger *l = open_ledger(rt);

    if (!l)
        return;
    add_char(&l->line, ' ');
    add_hex(&l->line, n);
}

void ledger_amount(struct rt *rt, int64_t amount)
{
    if (amount % LEDGER_UNIT == 0)
        ledger_numbers(rt, amount / LEDGER_UNIT);
    else
        ledger_fields(rt, "%" PRId64 "+%" PRId64, amount / LEDGER_UNIT, amount % LEDGER_UNIT);
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

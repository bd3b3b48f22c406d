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

static void open_page(struct ledger *l)
{
    vec_push(&l->starts, l->text.len);
    strbuf_addf(&l->text, LEDGER_MAGIC "%llu\n", (unsigned long long)l->next_page);
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
    strbuf_vaddf(&l->line, format, args);
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

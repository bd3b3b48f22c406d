#include "grader/reader/print.h"

#include <inttypes.h>
#include <string.h>

#include "grader/reader/plain.h"

static void print_plain(FILE *out, struct trace_text t)
{
    for (size_t i = 0; i < t.length;) {
        size_t n = plain_char(t.text + i, t.length - i);

        if (n)
            fwrite(t.text + i, 1, n, out);
        else
            fputc('?', out);
        i += n ? n : 1;
    }
}

static void print_text(FILE *out, struct trace_text t)
{
    fputc('"', out);
    print_plain(out, t);
    fputc('"', out);
}

static void print_string(const struct trace_printer *p, uint32_t id)
{
    print_text(p->out, reader_string(p->reader, id));
}

/* "g17", or "g-" for none, and a blank. */
static void print_id(FILE *out, char kind, uint64_t id)
{
    if (id == UINT64_MAX)
        fprintf(out, "%c- ", kind);
    else
        fprintf(out, "%c%" PRIu64 " ", kind, id);
}

static void print_stack(const struct trace_printer *p, const char *title, uint32_t id)
{
    struct trace_stack stack = reader_stack(p->reader, id);

    if (!p->stacks || !stack.count)
        return;
    fprintf(p->out, "    %s\n", title);
    for (uint32_t i = 0; i < stack.count; i++) {
        struct trace_frame f = reader_frame(p->reader, stack.frames[i]);
        fputs("        ", p->out);
        print_plain(p->out, reader_string(p->reader, f.func));
        fputc(' ', p->out);
        print_plain(p->out, reader_string(p->reader, f.file));
        fprintf(p->out, ":%" PRIu64 "\n", f.line);
    }
}

static const char *resource_name(enum trace_resource resource)
{
    return resource == TRACE_PROC ? "proc" : "goroutine";
}

static void print_sync(const struct trace_printer *p, const struct trace_event *e)
{
    fprintf(p->out, " %" PRIu64, e->sync.n);
    if (e->generation)
        fprintf(p->out, ", generation %" PRIu64, e->generation);
    if (e->sync.has_clock)
        fprintf(p->out, ", mono %" PRIu64 " ns, wall %" PRIu64 ".%09" PRIu64 " s", e->sync.mono, e->sync.sec,
                e->sync.nsec);
}

static void print_transition(const struct trace_printer *p, const struct trace_event *e)
{
    fprintf(p->out, " %s %" PRIu64 " %s -> %s", resource_name(e->transition.resource), e->transition.id,
            trace_state_names[e->transition.from], trace_state_names[e->transition.to]);
    if (e->transition.reason) {
        fputc(' ', p->out);
        print_string(p, e->transition.reason);
    }
}

static void print_range(const struct trace_printer *p, const struct trace_event *e)
{
    fprintf(p->out, " %s", range_names[e->range.name]);
    if (e->range.kind) {
        fputc(' ', p->out);
        print_string(p, e->range.kind);
    }
    if (e->range.scope != TRACE_GLOBAL)
        fprintf(p->out, " of %s %" PRIu64, resource_name(e->range.scope), e->range.id);
    if (e->wire == EV_GC_SWEEP_END)
        fprintf(p->out, ", swept %" PRIu64 " bytes, reclaimed %" PRIu64, e->range.swept, e->range.reclaimed);
}

static void print_task(const struct trace_printer *p, const struct trace_event *e)
{
    fprintf(p->out, " %" PRIu64 " ", e->task.id);
    print_string(p, e->task.name);
    if (e->task.parent != TRACE_NO_TASK)
        fprintf(p->out, " of task %" PRIu64, e->task.parent);
}

static void print_details(const struct trace_printer *p, const struct trace_event *e)
{
    switch (e->kind) {
    case TRACE_SYNC:
        print_sync(p, e);
        break;
    case TRACE_METRIC:
        fprintf(p->out, " %s %" PRIu64, metric_names[e->metric.metric], e->metric.value);
        break;
    case TRACE_LABEL:
        fputc(' ', p->out);
        print_string(p, e->label.label);
        break;
    case TRACE_RANGE_BEGIN:
    case TRACE_RANGE_ACTIVE:
    case TRACE_RANGE_END:
        print_range(p, e);
        break;
    case TRACE_TASK_BEGIN:
    case TRACE_TASK_END:
        print_task(p, e);
        break;
    case TRACE_REGION_BEGIN:
    case TRACE_REGION_END:
        fputc(' ', p->out);
        print_string(p, e->region.name);
        fprintf(p->out, " in task %" PRIu64, e->region.task);
        break;
    case TRACE_LOG:
        fputc(' ', p->out);
        print_string(p, e->log.category);
        fputc(' ', p->out);
        print_text(p->out, e->log.message);
        fprintf(p->out, " in task %" PRIu64, e->log.task);
        break;
    case TRACE_TRANSITION:
        print_transition(p, e);
        break;
    case TRACE_EXPERIMENTAL:
        fprintf(p->out, " %s", event_spec(e->wire)->name);
        break;
    case TRACE_LEDGER_PAGE:
        fprintf(p->out, " of %zu bytes", e->page.length);
        break;
    case TRACE_SAMPLE:
    case TRACE_KIND_COUNT:
        break;
    }
}

/* A page is lines of text, whatever they say. */
static void print_page(FILE *out, struct trace_text page)
{
    const char *end = page.text + page.length;

    for (const char *line = page.text, *next; line < end; line = next + 1) {
        next = memchr(line, '\n', (size_t)(end - line));
        next = next ? next : end;
        fputs("    ", out);
        print_plain(out, (struct trace_text){line, (size_t)(next - line)});
        fputc('\n', out);
    }
}

void trace_print_event(struct trace_printer *p, const struct trace_event *e)
{
    if (!p->started) {
        p->started = true;
        p->start = e->time;
    }
    int64_t since = (int64_t)((uint64_t)e->time - (uint64_t)p->start);
    fprintf(p->out, "%" PRId64 ".%06d ms  ", since / 1000000, (int)(since % 1000000));
    print_id(p->out, 'm', e->thread);
    print_id(p->out, 'p', e->proc);
    print_id(p->out, 'g', e->goroutine);
    fprintf(p->out, " %s", trace_kind_names[e->kind]);
    print_details(p, e);
    if (p->offsets)
        fprintf(p->out, "  # 0x%" PRIx64, e->offset);
    fputc('\n', p->out);
    print_stack(p, "stack", e->stack);
    if (e->kind == TRACE_TRANSITION && e->transition.stack != e->stack)
        print_stack(p, "its stack", e->transition.stack);
    if (e->kind == TRACE_LEDGER_PAGE)
        print_page(p->out, e->page);
}

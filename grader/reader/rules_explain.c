/* Why an event is too early, in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "grader/reader/rules.h"

/* ", its sequence number is 3", or why it has none. */
static void describe_sequence(const struct order *o, struct sequence seq, char out[64])
{
    if (seq.generation == o->gen->number)
        snprintf(out, 64, ", its sequence number is %" PRIu64, seq.n);
    else
        snprintf(out, 64, ", not stated in this generation");
}

static void describe_g(const struct order *o, uint64_t id, char out[160])
{
    const struct g_state *g = state_g(&o->state, id);
    char seq[64];

    if (!g) {
        snprintf(out, 160, "goroutine %" PRId64 " is not known", (int64_t)id);
        return;
    }
    describe_sequence(o, g->seq, seq);
    snprintf(out, 160, "goroutine %" PRId64 " is %s%s", (int64_t)id, g_status_name(g->status), seq);
}

static void describe_p(const struct order *o, uint64_t id, char out[160])
{
    const struct p_state *p = state_p(&o->state, id);
    char seq[64];

    if (!p) {
        snprintf(out, 160, "proc %" PRId64 " is not known", (int64_t)id);
        return;
    }
    describe_sequence(o, p->seq, seq);
    snprintf(out, 160, "proc %" PRId64 " is %s%s", (int64_t)id, p_status_name(p->status), seq);
}

/* What an event that is too early waits for. */
static void describe_obstacle(const struct order *o, const struct cursor *c, char out[160])
{
    uint64_t held = c->m ? c->m->p : TRACE_NO_PROC;

    switch (c->wire.no) {
    case EV_PROC_START:
        if (held != TRACE_NO_PROC) {
            snprintf(out, 160, "the thread still holds proc %" PRId64, (int64_t)held);
            break;
        }
        /* fall through */
    case EV_PROC_STEAL:
        describe_p(o, c->wire.arg[1], out);
        break;
    case EV_GO_SYSCALL_END_BLOCKED:
        describe_p(o, held, out);
        break;
    case EV_GC_ACTIVE:
    case EV_GC_BEGIN:
    case EV_GC_END:
        snprintf(out, 160, "the GC's sequence number is %" PRIu64, o->state.gc_seq);
        break;
    default:
        describe_g(o, c->wire.arg[1], out);
    }
}

/* The arguments of an event but its dt: " g=2 g_seq=1". */
static void describe_arguments(const struct cursor *c, char out[200])
{
    const char *name = c->wire.spec->args + strlen("dt");
    size_t n = 0;

    out[0] = '\0';
    for (int i = 1; i < c->wire.spec->argc; i++) {
        int length = (int)strcspn(name + 1, " ") + 1;
        n += (size_t)snprintf(out + n, 200 - n, "%.*s=%" PRIu64, length, name, c->wire.arg[i]);
        name += length;
    }
}

void rule_explain(struct order *o, const struct cursor *c, struct trace_error *err)
{
    char obstacle[160], thread[40] = "no thread", arguments[200];

    describe_obstacle(o, c, obstacle);
    describe_arguments(c, arguments);
    if (c->thread != TRACE_NO_THREAD)
        snprintf(thread, sizeof(thread), "thread %" PRIu64, c->thread);
    trace_error_note(err, "%s at 0x%" PRIx64 ": %s%s: %s", thread, c->offset, c->wire.spec->name, arguments,
                     obstacle);
}

/* seal.c: the life of the tracer and of its generations.
 *
 * In the file a generation is, in this order:
 *
 *     the runtime's own texts       as it opens: an abandoned trace always ends inside a generation
 *     full batches of the threads   as they fill up
 *     their last batches            by id of the M
 *     statuses                      of everything that had no event, on no thread
 *     stacks, strings, ledger pages
 *     frequency                     last: a generation has one exactly if it is complete */
#include "runtime/trace/tracer.h"

#define NS_PER_SECOND 1000000000

struct tracer *trace_new(struct rt *rt, int64_t generation_period)
{
    struct tracer *t = xcalloc(1, sizeof(*t));

    t->rt = rt;
    t->period = generation_period;
    return t;
}

static void forget_batches(struct tracer *t)
{
    for (size_t i = 0; i < t->threads.len; i++) {
        if (t->threads.data[i])
            batch_drop(t, t->threads.data[i]);
    }
}

void trace_free(struct tracer *t)
{
    if (!t)
        return;
    forget_batches(t);
    for (size_t i = 0; i < t->threads.len; i++)
        free(t->threads.data[i]);
    for (size_t i = 0; i < t->blocks.len; i++)
        free(t->blocks.data[i]);
    vec_free(&t->threads);
    vec_free(&t->blocks);
    tables_release(&t->tables);
    free(t);
}

/* ---- opening */

/* The P that m holds, or the one that is still its own while it is in a system call. */
static struct p *held(const struct m *m)
{
    struct p *p = m->p ? m->p : m->call_p;

    return p && p->m == m ? p : NULL;
}

/* States the P that m holds and the G it is busy with: a status that binds them to m must be on m's
 * own stream, and the P's comes first. */
static void state_holder(struct tracer *t, struct m *m)
{
    struct p *p = held(m);

    if (!p)
        return;
    bool calls = p->state == P_SYSCALL;

    write_p_status(t, stream(t, m), p, calls ? WIRE_P_SYSCALL : WIRE_P_RUNNING);
    if (!m->g)
        return;
    write_g_status(t, stream(t, m), m->g, m, calls ? WIRE_G_SYSCALL : WIRE_G_RUNNING);
    if (!calls)
        write_owed(t, stream(t, m));
}

/* Events go past their instant by a nanosecond each, so that the next generation may have to begin
 * a little later than now. Not at 0, which readers take for "no time". */
static int64_t opening_time(const struct tracer *t)
{
    int64_t at = t->rt->now;

    for (size_t i = 0; i < t->threads.len; i++) {
        if (t->threads.data[i] && at < t->threads.data[i]->last)
            at = t->threads.data[i]->last;
    }
    return at > 0 ? at : 1;
}

static void open_generation(struct tracer *t)
{
    t->generation++;
    t->opened = opening_time(t);
    t->owes_procs = true;
    tables_reset(&t->tables);
    tables_write_strings(t);
    for (uint32_t i = 0; i < t->rt->n_m; i++)
        state_holder(t, t->rt->allm[i]);
    t->opened_with = t->events;
}

/* ---- sealing */

static void close_threads(struct tracer *t)
{
    for (size_t i = 0; i < t->threads.len; i++) {
        if (t->threads.data[i])
            batch_close(t, t->threads.data[i]);
    }
}

static void state_g(struct tracer *t, struct trace_buffer *b, struct g *g)
{
    switch ((enum g_state)g->state) {
    case G_RUNNABLE:
        write_g_status(t, b, g, NULL, WIRE_G_RUNNABLE);
        break;
    case G_WAITING:
        write_g_status(t, b, g, NULL, WIRE_G_WAITING);
        break;
    case G_SYSCALL:
        write_g_status(t, b, g, g->m, WIRE_G_SYSCALL);
        break;
    case G_RUNNING: /* stated as the generation opened */
    case G_IDLE:
    case G_DEAD:
        break;
    }
}

static void write_rest(struct tracer *t)
{
    struct trace_buffer b = {0};
    uint32_t n_p = t->rt->allp ? t->rt->set.gomaxprocs : 0;

    for (uint32_t i = 0; i < n_p; i++)
        write_p_status(t, &b, &t->rt->allp[i], WIRE_P_IDLE);
    for (uint32_t i = 0; i < t->rt->n_g; i++)
        state_g(t, &b, t->rt->allg[i]);
    batch_close(t, &b);
}

static void write_frequency(struct tracer *t)
{
    struct trace_buffer b = {.lead = EV_FREQUENCY};

    batch_end(&b, varint_put(batch_room(t, &b, VARINT_MAX_BYTES), NS_PER_SECOND));
    batch_close(t, &b);
}

static void seal_generation(struct tracer *t)
{
    close_threads(t);
    write_rest(t);
    tables_write_stacks(t);
    tables_write_strings(t);
    tables_write_ledger(t);
    write_frequency(t);
}

/* ---- what the simulation calls */

void trace_start(struct rt *rt)
{
    static const char header[TRACE_HEADER_BYTES] = "go 1.22 trace";
    struct tracer *t = rt->tracer;

    batch_emit(t, header, sizeof(header));
    t->state = TRACER_OPEN;
    open_generation(t);
}

void trace_due(struct rt *rt)
{
    struct tracer *t = recording(rt);

    if (!t || rt->now - t->opened < t->period || t->events == t->opened_with || rt->stopping)
        return;
    seal_generation(t);
    open_generation(t);
}

void trace_stop(struct rt *rt)
{
    struct tracer *t = recording(rt);

    if (!t)
        return;
    seal_generation(t);
    t->state = TRACER_ENDED;
}

void trace_abandon(struct rt *rt)
{
    struct tracer *t = recording(rt);

    if (!t)
        return;
    forget_batches(t);
    t->state = TRACER_ENDED;
}

bool trace_on(const struct rt *rt)
{
    return recording(rt) != NULL;
}

uint64_t trace_events(const struct rt *rt)
{
    return rt->tracer ? rt->tracer->events : 0;
}

uint64_t trace_bytes(const struct rt *rt)
{
    return rt->tracer ? rt->tracer->bytes : 0;
}

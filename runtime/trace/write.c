/* write.c: the events that the scheduler and the collector cause. */
#include "runtime/trace/tracer.h"

/* The longest event: its type, its time and the most arguments there are. */
#define EVENT_ROOM (1 + TRACE_MAX_ARGS * VARINT_MAX_BYTES)

void write_event(struct tracer *t, struct trace_buffer *b, enum event_no no, const uint64_t *args,
                 size_t n)
{
    int64_t at = b->m ? now(b->m) : t->opened;
    uint8_t *to = batch_room(t, b, EVENT_ROOM);

    /* A step is one instant, but no two events of a thread are at the same time. */
    if (at <= b->last)
        at = b->last + 1;
    *to++ = (uint8_t)no;
    to = varint_put(to, (uint64_t)(at - b->last));
    for (size_t i = 0; i < n; i++)
        to = varint_put(to, args[i]);
    b->last = at;
    batch_end(b, to);
    t->events++;
}

/* ---- statuses */

/* False if this generation has stated the resource; else it counts as stated from now on. */
static bool take_stamp(const struct tracer *t, struct trace_stamp *stamp)
{
    if (stamp->generation == t->generation)
        return false;
    stamp->generation = t->generation;
    stamp->seq = 0;
    return true;
}

void write_p_status(struct tracer *t, struct trace_buffer *b, struct p *p,
                    enum wire_p_status status)
{
    if (!take_stamp(t, &p->stamp))
        return;
    write_event(t, b, EV_PROC_STATUS, ARGS(p->id, status));
    if (p->stamp.in_range)
        write_event(t, b, EV_GC_SWEEP_ACTIVE, ARGS(p->id));
}

void write_g_status(struct tracer *t, struct trace_buffer *b, struct g *g, const struct m *m,
                    enum wire_g_status status)
{
    if (!take_stamp(t, &g->stamp))
        return;
    write_event(t, b, EV_GO_STATUS, ARGS(g->id, wire_thread(m), status));
    if (g->stamp.in_range)
        write_event(t, b, EV_GC_MARK_ASSIST_ACTIVE, ARGS(g->id));
}

void write_owed(struct tracer *t, struct trace_buffer *b)
{
    if (!t->owes_procs)
        return;
    t->owes_procs = false;
    write_event(t, b, EV_PROCS_CHANGE, ARGS(t->rt->set.gomaxprocs, TRACE_NO_STACK));
    if (t->marking)
        write_event(t, b, EV_GC_ACTIVE, ARGS(++t->gc_seq));
}

/* ---- Ps */

void trace_proc_start(struct m *m, struct p *p)
{
    struct tracer *t = recording(m->rt);

    if (!t)
        return;
    struct trace_buffer *b = stream(t, m);

    write_p_status(t, b, p, WIRE_P_IDLE);
    if (m->g) /* comes back from a system call */
        write_g_status(t, b, m->g, m, WIRE_G_SYSCALL);
    write_event(t, b, EV_PROC_START, ARGS(p->id, ++p->stamp.seq));
}

void trace_proc_stop(struct m *m)
{
    struct tracer *t = recording(m->rt);

    if (t)
        write_event(t, stream(t, m), EV_PROC_STOP, NO_ARGS);
}

void trace_proc_steal(struct m *m, struct p *p, struct m *owner)
{
    struct tracer *t = recording(m->rt);

    if (t)
        write_event(t, stream(t, m), EV_PROC_STEAL,
                    ARGS(p->id, ++p->stamp.seq, wire_thread(owner)));
}

/* ---- goroutines */

void trace_go_create(struct m *m, struct g *child)
{
    struct tracer *t = recording(m->rt);

    child->stamp = (struct trace_stamp){0};
    if (!t)
        return;
    take_stamp(t, &child->stamp);

    uint64_t entry = tables_entry(&t->tables, child);
    uint64_t stack = tables_stack(&t->tables, m->g, LEAF_NONE);

    write_event(t, stream(t, m), EV_GO_CREATE, ARGS(child->id, entry, stack));
}

void trace_go_start(struct m *m, struct g *g)
{
    struct tracer *t = recording(m->rt);

    if (!t)
        return;
    struct trace_buffer *b = stream(t, m);

    write_g_status(t, b, g, NULL, WIRE_G_RUNNABLE);
    write_event(t, b, EV_GO_START, ARGS(g->id, ++g->stamp.seq));
    write_owed(t, b);
}

/* An event with a text of the runtime's own and the stack of m's goroutine. */
static void write_reason(struct tracer *t, struct m *m, enum event_no no, uint64_t reason,
                         enum leaf leaf)
{
    uint64_t stack = tables_stack(&t->tables, m->g, leaf);

    write_event(t, stream(t, m), no, ARGS(reason, stack));
}

void trace_go_stop(struct m *m, enum stop_reason why, enum leaf leaf)
{
    struct tracer *t = recording(m->rt);

    if (t)
        write_reason(t, m, EV_GO_STOP, t->tables.stop[why], leaf);
}

void trace_go_block(struct m *m, enum block_reason why, enum leaf leaf)
{
    struct tracer *t = recording(m->rt);

    if (t)
        write_reason(t, m, EV_GO_BLOCK, t->tables.block[why], leaf);
}

void trace_go_unblock(struct m *m, struct g *g, enum leaf leaf)
{
    struct tracer *t = recording(m->rt);

    if (!t)
        return;
    struct trace_buffer *b = stream(t, m);
    uint64_t stack = tables_stack(&t->tables, m->g, leaf);

    write_g_status(t, b, g, NULL, WIRE_G_WAITING);
    write_event(t, b, EV_GO_UNBLOCK, ARGS(g->id, ++g->stamp.seq, stack));
}

void trace_go_destroy(struct m *m)
{
    struct tracer *t = recording(m->rt);

    if (t)
        write_event(t, stream(t, m), EV_GO_DESTROY, NO_ARGS);
}

/* ---- system calls */

void trace_syscall_begin(struct m *m, enum leaf leaf)
{
    struct tracer *t = recording(m->rt);

    if (!t)
        return;
    uint64_t stack = tables_stack(&t->tables, m->g, leaf);

    write_event(t, stream(t, m), EV_GO_SYSCALL_BEGIN, ARGS(++m->p->stamp.seq, stack));
}

void trace_syscall_end(struct m *m)
{
    struct tracer *t = recording(m->rt);

    if (!t)
        return;
    write_event(t, stream(t, m), EV_GO_SYSCALL_END, NO_ARGS);
    write_owed(t, stream(t, m));
}

void trace_syscall_end_blocked(struct m *m)
{
    struct tracer *t = recording(m->rt);

    if (!t)
        return;
    struct trace_buffer *b = stream(t, m);

    write_g_status(t, b, m->g, m, WIRE_G_SYSCALL);
    write_event(t, b, EV_GO_SYSCALL_END_BLOCKED, NO_ARGS);
}

/* ---- ranges and metrics */

void trace_stw_begin(struct m *m, enum stw_kind kind, enum leaf leaf)
{
    struct tracer *t = recording(m->rt);

    if (t)
        write_reason(t, m, EV_STW_BEGIN, t->tables.stw[kind], leaf);
}

void trace_stw_end(struct m *m)
{
    struct tracer *t = recording(m->rt);

    if (t)
        write_event(t, stream(t, m), EV_STW_END, NO_ARGS);
}

/* What is in progress is noted with recording off as well, since a trace may start in its midst. */

void trace_gc_begin(struct m *m, enum leaf leaf)
{
    struct tracer *t = recording(m->rt);

    if (m->rt->tracer)
        m->rt->tracer->marking = true;
    if (t)
        write_reason(t, m, EV_GC_BEGIN, ++t->gc_seq, leaf);
}

void trace_gc_end(struct m *m)
{
    struct tracer *t = recording(m->rt);

    if (m->rt->tracer)
        m->rt->tracer->marking = false;
    if (t)
        write_event(t, stream(t, m), EV_GC_END, ARGS(++t->gc_seq));
}

void trace_sweep_begin(struct m *m)
{
    struct tracer *t = recording(m->rt);

    m->p->stamp.in_range = true;
    if (t)
        write_event(t, stream(t, m), EV_GC_SWEEP_BEGIN,
                    ARGS(tables_stack(&t->tables, m->g, LEAF_SWEEP)));
}

void trace_sweep_end(struct m *m, int64_t swept, int64_t reclaimed)
{
    struct tracer *t = recording(m->rt);

    m->p->stamp.in_range = false;
    if (t)
        write_event(t, stream(t, m), EV_GC_SWEEP_END, ARGS((uint64_t)swept, (uint64_t)reclaimed));
}

void trace_assist_begin(struct m *m)
{
    struct tracer *t = recording(m->rt);

    m->g->stamp.in_range = true;
    if (t)
        write_event(t, stream(t, m), EV_GC_MARK_ASSIST_BEGIN,
                    ARGS(tables_stack(&t->tables, m->g, LEAF_GC_ASSIST)));
}

void trace_assist_end(struct m *m)
{
    struct tracer *t = recording(m->rt);

    m->g->stamp.in_range = false;
    if (t)
        write_event(t, stream(t, m), EV_GC_MARK_ASSIST_END, NO_ARGS);
}

void trace_heap(struct m *m, int64_t live)
{
    struct tracer *t = recording(m->rt);

    if (t)
        write_event(t, stream(t, m), EV_HEAP_ALLOC, ARGS((uint64_t)live));
}

void trace_heap_goal(struct m *m, int64_t goal)
{
    struct tracer *t = recording(m->rt);

    if (t)
        write_event(t, stream(t, m), EV_HEAP_GOAL, ARGS((uint64_t)goal));
}

void trace_label(struct m *m, enum gc_label label)
{
    struct tracer *t = recording(m->rt);

    if (t)
        write_event(t, stream(t, m), EV_GO_LABEL, ARGS(t->tables.label[label]));
}

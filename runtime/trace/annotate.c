/* annotate.c: tasks, regions and logs, as Go's runtime/trace package writes them. */
#include "runtime/trace/tracer.h"

uint64_t trace_new_task_id(struct rt *rt)
{
    return at_add(rt, &rt->n_tasks, 1);
}

void trace_task_begin(struct m *m, uint64_t task, uint64_t parent, const char *name)
{
    struct tracer *t = recording(m->rt);

    if (!t)
        return;
    uint64_t name_id = tables_string(&t->tables, name);
    uint64_t stack = tables_stack(&t->tables, m->g, LEAF_NEW_TASK);

    write_event(t, stream(t, m), EV_USER_TASK_BEGIN, ARGS(task, parent, name_id, stack));
}

void trace_task_end(struct m *m, uint64_t task)
{
    struct tracer *t = recording(m->rt);

    if (!t)
        return;
    uint64_t stack = tables_stack(&t->tables, m->g, LEAF_END_TASK);

    write_event(t, stream(t, m), EV_USER_TASK_END, ARGS(task, stack));
}

static void write_region(struct m *m, enum event_no no, uint64_t task, const char *name,
                         enum leaf leaf)
{
    struct tracer *t = recording(m->rt);

    if (!t)
        return;
    uint64_t name_id = tables_string(&t->tables, name);
    uint64_t stack = tables_stack(&t->tables, m->g, leaf);

    write_event(t, stream(t, m), no, ARGS(task, name_id, stack));
}

void trace_region_begin(struct m *m, uint64_t task, const char *name)
{
    write_region(m, EV_USER_REGION_BEGIN, task, name, LEAF_START_REGION);
}

void trace_region_end(struct m *m, uint64_t task, const char *name)
{
    write_region(m, EV_USER_REGION_END, task, name, LEAF_END_REGION);
}

void trace_log(struct m *m, uint64_t task, const char *category, const char *message)
{
    struct tracer *t = recording(m->rt);

    if (!t)
        return;
    uint64_t category_id = tables_string(&t->tables, category);
    uint64_t message_id = tables_string(&t->tables, message);
    uint64_t stack = tables_stack(&t->tables, m->g, LEAF_LOG);

    write_event(t, stream(t, m), EV_USER_LOG, ARGS(task, category_id, message_id, stack));
}

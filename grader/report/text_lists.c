/* Lists: the slowest requests, every region. */
#include <stdlib.h>
#include <string.h>

#include "grader/report/page.h"
#include "grader/report/table.h"

#define SLOWEST 20

/* ---- requests ------------------------------------------------------------------------------- */

struct slow {
    uint32_t index;
    int64_t time;
};

static int slowest_first(const void *a, const void *b)
{
    const struct slow *x = a;
    const struct slow *y = b;

    if (x->time != y->time)
        return x->time < y->time ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

/* "sync block 428 ms, network block 3.1 ms": the largest two */
static void add_parts(struct strbuf *out, const int64_t split[CAT_STATES])
{
    int last = -1;

    for (int shown = 0; shown < 2; shown++) {
        char text[UNITS_MAX];
        int most = -1;

        for (int c = 0; c < CAT_STATES; c++)
            if (c != last && split[c] > 0 && (most < 0 || split[c] > split[most]))
                most = c;
        if (most < 0)
            return;
        strbuf_addf(out, "%s%s %s", shown ? ", " : "", category_names[most],
                    units_duration_text(text, split[most]));
        last = most;
    }
}

static void add_request(const struct page *p, struct table *t, uint32_t load, const struct slow *s)
{
    const struct fact_load *l = &p->a->facts.loads.data[load];
    const struct fact_request *r = facts_request(&p->a->facts, load, s->index);
    int64_t split[CAT_STATES];
    struct strbuf parts = STRBUF_INIT;
    struct strbuf attrs = STRBUF_INIT;
    char at[UNITS_MAX], took[UNITS_MAX];

    request_split(p->a, load, s->index, split);
    add_parts(&parts, split);
    tell_attributes(&attrs, l, r);
    table_cell(t, "%s %u", l->name, s->index);
    table_cell(t, "%s", moment_text(p, at, r->arrived));
    table_cell(t, "%s", units_duration_text(took, s->time));
    table_cell(t, "%s", r->status ? r->status : "never");
    table_cell(t, "G%llu", (unsigned long long)(r->replier ? r->replier : r->handler));
    table_cell(t, "%s", parts.text);
    table_cell(t, "%s", attrs.text);
    strbuf_release(&parts);
    strbuf_release(&attrs);
}

static void add_slowest(const struct page *p, uint32_t load)
{
    const struct fact_load *l = &p->a->facts.loads.data[load];
    VEC(struct slow) all = {0};
    struct table t = TABLE("lrrlrll");

    for (uint32_t i = 0; i < l->requests.len; i++) {
        const struct fact_request *r = facts_request(&p->a->facts, load, i);

        if (r && request_counts(p->a, r))
            vec_push(&all, ((struct slow){i, request_time(p->a, r)}));
    }
    if (all.len)
        qsort(all.data, all.len, sizeof all.data[0], slowest_first);
    if (all.len > SLOWEST)
        page_heading(p, "the slowest %d of %zu requests of %s", SLOWEST, all.len, l->name);
    else
        page_heading(p, "the requests of %s, the slowest first", l->name);
    table_row(&t, "request", "arrived", "took", "answer", "goroutine", "mostly", "attributes");
    for (size_t i = 0; i < all.len && i < SLOWEST; i++)
        add_request(p, &t, load, &all.data[i]);
    table_end(&t, p->out);
    vec_free(&all);
}

void page_requests(const struct page *p)
{
    for (uint32_t l = 0; l < p->a->facts.loads.len; l++)
        if (page_shows(p, l))
            add_slowest(p, l);
}

/* ---- regions -------------------------------------------------------------------------------- */

static const struct task *task_of(const struct analysis *a, const struct idmap *by_id, uint64_t id)
{
    uint64_t index;

    return idmap_get(by_id, id, &index) ? &a->tasks.data[index] : NULL;
}

static void add_task_cell(const struct page *p, struct table *t, const struct idmap *tasks, uint64_t id)
{
    const struct task *task = task_of(p->a, tasks, id);

    if (!is_attributed(id))
        table_cell(t, "%s", "none");
    else
        table_cell(t, "%s %llu",
                   task ? analysis_string(p->a, task->name) : "begun earlier:", (unsigned long long)id);
}

static void add_region(const struct page *p, struct table *t, const struct idmap *tasks,
                       const struct region *r)
{
    char text[UNITS_MAX];

    table_cell(t, "%s", analysis_string(p->a, r->name));
    add_task_cell(p, t, tasks, r->task);
    table_cell(t, "%s", r->begin < 0 ? "elsewhere" : moment_text(p, text, r->begin));
    if (r->begin >= 0 && r->end >= 0)
        table_cell(t, "%s", units_duration_text(text, r->end - r->begin));
    else
        table_cell(t, "%s", r->end < 0 ? "never ended" : "");
    table_cell(t, "G%llu", (unsigned long long)(r->begin < 0 ? r->end_g : r->begin_g));
    table_cell(t, "%s", stack_site(p->a, r->stack));
}

static void add_open_tasks(const struct page *p)
{
    struct table t = TABLE("lrrl");
    int rows = 0;

    for (size_t i = 0; i < p->a->tasks.len; i++) {
        const struct task *task = &p->a->tasks.data[i];
        char at[UNITS_MAX];

        if (task->end >= 0)
            continue;
        if (rows++ == 0)
            table_row(&t, "task", "begun", "goroutine", "where");
        table_cell(&t, "%s %llu", analysis_string(p->a, task->name), (unsigned long long)task->id);
        table_cell(&t, "%s", moment_text(p, at, task->begin));
        table_cell(&t, "G%llu", (unsigned long long)task->begin_g);
        table_cell(&t, "%s", stack_site(p->a, task->stack));
    }
    if (rows == 0)
        return;
    page_heading(p, "tasks that never ended");
    table_end(&t, p->out);
}

void page_regions(const struct page *p)
{
    struct idmap tasks = {0};
    struct table t = TABLE("llrrrl");

    for (size_t i = 0; i < p->a->tasks.len; i++)
        idmap_put(&tasks, p->a->tasks.data[i].id, i);
    page_heading(p, "regions");
    table_row(&t, "region", "task", "begun", "took", "goroutine", "where");
    for (size_t i = 0; i < p->a->regions.len; i++)
        add_region(p, &t, &tasks, &p->a->regions.data[i]);
    table_end(&t, p->out);
    add_open_tasks(p);
    idmap_release(&tasks);
}

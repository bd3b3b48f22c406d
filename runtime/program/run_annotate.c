/* Tasks, regions, logs and contexts. */
#include "base/strbuf.h"
#include "base/units.h"
#include "runtime/program/run.h"
#include "runtime/trace/trace.h"

static struct value context_value(struct context *ctx)
{
    return (struct value){.tag = VALUE_CONTEXT, .ref = &ctx->h};
}

/* The context that a step derives from. False after a panic. */
static bool eval_parent(struct exec *x, struct context **parent)
{
    if (!eval_context(x, x->i->d, parent))
        return false;
    if ((*parent)->depth < DERIVED_MAX)
        return true;
    begin_panic(x, "runtime: out of memory: a million contexts, each derived from the one before");
    return false;
}

/* ---- tasks */

/* Begins a task and binds the context that carries it. 0 after a panic. */
static uint64_t task_begin(struct exec *x)
{
    struct context *parent;
    uint64_t task;

    if (!eval_parent(x, &parent))
        return 0;
    task = trace_new_task_id(x->m->rt);
    charge(x->m, COST_ANNOTATE, 1);
    trace_task_begin(x->m, task, parent->task, x->p->texts[x->i->of]);
    bind(x, x->i->slot, context_value(context_with_task(x->m, parent, task)));
    return task;
}

void task_end(struct exec *x, uint64_t task)
{
    charge(x->m, COST_ANNOTATE, 1);
    trace_task_end(x->m, task);
}

int ins_TASK(struct exec *x)
{
    uint64_t task = task_begin(x);

    if (!task)
        return PANIC;
    record_push(x, x->i->n)->task = task;
    return DONE;
}

int ins_TASK_END(struct exec *x)
{
    task_end(x, record_take(x, x->i->n).task);
    return DONE;
}

int ins_START_TASK(struct exec *x)
{
    return task_begin(x) ? DONE : PANIC;
}

int ins_END_TASK(struct exec *x)
{
    struct context *ctx;

    if (!eval_context(x, x->i->a, &ctx))
        return PANIC;
    if (ctx->task)
        task_end(x, ctx->task);
    else
        detect_misuse(x->m, "end-task-without-task", site_here(x), NULL);
    return DONE;
}

/* ---- regions: a stack on each goroutine, of which all that is kept is its height */

static bool region_begin(struct exec *x, uint64_t *task)
{
    struct context *ctx;

    if (!eval_context(x, x->i->d, &ctx))
        return false;
    charge(x->m, COST_ANNOTATE, 1);
    *task = ctx->task;
    x->g->regions++;
    trace_region_begin(x->m, ctx->task, x->p->texts[x->i->of]);
    return true;
}

/* Records the end as Go records it, wherever it happens; readers of Go traces refuse one that does not
 * fit the innermost open region of its goroutine. */
static void end_at(struct exec *x, uint64_t task, uint32_t depth, const char *name)
{
    if (x->g->regions != depth)
        detect_misuse(x->m, "region-ended-out-of-order", site_here(x), NULL);
    if (x->g->regions > 0)
        x->g->regions--;
    charge(x->m, COST_ANNOTATE, 1);
    trace_region_end(x->m, task, name);
}

void region_end(struct exec *x, const struct record *r, const char *name)
{
    end_at(x, r->region.task, r->region.depth, name);
}

int ins_REGION(struct exec *x)
{
    uint64_t task;

    if (!region_begin(x, &task))
        return PANIC;
    struct record *r = record_push(x, x->i->n);

    r->region.task = (uint32_t)task;
    r->region.depth = x->g->regions;
    return DONE;
}

int ins_REGION_END(struct exec *x)
{
    struct record r = record_take(x, x->i->n);

    region_end(x, &r, x->p->texts[x->p->code[r.pc].of]);
    return DONE;
}

int ins_START_REGION(struct exec *x)
{
    uint64_t task;

    if (!region_begin(x, &task))
        return PANIC;
    bind(x, x->i->slot,
         region_new(x->m->rt, task, x->p->texts[x->i->of], x->g->regions, deed_here(x, "begun")));
    return DONE;
}

int ins_END_REGION(struct exec *x)
{
    struct region *r;
    struct value v;

    if (!eval_ref(x, x->i->a, KIND_REGION, &v))
        return PANIC;
    r = region_of(v);
    bool twice = r->ended.what, elsewhere = r->begun.g != x->g->id;

    if (twice)
        detect_misuse(x->m, "region-ended-twice", site_here(x), &r->ended);
    else if (elsewhere)
        detect_misuse(x->m, "region-ended-elsewhere", site_here(x), &r->begun);
    end_at(x, r->task, twice || elsewhere ? x->g->regions : r->depth, r->name);
    r->ended = deed_here(x, "ended");
    return DONE;
}

/* ---- logs */

static void add_value(struct strbuf *b, struct value v)
{
    struct expr_value value = value_to_expr(v);
    bool shows = value.type != EXPR_REF && value.type != EXPR_ANY;
    char text[UNITS_MAX];

    strbuf_add(b, shows ? expr_value_text(text, value) : kind_name(value_kind(v)));
}

int ins_LOG(struct exec *x)
{
    struct strbuf message = STRBUF_INIT;
    struct context *ctx;
    struct value v;

    if (!eval_context(x, x->i->d, &ctx) || !eval_value(x, x->i->a, &v))
        return PANIC;
    strbuf_add(&message, x->p->texts[x->i->list]);
    if (v.tag != VALUE_NONE) {
        strbuf_add(&message, message.len ? " " : "");
        add_value(&message, v);
    }
    charge(x->m, COST_ANNOTATE, 1);
    trace_log(x->m, ctx->task, x->p->texts[x->i->of], message.text);
    strbuf_release(&message);
    return DONE;
}

/* ---- contexts */

/* Binds a derived context; the reference returned is another, since `as: _` keeps none. NULL: a panic. */
static struct context *derive(struct exec *x)
{
    struct context *parent, *ctx;

    if (!eval_parent(x, &parent))
        return NULL;
    ctx = context_derive(x->m, parent, true);
    handle_keep(x->m->rt, &ctx->h);
    bind(x, x->i->slot, context_value(ctx));
    return ctx;
}

int ins_CONTEXT(struct exec *x)
{
    struct context *ctx = derive(x);

    if (!ctx)
        return PANIC;
    record_push(x, x->i->n)->ref = &ctx->h;
    return DONE;
}

int ins_CONTEXT_END(struct exec *x)
{
    struct record r = record_take(x, x->i->n);
    int end = context_cancel(x->m, x->g, (struct context *)r.ref);

    handle_drop(x->m->rt, r.ref);
    return end;
}

int ins_DERIVE(struct exec *x)
{
    struct context *ctx = derive(x);

    if (!ctx)
        return PANIC;
    handle_drop(x->m->rt, &ctx->h);
    return DONE;
}

int ins_CANCEL(struct exec *x)
{
    struct value v;

    if (!eval_ref(x, x->i->a, KIND_CONTEXT, &v))
        return PANIC;
    if (context_of_value(v)->canceller != context_of_value(v))
        return begin_panic(x, "%s cannot be cancelled: it was not made by `context`",
                           operand_name(x, x->i->a));
    return context_cancel(x->m, x->g, context_of_value(v));
}

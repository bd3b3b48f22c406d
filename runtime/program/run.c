/* The interpreter: one step of a goroutine of a program. */
#include <string.h>

#include "runtime/program/run.h"

/* An endless loop without a real step must give its M back now and then. */
#define RUN_ON_MAX 64

static const instruction instructions[OP_CODE_COUNT] = {
#define OP(sym, what) [OP_CODE_##sym] = ins_##sym,
    OPS(OP)
#undef OP
};

/* The instruction is over: the next one finds a fresh operation record. */
static enum end step_over(struct exec *x)
{
    memset(&x->g->op, 0, sizeof x->g->op);
    return DONE;
}

static uint8_t op_under_way(const struct body *b)
{
    return b->top ? b->top->fn->program->code[b->top->pc].op : OP_CODE_NOWHERE;
}

/* Calls `see` for each value that the operation under way holds. */
static void each_operand(struct g *g, void (*see)(void *context, struct value *v), void *context)
{
    uint8_t op = op_under_way(g->body);

    if (op == OP_CODE_SEND || op == OP_CODE_RECV)
        see(context, &g->op.chan.value);
    for (uint16_t i = 0; op == OP_CODE_SELECT && g->op.select.cases && i < g->op.select.n; i++)
        see(context, &g->op.select.cases[i].value);
}

static void drop_operand(void *context, struct value *v)
{
    value_drop(context, v);
}

/* The instruction has panicked: drops what it held, and then all deferred steps find a fresh record. */
static int unwind(struct exec *x)
{
    each_operand(x->g, drop_operand, x->m->rt);
    step_over(x);
    return frame_panic(x);
}

static enum end run_instructions(struct m *m, struct g *g)
{
    struct body *b = g->body;
    struct exec x = {.m = m, .g = g, .b = b, .f = b->top, .p = m->rt->program};

    for (int n = 0; n < RUN_ON_MAX; n++) {
        int end;

        x.i = &x.p->code[x.f->pc];
        end = instructions[x.i->op](&x);
        while (end == PANIC)
            end = unwind(&x);
        switch (end) {
        case RUN_NEXT:
            x.f->pc++;
            /* fallthrough */
        case RUN_ON:
            charge(m, COST_INSTRUCTION, 1);
            break;
        case DONE:
            x.f->pc++;
            /* fallthrough */
        case JUMPED:
            return step_over(&x);
        case UNCAUGHT:
            return PANIC;
        default:
            return (enum end)end;
        }
    }
    return step_over(&x);
}

/* The cost of a step is CPU time that its request needed; marking for the collector is not in it. */
static enum end program_run(struct m *m, struct g *g)
{
    enum end end = run_instructions(m, g);

    if (g->hand)
        world_cpu_used(m, g, m->cost);
    return end;
}

static struct site program_site(const struct g *g)
{
    const struct body *b = g->body;

    if (b->top)
        return (struct site){b->top->path, b->top->pc};
    return b->panic ? b->panic->site : g->entry;
}

static void program_bury(struct rt *rt, struct g *g)
{
    struct body *b = g->body;

    each_operand(g, drop_operand, rt);
    if (op_under_way(b) == OP_CODE_SELECT)
        cases_free(rt, &b->top->fn->program->code[b->top->pc], &g->op.select);
    if (op_under_way(b) == OP_CODE_NET)
        outside_abandon(rt, &g->op.outside);
    body_free(rt, g, b);
    g->body = NULL;
    if (rt->world)
        world_release(rt, g->hand);
}

struct seer {
    void (*see)(void *context, struct handle *h);
    void *context;
};

static void see_operand(void *context, struct value *v)
{
    const struct seer *s = context;

    value_refs(*v, s->see, s->context);
}

static void program_refs(struct g *g, void (*see)(void *context, struct handle *h), void *context)
{
    struct seer seer = {see, context};

    each_operand(g, see_operand, &seer);
    wait_refs(g, see, context);
    body_refs(g->body, see, context);
}

const struct g_kind program_kind = {
    .name = "program",
    .run = program_run,
    .site = program_site,
    .bury = program_bury,
    .refs = program_refs,
};

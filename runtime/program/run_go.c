/* Goroutines: go statements, closures, and the handlers of requests. */
#include "runtime/program/run.h"

static struct g *start(struct m *m, const struct program *p, struct body *b, uint32_t function)
{
    struct g *g = spawn(m, &program_kind, b, (struct site){0, p->functions[function].entry});

    if (m->rt->world)
        world_hold(m->rt, g->hand);
    return g;
}

/* `in: WG` is WaitGroup.Go: one more now, and done when the function has returned. */
static int join_waitgroup(struct exec *x, struct body *b)
{
    struct value wg;

    if (!eval_ref(x, x->i->a, KIND_WAITGROUP, &wg))
        return PANIC;
    if (waitgroup_add(x->m, x->g, (struct waitgroup *)wg.ref, 1, LEAF_WG_DONE) == PANIC)
        return PANIC;
    handle_keep(x->m->rt, wg.ref);
    record_at_return(b, PC_WAITGROUP_GO, (struct record){.ref = wg.ref});
    return DONE;
}

static int start_prepared(struct exec *x, struct body *b, bool good)
{
    int end = good ? DONE : PANIC;

    if (end == DONE && OPERAND_HOW(x->i->a) != OPERAND_NONE)
        end = join_waitgroup(x, b);
    if (end == DONE)
        start(x->m, x->p, b, x->i->of);
    else
        body_discard(x->m->rt, b);
    return end;
}

static struct body *prepare(const struct exec *x)
{
    return body_new(x->m->rt, x->p, x->i->of, OPERAND_HOW(x->i->a) != OPERAND_NONE);
}

int ins_GO(struct exec *x)
{
    struct body *b = prepare(x);
    uint32_t n = x->p->functions[x->i->of].n_params;

    return start_prepared(x, b, pass_arguments(x, x->i->list, n, first_frame(b)));
}

int ins_GO_CLOSURE(struct exec *x)
{
    const struct function_code *fn = &x->p->functions[x->i->of];
    struct body *b = prepare(x);

    for (uint32_t i = 0; i < fn->n_captures; i++) {
        struct value *from = slot_of(x, fn->captures[i][0]);

        first_frame(b)->cells[fn->captures[i][1]].value = value_copy(x->m->rt, *from);
    }
    return start_prepared(x, b, true);
}

/* ---- serving */

/* The world starts the handler of a request: handle(ctx, r). */
static struct g *start_handler(struct m *m, void *context, uint32_t function, uint64_t hand)
{
    const struct process *process = context;
    const struct program *p = process->program;
    struct body *b = body_new(m->rt, p, function, true);
    struct activation *f = first_frame(b);
    struct value ctx = {.tag = VALUE_CONTEXT, .ref = &process->background->h};

    f->cells[0].value = value_copy(m->rt, ctx);
    f->cells[1].value = world_request_value(m->rt, hand);
    record_at_return(b, PC_HANDLER, (struct record){.hand = hand});
    return start(m, p, b, function);
}

struct server program_server(struct process *process)
{
    return (struct server){.start = start_handler, .context = process};
}

int ins_SERVE(struct exec *x)
{
    return op_serve(x->m, x->g, &x->g->op.serve, &x->p->loads[x->i->list], x->i->n,
                    &x->m->rt->process->server);
}

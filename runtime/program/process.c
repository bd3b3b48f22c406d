/* A program in one simulation: what is made before `main` and dropped at the end. */
#include "base/mem.h"
#include "runtime/program/run.h"

/* The main goroutine works the sizes out; if one cannot be, it will begin with that panic. */
static void make_globals(struct rt *rt, struct body *main)
{
    const struct program *p = rt->program;
    struct m m = {.rt = rt};
    struct exec x = {.m = &m, .b = main, .f = main->top, .p = p};

    for (uint32_t i = 0; i < p->n_objects; i++) {
        int64_t n;

        if (!eval_object_size(&x, &p->objects[i], &n))
            return;
        rt->process->globals[i] = object_new(rt, &p->objects[i], n, true);
    }
}

struct program_main program_boot(struct rt *rt, const struct program *p)
{
    struct process *process = xcalloc(1, sizeof *process);
    struct body *main = body_new(rt, p, p->main, false);

    rt->program = p;
    rt->process = process;
    process->program = p;
    process->globals = xcalloc(p->n_objects, sizeof *process->globals);
    process->background = context_background(rt);
    process->server = program_server(process);
    make_globals(rt, main);
    for (uint32_t i = 0; i < p->n_splits; i++)
        world_split(rt, p->splits[i].state, p->splits[i].parts);
    return (struct program_main){
        .kind = &program_kind, .body = main, .entry = {0, p->functions[p->main].entry}};
}

void program_end(struct rt *rt)
{
    struct process *process = rt->process;

    if (!process)
        return;
    chan_empty_all(rt);
    for (uint32_t i = 0; i < process->program->n_objects; i++)
        value_drop(rt, &process->globals[i]);
    handle_drop(rt, &process->background->h);
    free(process->globals);
    free(process);
    rt->process = NULL;
}

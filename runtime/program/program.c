/* From text to program, and what others ask a program. */
#include "runtime/program/program.h"

#include "runtime/program/compile.h"

static bool read_tree(struct tree *t, const struct source *src)
{
    size_t errors = t->diags->errors;
    const struct yaml_node *root = yaml_parse(t->arena, src, t->diags);

    return root && tree_load(t, root) && tree_check(t) && t->diags->errors == errors;
}

struct program *program_load(const struct source *src, const struct world_def *world, struct diags *diags)
{
    struct arena arena = {0};
    struct tree t = {.arena = &arena, .diags = diags, .world = world};
    struct program *p = read_tree(&t, src) ? tree_compile(&t, src) : NULL;

    if (p)
        p->own_world = t.own_world;
    else if (t.own_world)
        world_def_free(t.own_world);
    tree_release(&t);
    arena_release(&arena);
    return p;
}

void program_free(struct program *p)
{
    if (!p)
        return;
    if (p->own_world)
        world_def_free(p->own_world);
    arena_release(&p->arena);
    free(p);
}

const char *program_name(const struct program *p)
{
    return p->name;
}

const char *program_digest(const struct program *p)
{
    return p->digest;
}

const struct world_def *program_world(const struct program *p)
{
    return p->world;
}

struct program_settings program_settings(const struct program *p)
{
    return p->settings;
}

static void name_frame(void *context, uint32_t pc, struct frame *out)
{
    const struct program *p = context;
    const struct place *place = &p->places[pc < p->n_code ? pc : 0];

    out->func = p->functions[place->function].name;
    out->file = p->file;
    out->line = place->line;
}

struct symbols program_symbols(const struct program *p)
{
    return (struct symbols){.context = (void *)(uintptr_t)p, .frame = name_frame};
}

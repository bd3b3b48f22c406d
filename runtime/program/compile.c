/* The checked tree as a program: a table of how each verb is compiled, functions, and the end product. */
#include "runtime/program/compile.h"

#include <string.h>

/* Verbs that need no more than their object and a count. */
static const enum op_code plain[VERB_COUNT] = {
    [VERB_SLEEP] = OP_CODE_SLEEP,
    [VERB_YIELD] = OP_CODE_YIELD,
    [VERB_LOCK] = OP_CODE_LOCK,
    [VERB_UNLOCK] = OP_CODE_UNLOCK,
    [VERB_RLOCK] = OP_CODE_RLOCK,
    [VERB_RUNLOCK] = OP_CODE_RUNLOCK,
    [VERB_ACQUIRE] = OP_CODE_ACQUIRE,
    [VERB_RELEASE] = OP_CODE_RELEASE,
    [VERB_ADD] = OP_CODE_ADD,
    [VERB_DONE] = OP_CODE_DONE,
    [VERB_WAIT] = OP_CODE_WAIT,
    [VERB_CLOSE] = OP_CODE_CLOSE,
    [VERB_CANCEL] = OP_CODE_CANCEL,
    [VERB_END_TASK] = OP_CODE_END_TASK,
    [VERB_END_REGION] = OP_CODE_END_REGION,
};

/* The others. Cases belong to their select; what is for a later version was refused. */
static void (*const compilers[VERB_COUNT])(struct compiler *c, const struct step *s) = {
    [VERB_CPU] = compile_cpu,
    [VERB_ALLOC] = compile_alloc,
    [VERB_READ] = compile_access,
    [VERB_WRITE] = compile_access,
    [VERB_NET] = compile_outside,
    [VERB_SYSCALL] = compile_outside,
    [VERB_REPLY] = compile_reply,
    [VERB_GET] = compile_pool,
    [VERB_PUT] = compile_pool,
    [VERB_GO] = compile_go,
    [VERB_CALL] = compile_call,
    [VERB_TRYLOCK] = compile_trylock,
    [VERB_SEND] = compile_send,
    [VERB_RECV] = compile_recv,
    [VERB_RANGE] = compile_range,
    [VERB_SELECT] = compile_select,
    [VERB_CONTEXT] = compile_context,
    [VERB_IF] = compile_if,
    [VERB_REPEAT] = compile_repeat,
    [VERB_WHILE] = compile_while,
    [VERB_LET] = compile_let,
    [VERB_DEFER] = compile_defer,
    [VERB_RETURN] = compile_leave,
    [VERB_BREAK] = compile_leave,
    [VERB_CONTINUE] = compile_leave,
    [VERB_TASK] = compile_task,
    [VERB_START_TASK] = compile_start_task,
    [VERB_REGION] = compile_region,
    [VERB_START_REGION] = compile_start_region,
    [VERB_LOG] = compile_log,
    [VERB_SERVE] = compile_serve,
};

void compile_block(struct compiler *c, const struct block *block)
{
    uint32_t line = c->line;

    for (size_t i = 0; i < block->n; i++) {
        const struct step *s = block->steps[i];

        c->line = s->span.line;
        if (plain[s->verb])
            compile_object(c, s, plain[s->verb]);
        else
            compilers[s->verb](c, s);
    }
    c->line = line;
}

/* ---- functions */

static const struct object_code *compile_objects(struct compiler *c, const struct object *objects, size_t n)
{
    struct object_code *out = arena_array(&c->p->arena, n, sizeof(*out));

    for (size_t i = 0; i < n; i++) {
        out[i] = (struct object_code){.kind = objects[i].kind,
                                      .array = objects[i].array,
                                      .slot = (uint16_t)objects[i].slot,
                                      .size = compile_value(c, objects[i].size)};
        out[i].name = arena_strdup(&c->p->arena, objects[i].name);
    }
    return out;
}

static void fill_captures(struct compiler *c, const struct function *fn, struct function_code *out)
{
    uint16_t(*captures)[2] = arena_array(&c->p->arena, fn->captures.len, sizeof(*captures));

    for (size_t i = 0; i < fn->captures.len; i++) {
        captures[i][0] = (uint16_t)fn->captures.data[i].from;
        captures[i][1] = (uint16_t)fn->captures.data[i].to;
    }
    out->captures = (const uint16_t(*)[2])captures;
    out->n_captures = (uint16_t)fn->captures.len;
}

static void fill_slot_names(struct compiler *c, const struct function *fn, struct function_code *out)
{
    const char **names = arena_array(&c->p->arena, c->n_slots, sizeof(*names));
    size_t own = fn->slots.len;

    for (size_t i = 0; i < c->n_slots; i++)
        names[i] = arena_strdup(&c->p->arena, i < own ? fn->slots.data[i].name : c->hidden.data[i - own]);
    vec_clear(&c->hidden);
    out->slot_names = names;
    out->n_slots = c->n_slots;
}

static void compile_function(struct compiler *c, const struct function *fn, struct function_code *out)
{
    c->fn = fn;
    c->line = fn->span.line;
    c->records = c->kept_records = c->max_records = 0;
    c->n_slots = 0;
    for (size_t i = 0; i < fn->slots.len; i++)
        code_slot_for(c, "");
    vec_clear(&c->hidden);
    *out = (struct function_code){.program = c->p,
                                  .name = arena_strdup(&c->p->arena, fn->name),
                                  .line = fn->span.line,
                                  .n_params = (uint16_t)fn->n_params,
                                  .n_objects = (uint16_t)fn->n_objects};
    out->objects = compile_objects(c, fn->objects, fn->n_objects);
    out->entry = code_here(c);
    code_emit(c, OP_CODE_ENTER)->of = fn->number;
    compile_block(c, &fn->body);
    code_emit(c, OP_CODE_RETURN);
    out->n_records = c->max_records;
    fill_slot_names(c, fn, out);
    fill_captures(c, fn, out);
}

/* ---- the program */

#define KEEP(c, field)                                                                                       \
    ((c)->p->field = arena_array(&(c)->p->arena, (c)->field.len, sizeof(*(c)->field.data)),                  \
     copy((void *)(c)->p->field, (c)->field.data, (c)->field.len * sizeof(*(c)->field.data)),                \
     vec_free(&(c)->field))

static void copy(void *to, const void *from, size_t size)
{
    if (size)
        memcpy(to, from, size);
}

static void keep_tables(struct compiler *c)
{
    c->p->n_code = code_here(c);
    KEEP(c, code);
    KEEP(c, places);
    KEEP(c, consts);
    KEEP(c, values);
    KEEP(c, names);
    KEEP(c, texts);
    KEEP(c, formulas);
    KEEP(c, formula_steps);
    KEEP(c, elements);
    KEEP(c, cases);
    KEEP(c, loads);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void keep_splits(struct program *p, const struct tree *t)
{
    struct split_code *splits = arena_array(&p->arena, t->splits.len, sizeof(*splits));

    for (size_t i = 0; i < t->splits.len; i++)
        splits[i] = (struct split_code){t->splits.data[i].state, t->splits.data[i].parts};
    p->splits = splits;
    p->n_splits = (uint32_t)t->splits.len;
}

static void compile_functions(struct compiler *c)
{
    struct tree *t = c->t;
    struct function_code *functions = arena_array(&c->p->arena, t->functions.len, sizeof(*functions));

    c->fn = t->main;
    code_emit(c, OP_CODE_NOWHERE);
    code_emit(c, OP_CODE_WAITGROUP_GO);
    code_emit(c, OP_CODE_HANDLER);
    c->p->objects = compile_objects(c, t->objects, t->n_objects);
    c->p->n_objects = (uint32_t)t->n_objects;
    for (size_t i = 0; i < t->functions.len; i++)
        compile_function(c, t->functions.data[i], &functions[i]);
    c->p->functions = functions;
    c->p->main = t->main->number;
}

struct program *tree_compile(struct tree *t, const struct source *src)
{
    struct program *p = xcalloc(1, sizeof(*p));
    struct compiler c = {.t = t, .p = p, .good = true};

    p->name = arena_strdup(&p->arena, t->name);
    p->file = arena_strdup(&p->arena, last_part(src->name));
    p->settings = t->settings;
    p->world = t->world;
    sha256_hex(p->digest, src->text, src->len);
    compile_functions(&c);
    vec_free(&c.hidden);
    keep_tables(&c);
    keep_splits(p, t);
    if (c.good)
        return p;
    arena_release(&p->arena);
    free(p);
    return NULL;
}

/* Frames and records: calls, deferred steps, blocks that end by themselves, panics. */
#include <string.h>

#include "runtime/held.h"
#include "runtime/program/run.h"
#include "runtime/sync/sync.h"

static size_t frame_size(const struct function_code *fn, uint16_t n_more)
{
    return sizeof(struct activation) + ((size_t)fn->n_slots + fn->n_records + n_more) * sizeof(union cell);
}

static void frame_init(struct activation *f, const struct function_code *fn, uint16_t n_more)
{
    f->fn = fn;
    f->pc = fn->entry;
    f->n_more = n_more;
}

struct body *body_new(struct rt *rt, const struct program *p, uint32_t function, bool record)
{
    const struct function_code *fn = &p->functions[function];
    struct body *b = held_new(rt, sizeof *b + frame_size(fn, record));

    b->top = first_frame(b);
    frame_init(b->top, fn, record);
    return b;
}

/* All frames are gone. */
static void body_end(struct rt *rt, struct body *b)
{
    const struct activation *first = first_frame(b);

    held_free(rt, b, sizeof *b + frame_size(first->fn, first->n_more));
}

/* ---- records */

/* Records with a place of their own. */
static uint32_t n_own(const struct activation *f)
{
    return f->fn->n_records + f->n_more;
}

static struct record *record_at(struct activation *f, uint32_t number)
{
    if (number < n_own(f))
        return &f->cells[f->fn->n_slots + number].record;
    return &f->extra->records[number - n_own(f)];
}

struct record *record_push(struct exec *x, uint32_t number)
{
    struct record *r = record_at(x->f, number);

    *r = (struct record){.pc = x->f->pc, .prev = x->f->open};
    x->f->open = number + 1;
    return r;
}

static size_t extra_size(const struct extra *e)
{
    return e ? sizeof *e + e->cap * sizeof e->records[0] : 0;
}

static struct extra *extra_grow(struct rt *rt, struct extra *old)
{
    struct extra as = {.n = old ? old->n : 0, .cap = old ? 2 * old->cap : 8};
    struct extra *e = held_new(rt, extra_size(&as));

    if (old)
        memcpy(e, old, extra_size(old));
    *e = as;
    held_free(rt, old, extra_size(old));
    return e;
}

struct record *record_more(struct exec *x)
{
    struct activation *f = x->f;
    struct extra *e = f->extra;
    struct record *r;

    if (!e || e->n == e->cap)
        e = f->extra = extra_grow(x->m->rt, e);
    r = &e->records[e->n++];
    *r = (struct record){.pc = f->pc, .prev = f->open};
    f->open = n_own(f) + e->n;
    return r;
}

/* The newest record is taken out. */
static struct record record_pop(struct activation *f)
{
    struct record r = *record_at(f, f->open - 1);

    if (f->extra && f->open == n_own(f) + f->extra->n)
        f->extra->n--;
    f->open = r.prev;
    return r;
}

struct record record_take(struct exec *x, uint32_t number)
{
    struct record *r = record_at(x->f, number);
    uint32_t *link = &x->f->open;

    while (*link != number + 1)
        link = &record_at(x->f, *link - 1)->prev;
    *link = r->prev;
    return *r;
}

void record_at_return(struct body *b, uint32_t pc, struct record r)
{
    struct activation *f = first_frame(b);

    r.pc = pc;
    r.prev = 0;
    *record_at(f, f->fn->n_records) = r;
    f->open = f->fn->n_records + 1u;
}

/* ---- calls */

int frame_push(struct exec *x, uint32_t function)
{
    const struct function_code *fn = &x->p->functions[function];
    struct activation *f;

    if (x->f->depth == DEPTH_MAX)
        return fatal(x->m, "runtime: stack overflow");
    f = held_new(x->m->rt, frame_size(fn, 0));
    frame_init(f, fn, 0);
    f->up = x->f;
    f->depth = (uint16_t)(x->f->depth + 1) & 0x3fff;
    f->path = site_call(x->m->rt, site_here(x));
    x->f = x->b->top = f;
    charge(x->m, COST_CALL, 1);
    return RUN_ON;
}

static void frame_free(struct rt *rt, struct activation *f)
{
    for (uint32_t i = 0; i < f->fn->n_slots; i++) {
        if (f->cells[i].value.tag >= VALUE_HANDLE)
            value_drop(rt, &f->cells[i].value);
    }
    held_free(rt, f->extra, extra_size(f->extra));
    if (f->up)
        held_free(rt, f, frame_size(f->fn, 0));
}

int frame_drop(struct exec *x)
{
    struct activation *f = x->f;

    x->f = x->b->top = f->up;
    frame_free(x->m->rt, f);
    return PANIC;
}

/* Puts arguments that were kept in a list into the frame just pushed. */
static void unpack(struct exec *x, struct handle *arguments)
{
    struct list *l = (struct list *)arguments;

    for (uint32_t i = 0; l && i < l->n; i++) {
        x->f->cells[i].value = l->items[i];
        l->items[i] = (struct value){0};
    }
    if (l)
        handle_drop(x->m->rt, arguments);
}

/* Does what the newest record says. DONE: on to the next one. */
static int work_off(struct exec *x)
{
    struct record r = record_pop(x->f);
    const struct ins *i = &x->p->code[r.pc];
    int end;

    switch (i->op) {
    case OP_CODE_TASK:
        task_end(x, r.task);
        return DONE;
    case OP_CODE_REGION:
        region_end(x, &r, x->p->texts[i->of]);
        return DONE;
    case OP_CODE_CONTEXT:
        context_cancel(x->m, x->g, (struct context *)r.ref);
        handle_drop(x->m->rt, r.ref);
        return DONE;
    case OP_CODE_DEFER:
        x->f->leaving = 0;
        x->f->pc = r.pc + 1;
        return RUN_ON;
    case OP_CODE_DEFER_CALL:
        end = frame_push(x, i->of);
        if (end == RUN_ON)
            unpack(x, r.ref);
        return end;
    case OP_CODE_WAITGROUP_GO:
        end = waitgroup_add(x->m, x->g, (struct waitgroup *)r.ref, -1, LEAF_WG_DONE);
        handle_drop(x->m->rt, r.ref);
        return end;
    default:
        world_handler_returned(x->m, r.hand);
        return DONE;
    }
}

/* The last function has been left. */
static int finish(struct exec *x, bool panicking)
{
    x->b->top = NULL;
    if (!panicking)
        return EXIT;
    x->m->panic_text = x->b->panic->text;
    return UNCAUGHT;
}

/* The frame has no records left. RUN_ON: its caller goes on; DONE: its caller is being left too. */
static int pop(struct exec *x)
{
    struct activation *f = x->f, *up = f->up;
    bool panicking = f->panicking;

    frame_free(x->m->rt, f);
    if (!up)
        return finish(x, panicking);
    x->f = x->b->top = up;
    if (panicking)
        up->panicking = up->leaving = 1;
    if (up->leaving)
        return DONE;
    up->pc++;
    return RUN_ON;
}

int frame_leave(struct exec *x)
{
    int end = DONE;

    x->f->leaving = 1;
    while (end == DONE)
        end = x->f->open ? work_off(x) : pop(x);
    return end;
}

int frame_panic(struct exec *x)
{
    if (!x->b->panic)
        begin_panic(x, "%s", x->m->panic_text);
    x->f->panicking = 1;
    return frame_leave(x);
}

/* ---- burial */

static struct handle *record_ref(const struct activation *f, const struct record *r)
{
    switch (f->fn->program->code[r->pc].op) {
    case OP_CODE_CONTEXT:
    case OP_CODE_DEFER_CALL:
    case OP_CODE_WAITGROUP_GO:
        return r->ref;
    default:
        return NULL;
    }
}

static void drop_records(struct rt *rt, struct activation *f)
{
    while (f->open) {
        struct record r = record_pop(f);
        struct handle *ref = record_ref(f, &r);

        if (ref)
            handle_drop(rt, ref);
    }
}

void body_free(struct rt *rt, struct g *g, struct body *b)
{
    if (b->top)
        wait_abandon(rt, g);
    for (struct activation *f = b->top, *up; f; f = up) {
        up = f->up;
        drop_records(rt, f);
        frame_free(rt, f);
    }
    free(b->panic);
    body_end(rt, b);
}

void body_discard(struct rt *rt, struct body *b)
{
    drop_records(rt, b->top);
    frame_free(rt, b->top);
    body_end(rt, b);
}

void body_refs(struct body *b, void (*see)(void *context, struct handle *h), void *context)
{
    for (struct activation *f = b->top; f; f = f->up) {
        for (uint32_t i = 0; i < f->fn->n_slots; i++)
            value_refs(f->cells[i].value, see, context);
        for (uint32_t k = f->open; k; k = record_at(f, k - 1)->prev) {
            struct handle *ref = record_ref(f, record_at(f, k - 1));

            if (ref)
                see(context, ref);
        }
    }
}

/* Control: jumps, loops, names, deferred steps, calls. */
#include "runtime/program/run.h"

int ins_NOWHERE(struct exec *x)
{
    (void)x;
    abort(); /* never reached: sites count from 1 */
}

int ins_WAITGROUP_GO(struct exec *x)
{
    return ins_NOWHERE(x); /* only records refer to it */
}

int ins_HANDLER(struct exec *x)
{
    return ins_NOWHERE(x);
}

/* Memory to be zeroed takes time, the program's and, if it is much, ours. */
static void charge_object(struct m *m, const struct object_code *code, int64_t n)
{
    int64_t bytes = code->kind == KIND_SEMAPHORE && !code->array ? 0 : 16 * n;

    charge(m, COST_ALLOC, 1);
    charge(m, COST_ALLOC_KIB, bytes / 1024);
    at_add(m->rt, &m->rt->effort, (uint64_t)object_size(m->rt, code, n) / 256);
}

static bool make_object(struct exec *x, const struct object_code *code)
{
    int64_t n;

    if (!eval_object_size(x, code, &n))
        return false;
    charge_object(x->m, code, n);
    bind(x, code->slot, object_new(x->m->rt, code, n, false));
    return true;
}

int ins_ENTER(struct exec *x)
{
    const struct function_code *fn = &x->p->functions[x->i->of];

    if (x->b->panic && !x->f->up) /* the objects declared for all could not be made */
        return PANIC;
    for (uint32_t i = 0; i < fn->n_objects; i++) {
        if (!make_object(x, &fn->objects[i]))
            return PANIC;
    }
    return RUN_NEXT;
}

int ins_JUMP(struct exec *x)
{
    x->f->pc = x->i->to;
    return RUN_ON;
}

int ins_UNLESS(struct exec *x)
{
    bool yes;

    if (!eval_truth(x, x->i->a, &yes))
        return PANIC;
    if (yes)
        return RUN_NEXT;
    x->f->pc = x->i->to;
    return RUN_ON;
}

/* The counter of a loop: n is the number of rounds, aux that of those begun. */
int ins_TIMES(struct exec *x)
{
    int64_t n;

    if (!eval_int(x, x->i->a, KIND_NUMBER, 0, &n))
        return PANIC;
    if (n > UINT32_MAX)
        return begin_panic(x, "repeat: %lld is too often", (long long)n);
    *slot_of(x, (uint32_t)x->i->slot) = (struct value){.tag = VALUE_NUMBER, .n = n};
    return RUN_NEXT;
}

int ins_AGAIN(struct exec *x)
{
    struct value *counter = slot_of(x, (uint32_t)x->i->slot);

    if (counter->aux >= counter->n) {
        x->f->pc = x->i->to;
        return RUN_ON;
    }
    bind(x, (int32_t)x->i->of, (struct value){.tag = VALUE_NUMBER, .n = counter->aux});
    counter->aux++;
    return RUN_NEXT;
}

int ins_LET(struct exec *x)
{
    struct value v;

    if (!eval_value(x, x->i->a, &v))
        return PANIC;
    bind(x, x->i->slot, value_copy(x->m->rt, v));
    return RUN_NEXT;
}

/* ---- deferred steps */

/* NULL after the end of the program: a `defer` in a loop that does not end. */
static struct record *new_record(struct exec *x)
{
    if (!(x->i->flags & INS_LOOPS))
        return record_push(x, x->i->n);
    if (x->f->extra && x->f->extra->n == DEFERRED_MAX) {
        fatal(x->m, "runtime: out of memory: a million deferred steps");
        return NULL;
    }
    return record_more(x);
}

int ins_DEFER(struct exec *x)
{
    if (!new_record(x))
        return EXIT;
    charge(x->m, COST_DEFER, 1);
    x->f->pc = x->i->to;
    return RUN_ON;
}

int ins_DEFER_CALL(struct exec *x)
{
    uint32_t n = x->p->functions[x->i->of].n_params;
    struct list *arguments = list_new(x->m->rt, n);
    struct record *r;

    for (uint32_t i = 0; i < n; i++) {
        struct value v;

        if (!eval_value(x, x->p->values[x->i->list + i], &v)) {
            handle_drop(x->m->rt, &arguments->h);
            return PANIC;
        }
        arguments->items[i] = value_copy(x->m->rt, v);
    }
    r = new_record(x);
    if (!r) {
        handle_drop(x->m->rt, &arguments->h);
        return EXIT;
    }
    r->ref = &arguments->h;
    charge(x->m, COST_DEFER, 1);
    return RUN_NEXT;
}

int ins_DEFERRED(struct exec *x)
{
    return frame_leave(x);
}

/* ---- calls */

bool pass_arguments(struct exec *x, uint32_t list, uint32_t n, struct activation *to)
{
    for (uint32_t i = 0; i < n; i++) {
        struct value v;

        if (!eval_value(x, x->p->values[list + i], &v))
            return false;
        to->cells[i].value = value_copy(x->m->rt, v);
    }
    return true;
}

int ins_CALL(struct exec *x)
{
    struct exec caller = *x;
    int end;

    end = frame_push(x, x->i->of);
    if (end != RUN_ON)
        return end;
    if (pass_arguments(&caller, x->i->list, x->p->functions[x->i->of].n_params, x->f))
        return RUN_ON;
    return frame_drop(x);
}

int ins_RETURN(struct exec *x)
{
    return frame_leave(x);
}

/* Locks, semaphores and waitgroups. What an instruction works on is looked up when it begins, since its
 * name (an element's index) might mean something else by the time it goes on. */
#include "runtime/program/run.h"

static bool object(struct exec *x, enum kind want)
{
    struct value v;

    if (x->b->object)
        return true;
    if (!eval_ref(x, x->i->a, want, &v))
        return false;
    x->b->object = v.ref;
    x->b->amount = value_kind(v);
    return true;
}

static struct mutex *mutex_here(const struct exec *x)
{
    return (struct mutex *)x->b->object;
}

static struct rwmutex *rwmutex_here(const struct exec *x)
{
    return (struct rwmutex *)x->b->object;
}

static bool is_rwmutex(const struct exec *x)
{
    return x->b->amount == KIND_RWMUTEX;
}

int ins_LOCK(struct exec *x)
{
    if (!object(x, KIND_MUTEX))
        return PANIC;
    if (is_rwmutex(x))
        return rwmutex_lock(x->m, x->g, rwmutex_here(x), &x->g->op.rwmutex);
    return mutex_lock(x->m, x->g, mutex_here(x), &x->g->op.mutex, LEAF_MUTEX_LOCK);
}

int ins_UNLOCK(struct exec *x)
{
    if (!object(x, KIND_MUTEX))
        return PANIC;
    if (is_rwmutex(x))
        return rwmutex_unlock(x->m, x->g, rwmutex_here(x), &x->g->op.rwmutex);
    return mutex_unlock(x->m, x->g, mutex_here(x), &x->g->op.mutex);
}

int ins_RLOCK(struct exec *x)
{
    if (!object(x, KIND_RWMUTEX))
        return PANIC;
    return rwmutex_rlock(x->m, x->g, rwmutex_here(x), &x->g->op.rwmutex);
}

int ins_RUNLOCK(struct exec *x)
{
    return object(x, KIND_RWMUTEX) ? rwmutex_runlock(x->m, x->g, rwmutex_here(x)) : PANIC;
}

int ins_TRYLOCK(struct exec *x)
{
    bool got;

    if (!object(x, KIND_MUTEX))
        return PANIC;
    got = is_rwmutex(x) ? rwmutex_trylock(x->m, x->g, rwmutex_here(x))
                        : mutex_trylock(x->m, x->g, mutex_here(x));
    if (got)
        return DONE;
    x->f->pc = x->i->to;
    return JUMPED;
}

/* ---- semaphores and waitgroups: an object and a number */

static bool object_and_count(struct exec *x, enum kind want, const char *go)
{
    struct value v;

    if (x->b->object)
        return true;
    if (!eval_ref(x, x->i->a, want, &v) || !eval_int(x, x->i->b, KIND_NUMBER, 1, &x->b->amount))
        return false;
    if (go && x->b->amount < 0) {
        throw(x, "%s: %lld", go, (long long)x->b->amount);
        return false;
    }
    x->b->object = v.ref;
    return true;
}

int ins_ACQUIRE(struct exec *x)
{
    if (!object_and_count(x, KIND_SEMAPHORE, "semaphore: negative count"))
        return PANIC;
    return semaphore_acquire(x->m, x->g, (struct semaphore *)x->b->object, x->b->amount,
                             &x->g->op.semaphore);
}

int ins_RELEASE(struct exec *x)
{
    if (!object_and_count(x, KIND_SEMAPHORE, "semaphore: negative count"))
        return PANIC;
    return semaphore_release(x->m, x->g, (struct semaphore *)x->b->object, x->b->amount);
}

static int waitgroup_adds(struct exec *x, int64_t delta)
{
    return waitgroup_add(x->m, x->g, (struct waitgroup *)x->b->object, delta, LEAF_WG_DONE);
}

int ins_ADD(struct exec *x)
{
    return object_and_count(x, KIND_WAITGROUP, NULL) ? waitgroup_adds(x, x->b->amount) : PANIC;
}

int ins_DONE(struct exec *x)
{
    return object(x, KIND_WAITGROUP) ? waitgroup_adds(x, -1) : PANIC;
}

int ins_WAIT(struct exec *x)
{
    if (!object(x, KIND_WAITGROUP))
        return PANIC;
    return waitgroup_wait(x->m, x->g, (struct waitgroup *)x->b->object, &x->g->op.waitgroup);
}

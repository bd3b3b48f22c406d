/* Locks, semaphores and waitgroups. An instruction that waits looks its operands up again when it goes on:
 * the compiler has seen to it that they are the same. */
#include "runtime/program/run.h"

static struct mutex *mutex_of(struct value v)
{
    return (struct mutex *)v.ref;
}

static struct rwmutex *rwmutex_of(struct value v)
{
    return (struct rwmutex *)v.ref;
}

static struct semaphore *semaphore_of(struct value v)
{
    return (struct semaphore *)v.ref;
}

static struct waitgroup *waitgroup_of(struct value v)
{
    return (struct waitgroup *)v.ref;
}

static bool is_rwmutex(struct value v)
{
    return value_kind(v) == KIND_RWMUTEX;
}

int ins_LOCK(struct exec *x)
{
    struct value v;

    if (!eval_ref(x, x->i->a, KIND_MUTEX, &v))
        return PANIC;
    if (is_rwmutex(v))
        return rwmutex_lock(x->m, x->g, rwmutex_of(v), &x->g->op.rwmutex);
    return mutex_lock(x->m, x->g, mutex_of(v), &x->g->op.mutex, LEAF_MUTEX_LOCK);
}

int ins_UNLOCK(struct exec *x)
{
    struct value v;

    if (!eval_ref(x, x->i->a, KIND_MUTEX, &v))
        return PANIC;
    if (is_rwmutex(v))
        return rwmutex_unlock(x->m, x->g, rwmutex_of(v), &x->g->op.rwmutex);
    return mutex_unlock(x->m, x->g, mutex_of(v), &x->g->op.mutex);
}

int ins_RLOCK(struct exec *x)
{
    struct value v;

    if (!eval_ref(x, x->i->a, KIND_RWMUTEX, &v))
        return PANIC;
    return rwmutex_rlock(x->m, x->g, rwmutex_of(v), &x->g->op.rwmutex);
}

int ins_RUNLOCK(struct exec *x)
{
    struct value v;

    if (!eval_ref(x, x->i->a, KIND_RWMUTEX, &v))
        return PANIC;
    return rwmutex_runlock(x->m, x->g, rwmutex_of(v));
}

int ins_TRYLOCK(struct exec *x)
{
    struct value v;
    bool got;

    if (!eval_ref(x, x->i->a, KIND_MUTEX, &v))
        return PANIC;
    got = is_rwmutex(v) ? rwmutex_trylock(x->m, x->g, rwmutex_of(v)) : mutex_trylock(x->m, x->g, mutex_of(v));
    if (got)
        return DONE;
    x->f->pc = x->i->to;
    return JUMPED;
}

/* ---- semaphores and waitgroups: an object and a number, 1 unless it is said */

static bool eval_semaphore(struct exec *x, struct value *v, int64_t *n)
{
    if (!eval_ref(x, x->i->a, KIND_SEMAPHORE, v) || !eval_int(x, x->i->b, KIND_NUMBER, 1, n))
        return false;
    if (*n < 0)
        begin_panic(x, "semaphore: negative count: %lld", (long long)*n);
    return *n >= 0;
}

int ins_ACQUIRE(struct exec *x)
{
    struct value v;
    int64_t n;

    if (!eval_semaphore(x, &v, &n))
        return PANIC;
    return semaphore_acquire(x->m, x->g, semaphore_of(v), n, &x->g->op.semaphore);
}

int ins_RELEASE(struct exec *x)
{
    struct value v;
    int64_t n;

    return eval_semaphore(x, &v, &n) ? (int)semaphore_release(x->m, x->g, semaphore_of(v), n) : PANIC;
}

int ins_ADD(struct exec *x)
{
    struct value v;
    int64_t n;

    if (!eval_ref(x, x->i->a, KIND_WAITGROUP, &v) || !eval_int(x, x->i->b, KIND_NUMBER, 1, &n))
        return PANIC;
    return waitgroup_add(x->m, x->g, waitgroup_of(v), n, LEAF_WG_DONE);
}

int ins_DONE(struct exec *x)
{
    struct value v;

    if (!eval_ref(x, x->i->a, KIND_WAITGROUP, &v))
        return PANIC;
    return waitgroup_add(x->m, x->g, waitgroup_of(v), -1, LEAF_WG_DONE);
}

int ins_WAIT(struct exec *x)
{
    struct value v;

    if (!eval_ref(x, x->i->a, KIND_WAITGROUP, &v))
        return PANIC;
    return waitgroup_wait(x->m, x->g, waitgroup_of(v), &x->g->op.waitgroup);
}

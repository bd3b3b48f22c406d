/* Work: the CPU, memory, shared data, the outside, answers. */
#include "base/mem.h"
#include "runtime/gc/heap.h"
#include "runtime/program/run.h"

/* ---- the CPU */

/* Uses op->left of CPU: COMPUTE until it has been received, then DONE. */
static int use_cpu(struct exec *x)
{
    struct compute_op *op = &x->g->op.compute;

    if (op->at) {
        op->left -= x->m->ran;
        world_cpu_used(x->m, x->g, x->m->ran);
    }
    if (op->left <= 0)
        return DONE;
    op->at = 1;
    x->m->compute_ns = op->left;
    x->m->uncuttable = (x->i->flags & INS_TIGHT) && !x->m->rt->set.async_preempt;
    return COMPUTE;
}

static void begin_cpu(struct exec *x, int64_t ns)
{
    struct compute_op *op = &x->g->op.compute;

    op->left = ns;
    op->since = now(x->m);
}

int ins_CPU_WORK(struct exec *x)
{
    struct compute_op *op = &x->g->op.compute;
    int64_t amount = x->p->consts[OPERAND_AT(x->i->b)].n;
    int end;

    if (!op->at)
        begin_cpu(x, world_cpu_cost(x->m, x->g, x->i->of, amount));
    end = use_cpu(x);
    if (end == DONE)
        world_cpu_done(x->m, x->g, x->i->of, amount, op->since);
    return end;
}

int ins_CPU_OWN(struct exec *x)
{
    int64_t ns;

    if (!x->g->op.compute.at) {
        if (!eval_length(x, x->i->a, KIND_DURATION, "cpu: a duration below 0", &ns))
            return PANIC;
        begin_cpu(x, ns);
    }
    return use_cpu(x);
}

int ins_SLEEP(struct exec *x)
{
    int64_t ns;

    if (!eval_int(x, x->i->a, KIND_DURATION, 0, &ns))
        return PANIC;
    return op_sleep(x->m, x->g, &x->g->op.sleep, ns);
}

int ins_YIELD(struct exec *x)
{
    if (x->g->op.compute.at)
        return DONE;
    x->g->op.compute.at = 1;
    return yield_to(x->m, false, STOP_GOSCHED, LEAF_GOSCHED);
}

/* ---- memory */

#define ALLOC_MAX (INT64_C(1) << 47) /* Go's address space on 64-bit machines */

static int64_t part_of(int64_t bytes, int64_t num, int64_t den)
{
    return bytes / den * num + bytes % den * num / den;
}

static bool alloc_size(struct exec *x, struct alloc_op *op)
{
    int64_t size, count;

    if (!eval_length(x, x->i->a, KIND_SIZE, "makeslice: len out of range", &size) ||
        !eval_int(x, x->i->b, KIND_NUMBER, 1, &count))
        return false;
    if (count < 0 || __builtin_mul_overflow(size, count, &op->bytes) || op->bytes > ALLOC_MAX) {
        begin_panic(x, "makeslice: len out of range: %lld times %lld B", (long long)count, (long long)size);
        return false;
    }
    if (OPERAND_HOW(x->i->c) != OPERAND_NONE) {
        const struct value *part = &x->p->consts[OPERAND_AT(x->i->c)];

        op->pointers = part_of(op->bytes, part[0].n, part[1].n);
    }
    charge(x->m, COST_ALLOC, count > 1 ? count - 1 : 0); /* one is charged with the memory */
    return true;
}

/* Allocates what the instruction says; sizes are worked out once. */
static int allocate(struct exec *x)
{
    struct alloc_op *op = &x->g->op.alloc;

    if (!op->at && !alloc_size(x, op))
        return PANIC;
    return heap_alloc(x->m, x->g, op);
}

int ins_ALLOC(struct exec *x)
{
    struct alloc_op *op = &x->g->op.alloc;
    int end = allocate(x);

    if (end != DONE)
        return end;
    if (x->i->slot >= 0)
        bind(x, x->i->slot, buffer_new(x->m->rt, op->bytes, op->pointers));
    return DONE;
}

int ins_ALLOC_KEPT(struct exec *x)
{
    struct alloc_op *op = &x->g->op.alloc;
    int end = allocate(x);
    struct value v;
    struct var *keeper;

    if (end != DONE)
        return end;
    if (!eval_ref(x, x->i->d, KIND_VAR, &v))
        return PANIC;
    if (v.tag == VALUE_BUFFER)
        return begin_panic(x, "%s is a buffer where a var is wanted", operand_name(x, x->i->d));
    keeper = (struct var *)v.ref;
    keeper->kept += op->bytes;
    keeper->kept_pointers += op->pointers;
    heap_reach(x->m->rt, op->bytes, op->pointers);
    return DONE;
}

/* ---- pools */

static bool large_enough(struct value v, void *context)
{
    return buffer_of(v)->size >= *(int64_t *)context;
}

static struct value renamed(struct value v)
{
    v.aux = buffer_of(v)->generation;
    return v;
}

int ins_GET(struct exec *x)
{
    struct alloc_op *op = &x->g->op.alloc;
    struct value pool, v;
    int end;

    if (!op->at) {
        if (!eval_ref(x, x->i->a, KIND_POOL, &pool) ||
            !eval_length(x, x->i->b, KIND_SIZE, "makeslice: len out of range", &op->bytes))
            return PANIC;
        if (op->bytes > ALLOC_MAX)
            return begin_panic(x, "makeslice: len out of range: %lld B", (long long)op->bytes);
        v = pool_get(x->m, (struct pool *)pool.ref, large_enough, &op->bytes);
        if (v.tag != VALUE_NONE) {
            bind(x, x->i->slot, renamed(v));
            return DONE;
        }
    }
    end = heap_alloc(x->m, x->g, op);
    if (end == DONE)
        bind(x, x->i->slot, buffer_new(x->m->rt, op->bytes, 0));
    return end;
}

/* The put that made this name of the buffer a stale one; NULL if it is too long ago. */
static const struct deed *ended_by(struct value v)
{
    const struct buffer *b = buffer_of(v);

    return b->generation - v.aux <= PUTS_KEPT ? &b->puts[v.aux % PUTS_KEPT] : NULL;
}

static void note_stale(struct exec *x, struct value v, const char *misuse)
{
    if (buffer_is_stale(v))
        detect_misuse(x->m, misuse, site_here(x), ended_by(v));
}

int ins_PUT(struct exec *x)
{
    struct value pool, v;

    if (!eval_ref(x, x->i->a, KIND_POOL, &pool) || !eval_ref(x, x->i->b, KIND_BUFFER, &v))
        return PANIC;
    note_stale(x, v, "put-twice");
    buffer_put(buffer_of(v), deed_here(x, "put"));
    pool_put(x->m, (struct pool *)pool.ref, value_copy(x->m->rt, v));
    return DONE;
}

/* ---- shared data */

static enum access access_of(const struct ins *i)
{
    if (i->flags & INS_ATOMIC)
        return i->flags & INS_WRITE ? ACCESS_ATOMIC_WRITE : ACCESS_ATOMIC_READ;
    return i->flags & INS_WRITE ? ACCESS_WRITE : ACCESS_READ;
}

int ins_STATE(struct exec *x)
{
    world_access(x->m, x->g, x->i->of, access_of(x->i), x->i->flags & INS_PART);
    return DONE;
}

static int access_var(struct exec *x, struct var *var)
{
    if (OPERAND_HOW(x->i->b) != OPERAND_NONE)
        return begin_panic(x, "%s is a var: only a buffer has a size", operand_name(x, x->i->a));
    charge(x->m, x->i->flags & INS_ATOMIC ? COST_ATOMIC : COST_ACCESS, 1);
    detect_access(x->m, &var->shadow, var->name, access_of(x->i), site_here(x));
    return DONE;
}

#define KIB 1024

/* A buffer is read at a glance and written at memory speed; it then holds its writer's output. */
static int access_buffer(struct exec *x, struct value v)
{
    struct buffer *b = buffer_of(v);
    int64_t size;

    if (!eval_int(x, x->i->b, KIND_SIZE, b->size, &size))
        return PANIC;
    if (size < 0 || size > b->size)
        return begin_panic(x, "slice bounds out of range [:%lld] with capacity %lld", (long long)size,
                           (long long)b->size);
    if (x->i->flags & INS_ATOMIC)
        return begin_panic(x, "%s is a buffer: only a var can be used atomically", operand_name(x, x->i->a));
    note_stale(x, v, "use-after-put");
    charge(x->m, COST_ACCESS, 1);
    detect_access(x->m, &b->shadow, operand_name(x, x->i->a), access_of(x->i), site_here(x));
    if (!(x->i->flags & INS_WRITE))
        return DONE;
    b->written = size;
    b->written_for = x->g->hand;
    begin_cpu(x, (size + KIB - 1) / KIB * cost_ns[COST_WRITE_KIB]);
    return use_cpu(x);
}

int ins_ACCESS(struct exec *x)
{
    struct value v;

    if (x->g->op.compute.at)
        return use_cpu(x);
    if (!eval_ref(x, x->i->a, KIND_VAR, &v))
        return PANIC;
    return v.tag == VALUE_BUFFER ? access_buffer(x, v) : access_var(x, (struct var *)v.ref);
}

/* ---- the outside */

static int outcome(struct exec *x, int end)
{
    bool failed = x->g->op.outside.failed;

    if (end != DONE)
        return end;
    if (x->i->slot >= 0)
        bind(x, x->i->slot, (struct value){.tag = VALUE_TRUTH, .n = !failed});
    if (!failed || !(x->i->flags & INS_ELSE))
        return DONE;
    x->f->pc = x->i->to;
    return JUMPED;
}

int ins_NET(struct exec *x)
{
    struct context *ctx;
    int64_t items;

    if (!eval_context(x, x->i->d, &ctx) || !eval_int(x, x->i->a, KIND_NUMBER, 1, &items))
        return PANIC;
    return outcome(x, op_net(x->m, x->g, &x->g->op.outside, x->i->of, items, ctx));
}

int ins_SYSCALL(struct exec *x)
{
    int64_t items;

    if (!eval_int(x, x->i->a, KIND_NUMBER, 1, &items))
        return PANIC;
    return outcome(x, op_syscall(x->m, x->g, &x->g->op.outside, x->i->of, items));
}

/* ---- answers */

/* The bytes of an answer that its request wrote itself, which count once. */
static bool from_buffer(struct exec *x, uint64_t hand, int64_t *size, int64_t *own)
{
    struct value v;
    struct buffer *b;

    if (!eval_ref(x, x->i->b, KIND_BUFFER, &v))
        return false;
    b = buffer_of(v);
    note_stale(x, v, "use-after-put");
    detect_access(x->m, &b->shadow, operand_name(x, x->i->b), ACCESS_READ, site_here(x));
    if (b->written_for != hand)
        return true;
    if (OPERAND_HOW(x->i->a) == OPERAND_NONE)
        *size = b->written;
    *own = *size < b->written ? *size : b->written;
    b->written -= *own;
    return true;
}

int ins_REPLY(struct exec *x)
{
    uint64_t hand = x->g->hand;
    int64_t size, own = 0;
    struct value to;

    if (!eval_length(x, x->i->a, KIND_SIZE, "reply: a size below 0", &size))
        return PANIC;
    if (OPERAND_HOW(x->i->c) != OPERAND_NONE) {
        if (!eval_ref(x, x->i->c, KIND_REQUEST, &to))
            return PANIC;
        hand = world_request_hand(to);
    }
    if (OPERAND_HOW(x->i->b) != OPERAND_NONE && !from_buffer(x, hand, &size, &own))
        return PANIC;
    return world_reply(x->m, x->g, hand, (enum reply_status)x->i->of, size, own);
}

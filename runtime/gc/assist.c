/* Whoever allocates while a cycle marks pays for it. Go runtime/mgcmark.go: gcAssistAlloc. */
#include "runtime/gc/gc.h"
#include "runtime/trace/trace.h"

#define TIME_SLACK 5000 /* ns of assist time that a P keeps to itself */

enum { ASSIST_BEGIN, ASSIST_MARKING, ASSIST_ENDING, ASSIST_WAITED };

/* Pays what it can of g's debt with background credit; the work that is left to do, 0 for none. */
static int64_t bill(struct m *m, struct g *g, struct assist_op *op)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;

    lock(rt, &gc->lock);
    struct pacer_bill owed = pacer_bill(&gc->pacer, -g->assist);

    op->cycle = (uint32_t)gc->cycle;
    op->done = 0;
    if (gc->credit >= owed.work) {
        g->assist += owed.bytes;
        gc->credit -= owed.work;
        owed.work = 0;
    } else if (gc->credit > 0) {
        g->assist += 1 + pacer_bytes(&gc->pacer, gc->credit);
        owed.work -= gc->credit;
        gc->credit = 0;
    }
    unlock(rt, &gc->lock);
    return owed.work;
}

/* Marks one more chunk of op's work; what it marks, 0 if there is no more to do. */
static int64_t mark(struct m *m, struct assist_op *op)
{
    int64_t n = mark_take(m, op->work - op->done);
    int64_t time = at_add(m->rt, &m->p->gc.assist_time, n * cost_ns[COST_MARK_UNIT] / MARK_BYTES);

    op->done += n;
    if (time > TIME_SLACK) {
        struct gc *gc = m->rt->gc;

        lock(m->rt, &gc->lock);
        gc->pacer.assist_time += at_xchg(m->rt, &m->p->gc.assist_time, (int64_t)0);
        unlock(m->rt, &gc->lock);
    }
    return n;
}

static void repay(struct m *m, struct g *g, struct assist_op *op)
{
    struct gc *gc = m->rt->gc;

    lock(m->rt, &gc->lock);
    if (gc_marking(m->rt) && op->cycle == (uint32_t)gc->cycle)
        g->assist += 1 + pacer_bytes(&gc->pacer, op->done);
    unlock(m->rt, &gc->lock);
}

/* Still in debt, with nothing left to mark: waits for credit. DONE: there is some already, or the cycle
 * is over. */
static enum end wait_for_credit(struct m *m, struct g *g)
{
    struct gc *gc = m->rt->gc;

    lock(m->rt, &gc->lock);
    if (!gc_marking(m->rt) || gc->credit > 0) {
        unlock(m->rt, &gc->lock);
        return DONE;
    }
    g_list_push_tail(&gc->assists, g);
    return park_on(m, BLOCK_GC_MARK_ASSIST, LEAF_GC_ASSIST, &gc->lock);
}

static enum end finish(struct m *m, struct assist_op *op)
{
    if (op->told)
        trace_assist_end(m);
    *op = (struct assist_op){0};
    return DONE;
}

enum end assist(struct m *m, struct g *g, struct assist_op *op)
{
    enum end e;

    for (;;) {
        switch (op->at) {
        case ASSIST_BEGIN:
            if (g->assist >= 0 || !gc_marking(m->rt))
                return finish(m, op);
            op->work = bill(m, g, op);
            if (op->work == 0)
                return finish(m, op);
            if (!op->told)
                trace_assist_begin(m);
            op->told = true;
            op->at = ASSIST_MARKING;
            /* fallthrough */
        case ASSIST_MARKING: {
            int64_t n = op->done < op->work ? mark(m, op) : 0;

            if (n > 0)
                return mark_for(m, n);
            repay(m, g, op);
            op->at = ASSIST_ENDING;
        }
            /* fallthrough */
        case ASSIST_ENDING:
            e = cycle_end(m, g, &op->end);
            if (e != DONE)
                return e;
            op->at = ASSIST_BEGIN;
            if (g->assist >= 0 || !gc_marking(m->rt))
                return finish(m, op);
            e = wait_for_credit(m, g);
            if (e == DONE)
                continue;
            op->at = ASSIST_WAITED;
            return e;
        case ASSIST_WAITED: /* paid by others, or the cycle is over */
            return finish(m, op);
        }
    }
}

void gc_goroutine_exit(struct m *m, struct g *g)
{
    struct rt *rt = m->rt;

    if (g->assist > 0 && gc_marking(rt)) {
        lock(rt, &rt->gc->lock);
        rt->gc->credit += pacer_work(&rt->gc->pacer, g->assist);
        unlock(rt, &rt->gc->lock);
    }
    g->assist = 0;
}

/* The collector's goroutines, and the helper that starts a cycle when none has run for long. */
#include "runtime/gc/hooks.h"

#include "runtime/gc/gc.h"
#include "runtime/trace/trace.h"

enum { HELPER_PARK, HELPER_WORK };

static enum end run(struct m *m, struct g *g)
{
    struct gc *gc = m->rt->gc;
    enum end e;

    if (gc->helper.at == HELPER_WORK) {
        e = cycle_start(m, g, &gc->helper.start, true);
        if (e != DONE)
            return e;
    }
    gc->helper.at = HELPER_WORK;
    lock(m->rt, &gc->lock);
    gc->helper_parked = true;
    return park_on(m, BLOCK_SYSTEM_GOROUTINE, LEAF_FORCE_GC, &gc->lock);
}

static const struct g_kind helper_kind = {
    .name = "runtime.forcegchelper",
    .root = LEAF_FORCE_GC,
    .system = true,
    .run = run,
};

void gc_force(struct m *m)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;
    struct g_list list = {0};

    if (!gc || !cycle_overdue(m))
        return;
    lock(rt, &gc->lock);
    bool parked = gc->helper_parked;

    gc->helper_parked = false;
    unlock(rt, &gc->lock);
    if (!parked)
        return;
    g_list_push_tail(&list, gc->helper.g);
    inject(m, &list);
}

void gc_boot(struct m *m)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;
    struct site nowhere = {0};

    if (!gc)
        return;
    gc->sweeper = spawn(m, &sweeper_kind, NULL, nowhere);
    gc->helper.g = spawn(m, &helper_kind, NULL, nowhere);
    trace_heap(m, gc->pacer.live);
    trace_heap_goal(m, rt->set.gogc < 0 ? 0 : pacer_goal(&gc->pacer));
}

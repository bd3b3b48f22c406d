/* The collector's goroutines, and the helper that starts a cycle when none has run for long. */
#include "runtime/gc/hooks.h"

#include "runtime/gc/gc.h"
#include "runtime/trace/trace.h"

#define FORCE_PERIOD 120000000000 /* Go: two minutes */

enum { HELPER_PARK, HELPER_WORK };

static enum end run(struct m *m, struct g *g)
{
    struct gc *gc = m->rt->gc;
    enum end e;

    if (gc->helper.at == HELPER_WORK) {
        gc->helper.start.timed = true;
        e = cycle_start(m, g, &gc->helper.start);
        if (e != DONE)
            return e;
    }
    gc->helper.at = HELPER_WORK;
    lock(m->rt, &gc->lock);
    at_store(m->rt, &gc->helper_parked, 1u);
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

    if (!gc || rt->set.gogc < 0 || at_load(rt, &gc->phase) != GC_OFF)
        return;
    lock(rt, &gc->lock);
    bool old = gc->last_end != 0 && now(m) - gc->last_end > FORCE_PERIOD;

    if (old && at_cas(rt, &gc->helper_parked, 1u, 0u))
        g_list_push_tail(&list, gc->helper.g);
    unlock(rt, &gc->lock);
    inject(m, &list);
}

void gc_boot(struct m *m)
{
    struct rt *rt = m->rt;
    struct gc *gc = rt->gc;
    struct site nowhere = {0};

    if (!gc)
        return;
    for (uint32_t i = 0; i < rt->set.gomaxprocs; i++)
        gc->workers[i].g = spawn(m, &worker_kind, &gc->workers[i], nowhere);
    gc->sweeper = spawn(m, &sweeper_kind, NULL, nowhere);
    gc->helper.g = spawn(m, &helper_kind, NULL, nowhere);
    trace_heap(m, gc->pacer.live);
    trace_heap_goal(m, rt->set.gogc < 0 ? 0 : pacer_goal(&gc->pacer));
}

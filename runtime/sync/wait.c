#include "runtime/sync/wait.h"

#include <inttypes.h>

#include "runtime/trace/ledger.h"

struct waiter *wait_begin(struct g *g, const void *object)
{
    g->waits_on = object;
    g->waiter = (struct waiter){.g = g};
    return &g->waiter;
}

void wait_end(struct g *g)
{
    g->waits_on = NULL;
}

void wait_told(struct m *m, const struct g *g, uint32_t number, uint64_t holder)
{
    int64_t at = now(m);

    if (number == 0)
        return;
    if (holder)
        ledger_add(m->rt, LEDGER_WAIT, "%" PRIu64 " %" PRId64 " %" PRIu32 " %" PRIu64, g->id, at, number,
                   holder);
    else
        ledger_add(m->rt, LEDGER_WAIT, "%" PRIu64 " %" PRId64 " %" PRIu32 " -", g->id, at, number);
}

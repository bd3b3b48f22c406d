#include "runtime/sync/wait.h"

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
    ledger_begin(m->rt, LEDGER_WAIT);
    ledger_numbers(m->rt, g->id, at, number);
    if (holder)
        ledger_numbers(m->rt, holder);
    else
        ledger_fields(m->rt, "-");
    ledger_end(m->rt);
}

/* Answers. */
#include "runtime/trace/ledger.h"
#include "runtime/world/parts.h"

const char *const reply_status_names[REPLY_STATUS_COUNT] = {
    [REPLY_OK] = "ok",
    [REPLY_REFUSED] = "refused",
    [REPLY_FAILED] = "failed",
    [REPLY_MORE] = "more",
};

static void write_reply(struct m *m, const struct g *g, const struct request *r, enum reply_status status)
{
    ledger_add(m->rt, LEDGER_REPLY, "%u %u %lld %llu %s %lld %lld %lld %lld", r->load, r->index,
               (long long)now(m), (unsigned long long)g->id, reply_status_names[status], (long long)r->bytes,
               (long long)r->own, (long long)r->due_cpu, (long long)r->due_net);
}

enum end world_reply(struct m *m, struct g *g, uint64_t hand, enum reply_status status, int64_t size,
                     int64_t own)
{
    struct request *r = request_of(m->rt->world, hand);

    if (!r)
        return panic_with(m, "reply: this goroutine has no request in hand");
    brief_syscall(m);
    if (r->answered) {
        detect_misuse(m, "double-reply", site_of(g));
        return DONE;
    }
    r->bytes += size;
    r->own += own;
    r->world->active = now(m);
    if (status == REPLY_MORE)
        return DONE;
    r->answered = true;
    if (r->settled) /* its client has gone */
        return DONE;
    account_reply(r, g);
    write_reply(m, g, r, status);
    request_settle(r, now(m));
    return DONE;
}

/* Answers. */
#include "runtime/trace/ledger.h"
#include "runtime/world/parts.h"

const char *const reply_status_names[REPLY_STATUS_COUNT] = {
    [REPLY_OK] = "ok",
    [REPLY_REFUSED] = "refused",
    [REPLY_FAILED] = "failed",
    [REPLY_MORE] = "more",
};

void write_reply(const struct request *r, int64_t at, const struct g *g, const char *status)
{
    struct rt *rt = r->world->rt;

    ledger_begin(rt, LEDGER_REPLY);
    ledger_numbers(rt, r->load, r->index, at);
    if (g)
        ledger_numbers(rt, g->id);
    else
        ledger_fields(rt, "-");
    ledger_fields(rt, "%s", status);
    ledger_numbers(rt, r->bytes, r->own, r->due_cpu, r->due_net);
    if (r->first_piece)
        ledger_numbers(rt, r->first_piece);
    ledger_end(rt);
}

enum end world_reply(struct m *m, struct g *g, uint64_t hand, enum reply_status status, int64_t size,
                     int64_t own)
{
    struct request *r = request_of(m->rt->world, hand);

    if (!r)
        return panic_with(m, "reply: this goroutine has no request in hand");
    brief_syscall(m);
    if (r->answered.what) {
        detect_misuse(m, "double-reply", site_of(g), &r->answered);
        return DONE;
    }
    r->bytes += size;
    r->own += own;
    r->world->active = now(m);
    if (!r->settled && (status != REPLY_MORE || size > 0))
        account_piece(r, g);
    if (status == REPLY_MORE) {
        if (!r->first_piece)
            r->first_piece = now(m);
        return DONE;
    }
    r->answered = (struct deed){"answered", g->id, site_of(g)};
    if (r->settled) /* its client has gone */
        return DONE;
    write_reply(r, now(m), g, reply_status_names[status]);
    request_settle(r, now(m));
    return DONE;
}

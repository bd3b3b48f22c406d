/* Misuse that the program survives. */
#include "base/strbuf.h"
#include "runtime/detect/detector.h"
#include "runtime/sched/inline.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"

static void tell(struct m *m, const char *kind, struct site at, const struct deed *before)
{
    struct rt *rt = m->rt;
    char later[256], earlier[256];

    site_text(rt->sites, at, later, sizeof later);
    if (before)
        ledger_add(rt, LEDGER_MISUSE, "%s %lld %llu %s | %s %llu %s", kind, (long long)now(m),
                   (unsigned long long)m->g->id, later, before->what, (unsigned long long)before->g,
                   site_text(rt->sites, before->site, earlier, sizeof earlier));
    else
        ledger_add(rt, LEDGER_MISUSE, "%s %lld %llu %s | -", kind, (long long)now(m),
                   (unsigned long long)m->g->id, later);
}

void detect_misuse(struct m *m, const char *kind, struct site at, const struct deed *before)
{
    struct rt *rt = m->rt;
    struct detector *d = rt->detector;
    struct strbuf key = STRBUF_INIT;

    if (!d)
        return;
    strbuf_addf(&key, "%s %u", kind, at.pc);
    size_t known = d->misuses.len;
    bool first = strmap_intern(&d->misuses, key.text) == known;

    strbuf_release(&key);
    if (first)
        tell(m, kind, at, before);
}

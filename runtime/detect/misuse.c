/* Misuse that the program survives. */
#include "base/strbuf.h"
#include "runtime/detect/detector.h"
#include "runtime/sched/inline.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"

void detect_misuse(struct m *m, const char *kind, struct site at)
{
    struct rt *rt = m->rt;
    struct detector *d = rt->detector;
    struct strbuf key = STRBUF_INIT;
    char text[256];

    if (!d)
        return;
    strbuf_addf(&key, "%s %u", kind, at.pc);
    size_t known = d->misuses.len;
    bool first = strmap_intern(&d->misuses, key.text) == known;

    strbuf_release(&key);
    if (first)
        ledger_add(rt, LEDGER_MISUSE, "%s %lld %llu %s", kind, (long long)now(m),
                   (unsigned long long)m->g->id, site_text(rt->sites, at, text, sizeof text));
}

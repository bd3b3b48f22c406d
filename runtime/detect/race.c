/* Data races by FastTrack: of each variable the last write and the reads since that nothing orders before
 * one another, each as the epoch of one goroutine. An access races with those of them that conflict with
 * it and are not ordered before it. */
#include <stdlib.h>

#include "base/strbuf.h"
#include "runtime/detect/detector.h"
#include "runtime/sched/inline.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"

/* Reads since the last write: the last one of each slot. */
struct readers {
    VEC(struct touch) by;
    struct idmap index; /* slot -> place in `by` */
};

static const char *const access_words[] = {
    [ACCESS_READ] = "read",
    [ACCESS_WRITE] = "write",
    [ACCESS_ATOMIC_READ] = "atomic-read",
    [ACCESS_ATOMIC_WRITE] = "atomic-write",
};

/* ---- reports */

/* One report for each variable and pair of lines, whichever of the two came first. */
static size_t report_of(struct detector *d, const char *var, struct site a, struct site b)
{
    struct strbuf key = STRBUF_INIT;

    strbuf_addf(&key, "%08x%08x", a.pc < b.pc ? a.pc : b.pc, a.pc < b.pc ? b.pc : a.pc);
    strbuf_add(&key, var);
    size_t i = strmap_intern(&d->race_keys, key.text);

    strbuf_release(&key);
    return i;
}

static void report(struct m *m, const char *var, const struct touch *later, const struct touch *earlier)
{
    struct detector *d = m->rt->detector;
    size_t i = report_of(d, var, later->site, earlier->site);

    if (i == d->races.len) {
        struct race r = {.later = *later, .earlier = *earlier, .at = now(m)};

        r.var = d->race_keys.entries[i].key + 16; /* behind the instructions */
        vec_push(&d->races, r);
    }
    d->races.data[i].count++;
}

static void tell_locks(struct rt *rt, const struct race *r)
{
    char text[256];

    for (uint32_t i = 0; i < 64; i++)
        if (r->earlier.locks >> i & 1)
            ledger_add(rt, LEDGER_HELD, "%s %u %s", r->var, i + 1,
                       site_text(rt->sites, r->earlier.site, text, sizeof text));
}

void races_tell(struct rt *rt)
{
    struct detector *d = rt->detector;
    char later[256];
    char earlier[256];

    for (size_t i = 0; i < d->races.len; i++) {
        const struct race *r = &d->races.data[i];

        site_text(rt->sites, r->later.site, later, sizeof later);
        site_text(rt->sites, r->earlier.site, earlier, sizeof earlier);
        ledger_add(rt, LEDGER_RACE, "%llu %s %lld %s %llu %s | %s %llu %s", (unsigned long long)r->count,
                   r->var, (long long)r->at, access_words[r->later.how], (unsigned long long)r->later.g,
                   later, access_words[r->earlier.how], (unsigned long long)r->earlier.g, earlier);
        tell_locks(rt, r);
    }
}

/* ---- checks */

static void check(struct m *m, const char *var, const struct touch *access, const struct touch *earlier)
{
    if (access_is_atomic(access->how) && access_is_atomic(earlier->how))
        return;
    if (!hb_before(m->rt, earlier->when, m->g))
        report(m, var, access, earlier);
}

static size_t n_readers(const struct shadow *var)
{
    return var->readers ? var->readers->by.len : 0;
}

static void check_reads(struct m *m, struct shadow *var, const char *name, const struct touch *access)
{
    check(m, name, access, &var->read);
    for (size_t i = 0; i < n_readers(var); i++)
        check(m, name, access, &var->readers->by.data[i]);
}

/* ---- notes */

static void readers_put(struct readers *r, const struct touch *read)
{
    uint64_t i;

    if (idmap_get(&r->index, read->when.slot, &i)) {
        r->by.data[i] = *read;
        return;
    }
    idmap_put(&r->index, read->when.slot, r->by.len);
    vec_push(&r->by, *read);
}

static void note_read(struct rt *rt, struct g *g, struct shadow *var, const struct touch *read)
{
    if (n_readers(var) == 0) {
        if (hb_before(rt, var->read.when, g)) {
            var->read = *read;
            return;
        }
        if (!var->readers)
            var->readers = xcalloc(1, sizeof *var->readers);
        readers_put(var->readers, &var->read);
        var->read = (struct touch){0};
    }
    readers_put(var->readers, read);
}

static void note_write(struct shadow *var, const struct touch *write)
{
    var->write = *write;
    var->read = (struct touch){0};
    if (n_readers(var) == 0)
        return;
    vec_clear(&var->readers->by);
    idmap_clear(&var->readers->index);
}

void detect_access(struct m *m, struct shadow *var, const char *name, enum access how, struct site at)
{
    struct rt *rt = m->rt;
    struct g *g = m->g;

    if (!rt->detector)
        return;
    if (how == ACCESS_ATOMIC_READ) /* a store observes nothing */
        hb_meet(rt, g, &var->sync);
    struct touch access = {.when = hb_mark(rt, g), .site = at, .g = g->id, .locks = g->hb.locks, .how = how};

    check(m, name, &access, &var->write);
    if (access_is_write(how)) {
        check_reads(m, var, name, &access);
        note_write(var, &access);
    } else {
        note_read(rt, g, var, &access);
    }
    if (how == ACCESS_ATOMIC_WRITE)
        hb_release(rt, g, &var->sync);
}

void shadow_reset(struct rt *rt, struct shadow *var)
{
    hb_reset(rt, &var->sync);
    if (var->readers) {
        vec_free(&var->readers->by);
        idmap_release(&var->readers->index);
        free(var->readers);
    }
    *var = (struct shadow){0};
}

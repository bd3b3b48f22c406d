#include "tests/unit/world_stage.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "runtime/detect/detect.h"
#include "runtime/gc/heap.h"
#include "runtime/machine/virtual.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"
#include "runtime/trace/trace.h"

/* One goroutine of the program. */
struct actor {
    struct world_stage *stage;
    const struct stage_deed *at;
    bool begun;       /* the deed at hand */
    uint64_t handles; /* the request whose handler it is */
    int64_t since, cost, left, amount;
    struct serve_load serves[STAGE_LOADS];
};

static enum end act(struct m *m, struct g *g);
static void bury(struct rt *rt, struct g *g);
static const struct g_kind actor_kind = {.name = "actor", .run = act, .bury = bury};

static struct actor *actor_new(struct world_stage *s, const struct stage_deed *script)
{
    struct actor *a = xcalloc(1, sizeof *a);

    a->stage = s;
    a->at = script;
    return a;
}

static struct g *start(struct m *m, struct world_stage *s, const struct stage_deed *script, uint64_t handles)
{
    struct actor *a = actor_new(s, script);

    a->handles = handles;
    struct g *g = spawn(m, &actor_kind, a, (struct site){0, 0});

    world_hold(m->rt, g->hand);
    return g;
}

static struct g *start_handler(struct m *m, void *context, uint32_t function, uint64_t hand)
{
    struct world_stage *s = context;

    return start(m, s, s->handlers[function], hand);
}

static void bury(struct rt *rt, struct g *g)
{
    world_release(rt, g->hand);
    free(g->body);
}

/* ---- deeds ---------------------------------------------------------------------------------- */

static enum end cpu(struct m *m, struct g *g, struct actor *a, const struct stage_deed *d)
{
    if (!a->begun) {
        a->begun = true;
        a->since = now(m);
        a->amount = d->n ? world_amount(d->n, d->m) : LEDGER_UNIT;
        a->left = world_cpu_cost(m, g, d->of, a->amount);
        m->compute_ns = a->left;
        return COMPUTE;
    }
    a->left -= m->ran;
    world_cpu_used(m, g, m->ran);
    if (a->left > 0) {
        m->compute_ns = a->left;
        return COMPUTE;
    }
    world_cpu_done(m, g, d->of, a->amount, a->since);
    return DONE;
}

static void say(struct world_stage *s, const char *what, int64_t at)
{
    strbuf_addf(&s->log, "%s%s at %lld", s->log.len ? "; " : "", what, (long long)at);
}

static enum end call(struct m *m, struct g *g, struct actor *a, const struct stage_deed *d)
{
    struct context *ctx = d->kind == NET_CTX ? a->stage->ctx : NULL;
    enum end end = d->kind == SYSCALL ? op_syscall(m, g, &g->op.outside, d->of, d->n)
                                      : op_net(m, g, &g->op.outside, d->of, d->n, ctx);

    if (end == DONE && g->op.outside.failed)
        say(a->stage, "failed", now(m));
    return end;
}

static enum end send(struct m *m, struct g *g, struct actor *a, const struct stage_deed *d)
{
    if (!a->begun && d->kind == SEND_REQUEST)
        g->op.chan.value = world_request_value(m->rt, g->hand);
    a->begun = true;
    return chan_send(m, g, a->stage->channels[d->of], &g->op.chan);
}

static enum end recv(struct m *m, struct g *g, struct actor *a, const struct stage_deed *d)
{
    enum end end = chan_recv(m, g, a->stage->channels[d->of], &g->op.chan);

    if (end != DONE)
        return end;
    if (d->kind == RECV_REQUEST)
        world_take(m, g, world_request_hand(g->op.chan.value), 1, 5);
    value_drop(m->rt, &g->op.chan.value);
    return DONE;
}

static enum end serve(struct m *m, struct g *g, struct actor *a, const struct stage_deed *d)
{
    struct world_stage *s = a->stage;
    size_t n = 0;

    for (uint32_t i = 0; i < STAGE_LOADS; i++)
        if (s->handlers[i] && (d->of == STAGE_LOADS || i == d->of))
            a->serves[n++] = (struct serve_load){i, i};
    return op_serve(m, g, &g->op.serve, a->serves, n, &s->server);
}

static enum end do_deed(struct m *m, struct g *g, struct actor *a, const struct stage_deed *d)
{
    struct world_stage *s = a->stage;

    switch (d->kind) {
    case CPU:
        return cpu(m, g, a, d);
    case NET:
    case NET_CTX:
    case SYSCALL:
        return call(m, g, a, d);
    case READ:
    case WRITE:
        world_access(m, g, d->of, d->kind == READ ? ACCESS_READ : ACCESS_WRITE, false);
        return DONE;
    case READ_PART:
    case WRITE_PART:
        world_access(m, g, d->of, d->kind == READ_PART ? ACCESS_READ : ACCESS_WRITE, true);
        return DONE;
    case REPLY:
        return world_reply(m, g, g->hand, d->of, d->n, d->m);
    case REST:
        return op_sleep(m, g, &g->op.sleep, d->n);
    case START:
        start(m, s, d->script, 0);
        return DONE;
    case SEND:
    case SEND_REQUEST:
        return send(m, g, a, d);
    case RECV:
    case RECV_REQUEST:
        return recv(m, g, a, d);
    case CANCEL:
        return context_cancel(m, g, s->ctx);
    case NOTE:
        say(s, d->text, now(m));
        return DONE;
    case SERVE:
        return serve(m, g, a, d);
    case RETURN:
        break;
    }
    return EXIT;
}

static enum end act(struct m *m, struct g *g)
{
    struct actor *a = g->body;
    const struct stage_deed *d = a->at;

    if (!a->stage->ctx)
        a->stage->ctx = context_derive(m, a->stage->background, true);
    if (d->kind == RETURN) {
        if (a->handles)
            world_handler_returned(m, a->handles);
        return EXIT;
    }
    enum end end = do_deed(m, g, a, d);

    if (end != DONE)
        return end;
    a->at++;
    a->begun = false;
    memset(&g->op, 0, sizeof g->op);
    return AGAIN;
}

/* ---- the stage ------------------------------------------------------------------------------ */

struct world_stage *world_stage_new(const char *yaml, uint64_t seed)
{
    struct world_stage *s = xcalloc(1, sizeof *s);
    struct strbuf errors = STRBUF_INIT;

    strbuf_init(&s->log);
    strbuf_init(&s->ledger);
    strbuf_init(&s->lines);
    source_init(&s->source, "w.yaml", yaml, strlen(yaml));
    struct yaml_node *root = yaml_parse(&s->arena, &s->source, &s->diags);

    s->def = world_load(yaml_get(root, "params"), yaml_get(root, "world"), &s->diags);
    diags_format(&s->diags, &errors, false);
    ck_assert_str_eq(errors.text, "");
    strbuf_release(&errors);
    s->world = world_new(s->def, seed, &s->diags);
    s->server = (struct server){.start = start_handler, .context = s};
    return s;
}

static void take_page(void *context, const char *bytes, size_t n)
{
    struct world_stage *s = context;
    const char *lines = memchr(bytes, '\n', n);

    strbuf_addn(&s->ledger, lines + 1, n - (size_t)(lines + 1 - bytes));
}

static void boot(struct world_stage *s, struct rt *rt)
{
    static const struct stage_deed serve_all[] = {DO(SERVE, STAGE_LOADS), {0}};

    rt->detector = detect_new();
    rt->ledger = ledger_new();
    rt->tracer = trace_new(rt, NS_PER_S);
    rt->sites = sites_new(NULL);
    rt->gc = gc_new(rt);
    rt->world = s->world;
    s->background = context_background(rt);
    for (int i = 0; i < STAGE_CHANNELS; i++)
        s->channels[i] = chan_new(rt, i % 2 ? 100 : 0);
    world_start(rt);
    if (s->parts)
        world_split(rt, 0, s->parts);
    sched_boot(rt, &actor_kind, actor_new(s, s->main ? s->main : serve_all), (struct site){0, 0});
}

static void take_down(struct world_stage *s, struct rt *rt, struct machine *vm)
{
    struct tracer *tracer = rt->tracer;
    struct ledger *ledger = rt->ledger;
    struct sites *sites = rt->sites;
    struct gc *gc = rt->gc;

    virtual_free(vm);
    for (int i = 0; i < STAGE_CHANNELS; i++)
        handle_drop(rt, &s->channels[i]->h);
    if (s->ctx)
        handle_drop(rt, &s->ctx->h);
    handle_drop(rt, &s->background->h);
    detect_free(rt);
    rt_free(rt);
    trace_free(tracer);
    gc_free(gc);
    ledger_free(ledger);
    sites_free(sites);
}

void world_stage_run(struct world_stage *s)
{
    struct settings set = {.gomaxprocs = world_cpus(s->world),
                           .cpus = world_cpus(s->world),
                           .gogc = 100,
                           .async_preempt = true,
                           .seed = 1,
                           .schedule_seed = 1,
                           .max_steps = 20000000,
                           .max_time = 600 * NS_PER_S};
    struct machine *vm = virtual_new(set.gomaxprocs, (struct sink){0});
    struct rt *rt = rt_new(&set, &virtual_ops, vm);

    virtual_attach(vm, rt);
    s->rt = rt;
    boot(s, rt);
    virtual_run(vm, NULL, NULL);
    world_finish(rt);
    detect_finish(rt);
    ledger_flush(rt->ledger, take_page, s);
    s->end = rt->end;
    s->time = rt->now;
    snprintf(s->end_text, sizeof s->end_text, "%s", rt->end_text);
    take_down(s, rt, vm);
    world_free(s->world);
    s->world = NULL;
}

void world_stage_free(struct world_stage *s)
{
    world_free(s->world);
    world_def_free(s->def);
    diags_release(&s->diags);
    arena_release(&s->arena);
    source_release(&s->source);
    strbuf_release(&s->log);
    strbuf_release(&s->ledger);
    strbuf_release(&s->lines);
    free(s);
}

/* ---- reading the ledger --------------------------------------------------------------------- */

const char *world_stage_lines(struct world_stage *s, const char *keyword)
{
    size_t n = strlen(keyword);

    strbuf_reset(&s->lines);
    for (const char *line = s->ledger.text; *line; line = strchr(line, '\n') + 1)
        if (strncmp(line, keyword, n) == 0 && line[n] == ' ')
            strbuf_addn(&s->lines, line + n + 1, (size_t)(strchr(line, '\n') - line) - n);
    return s->lines.text;
}

size_t world_stage_count(struct world_stage *s, const char *keyword)
{
    size_t count = 0;

    for (const char *line = world_stage_lines(s, keyword); *line; line = strchr(line, '\n') + 1)
        count++;
    return count;
}

int64_t world_stage_number(struct world_stage *s, const char *keyword, size_t line, size_t field)
{
    const char *at = world_stage_lines(s, keyword);

    while (line-- > 0)
        at = strchr(at, '\n') + 1;
    while (field-- > 0)
        at = strchr(at, ' ') + 1;
    return strtoll(at, NULL, 10);
}

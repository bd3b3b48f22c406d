#include "runtime/simulate.h"

#include <stdio.h>
#include <string.h>

#include "format/events.h"
#include "runtime/detect/detect.h"
#include "runtime/gc/heap.h"
#include "runtime/program/program.h"
#include "runtime/sched/sched.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/sites.h"
#include "runtime/trace/trace.h"

#define RUNTIME_VERSION 1 /* raised when the same seed may give another schedule */
#define GENERATION 1000000000 /* Go: a generation ends every second */

static struct settings settings_of(const struct simulation *s, uint32_t cpus)
{
    struct program_settings want = program_settings(s->program);

    return (struct settings){
        .gomaxprocs = want.gomaxprocs ? want.gomaxprocs : cpus,
        .cpus = cpus,
        .gogc = want.gogc,
        .async_preempt = want.async_preempt,
        .adversarial = s->adversarial,
        .seed = s->seed,
        .schedule_seed = s->schedule_seed,
        .max_steps = SIMULATE_MAX_STEPS,
        .max_time = SIMULATE_MAX_TIME,
        .max_trace = SIMULATE_MAX_TRACE,
        .max_held = SIMULATE_MAX_HELD,
        .max_goroutines = SIMULATE_MAX_GOROUTINES,
    };
}

/* What ran, so that a trace found later can be run again. */
static void note_identity(struct rt *rt, const struct simulation *s, uint32_t cpus)
{
    ledger_add(rt, LEDGER_RUN, "%d %d %d", RUNTIME_VERSION, COSTS_VERSION, TRACE_GO_22);
    ledger_add(rt, LEDGER_DIGEST, "workload %s", program_digest(s->program));
    if (s->scenario_digest)
        ledger_add(rt, LEDGER_DIGEST, "scenario %s", s->scenario_digest);
    ledger_add(rt, LEDGER_SEED, "%llu %llu %s", (unsigned long long)s->seed,
               (unsigned long long)s->schedule_seed, s->adversarial ? "adversarial" : "faithful");
    ledger_add(rt, LEDGER_MACHINE, "%u %u %d", cpus, rt->set.gomaxprocs, rt->set.gogc);
}

static void note_panic(struct rt *rt)
{
    char site[256];

    for (char *c = rt->end_text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == '|')
            *c = ' '; /* one line, and the bar is the separator */
    ledger_add(rt, LEDGER_PANIC, "%lld %llu %s | %s", (long long)rt->now, (unsigned long long)rt->end_g,
               rt->end_text, site_text(rt->sites, rt->end_site, site, sizeof site));
}

static struct counts total_counts(const struct rt *rt)
{
    struct counts sum = {0};

    for (uint32_t i = 0; i < rt->n_m; i++) {
        sum.steps += rt->allm[i]->counts.steps;
        sum.events += rt->allm[i]->counts.events;
    }
    return sum;
}

static void note_end(struct rt *rt)
{
    struct counts sum = total_counts(rt);

    if (rt->world)
        world_finish(rt);
    detect_finish(rt);
    if (rt->end == END_PANIC || rt->end == END_FATAL)
        note_panic(rt);
    if (rt->end == END_BUDGET)
        ledger_add(rt, LEDGER_BUDGET, "%s", rt->end_text);
    ledger_add(rt, LEDGER_PEAK, "goroutines - %lld", (long long)rt->peak_user);
    ledger_add(rt, LEDGER_TOTAL, "gc-cycles %llu", (unsigned long long)gc_cycles(rt));
    ledger_add(rt, LEDGER_TOTAL, "steps %llu", (unsigned long long)sum.steps);
    ledger_add(rt, LEDGER_TOTAL, "events %llu", (unsigned long long)sum.events);
    ledger_add(rt, LEDGER_END, "%s %lld", run_end_names[rt->end], (long long)rt->now);
}

static void attach(struct rt *rt, const struct simulation *s, struct world *world, uint32_t cpus)
{
    struct symbols symbols = program_symbols(s->program);

    rt->sites = sites_new(&symbols);
    rt->ledger = ledger_new();
    rt->detector = s->detect ? detect_new() : NULL;
    rt->gc = gc_new(rt);
    rt->world = world;
    if (s->trace) {
        rt->tracer = trace_new(rt, GENERATION);
        trace_start(rt);
    }
    note_identity(rt, s, cpus);
}

/* What the program did not give back is returned. */
static uint64_t detach(struct rt *rt)
{
    struct sites *sites = rt->sites;
    struct ledger *ledger = rt->ledger;
    struct tracer *tracer = rt->tracer;
    struct gc *gc = rt->gc;
    uint64_t left;

    program_end(rt);
    if (rt->detector)
        detect_free(rt);
    left = rt_free(rt);
    if (tracer)
        trace_free(tracer);
    gc_free(gc);
    ledger_free(ledger);
    sites_free(sites);
    return left;
}

static void run(struct rt *rt, struct machine *vm, const struct simulation *s)
{
    struct program_main boot = program_boot(rt, s->program);

    if (rt->world)
        world_start(rt);
    sched_boot(rt, boot.kind, boot.body, boot.entry);
    virtual_run(vm, s->tick, s->tick_context);
    note_end(rt);
    if (rt->tracer)
        trace_stop(rt);
}

static void note_result(const struct rt *rt, struct simulated *out)
{
    *out = (struct simulated){.end = rt->end, .time = rt->now, .counts = total_counts(rt)};
    snprintf(out->text, sizeof out->text, "%s", rt->end_text);
    out->goroutines = rt->n_g;
    if (rt->tracer) {
        out->trace_bytes = trace_bytes(rt);
        out->trace_events = trace_events(rt);
    }
}

bool simulate(const struct simulation *s, struct simulated *out, struct diags *d)
{
    struct world *world = NULL;

    if (s->world) {
        world = world_new(s->world, s->seed, d);
        if (!world)
            return false;
    }
    uint32_t cpus = world ? world_cpus(world) : SIMULATE_CPUS;
    struct settings set = settings_of(s, cpus);
    struct machine *vm = virtual_new(cpus, s->sink);
    struct rt *rt = rt_new(&set, &virtual_ops, vm);

    virtual_attach(vm, rt);
    attach(rt, s, world, cpus);
    run(rt, vm, s);
    note_result(rt, out);
    virtual_free(vm);
    out->held = detach(rt);
    if (world)
        world_free(world);
    return true;
}

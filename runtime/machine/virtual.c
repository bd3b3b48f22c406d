#include "runtime/machine/virtual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"
#include "runtime/machine/queue.h"
#include "runtime/sched/sched.h"
#include "runtime/trace/trace.h"

/* An M as the operating system sees it.
 *
 *   ASLEEP --wake, deadline--> WAKING --latency--> READY --a CPU is free--> ON --its want--> ASLEEP
 *                                                    ^------ slice over ----+ */
enum thread_state { ASLEEP, WAKING, READY, ON, GONE };

struct thread {
    struct m *m;
    enum thread_state state;
    struct want want;  /* carried out when `left` is used up */
    int64_t left;      /* CPU time it is still to receive for the last step and its want */
    int64_t asked;     /* of that, program work: the last part, which a preemption cuts off */
    int64_t used;      /* CPU time received in all, for fairness (virtual runtime) */
    bool token;        /* a wake-up that came before the sleep */
    bool called;       /* its system call is over */
    int32_t cpu;       /* while ON */
    struct outside alarm; /* deadline or end of the wake-up latency */
};

struct cpu {
    struct thread *on;
    int64_t credited; /* until when `on` has been credited */
    int64_t since;    /* when its slice began */
    int64_t edge;     /* when `on` must be looked at next */
    uint128 order;    /* of this edge, among those at the same time by when they were set */
};

struct machine {
    struct rt *rt;
    struct sink sink;
    struct queue queue;
    uint64_t seq;
    uint32_t live; /* queued outside entries that are not housekeeping */
    uint32_t busy; /* threads WAKING, READY or ON */

    struct cpu *cpus;
    uint32_t n_cpus, n_on;
    struct thread **ready;
    uint32_t n_ready, cap_ready;
    int64_t floor; /* virtual runtime below which no waking thread may come in */

    struct thread *poller; /* asleep in, or on its way into, a POLL */
    bool broken;           /* that POLL is to end at once */
    struct g **completed;  /* FIFO of goroutines whose outside operations are over */
    uint32_t n_completed, first_completed, cap_completed;
    uint64_t wakes;
};

static struct machine *vm_of(const struct rt *rt)
{
    return rt->machine;
}

/* ---- the queue */

static void schedule(struct machine *vm, struct outside *o, int64_t when)
{
    o->when = when;
    o->seq = ++vm->seq;
    if (o->pos) {
        queue_moved(&vm->queue, o);
        return;
    }
    queue_add(&vm->queue, o);
    if (!o->housekeeping)
        vm->live++;
}

static void unschedule(struct machine *vm, struct outside *o)
{
    if (!o->pos)
        return;
    if (!o->housekeeping)
        vm->live--;
    queue_remove(&vm->queue, o);
}

/* ---- CPUs: who runs, who waits */

static void ready_add(struct machine *vm, struct thread *t)
{
    if (vm->n_ready == vm->cap_ready) {
        vm->cap_ready = vm->cap_ready ? 2 * vm->cap_ready : 16;
        vm->ready = xrealloc(vm->ready, vm->cap_ready * sizeof(struct thread *));
    }
    t->state = READY;
    vm->ready[vm->n_ready++] = t;
}

static bool goes_first(const struct thread *a, const struct thread *b)
{
    return a->used != b->used ? a->used < b->used : a->m->id < b->m->id;
}

static struct thread *ready_take(struct machine *vm)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < vm->n_ready; i++)
        if (goes_first(vm->ready[i], vm->ready[best]))
            best = i;
    struct thread *t = vm->ready[best];

    vm->ready[best] = vm->ready[--vm->n_ready];
    return t;
}

/* When cpu's thread must be looked at next. */
static void set_edge(struct machine *vm, struct cpu *cpu)
{
    int64_t end = cpu->credited + cpu->on->left;

    if (vm->n_ready > 0 && cpu->since + OS_SLICE < end)
        end = cpu->since + OS_SLICE > cpu->credited ? cpu->since + OS_SLICE : cpu->credited;
    cpu->edge = end;
    cpu->order = order_of(end, ++vm->seq);
}

static void no_edge(struct cpu *cpu)
{
    cpu->edge = NEVER;
    cpu->order = order_of(NEVER, UINT64_MAX);
}

/* The CPU whose edge comes next. There are few CPUs, and their edges move all the time: looking at each
 * beats keeping them in a queue. */
static struct cpu *next_edge(struct machine *vm)
{
    uint32_t next = 0;

    for (uint32_t i = 1; i < vm->n_cpus; i++)
        next = vm->cpus[i].order < vm->cpus[next].order ? i : next;
    return &vm->cpus[next];
}

static void put_on(struct machine *vm, struct cpu *cpu, struct thread *t)
{
    t->state = ON;
    t->cpu = (int32_t)(cpu - vm->cpus);
    cpu->on = t;
    cpu->credited = cpu->since = vm->rt->now;
    vm->n_on++;
    if (t->used > vm->floor)
        vm->floor = t->used;
    set_edge(vm, cpu);
}

static void take_off(struct machine *vm, struct cpu *cpu)
{
    cpu->on->cpu = -1;
    cpu->on = NULL;
    no_edge(cpu);
    vm->n_on--;
}

/* Credits the thread on cpu with the time since it was last credited. */
static void credit(struct machine *vm, struct cpu *cpu)
{
    int64_t got = vm->rt->now - cpu->credited;

    cpu->credited = vm->rt->now;
    cpu->on->left -= got;
    cpu->on->used += got;
}

static void dispatch(struct machine *vm)
{
    for (struct cpu *cpu = vm->cpus; vm->n_ready > 0 && vm->n_on < vm->n_cpus; cpu++)
        if (!cpu->on)
            put_on(vm, cpu, ready_take(vm));
}

/* t has just become ready and all CPUs are taken: it takes the one whose thread is furthest ahead, if
 * that is far; otherwise whoever runs now has the rest of its slice. */
static void contend(struct machine *vm, struct thread *t)
{
    struct cpu *ahead = &vm->cpus[0];

    for (uint32_t i = 0; i < vm->n_cpus; i++) {
        credit(vm, &vm->cpus[i]);
        if (goes_first(ahead->on, vm->cpus[i].on))
            ahead = &vm->cpus[i];
    }
    if (ahead->on->used > t->used + OS_WAKE_PREEMPTS) {
        struct thread *off = ahead->on;

        take_off(vm, ahead);
        ready_add(vm, off);
        put_on(vm, ahead, t);
    } else {
        ready_add(vm, t);
    }
    for (uint32_t i = 0; i < vm->n_cpus; i++)
        set_edge(vm, &vm->cpus[i]);
}

static void become_ready(struct machine *vm, struct thread *t)
{
    if (t->used < vm->floor - OS_SLICE)
        t->used = vm->floor - OS_SLICE;
    if (vm->n_on == vm->n_cpus)
        contend(vm, t);
    else
        ready_add(vm, t); /* dispatched at the end of this instant */
}

/* ---- threads */

static void awake(struct rt *rt, struct outside *o);

static void begin_waking(struct machine *vm, struct thread *t, bool by_token)
{
    uint64_t bits = rng_draw(vm->rt->set.schedule_seed, DRAW_WAKE, t->m->id, ++vm->wakes);
    int64_t latency = rng_uniform(bits, OS_WAKE_LATENCY_MIN, OS_WAKE_LATENCY_MAX);

    t->state = WAKING;
    t->m->woken = by_token;
    vm->busy++;
    if (vm->poller == t)
        vm->poller = NULL;
    schedule(vm, &t->alarm, vm->rt->now + latency);
}

/* The alarm of a thread: its deadline has passed, or its wake-up latency. */
static void awake(struct rt *rt, struct outside *o)
{
    struct thread *t = (struct thread *)((char *)o - offsetof(struct thread, alarm));

    if (t->state == ASLEEP) {
        begin_waking(vm_of(rt), t, false);
        return;
    }
    t->left = 0;
    t->want.kind = WANT_COMPUTE;
    become_ready(vm_of(rt), t);
}

static void fall_asleep(struct machine *vm, struct thread *t)
{
    t->state = t->want.kind == WANT_GONE ? GONE : ASLEEP;
    vm->busy--;
    take_off(vm, &vm->cpus[t->cpu]);
    if (t->want.kind != WANT_CALL && t->want.kind != WANT_GONE && t->want.deadline != NEVER)
        schedule(vm, &t->alarm, t->want.deadline > vm->rt->now ? t->want.deadline : vm->rt->now);
}

/* Whether what t is about to sleep for has happened already. */
static bool already(struct machine *vm, struct thread *t)
{
    bool yes = false;

    switch (t->want.kind) {
    case WANT_WAIT:
        yes = t->token;
        t->token = false;
        break;
    case WANT_POLL:
        yes = vm->n_completed || vm->broken;
        break;
    case WANT_CALL:
        return t->called;
    default:
        return false;
    }
    if (yes)
        t->m->woken = true;
    if (yes && vm->poller == t)
        vm->poller = NULL;
    return yes;
}

/* Runs one step of t, which has received what it asked for, and notes what it wants next. */
static void step(struct machine *vm, struct thread *t)
{
    struct m *m = t->m;

    m->ran = t->asked;
    t->want = sched_step(m);
    if (t->want.kind == WANT_CALL) {
        t->called = false;
        t->want.call->caller = m;
    }
    t->asked = t->want.kind == WANT_COMPUTE ? t->want.ns : 0;
    t->left = m->cost + t->asked;
    if (t->want.kind == WANT_POLL) {
        vm->poller = t;
        vm->broken = false;
    }
}

static void cpu_edge(struct machine *vm, struct cpu *cpu)
{
    struct thread *t = cpu->on;

    credit(vm, cpu);
    if (t->left > 0) { /* the slice is over */
        cpu->since = vm->rt->now;
        if (vm->n_ready == 0) {
            set_edge(vm, cpu);
            return;
        }
        take_off(vm, cpu);
        ready_add(vm, t);
        return;
    }
    if (t->want.kind == WANT_COMPUTE || already(vm, t)) {
        step(vm, t);
        set_edge(vm, cpu);
    } else {
        fall_asleep(vm, t);
    }
}

/* ---- what the core asks for */

static struct thread *thread_of(const struct m *m)
{
    return m->machine;
}

static void op_start(struct m *m)
{
    struct thread *t = xcalloc(1, sizeof *t);

    t->m = m;
    t->cpu = -1;
    t->alarm.fire = awake;
    t->alarm.housekeeping = m->is_sysmon; /* the monitor's naps keep nobody alive */
    m->machine = t;
    begin_waking(vm_of(m->rt), t, true);
}

static void op_wake(struct m *m)
{
    struct thread *t = thread_of(m);

    if (t->state == ASLEEP)
        begin_waking(vm_of(m->rt), t, true);
    else if (t->state == WAKING)
        m->woken = true; /* its deadline came a moment earlier */
    else
        t->token = true;
}

static void op_preempt(struct m *m)
{
    struct machine *vm = vm_of(m->rt);
    struct thread *t = thread_of(m);

    if (t->want.kind != WANT_COMPUTE || t->want.uncuttable || t->asked == 0 ||
        (t->state != ON && t->state != READY))
        return;
    struct cpu *cpu = t->state == ON ? &vm->cpus[t->cpu] : NULL;

    if (cpu)
        credit(vm, cpu);
    int64_t rest = t->left < t->asked ? t->left : t->asked;

    t->left += cost_ns[COST_SIGNAL] - rest;
    t->asked -= rest; /* so that the next step sees what it has received */
    t->want.uncuttable = true; /* by another request, before that step */
    if (cpu)
        set_edge(vm, cpu);
}

static uint32_t op_poll_now(struct rt *rt, struct g_list *ready, uint32_t max)
{
    struct machine *vm = vm_of(rt);
    uint32_t n = vm->n_completed < max ? vm->n_completed : max;

    /* The poller pushes what it finds on a stack: the last completed comes out first. */
    for (uint32_t i = n; i-- > 0;)
        g_list_push_tail(ready, vm->completed[vm->first_completed + i]);
    vm->first_completed += n;
    vm->n_completed -= n;
    if (vm->n_completed == 0)
        vm->first_completed = 0;
    return n;
}

static void end_poll(struct machine *vm)
{
    struct thread *t = vm->poller;

    if (!t)
        return;
    if (t->state == ASLEEP)
        begin_waking(vm, t, true);
    else
        vm->broken = true;
}

static void op_poll_ready(struct rt *rt, struct g *g)
{
    struct machine *vm = vm_of(rt);
    uint32_t end = vm->first_completed + vm->n_completed;

    if (end == vm->cap_completed) {
        vm->cap_completed = vm->cap_completed ? 2 * vm->cap_completed : 64;
        vm->completed = xrealloc(vm->completed, vm->cap_completed * sizeof(struct g *));
    }
    vm->completed[end] = g;
    vm->n_completed++;
    end_poll(vm);
}

static void op_poll_break(struct rt *rt)
{
    end_poll(vm_of(rt));
}

static void op_outside_at(struct rt *rt, struct outside *o, int64_t when)
{
    schedule(vm_of(rt), o, when > rt->now ? when : rt->now);
}

static void op_outside_cancel(struct rt *rt, struct outside *o)
{
    unschedule(vm_of(rt), o);
}

static void op_emit(struct rt *rt, const void *bytes, size_t n)
{
    struct machine *vm = vm_of(rt);

    if (vm->sink.write)
        vm->sink.write(vm->sink.context, bytes, n);
}

static void op_finish(struct rt *rt, enum run_end how)
{
    (void)rt;
    (void)how;
}

const struct machine_ops virtual_ops = {
    .start = op_start,
    .wake = op_wake,
    .preempt = op_preempt,
    .poll_now = op_poll_now,
    .poll_break = op_poll_break,
    .poll_ready = op_poll_ready,
    .outside_at = op_outside_at,
    .outside_cancel = op_outside_cancel,
    .emit = op_emit,
    .finish = op_finish,
};

/* ---- the loop */

struct machine *virtual_new(uint32_t cpus, struct sink sink)
{
    struct machine *vm = xcalloc(1, sizeof *vm);

    vm->sink = sink;
    vm->n_cpus = cpus;
    vm->cpus = xcalloc(cpus, sizeof *vm->cpus);
    for (uint32_t i = 0; i < cpus; i++)
        no_edge(&vm->cpus[i]);
    return vm;
}

void virtual_attach(struct machine *vm, struct rt *rt)
{
    vm->rt = rt;
    rt->machine = vm;
}

void virtual_free(struct machine *vm)
{
    for (uint32_t i = 0; vm->rt && i < vm->rt->n_m; i++)
        free(vm->rt->allm[i]->machine);
    queue_release(&vm->queue);
    free(vm->cpus);
    free(vm->ready);
    free(vm->completed);
    free(vm);
}

/* The end of a call may come before its thread has gone to sleep for it. */
static void call_over(struct m *m)
{
    struct thread *t = thread_of(m);

    t->called = true;
    if (t->state == ASLEEP)
        begin_waking(vm_of(m->rt), t, true);
}

static void fire(struct machine *vm, struct outside *o)
{
    struct m *caller = o->caller;

    unschedule(vm, o);
    o->caller = NULL;
    o->fire(vm->rt, o);
    if (caller)
        call_over(caller);
}

#define TICK   65536 /* entries between two progress reports */
#define GLANCE 1024  /* and between two looks at the trace */

/* Whether the program has had more than it may; if so, stops it. */
static bool over_budget(struct rt *rt, uint64_t steps, int64_t next)
{
    const struct settings *set = &rt->set;
    char limit[UNITS_MAX], what[UNITS_MAX + 64];

    if (set->max_steps && steps + rt->effort > set->max_steps)
        snprintf(what, sizeof what, "more than %llu steps", (unsigned long long)set->max_steps);
    else if (set->max_time && next > set->max_time)
        snprintf(what, sizeof what, "more than %s of virtual time",
                 units_duration_text(limit, set->max_time));
    else if (set->max_goroutines && rt->n_user > set->max_goroutines)
        snprintf(what, sizeof what, "more than %lld goroutines alive", (long long)set->max_goroutines);
    else if (set->max_held && rt->held > set->max_held)
        snprintf(what, sizeof what, "more than %s of objects, messages and frames",
                 units_size_text(limit, (int64_t)set->max_held));
    else if (set->max_trace && steps % GLANCE == 0 && trace_bytes(rt) > set->max_trace)
        snprintf(what, sizeof what, "more than %s of trace", units_size_text(limit, (int64_t)set->max_trace));
    else
        return false;
    sched_stop(rt, what);
    return true;
}

void virtual_run(struct machine *vm, void (*tick)(void *context, int64_t now), void *context)
{
    struct rt *rt = vm->rt;
    uint64_t steps = 0;

    while (!rt->ended) {
        struct outside *first = queue_first(&vm->queue);
        struct cpu *cpu = next_edge(vm);
        bool outside = first && first->when <= cpu->edge;
        int64_t next = outside ? first->when : cpu->edge;

        if ((!first && !cpu->on) || (vm->live == 0 && vm->busy == 0)) {
            sched_quiet(rt);
            break;
        }
        if (over_budget(rt, ++steps, next))
            break;
        if (tick && steps % TICK == 0)
            tick(context, rt->now);
        rt->now = next;
        trace_due(rt);
        if (outside)
            fire(vm, first);
        else
            cpu_edge(vm, cpu);
        dispatch(vm);
    }
}

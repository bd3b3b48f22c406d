/* A scheduling round: where an M looks for work, in which order, and what it does when there is none. The
 * numbers are those of Go's runtime (proc.go: findRunnable, stealWork, runqgrab). */
#include <check.h>

#include "runtime/gc/gc.h"
#include "runtime/sched/find.h"
#include "runtime/sched/runq.h"
#include "runtime/sched/wake.h"
#include "tests/unit/still.h"

Suite *sched_find_suite(void);

#define US INT64_C(1000)
#define MS INT64_C(1000000)

static struct still s;
static struct rt *rt;
static struct m *m0, *m1; /* hold P0 and P1 */

static void begin(uint32_t procs)
{
    still_begin(&s, procs);
    rt = s.rt;
    m0 = still_m(&s, 0);
    m1 = procs > 1 ? still_m(&s, 1) : NULL;
}

static void setup(void)
{
    begin(2);
}

static void teardown(void)
{
    still_end(&s);
}

static void begin_again(uint32_t procs)
{
    teardown();
    begin(procs);
}

/* Lets m look until it has a goroutine or waits for something. */
static struct want look(struct m *m)
{
    struct want want;

    do
        want = find_work(m);
    while (!m->g && want.kind == WANT_COMPUTE);
    return want;
}

/* The id of the goroutine that m finds and that then blocks; 0: m waits. */
static uint64_t found(struct m *m)
{
    look(m);
    return m->g ? still_block(m) : 0;
}

/* A timer that readies a goroutine. */
struct alarm {
    struct timer timer;
    struct g *g;
};

static void ring(struct m *m, struct timer *t)
{
    struct alarm *a = (struct alarm *)t;

    if (a->g)
        ready(m, a->g, TO_RUNNEXT, LEAF_NONE);
}

/* Armed on m's P, `in` ns from now. */
static void arm(struct alarm *a, struct m *m, int64_t in)
{
    timer_start(m, &a->timer, rt->now + in, ring);
}

static void complete(struct g *g)
{
    g_list_push_tail(&s.completed, g);
    rt->poll_waiters++;
}

/* ---- the order */

START_TEST(own_timers_then_queues_then_poller_then_others)
{
    struct alarm a = {.g = still_g(&s, G_WAITING)}; /* 1 */

    runq_put(m0, still_g(&s, G_RUNNABLE), true); /* 2: runnext, from which the timer kicks it */
    still_fill(&s, m0, 1);                       /* 3 */
    global_put(m0, still_g(&s, G_RUNNABLE));     /* 4 */
    global_put(m0, still_g(&s, G_RUNNABLE));     /* 5 */
    complete(still_g(&s, G_WAITING));            /* 6 */
    still_fill(&s, m1, 1);                       /* 7 */
    arm(&a, m0, -1);
    rt->allp[0].schedtick = 61;
    ck_assert_uint_eq(found(m0), 4); /* the timers have run, but the 61st round looks at the global queue */
    ck_assert_str_eq(still_ring(&s, 0), "3 2");
    ck_assert_uint_eq(rt->allp[0].schedtick, 62);
    ck_assert_uint_eq(found(m0), 1);
    ck_assert_uint_eq(rt->allp[0].schedtick, 62); /* inherited */
    ck_assert_uint_eq(found(m0), 3);
    ck_assert_uint_eq(found(m0), 2);
    ck_assert_uint_eq(rt->allp[0].schedtick, 64);
    ck_assert_uint_eq(found(m0), 5);
    ck_assert_uint_eq(s.polls, 0);
    ck_assert_uint_eq(found(m0), 6);
    ck_assert_uint_eq(rt->draws[DRAW_STEAL], 0);
    ck_assert_uint_eq(found(m0), 7);
    ck_assert_uint_eq(found(m0), 0);
    ck_assert_uint_eq(rt->allp[0].schedtick, 67); /* stolen, polled: new slices too */
}
END_TEST

START_TEST(the_61st_round_takes_one)
{
    still_fill(&s, m0, 1);
    for (int i = 0; i < 10; i++)
        global_put(m0, still_g(&s, G_RUNNABLE));
    rt->allp[0].schedtick = 60;
    ck_assert_uint_eq(found(m0), 1);
    ck_assert_uint_eq(found(m0), 2); /* tick 61 */
    ck_assert_uint_eq(rt->n_global, 9);
    ck_assert_str_eq(still_ring(&s, 0), "");
    ck_assert_uint_eq(found(m0), 3); /* tick 62: a batch of 9/2 + 1 */
    ck_assert_str_eq(still_ring(&s, 0), "4 5 6 7");
    ck_assert_str_eq(still_global(&s), "8 9 10 11");
}
END_TEST

START_TEST(inheriting_for_ever_never_reaches_the_61st_round)
{
    global_put(m0, still_g(&s, G_RUNNABLE)); /* 1 */
    rt->allp[0].schedtick = 60;
    for (uint64_t i = 0; i < 200; i++) {
        runq_put(m0, still_g(&s, G_RUNNABLE), true);
        ck_assert_uint_eq(found(m0), 2 + i);
    }
    ck_assert_uint_eq(rt->allp[0].schedtick, 60);
}
END_TEST

START_TEST(a_stop_of_the_world_comes_first)
{
    struct alarm a = {.g = still_g(&s, G_WAITING)};

    still_fill(&s, m0, 1);
    arm(&a, m0, -1);
    m0->spinning = true;
    rt->n_spinning = 1;
    rt->stopping = 1;
    rt->stop_wait = 1;
    rt->stopper = m1;
    ck_assert_int_eq(look(m0).kind, WANT_WAIT);
    ck_assert_str_eq(still_asked(&s), "wake M1");
    ck_assert_uint_eq(rt->allp[0].state, P_GCSTOP);
    ck_assert_uint_eq(rt->stop_wait, 0);
    ck_assert_uint_eq(rt->n_spinning, 0);
    ck_assert_ptr_null(m0->p);
    ck_assert_ptr_eq(rt->idle_m, m0);
    ck_assert_str_eq(still_ring(&s, 0), "2");
    ck_assert_uint_eq(rt->allp[0].timers.n, 1);
}
END_TEST

/* ---- mark workers */

static struct gc gc; /* a cycle that marks, with one worker parked */
static struct worker worker;

static uint64_t begin_marking(uint32_t dedicated, uint32_t idle)
{
    gc = (struct gc){.phase = GC_MARKING, .work = 1000, .parked = &worker};
    gc.slots.dedicated = dedicated;
    gc.slots.idle = idle;
    worker = (struct worker){.g = still_g(&s, G_WAITING)};
    rt->gc = &gc;
    return worker.g->id;
}

START_TEST(a_dedicated_worker_comes_before_all_queues_and_wakes_another_m)
{
    begin_again(3);
    still_idle(&s, 2);
    uint64_t id = begin_marking(1, 0);

    rt->allp[0].schedtick = 61;
    global_put(m0, still_g(&s, G_RUNNABLE));
    uint64_t other = still_fill(&s, m0, 1);

    ck_assert_uint_eq(found(m0), id);
    ck_assert_str_eq(still_asked(&s), "start M2 with P2 spinning");
    ck_assert_uint_eq(found(m0), other);
}
END_TEST

START_TEST(an_idle_worker_comes_after_all_else)
{
    uint64_t id = begin_marking(0, 1);
    uint64_t other = still_fill(&s, m1, 1);

    ck_assert_uint_eq(found(m0), other);
    ck_assert_uint_eq(found(m0), id);
    ck_assert_int_eq(gc.slots.idle, 0);
    ck_assert_uint_eq(found(m0), 0);
}
END_TEST

/* ---- 9: the poller */

START_TEST(polls_only_if_somebody_waits_and_no_m_blocks_there)
{
    complete(still_g(&s, G_WAITING));
    rt->poll_waiters = 0;
    still_fill(&s, m1, 2);
    ck_assert_uint_eq(found(m0), 2);
    rt->poll_waiters = 1;
    rt->last_poll = 0;
    ck_assert_uint_eq(found(m0), 3);
    ck_assert_uint_eq(s.polls, 0);
    rt->last_poll = rt->now;
    ck_assert_uint_eq(found(m0), 1);
    ck_assert_uint_eq(rt->poll_waiters, 0);
    ck_assert_int_eq(rt->last_poll, rt->now);
}
END_TEST

START_TEST(runs_the_first_polled_and_injects_the_rest)
{
    for (int i = 0; i < 4; i++)
        complete(still_g(&s, G_WAITING));
    ck_assert_uint_eq(found(m0), 1);
    ck_assert_uint_eq(s.polls, 1);
    ck_assert_str_eq(still_ring(&s, 0), "2 3 4");
    ck_assert_ptr_null(rt->allp[0].runnext);
}
END_TEST

/* ---- 10: stealing */

/* A round visits every P once: wherever the only goroutine is, one round finds it. */
START_TEST(one_round_visits_every_p)
{
    for (uint32_t procs = 2; procs <= 24; procs++) {
        begin_again(procs);
        struct m *holder[24] = {m0, m1};

        for (uint32_t i = 2; i < procs; i++)
            holder[i] = still_m(&s, i);
        for (uint32_t i = 1; i < 3 * procs; i++) {
            if (i % procs == 0)
                continue;
            uint64_t id = still_fill(&s, holder[i % procs], 1);
            uint64_t draws = rt->draws[DRAW_STEAL];

            ck_assert_uint_eq(found(m0), id);
            ck_assert_uint_eq(rt->draws[DRAW_STEAL], draws + 1);
        }
    }
}
END_TEST

START_TEST(strides_are_all_numbers_coprime_with_gomaxprocs)
{
    begin_again(12);
    const uint32_t want[] = {1, 5, 7, 11};

    ck_assert_uint_eq(rt->n_coprimes, 4);
    ck_assert_mem_eq(rt->coprimes, want, sizeof want);
    begin_again(1);
    ck_assert_uint_eq(rt->n_coprimes, 1);
    ck_assert_uint_eq(rt->coprimes[0], 1);
}
END_TEST

/* From which of seven full victims a thief takes is drawn. */
START_TEST(every_victim_may_be_the_first)
{
    uint32_t taken[8] = {0};

    begin_again(8);
    struct m *holder[8] = {m0, m1};

    for (uint32_t i = 2; i < 8; i++)
        holder[i] = still_m(&s, i);
    for (int n = 0; n < 400; n++) {
        for (uint32_t i = 1; i < 8; i++)
            if (runq_len(rt, &rt->allp[i]) == 0)
                still_fill(&s, holder[i], 1);
        ck_assert_uint_ne(found(m0), 0);
        for (uint32_t i = 1; i < 8; i++)
            taken[i] += runq_len(rt, &rt->allp[i]) == 0;
    }
    for (uint32_t i = 1; i < 8; i++)
        ck_assert_uint_gt(taken[i], 20);
}
END_TEST

START_TEST(idle_victims_are_skipped)
{
    still_fill(&s, m1, 1);
    still_block(still_run(&s, m1)->m);
    rt->allp[1].is_idle = 1;
    ck_assert_uint_eq(found(m0), 0);
    ck_assert_str_eq(still_ring(&s, 1), "1");
}
END_TEST

START_TEST(a_thief_keeps_its_half_and_runs_the_last)
{
    still_fill(&s, m1, 7);
    look(m0);
    ck_assert_uint_eq(m0->g->id, 4);
    ck_assert_str_eq(still_ring(&s, 0), "1 2 3");
    ck_assert_str_eq(still_ring(&s, 1), "5 6 7");
    ck_assert_uint_eq(rt->allp[0].schedtick, 1);
}
END_TEST

START_TEST(runnext_is_stolen_in_round_four_after_a_pause)
{
    struct g *g = still_g(&s, G_RUNNABLE);

    still_run(&s, m1);
    runq_put(m1, g, true);
    struct want want = look(m0);

    ck_assert_int_eq(want.kind, WANT_WAIT);
    ck_assert_int_eq(want.deadline, rt->now + 3 * US);
    ck_assert_uint_eq(rt->draws[DRAW_STEAL], 1); /* all rings are empty: only round four was gone */
    ck_assert_ptr_eq(rt->allp[1].runnext, g);
    ck_assert(m0->spinning);
    rt->now += 3 * US;
    ck_assert_uint_eq(found(m0), g->id);
    ck_assert_uint_eq(rt->draws[DRAW_STEAL], 1); /* it went on where it had paused */
    ck_assert_uint_eq(rt->allp[0].schedtick, 1); /* no inheriting by theft */
    ck_assert_uint_eq(rt->n_spinning, 0);
}
END_TEST

START_TEST(a_ring_is_robbed_before_a_runnext)
{
    runq_put(m1, still_g(&s, G_RUNNABLE), true);
    still_fill(&s, m1, 1);
    ck_assert_uint_eq(found(m0), 2);
}
END_TEST

/* Two goroutines that wake each other in turn would be torn apart if the thief took whatever it saw last. */
START_TEST(a_runnext_that_changed_gets_its_own_pause)
{
    still_run(&s, m1);
    runq_put(m1, still_g(&s, G_RUNNABLE), true); /* 2 */
    ck_assert_int_eq(look(m0).kind, WANT_WAIT);
    for (uint64_t id = 3; id < 20; id++) {
        rt->now += 3 * US;
        ck_assert_uint_eq(still_next(m1), id - 1); /* the victim has run it and readied another */
        runq_put(m1, still_g(&s, G_RUNNABLE), true);
        struct want want = look(m0);

        ck_assert_int_eq(want.kind, WANT_WAIT);
        ck_assert_int_eq(want.deadline, rt->now + 3 * US);
    }
    rt->now += 3 * US;
    ck_assert_uint_eq(found(m0), 19);
    ck_assert_uint_eq(rt->draws[DRAW_STEAL], 1); /* it never left its victim */
}
END_TEST

START_TEST(a_ring_that_fills_during_the_pause_is_robbed)
{
    still_run(&s, m1);
    runq_put(m1, still_g(&s, G_RUNNABLE), true); /* 2 */
    ck_assert_int_eq(look(m0).kind, WANT_WAIT);
    runq_put(m1, still_g(&s, G_RUNNABLE), true); /* 3 kicks it */
    ck_assert_uint_eq(found(m0), 2);
    ck_assert_uint_eq(rt->allp[1].runnext->id, 3);
}
END_TEST

START_TEST(nothing_left_after_the_pause)
{
    still_run(&s, m1);
    runq_put(m1, still_g(&s, G_RUNNABLE), true);
    ck_assert_int_eq(look(m0).kind, WANT_WAIT);
    ck_assert_uint_eq(still_next(m1), 2);
    ck_assert_uint_eq(found(m0), 0);
    ck_assert_ptr_eq(rt->idle_p, &rt->allp[0]);
}
END_TEST

START_TEST(a_stop_during_the_pause)
{
    still_run(&s, m1);
    runq_put(m1, still_g(&s, G_RUNNABLE), true);
    ck_assert_int_eq(look(m0).kind, WANT_WAIT);
    rt->stopping = 1;
    rt->stop_wait = 2;
    ck_assert_uint_eq(found(m0), 0);
    ck_assert_uint_eq(rt->allp[0].state, P_GCSTOP);
    ck_assert_uint_eq(rt->n_spinning, 0);
}
END_TEST

START_TEST(no_pause_for_a_victim_in_a_system_call)
{
    runq_put(m1, still_g(&s, G_RUNNABLE), true);
    rt->allp[1].state = P_SYSCALL;
    ck_assert_uint_eq(found(m0), 1);
}
END_TEST

START_TEST(timers_of_others_run_in_round_four_only)
{
    struct alarm a = {.g = still_g(&s, G_WAITING)};

    arm(&a, m1, -1);
    still_fill(&s, m1, 1);
    ck_assert_uint_eq(found(m0), 2); /* the ring: a round without timers */
    ck_assert_uint_eq(rt->allp[1].timers.n, 1);
    ck_assert_uint_eq(rt->draws[DRAW_STEAL], 1);
    ck_assert_uint_eq(found(m0), 1);
    ck_assert_uint_eq(rt->draws[DRAW_STEAL], 2);
    ck_assert_uint_eq(rt->allp[1].timers.n, 0);
    ck_assert_uint_eq(rt->allp[0].schedtick, 1); /* from the thief's own runnext */
}
END_TEST

START_TEST(timers_of_idle_ps_run_too)
{
    struct alarm a = {.g = still_g(&s, G_WAITING)};

    begin_again(3);
    a.g = still_g(&s, G_WAITING);
    arm(&a, m1, 5);
    ck_assert_uint_eq(found(m1), 0);
    ck_assert_uint_eq(rt->allp[1].is_idle, 1);
    rt->now += 5;
    ck_assert_uint_eq(found(m0), 1);
}
END_TEST

START_TEST(timers_without_a_goroutine_make_it_look_again)
{
    struct alarm a = {0};

    arm(&a, m1, -1);
    struct want want = find_work(m0);

    ck_assert_int_eq(want.kind, WANT_COMPUTE);
    ck_assert_ptr_null(m0->g);
    ck_assert_ptr_nonnull(m0->p);
    ck_assert_uint_eq(rt->allp[1].timers.n, 0);
    ck_assert_uint_eq(found(m0), 0);
}
END_TEST

START_TEST(half_of_the_busy_ps_may_spin)
{
    begin_again(4);
    still_fill(&s, m1, 8);
    rt->n_spinning = 2; /* 2 * 2 < 4 - 0 does not hold */
    ck_assert_uint_eq(found(m0), 0);
    ck_assert_uint_eq(rt->draws[DRAW_STEAL], 0);
    ck_assert_ptr_eq(rt->idle_p, &rt->allp[0]);

    begin_again(4);
    still_fill(&s, m1, 8);
    rt->n_spinning = 1;
    look(m0);
    ck_assert_uint_eq(m0->g->id, 4);
}
END_TEST

START_TEST(idle_ps_lower_the_limit)
{
    begin_again(4);
    still_idle(&s, 2);
    still_idle(&s, 3);
    still_fill(&s, m1, 8);
    rt->n_spinning = 1; /* 2 * 1 < 4 - 2 does not hold */
    ck_assert_uint_eq(found(m0), 0);
}
END_TEST

START_TEST(who_spins_already_goes_on_beyond_the_limit)
{
    still_fill(&s, m1, 1);
    m0->spinning = true;
    rt->n_spinning = 9;
    ck_assert_uint_eq(found(m0), 1);
    ck_assert_uint_eq(rt->n_spinning, 8);
}
END_TEST

/* ---- 12 to 16: nothing to do */

START_TEST(a_needed_spinner_is_made_of_whoever_would_idle)
{
    begin_again(4);
    still_fill(&s, m1, 1);
    rt->n_spinning = 2;
    rt->need_spinning = 1;
    ck_assert_uint_eq(found(m0), 1);
    ck_assert_uint_eq(rt->need_spinning, 0);
    ck_assert_uint_eq(rt->n_spinning, 2);
}
END_TEST

START_TEST(idle_at_last)
{
    struct want want = look(m0);

    ck_assert_int_eq(want.kind, WANT_WAIT);
    ck_assert_int_eq(want.deadline, NEVER);
    ck_assert_uint_eq(rt->n_spinning, 0);
    ck_assert(!m0->spinning);
    ck_assert_ptr_null(m0->p);
    ck_assert_ptr_eq(rt->idle_p, &rt->allp[0]);
    ck_assert_ptr_eq(rt->idle_m, m0);
}
END_TEST

/* What a look costs m0 that finds nothing, while P1 is idle or not. */
static int64_t cost_of_nothing(bool idle)
{
    begin_again(2);
    rt->allp[1].is_idle = idle;
    m0->cost = 0;
    ck_assert_int_eq(look(m0).kind, WANT_WAIT);
    return m0->cost;
}

START_TEST(four_rounds_of_nothing_are_paid_for)
{
    int64_t idle = cost_of_nothing(true);

    ck_assert_int_eq(cost_of_nothing(false) - idle, 4 * cost_ns[COST_STEAL]);
}
END_TEST

/* How long an M that holds P0 blocks in the poller for a timer due in `in` ns. */
static int64_t polls_for(int64_t in)
{
    struct alarm a = {0};

    begin_again(2);
    arm(&a, m0, in);
    struct want want = look(m0);

    ck_assert_int_eq(want.kind, WANT_POLL);
    ck_assert_int_eq(rt->last_poll, 0);
    ck_assert_int_eq(rt->poll_until, a.timer.when);
    return want.deadline - rt->now;
}

START_TEST(epoll_counts_in_milliseconds)
{
    ck_assert_int_eq(polls_for(1), MS);
    ck_assert_int_eq(polls_for(300 * US), MS);
    ck_assert_int_eq(polls_for(MS), MS);
    ck_assert_int_eq(polls_for(1999 * US), MS);
    ck_assert_int_eq(polls_for(2 * MS), 2 * MS);
    ck_assert_int_eq(polls_for(7500 * US), 7 * MS);
}
END_TEST

START_TEST(polls_without_end_for_the_network_alone)
{
    rt->poll_waiters = 1;
    struct want want = look(m0);

    ck_assert_int_eq(want.kind, WANT_POLL);
    ck_assert_int_eq(want.deadline, NEVER);
    ck_assert_int_eq(rt->poll_until, 0);
    want = look(m1); /* one M at a time */
    ck_assert_int_eq(want.kind, WANT_WAIT);
    ck_assert_int_eq(want.deadline, NEVER);
    ck_assert_str_eq(still_asked(&s), "");
}
END_TEST

/* There are enough spinners, and nobody has asked for one. */
static void may_not_spin(void)
{
    rt->n_spinning = rt->set.gomaxprocs;
    rt->need_spinning = 0;
}

/* A spinner that goes idle minds the timers of all Ps, another only its own P's. */
START_TEST(a_spinner_minds_all_timers)
{
    struct alarm a = {0};

    arm(&a, m1, 5 * MS);
    m0->spinning = true;
    rt->n_spinning = 1;
    ck_assert_int_eq(look(m0).deadline, rt->now + 5 * MS);

    begin_again(4);
    arm(&a, m1, 5 * MS);
    may_not_spin();
    ck_assert_int_eq(look(m0).kind, WANT_WAIT);
}
END_TEST

START_TEST(a_nearer_timer_interrupts_the_poller)
{
    struct alarm a = {0}, b = {0}, c = {0};

    begin_again(3);
    struct m *m2 = still_m(&s, 2);

    arm(&b, m1, 3 * MS);
    arm(&c, m2, 9 * MS);
    arm(&a, m0, 7 * MS);
    may_not_spin(); /* so that each minds its own P's */
    ck_assert_int_eq(look(m0).kind, WANT_POLL);
    still_asked(&s);
    ck_assert_int_eq(look(m2).kind, WANT_WAIT);
    ck_assert_str_eq(still_asked(&s), "");
    ck_assert_int_eq(look(m1).kind, WANT_WAIT);
    ck_assert_str_eq(still_asked(&s), "break");
}
END_TEST

static struct want poll_with_m0(void)
{
    struct want want = look(m0);

    ck_assert_int_eq(want.kind, WANT_POLL);
    rt->now += 1000;
    return want;
}

START_TEST(back_from_the_poller_with_work)
{
    rt->poll_waiters = 1;
    poll_with_m0();
    for (int i = 0; i < 3; i++)
        complete(still_g(&s, G_WAITING));
    look(m0);
    ck_assert_uint_eq(m0->g->id, 1);
    ck_assert_ptr_eq(m0->p, &rt->allp[0]);
    ck_assert_str_eq(still_ring(&s, 0), "2 3");
    ck_assert_int_eq(rt->last_poll, rt->now);
    ck_assert_int_eq(rt->poll_until, 0);
}
END_TEST

START_TEST(back_from_the_poller_without_a_p)
{
    rt->poll_waiters = 1;
    poll_with_m0();
    struct m *m2 = still_m(&s, (uint32_t)(idle_p_take(rt, false) - rt->allp));

    for (int i = 0; i < 3; i++)
        complete(still_g(&s, G_WAITING));
    struct want want = look(m0);

    ck_assert_int_eq(want.kind, WANT_WAIT);
    ck_assert_int_eq(want.deadline, NEVER);
    ck_assert_str_eq(still_global(&s), "1 2 3");
    ck_assert_ptr_eq(rt->idle_m, m0);
    ck_assert_uint_eq(found(m2), 1);
}
END_TEST

START_TEST(back_from_the_poller_it_spins_if_it_did_before)
{
    rt->poll_waiters = 1;
    poll_with_m0();
    struct alarm a = {.g = still_g(&s, G_WAITING)};

    arm(&a, m1, 0);
    ck_assert(m0->was_spinning);
    rt->n_spinning = 5; /* beyond the limit for others */
    look(m0);
    ck_assert_uint_eq(m0->g->id, 1);
    ck_assert_uint_eq(rt->n_spinning, 5);
}
END_TEST

Suite *sched_find_suite(void)
{
    Suite *suite = suite_create("sched/find");
    TCase *t = tcase_create("the order of sources");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, own_timers_then_queues_then_poller_then_others);
    tcase_add_test(t, the_61st_round_takes_one);
    tcase_add_test(t, inheriting_for_ever_never_reaches_the_61st_round);
    tcase_add_test(t, a_stop_of_the_world_comes_first);
    tcase_add_test(t, a_dedicated_worker_comes_before_all_queues_and_wakes_another_m);
    tcase_add_test(t, an_idle_worker_comes_after_all_else);
    tcase_add_test(t, polls_only_if_somebody_waits_and_no_m_blocks_there);
    tcase_add_test(t, runs_the_first_polled_and_injects_the_rest);
    suite_add_tcase(suite, t);

    t = tcase_create("stealing");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, one_round_visits_every_p);
    tcase_add_test(t, strides_are_all_numbers_coprime_with_gomaxprocs);
    tcase_add_test(t, every_victim_may_be_the_first);
    tcase_add_test(t, idle_victims_are_skipped);
    tcase_add_test(t, a_thief_keeps_its_half_and_runs_the_last);
    tcase_add_test(t, runnext_is_stolen_in_round_four_after_a_pause);
    tcase_add_test(t, a_ring_is_robbed_before_a_runnext);
    tcase_add_test(t, a_runnext_that_changed_gets_its_own_pause);
    tcase_add_test(t, a_ring_that_fills_during_the_pause_is_robbed);
    tcase_add_test(t, nothing_left_after_the_pause);
    tcase_add_test(t, a_stop_during_the_pause);
    tcase_add_test(t, no_pause_for_a_victim_in_a_system_call);
    tcase_add_test(t, timers_of_others_run_in_round_four_only);
    tcase_add_test(t, timers_of_idle_ps_run_too);
    tcase_add_test(t, timers_without_a_goroutine_make_it_look_again);
    tcase_add_test(t, half_of_the_busy_ps_may_spin);
    tcase_add_test(t, idle_ps_lower_the_limit);
    tcase_add_test(t, who_spins_already_goes_on_beyond_the_limit);
    suite_add_tcase(suite, t);

    t = tcase_create("nothing to do");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_needed_spinner_is_made_of_whoever_would_idle);
    tcase_add_test(t, idle_at_last);
    tcase_add_test(t, four_rounds_of_nothing_are_paid_for);
    tcase_add_test(t, epoll_counts_in_milliseconds);
    tcase_add_test(t, polls_without_end_for_the_network_alone);
    tcase_add_test(t, a_spinner_minds_all_timers);
    tcase_add_test(t, a_nearer_timer_interrupts_the_poller);
    tcase_add_test(t, back_from_the_poller_with_work);
    tcase_add_test(t, back_from_the_poller_without_a_p);
    tcase_add_test(t, back_from_the_poller_it_spins_if_it_did_before);
    suite_add_tcase(suite, t);
    return suite;
}

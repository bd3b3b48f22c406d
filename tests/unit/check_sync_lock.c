#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "runtime/trace/ledger.h"
#include "runtime/trace/trace.h"
#include "tests/unit/hand.h"

#define MS 1000000

Suite *sync_lock_suite(void);

static struct hand *h;
static struct mutex mu;
static struct rwmutex rw;

static void begin(uint32_t procs)
{
    h = hand_new(procs);
    mutex_init(&mu);
    rwmutex_init(&rw);
}

static void setup(void)
{
    begin(1);
}

static void teardown(void)
{
    hand_free(h);
}

static void two_ps(void)
{
    teardown();
    begin(2);
}

static void run(const struct act *main)
{
    hand_boot(h, main);
    hand_run(h, NEVER);
}

/* ---- mutex */

START_TEST(waiters_get_it_in_order)
{
    const struct act w[] = {LOCK(&mu), SAY_NAME, UNLOCK(&mu), END};
    const struct act main[] = {LOCK(&mu),   GO(w, "w1"), PAUSE,       GO(w, "w2"), PAUSE,
                               GO(w, "w3"), PAUSE,       UNLOCK(&mu), PAUSE,       END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w1; w2; w3");
    ck_assert_uint_eq(mu.state, 0);
    ck_assert_uint_eq(mu.holder, 0);
}
END_TEST

/* Normal mode: an unlock wakes a waiter but does not hand over; the running goroutine is faster. */
START_TEST(the_running_one_is_faster)
{
    const struct act w[] = {LOCK(&mu), SAY_NAME, UNLOCK(&mu), END};
    const struct act main[] = {LOCK(&mu), GO(w, "w"), GOSCHED,     GOSCHED, UNLOCK(&mu),
                               LOCK(&mu), SAY_NAME,   UNLOCK(&mu), PAUSE,   END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main; w");
}
END_TEST

/* One unlock wakes one waiter; while that one is awake the next unlock wakes nobody. */
START_TEST(one_waiter_is_awake_at_a_time)
{
    const struct act w[] = {LOCK(&mu), SAY_NAME, UNLOCK(&mu), END};
    const struct act main[] = {LOCK(&mu),   GO(w, "w1"), GOSCHED,     GOSCHED,   GO(w, "w2"), GOSCHED,
                               UNLOCK(&mu), LOCK(&mu),   UNLOCK(&mu), BURN(500), STOP,        END};

    hand_boot(h, main);
    while (strcmp(hand_state(h, "main"), "forever") != 0)
        ck_assert(hand_step(h, 0));
    ck_assert_uint_eq(mu.state, MUTEX_WOKEN | MUTEX_WAITER);
    ck_assert_str_eq(hand_state(h, "w1"), "runnable");
    ck_assert_str_eq(hand_state(h, "w2"), "sync");
    hand_run(h, NEVER);
    ck_assert_str_eq(hand_log(h), "w1; w2");
}
END_TEST

/* A woken waiter that finds the mutex taken queues at the front again. */
START_TEST(a_loser_queues_at_the_front)
{
    const struct act w[] = {LOCK(&mu), SAY_NAME, UNLOCK(&mu), END};
    const struct act main[] = {LOCK(&mu),   GO(w, "w1"), GOSCHED, GOSCHED,     GO(w, "w2"), GOSCHED,
                               UNLOCK(&mu), LOCK(&mu),   GOSCHED, UNLOCK(&mu), STOP,        END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w1; w2");
}
END_TEST

/* V14. Unlock at 2 ms: the waiter loses to the hog and begins starvation mode; unlock at 4 ms hands the
 * mutex over, and as the only waiter it ends the mode. */
START_TEST(starvation_hands_over)
{
    const struct act w[] = {LOCK(&mu), SAY_NAME, BURN(500000), UNLOCK(&mu), STOP, END};
    const struct act hog[] = {LOCK(&mu),   GO(w, "w"), SAY_NAME,      BURN(2 * MS),
                              UNLOCK(&mu), LOCK(&mu),  AGAIN_FROM(2), END};
    const struct act main[] = {GO(hog, "hog"), STOP, END};

    two_ps();
    hand_boot(h, main);
    hand_run(h, 50000);
    ck_assert_str_eq(hand_log(h), "hog");
    ck_assert_str_eq(hand_state(h, "w"), "sync");
    hand_run(h, 1900000);
    ck_assert_uint_eq(mu.state, MUTEX_LOCKED | MUTEX_WAITER);
    hand_run(h, 3 * MS);
    ck_assert_str_eq(hand_log(h), "hog; hog");
    ck_assert_uint_eq(mu.state, MUTEX_LOCKED | MUTEX_STARVING | MUTEX_WAITER);
    ck_assert_str_eq(hand_state(h, "w"), "sync");
    hand_run(h, 4200000);
    ck_assert_str_eq(hand_log(h), "hog; hog; w");
    ck_assert_uint_eq(mu.state & MUTEX_STARVING, 0);
    ck_assert_uint_eq(mu.holder, hand_g(h, "w")->id);
    hand_run(h, 5 * MS);
    ck_assert_str_eq(hand_log(h), "hog; hog; w; hog");
}
END_TEST

/* In starvation mode newcomers queue at the tail, and the mode lasts while others wait for long. */
START_TEST(starvation_mode_is_first_come_first_served)
{
    const struct act w[] = {LOCK(&mu), SAY_NAME, BURN(2 * MS), UNLOCK(&mu), STOP, END};
    const struct act hog[] = {LOCK(&mu), BURN(2 * MS), UNLOCK(&mu), LOCK(&mu), BURN(2 * MS), UNLOCK(&mu),
                              LOCK(&mu), SAY_NAME,     UNLOCK(&mu), STOP,      END};
    const struct act main[] = {GO(hog, "hog"), SLEEP(10000), GO(w, "w1"), GO(w, "w2"),
                               GO(w, "w3"),    STOP,         END};

    two_ps();
    run(main);
    ck_assert_uint_eq(strlen(hand_log(h)), strlen("w3; w1; w2; hog"));
    ck_assert_str_eq(hand_log(h) + strlen("w3; w1; w2"), "; hog");
    ck_assert_uint_eq(mu.state, 0);
}
END_TEST

/* The unlocker yields to the new owner in the same time slice and then goes on. */
START_TEST(a_hand_over_yields)
{
    const struct act w[] = {LOCK(&mu), SAY_NAME, UNLOCK(&mu), END};
    const struct act main[] = {LOCK(&mu),   GO(w, "w"), BURN(100), GOSCHED,     GOSCHED,  BURN(2 * MS),
                               UNLOCK(&mu), LOCK(&mu),  GOSCHED,   UNLOCK(&mu), SAY_NAME, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "w; main");
    ck_assert_uint_eq(mu.state, 0);
}
END_TEST

static struct mutex_op *contender(void)
{
    return &hand_g(h, "w")->op.mutex;
}

/* Four rounds of spinning on the second P, then it sleeps. */
START_TEST(contenders_spin_first)
{
    const struct act w[] = {LOCK(&mu), SAY_NAME, UNLOCK(&mu), STOP, END};
    const struct act main[] = {LOCK(&mu), GO(w, "w"), BURN(MS), UNLOCK(&mu), STOP, END};
    int64_t began = 0;

    two_ps();
    hand_boot(h, main);
    for (int64_t t = 0; t < MS && (!hand_g(h, "w") || contender()->spins < 4); t += 10) {
        hand_run(h, t);
        if (hand_g(h, "w") && contender()->spins == 1 && !began)
            began = hand_rt(h)->now;
    }
    ck_assert_uint_eq(contender()->spins, 4);
    ck_assert_int_ge(hand_rt(h)->now - began, 3 * cost_ns[COST_SPIN]);
    ck_assert_str_eq(hand_state(h, "w"), "running");
    ck_assert_uint_eq(mu.state, MUTEX_LOCKED); /* nobody sleeps, so no woken bit either */
    hand_run(h, MS / 2);
    ck_assert_str_eq(hand_state(h, "w"), "sync");
    ck_assert_uint_eq(mu.state, MUTEX_LOCKED | MUTEX_WAITER);
    hand_run(h, NEVER);
    ck_assert_str_eq(hand_log(h), "w");
}
END_TEST

START_TEST(no_spinning_on_one_p)
{
    const struct act w[] = {LOCK(&mu), END};
    const struct act main[] = {LOCK(&mu), GO(w, "w"), PAUSE, END};

    hand_boot(h, main);
    hand_run(h, 50000);
    ck_assert_str_eq(hand_state(h, "w"), "sync");
    ck_assert_uint_eq(contender()->spins, 0);
}
END_TEST

START_TEST(no_spinning_on_one_cpu)
{
    const struct act w[] = {LOCK(&mu), END};
    const struct act main[] = {LOCK(&mu), GO(w, "w"), BURN(MS), END};

    two_ps();
    hand_rt(h)->set.cpus = 1;
    hand_boot(h, main);
    hand_run(h, MS / 2);
    ck_assert_str_eq(hand_state(h, "w"), "sync");
    ck_assert_uint_eq(contender()->spins, 0);
}
END_TEST

/* A spinner is awake: it says so, and an unlock does not wake a second one. */
START_TEST(a_spinner_keeps_sleepers_asleep)
{
    const struct act sleeper[] = {LOCK(&mu), SAY_NAME, UNLOCK(&mu), STOP, END};
    const struct act w[] = {SLEEP(200000), LOCK(&mu), SAY_NAME, UNLOCK(&mu), STOP, END};
    const struct act main[] = {LOCK(&mu), GO(sleeper, "s"), GO(w, "w"), BURN(2 * MS), UNLOCK(&mu), STOP, END};
    int64_t t = 0;

    two_ps();
    hand_boot(h, main);
    while (t < 2 * MS &&
           (!hand_g(h, "w") || contender()->spins == 0 || strcmp(hand_state(h, "s"), "sync") != 0))
        hand_run(h, t += 10);
    ck_assert_uint_eq(mu.state, MUTEX_LOCKED | MUTEX_WOKEN | MUTEX_WAITER);
    ck_assert(contender()->woken);
}
END_TEST

START_TEST(trylock_never_waits)
{
    const struct act main[] = {TRYLOCK(&mu), TRYLOCK(&mu), UNLOCK(&mu), TRYLOCK(&mu), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: yes; main: no; main: yes");
}
END_TEST

START_TEST(trylock_fails_in_starvation_mode)
{
    const struct act main[] = {TRYLOCK(&mu), END};

    mu.state = MUTEX_STARVING | MUTEX_WAITER;
    run(main);
    ck_assert_str_eq(hand_log(h), "main: no");
}
END_TEST

static void ends_with(const struct act *main, const char *text)
{
    run(main);
    ck_assert_int_eq(hand_rt(h)->end, END_FATAL);
    ck_assert_str_eq(hand_rt(h)->end_text, text);
    ck_assert_str_eq(hand_log(h), "");
}

START_TEST(unlocking_what_is_unlocked_is_fatal)
{
    const struct act main[] = {LOCK(&mu), UNLOCK(&mu), UNLOCK(&mu), SAY_NAME, END};

    ends_with(main, "sync: unlock of unlocked mutex");
}
END_TEST

START_TEST(another_goroutine_may_unlock)
{
    const struct act w[] = {UNLOCK(&mu), END};
    const struct act main[] = {LOCK(&mu), GO(w, "w"), LOCK(&mu), SAY_NAME, END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main");
}
END_TEST

/* ---- the ledger's account of waits */

static void add_page(void *context, const char *bytes, size_t n)
{
    strbuf_addn(context, bytes, n);
}

START_TEST(waits_for_declared_locks_are_told)
{
    struct rt *rt = hand_rt(h);
    struct strbuf pages;
    const struct act w[] = {LOCK(&mu), UNLOCK(&mu), END};
    const struct act r[] = {RLOCK(&rw), RUNLOCK(&rw), END};
    const struct act wr[] = {WLOCK(&rw), WUNLOCK(&rw), END};
    const struct act main[] = {LOCK(&mu),    GO(w, "w"), PAUSE,      UNLOCK(&mu), RLOCK(&rw),
                               GO(wr, "wr"), PAUSE,      GO(r, "r"), PAUSE,       GO(wr, "wr2"),
                               PAUSE,        STOP,       END};

    rt->ledger = ledger_new();
    rt->tracer = trace_new(rt, 1000 * MS);
    mu.number = 3;
    rw.number = 4;
    run(main);
    strbuf_init(&pages);
    ledger_flush(rt->ledger, add_page, &pages);
    char *text = pages.text;

    for (char *p = text; *p; p++) /* times are not of interest */
        if (p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9')
            for (; *p >= '0' && *p <= '9'; p++)
                *p = 't';
    const char *lines = strchr(text, '\n') + 1;

    ck_assert_ptr_nonnull(strstr(lines, "wait 2 t"));
    ck_assert_ptr_nonnull(strstr(lines, " 3 1\n")); /* mu, held by main */
    ck_assert_ptr_nonnull(strstr(lines, "wait 3 t"));
    ck_assert_ptr_nonnull(strstr(lines, " 4 -\n")); /* the writer waits for readers */
    ck_assert_ptr_nonnull(strstr(lines, "wait 4 t"));
    ck_assert_ptr_nonnull(strstr(lines, " 4 3\n")); /* the reader waits for the writer */
    int n = 0;

    for (const char *p = lines; (p = strstr(p, "wait ")); p++)
        n++;
    ck_assert_int_eq(n, 4); /* the second writer waits once, not once more for the inner mutex */
    strbuf_release(&pages);
    ledger_free(rt->ledger);
    trace_free(rt->tracer);
    rt->ledger = NULL;
    rt->tracer = NULL;
}
END_TEST

/* ---- rwmutex */

START_TEST(readers_share)
{
    const struct act r[] = {RLOCK(&rw), SAY_NAME, PAUSE, RUNLOCK(&rw), END};
    const struct act main[] = {RLOCK(&rw), GO(r, "r"), PAUSE, SAY_NAME, RUNLOCK(&rw), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "r; main");
}
END_TEST

/* A pending writer stops new readers, the last old reader lets it in, and the readers that came
 * meanwhile go before the next writer. */
START_TEST(writers_and_readers_alternate)
{
    const struct act r[] = {RLOCK(&rw), SAY_NAME, PAUSE, RUNLOCK(&rw), END};
    const struct act w[] = {WLOCK(&rw), SAY_NAME, PAUSE, PAUSE, WUNLOCK(&rw), END};
    const struct act main[] = {RLOCK(&rw),  GO(r, "r1"),  GOSCHED,     GOSCHED, GO(w, "w1"), GOSCHED,
                               GO(r, "r2"), GOSCHED,      GO(w, "w2"), GOSCHED, GO(r, "r3"), GOSCHED,
                               SAY_NAME,    RUNLOCK(&rw), STOP,        END};

    run(main);
    ck_assert_str_eq(hand_log(h), "r1; main; w1; r2; r3; w2");
    ck_assert_int_eq(rw.readers, 0);
    ck_assert_uint_eq(rw.writers.state, 0);
}
END_TEST

START_TEST(rwmutex_waits_name_the_rwmutex)
{
    const struct act r[] = {RLOCK(&rw), END};
    const struct act w[] = {WLOCK(&rw), END};
    const struct act main[] = {RLOCK(&rw), GO(w, "w1"), PAUSE, GO(w, "w2"), GO(r, "r"), STOP, END};

    run(main);
    ck_assert_ptr_eq(wait_object(hand_g(h, "w1"), 0), &rw);
    ck_assert_ptr_eq(wait_object(hand_g(h, "w2"), 0), &rw);
    ck_assert_ptr_eq(wait_object(hand_g(h, "r"), 0), &rw);
    ck_assert_str_eq(hand_state(h, "w1"), "sync");
    ck_assert_int_eq(hand_leaf(h, "w2"), LEAF_RW_LOCK);
    ck_assert_int_eq(hand_leaf(h, "r"), LEAF_RW_RLOCK);
}
END_TEST

START_TEST(rwmutex_trylock_needs_everybody_out)
{
    const struct act main[] = {RLOCK(&rw),    WTRYLOCK(&rw), RUNLOCK(&rw),  WTRYLOCK(&rw),
                               WTRYLOCK(&rw), WUNLOCK(&rw),  WTRYLOCK(&rw), END};

    run(main);
    ck_assert_str_eq(hand_log(h), "main: no; main: yes; main: no; main: yes");
}
END_TEST

START_TEST(rwmutex_misuse_is_fatal)
{
    const struct act main[] = {RLOCK(&rw), RUNLOCK(&rw), RUNLOCK(&rw), SAY_NAME, END};

    ends_with(main, "sync: RUnlock of unlocked RWMutex");
}
END_TEST

START_TEST(rwmutex_runlock_of_a_writer_is_fatal)
{
    const struct act main[] = {WLOCK(&rw), RUNLOCK(&rw), SAY_NAME, END};

    ends_with(main, "sync: RUnlock of unlocked RWMutex");
}
END_TEST

START_TEST(rwmutex_unlock_of_a_reader_is_fatal)
{
    const struct act main[] = {RLOCK(&rw), WUNLOCK(&rw), SAY_NAME, END};

    ends_with(main, "sync: Unlock of unlocked RWMutex");
}
END_TEST

Suite *sync_lock_suite(void)
{
    Suite *s = suite_create("sync/lock");
    TCase *t = tcase_create("mutex");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, waiters_get_it_in_order);
    tcase_add_test(t, the_running_one_is_faster);
    tcase_add_test(t, one_waiter_is_awake_at_a_time);
    tcase_add_test(t, a_loser_queues_at_the_front);
    tcase_add_test(t, starvation_hands_over);
    tcase_add_test(t, starvation_mode_is_first_come_first_served);
    tcase_add_test(t, a_hand_over_yields);
    tcase_add_test(t, contenders_spin_first);
    tcase_add_test(t, no_spinning_on_one_p);
    tcase_add_test(t, no_spinning_on_one_cpu);
    tcase_add_test(t, a_spinner_keeps_sleepers_asleep);
    tcase_add_test(t, trylock_never_waits);
    tcase_add_test(t, trylock_fails_in_starvation_mode);
    tcase_add_test(t, unlocking_what_is_unlocked_is_fatal);
    tcase_add_test(t, another_goroutine_may_unlock);
    tcase_add_test(t, waits_for_declared_locks_are_told);
    suite_add_tcase(s, t);
    t = tcase_create("rwmutex");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, readers_share);
    tcase_add_test(t, writers_and_readers_alternate);
    tcase_add_test(t, rwmutex_waits_name_the_rwmutex);
    tcase_add_test(t, rwmutex_trylock_needs_everybody_out);
    tcase_add_test(t, rwmutex_misuse_is_fatal);
    tcase_add_test(t, rwmutex_runlock_of_a_writer_is_fatal);
    tcase_add_test(t, rwmutex_unlock_of_a_reader_is_fatal);
    suite_add_tcase(s, t);
    return s;
}

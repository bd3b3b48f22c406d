/* hand.h: a machine for tests: Ms are stepped by hand, or run with a CPU each, and its goroutines are
 * scripts of operations that write a log.
 *
 *     const struct act worker[] = {{RECV, &c}, {SAY, .text = "got it"}, {0}};
 *     const struct act main[] = {{GO, worker, .text = "w"}, {SLEEP, .n = 5}, {SEND, &c}, {STOP}, {0}};
 *     hand_boot(h, main);
 *     hand_run(h, NEVER);
 *     ck_assert_str_eq(hand_log(h), "w: got it");
 *
 * The log is the lines "NAME: TEXT", separated by "; ". Every M has a CPU of its own and runs 5 us after
 * it was woken; of Ms due at the same instant the one with the lowest id goes first. The monitor's M is
 * never stepped, so nothing is preempted. There is no outside world. */
#pragma once

#include "base/strbuf.h"
#include "runtime/sched/sched.h"
#include "runtime/sync/sync.h"

enum act_kind {
    END,     /* of the script: the goroutine ends */
    SAY,     /* logs .text, or without it the goroutine's name alone */
    GO,      /* starts the script `on`, called .text */
    BURN,    /* .n ns of CPU */
    SLEEP,   /* .n ns */
    GOSCHED, /* runtime.Gosched */
    STOP,    /* waits for ever */
    AGAIN_FROM, /* goes back to act number .n */
    SEND,    /* .n on channel `on` */
    RECV,    /* from channel `on`; logs the number or "closed" */
    CLOSE,
    LOCK, TRYLOCK, UNLOCK,          /* a mutex; TRYLOCK logs "yes" or "no" */
    RLOCK, RUNLOCK, WLOCK, WUNLOCK, WTRYLOCK, /* an rwmutex */
    ADD, WAIT,                      /* a waitgroup: Add(.n) */
    ACQUIRE, RELEASE,               /* a semaphore: .n of it */
    SELECT,  /* .n cases at `on` (of which one may be DEFAULT); logs "case I" and what came */
    CANCEL,  /* a context */
    MARK,    /* remembers this point as number .n */
    KNOWS,   /* logs whether point .n happened before now: "yes" or "no" */
    CALL_ME, /* .call(m, g) */
};

struct act {
    enum act_kind kind;
    const void *on;
    int64_t n;
    const char *text;
    bool def; /* SELECT: it has a default */
    void (*call)(struct m *m, struct g *g);
};

struct hand;

struct hand *hand_new(uint32_t procs);
void hand_free(struct hand *h);
struct rt *hand_rt(struct hand *h);

void hand_boot(struct hand *h, const struct act *main);
/* Runs all Ms until nothing happens before `until`, or the program ended. The clock is then at the last
 * step. */
void hand_run(struct hand *h, int64_t until);
/* One step of M number `id`, at the present instant; false: it sleeps or does not exist. */
bool hand_step(struct hand *h, uint32_t id);

const char *hand_log(const struct hand *h);
void hand_clear(struct hand *h);
/* The text of goroutine `name`'s state, such as "waiting sync", "running" (NULL: no such goroutine). */
const char *hand_state(const struct hand *h, const char *name);
struct g *hand_g(const struct hand *h, const char *name);

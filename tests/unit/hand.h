/* hand.h: machines for tests whose goroutines are scripts of operations that write a log: one where Ms are
 * stepped by hand, or run with a CPU each, and the virtual machine.
 *
 *     const struct act worker[] = {LOCK(&mu), SAY("got it"), UNLOCK(&mu), END};
 *     const struct act main[] = {LOCK(&mu), GO(worker, "w"), PAUSE, UNLOCK(&mu), STOP, END};
 *     hand_boot(h, main);
 *     hand_run(h, NEVER);
 *     ck_assert_str_eq(hand_log(h), "w: got it");
 *
 * The log is the lines "NAME: TEXT", separated by "; ". With hand_new every M has a CPU of its own and runs
 * 5 us after it was woken; of Ms due at the same instant the one with the lowest id goes first. The monitor's
 * M is never stepped, so nothing is preempted. There is no outside world: NETWORK and SYSCALL do not end. */
#pragma once

#include "base/strbuf.h"
#include "runtime/sched/sched.h"
#include "runtime/sync/sync.h"

/* The acts of a script. */
/* clang-format off */
#define END                           {.kind = ACT_END}                              /* the goroutine ends */
#define SAY(what)                     {.kind = ACT_SAY, .text = (what)}
#define SAY_NAME                      {.kind = ACT_SAY}                              /* logs the goroutine's name alone */
#define GO(script, name)              {.kind = ACT_GO, .on = (script), .text = (name)}
#define BURN(ns)                      {.kind = ACT_BURN, .n = (ns)}                  /* CPU time */
#define BURN_TIGHT(ns)                {.kind = ACT_BURN, .n = (ns), .def = true}     /* the same, which nothing cuts short */
#define NETWORK(ns)                   {.kind = ACT_NETWORK, .n = (ns)}               /* waits for the poller to report it */
#define SYSCALL(ns)                   {.kind = ACT_SYSCALL, .n = (ns)}
#define SLEEP(ns)                     {.kind = ACT_SLEEP, .n = (ns)}
#define GOSCHED                       {.kind = ACT_GOSCHED}
#define STOP                          {.kind = ACT_STOP}                             /* waits for ever */
#define AGAIN_FROM(act)               {.kind = ACT_AGAIN_FROM, .n = (act)}           /* goes back to that act, from 0 */
#define SEND(c, number)               {.kind = ACT_SEND, .on = (c), .n = (number)}
#define RECV(c)                       {.kind = ACT_RECV, .on = (c)}                  /* logs the number, or "closed" */
#define CLOSE(c)                      {.kind = ACT_CLOSE, .on = (c)}
#define LOCK(mu)                      {.kind = ACT_LOCK, .on = (mu)}
#define TRYLOCK(mu)                   {.kind = ACT_TRYLOCK, .on = (mu)}              /* logs "yes" or "no" */
#define UNLOCK(mu)                    {.kind = ACT_UNLOCK, .on = (mu)}
#define RLOCK(rw)                     {.kind = ACT_RLOCK, .on = (rw)}
#define RUNLOCK(rw)                   {.kind = ACT_RUNLOCK, .on = (rw)}
#define WLOCK(rw)                     {.kind = ACT_WLOCK, .on = (rw)}
#define WTRYLOCK(rw)                  {.kind = ACT_WTRYLOCK, .on = (rw)}             /* logs "yes" or "no" */
#define WUNLOCK(rw)                   {.kind = ACT_WUNLOCK, .on = (rw)}
#define ADD(wg, delta)                {.kind = ACT_ADD, .on = (wg), .n = (delta)}
#define WAIT(wg)                      {.kind = ACT_WAIT, .on = (wg)}
#define ACQUIRE(sem, count)           {.kind = ACT_ACQUIRE, .on = (sem), .n = (count)}
#define RELEASE(sem, count)           {.kind = ACT_RELEASE, .on = (sem), .n = (count)}
#define SELECT(cases, count)          {.kind = ACT_SELECT, .on = (cases), .n = (count)} /* logs "case I" and what came */
#define SELECT_DEFAULT(cases, count)  {.kind = ACT_SELECT, .on = (cases), .n = (count), .def = true} /* the same, or "default" */
#define CANCEL(ctx)                   {.kind = ACT_CANCEL, .on = (ctx)}
#define MARK(point)                   {.kind = ACT_MARK, .n = (point)}               /* remembers "now" as that point, 0 to 15 */
#define KNOWS(point)                  {.kind = ACT_KNOWS, .n = (point)}              /* logs whether it happened before: "yes" or "no" */
#define RELIES(point)                 {.kind = ACT_RELIES, .n = (point)}             /* logs whether it firmly did */
#define CALL_ME(f)                    {.kind = ACT_CALL_ME, .call = (f)}
#define DO(f)                         {.kind = ACT_DO, .step = (f)}                  /* until it says DONE */
#define PAUSE                         SLEEP(100000) /* lets all others run until they block */

enum act_kind {
    ACT_END, ACT_SAY, ACT_GO, ACT_BURN, ACT_SLEEP, ACT_GOSCHED, ACT_STOP, ACT_AGAIN_FROM, ACT_SEND,
    ACT_RECV, ACT_CLOSE, ACT_LOCK, ACT_TRYLOCK, ACT_UNLOCK, ACT_RLOCK, ACT_RUNLOCK, ACT_WLOCK,
    ACT_WTRYLOCK, ACT_WUNLOCK, ACT_ADD, ACT_WAIT, ACT_ACQUIRE, ACT_RELEASE, ACT_SELECT, ACT_CANCEL,
    ACT_MARK, ACT_KNOWS, ACT_RELIES, ACT_CALL_ME, ACT_DO, ACT_NETWORK, ACT_SYSCALL,
};
/* clang-format on */

struct act {
    enum act_kind kind;
    const void *on;
    int64_t n;
    const char *text;
    bool def; /* the select has a default; the burning is tight */
    void (*call)(struct m *m, struct g *g);
    enum end (*step)(struct m *m, struct g *g);
};

struct hand;

struct hand *hand_new(uint32_t procs);
struct hand *hand_on_cpus(uint32_t procs, uint32_t cpus); /* the virtual machine */
void hand_free(struct hand *h);
struct rt *hand_rt(struct hand *h);

void hand_boot(struct hand *h, const struct act *main);
/* Runs all Ms until nothing happens before `until`, or the program ended. The clock is then at the last
 * step. The virtual machine must not be run again. */
void hand_run(struct hand *h, int64_t until);
/* One step of M number `id`, at the present instant; false: it sleeps or does not exist. */
bool hand_step(struct hand *h, uint32_t id);

const char *hand_log(const struct hand *h);
/* When that line was logged first, such as "w: got it"; -1: never. */
int64_t hand_time(const struct hand *h, const char *line);
void hand_clear(struct hand *h);
/* The text of goroutine `name`'s state, such as "waiting sync", "running" (NULL: no such goroutine). */
const char *hand_state(const struct hand *h, const char *name);
struct g *hand_g(const struct hand *h, const char *name);
/* What it was doing in the runtime when it parked last. */
enum leaf hand_leaf(const struct hand *h, const char *name);

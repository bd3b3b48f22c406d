/* inline.h: clock, costs, locks and atomics of the core: the only code that asks which machine it is on.
 *
 * On the virtual machine a step is atomic, so these are plain loads and stores (2 ns instead of 7 for a
 * read-modify-write); on threads they are sequentially consistent atomics, because the protocol between
 * spinning Ms and publishers of work needs "publish, then look" on both sides. */
#pragma once

#include <stdlib.h>

#include "runtime/sched/g.h"

/* Spin-then-futex locks of the thread machine (machine/futex.c). */
void futex_lock(struct rt_lock *l);
void futex_unlock(struct rt_lock *l);
int64_t thread_clock(void);

static inline int64_t now(const struct m *m)
{
    return m->rt->threads ? thread_clock() : m->rt->now;
}

static const int32_t cost_ns[COST_COUNT] = {
#define X(sym, ns, what) ns,
    COSTS(X)
#undef X
};

/* Charges n times the cost to the step that m is in; threads pay for real. */
static inline void charge(struct m *m, enum cost cost, int64_t n)
{
    m->cost += cost_ns[cost] * n;
}

static inline void lock(struct rt *rt, struct rt_lock *l)
{
    if (rt->threads) {
        futex_lock(l);
        return;
    }
    if (l->word)
        abort(); /* a step left it held */
    l->word = 1;
}

static inline void unlock(struct rt *rt, struct rt_lock *l)
{
    if (rt->threads) {
        futex_unlock(l);
        return;
    }
    if (!l->word)
        abort();
    l->word = 0;
}

#define at_load(rt, p) ((rt)->threads ? __atomic_load_n((p), __ATOMIC_SEQ_CST) : *(p))
#define at_store(rt, p, v) \
    do { \
        if ((rt)->threads) \
            __atomic_store_n((p), (v), __ATOMIC_SEQ_CST); \
        else \
            *(p) = (v); \
    } while (0)
/* The new value. */
#define at_add(rt, p, v) \
    ((rt)->threads ? __atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST) : (*(p) += (v)))
/* The old value. */
#define at_xchg(rt, p, v) __extension__({ \
    __typeof__(*(p)) at_old_; \
    if ((rt)->threads) { \
        at_old_ = __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST); \
    } else { \
        at_old_ = *(p); \
        *(p) = (v); \
    } \
    at_old_; })
/* Whether *p was `from` and now is `to`. */
#define at_cas(rt, p, from, to) __extension__({ \
    __typeof__(*(p)) at_from_ = (from); \
    bool at_won_; \
    if ((rt)->threads) { \
        at_won_ = __atomic_compare_exchange_n((p), &at_from_, (to), false, __ATOMIC_SEQ_CST, \
                                              __ATOMIC_SEQ_CST); \
    } else { \
        at_won_ = *(p) == at_from_; \
        if (at_won_) \
            *(p) = (to); \
    } \
    at_won_; })

/* Keeps the largest of the values that *peak was told; threads keep none. */
static inline void note_peak(struct rt *rt, int64_t *peak, int64_t value)
{
    if (!rt->threads && value > *peak)
        *peak = value;
}

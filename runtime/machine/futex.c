#include "runtime/machine/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "runtime/sched/inline.h"

/* rt_lock.word */
enum { FREE, HELD, CONTENDED };

#define SPINS  100 /* looks at a held lock before sleeping; what it guards takes less than a microsecond */
#define SECOND 1000000000

int64_t thread_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

/* FUTEX_WAIT_BITSET takes an absolute deadline of the monotonic clock. */
void futex_wait(uint32_t *word, uint32_t value, int64_t deadline)
{
    struct timespec t = {.tv_sec = deadline / SECOND, .tv_nsec = deadline % SECOND};

    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, deadline == NEVER ? NULL : &t, NULL,
            FUTEX_BITSET_MATCH_ANY);
}

void futex_wake(uint32_t *word, int n)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n);
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static bool try_lock(struct rt_lock *l)
{
    uint32_t found = FREE;

    return __atomic_compare_exchange_n(&l->word, &found, HELD, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void futex_lock(struct rt_lock *l)
{
    for (int i = 0; i < SPINS; i++) {
        if (try_lock(l))
            return;
        relax();
    }
    /* Whoever has slept takes it as contended, since others may be asleep as well. */
    while (__atomic_exchange_n(&l->word, CONTENDED, __ATOMIC_ACQUIRE) != FREE)
        futex_wait(&l->word, CONTENDED, NEVER);
}

void futex_unlock(struct rt_lock *l)
{
    uint32_t found = __atomic_exchange_n(&l->word, FREE, __ATOMIC_RELEASE);

    if (found == FREE)
        abort(); /* it was not held */
    if (found == CONTENDED)
        futex_wake(&l->word, 1);
}

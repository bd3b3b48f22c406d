/* futex.h: how threads wait for each other: one 32-bit word and a call of the kernel (Linux).
 *
 * The locks of the thread machine (futex_lock, futex_unlock) are declared beside their users in
 * sched/inline.h. This is what they and a machine's sleeping threads are made of. */
#pragma once

#include <stdint.h>

/* Sleeps while *word is `value`, at most until `deadline` on thread_clock() (NEVER: no limit). May return
 * early for no reason: look at the word again. */
void futex_wait(uint32_t *word, uint32_t value, int64_t deadline);
/* Wakes up to n threads that sleep on the word. The word may be gone by then. */
void futex_wake(uint32_t *word, int n);

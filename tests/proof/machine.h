/* machine.h: the core on pthreads, as small as can be: no poller. It exists to be run under ThreadSanitizer,
 * which sees every access that the rules of g.h do not order, and to lose a wake-up if one can be lost. */
#pragma once

#include "runtime/sched/sched.h"

/* Runs main on `procs` Ps until it returns. A run that does not end within `seconds` prints the state of
 * every goroutine, P and M and ends the process with status 1. */
void proof_run(uint32_t procs, const struct g_kind *main, void *body, int seconds);

/* sysmon.h: the monitor, an M without a P (Go runtime/proc.go: sysmon, retake). */
#pragma once

#include "runtime/sched/g.h"

struct want sysmon_step(struct m *m);
/* Ends a deep sleep: a system call began, or the world starts. */
void sysmon_wake(struct rt *rt);
/* Asks the goroutine that runs on p to give way. */
void preempt_p(struct rt *rt, struct p *p);

/* syscall.h: goroutines in system calls (Go runtime/proc.go: entersyscall, exitsyscall). */
#pragma once

#include "runtime/sched/g.h"

/* g enters the call m->call; its P stays attached and may be taken. */
struct want syscall_enter(struct m *m, struct g *g);
/* The call is over: go on with the old P, with another one, or queue g and sleep. */
struct want syscall_exit(struct m *m);

/* trace_chaos.h: a program that does anything a program may do, at random, on a stage: goroutines are born,
 * run, wait, call and end; Ps change hands; marking, sweeps, assists, stops of the world, tasks and
 * regions begin and end whenever they may. Equal seeds do equal things. */
#pragma once

#include "tests/unit/trace_stage.h"

/* `steps` things after stage_boot, some time passing in between. */
void trace_chaos(struct stage *s, uint64_t seed, int steps);

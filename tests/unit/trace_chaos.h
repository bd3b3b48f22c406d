/* trace_chaos.h: a program that does anything a program may do, at random, on a stage: goroutines
 * are born, run, wait, call and end; Ps change hands; marking, sweeps, assists, stops of the world,
 * tasks and regions begin and end whenever they may. Equal seeds do equal things. */
#pragma once

#include "tests/unit/trace_stage.h"

struct chaos;

/* From stage_boot on; the caller frees. */
struct chaos *chaos_new(struct stage *s, uint64_t seed);
void chaos_free(struct chaos *c);

/* So many things happen, some time passing in between. */
void chaos_go_on(struct chaos *c, int steps);

/* detector.h: the inside of detection, for this room alone. */
#pragma once

#include "base/hashmap.h"
#include "base/mem.h"
#include "runtime/detect/clock.h"
#include "runtime/detect/detect.h"

struct race {
    const char *var;
    struct touch later, earlier; /* when it was first seen */
    int64_t at;
    uint64_t count;
};

struct detector {
    /* hb.c: places in the clocks. */
    VEC(uint32_t) epochs; /* by slot: the last epoch begun in it */
    VEC(uint32_t) free;   /* FIFO of slots whose goroutine has ended, from `first_free` on */
    size_t first_free;

    struct strmap race_keys; /* variable and pair of instructions, in the order of `races` */
    VEC(struct race) races;
    struct strmap misuses; /* kind and instruction */
};

/* race.c: the race lines. */
void races_tell(struct rt *rt);
/* stuck.c: the stuck or leaked lines. */
void stuck_tell(struct rt *rt);

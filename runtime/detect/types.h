/* types.h: what detection keeps inside goroutines and primitives. Empty on threads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct clock;    /* a counted vector clock (detect/clock.h) */
struct detector;

/* In a goroutine: its clock, its own component and whether a release lies behind its last access. */
struct hb_g {
    struct clock *clock;
    uint32_t slot;    /* index of its component */
    uint32_t epoch;   /* its own component; its clock learns of it at the next release */
    bool released;    /* the next access begins a new epoch */
    uint64_t locks;   /* declared locks it holds: bit n-1 for object number n, 1..64 */
};

/* In a primitive: the clock that releases left behind. NULL: none yet. */
struct hb {
    struct clock *clock;
};

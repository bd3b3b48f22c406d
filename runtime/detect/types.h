/* types.h: what detection keeps inside goroutines and primitives. Empty on threads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct clock; /* a counted vector clock (detect/clock.h) */
struct detector;

/* In a goroutine: its clock and its own component. */
struct hb_g {
    struct clock *clock;
    uint32_t slot;  /* index of its component */
    uint32_t epoch; /* its own component; its clock learns of it at the next release */
    bool released;  /* nothing happened since a release: the next event begins a new epoch */
    bool own;       /* it has begun an epoch (before, `epoch` is what is left of the slot's last owner) */
    uint64_t locks; /* declared locks it holds: bit n-1 for object number n, 1..64 */
};

/* In a primitive: the clock that releases left behind. NULL: none yet. */
struct hb {
    struct clock *clock;
};

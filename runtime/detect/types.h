/* types.h: what detection keeps inside goroutines and primitives. Empty on threads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct clock; /* a counted vector clock (detect/clock.h) */
struct detector;

/* What comes before something, told twice: all of it, and what comes *firmly* before it, without the help of
 * luck. Who takes a lock comes after whoever had it before, but could as well have come first; who receives
 * a message could not (hb_acquire, hb_meet). */
struct past {
    struct clock *all;
    struct clock *firm; /* if `apart`; else it is the same as `all`, and this is NULL */
    bool apart;
};

/* A point in a goroutine's life that others may have seen: work done, a reply. */
struct hb_point {
    uint32_t slot;
    uint32_t epoch; /* 0: no such point; it is before everything */
};

/* In a goroutine: its clocks and its own component. */
struct hb_g {
    struct past past;
    uint32_t slot;  /* index of its component */
    uint32_t epoch; /* its own component; `all` learns of it at the next release, a firm clock never */
    bool released;  /* nothing happened since a release: the next event begins a new epoch */
    bool own;       /* it has begun an epoch (before, `epoch` is what is left of the slot's last owner) */
    uint64_t locks; /* declared locks it holds: bit n-1 for object number n, 1..64 */
};

/* In a primitive: what releases left behind. Zeroed: none yet. */
struct hb {
    struct past past;
    struct hb_point by; /* who released last, for the firm clock, which has not been told */
};

/* A place that one takes and another, or the same one, makes free: in a buffer, in a semaphore, a mutex. */
struct hb_place {
    struct hb hb;
    uint64_t taker; /* the last goroutine that took it */
};

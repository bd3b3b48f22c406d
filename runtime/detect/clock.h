/* clock.h: vector clocks that thousands of goroutines can afford.
 *
 * A clock maps slots (places of goroutines) to epochs; a slot that was never set has epoch 0. It is a
 * tree with 16 branches per node whose leaves hold 16 epochs. Nodes are counted and shared by any number
 * of clocks, and copied when one that is shared must change:
 *
 *      a            b          b = a with slot 3 set: two new nodes, the others shared
 *      |            |
 *     (#)          (#')        Joining skips equal pointers and takes over whole subtrees that are not
 *    / | \        / | \        behind, so that clocks which meet often become one tree.
 *  (.) (.) (.) (.') :  :
 *
 * The empty clock is NULL. A pointer to a clock is one counted reference; a clock one has a reference to
 * never changes under one's hands, except through one's own pointer to it (clock_set, clock_join). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct clock;

/* One more reference to c, which may be NULL. */
struct clock *clock_share(struct clock *c);
/* Gives up a reference. */
void clock_drop(struct clock *c);

uint32_t clock_get(const struct clock *c, uint32_t slot);
/* *c with this epoch in this slot. */
void clock_set(struct clock **c, uint32_t slot, uint32_t epoch);
/* *into becomes the later of the two in each slot; whether it changed. `from` may be NULL. Adds to *visits
 * the pairs of nodes that had to be compared. */
bool clock_join(struct clock **into, struct clock *from, uint64_t *visits);

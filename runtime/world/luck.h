/* luck.h: whose luck a draw is. Every draw of the world is f(seed, purpose, entity, n), nothing
 * else:
 *
 *     draw                         purpose          entity             n
 *     parameter of the variant     DRAW_PARAM       name               0
 *     gap between arrivals         DRAW_GAP         load               gap number
 *     think time                   DRAW_THINK       load, client       request of that client
 *     attribute                    DRAW_ATTRIBUTE   request, name      0
 *     cost of `cpu: WORK`          DRAW_WORK        request, work      how much it has had
 *     latency of a call            DRAW_SERVICE     request, service   2 * call number
 *     its cost per item            DRAW_SERVICE     request, service   2 * call number + 1
 *     its failure                  DRAW_FAILURE     request, service   call number
 *
 * A request is load and index; with none in hand it is "nobody". Names are hashed, so that
 * adding a service to a scenario changes nobody else's luck. */
#pragma once

#include "base/rng.h"
#include "runtime/world/world.h"

#define LUCK_NOBODY 0

static inline uint64_t luck_named(enum world_kind kind, const char *name)
{
    return rng_pair((uint64_t)kind, rng_text(name));
}

/* `load` and the others are what luck_named gave for them. */
static inline uint64_t luck_request(uint64_t load, uint32_t index)
{
    return rng_pair(load, index);
}

static inline uint64_t luck_client(uint64_t load, uint32_t client)
{
    return rng_pair(load, client);
}

static inline uint64_t luck_for(uint64_t request, uint64_t what)
{
    return rng_pair(request, what);
}

/* What each section of a world may say: its keys, their kinds and limits, and where values go. */
#include "runtime/world/parts.h"

#define DAY (INT64_C(86400) * NS_PER_S)

/* clang-format off */
static const struct field machine_fields[MACHINE_FIELDS] = {
    [MACHINE_CPUS]  = {"cpus",  FIELD_VALUE, EXPR_NUMBER, .to = offsetof(struct world, cpus), .lo = 1, .hi = 256, .otherwise = 4},
    [MACHINE_QUOTA] = {"quota", .as = FIELD_NODE},
};

const struct field world_fields[WORLD_FIELDS] = {
    [WORLD_MACHINE]  = {"machine",  .as = FIELD_INNER, .inner = machine_fields, .ninner = MACHINE_FIELDS},
    [WORLD_WARMUP]   = {"warmup",   FIELD_VALUE, EXPR_DURATION, .to = offsetof(struct world, warmup), .hi = DAY},
    [WORLD_CAPTURE]  = {"capture",  .as = FIELD_NODE},
    [WORLD_WORKS]    = {"works",    .as = FIELD_NODE},
    [WORLD_SERVICES] = {"services", .as = FIELD_NODE},
    [WORLD_DISKS]    = {"disks",    .as = FIELD_NODE},
    [WORLD_STATES]   = {"state",    .as = FIELD_NODE},
    [WORLD_LOADS]    = {"loads",    .as = FIELD_NODE},
};

#define TO(member) .to = offsetof(struct station, member)
const struct field service_fields[SERVICE_FIELDS] = {
    [SERVICE_LATENCY]  = {"latency",  FIELD_QUANTITY, EXPR_DURATION, .required = true, TO(latency)},
    [SERVICE_PER_ITEM] = {"per_item", FIELD_QUANTITY, EXPR_DURATION, TO(per_item)},
    [SERVICE_AT_ONCE]  = {"at_once",  FIELD_VALUE,    EXPR_NUMBER,   TO(at_once), .lo = 1, .hi = 1000000},
    [SERVICE_FAILS]    = {"fails",    FIELD_CHANCE,   EXPR_TRUTH,    TO(fails)},
};
#undef TO

static const char *const truths[] = {"false", "true", NULL};

#define TO(member) .to = offsetof(struct table, member)
const struct field state_fields[STATE_FIELDS] = {
    [STATE_KEY]      = {"key",      .as = FIELD_NODE},
    [STATE_HEAP]     = {"heap",     FIELD_VALUE,  EXPR_SIZE,  TO(heap), .hi = 1024 * BYTES_PER_GIB},
    [STATE_POINTERS] = {"pointers", FIELD_CHANCE, EXPR_TRUTH, TO(pointers)},
    [STATE_WORD]     = {"word",     FIELD_WORD,   EXPR_TRUTH, TO(word), .words = truths},
};
#undef TO

static const char *const arrival_words[] = {"poisson", "even", NULL};

#define TO(member) .to = offsetof(struct load, member)
static const struct field burst_fields[] = {
    {"every", FIELD_VALUE, EXPR_DURATION, .required = true, TO(burst.every), .lo = NS_PER_US, .hi = DAY},
    {"size",  FIELD_VALUE, EXPR_NUMBER,   .required = true, TO(burst.size),  .lo = 1,         .hi = 1000000},
};

const struct field load_fields[LOAD_FIELDS] = {
    [LOAD_RATE]     = {"rate",     FIELD_RATE,     EXPR_NUMBER,   TO(rate)},
    [LOAD_AT]       = {"at",       FIELD_LIST,     EXPR_DURATION, TO(at),        .hi = DAY},
    [LOAD_CLIENTS]  = {"clients",  FIELD_VALUE,    EXPR_NUMBER,   TO(clients),   .lo = 1, .hi = 100000},
    [LOAD_REQUESTS] = {"requests", FIELD_VALUE,    EXPR_NUMBER,   TO(nrequests), .lo = 1, .hi = REQUESTS_MAX},
    [LOAD_EACH]     = {"each",     .as = FIELD_NODE},
    [LOAD_TIMEOUT]  = {"timeout",  FIELD_VALUE,    EXPR_DURATION, TO(timeout),   .lo = 1, .hi = DAY},
    [LOAD_THINK]    = {"think",    FIELD_QUANTITY, EXPR_DURATION, TO(think)},
    [LOAD_BURSTS]   = {"bursts",   .as = FIELD_INNER, .inner = burst_fields, .ninner = ARRAY_LEN(burst_fields)},
    [LOAD_ARRIVALS] = {"arrivals", FIELD_WORD,     EXPR_TRUTH,    TO(even), .words = arrival_words},
    [LOAD_FROM]     = {"from",     FIELD_VALUE,    EXPR_DURATION, TO(from),      .hi = DAY},
    [LOAD_UNTIL]    = {"until",    FIELD_VALUE,    EXPR_DURATION, TO(until),     .lo = 1, .hi = DAY, .otherwise = NEVER},
};
#undef TO
/* clang-format on */

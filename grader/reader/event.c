#include "grader/reader/event.h"

const char *const trace_kind_names[TRACE_KIND_COUNT] = {
#define KIND(symbol, name) name,
    TRACE_KINDS(KIND)
#undef KIND
};

const char *const trace_state_names[TRACE_STATE_COUNT] = {
#define STATE(symbol, name) name,
    TRACE_STATES(STATE)
#undef STATE
};

#include "format/categories.h"

#include <string.h>

#include "format/reasons.h"

const char *const category_names[CATEGORY_COUNT] = {
#define CATEGORY(symbol, name, hint) name,
    CATEGORIES(CATEGORY)
#undef CATEGORY
};

const char *const category_hints[CATEGORY_COUNT] = {
#define CATEGORY(symbol, name, hint) hint,
    CATEGORIES(CATEGORY)
#undef CATEGORY
};

static const enum category of_reason[BLOCK_REASON_COUNT] = {
    [BLOCK_UNSPECIFIED] = CAT_OTHER,      [BLOCK_FOREVER] = CAT_SYNC,
    [BLOCK_NETWORK] = CAT_NETWORK,        [BLOCK_SELECT] = CAT_SYNC,
    [BLOCK_COND_WAIT] = CAT_SYNC,         [BLOCK_SYNC] = CAT_SYNC,
    [BLOCK_CHAN_SEND] = CAT_SYNC,         [BLOCK_CHAN_RECEIVE] = CAT_SYNC,
    [BLOCK_GC_MARK_ASSIST] = CAT_GC,      [BLOCK_GC_SWEEP] = CAT_OTHER,
    [BLOCK_SYSTEM_GOROUTINE] = CAT_OTHER, [BLOCK_PREEMPTED] = CAT_SCHED_WAIT,
    [BLOCK_DEBUG_CALL] = CAT_OTHER,       [BLOCK_UNTIL_GC_ENDS] = CAT_GC,
    [BLOCK_SLEEP] = CAT_SLEEP,            [BLOCK_GC_WEAK_TO_STRONG] = CAT_GC,
    [BLOCK_SYNCTEST] = CAT_SYNC,
};

enum category category_of_reason(const char *text)
{
    int reason = reason_find(block_reason_texts, BLOCK_REASON_COUNT, text, strlen(text));

    return reason < 0 ? CAT_OTHER : of_reason[reason];
}

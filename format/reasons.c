#include "format/reasons.h"

#include <string.h>

#define TEXT(symbol, text) text,
const char *const block_reason_texts[BLOCK_REASON_COUNT] = {BLOCK_REASONS(TEXT)};
const char *const stop_reason_texts[STOP_REASON_COUNT] = {STOP_REASONS(TEXT)};
const char *const stw_kind_texts[STW_KIND_COUNT] = {STW_KINDS(TEXT)};
const char *const gc_label_texts[GC_LABEL_COUNT] = {GC_LABELS(TEXT)};
const char *const range_names[RANGE_NAME_COUNT] = {RANGE_NAMES(TEXT)};
const char *const metric_names[METRIC_COUNT] = {METRICS(TEXT)};
#undef TEXT

int reason_find(const char *const *texts, int count, const char *text, size_t length)
{
    for (int i = 0; i < count; i++) {
        if (strlen(texts[i]) == length && memcmp(texts[i], text, length) == 0)
            return i;
    }
    return -1;
}

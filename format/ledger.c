#include <string.h>

#include "format/ledger.h"

const char *const ledger_keywords[LEDGER_LINE_COUNT] = {
#define LINE(keyword, sym, fields) keyword,
    LEDGER_LINES(LINE)
#undef LINE
};

const char *const item_kind_names[ITEM_KIND_COUNT] = {
#define ITEM(kind, sym, counts) kind,
    LEDGER_ITEMS(ITEM)
#undef ITEM
};

const char *const item_kind_counts[ITEM_KIND_COUNT] = {
#define ITEM(kind, sym, counts) counts,
    LEDGER_ITEMS(ITEM)
#undef ITEM
};

enum item_kind item_kind_named(const char *name)
{
    int kind = 0;

    while (kind < ITEM_KIND_COUNT && strcmp(item_kind_names[kind], name) != 0)
        kind++;
    return (enum item_kind)kind;
}

const char *const run_end_names[END_COUNT] = {
#define HOW(name, sym) [END_##sym] = name,
    LEDGER_ENDS(HOW)
#undef HOW
};

enum run_end run_end_named(const char *name)
{
    for (int how = END_NONE + 1; how < END_COUNT; how++)
        if (strcmp(run_end_names[how], name) == 0)
            return (enum run_end)how;
    return END_NONE;
}

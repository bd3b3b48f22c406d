#include "format/ledger.h"

const char *const ledger_keywords[LEDGER_LINE_COUNT] = {
#define LINE(keyword, sym, fields) keyword,
    LEDGER_LINES(LINE)
#undef LINE
};

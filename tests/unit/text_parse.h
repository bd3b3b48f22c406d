/* text_parse.h: traces from text, the way back from a dump (grader/reader/text.h).
 *
 * Every number takes its shortest form; where a batch says no size, the right one is filled in; -1 may stand
 * for 18446744073709551615, and 0x begins a hexadecimal number. So the bytes of a text, dumped and parsed
 * again, are the same bytes. `#` starts a comment. */
#pragma once

#include <stdbool.h>

#include "base/diag.h"
#include "base/strbuf.h"

/* Appends the bytes of a text. Reports the first mistake and returns false. */
bool wire_text_parse(struct strbuf *bytes, const struct source *text, struct diags *d);

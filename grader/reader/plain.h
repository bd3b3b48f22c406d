/* plain.h: names and messages of a trace, which anybody may have written, as text that is safe to show. */
#pragma once

#include <stddef.h>

/* The length of the character at the start of `len` > 0 bytes; 0: its first byte is not UTF-8, or begins a
 * control character, which a terminal would act on. */
size_t plain_char(const char *text, size_t len);

/* Turns such bytes into question marks. */
void plain_make(char *text, size_t len);

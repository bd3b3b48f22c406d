/* input.h: the bytes of a trace, from a file or from memory, read once from front to back.
 *
 * Knows nothing of traces but varints. End of input is not an error here: the caller knows whether
 * something was due. A read error of the operating system looks like the end of input and is kept in
 * `failed`, to be asked for there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { INPUT_BUFFER = 1 << 16 };

struct input {
    FILE *file;        /* ours, NULL when reading memory */
    const uint8_t *at; /* next byte */
    const uint8_t *end;
    uint64_t passed; /* bytes of the file before `at`'s buffer */
    const uint8_t *start;
    int failed; /* errno of a failed read, or 0 */
    uint8_t *buffer;
};

enum input_result { INPUT_OK, INPUT_END, INPUT_OVERFLOW };

/* Returns false and sets errno when the file cannot be opened. */
bool input_open_file(struct input *in, const char *path);

/* Borrows the bytes, which must live as long as the input. */
void input_open_memory(struct input *in, const void *bytes, size_t length);

void input_close(struct input *in);

/* The offset of the next byte. */
uint64_t input_offset(const struct input *in);

/* The next byte, or -1 at the end. */
int input_byte(struct input *in);

/* One varint; on INPUT_END and INPUT_OVERFLOW some of its bytes are consumed. */
enum input_result input_varint(struct input *in, uint64_t *value);

/* Reads up to `length` bytes; fewer only at the end. */
size_t input_read(struct input *in, void *to, size_t length);

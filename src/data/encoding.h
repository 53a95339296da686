#ifndef READALIKE_DATA_ENCODING_H
#define READALIKE_DATA_ENCODING_H

#include <stddef.h>
#include <stdint.h>

/* Most bytes of UTF-8 that one byte of Windows-1252 becomes. */
#define WINDOWS_1252_GROWTH 3

/* The code point of a byte of Windows-1252; its five holes stay the control codes they are. */
uint32_t windows_1252_code(unsigned char byte);
/* Writes `n` bytes as UTF-8 to `out` (room for WINDOWS_1252_GROWTH * n); returns the length. */
size_t windows_1252_to_utf8(const char *text, size_t n, char *out);
/* 1 to 4 bytes to `out`; U+FFFD for what is no character. */
size_t utf8_put(uint32_t code, char *out);

#endif

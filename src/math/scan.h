#ifndef READALIKE_MATH_SCAN_H
#define READALIKE_MATH_SCAN_H

#include <stdint.h>

/* What scan.c and the code for one kind of processor share. */

#define SCAN_BLOCK 32u /* rows */
#define SCAN_ALIGN 64u /* bytes */

/*
 * Which of a block's rows have a sum of products of codes above `cut`, as bits. `codes` is (quads,
 * SCAN_BLOCK, 4), `query` (quads, 4); no code is -128.
 */
typedef uint32_t (*scan_above_fn)(const int8_t *codes, const int8_t *query, uint32_t quads,
                                  int32_t cut);

/* What is fastest on this processor; `portable` when nothing else is known to run. */
scan_above_fn scan_above_best(scan_above_fn portable);

#endif

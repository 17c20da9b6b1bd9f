/* A trie as a double array: each step is one look-up, of which one line of the processor's cache is touched.
 *
 * A unit has a base (22 bits), the code of the character that leads to it (20 bits), and its value + 1 or 0 (22 bits). The
 * child by code c is the unit at base ^ c, if that unit says c; unit 0 is the root. Codes of characters are numbered from
 * 1 on, the frequent ones first, and are looked up once for each character of a word: `nobody` for those in no string,
 * to which no unit says yes. */
#ifndef WARDIAN_DOUBLE_ARRAY_H
#define WARDIAN_DOUBLE_ARRAY_H

#include "blob.h"

typedef struct {
    const u64 *units;
    u32 count, nobody;
    const u16 *blocks, *codes; /* by character, in two stages */
} DoubleArray;

enum { BASE_BITS = 22, CODE_BITS = 20, BASE_FIELD = (1 << BASE_BITS) - 1, CODE_FIELD = (1 << CODE_BITS) - 1 };

/* `stages` are the two sections of codes by number. Every value is at most `most`. */
Status double_array_open(DoubleArray *array, const Blob *blob, const u32 *stages, u32 nobody, u32 most);

static inline u32 double_array_code(const DoubleArray *array, u32 c) {
    if (UNLIKELY(c >= CODE_POINTS)) return array->nobody;
    return array->codes[(u32)array->blocks[c >> BLOCK_BITS] * BLOCK_SIZE + (c & (BLOCK_SIZE - 1))];
}

/* The code that leads to a unit. */
static inline u32 double_array_label(u64 unit) { return (u32)(unit >> BASE_BITS) & CODE_FIELD; }

/* The child of a unit by code, 0 for none. */
static inline u64 double_array_child(const DoubleArray *array, u64 unit, u32 code) {
    u64 child = array->units[((u32)unit & BASE_FIELD) ^ code];
    return double_array_label(child) == code ? child : 0;
}

/* The value of a unit plus one, 0 for none. */
static inline u32 double_array_value(u64 unit) { return (u32)(unit >> (BASE_BITS + CODE_BITS)); }

#endif

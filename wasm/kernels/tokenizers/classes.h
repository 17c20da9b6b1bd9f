/* Sets of code points: one bit a set, all bits of a character in one look-up.
 *
 * `prepare` collects every set that a tokenizer's patterns and rules use, gives each a bit, and writes one two-stage
 * table that maps a code point to the row of its bits. ASCII takes the same way: in most languages it comes and goes from
 * character to character, and a wrongly predicted branch costs more than three loads. */
#ifndef WARDIAN_CLASSES_H
#define WARDIAN_CLASSES_H

#include "blob.h"

typedef struct {
    const u16 *blocks;
    const u8 *rows;
    const u64 *sets;
    u32 count;      /* of sets */
    u64 ascii[129]; /* the last for all that is beyond */
    u64 beyond; /* classes that have a character beyond ASCII */
} Classes;

Status classes_open(Classes *classes, const Blob *blob);

/* Which of the sets a character has. */
static inline u32 class_row(const Classes *classes, u32 c) {
    return classes->rows[(u32)classes->blocks[c >> BLOCK_BITS] * BLOCK_SIZE + (c & (BLOCK_SIZE - 1))];
}

static inline u64 class_bits(const Classes *classes, u32 c) {
    if (UNLIKELY(c >= CODE_POINTS)) return 0;
    return classes->sets[class_row(classes, c)];
}

/* The same of a character where only classes of ASCII are asked for. */
static inline u64 class_ascii(const Classes *classes, u32 c) { return classes->ascii[c < 128 ? c : 128]; }

/* The place of the next character of a class, or `length`. What is searched for is often ASCII alone: then a character
 * beyond it needs no look-up. */
static inline u32 class_find(const Classes *classes, const u32 *text, u32 length, u32 at, u64 bit) {
    if ((classes->beyond & bit) != 0)
        while (at < length && (class_bits(classes, text[at]) & bit) == 0) at++;
    else
        while (at < length && (class_ascii(classes, text[at]) & bit) == 0) at++;
    return at;
}

/* All classes that characters of a text are in, and those that two neighbours are in. */
static inline u64 classes_seen(const Classes *classes, const u32 *text, u32 length, u64 *twice) {
    u64 seen = 0, before = 0, both = 0;
    for (u32 i = 0; i < length; i++) {
        u64 bits = class_bits(classes, text[i]);
        seen |= bits;
        both |= bits & before;
        before = bits;
    }
    *twice = both;
    return seen;
}

/* The bit of a class number that an operation names; a number out of range stands for the empty set. */
static inline u64 class_bit(u32 number) { return number < 64 ? (u64)1 << number : 0; }

#endif

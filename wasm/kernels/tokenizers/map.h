/* Characters to strings: a two-stage table of u16 entries (0: the character itself), which name values: offset << 5 |
 * length into a pool of characters. */
#ifndef WARDIAN_MAP_H
#define WARDIAN_MAP_H

#include "classes.h"
#include "text.h"

typedef struct {
    const u16 *blocks;
    const u16 *entries;
    const u32 *values;
    const u32 *pool;
    u32 count;     /* of values */
    u64 pad;       /* characters that get a space on each side, before they are mapped */
    u8 ascii[128]; /* what a character becomes where that is one ASCII character, else MANY */
} Map;

enum { MANY = 0xFF };

/* Operands: sections of blocks, entries, values and pool; then the class `pad`. */
Status map_open(Map *map, const Blob *blob, const Classes *classes, const u32 *operands);

/* Map a text. *changed says whether anything was; `to` is complete only then. */
Status map_apply(const Map *map, const Classes *classes, const View *from, Text *to, int *changed);

static inline const u32 *map_value(const Map *map, u32 value, u32 *length) {
    *length = map->values[value] & 31;
    return map->pool + (map->values[value] >> 5);
}

/* What a character becomes: a string, or NULL for itself. */
static inline const u32 *map_get(const Map *map, u32 c, u32 *length) {
    if (UNLIKELY(c >= CODE_POINTS)) return NULL;
    u32 entry = map->entries[(u32)map->blocks[c >> BLOCK_BITS] * BLOCK_SIZE + (c & (BLOCK_SIZE - 1))];
    return entry == 0 ? NULL : map_value(map, entry - 1, length);
}

#endif

/* Characters to strings: a two-stage table of u16 entries (0: the character itself), which name values: offset << 5 |
 * length into a pool of characters. */
#ifndef WARDIAN_MAP_H
#define WARDIAN_MAP_H

#include "classes.h"
#include "text.h"

/* The one character that a character becomes, as bits: those of its own that it keeps, all or none, and others. `others` is
 * MANY where it becomes none or several. */
typedef struct {
    u32 kept, others;
} One;

typedef struct {
    const u16 *blocks;
    const u16 *entries;
    const u32 *values;
    const u32 *pool;
    u32 count;  /* of values */
    u64 pad;    /* characters that get a space on each side, before they are mapped */
    One *ones;  /* by entry; what map_apply needs */
} Map;

enum { MANY = ABSENT };

/* Operands: sections of blocks, entries, values and pool; then the class `pad`. */
Status map_open(Map *map, const Blob *blob, const u32 *operands);

/* Get ready for map_apply, and free what that takes. */
Status map_ready(Map *map);
void map_close(Map *map);

/* What became of a text: ONE_TO_ONE where character by character was changed of a text that has no list of origins; then
 * `to` has none either. */
typedef enum { UNCHANGED, CHANGED, ONE_TO_ONE } Mapped;

Status map_apply(const Map *map, const Classes *classes, const View *from, Text *to, Mapped *mapped);

static inline const u32 *map_value(const Map *map, u32 value, u32 *length) {
    *length = map->values[value] & 31;
    return map->pool + (map->values[value] >> 5);
}

static inline u32 map_entry(const Map *map, u32 c) {
    if (UNLIKELY(c >= CODE_POINTS)) return 0;
    return map->entries[(u32)map->blocks[c >> BLOCK_BITS] * BLOCK_SIZE + (c & (BLOCK_SIZE - 1))];
}

/* What a character becomes: a string, or NULL for itself. */
static inline const u32 *map_get(const Map *map, u32 c, u32 *length) {
    u32 entry = map_entry(map, c);
    return entry == 0 ? NULL : map_value(map, entry - 1, length);
}

#endif

#include "map.h"

Status map_open(Map *map, const Blob *blob, const u32 *operands) {
    u32 entries, pool;
    TRY(blob_two_stage(blob, operands[0], operands[1], 2, &map->blocks, (const void **)&map->entries, &entries));
    TRY(blob_array(blob, operands[2], 4, (const void **)&map->values, &map->count));
    TRY(blob_array(blob, operands[3], 4, (const void **)&map->pool, &pool));
    for (u32 i = 0; i < entries; i++)
        if (map->entries[i] > map->count) return BAD_BLOB;
    for (u32 i = 0; i < map->count; i++)
        if ((map->values[i] >> 5) + (map->values[i] & 31) > pool) return BAD_BLOB;
    map->pad = class_bit(operands[4]);
    return OK;
}

Status map_ready(Map *map) {
    map->ones = malloc((map->count + 1) * sizeof *map->ones);
    if (map->ones == NULL) return NO_MEMORY;
    map->ones[0] = (One){~0u, 0}; /* entry 0 is a character that stays */
    for (u32 i = 0; i < map->count; i++) {
        u32 length;
        const u32 *string = map_value(map, i, &length);
        map->ones[i + 1] = (One){0, length == 1 ? string[0] : MANY};
    }
    return OK;
}

void map_close(Map *map) { free(map->ones); }

/* Room for the longest string with its spaces. */
enum { ONE_CHARACTER = 40 };

/* `pad` are the padded characters that the text may have. */
static inline int padded(const Classes *classes, u64 pad, u32 c) { return pad != 0 && (class_bits(classes, c) & pad) != 0; }

/* The one character that a character becomes, MANY where it is not one. Without a branch: in most languages characters that
 * change come and go. */
static inline u32 one_for(const Map *map, const Classes *classes, u64 pad, u32 c) {
    One one = map->ones[map_entry(map, c)];
    return padded(classes, pad, c) ? MANY : (c & one.kept) | one.others;
}

static u32 first_changed(const Map *map, const Classes *classes, u64 pad, const u32 *chars, u32 length) {
    u32 i = 0;
    while (i < length && one_for(map, classes, pad, chars[i]) == chars[i]) i++;
    return i;
}

/* Map as many characters as become one each. */
static u32 put_ones(const Map *map, const Classes *classes, u64 pad, const u32 *chars, u32 length, u32 *to) {
    u32 i = 0;
    for (; i < length; i++) {
        u32 one = one_for(map, classes, pad, chars[i]);
        if (one == MANY) break;
        to[i] = one;
    }
    return i;
}

static void put_string(const Map *map, const Classes *classes, u64 pad, u32 c, i32 origin, Text *to) {
    u32 length = 1;
    const u32 *string = map_get(map, c, &length);
    int spaces = padded(classes, pad, c);
    if (spaces) text_put(to, ' ', origin);
    for (u32 k = 0; k < length; k++) text_put(to, string == NULL ? c : string[k], origin);
    if (spaces) text_put(to, ' ', origin);
}

Status map_apply(const Map *map, const Classes *classes, const View *from, Text *to, Mapped *mapped) {
    const u32 *chars = from->chars;
    u32 length = from->length;
    u64 pad = map->pad & from->seen;
    *mapped = UNCHANGED;
    if (first_changed(map, classes, pad, chars, length) == length) return OK;
    to->length = 0;
    /* At any time there is room for each character that follows, and for one string. So only strings ask for more. */
    TRY(text_reserve(to, length + ONE_CHARACTER));
    u32 done = put_ones(map, classes, pad, chars, length, to->chars);
    *mapped = done == length && from->origin == NULL ? ONE_TO_ONE : CHANGED;
    to->length = done;
    if (*mapped == ONE_TO_ONE) return OK;
    origins_copy(to->origin, from, 0, done);
    while (done < length) {
        put_string(map, classes, pad, chars[done], view_origin(from, done), to);
        done++;
        TRY(text_reserve(to, length - done + ONE_CHARACTER));
        u32 count = put_ones(map, classes, pad, chars + done, length - done, to->chars + to->length);
        origins_copy(to->origin + to->length, from, done, count);
        to->length += count;
        done += count;
    }
    return OK;
}

#include "map.h"

Status map_open(Map *map, const Blob *blob, const Classes *classes, const u32 *operands) {
    u32 entries, pool;
    TRY(blob_two_stage(blob, operands[0], operands[1], 2, &map->blocks, (const void **)&map->entries, &entries));
    TRY(blob_array(blob, operands[2], 4, (const void **)&map->values, &map->count));
    TRY(blob_array(blob, operands[3], 4, (const void **)&map->pool, &pool));
    for (u32 i = 0; i < entries; i++)
        if (map->entries[i] > map->count) return BAD_BLOB;
    for (u32 i = 0; i < map->count; i++)
        if ((map->values[i] >> 5) + (map->values[i] & 31) > pool) return BAD_BLOB;
    map->pad = class_bit(operands[4]);
    for (u32 c = 0; c < 128; c++) {
        u32 length = 1;
        const u32 *string = map_get(map, c, &length);
        u32 becomes = string == NULL ? c : length == 1 ? string[0] : MANY;
        map->ascii[c] = becomes >= 128 || (class_bits(classes, c) & map->pad) != 0 ? MANY : (u8)becomes;
    }
    return OK;
}

static Status map_character(const Map *map, const Classes *classes, u32 c, i32 origin, Text *to) {
    u32 length = 1;
    const u32 *string = map_get(map, c, &length);
    int pad = map->pad != 0 && (class_bits(classes, c) & map->pad) != 0;
    TRY(text_reserve(to, length + 2));
    if (pad) text_put(to, ' ', origin);
    if (string == NULL) {
        text_put(to, c, origin);
    } else {
        for (u32 k = 0; k < length; k++) text_put(to, string[k], origin);
    }
    if (pad) text_put(to, ' ', origin);
    return OK;
}

Status map_apply(const Map *map, const Classes *classes, const View *from, Text *to, int *changed) {
    const u32 *chars = from->chars;
    u32 i = 0, length;
    *changed = 0;
    /* Most texts begin with characters that stay what they are. */
    while (i < from->length && (chars[i] < 128 ? map->ascii[chars[i]] == chars[i]
                                               : map_get(map, chars[i], &length) == NULL &&
                                                     (map->pad == 0 || (class_bits(classes, chars[i]) & map->pad) == 0)))
        i++;
    if (i == from->length) return OK;
    *changed = 1;
    to->length = 0;
    TRY(text_reserve(to, from->length + 32));
    for (u32 k = 0; k < i; k++) text_put(to, chars[k], view_origin(from, k));
    for (; i < from->length; i++) {
        u32 c = chars[i];
        if (LIKELY(c < 128 && map->ascii[c] != MANY)) {
            if (UNLIKELY(to->length == to->capacity)) TRY(text_reserve(to, from->length - i));
            text_put(to, map->ascii[c], view_origin(from, i));
        } else {
            TRY(map_character(map, classes, c, view_origin(from, i), to));
        }
    }
    return OK;
}

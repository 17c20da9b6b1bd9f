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

/* Room for the longest string with its spaces. */
enum { ONE_CHARACTER = 40 };

/* `pad` are the padded characters that the text may have. */
static inline int padded(const Classes *classes, u64 pad, u32 c) { return pad != 0 && (class_bits(classes, c) & pad) != 0; }

static int unchanged(const Map *map, const Classes *classes, const View *from, u64 pad) {
    u32 length;
    for (u32 i = 0; i < from->length; i++) {
        u32 c = from->chars[i];
        if (c < 128 ? map->ascii[c] != c : map_get(map, c, &length) != NULL || padded(classes, pad, c)) return 0;
    }
    return 1;
}

static void put_string(Text *to, const u32 *string, u32 length, int pad, i32 origin) {
    if (pad) text_put(to, ' ', origin);
    for (u32 k = 0; k < length; k++) text_put(to, string[k], origin);
    if (pad) text_put(to, ' ', origin);
}

Status map_apply(const Map *map, const Classes *classes, const View *from, Text *to, int *changed) {
    u32 string_length, length = from->length;
    u64 pad = map->pad & from->seen;
    *changed = !unchanged(map, classes, from, pad);
    if (!*changed) return OK;
    to->length = 0;
    /* At any time there is room for each character that follows, and for one string. So only strings ask for more. */
    TRY(text_reserve(to, length + ONE_CHARACTER));
    for (u32 k = 0; k < length;) {
        u32 *chars = to->chars + to->length, one = ABSENT;
        i32 *origins = to->origin + to->length;
        const u32 *string = NULL;
        u32 begin = k;
        for (; k < length; k++) {
            u32 c = from->chars[k];
            if (c < 128) one = map->ascii[c] == MANY ? ABSENT : map->ascii[c];
            else one = (string = map_get(map, c, &string_length)) == NULL && !padded(classes, pad, c) ? c : ABSENT;
            if (one == ABSENT) break;
            chars[k - begin] = one;
            origins[k - begin] = view_origin(from, k);
        }
        to->length += k - begin;
        if (k == length) break;
        u32 c = from->chars[k];
        if (c < 128) string = map_get(map, c, &string_length);
        if (string == NULL) string = &c, string_length = 1;
        put_string(to, string, string_length, padded(classes, pad, c), view_origin(from, k));
        k++;
        TRY(text_reserve(to, length - k + ONE_CHARACTER));
    }
    return OK;
}

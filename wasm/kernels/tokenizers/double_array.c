#include "double_array.h"

Status double_array_open(DoubleArray *array, const Blob *blob, const u32 *stages, u32 nobody, u32 most) {
    u32 entries, reach = 1; /* codes change the lowest bits of a base */
    TRY(blob_array(blob, blob_find(blob, SECTION_VOCAB_TRIE), 8, (const void **)&array->units, &array->count));
    TRY(blob_two_stage(blob, stages[0], stages[1], 2, &array->blocks, (const void **)&array->codes, &entries));
    if (nobody > 0xFFFF) return BAD_BLOB;
    while (reach <= nobody) reach *= 2;
    if (array->count == 0 || array->count % reach != 0) return BAD_BLOB;
    for (u32 i = 0; i < entries; i++)
        if (array->codes[i] > nobody) return BAD_BLOB;
    for (u32 i = 0; i < array->count; i++) {
        u64 unit = array->units[i];
        if (((u32)unit & BASE_FIELD) >= array->count || double_array_value(unit) > most) return BAD_BLOB;
        if (double_array_label(unit) >= nobody) return BAD_BLOB;
    }
    array->nobody = nobody;
    return OK;
}

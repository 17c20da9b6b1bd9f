#include "classes.h"

Status classes_open(Classes *classes, const Blob *blob) {
    u32 rows, sets;
    TRY(blob_two_stage(blob, blob_find(blob, SECTION_CLASSES_1), blob_find(blob, SECTION_CLASSES_2), 1,
                       &classes->blocks, (const void **)&classes->rows, &rows));
    TRY(blob_optional(blob, SECTION_CLASS_SETS, 8, (const void **)&classes->sets, &sets));
    if (sets == 0) return BAD_BLOB;
    classes->count = sets;
    for (u32 i = 0; i < rows; i++)
        if (classes->rows[i] >= sets) return BAD_BLOB;
    classes->beyond = 0;
    for (u32 i = 1; i < BLOCKS; i++) { /* block 0 is ASCII; equal neighbours are looked at once */
        if (i > 1 && classes->blocks[i] == classes->blocks[i - 1]) continue;
        for (u32 k = 0; k < BLOCK_SIZE; k++) classes->beyond |= classes->sets[classes->rows[classes->blocks[i] * BLOCK_SIZE + k]];
    }
    classes->ascii[128] = 0;
    for (u32 c = 0; c < 128; c++) classes->ascii[c] = classes->sets[classes->rows[classes->blocks[0] * BLOCK_SIZE + c]];
    return OK;
}

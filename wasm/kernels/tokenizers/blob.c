#include "blob.h"

Status blob_open(Blob *blob, const void *data, usize size) {
    const u32 *header = data;
    if (size < 16 || size > 0x7FFFFFFF || ((usize)data & 7) != 0) return BAD_BLOB;
    if (header[0] != BLOB_MAGIC || header[1] != BLOB_VERSION || header[2] != size) return BAD_BLOB;
    u32 count = header[3];
    if (count > (size - 16) / 16) return BAD_BLOB;
    blob->data = data;
    blob->table = header + 4;
    blob->sections = count;
    for (u32 i = 0; i < count; i++) {
        u32 offset = blob->table[4 * i + 1], bytes = blob->table[4 * i + 2];
        if ((offset & 7) != 0 || offset > size || bytes > size - offset) return BAD_BLOB;
    }
    return OK;
}

u32 blob_find(const Blob *blob, u32 kind) {
    for (u32 i = 0; i < blob->sections; i++)
        if (blob->table[4 * i] == kind) return i;
    return ABSENT;
}

Status blob_array(const Blob *blob, u32 section, u32 width, const void **array, u32 *count) {
    if (section >= blob->sections) return BAD_BLOB;
    u32 bytes = blob->table[4 * section + 2];
    if (bytes % width != 0) return BAD_BLOB;
    *array = blob->data + blob->table[4 * section + 1];
    *count = bytes / width;
    return OK;
}

Status blob_optional(const Blob *blob, u32 kind, u32 width, const void **array, u32 *count) {
    u32 section = blob_find(blob, kind);
    *array = NULL;
    *count = 0;
    return section == ABSENT ? OK : blob_array(blob, section, width, array, count);
}

Status blob_hash(const Blob *blob, u32 section, u32 width, const void **array, u32 *mask) {
    u32 count;
    TRY(blob_array(blob, section, width, array, &count));
    if (count == 0 || (count & (count - 1)) != 0) return BAD_BLOB;
    *mask = count - 1;
    return OK;
}

Status blob_two_stage(const Blob *blob, u32 first, u32 second, u32 width, const u16 **blocks, const void **entries,
                      u32 *count) {
    u32 length;
    TRY(blob_array(blob, first, 2, (const void **)blocks, &length));
    TRY(blob_array(blob, second, width, entries, count));
    if (length != BLOCKS) return BAD_BLOB;
    for (u32 i = 0; i < BLOCKS; i++)
        if (((*blocks)[i] + 1u) * BLOCK_SIZE > *count) return BAD_BLOB;
    return OK;
}

#include "vocabulary.h"

Status vocabulary_open(Vocabulary *v, const Blob *blob) {
    u32 ids;
    TRY(blob_optional(blob, SECTION_STRINGS, 1, (const void **)&v->strings, &v->bytes));
    TRY(blob_optional(blob, SECTION_STRING_ENDS, 4, (const void **)&v->ends, &v->count));
    TRY(blob_optional(blob, SECTION_IDS, 4, (const void **)&v->ids, &ids));
    if (ids != v->count) return BAD_BLOB;
    if (v->count == 0) return OK;
    return blob_hash(blob, blob_find(blob, SECTION_STRING_HASH), 4, (const void **)&v->hash, &v->mask);
}

u32 vocabulary_string(const Vocabulary *v, u32 place, const u8 **string) {
    u32 begin = place == 0 ? 0 : v->ends[place - 1], end = v->ends[place];
    *string = (const u8 *)"";
    if (begin >= end || end > v->bytes) return 0;
    *string = v->strings + begin;
    return end - begin;
}

/* FNV-1a, which `prepare` computes with NumPy over all spellings at once. */
static u32 hash_bytes(const u8 *string, u32 length) {
    u32 h = 0x811C9DC5u;
    for (u32 i = 0; i < length; i++) h = (h ^ string[i]) * 0x01000193u;
    return h ^ h >> 15;
}

u32 vocabulary_id(const Vocabulary *v, const u8 *string, u32 length) {
    if (v->count == 0) return ABSENT;
    for (u32 i = hash_bytes(string, length), tries = 0; tries <= v->mask; i++, tries++) {
        u32 place = v->hash[i & v->mask];
        const u8 *known;
        if (place == 0 || place > v->count) return ABSENT;
        if (vocabulary_string(v, place - 1, &known) == length && memcmp(known, string, length) == 0) return v->ids[place - 1];
    }
    return ABSENT;
}

u32 vocabulary_place(const Vocabulary *v, u32 id) {
    u32 low = 0, high = v->count;
    /* Most vocabularies have no gaps. */
    if (id < v->count && v->ids[id] == id) return id;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (v->ids[middle] < id) low = middle + 1;
        else high = middle;
    }
    return low < v->count && v->ids[low] == id ? low : ABSENT;
}

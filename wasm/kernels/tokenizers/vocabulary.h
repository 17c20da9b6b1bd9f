/* The vocabulary's spellings, both ways. */
#ifndef WARDIAN_VOCABULARY_H
#define WARDIAN_VOCABULARY_H

#include "blob.h"

typedef struct {
    const u8 *strings;
    const u32 *ends; /* of each spelling in `strings` */
    const u32 *ids;  /* ascending */
    const u32 *hash;
    u32 bytes, count, mask;
} Vocabulary;

Status vocabulary_open(Vocabulary *vocabulary, const Blob *blob);

/* The id of a spelling, ABSENT for none. */
u32 vocabulary_id(const Vocabulary *vocabulary, const u8 *string, u32 length);

/* The spelling at a place (not id), by ascending ids; its length. */
u32 vocabulary_string(const Vocabulary *vocabulary, u32 place, const u8 **string);

/* The place of an id, ABSENT for none. */
u32 vocabulary_place(const Vocabulary *vocabulary, u32 id);

#endif

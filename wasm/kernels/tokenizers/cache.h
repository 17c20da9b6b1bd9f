/* Words met before, with their tokens. Emptied when it is full: what is frequent is soon back. */
#ifndef WARDIAN_CACHE_H
#define WARDIAN_CACHE_H

#include "model.h"

enum { LONGEST_CACHED = 48 };

/* An entry lies in `arena`: hash, length | tokens << 8, characters, tokens. */
typedef struct {
    u32 *slots; /* place in the arena, 0 for none */
    Words arena;
    u32 entries;
} Cache;

/* The tokens of a word, from the cache or from the model. They are valid until the next call. */
Status cache_tokenize(Cache *cache, Model *model, const u32 *word, u32 length, const Token **tokens, u32 *count, Tokens *work);

void cache_close(Cache *cache);

#endif

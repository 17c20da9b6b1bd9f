/* Words met before, with their tokens. Emptied when it is full: what is frequent is soon back. */
#ifndef WARDIAN_CACHE_H
#define WARDIAN_CACHE_H

#include "model.h"

enum { LONGEST_CACHED = 48 };

/* An entry lies in `arena`: length | tokens << 8, characters, tokens. A slot holds its place (20 bits, 0 for none) below
 * 12 bits of the word's hash, so that other words are passed by without a look at theirs. */
typedef struct {
    u32 *slots;
    Words arena;
} Cache;

/* Make room, before anything else. */
Status cache_open(Cache *cache);
void cache_close(Cache *cache);

/* The tokens of a word of at most LONGEST_CACHED characters, from the cache or from the model. They are valid until the
 * next call. */
Status cache_tokenize(Cache *cache, Model *model, const u32 *word, u32 length, const Token **tokens, u32 *count,
                      Tokens *work);

#endif

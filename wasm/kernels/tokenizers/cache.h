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
    u32 cleared; /* how often: places from before are worth nothing */
} Cache;

/* A word that is looked for: its hash, and what may be its entry (0 for none). Words are looked for several at once, so that
 * they wait for memory together. */
typedef struct {
    u32 hash, place;
} Sought;

/* Make room, before anything else. */
Status cache_open(Cache *cache);
void cache_close(Cache *cache);

/* Look for a word of at most LONGEST_CACHED characters, behind which BEHIND others may be read. */
Sought cache_seek(const Cache *cache, const u32 *word, u32 length);

/* The tokens of a word that was looked for since the cache was cleared last, NULL if it is not there. They are valid until
 * the next call of cache_tokenize. */
const Token *cache_found(const Cache *cache, Sought sought, const u32 *word, u32 length, u32 *count);

/* The tokens of such a word from the cache or from the model. They are valid until the next call. */
Status cache_tokenize(Cache *cache, Model *model, const u32 *word, u32 length, const Token **tokens, u32 *count,
                      Tokens *work);

#endif

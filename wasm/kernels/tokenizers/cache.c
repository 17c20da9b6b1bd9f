#include "cache.h"

enum { SLOTS = 1 << 16, MOST_ENTRIES = SLOTS / 4 * 3, MOST_WORDS = 1 << 20, HEADER = 2 };
enum { TOKEN_WORDS = sizeof(Token) / sizeof(u32) };

static u32 hash_word(const u32 *word, u32 length) {
    u32 h = length;
    for (u32 i = 0; i < length; i++) h = ((h << 5 | h >> 27) ^ word[i]) * 0x9E3779B1u;
    return h ^ h >> 16;
}

static Status clear(Cache *cache) {
    if (cache->slots == NULL) cache->slots = malloc(SLOTS * sizeof *cache->slots);
    if (cache->slots == NULL) return NO_MEMORY;
    memset(cache->slots, 0, SLOTS * sizeof *cache->slots);
    cache->entries = 0;
    cache->arena.length = 1; /* place 0 stands for none */
    return GROW(&cache->arena, 1);
}

static int same(const u32 *a, const u32 *b, u32 length) {
    for (u32 i = 0; i < length; i++)
        if (a[i] != b[i]) return 0;
    return 1;
}

static Status keep(Cache *cache, u32 slot, u32 hash, const u32 *word, u32 length, const Tokens *tokens) {
    u32 wanted = HEADER + length + tokens->length * TOKEN_WORDS;
    Words *arena = &cache->arena;
    if (cache->entries == MOST_ENTRIES || arena->length + wanted > MOST_WORDS) {
        TRY(clear(cache));
        slot = hash & (SLOTS - 1);
    }
    TRY(GROW(arena, arena->length + wanted));
    u32 *entry = arena->items + arena->length;
    entry[0] = hash, entry[1] = length | tokens->length << 8;
    memcpy(entry + HEADER, word, length * sizeof *word);
    if (tokens->length > 0) memcpy(entry + HEADER + length, tokens->items, tokens->length * sizeof *tokens->items);
    cache->slots[slot] = arena->length;
    arena->length += wanted;
    cache->entries++;
    return OK;
}

Status cache_tokenize(Cache *cache, Model *model, const u32 *word, u32 length, const Token **tokens, u32 *count, Tokens *work) {
    u32 slot = 0, hash = 0;
    int cached = length <= LONGEST_CACHED;
    if (cached) {
        if (UNLIKELY(cache->slots == NULL)) TRY(clear(cache));
        hash = hash_word(word, length);
        for (slot = hash & (SLOTS - 1); cache->slots[slot] != 0; slot = (slot + 1) & (SLOTS - 1)) {
            const u32 *entry = cache->arena.items + cache->slots[slot];
            if (entry[0] == hash && (entry[1] & 0xFF) == length && same(entry + HEADER, word, length)) {
                *tokens = (const Token *)(const void *)(entry + HEADER + length);
                *count = entry[1] >> 8;
                return OK;
            }
        }
    }
    TRY(model_tokenize(model, word, length, work));
    if (cached) TRY(keep(cache, slot, hash, word, length, work));
    *tokens = work->items;
    *count = work->length;
    return OK;
}

void cache_close(Cache *cache) {
    free(cache->slots);
    free(cache->arena.items);
}

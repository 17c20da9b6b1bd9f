#include "cache.h"

enum { SLOT_BITS = 15, SLOTS = 1 << SLOT_BITS, PLACE_BITS = 20, PLACE = (1 << PLACE_BITS) - 1, MOST_WORDS = 1 << 18, HEADER = 1, PROBES = 8 };
enum { TOKEN_WORDS = sizeof(Token) / sizeof(u32) };

static inline u32 hash_word(const u32 *word, u32 length) {
    const u64 factor = 0x517CC1B727220A95;
    u64 h = length;
    u32 i = 0;
    for (; i + 1 < length; i += 2) h = ((h << 5 | h >> 59) ^ ((u64)word[i] << 32 | word[i + 1])) * factor;
    if (i < length) h = ((h << 5 | h >> 59) ^ word[i]) * factor;
    return (u32)(h >> 32);
}

/* Where a word's slots begin: the upper bits, which depend on all characters. */
static inline u32 home(u32 hash) { return hash >> (32 - SLOT_BITS); }

static inline u32 tag(u32 hash) { return hash << PLACE_BITS; }

static void clear(Cache *cache) {
    memset(cache->slots, 0, SLOTS * sizeof *cache->slots);
    cache->arena.length = 1; /* place 0 stands for none */
}

Status cache_open(Cache *cache) {
    if (cache->slots == NULL) cache->slots = malloc(SLOTS * sizeof *cache->slots);
    if (cache->slots == NULL) return NO_MEMORY;
    clear(cache);
    return GROW(&cache->arena, 1);
}

static int same(const u32 *a, const u32 *b, u32 length) {
    for (u32 i = 0; i < length; i++)
        if (a[i] != b[i]) return 0;
    return 1;
}

static inline void copy(u32 *to, const u32 *from, u32 length) {
    for (u32 i = 0; i < length; i++) {
        to[i] = from[i];
        STAY_A_LOOP;
    }
}

static Status keep(Cache *cache, u32 slot, u32 hash, const u32 *word, u32 length, const Tokens *tokens) {
    u32 wanted = HEADER + length + tokens->length * TOKEN_WORDS;
    Words *arena = &cache->arena;
    if (arena->length + wanted > MOST_WORDS) {
        clear(cache);
        slot = home(hash);
    }
    if (UNLIKELY(arena->length + wanted > arena->capacity)) TRY(GROW(arena, arena->length + wanted));
    u32 *entry = arena->items + arena->length;
    entry[0] = length | tokens->length << 8;
    copy(entry + HEADER, word, length);
    copy(entry + HEADER + length, (const u32 *)(const void *)tokens->items, tokens->length * TOKEN_WORDS);
    cache->slots[slot] = tag(hash) | arena->length;
    arena->length += wanted;
    return OK;
}

Status cache_tokenize(Cache *cache, Model *model, const u32 *word, u32 length, const Token **tokens, u32 *count,
                      Tokens *work) {
    u32 hash = hash_word(word, length), slot = home(hash);
    for (u32 i = 0;; i++, slot = (slot + 1) & (SLOTS - 1)) {
        u32 found = cache->slots[slot];
        if (found == 0) break;
        /* Where all are taken, the first has to go. */
        if (i == PROBES) {
            slot = home(hash);
            break;
        }
        if ((found & ~(u32)PLACE) != tag(hash)) continue;
        const u32 *entry = cache->arena.items + (found & PLACE);
        if ((entry[0] & 0xFF) == length && same(entry + HEADER, word, length)) {
            *tokens = (const Token *)(const void *)(entry + HEADER + length);
            *count = entry[0] >> 8;
            return OK;
        }
    }
    TRY(model_tokenize(model, word, length, work));
    TRY(keep(cache, slot, hash, word, length, work));
    *tokens = work->items;
    *count = work->length;
    return OK;
}

void cache_close(Cache *cache) {
    free(cache->slots);
    free(cache->arena.items);
}

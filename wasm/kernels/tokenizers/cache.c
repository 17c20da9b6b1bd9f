#include "cache.h"

enum { SLOT_BITS = 15, SLOTS = 1 << SLOT_BITS, PLACE_BITS = 20, PLACE = (1 << PLACE_BITS) - 1, MOST_WORDS = 1 << 18, HEADER = 1, PROBES = 8 };
enum { TOKEN_WORDS = sizeof(Token) / sizeof(u32) };

/* Eight characters, two in each number. */
enum { EIGHT = 8 };

typedef struct {
    u64 two[4];
} Eight;

/* The bits of so many characters of eight. */
static const Eight KEPT[EIGHT + 1] = {
    {{0}}, {{0xFFFFFFFF}}, {{~0ull}}, {{~0ull, 0xFFFFFFFF}}, {{~0ull, ~0ull}}, {{~0ull, ~0ull, 0xFFFFFFFF}},
    {{~0ull, ~0ull, ~0ull}}, {{~0ull, ~0ull, ~0ull, 0xFFFFFFFF}}, {{~0ull, ~0ull, ~0ull, ~0ull}},
};

static inline const Eight *kept_of(u32 left) { return &KEPT[left < EIGHT ? left : EIGHT]; }

/* (Copied eight bytes at a time: more would be a call in WebAssembly.) */
static inline u64 two_at(const u32 *word) {
    u64 two;
    __builtin_memcpy(&two, word, sizeof two);
    return two;
}

/* Most words have at most eight characters: then this has no branch that is hard to predict. */
static inline u32 hash_word(const u32 *word, u32 length) {
    u64 h = length;
    for (u32 i = 0; i < length; i += EIGHT) {
        const Eight *kept = kept_of(length - i);
        u64 a = (two_at(word + i) & kept->two[0]) * 0x517CC1B727220A95, b = (two_at(word + i + 2) & kept->two[1]) * 0x9FB21C651E98DF25;
        u64 c = (two_at(word + i + 4) & kept->two[2]) * 0xD6E8FEB86659FD93, d = (two_at(word + i + 6) & kept->two[3]) * 0xA0761D6478BD642F;
        h = (h << 23 | h >> 41) ^ (a >> 32 | a << 32) ^ (b >> 29 | b << 35) ^ (c >> 31 | c << 33) ^ (d >> 27 | d << 37);
    }
    h *= 0xE7037ED1A0B428DB;
    return (u32)(h >> 32);
}

/* Where a word's slots begin: the upper bits, which depend on all characters. */
static inline u32 home(u32 hash) { return hash >> (32 - SLOT_BITS); }

static inline u32 tag(u32 hash) { return hash << PLACE_BITS; }

static void clear(Cache *cache) {
    memset(cache->slots, 0, SLOTS * sizeof *cache->slots);
    cache->arena.length = 1; /* place 0 stands for none */
    cache->cleared++;
}

Status cache_open(Cache *cache) {
    if (cache->slots == NULL) cache->slots = malloc(SLOTS * sizeof *cache->slots);
    if (cache->slots == NULL) return NO_MEMORY;
    clear(cache);
    return GROW(&cache->arena, 1);
}

static inline int same(const u32 *entry, const u32 *word, u32 length) {
    u64 other = 0;
    for (u32 i = 0; i < length; i += EIGHT) {
        const Eight *kept = kept_of(length - i);
        for (u32 k = 0; k < 4; k++) other |= (two_at(word + i + 2 * k) ^ two_at(entry + i + 2 * k)) & kept->two[k];
    }
    return other == 0;
}

static inline void copy(u32 *to, const u32 *from, u32 length) {
    for (u32 i = 0; i < length; i++) {
        to[i] = from[i];
        STAY_A_LOOP;
    }
}

static Status keep(Cache *cache, u32 hash, const u32 *word, u32 length, const Tokens *tokens) {
    u32 wanted = HEADER + length + tokens->length * TOKEN_WORDS, slot = home(hash);
    Words *arena = &cache->arena;
    if (arena->length + wanted > MOST_WORDS) clear(cache);
    if (UNLIKELY(arena->length + wanted > arena->capacity)) TRY(GROW(arena, arena->length + wanted));
    u32 *entry = arena->items + arena->length;
    entry[0] = length | tokens->length << 8;
    copy(entry + HEADER, word, length);
    copy(entry + HEADER + length, (const u32 *)(const void *)tokens->items, tokens->length * TOKEN_WORDS);
    for (u32 i = 0; i < PROBES && cache->slots[slot] != 0; i++) slot = (slot + 1) & (SLOTS - 1);
    /* Where all are taken, the first has to go. */
    if (cache->slots[slot] != 0) slot = home(hash);
    cache->slots[slot] = tag(hash) | arena->length;
    arena->length += wanted;
    return OK;
}

Sought cache_seek(const Cache *cache, const u32 *word, u32 length) {
    u32 hash = hash_word(word, length), slot = home(hash);
    for (u32 i = 0; i < PROBES; i++, slot = (slot + 1) & (SLOTS - 1)) {
        u32 found = cache->slots[slot];
        if ((found & ~(u32)PLACE) == tag(hash) || found == 0) return (Sought){hash, found & PLACE};
    }
    return (Sought){hash, 0};
}

const Token *cache_found(const Cache *cache, Sought sought, const u32 *word, u32 length, u32 *count) {
    const u32 *entry = cache->arena.items + sought.place;
    if (sought.place == 0 || (entry[0] & 0xFF) != length || !same(entry + HEADER, word, length)) return NULL;
    *count = entry[0] >> 8;
    return (const Token *)(const void *)(entry + HEADER + length);
}

Status cache_tokenize(Cache *cache, Model *model, const u32 *word, u32 length, const Token **tokens, u32 *count,
                      Tokens *work) {
    Sought sought = cache_seek(cache, word, length);
    *tokens = cache_found(cache, sought, word, length, count);
    if (*tokens != NULL) return OK;
    TRY(model_tokenize(model, word, length, work));
    TRY(keep(cache, sought.hash, word, length, work));
    *tokens = work->items;
    *count = work->length;
    return OK;
}

void cache_close(Cache *cache) {
    free(cache->slots);
    free(cache->arena.items);
}

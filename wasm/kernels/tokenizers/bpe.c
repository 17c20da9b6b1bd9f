/* Byte-pair encoding: of all neighbours, merge those of the lowest rank (leftmost first), until none can be merged.
 *
 * Short words are merged by looking over all ranks each time; long ones through a heap and a linked list, so that a
 * word of any length costs n log n. Source of the algorithm: Sennrich et al., arXiv:1508.07909; details are those of
 * `BPE` of Hugging Face tokenizers. */
#include "model.h"

enum { SHORT = 48, NO_RANK = ABSENT };

/* A symbol: its id, how many bytes it stands for, and the rank of its merge with the next one. */
typedef struct {
    u32 id, bytes, rank, previous, next;
} Symbol;

enum { SYMBOL_WORDS = sizeof(Symbol) / sizeof(u32) };

Status bpe_open(Model *model, const Blob *blob) {
    u32 count;
    const u32 *parameters = model->parameters;
    TRY(blob_hash(blob, blob_find(blob, SECTION_MERGES), 8, (const void **)&model->merges, &model->merge_mask));
    TRY(blob_optional(blob, SECTION_MERGED, 4, (const void **)&model->merged, &model->merged_count));
    TRY(blob_optional(blob, SECTION_BYTE_IDS, 4, (const void **)&model->byte_ids, &count));
    if ((parameters[P_BYTE_LEVEL] != 0 || parameters[P_BYTE_FALLBACK] != 0) && count != 256) return BAD_BLOB;
    for (u32 i = 0; i < 4 && parameters[P_BYTE_LEVEL] == 0; i++)
        TRY(blob_two_stage(blob, parameters[P_SYMBOLS + 2 * i], parameters[P_SYMBOLS + 2 * i + 1], 4,
                           &model->symbols[i].blocks, (const void **)&model->symbols[i].entries, &count));
    return OK;
}

/* The rank of a merge of two ids, NO_RANK for none. */
static inline u32 rank_of(const Model *model, u32 left, u32 right) {
    u64 key = (u64)left << 21 | right;
    for (u32 i = mix(left, right), tries = 0; tries <= model->merge_mask; i++, tries++) {
        u64 slot = model->merges[i & model->merge_mask];
        if (slot == 0) return NO_RANK;
        if (slot >> 22 == key) {
            u32 rank = (u32)(slot & 0x3FFFFF) - 1;
            return rank < model->merged_count ? rank : NO_RANK;
        }
    }
    return NO_RANK;
}

static inline void put_symbol(Symbol *symbols, u32 *count, u32 id, u32 bytes) {
    symbols[(*count)++] = (Symbol){id, bytes, NO_RANK, 0, 0};
}

/* Bytes of byte-level text are counted as their visible characters' bytes, which only matters where one has no token
 * and is left out: then all that follows moves, in the reference too. */
static u32 visible_bytes(u32 byte) { return byte >= 0x21 && byte <= 0x7E ? 1 : 2; }

/* What a character becomes where it has no token: bytes, or unknown tokens, or nothing. */
static void put_unknown(const Model *model, u32 c, Symbol *symbols, u32 *count, u32 *unknown_bytes) {
    const u32 *parameters = model->parameters;
    u8 bytes[4];
    u32 length = utf8_put(bytes, c), known = 0;
    if (parameters[P_BYTE_FALLBACK] != 0) {
        while (known < length && model->byte_ids[bytes[known]] != 0) known++;
        if (known == length) {
            for (u32 k = 0; k < length; k++) put_symbol(symbols, count, model->byte_ids[bytes[k]] - 1, 1);
            return;
        }
    }
    if (parameters[P_UNKNOWN] == ABSENT) return;
    if (*unknown_bytes != 0 && parameters[P_FUSE_UNKNOWN] == 0) {
        put_symbol(symbols, count, parameters[P_UNKNOWN], *unknown_bytes);
        *unknown_bytes = 0;
    }
    *unknown_bytes += length;
}

static u32 symbols_of_characters(const Model *model, const u32 *word, u32 length, Symbol *symbols) {
    u32 count = 0, unknown_bytes = 0, unknown = model->parameters[P_UNKNOWN];
    for (u32 i = 0; i < length; i++) {
        u32 c = word[i] < CODE_POINTS ? word[i] : 0xFFFD;
        const Symbols *table = &model->symbols[(i == 0) + 2 * (i + 1 == length)];
        u32 id = table->entries[(u32)table->blocks[c >> BLOCK_BITS] * BLOCK_SIZE + (c & (BLOCK_SIZE - 1))];
        if (id == 0) {
            put_unknown(model, word[i], symbols, &count, &unknown_bytes);
            continue;
        }
        if (unknown_bytes != 0) put_symbol(symbols, &count, unknown, unknown_bytes), unknown_bytes = 0;
        put_symbol(symbols, &count, id - 1, utf8_length(word[i]));
    }
    if (unknown_bytes != 0) put_symbol(symbols, &count, unknown, unknown_bytes);
    return count;
}

static u32 symbols_of_bytes(const Model *model, const u32 *word, u32 length, Symbol *symbols) {
    u32 count = 0, fused = 0, unknown = model->parameters[P_UNKNOWN];
    for (u32 i = 0; i < length; i++) {
        u8 bytes[4];
        u32 size = utf8_put(bytes, word[i]);
        for (u32 k = 0; k < size; k++) {
            u32 id = model->byte_ids[bytes[k]], width = visible_bytes(bytes[k]);
            if (id == 0) {
                if (unknown == ABSENT) continue;
                if (fused != 0 && model->parameters[P_FUSE_UNKNOWN] == 0) put_symbol(symbols, &count, unknown, fused), fused = 0;
                fused += width;
                continue;
            }
            if (fused != 0) put_symbol(symbols, &count, unknown, fused), fused = 0;
            put_symbol(symbols, &count, id - 1, width);
        }
    }
    if (fused != 0) put_symbol(symbols, &count, unknown, fused);
    return count;
}

static u32 merge_short(const Model *model, Symbol *symbols, u32 count) {
    for (u32 i = 0; i + 1 < count; i++) symbols[i].rank = rank_of(model, symbols[i].id, symbols[i + 1].id);
    while (count > 1) {
        u32 best = NO_RANK, at = 0;
        for (u32 i = 0; i + 1 < count; i++)
            if (symbols[i].rank < best) best = symbols[i].rank, at = i;
        if (best == NO_RANK) break;
        symbols[at].id = model->merged[best];
        symbols[at].bytes += symbols[at + 1].bytes;
        memmove(symbols + at + 1, symbols + at + 2, (count - at - 2) * sizeof *symbols);
        count--;
        symbols[at].rank = at + 1 < count ? rank_of(model, symbols[at].id, symbols[at + 1].id) : NO_RANK;
        if (at > 0) symbols[at - 1].rank = rank_of(model, symbols[at - 1].id, symbols[at].id);
    }
    return count;
}

/* A heap of merges (rank, place): the lowest rank on top, the leftmost of equals. */
static Status heap_push(Words *heap, u32 rank, u32 place) {
    TRY(GROW(heap, heap->length + 2));
    u64 *items = (u64 *)(void *)heap->items, item = (u64)rank << 32 | place;
    u32 i = heap->length / 2;
    heap->length += 2;
    for (; i > 0 && items[(i - 1) / 2] > item; i = (i - 1) / 2) items[i] = items[(i - 1) / 2];
    items[i] = item;
    return OK;
}

static u64 heap_pop(Words *heap) {
    u64 *items = (u64 *)(void *)heap->items, top = items[0];
    heap->length -= 2;
    u32 count = heap->length / 2, i = 0;
    u64 item = items[count];
    for (u32 child = 1; child < count; child = 2 * i + 1) {
        if (child + 1 < count && items[child + 1] < items[child]) child++;
        if (items[child] >= item) break;
        items[i] = items[child];
        i = child;
    }
    if (count > 0) items[i] = item;
    return top;
}

static Status rank_again(const Model *model, Symbol *symbols, u32 i, Words *heap) {
    u32 next = symbols[i].next;
    symbols[i].rank = next == ABSENT ? NO_RANK : rank_of(model, symbols[i].id, symbols[next].id);
    return symbols[i].rank == NO_RANK ? OK : heap_push(heap, symbols[i].rank, i);
}

static Status merge_long(const Model *model, Symbol *symbols, u32 *count, Words *heap) {
    heap->length = 0;
    for (u32 i = 0; i < *count; i++) {
        symbols[i].previous = i - 1; /* ABSENT for the first */
        symbols[i].next = i + 1 < *count ? i + 1 : ABSENT;
    }
    for (u32 i = 0; i < *count; i++) TRY(rank_again(model, symbols, i, heap));
    while (heap->length > 0) {
        u64 top = heap_pop(heap);
        u32 rank = (u32)(top >> 32), at = (u32)top;
        /* A merge that was overtaken by another: its symbol has another rank now, or is gone. */
        if (symbols[at].rank != rank) continue;
        u32 gone = symbols[at].next, next = symbols[gone].next;
        symbols[at].id = model->merged[rank];
        symbols[at].bytes += symbols[gone].bytes;
        symbols[at].next = next;
        symbols[gone].rank = NO_RANK;
        if (next != ABSENT) symbols[next].previous = at;
        TRY(rank_again(model, symbols, at, heap));
        if (symbols[at].previous != ABSENT) TRY(rank_again(model, symbols, symbols[at].previous, heap));
    }
    u32 kept = 0;
    for (u32 i = 0; i != ABSENT && *count > 0; kept++) {
        u32 next = symbols[i].next;
        symbols[kept] = symbols[i];
        i = next;
    }
    *count = kept;
    return OK;
}

static u32 character_bytes(u32 c, int byte_level) {
    if (!byte_level) return utf8_length(c);
    if (c < 0x80) return visible_bytes(c);
    return 2 * utf8_length(c);
}

/* Tokens with the characters whose bytes they hold, whole or in part. */
static Status put_tokens(const Model *model, const u32 *word, u32 length, const Symbol *symbols, u32 count, Tokens *tokens) {
    int byte_level = model->parameters[P_BYTE_LEVEL] != 0;
    u32 at = 0, i = 0, end = character_bytes(word[0], byte_level); /* `end`: bytes up to the end of character i */
    TRY(GROW(tokens, tokens->length + count));
    for (u32 k = 0; k < count; k++) {
        while (end <= at && i + 1 < length) end += character_bytes(word[++i], byte_level);
        u32 begin = i;
        at += symbols[k].bytes;
        while (end < at && i + 1 < length) end += character_bytes(word[++i], byte_level);
        tokens->items[tokens->length++] = (Token){symbols[k].id, begin, i + 1};
    }
    return OK;
}

/* `ignore_merges`: the word as a whole, if the vocabulary has it. */
static Status whole_word(Model *model, const u32 *word, u32 length, u32 *id) {
    Bytes *bytes = &model->bytes;
    u8 encoded[4];
    if (length > 1u << 26) return TOO_LONG;
    TRY(GROW(bytes, length * 8));
    bytes->length = 0;
    for (u32 i = 0; i < length; i++) {
        u32 size = utf8_put(encoded, word[i]);
        for (u32 k = 0; k < size; k++) {
            if (model->parameters[P_BYTE_LEVEL] != 0) bytes->length += utf8_put(bytes->items + bytes->length, byte_char(encoded[k]));
            else bytes->items[bytes->length++] = encoded[k];
        }
    }
    *id = vocabulary_id(&model->vocabulary, bytes->items, bytes->length);
    return OK;
}

Status bpe_tokenize(Model *model, const u32 *word, u32 length, Tokens *tokens) {
    if (model->parameters[P_IGNORE_MERGES] != 0) {
        u32 id;
        TRY(whole_word(model, word, length, &id));
        if (id != ABSENT) return tokens_put(tokens, id, 0, length);
    }
    u64 bytes = 0;
    for (u32 i = 0; i < length; i++) bytes += utf8_length(word[i]);
    if (bytes > (1u << 28) / SYMBOL_WORDS) return TOO_LONG;
    TRY(GROW(&model->work, (u32)bytes * SYMBOL_WORDS));
    Symbol *symbols = (Symbol *)(void *)model->work.items;
    u32 count = model->parameters[P_BYTE_LEVEL] != 0 ? symbols_of_bytes(model, word, length, symbols)
                                                     : symbols_of_characters(model, word, length, symbols);
    if (count <= SHORT) count = merge_short(model, symbols, count);
    else TRY(merge_long(model, symbols, &count, &model->heap));
    return put_tokens(model, word, length, symbols, count, tokens);
}

/* Byte-pair encoding: of all neighbours, merge those of the lowest rank (leftmost first), until none can be merged.
 *
 * Short words are merged by looking over all ranks each time; long ones through a heap and a linked list, in blocks,
 * so that a word of any length costs the same a character. Source of the algorithm: Sennrich et al.,
 * arXiv:1508.07909; details are those of `BPE` of Hugging Face tokenizers. */
#include "model.h"

enum { SHORT = 48, BLOCK = 1024, SEAM = BLOCK - BLOCK / 8, AHEAD = 8, NO_RANK = ABSENT };

/* A symbol: its id, and how many bytes it stands for. */
typedef struct {
    u32 id, bytes;
} Symbol;

/* A symbol in a block that is merged, with the rank of its merge with the next one. */
typedef struct {
    u32 id, bytes, rank, previous, next;
} Node;

enum { SYMBOL_WORDS = sizeof(Symbol) / sizeof(u32), NODE_WORDS = sizeof(Node) / sizeof(u32) };

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

/* The table of merges is larger than the caches close to the processor: what is looked up soon is asked for early. */
static inline void prefetch_rank(const Model *model, u32 left, u32 right) {
    __builtin_prefetch(model->merges + (mix(left, right) & model->merge_mask));
}

static inline void put_symbol(Symbol *symbols, u32 *count, u32 id, u32 bytes) {
    symbols[(*count)++] = (Symbol){id, bytes};
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
    u32 ranks[SHORT]; /* of the merge of each symbol with the next one */
    for (u32 i = 0; i + 1 < count; i++) ranks[i] = rank_of(model, symbols[i].id, symbols[i + 1].id);
    while (count > 1) {
        u32 best = NO_RANK, at = 0;
        for (u32 i = 0; i + 1 < count; i++)
            if (ranks[i] < best) best = ranks[i], at = i;
        if (best == NO_RANK) break;
        symbols[at].id = model->merged[best];
        symbols[at].bytes += symbols[at + 1].bytes;
        count--;
        for (u32 i = at + 1; i < count; i++) symbols[i] = symbols[i + 1], ranks[i] = ranks[i + 1];
        if (at + 1 < count) ranks[at] = rank_of(model, symbols[at].id, symbols[at + 1].id);
        if (at > 0) ranks[at - 1] = rank_of(model, symbols[at - 1].id, symbols[at].id);
    }
    return count;
}

/* A heap of merges: rank << 32 | place, so that the lowest rank is on top, and the leftmost of equals. */
static Status heap_push(Words *heap, u32 rank, u32 place) {
    TRY(GROW(heap, heap->length + 2));
    u64 *items = (u64 *)(void *)heap->items, item = (u64)rank << 32 | place;
    u32 i = heap->length / 2;
    heap->length += 2;
    for (; i > 0 && items[(i - 1) / 2] > item; i = (i - 1) / 2) items[i] = items[(i - 1) / 2];
    items[i] = item;
    return OK;
}

/* Put an item where the smaller child moves up, from i down to the bottom, and then up to its place: the last item of
 * a heap belongs near the bottom, and a way down without comparisons to it has no branch that is hard to predict. */
static void heap_sink(u64 *items, u32 count, u32 i, u64 item) {
    u32 top = i;
    for (u32 child = 2 * i + 1; child < count; child = 2 * i + 1) {
        child += child + 1 < count && items[child + 1] < items[child];
        items[i] = items[child];
        i = child;
    }
    for (; i > top && items[(i - 1) / 2] > item; i = (i - 1) / 2) items[i] = items[(i - 1) / 2];
    items[i] = item;
}

static u64 heap_pop(Words *heap) {
    u64 *items = (u64 *)(void *)heap->items, top = items[0];
    heap->length -= 2;
    u32 count = heap->length / 2;
    if (count > 0) heap_sink(items, count, 0, items[count]);
    return top;
}

/* The merge of a node with the next one, into the heap if there is one. */
static Status rank_again(const Model *model, Node *nodes, u32 i, Words *heap) {
    u32 next = nodes[i].next;
    nodes[i].rank = next == ABSENT ? NO_RANK : rank_of(model, nodes[i].id, nodes[next].id);
    return nodes[i].rank == NO_RANK ? OK : heap_push(heap, nodes[i].rank, i);
}

/* All merges of the symbols as they are at first, as a heap. */
static Status first_merges(const Model *model, const Symbol *symbols, u32 count, Node *nodes, Words *heap) {
    u32 found = 0;
    TRY(GROW(heap, 2 * count));
    u64 *items = (u64 *)(void *)heap->items;
    for (u32 i = 0; i < count; i++) {
        u32 rank = i + 1 < count ? rank_of(model, symbols[i].id, symbols[i + 1].id) : NO_RANK;
        if (i + AHEAD + 1 < count) prefetch_rank(model, symbols[i + AHEAD].id, symbols[i + AHEAD + 1].id);
        nodes[i] = (Node){symbols[i].id, symbols[i].bytes, rank, i - 1, i + 1 < count ? i + 1 : ABSENT};
        items[found] = (u64)rank << 32 | i;
        found += rank != NO_RANK;
    }
    for (u32 i = found / 2; i-- > 0;) heap_sink(items, found, i, items[i]);
    heap->length = 2 * found;
    return OK;
}

/* Merge symbols all together: what is left of them are the nodes from the first one on, by `next`. */
static Status merge_nodes(Model *model, const Symbol *symbols, u32 count, Node **result) {
    Words *heap = &model->heap;
    TRY(GROW(&model->nodes, count * NODE_WORDS));
    Node *nodes = *result = (Node *)(void *)model->nodes.items;
    TRY(first_merges(model, symbols, count, nodes, heap));
    while (heap->length > 0) {
        u64 top = heap_pop(heap);
        u32 rank = (u32)(top >> 32), at = (u32)top;
        /* A merge that was overtaken by another: its symbol has another rank now, or is gone. */
        if (nodes[at].rank != rank) continue;
        u32 gone = nodes[at].next, next = nodes[gone].next, previous = nodes[at].previous;
        nodes[at].id = model->merged[rank];
        if (previous != ABSENT) prefetch_rank(model, nodes[previous].id, nodes[at].id);
        nodes[at].bytes += nodes[gone].bytes;
        nodes[at].next = next;
        nodes[gone].rank = NO_RANK;
        if (next != ABSENT) nodes[next].previous = at;
        TRY(rank_again(model, nodes, at, heap));
        if (previous != ABSENT) TRY(rank_again(model, nodes, previous, heap));
    }
    return OK;
}

/* Put the nodes before `end` where the symbols were; returns the first one that is not put, or ABSENT. */
static u32 put_nodes(const Node *nodes, u32 end, Symbol *symbols, u32 *kept) {
    u32 i = 0;
    for (; i < end; i = nodes[i].next) symbols[(*kept)++] = (Symbol){nodes[i].id, nodes[i].bytes};
    return i;
}

/* Merge block by block, which keeps what is at hand in the processor's cache. Of a block's tokens those before a seam
 * are kept; there the next block begins. *merged is 0 if that went wrong, and the symbols are spoilt.
 *
 * Tokens are right if each two neighbours stay apart when their symbols alone are merged: the first merge across a
 * border would be the lowest of those two as well, for until then nothing came into them from outside. In a block that
 * holds. At a seam it holds too if the token behind the seam is the same in both blocks; else the end of the first
 * block had a say that far back, which takes merges that no training gives. */
static Status merge_blocks(Model *model, Symbol *symbols, u32 *count, int *merged) {
    u32 done = 0, kept = 0, id = ABSENT, width = 0; /* of the token behind the seam, and how many symbols it is of */
    Node *nodes;
    for (*merged = 0; done < *count;) {
        u32 left = *count - done, size = left < BLOCK ? left : BLOCK;
        TRY(merge_nodes(model, symbols + done, size, &nodes));
        if (done > 0 && (nodes[0].id != id || (nodes[0].next == ABSENT ? size : nodes[0].next) != width)) return OK;
        u32 seam = put_nodes(nodes, size == left ? ABSENT : SEAM, symbols, &kept);
        if (size == left) break;
        if (seam == ABSENT) return OK;
        id = nodes[seam].id;
        width = (nodes[seam].next == ABSENT ? size : nodes[seam].next) - seam;
        done += seam;
    }
    *count = kept;
    *merged = 1;
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

static Status find_symbols(Model *model, const u32 *word, u32 length, Symbol **symbols, u32 *count) {
    u64 bytes = 0;
    for (u32 i = 0; i < length; i++) bytes += utf8_length(word[i]);
    if (bytes > (1u << 28) / SYMBOL_WORDS) return TOO_LONG;
    TRY(GROW(&model->work, (u32)bytes * SYMBOL_WORDS));
    *symbols = (Symbol *)(void *)model->work.items;
    *count = model->parameters[P_BYTE_LEVEL] != 0 ? symbols_of_bytes(model, word, length, *symbols)
                                                  : symbols_of_characters(model, word, length, *symbols);
    return OK;
}

Status bpe_tokenize(Model *model, const u32 *word, u32 length, Tokens *tokens) {
    if (model->parameters[P_IGNORE_MERGES] != 0) {
        u32 id;
        TRY(whole_word(model, word, length, &id));
        if (id != ABSENT) return tokens_put(tokens, id, 0, length);
    }
    Symbol *symbols;
    u32 count;
    TRY(find_symbols(model, word, length, &symbols, &count));
    if (count <= SHORT) {
        count = merge_short(model, symbols, count);
    } else {
        int merged;
        TRY(merge_blocks(model, symbols, &count, &merged));
        if (!merged) {
            Node *nodes;
            TRY(find_symbols(model, word, length, &symbols, &count));
            TRY(merge_nodes(model, symbols, count, &nodes));
            count = 0;
            put_nodes(nodes, ABSENT, symbols, &count);
        }
    }
    return put_tokens(model, word, length, symbols, count, tokens);
}

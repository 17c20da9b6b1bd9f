/* Unigram: the segmentation whose pieces have the largest sum of scores (log probabilities), by Viterbi's algorithm.
 *
 * Sums are f64 in the order of the text, a later path wins only if it is strictly better, an unknown character costs
 * 10 more than the worst piece, and unknown neighbours become one token: as `encode_optimized` of Hugging Face. */
#include "model.h"

static const double UNKNOWN_PENALTY = 10.0;

Status unigram_open(Model *model, const Blob *blob) {
    u32 count;
    TRY(blob_optional(blob, SECTION_SCORES, 8, (const void **)&model->scores, &model->score_count));
    TRY(blob_optional(blob, SECTION_BYTE_IDS, 4, (const void **)&model->byte_ids, &count));
    if (model->score_count == 0 || (count != 256 && model->parameters[P_BYTE_FALLBACK] != 0)) return BAD_BLOB;
    double least = model->scores[0];
    for (u32 i = 1; i < model->score_count; i++)
        if (model->scores[i] < least) least = model->scores[i];
    model->unknown_score = least - UNKNOWN_PENALTY;
    return OK;
}

/* The best way to each place: its score, where its last piece begins, and that piece's id. */
typedef struct {
    double score;
    u32 begin, id;
} Way;

/* Without a branch: the score comes from memory that is seldom at hand, and the walk down the trie need not wait for it. */
static inline void offer(Way *way, double score, u32 begin, u32 id) {
    Way old = *way;
    int better = (old.begin == ABSENT) | (score > old.score);
    way->score = better ? score : old.score;
    way->begin = better ? begin : old.begin;
    way->id = better ? id : old.id;
}

static Status find_ways(Model *model, const u32 *word, u32 length, Way *ways) {
    for (u32 i = 1; i <= length; i++) ways[i].begin = ABSENT;
    ways[0] = (Way){0.0, 0, 0};
    for (u32 begin = 0; begin < length; begin++) {
        double so_far = ways[begin].score;
        u32 node = model_first(model, word[begin]);
        int single = 0;
        for (u32 i = begin; node != 0;) {
            u32 value = trie_value(&model->trie, node);
            if (value != 0 && value <= model->score_count) {
                offer(&ways[i + 1], model->scores[value - 1] + so_far, begin, value - 1);
                single |= i == begin;
            }
            if (++i == length || trie_is_leaf(&model->trie, node)) break;
            node = trie_child(&model->trie, node, word[i]);
        }
        if (!single) {
            if (model->parameters[P_UNKNOWN] == ABSENT) {
                if (ways[begin + 1].begin == ABSENT || model->unknown_score + so_far > ways[begin + 1].score) return NO_UNKNOWN;
            } else {
                offer(&ways[begin + 1], model->unknown_score + so_far, begin, model->parameters[P_UNKNOWN]);
            }
        }
    }
    return OK;
}

/* What no piece spells: a piece after all (fused neighbours may be one), bytes, or the unknown token. */
static Status put_unknown(Model *model, const u32 *word, u32 begin, u32 end, Tokens *tokens) {
    u32 node = 0, i = begin, before = tokens->length;
    while (i < end && (node = trie_child(&model->trie, node, word[i])) != 0) i++;
    if (i == end && trie_value(&model->trie, node) != 0)
        return tokens_put(tokens, trie_value(&model->trie, node) - 1, begin, end);
    if (model->parameters[P_BYTE_FALLBACK] != 0) {
        int complete = 1;
        for (i = begin; i < end && complete; i++) {
            u8 bytes[4];
            u32 count = utf8_put(bytes, word[i]);
            for (u32 k = 0; k < count && complete; k++) {
                complete = model->byte_ids[bytes[k]] != 0;
                if (complete) TRY(tokens_put(tokens, model->byte_ids[bytes[k]] - 1, begin, end));
            }
        }
        if (complete) return OK;
        tokens->length = before;
    }
    return tokens_put(tokens, model->parameters[P_UNKNOWN], begin, end);
}

Status unigram_tokenize(Model *model, const u32 *word, u32 length, Tokens *tokens) {
    u32 unknown = model->parameters[P_UNKNOWN], count = 0;
    TRY(GROW(&model->work, (length + 2) * (u32)(sizeof(Way) / sizeof(u32))));
    Way *ways = (Way *)(void *)model->work.items;
    TRY(find_ways(model, word, length, ways));
    /* Backwards along the best path, then its pieces in order. */
    TRY(GROW(&model->heap, 2 * length));
    for (u32 end = length; end > 0; end = ways[end].begin) {
        u32 *step = model->heap.items + 2 * count++;
        step[0] = ways[end].begin, step[1] = ways[end].id;
    }
    for (u32 i = count; i-- > 0;) {
        u32 *step = model->heap.items + 2 * i, begin = step[0], id = step[1];
        if (id == unknown)
            while (i > 0 && model->heap.items[2 * i - 1] == unknown) i--;
        u32 end = i > 0 ? model->heap.items[2 * (i - 1)] : length;
        TRY(id == unknown ? put_unknown(model, word, begin, end, tokens) : tokens_put(tokens, id, begin, end));
    }
    return OK;
}

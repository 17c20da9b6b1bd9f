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
    const u32 *parameters = model->parameters;
    return double_array_open(&model->pieces, blob, parameters + P_CODES, parameters[P_NOBODY], model->score_count);
}

/* The best way to each place: its score, where its last piece begins, and that piece's id. */
typedef struct {
    double score;
    u32 begin, id;
} Way;

/* Without a branch, which nobody could predict: `is_offered` is 0 where nothing is offered. (Bits of one or the other, for
 * of two numbers the engines' compilers choose by a branch.) */
static inline void offer(Way *way, u32 is_offered, double score, u32 begin, u32 id) {
    union { double number; u64 bits; } old = {way->score}, new = {score};
    u32 better = is_offered & ((u32)(way->begin == ABSENT) | (u32)(score > old.number));
    u32 mask = 0 - better;
    old.bits ^= (old.bits ^ new.bits) & ((u64)mask << 32 | mask);
    way->score = old.number;
    way->begin ^= (way->begin ^ begin) & mask;
    way->id ^= (way->id ^ id) & mask;
}

/* The codes of a word's characters, and behind them one that no piece has. */
static void find_codes(const Model *model, const u32 *word, u32 length, u32 *codes) {
    for (u32 i = 0; i < length; i++) codes[i] = double_array_code(&model->pieces, word[i]);
    codes[length] = model->pieces.nobody;
}

static Status find_ways(const Model *model, const u32 *codes, u32 length, Way *ways) {
    const DoubleArray *pieces = &model->pieces;
    u32 unknown = model->parameters[P_UNKNOWN];
    for (u32 i = 1; i <= length; i++) ways[i].begin = ABSENT;
    ways[0] = (Way){0.0, 0, 0};
    for (u32 begin = 0; begin < length; begin++) {
        double so_far = ways[begin].score;
        u32 end = begin;
        u64 first = double_array_child(pieces, pieces->units[0], codes[begin]);
        for (u64 unit = first; unit != 0; unit = double_array_child(pieces, unit, codes[end])) {
            u32 value = double_array_value(unit);
            u32 is_piece = value != 0, id = value - is_piece;
            offer(&ways[++end], is_piece, model->scores[id] + so_far, begin, id);
        }
        if (double_array_value(first) == 0) {
            double score = model->unknown_score + so_far;
            Way *next = &ways[begin + 1];
            if (unknown == ABSENT && (next->begin == ABSENT || score > next->score)) return NO_UNKNOWN;
            offer(next, unknown != ABSENT, score, begin, unknown);
        }
    }
    return OK;
}

/* What no piece spells: a piece after all (fused neighbours may be one), bytes, or the unknown token. */
static Status put_unknown(Model *model, const u32 *word, u32 begin, u32 end, Tokens *tokens) {
    const DoubleArray *pieces = &model->pieces;
    u32 i = begin, before = tokens->length;
    u64 unit = pieces->units[0];
    while (i < end && (unit = double_array_child(pieces, unit, double_array_code(pieces, word[i]))) != 0) i++;
    if (i == end && double_array_value(unit) != 0) return tokens_put(tokens, double_array_value(unit) - 1, begin, end);
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
    TRY(GROW(&model->nodes, length + 1));
    Way *ways = (Way *)(void *)model->work.items;
    find_codes(model, word, length, model->nodes.items);
    TRY(find_ways(model, model->nodes.items, length, ways));
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

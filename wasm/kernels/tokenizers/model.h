/* Models: a word to pieces of a vocabulary. */
#ifndef WARDIAN_MODEL_H
#define WARDIAN_MODEL_H

#include "classes.h"
#include "double_array.h"
#include "text.h"
#include "trie.h"
#include "vocabulary.h"

/* A token of a word: its id, and which characters of the word it stands for. */
typedef struct {
    u32 id, begin, end;
} Token;

typedef struct {
    Token *items;
    u32 length, capacity;
} Tokens;

enum { WORDPIECE, BPE, UNIGRAM, WORDLEVEL, MODELS };

/* Character → id + 1 of its token, for characters in the middle of a word, first, last and alone. */
typedef struct {
    const u16 *blocks;
    const u32 *entries;
} Symbols;

/* Characters before this one are those of most scripts: where a walk begins with one, it is not looked for. */
enum { FREQUENT = 0x800 };

typedef struct {
    Vocabulary vocabulary;
    const Classes *classes;
    const u32 *parameters;

    Trie trie; /* WordPiece, WordLevel; value: id */
    u32 first[FREQUENT], next[FREQUENT]; /* nodes of frequent characters behind the root, and behind that of continuing pieces */
    DoubleArray pieces; /* Unigram; value: id */
    const double *scores;
    u32 score_count;
    double unknown_score;

    const u64 *merges; /* BPE */
    u32 merge_mask, merged_count;
    const u32 *merged;
    const u32 *byte_ids;
    Symbols symbols[4];

    /* Memory that calls share. */
    Bytes bytes;
    Words work, heap, nodes;
} Model;

Status model_open(Model *model, const Blob *blob, const Classes *classes);
void model_close(Model *model);

/* Where a walk down the trie goes to from the root, and from the root of continuing pieces. */
static inline u32 model_first(const Model *model, u32 c) {
    return c < FREQUENT ? model->first[c] : trie_child(&model->trie, 0, c);
}

static inline u32 model_next(const Model *model, u32 c) {
    return c < FREQUENT ? model->next[c] : trie_child(&model->trie, model->parameters[P_CONTINUING_ROOT], c);
}

/* The tokens of a word, which is not empty. */
Status model_tokenize(Model *model, const u32 *word, u32 length, Tokens *tokens);

Status bpe_open(Model *model, const Blob *blob);
Status bpe_tokenize(Model *model, const u32 *word, u32 length, Tokens *tokens);
Status unigram_open(Model *model, const Blob *blob);
Status unigram_tokenize(Model *model, const u32 *word, u32 length, Tokens *tokens);
Status wordpiece_tokenize(const Model *model, const u32 *word, u32 length, Tokens *tokens);
Status wordlevel_tokenize(const Model *model, const u32 *word, u32 length, Tokens *tokens);

static inline Status tokens_put(Tokens *tokens, u32 id, u32 begin, u32 end) {
    if (UNLIKELY(tokens->length == tokens->capacity)) TRY(GROW(tokens, tokens->length + 1));
    tokens->items[tokens->length++] = (Token){id, begin, end};
    return OK;
}

#endif

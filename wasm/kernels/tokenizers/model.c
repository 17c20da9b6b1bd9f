#include "model.h"

Status model_open(Model *model, const Blob *blob, const Classes *classes) {
    u32 count;
    model->classes = classes;
    TRY(blob_optional(blob, SECTION_PARAMETERS, 4, (const void **)&model->parameters, &count));
    if (count < P_COUNT || model->parameters[P_MODEL] >= MODELS) return BAD_BLOB;
    TRY(vocabulary_open(&model->vocabulary, blob));
    if (model->parameters[P_MODEL] == BPE) return bpe_open(model, blob);
    if (model->parameters[P_MODEL] == UNIGRAM) return unigram_open(model, blob);
    TRY(trie_open(&model->trie, blob, SECTION_VOCAB_TRIE, SECTION_VOCAB_SLOTS));
    if (model->trie.nodes == NULL) return BAD_BLOB;
    for (u32 c = 0; c < FREQUENT; c++) {
        model->first[c] = trie_child(&model->trie, 0, c);
        model->next[c] = trie_child(&model->trie, model->parameters[P_CONTINUING_ROOT], c);
    }
    return OK;
}

void model_close(Model *model) {
    free(model->bytes.items);
    free(model->work.items);
    free(model->heap.items);
    free(model->nodes.items);
}

Status model_tokenize(Model *model, const u32 *word, u32 length, Tokens *tokens) {
    tokens->length = 0;
    switch (model->parameters[P_MODEL]) {
        case WORDPIECE: return wordpiece_tokenize(model, word, length, tokens);
        case BPE: return bpe_tokenize(model, word, length, tokens);
        case UNIGRAM: return unigram_tokenize(model, word, length, tokens);
        default: return wordlevel_tokenize(model, word, length, tokens);
    }
}

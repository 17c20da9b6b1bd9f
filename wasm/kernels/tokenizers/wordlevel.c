/* WordLevel: a word is in the vocabulary, or unknown. */
#include "model.h"

Status wordlevel_tokenize(const Model *model, const u32 *word, u32 length, Tokens *tokens) {
    u32 node = 0, i = 0;
    while (i < length && (node = trie_child(&model->trie, node, word[i])) != 0) i++;
    u32 value = i == length ? trie_value(&model->trie, node) : 0;
    if (value == 0 && model->parameters[P_UNKNOWN] == ABSENT) return NO_UNKNOWN;
    return tokens_put(tokens, value != 0 ? value - 1 : model->parameters[P_UNKNOWN], 0, length);
}

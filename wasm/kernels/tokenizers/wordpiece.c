/* WordPiece: greedily the longest piece, from the left; a word with a part that is in no piece is unknown. A walk
 * down the trie finds the longest piece in one pass. */
#include "model.h"

Status wordpiece_tokenize(const Model *model, const u32 *word, u32 length, Tokens *tokens) {
    const u32 *parameters = model->parameters;
    u32 begin = 0;
    int known = length <= parameters[P_LONGEST_WORD];
    while (known && begin < length) {
        u32 end = 0, id = 0, node = begin == 0 ? model_first(model, word[0]) : model_next(model, word[begin]);
        for (u32 i = begin; node != 0;) {
            u32 value = trie_value(&model->trie, node);
            i++;
            if (value != 0) id = value - 1, end = i;
            if (i == length || trie_is_leaf(&model->trie, node)) break;
            node = trie_child(&model->trie, node, word[i]);
        }
        known = end != 0;
        if (known) TRY(tokens_put(tokens, id, begin, end));
        begin = end;
    }
    if (known) return OK;
    if (parameters[P_UNKNOWN] == ABSENT) return NO_UNKNOWN;
    tokens->length = 0;
    return tokens_put(tokens, parameters[P_UNKNOWN], 0, length);
}

/* WordPiece: greedily the longest piece, from the left; a word with a part that is in no piece is unknown. A walk
 * down the trie finds the longest piece in one pass. */
#include "model.h"

Status wordpiece_tokenize(const Model *model, const u32 *word, u32 length, Tokens *tokens) {
    const u32 *parameters = model->parameters;
    u32 begin = 0, node = 0;
    int known = length <= parameters[P_LONGEST_WORD];
    while (known && begin < length) {
        u32 end = 0, id = 0;
        for (u32 i = begin; i < length; i++) {
            node = trie_child(&model->trie, node, word[i]);
            if (node == 0) break;
            u32 value = trie_value(&model->trie, node);
            if (value != 0) id = value - 1, end = i + 1;
            if (trie_is_leaf(&model->trie, node)) break;
        }
        known = end != 0;
        if (known) TRY(tokens_put(tokens, id, begin, end));
        begin = end;
        node = parameters[P_CONTINUING_ROOT];
        if (node == ABSENT && begin < length) known = 0;
    }
    if (known) return OK;
    if (parameters[P_UNKNOWN] == ABSENT) return NO_UNKNOWN;
    tokens->length = 0;
    return tokens_put(tokens, parameters[P_UNKNOWN], 0, length);
}

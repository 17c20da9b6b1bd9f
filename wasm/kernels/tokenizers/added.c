#include "added.h"

Status finder_open(Finder *finder, const Blob *blob, u32 nodes_kind, u32 slots_kind, u32 first_class, u32 space_class,
                   u32 word_class) {
    u32 numbers;
    TRY(trie_open(&finder->trie, blob, nodes_kind, slots_kind));
    TRY(blob_optional(blob, SECTION_ADDED, 4, (const void **)&finder->tokens, &numbers));
    finder->count = numbers / 3;
    finder->first = class_bit(first_class);
    finder->space = class_bit(space_class);
    finder->word = class_bit(word_class);
    return OK;
}

/* The longest token that begins here: its number + 1, or 0. */
static u32 longest(const Finder *finder, const u32 *text, u32 length, u32 begin, u32 *end) {
    u32 node = 0, best = 0;
    for (u32 i = begin; i < length; i++) {
        node = trie_child(&finder->trie, node, text[i]);
        if (node == 0) break;
        u32 value = trie_value(&finder->trie, node);
        if (value != 0 && value <= finder->count) best = value, *end = i + 1;
        if (trie_is_leaf(&finder->trie, node)) break;
    }
    return best;
}

static Status put(FoundList *found, u32 begin, u32 end, u32 token) {
    TRY(GROW(found, found->length + 1));
    found->items[found->length++] = (Found){begin, end, token};
    return OK;
}

Status find_added(const Finder *finder, const Classes *classes, const View *view, FoundList *found) {
    const u32 *text = view->chars;
    u32 length = view->length, done = 0, end = 0;
    int any = finder->trie.nodes != NULL && (view->seen & finder->first) != 0;
    found->length = 0;
    for (u32 i = 0; any && (i = class_find(classes, text, length, i, finder->first)) < length;) {
        u32 token = longest(finder, text, length, i, &end);
        if (token == 0) {
            i++;
            continue;
        }
        u32 begin = i, flags = finder->tokens[token - 1].flags;
        i = end; /* also where it is not taken, and whatever rstrip takes along */
        if ((flags & SINGLE_WORD) != 0) {
            if (begin > 0 && (class_bits(classes, text[begin - 1]) & finder->word) != 0) continue;
            if (end < length && (class_bits(classes, text[end]) & finder->word) != 0) continue;
        }
        if ((flags & LSTRIP) != 0) {
            while (begin > 0 && (class_bits(classes, text[begin - 1]) & finder->space) != 0) begin--;
            if (begin < done) begin = done;
        }
        if ((flags & RSTRIP) != 0)
            while (end < length && (class_bits(classes, text[end]) & finder->space) != 0) end++;
        if (done < begin) TRY(put(found, done, begin, ABSENT));
        /* Nothing may be left of it, where an earlier token's rstrip and its own lstrip meet. */
        if (begin < end) TRY(put(found, begin, end, token - 1));
        done = end;
    }
    return done < length ? put(found, done, length, ABSENT) : OK;
}

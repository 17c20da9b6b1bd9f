#include "trie.h"

Status trie_open_sections(Trie *trie, const Blob *blob, u32 slots, u32 values) {
    memset(trie, 0, sizeof *trie);
    if (slots == ABSENT) return OK;
    TRY(blob_hash(blob, slots, 8, (const void **)&trie->slots, &trie->mask));
    return blob_array(blob, values, 4, (const void **)&trie->values, &trie->nodes);
}

#include "trie.h"

Status trie_open_sections(Trie *trie, const Blob *blob, u32 nodes, u32 slots) {
    memset(trie, 0, sizeof *trie);
    if (nodes == ABSENT) return OK;
    TRY(blob_array(blob, nodes, 8, (const void **)&trie->nodes, &trie->count));
    if (trie->count-- == 0) return BAD_BLOB;
    return blob_hash(blob, slots, 8, (const void **)&trie->slots, &trie->mask);
}

/* Tries in little memory: 8 bytes a node. Most of what is looked up lies in no cache of the processor, so that what counts
 * is how many of its lines a walk touches.
 *
 * A node holds where its children begin (21 bits), the character that leads to it (21 bits), and its value + 1 or 0 (22
 * bits). Nodes are numbered level by level: children of one node lie together, and end where those of the next node
 * begin. So few children are looked through, in one line; those of nodes that have many are found by a hash table whose
 * slots hold node, character and child (21 bits each; 0 is empty, for the root is nobody's child). */
#ifndef WARDIAN_TRIE_H
#define WARDIAN_TRIE_H

#include "blob.h"

typedef struct {
    const u64 *nodes; /* one more than there are, to say where the last one's children end */
    u32 count;
    const u64 *slots;
    u32 mask;
} Trie;

enum { NARROW = 8, TRIE_BITS = 21, TRIE_FIELD = (1 << TRIE_BITS) - 1 };

static inline u32 mix(u32 a, u32 b) {
    u32 h = a * 0x9E3779B1u ^ b * 0x85EBCA6Bu;
    h ^= h >> 15;
    h *= 0x2C1B3C6Du;
    return h ^ h >> 13;
}

static inline u32 trie_hashed_child(const Trie *trie, u32 node, u32 c) {
    u64 key = (u64)node << TRIE_BITS | c;
    for (u32 i = mix(node, c), tries = 0; tries <= trie->mask; i++, tries++) {
        u64 slot = trie->slots[i & trie->mask];
        if (slot == 0) return 0;
        if (slot >> TRIE_BITS == key) return (u32)slot & TRIE_FIELD;
    }
    return 0;
}

static inline u32 trie_first(const Trie *trie, u32 node) { return (u32)trie->nodes[node] & TRIE_FIELD; }

/* The child of a node by character, 0 when there is none. */
static inline u32 trie_child(const Trie *trie, u32 node, u32 c) {
    if (UNLIKELY(node >= trie->count)) return 0;
    u32 i = trie_first(trie, node), end = trie_first(trie, node + 1);
    if (end - i > NARROW) return trie_hashed_child(trie, node, c);
    if (UNLIKELY(end > trie->count)) return 0;
    for (; i < end; i++)
        if (((u32)(trie->nodes[i] >> TRIE_BITS) & TRIE_FIELD) == c) return i;
    return 0;
}

/* The value of a node plus one, 0 for none. */
static inline u32 trie_value(const Trie *trie, u32 node) {
    return node < trie->count ? (u32)(trie->nodes[node] >> 2 * TRIE_BITS) : 0;
}

/* Whether a node has no children: most walks end at one, and need not look for the next character. */
static inline int trie_is_leaf(const Trie *trie, u32 node) {
    return node >= trie->count || trie_first(trie, node) == trie_first(trie, node + 1);
}

/* From sections by number; ABSENT sections make an empty trie, in which `nodes` is NULL. */
Status trie_open_sections(Trie *trie, const Blob *blob, u32 nodes, u32 slots);

static inline Status trie_open(Trie *trie, const Blob *blob, u32 nodes_kind, u32 slots_kind) {
    return trie_open_sections(trie, blob, blob_find(blob, nodes_kind), blob_find(blob, slots_kind));
}

#endif

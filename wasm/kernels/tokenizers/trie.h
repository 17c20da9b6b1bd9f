/* Tries whose edges lie in one hash table: a child is one look-up, whatever the number of siblings.
 *
 * A slot holds node (21 bits), character (21 bits) and child (21 bits); 0 is empty, for the root is nobody's child. */
#ifndef WARDIAN_TRIE_H
#define WARDIAN_TRIE_H

#include "blob.h"

typedef struct {
    const u64 *slots;
    u32 mask;
    const u32 *values; /* by node: value + 1, or 0; and LEAF */
    u32 nodes;
} Trie;

static inline u32 mix(u32 a, u32 b) {
    u32 h = a * 0x9E3779B1u ^ b * 0x85EBCA6Bu;
    h ^= h >> 15;
    h *= 0x2C1B3C6Du;
    return h ^ h >> 13;
}

/* The child of a node by character, 0 when there is none. */
static inline u32 trie_child(const Trie *trie, u32 node, u32 c) {
    u64 key = (u64)node << 21 | c;
    for (u32 i = mix(node, c), tries = 0; tries <= trie->mask; i++, tries++) {
        u64 slot = trie->slots[i & trie->mask];
        if (slot == 0) return 0;
        if (slot >> 21 == key) return (u32)(slot & 0x1FFFFF);
    }
    return 0;
}

/* Marks a node without children: most walks end at one, and need not look for the next character. */
#define LEAF 0x80000000u

/* The value of a node plus one, 0 for none. */
static inline u32 trie_value(const Trie *trie, u32 node) { return node < trie->nodes ? trie->values[node] & ~LEAF : 0; }

static inline int trie_is_leaf(const Trie *trie, u32 node) { return node >= trie->nodes || (trie->values[node] & LEAF) != 0; }

/* From sections by number; ABSENT sections make an empty trie, in which `slots` is NULL. */
Status trie_open_sections(Trie *trie, const Blob *blob, u32 slots, u32 values);

static inline Status trie_open(Trie *trie, const Blob *blob, u32 slots_kind, u32 values_kind) {
    return trie_open_sections(trie, blob, blob_find(blob, slots_kind), blob_find(blob, values_kind));
}

#endif

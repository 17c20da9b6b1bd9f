/* Added tokens: the longest one at the leftmost place, in the text as it is and again in normalized text. */
#ifndef WARDIAN_ADDED_H
#define WARDIAN_ADDED_H

#include "classes.h"
#include "text.h"
#include "trie.h"

enum { SINGLE_WORD = 1, LSTRIP = 2, RSTRIP = 4 };

typedef struct {
    u32 id, flags, length; /* length in characters of the content, for what is found is often just that */
} AddedToken;

typedef struct {
    Trie trie;
    const AddedToken *tokens;
    u32 count;
    u64 first, space, word;
} Finder;

/* A place in the text: an added token, or what lies between (token is ABSENT). */
typedef struct {
    u32 begin, end, token;
} Found;

typedef struct {
    Found *items;
    u32 length, capacity;
} FoundList;

Status finder_open(Finder *finder, const Blob *blob, u32 nodes_kind, u32 slots_kind, u32 first_class, u32 space_class,
                   u32 word_class);

/* The text as a row of places. */
Status find_added(const Finder *finder, const Classes *classes, const View *view, FoundList *found);

#endif

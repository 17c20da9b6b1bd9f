/* SentencePiece's precompiled map: short grapheme clusters first, then characters, become strings.
 *
 * Source: spm_precompiled and the `Precompiled` normalizer of Hugging Face tokenizers, whose alignments are reproduced
 * with their peculiarities: what is removed counts as part of the character written before. */
#ifndef WARDIAN_CHARSMAP_H
#define WARDIAN_CHARSMAP_H

#include "map.h"
#include "text.h"
#include "trie.h"

typedef struct {
    Map map;   /* single characters */
    Trie trie; /* keys of several characters → value of the map */
    u64 extend, joiner, prepend, control, pictograph; /* classes of grapheme cluster boundaries */
    u64 lively; /* characters that change, or with which a cluster may have a key, or that join what is no mark behind them */
} Charsmap;

Status charsmap_open(Charsmap *charsmap, const Blob *blob, const Classes *classes, const u32 *operands, u32 count);
/* `base` is the place of what is inserted before the first character. */
Status charsmap_apply(const Charsmap *charsmap, const Classes *classes, const View *from, Text *to, i32 base, int *changed);

#endif

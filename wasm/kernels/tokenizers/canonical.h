/* Unicode normalization forms: decomposition, canonical order, composition.
 *
 * Only stretches around characters of the class `changing` are worked on; the rest is copied. Alignments are those of
 * the reference: by position, so that a mark that moves takes the place it moves to. */
#ifndef WARDIAN_CANONICAL_H
#define WARDIAN_CANONICAL_H

#include "map.h"
#include "text.h"

typedef struct {
    Map map; /* decompositions, except those of Hangul syllables, which are computed */
    const u16 *class_blocks;
    const u8 *combining; /* canonical combining classes, two-stage */
    const u64 *pairs;    /* hash of (first 21 bits, second 21 bits, composed 21 bits); NULL: do not compose */
    u32 pair_mask;
    u64 changing; /* characters that change, move, or may join the one before */
} Canonical;

Status canonical_open(Canonical *canonical, const Blob *blob, const Classes *classes, const u32 *operands, u32 count);

/* `pending` and `sorted` are memory for the stretch at hand. */
Status canonical_apply(const Canonical *canonical, const Classes *classes, const View *from, Text *to, Words *pending,
                       Words *sorted, int *changed);

#endif

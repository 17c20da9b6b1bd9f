/* Normalizers as a row of few general operations. */
#ifndef WARDIAN_NORMALIZE_H
#define WARDIAN_NORMALIZE_H

#include "canonical.h"
#include "charsmap.h"
#include "map.h"
#include "regex.h"
#include "text.h"

/* Operations as they are written: number, number of operands, operands (all u32). */
typedef enum {
    N_MAP,       /* blocks entries values pool pad: map.h */
    N_UNLESS,    /* class skip: skip so many operations if the text has no character of the class */
    N_SKIP,      /* skip: skip so many operations */
    N_CANONICAL, /* a map's five, with the class `changing` behind; blocks and entries of combining classes, pairs */
    N_STRIP,     /* class left right */
    N_PREPEND,   /* characters … */
    N_REPLACE,   /* program first-class content …: what the pattern matches becomes the content */
    N_BYTES,     /* every byte of UTF-8 becomes its visible character */
    N_CHARSMAP,  /* a map's five, nodes and slots of a trie, five classes: charsmap.h */
    N_OPERATIONS,
} NormalizeOperation;

typedef struct {
    u32 operation, count;
    const u32 *operands;
    union {
        Map map;
        Canonical canonical;
        Regex regex;
        Charsmap charsmap;
    } as;
} NormalizeStep;

typedef struct {
    const Classes *classes;
    NormalizeStep *steps;
    u32 count;
    Text buffers[2];
    Matcher matcher;
    Words pending, sorted;
    i32 base; /* where the text at hand begins, whatever was stripped: the place of what is inserted where nothing was */
} Normalizer;

Status normalizer_open(Normalizer *normalizer, const Blob *blob, const Classes *classes);
void normalizer_close(Normalizer *normalizer);

/* Normalize *view; the result lies in the normalizer's own buffers until the next call. */
Status normalize(Normalizer *normalizer, View *view);

/* Every byte of UTF-8 as its visible character. */
Status bytes_apply(const View *from, Text *to);

#endif

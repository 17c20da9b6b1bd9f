/* Pre-tokenizers: cut normalized text into words.
 *
 * Operations follow one another; each cuts every piece that the one before left. */
#ifndef WARDIAN_WORDS_H
#define WARDIAN_WORDS_H

#include "classes.h"
#include "regex.h"
#include "text.h"

/* Operations as they are written: number, number of operands, operands (all u32). */
typedef enum {
    W_SET,       /* class behavior invert: cut at each character of a class */
    W_REGEX,     /* program first-class behavior invert: cut at what a pattern matches */
    W_BERT,      /* white-space punctuation: words without white space, each punctuation character alone */
    W_SCRIPTS,   /* blocks entries: cut where the script changes; script 0 goes with any */
    W_LENGTH,    /* count: pieces of so many characters */
    W_METASPACE, /* character scheme split: spaces become the character; scheme 0 never, 1 first, 2 always */
    W_PREFIX,    /* a space before each piece that has none */
    W_BYTES,     /* every byte of UTF-8 becomes its visible character */
    W_OPERATIONS,
} WordOperation;

/* What becomes of a match: `SplitDelimiterBehavior` of Hugging Face tokenizers. */
enum { REMOVED, ISOLATED, MERGED_WITH_PREVIOUS, MERGED_WITH_NEXT, CONTIGUOUS, BEHAVIORS };

typedef struct {
    u32 begin, end;
} Piece;

typedef struct {
    Piece *items;
    u32 length, capacity;
} Pieces;

typedef struct {
    u32 operation, count;
    const u32 *operands;
    Regex regex;
    const u16 *blocks;
    const u8 *entries;
} WordStep;

typedef struct {
    const Classes *classes;
    WordStep *steps;
    u32 count;
    Pieces pieces[2];
    Text buffers[2];
    Matcher matcher;
} PreTokenizer;

Status pre_tokenizer_open(PreTokenizer *pre_tokenizer, const Blob *blob, const Classes *classes);
void pre_tokenizer_close(PreTokenizer *pre_tokenizer);

/* Cut *view, which may be replaced by changed text; *pieces are ranges of it, none empty. */
Status pre_tokenize(PreTokenizer *pre_tokenizer, View *view, const Pieces **pieces);

#endif

/* The prepared tokenizer: a header, a table of sections, and the sections. py/wardian/tokenizers/prepare writes it.
 *
 *   u32 magic, version, total bytes, number of sections
 *   per section: u32 kind, offset, bytes, 0          (offsets are multiples of 8)
 *
 * Nothing is copied out of it: arrays are used where they lie. An array is only ever handed out after its bounds
 * were checked, and whatever in it is used as an index is checked when the blob is opened or where it is used. */
#ifndef WARDIAN_BLOB_H
#define WARDIAN_BLOB_H

#include "common.h"

enum { BLOB_MAGIC = 0x4B54574Du, BLOB_VERSION = 4 };

/* Kinds of sections that are found by kind. All others are found by their number in the table. */
enum {
    SECTION_CONFIG = 1,  /* the rest of tokenizer.json, for Python */
    SECTION_PARAMETERS,  /* u32 of `Parameter` */
    SECTION_CLASSES_1,   /* u16 [8704]: code point >> 7 → block */
    SECTION_CLASSES_2,   /* u8 [blocks * 128]: → set of classes */
    SECTION_CLASS_SETS,  /* u64: set of classes → one bit a class */
    SECTION_NORMALIZER,  /* u32: operations of normalize.c */
    SECTION_PRE_TOKENIZER, /* u32: operations of words.c */
    SECTION_ADDED,       /* u32 [tokens, 3]: id, flags, number of characters */
    SECTION_RAW_TRIE,    /* added tokens that are looked for in the text as it is */
    SECTION_RAW_SLOTS,
    SECTION_NORMALIZED_TRIE, /* and those that are looked for in normalized text */
    SECTION_NORMALIZED_SLOTS,
    SECTION_STRINGS,     /* u8: the vocabulary's spellings, UTF-8, one after another, by id */
    SECTION_STRING_ENDS, /* u32 [tokens] */
    SECTION_IDS,         /* u32 [tokens], ascending */
    SECTION_STRING_HASH, /* u32 [power of two]: place in the two above plus one, or 0 */
    SECTION_MERGES,      /* u64 [power of two]: left 21 bits, right 21 bits, rank + 1 22 bits */
    SECTION_MERGED,      /* u32 [merges]: id that a merge makes */
    SECTION_BYTE_IDS,    /* u32 [256]: id of a byte plus one, or 0 */
    SECTION_VOCAB_TRIE,  /* u64: trie.h; double_array.h for Unigram */
    SECTION_VOCAB_SLOTS,
    SECTION_SCORES,      /* f64 [tokens of the trie] */
    SECTION_OTHER,
    SECTION_RENAMED,     /* for Python */
};

/* What SECTION_PARAMETERS holds, by position. */
typedef enum {
    P_MODEL,            /* 0 WordPiece, 1 BPE, 2 Unigram, 3 WordLevel */
    P_UNKNOWN,          /* id for what is in no vocabulary, or ABSENT */
    P_BYTE_LEVEL,       /* BPE: the symbols are bytes, and the pre-tokenizer ends with ByteLevel */
    P_BYTE_FALLBACK,
    P_FUSE_UNKNOWN,
    P_IGNORE_MERGES,
    P_LONGEST_WORD,     /* WordPiece: max_input_chars_per_word */
    P_CONTINUING_ROOT,  /* WordPiece: trie node after the prefix of continuing pieces, ABSENT for none */
    P_SYMBOLS,          /* BPE: four (stage 1, stage 2) pairs of sections: middle, first, last, only character */
    P_SYMBOLS_END = P_SYMBOLS + 8,
    P_JOINT = P_SYMBOLS_END, /* BPE: a word may be cut before this character … */
    P_JOINT_CLASS,      /* … unless the one before is in this class; ABSENT for never */
    P_WHITE_SPACE,      /* class of what lstrip and rstrip take along */
    P_WORD,             /* class of what single_word looks at */
    P_RAW_FIRST,        /* class of the first characters of added tokens, ABSENT for none */
    P_NORMALIZED_FIRST,
    P_CODES,            /* Unigram: two sections, the stages of characters' codes */
    P_CODES_END = P_CODES + 2,
    P_NOBODY = P_CODES_END, /* Unigram: the code of characters that no piece has */
    P_COUNT,
} Parameter;

typedef struct {
    const u8 *data;
    const u32 *table;
    u32 sections;
} Blob;

/* Whether these bytes (at an address that is a multiple of 8) are a blob whose sections lie inside it. */
Status blob_open(Blob *blob, const void *data, usize size);

/* A section by kind, ABSENT when there is none. */
u32 blob_find(const Blob *blob, u32 kind);

/* A section as an array of elements of `width` bytes; BAD_BLOB when there is none of that number, or its size is no
 * multiple of the width. */
Status blob_array(const Blob *blob, u32 section, u32 width, const void **array, u32 *count);

/* The same for the first section of a kind; an absent one gives an empty array. */
Status blob_optional(const Blob *blob, u32 kind, u32 width, const void **array, u32 *count);

/* A hash table's section, by number: its number of slots must be a power of two. */
Status blob_hash(const Blob *blob, u32 section, u32 width, const void **array, u32 *mask);

/* A two-stage table over all code points: u16 [8704] blocks, then `width`-byte entries, 128 a block. Every block is
 * checked to be there. */
Status blob_two_stage(const Blob *blob, u32 first, u32 second, u32 width, const u16 **blocks, const void **entries,
                      u32 *count);

enum { CODE_POINTS = 0x110000, BLOCK_BITS = 7, BLOCK_SIZE = 128, BLOCKS = CODE_POINTS >> BLOCK_BITS };

#endif

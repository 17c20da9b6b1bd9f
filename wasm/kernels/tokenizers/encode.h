/* From text to columns of tokens: the only interface that module.c and fuzz.c use. */
#ifndef WARDIAN_ENCODE_H
#define WARDIAN_ENCODE_H

#include "added.h"
#include "cache.h"
#include "normalize.h"
#include "words.h"

enum { IDS, STARTS, ENDS, WORDS, COLUMNS };

/* What encoding gives: four columns, and the spellings that are not the vocabulary's. */
typedef struct {
    i32 *columns[COLUMNS];
    u32 length, capacity;
    Words surfaces; /* per surface: number of the token, number of characters, characters */
} Encoded;

typedef struct {
    Blob blob;
    Classes classes;
    Finder raw, normalized;
    Normalizer normalizer;
    PreTokenizer pre_tokenizer;
    Model model;
    Cache cache;
    Tokens tokens;
    FoundList found[2];
    Encoded encoded;
    u32 word;
    u32 enough;  /* the number of tokens in `encoded` at which to stop */
    u32 unknown; /* the token that keeps the text's spelling, ABSENT for none */
} Kernel;

/* Everything must be zero before; `data` (at a multiple of 8) must stay until kernel_close. */
Status kernel_open(Kernel *kernel, const void *data, usize size);
void kernel_close(Kernel *kernel);

/* Forget the tokens of the texts before. */
void kernel_clear(Kernel *kernel);

/* Encode a text of code points, behind which BEHIND others may be read: its tokens go behind those in kernel->encoded; stops
 * soon after `limit` of its own. */
Status kernel_encode(Kernel *kernel, const u32 *text, u32 length, u32 limit);

#endif

/* Types, status codes and the few functions of libc that the kernel uses.
 *
 * No system header is included: the compiler's own names of the integer types are enough, so that one source
 * compiles for every target without that target's headers. */
#ifndef WARDIAN_COMMON_H
#define WARDIAN_COMMON_H

typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
typedef __INT32_TYPE__ i32;
typedef __INT64_TYPE__ i64;
typedef __SIZE_TYPE__ usize;

#ifndef WARDIAN_LIBC /* fuzz.c includes the real ones */
#define NULL ((void *)0)
void *malloc(usize size);
void *realloc(void *memory, usize size);
void free(void *memory);
void *memcpy(void *to, const void *from, usize size);
void *memmove(void *to, const void *from, usize size);
void *memset(void *to, int byte, usize size);
int memcmp(const void *a, const void *b, usize size);
#endif

/* Every function that can fail returns one of these; module.c turns them into exceptions. */
typedef enum {
    OK = 0,
    STOPPED,      /* the wanted number of tokens is reached */
    NO_MEMORY,    /* an allocation failed */
    BAD_BLOB,     /* the blob is not one of this version, or is damaged */
    TOO_LONG,     /* the text or its tokens do not fit 32-bit offsets */
    TOO_COMPLEX,  /* a pattern took more steps than any useful one does */
    HALF_PAIR,    /* the text has half of a surrogate pair */
    NO_UNKNOWN,   /* something has no token, and the model no token for the unknown */
} Status;

#define TRY(call)                          \
    do {                                   \
        Status status_ = (call);           \
        if (status_ != OK) return status_; \
    } while (0)

enum { ABSENT = 0xFFFFFFFFu };

/* In a loop that copies a few words: keeps the compiler from making it a call of `memcpy`, which in WebAssembly is a call
 * of the browser's own and costs more than the loop. */
#define STAY_A_LOOP __asm__ volatile("")

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#endif

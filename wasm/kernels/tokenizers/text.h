/* Text as code points that remember where they came from, and buffers that grow. */
#ifndef WARDIAN_TEXT_H
#define WARDIAN_TEXT_H

#include "common.h"

/* So many elements behind those that were asked for may be read: what reads several at once need not look where the end is. */
enum { BEHIND = 8 };

enum { FEW_WORDS = 64 };

/* Make room for `wanted` elements; the content stays. Sizes are in elements of `width` bytes. */
Status grow(void **memory, u32 *capacity, u32 wanted, u32 width);

#define GROW(list, wanted) \
    grow((void **)&(list)->items, &(list)->capacity, (wanted), sizeof *(list)->items)

/* Text that somebody else owns. Character i stands for the original's character base + i, or, where `origin` is
 * there, for character origin[i]; a negative origin is ~place: nothing of the original, at that place.
 *
 * A class that is not in `seen` (bits of classes.h) has no character in the text: who looks for such a character need
 * not; one that is not in `twice` has no two characters side by side. Text that was changed has all bits, which says nothing,
 * unless who changed it knows better. */
typedef struct {
    const u32 *chars;
    const i32 *origin;
    u32 length;
    i32 base;
    u64 seen, twice;
} View;

enum { ANY_CLASS = -1 }; /* as u64: all bits */

/* Where the range of an origin starts and ends. (Without a branch: `>> 31` is -1 for a negative one.) */
static inline i32 origin_start(i32 origin) { return origin ^ origin >> 31; }

static inline i32 origin_end(i32 origin) { return origin_start(origin) + 1 + (origin >> 31); }

static inline i32 view_start(const View *view, u32 i) {
    return view->origin == NULL ? view->base + (i32)i : origin_start(view->origin[i]);
}

static inline i32 view_end(const View *view, u32 last) {
    return view->origin == NULL ? view->base + (i32)last + 1 : origin_end(view->origin[last]);
}

static inline i32 view_origin(const View *view, u32 i) {
    return view->origin == NULL ? view->base + (i32)i : view->origin[i];
}

/* Text that is being written. `seen` and `twice` are those of its view. */
typedef struct {
    u32 *chars;
    i32 *origin;
    u32 length, capacity;
    u64 seen, twice;
} Text;

Status text_grow(Text *text, u32 more);

/* Make room for `more` characters behind those that are there. */
static inline Status text_reserve(Text *text, u32 more) {
    return LIKELY(more <= text->capacity - text->length) ? OK : text_grow(text, more);
}

void text_free(Text *text);

static inline void text_put(Text *text, u32 c, i32 origin) {
    text->chars[text->length] = c;
    text->origin[text->length++] = origin;
}

/* Copy a few words, or many: only these are worth the call. */
static inline void words_copy(u32 *to, const u32 *from, u32 count) {
    if (count > FEW_WORDS) {
        memcpy(to, from, count * sizeof *to);
        return;
    }
    for (u32 i = 0; i < count; i++) {
        to[i] = from[i];
        STAY_A_LOOP;
    }
}

/* The places of `count` characters of a view from `begin` on. */
static inline void origins_copy(i32 *to, const View *from, u32 begin, u32 count) {
    if (from->origin != NULL) {
        words_copy((u32 *)to, (const u32 *)from->origin + begin, count);
        return;
    }
    i32 base = from->base + (i32)begin;
    for (u32 i = 0; i < count; i++) to[i] = base + (i32)i;
}

/* Copy characters [begin, end) of a text, for which there is room, with their places. */
static inline void text_copy(Text *text, const View *from, u32 begin, u32 end) {
    words_copy(text->chars + text->length, from->chars + begin, end - begin);
    origins_copy(text->origin + text->length, from, begin, end - begin);
    text->length += end - begin;
}

static inline View text_view(const Text *text) {
    View view = {text->chars, text->origin, text->length, 0, text->seen, text->twice};
    return view;
}

/* Bytes, code points … that are being written. */
typedef struct {
    u8 *items;
    u32 length, capacity;
} Bytes;

typedef struct {
    u32 *items;
    u32 length, capacity;
} Words;

/* Write a code point as UTF-8 (surrogates too, by the same rule); returns the number of bytes, at most 4. */
static inline u32 utf8_put(u8 *to, u32 c) {
    if (c < 0x80) {
        to[0] = (u8)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (u8)(0xC0 | c >> 6);
        to[1] = (u8)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (u8)(0xE0 | c >> 12);
        to[1] = (u8)(0x80 | (c >> 6 & 63));
        to[2] = (u8)(0x80 | (c & 63));
        return 3;
    }
    to[0] = (u8)(0xF0 | (c >> 18 & 7));
    to[1] = (u8)(0x80 | (c >> 12 & 63));
    to[2] = (u8)(0x80 | (c >> 6 & 63));
    to[3] = (u8)(0x80 | (c & 63));
    return 4;
}

static inline u32 utf8_length(u32 c) { return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; }

/* The visible character that byte-level tokenizers write for a byte (GPT-2's `bytes_to_unicode`). */
u32 byte_char(u8 byte);

#endif

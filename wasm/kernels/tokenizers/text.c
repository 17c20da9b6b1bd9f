#include "text.h"

/* 2^28 elements of 8 bytes are 2 GiB: nothing larger can be addressed everywhere. */
enum { MOST_ELEMENTS = 1 << 28 };

Status grow(void **memory, u32 *capacity, u32 wanted, u32 width) {
    if (wanted <= *capacity) return OK;
    if (wanted > MOST_ELEMENTS) return TOO_LONG;
    u32 larger = *capacity + *capacity / 2 + 64;
    if (larger < wanted) larger = wanted;
    void *moved = realloc(*memory, (usize)(larger + BEHIND) * width);
    if (moved == NULL) return NO_MEMORY;
    *memory = moved;
    *capacity = larger;
    return OK;
}

Status text_grow(Text *text, u32 more) {
    u32 capacity = text->capacity;
    if (more > MOST_ELEMENTS || text->length + more > MOST_ELEMENTS) return TOO_LONG;
    TRY(grow((void **)&text->chars, &capacity, text->length + more, sizeof *text->chars));
    /* Both arrays have one capacity: it is stated only when both have grown. */
    capacity = text->capacity;
    TRY(grow((void **)&text->origin, &capacity, text->length + more, sizeof *text->origin));
    text->capacity = capacity;
    return OK;
}

void text_free(Text *text) {
    free(text->chars);
    free(text->origin);
}

u32 byte_char(u8 byte) {
    if ((byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD)) return byte;
    if (byte <= 0x20) return 0x100u + byte;
    return byte == 0xAD ? 0x143 : 0x121u + (byte - 0x7Fu);
}

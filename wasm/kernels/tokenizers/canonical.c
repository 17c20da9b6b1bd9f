#include "canonical.h"

#include "trie.h"

enum { OPERANDS = 9, ENTRY = 3, FEW = 24 };

/* Hangul syllables are composed by arithmetic: Unicode Standard, 3.12. */
enum { S_BASE = 0xAC00, L_BASE = 0x1100, V_BASE = 0x1161, T_BASE = 0x11A7, L_COUNT = 19, V_COUNT = 21, T_COUNT = 28 };
enum { N_COUNT = V_COUNT * T_COUNT, S_COUNT = L_COUNT * N_COUNT };

Status canonical_open(Canonical *canonical, const Blob *blob, const Classes *classes, const u32 *operands, u32 count) {
    u32 entries;
    if (count != OPERANDS) return BAD_BLOB;
    TRY(map_open(&canonical->map, blob, operands));
    canonical->map.pad = 0;
    canonical->changing = class_bit(operands[5]);
    TRY(blob_two_stage(blob, operands[6], operands[7], 1, &canonical->class_blocks,
                       (const void **)&canonical->combining, &entries));
    canonical->pairs = NULL;
    if (operands[8] == ABSENT) return OK;
    return blob_hash(blob, operands[8], 8, (const void **)&canonical->pairs, &canonical->pair_mask);
}

static u32 combining_class(const Canonical *canonical, u32 c) {
    if (c < 0x300 || c >= CODE_POINTS) return 0;
    return canonical->combining[(u32)canonical->class_blocks[c >> BLOCK_BITS] * BLOCK_SIZE + (c & (BLOCK_SIZE - 1))];
}

/* The character that two compose to, 0 for none. */
static u32 composed(const Canonical *canonical, u32 a, u32 b) {
    if (a - L_BASE < L_COUNT && b - V_BASE < V_COUNT)
        return S_BASE + ((a - L_BASE) * V_COUNT + (b - V_BASE)) * T_COUNT;
    if (a - S_BASE < S_COUNT && (a - S_BASE) % T_COUNT == 0 && b - (T_BASE + 1) < T_COUNT - 1) return a + (b - T_BASE);
    u64 key = (u64)a << 21 | b;
    for (u32 i = mix(a, b), tries = 0; tries <= canonical->pair_mask; i++, tries++) {
        u64 slot = canonical->pairs[i & canonical->pair_mask];
        if (slot == 0) return 0;
        if (slot >> 21 == key) return (u32)(slot & 0x1FFFFF);
    }
    return 0;
}

/* Canonical order: a run of marks sorted by class, stably. Insertion for the few there are; by counting otherwise, so
 * that a text of nothing but marks takes linear time. */
static Status sort_run(Words *pending, u32 begin, Words *sorted) {
    u32 *items = pending->items, end = pending->length;
    if (end - begin <= FEW * ENTRY) {
        for (u32 i = begin + ENTRY; i < end; i += ENTRY) {
            u32 moved[ENTRY] = {items[i], items[i + 1], items[i + 2]}, k = i;
            for (; k > begin && items[k - ENTRY] > moved[0]; k -= ENTRY) memcpy(items + k, items + k - ENTRY, sizeof moved);
            memcpy(items + k, moved, sizeof moved);
        }
        return OK;
    }
    u32 places[257] = {0};
    TRY(GROW(sorted, end - begin));
    for (u32 i = begin; i < end; i += ENTRY) places[items[i] + 1] += ENTRY;
    for (u32 k = 0; k < 256; k++) places[k + 1] += places[k];
    for (u32 i = begin; i < end; i += ENTRY) {
        memcpy(sorted->items + places[items[i]], items + i, ENTRY * sizeof *items);
        places[items[i]] += ENTRY;
    }
    memcpy(items + begin, sorted->items, (end - begin) * sizeof *items);
    return OK;
}

/* The stretch's decomposition in canonical order: (class, character, change), change 1 for what is inserted. */
static Status decompose(const Canonical *canonical, const u32 *chars, u32 count, Words *pending, Words *sorted) {
    u32 run = 0;
    pending->length = 0;
    for (u32 i = 0; i < count; i++) {
        u32 hangul[3], length = 1, c = chars[i];
        const u32 *string = map_get(&canonical->map, c, &length);
        if (c - S_BASE < S_COUNT) {
            u32 s = c - S_BASE;
            hangul[0] = L_BASE + s / N_COUNT, hangul[1] = V_BASE + s % N_COUNT / T_COUNT, hangul[2] = T_BASE + s % T_COUNT;
            string = hangul, length = s % T_COUNT == 0 ? 2 : 3;
        } else if (string == NULL) {
            string = &c, length = 1;
        }
        TRY(GROW(pending, pending->length + length * ENTRY));
        for (u32 k = 0; k < length; k++) {
            u32 class = combining_class(canonical, string[k]);
            if (class == 0) {
                TRY(sort_run(pending, run, sorted));
                run = pending->length + ENTRY;
            }
            u32 *item = pending->items + pending->length;
            item[0] = class, item[1] = string[k], item[2] = k > 0;
            pending->length += ENTRY;
        }
    }
    return sort_run(pending, run < pending->length ? run : pending->length, sorted);
}

/* Compose the list in place. What waits between a character and the marks that may still join it stays in order. */
static void compose(const Canonical *canonical, Words *pending) {
    u32 *items = pending->items, kept = 0, base = ABSENT;
    i32 last = -1; /* class of the last mark that waits behind `base`, -1 for none */
    for (u32 i = 0; i < pending->length; i += ENTRY) {
        u32 class = items[i], c = items[i + 1], change = items[i + 2];
        if (base != ABSENT && (last < 0 || last < (i32)class)) {
            u32 joined = composed(canonical, items[base + 1], c);
            if (joined != 0) {
                items[base + 1] = joined;
                items[base + 2] += change - 1; /* wraps: read as signed */
                continue;
            }
        }
        if (class == 0) base = kept, last = -1;
        else if (base != ABSENT) last = (i32)class;
        items[kept] = class, items[kept + 1] = c, items[kept + 2] = change;
        kept += ENTRY;
    }
    pending->length = kept;
}

/* Write the list: an inserted character takes the place of the one before, others their own in order. */
static Status put_list(const View *from, u32 at, const Words *pending, Text *to) {
    u32 last = from->length - 1;
    TRY(text_reserve(to, pending->length / ENTRY));
    for (u32 i = 0; i < pending->length; i += ENTRY) {
        i32 change = (i32)pending->items[i + 2];
        u32 place = change > 0 ? at - (at > 0) : at;
        text_put(to, pending->items[i + 1], view_origin(from, place < last ? place : last));
        if (change <= 0) at += 1u + (u32)-change;
    }
    return OK;
}

Status canonical_apply(const Canonical *canonical, const Classes *classes, const View *from, Text *to, Words *pending,
                       Words *sorted, int *changed) {
    const u32 *chars = from->chars;
    u32 done = 0, length = from->length;
    *changed = 0;
    if ((from->seen & canonical->changing) == 0) return OK;
    to->length = 0;
    for (u32 i = 0; i < length; i++) {
        if ((class_bits(classes, chars[i]) & canonical->changing) == 0) continue;
        /* A mark may join the character before it. */
        u32 begin = canonical->pairs != NULL && i > done ? i - 1 : i;
        while (i < length && (class_bits(classes, chars[i]) & canonical->changing) != 0) i++;
        TRY(decompose(canonical, chars + begin, i - begin, pending, sorted));
        if (canonical->pairs != NULL) compose(canonical, pending);
        TRY(text_reserve(to, length - done));
        text_copy(to, from, done, begin);
        TRY(put_list(from, begin, pending, to));
        done = i;
        *changed = 1;
    }
    if (!*changed) return OK;
    TRY(text_reserve(to, length - done));
    text_copy(to, from, done, length);
    return OK;
}

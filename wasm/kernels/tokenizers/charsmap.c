#include "charsmap.h"

enum { OPERANDS = 13, LONGEST_CLUSTER = 5 };

Status charsmap_open(Charsmap *charsmap, const Blob *blob, const Classes *classes, const u32 *operands, u32 count) {
    if (count != OPERANDS) return BAD_BLOB;
    TRY(map_open(&charsmap->map, blob, operands));
    TRY(trie_open_sections(&charsmap->trie, blob, operands[5], operands[6]));
    for (u32 i = 0; i < charsmap->trie.count; i++)
        if (trie_value(&charsmap->trie, i) > charsmap->map.count) return BAD_BLOB;
    charsmap->extend = class_bit(operands[7]);
    charsmap->joiner = class_bit(operands[8]);
    charsmap->prepend = class_bit(operands[9]);
    charsmap->control = class_bit(operands[10]);
    charsmap->pictograph = class_bit(operands[11]);
    charsmap->lively = class_bit(operands[12]);
    return OK;
}

/* Hangul syllable types of Unicode Standard Annex #29: 0 none, else leading, vowel, trailing, LV, LVT. */
enum { HANGUL_L = 1, HANGUL_V, HANGUL_T, HANGUL_LV, HANGUL_LVT };

static int hangul_type(u32 c) {
    if (c < 0x1100 || c > 0xD7FB) return 0;
    if (c <= 0x115F || (c >= 0xA960 && c <= 0xA97C)) return HANGUL_L;
    if (c <= 0x11A7 || (c >= 0xD7B0 && c <= 0xD7C6)) return HANGUL_V;
    if (c <= 0x11FF || c >= 0xD7CB) return HANGUL_T;
    if (c >= 0xAC00 && c <= 0xD7A3) return (c - 0xAC00) % 28 == 0 ? HANGUL_LV : HANGUL_LVT;
    return 0;
}

static int hangul_joined(u32 a, u32 b) {
    int left = hangul_type(a), right = hangul_type(b);
    if (left == 0 || right == 0) return 0;
    if (left == HANGUL_L) return right != HANGUL_T;
    if (left == HANGUL_V || left == HANGUL_LV) return right == HANGUL_V || right == HANGUL_T;
    return right == HANGUL_T;
}

/* The end of the grapheme cluster that begins at i: UAX #29 without the rules for flags (GB12, GB13) and for
 * conjuncts (GB9c), whose clusters are longer than any that is looked up, with them or without. */
static u32 cluster_end(const Charsmap *map, const Classes *classes, const u32 *chars, u32 length, u32 i) {
    u64 before = class_bits(classes, chars[i]);
    int picture = (before & map->pictograph) != 0, joined = 0;
    for (u32 k = i + 1; k < length; k++) {
        u32 c = chars[k];
        u64 bits = class_bits(classes, c);
        int together;
        if (chars[k - 1] == '\r' && c == '\n') together = 1;
        else if (((before | bits) & map->control) != 0) together = 0;
        else if ((bits & map->extend) != 0 || (before & map->prepend) != 0) together = 1;
        else if (hangul_joined(chars[k - 1], c)) together = 1;
        else together = joined && (bits & map->pictograph) != 0;
        if (!together) return k;
        /* A picture, marks, and a joiner: the next picture belongs to them. */
        joined = picture && (bits & map->joiner) != 0;
        if ((bits & map->extend) == 0) picture = (bits & map->pictograph) != 0;
        before = bits;
    }
    return length;
}

/* The string of the shortest key that the cluster begins with, NULL for none. */
static const u32 *cluster_value(const Charsmap *map, const u32 *chars, u32 count, u32 *length) {
    const u32 *string = map_get(&map->map, chars[0], length);
    if (string != NULL || map->trie.nodes == NULL) return string;
    for (u32 node = 0, k = 0; k < count; k++) {
        node = trie_child(&map->trie, node, chars[k]);
        if (node == 0) return NULL;
        if (trie_value(&map->trie, node) != 0) return map_value(&map->map, trie_value(&map->trie, node) - 1, length);
    }
    return NULL;
}

/* What is written: the last character waits, since what is removed after it is added to its change. */
typedef struct {
    const Classes *classes;
    const View *from;
    Text *to;
    i32 base;
    u32 at; /* the next character of `from` */
    u32 waiting;
    i32 change;
    int any;
    u64 before; /* classes of the one that waits */
} Writer;

static Status flush(Writer *w) {
    if (!w->any) return OK;
    i32 origin;
    u32 last = w->from->length - 1;
    w->any = 0;
    if (w->change > 0) {
        origin = w->at == 0 ? ~w->base : view_origin(w->from, w->at - 1 < last ? w->at - 1 : last);
    } else {
        origin = view_origin(w->from, w->at < last ? w->at : last);
        w->at += 1u + (u32)-w->change;
    }
    TRY(text_reserve(w->to, 1));
    text_put(w->to, w->waiting, origin);
    return OK;
}

static inline void note(Writer *w, u64 bits) {
    w->to->seen |= bits;
    w->to->twice |= bits & w->before;
    w->before = bits;
}

static Status put(Writer *w, u32 c, i32 change) {
    TRY(flush(w));
    note(w, class_bits(w->classes, c));
    w->waiting = c, w->change = change, w->any = 1;
    return OK;
}

/* `count` characters of the text become a string. */
static Status replace(Writer *w, const u32 *string, u32 length, u32 count) {
    for (u32 k = 0; k < length; k++) TRY(put(w, string[k], k < count ? 0 : 1));
    if (length < count && w->any) w->change -= (i32)(count - length);
    return OK;
}

/* A run of characters that stay as they are, in clusters that have no key. All but the last are written at once. */
static Status put_run(Writer *w, const u32 *chars, u32 count) {
    TRY(flush(w));
    /* Changes may have moved `at` away from where the run lies: then it is bounded one by one. */
    if (UNLIKELY(count > w->from->length - w->at || w->at > w->from->length)) {
        for (u32 k = 0; k < count; k++) TRY(put(w, chars[k], 0));
        return OK;
    }
    TRY(text_reserve(w->to, count));
    words_copy(w->to->chars + w->to->length, chars, count - 1);
    origins_copy(w->to->origin + w->to->length, w->from, w->at, count - 1);
    w->to->length += count - 1;
    w->at += count - 1;
    /* Its neighbours are the text's own. */
    w->to->seen |= w->from->seen;
    w->to->twice |= w->from->twice;
    note(w, class_bits(w->classes, chars[0]));
    w->before = count > 1 ? class_bits(w->classes, chars[count - 2]) : 0;
    return put(w, chars[count - 1], 0);
}

/* The end of the characters from i on that are not lively, without those that a lively one behind may join: a character
 * and its marks. */
static u32 run_end(const Charsmap *map, const Classes *classes, const View *from, u32 i) {
    const u32 *chars = from->chars;
    u32 end = i;
    while (end < from->length && (class_bits(classes, chars[end]) & map->lively) == 0) end++;
    if (end == from->length || end == i) return end;
    if ((class_bits(classes, chars[end]) & map->extend) == 0 && hangul_type(chars[end]) == 0) return end;
    do end--;
    while (end > i && (class_bits(classes, chars[end]) & map->extend) != 0);
    return end;
}

static Status put_cluster(const Charsmap *map, Writer *w, const u32 *chars, u32 count, int *changed) {
    u32 bytes = 0, length;
    for (u32 k = 0; k < count && bytes <= LONGEST_CLUSTER; k++) bytes += utf8_length(chars[k]);
    if (bytes <= LONGEST_CLUSTER) {
        const u32 *string = cluster_value(map, chars, count, &length);
        if (string != NULL) {
            *changed = 1;
            return replace(w, string, length, count);
        }
    }
    for (u32 k = 0; k < count; k++) {
        const u32 *string = map_get(&map->map, chars[k], &length);
        if (string == NULL) {
            TRY(put(w, chars[k], 0));
        } else {
            *changed = 1;
            TRY(replace(w, string, length, 1));
        }
    }
    return OK;
}

Status charsmap_apply(const Charsmap *map, const Classes *classes, const View *from, Text *to, i32 base, int *changed) {
    const u32 *chars = from->chars;
    Writer writer = {classes, from, to, base, 0, 0, 0, 0, 0};
    *changed = 0;
    if ((from->seen & map->lively) == 0) return OK;
    to->length = 0;
    to->seen = to->twice = 0;
    TRY(text_reserve(to, from->length + 1));
    for (u32 i = 0; i < from->length;) {
        u32 end = run_end(map, classes, from, i);
        if (end > i) {
            TRY(put_run(&writer, chars + i, end - i));
        } else {
            end = cluster_end(map, classes, chars, from->length, i);
            TRY(put_cluster(map, &writer, chars + i, end - i, changed));
        }
        i = end;
    }
    return flush(&writer);
}

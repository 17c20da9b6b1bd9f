#include "normalize.h"

enum { MOST_STEPS = 64 };

static const u32 FEWEST_OPERANDS[N_OPERATIONS] = {
    [N_MAP] = 5, [N_UNLESS] = 2, [N_SKIP] = 1, [N_STRIP] = 3, [N_PREPEND] = 1, [N_REPLACE] = 2,
};

static Status step_open(NormalizeStep *step, const Blob *blob, const Classes *classes) {
    if (step->operation >= N_OPERATIONS || step->count < FEWEST_OPERANDS[step->operation]) return BAD_BLOB;
    switch (step->operation) {
        case N_MAP:
            TRY(map_open(&step->as.map, blob, step->operands));
            return map_ready(&step->as.map);
        case N_CANONICAL: return canonical_open(&step->as.canonical, blob, classes, step->operands, step->count);
        case N_REPLACE: return regex_open(&step->as.regex, blob, classes, step->operands[0], step->operands[1]);
        case N_CHARSMAP: return charsmap_open(&step->as.charsmap, blob, classes, step->operands, step->count);
        default: return OK;
    }
}

Status normalizer_open(Normalizer *normalizer, const Blob *blob, const Classes *classes) {
    const u32 *code;
    u32 length;
    normalizer->classes = normalizer->matcher.classes = classes;
    TRY(blob_optional(blob, SECTION_NORMALIZER, 4, (const void **)&code, &length));
    if (length == 0) return OK;
    normalizer->steps = malloc(MOST_STEPS * sizeof *normalizer->steps);
    if (normalizer->steps == NULL) return NO_MEMORY;
    memset(normalizer->steps, 0, MOST_STEPS * sizeof *normalizer->steps);
    for (u32 at = 0; at < length;) {
        if (normalizer->count == MOST_STEPS || length - at < 2 || code[at + 1] > length - at - 2) return BAD_BLOB;
        NormalizeStep *step = &normalizer->steps[normalizer->count++];
        step->operation = code[at], step->count = code[at + 1], step->operands = code + at + 2;
        TRY(step_open(step, blob, classes));
        at += 2 + step->count;
    }
    return OK;
}

void normalizer_close(Normalizer *normalizer) {
    for (u32 i = 0; i < normalizer->count; i++)
        if (normalizer->steps[i].operation == N_MAP) map_close(&normalizer->steps[i].as.map);
    free(normalizer->steps);
    text_free(&normalizer->buffers[0]);
    text_free(&normalizer->buffers[1]);
    free(normalizer->matcher.items);
    free(normalizer->pending.items);
    free(normalizer->sorted.items);
}

static int any_of(const Classes *classes, const View *view, u64 bit) {
    if ((view->seen & bit) == 0) return 0;
    for (u32 i = 0; i < view->length; i++)
        if ((class_bits(classes, view->chars[i]) & bit) != 0) return 1;
    return 0;
}

/* White space at the ends is left out: the view alone becomes shorter. */
static void strip(const Classes *classes, View *view, const u32 *operands) {
    u64 bit = class_bit(operands[0]);
    u32 begin = 0, end = view->length;
    while (operands[1] != 0 && begin < end && (class_bits(classes, view->chars[begin]) & bit) != 0) begin++;
    while (operands[2] != 0 && end > begin && (class_bits(classes, view->chars[end - 1]) & bit) != 0) end--;
    view->chars += begin, view->length = end - begin;
    if (view->origin != NULL) view->origin += begin;
    else view->base += (i32)begin;
}

/* What is prepended stands for the first character. */
static Status prepend(const View *from, const u32 *string, u32 count, Text *to) {
    to->length = 0;
    TRY(text_reserve(to, count));
    TRY(text_reserve(to, count + from->length));
    for (u32 k = 0; k < count; k++) text_put(to, string[k], view_origin(from, 0));
    text_copy(to, from, 0, from->length);
    return OK;
}

/* The content stands for the last character of what it replaces. */
static Status replace(Normalizer *n, const NormalizeStep *step, const View *from, Text *to, int *changed) {
    const u32 *content = step->operands + 2;
    u32 length = step->count - 2, done = 0, begin, end, at = 0, last_end = ABSENT;
    *changed = 0;
    to->length = 0;
    if (!regex_may_match(&step->as.regex, from->seen, from->twice)) return OK;
    while (at <= from->length) {
        TRY(regex_search(&n->matcher, &step->as.regex, from->chars, from->length, at, &begin, &end));
        if (begin == ABSENT) break;
        if (begin == end && end == last_end) { /* no empty match right behind a match */
            at++;
            continue;
        }
        at = last_end = end;
        *changed = 1;
        TRY(text_reserve(to, begin - done + length));
        text_copy(to, from, done, begin);
        i32 origin = end == 0 ? ~n->base : view_origin(from, end - 1);
        for (u32 k = 0; k < length; k++) text_put(to, content[k], origin);
        done = end;
    }
    TRY(text_reserve(to, from->length - done));
    if (*changed) text_copy(to, from, done, from->length);
    return OK;
}

Status bytes_apply(const View *from, Text *to) {
    u8 bytes[4];
    to->length = 0;
    for (u32 i = 0; i < from->length; i++) {
        u32 count = utf8_put(bytes, from->chars[i]);
        if (to->capacity - to->length < count) TRY(text_reserve(to, from->length - i + 4));
        for (u32 k = 0; k < count; k++) text_put(to, byte_char(bytes[k]), view_origin(from, i));
    }
    return OK;
}

static Status step_apply(Normalizer *n, const NormalizeStep *step, const View *from, Text *to, Mapped *mapped) {
    int changed = 1;
    switch (step->operation) {
        case N_MAP: return map_apply(&step->as.map, n->classes, from, to, mapped);
        case N_CANONICAL:
            TRY(canonical_apply(&step->as.canonical, n->classes, from, to, &n->pending, &n->sorted, &changed));
            break;
        case N_PREPEND: TRY(prepend(from, step->operands, step->count, to)); break;
        case N_REPLACE: TRY(replace(n, step, from, to, &changed)); break;
        case N_BYTES: TRY(bytes_apply(from, to)); break;
        default: TRY(charsmap_apply(&step->as.charsmap, n->classes, from, to, n->base, &changed));
    }
    *mapped = changed ? CHANGED : UNCHANGED;
    return OK;
}

Status normalize(Normalizer *n, View *view) {
    u32 target = 0;
    n->base = view->base;
    for (u32 i = 0; i < n->count; i++) {
        const NormalizeStep *step = &n->steps[i];
        if (step->operation == N_UNLESS) {
            if (!any_of(n->classes, view, class_bit(step->operands[0])) && step->operands[1] < n->count) i += step->operands[1];
        } else if (step->operation == N_SKIP) {
            if (step->operands[0] < n->count) i += step->operands[0];
        } else if (step->operation == N_STRIP) {
            strip(n->classes, view, step->operands);
        } else if (view->length > 0) {
            Mapped mapped;
            Text *to = &n->buffers[target];
            to->seen = to->twice = (u64)ANY_CLASS;
            TRY(step_apply(n, step, view, to, &mapped));
            if (mapped == UNCHANGED) continue;
            View changed = text_view(to);
            if (mapped == ONE_TO_ONE) changed.origin = NULL, changed.base = view->base;
            *view = changed;
            target ^= 1;
        }
    }
    return OK;
}

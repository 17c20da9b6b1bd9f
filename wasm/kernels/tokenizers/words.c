#include "words.h"

#include "normalize.h"

enum { MOST_STEPS = 32, SCHEME_FIRST = 1, SCHEME_ALWAYS = 2 };

static const u32 FEWEST_OPERANDS[W_OPERATIONS] = {
    [W_SET] = 3, [W_REGEX] = 4, [W_BERT] = 2, [W_SCRIPTS] = 2, [W_LENGTH] = 1, [W_METASPACE] = 3,
};

static Status step_open(WordStep *step, const Blob *blob, const Classes *classes) {
    u32 entries;
    if (step->operation >= W_OPERATIONS || step->count < FEWEST_OPERANDS[step->operation]) return BAD_BLOB;
    const u32 *operands = step->operands;
    switch (step->operation) {
        case W_REGEX: return operands[2] < BEHAVIORS ? regex_open(&step->regex, blob, classes, operands[0], operands[1]) : BAD_BLOB;
        case W_SET: return operands[1] < BEHAVIORS ? OK : BAD_BLOB;
        case W_LENGTH: return operands[0] > 0 ? OK : BAD_BLOB;
        case W_SCRIPTS:
            return blob_two_stage(blob, operands[0], operands[1], 1, &step->blocks, (const void **)&step->entries, &entries);
        default: return OK;
    }
}

Status pre_tokenizer_open(PreTokenizer *p, const Blob *blob, const Classes *classes) {
    const u32 *code;
    u32 length;
    p->classes = p->matcher.classes = classes;
    TRY(blob_optional(blob, SECTION_PRE_TOKENIZER, 4, (const void **)&code, &length));
    if (length == 0) return OK;
    p->steps = malloc(MOST_STEPS * sizeof *p->steps);
    if (p->steps == NULL) return NO_MEMORY;
    for (u32 at = 0; at < length;) {
        if (p->count == MOST_STEPS || length - at < 2 || code[at + 1] > length - at - 2) return BAD_BLOB;
        WordStep *step = &p->steps[p->count++];
        step->operation = code[at], step->count = code[at + 1], step->operands = code + at + 2;
        TRY(step_open(step, blob, classes));
        at += 2 + step->count;
    }
    return OK;
}

void pre_tokenizer_close(PreTokenizer *p) {
    free(p->steps);
    for (u32 i = 0; i < 2; i++) {
        free(p->pieces[i].items);
        text_free(&p->buffers[i]);
    }
    free(p->matcher.items);
}

static Status put(Pieces *out, u32 begin, u32 end) {
    if (begin == end) return OK;
    if (UNLIKELY(out->length == out->capacity)) TRY(GROW(out, out->length + 1));
    out->items[out->length++] = (Piece){begin, end};
    return OK;
}

/* The matches and what lies between them, put together as a behavior says. One piece is held back, for it may still
 * grow. Source: `NormalizedString::split` of Hugging Face tokenizers. */
typedef struct {
    Pieces *out;
    u32 behavior, invert, begin, end;
    int held, last_match;
} Splitter;

static Status release(Splitter *s) {
    if (!s->held) return OK;
    s->held = 0;
    return put(s->out, s->begin, s->end);
}

static Status hold(Splitter *s, u32 begin, u32 end) {
    TRY(release(s));
    s->begin = begin, s->end = end, s->held = 1;
    return OK;
}

static Status stretch_otherwise(Splitter *s, u32 begin, u32 end, int match) {
    int was = s->last_match;
    match ^= s->invert != 0;
    s->last_match = match;
    switch (s->behavior) {
        case REMOVED: return match ? OK : put(s->out, begin, end);
        case MERGED_WITH_PREVIOUS:
            if (!match || was || !s->held) return hold(s, begin, end);
            s->end = end;
            return OK;
        case MERGED_WITH_NEXT:
            /* Held is a match that waits; only what directly follows it, and is none, takes it along. */
            if (match) return hold(s, begin, end);
            if (s->held) begin = s->begin, s->held = 0;
            return put(s->out, begin, end);
        default:
            if (match != was || !s->held) return hold(s, begin, end);
            s->end = end;
            return OK;
    }
}

static inline Status stretch(Splitter *s, u32 begin, u32 end, int match) {
    return LIKELY(s->behavior == ISOLATED) ? put(s->out, begin, end) : stretch_otherwise(s, begin, end, match);
}

static Splitter splitter(Pieces *out, u32 behavior, u32 invert) {
    Splitter s = {out, behavior, invert, 0, 0, 0, 0};
    return s;
}

static Status split_set(const Classes *classes, const WordStep *step, const u32 *chars, Piece piece, Pieces *out) {
    u64 bit = class_bit(step->operands[0]);
    Splitter s = splitter(out, step->operands[1], step->operands[2]);
    u32 done = piece.begin;
    for (u32 i = piece.begin; i < piece.end; i++) {
        if ((class_bits(classes, chars[i]) & bit) == 0) continue;
        if (done < i) TRY(stretch(&s, done, i, 0));
        TRY(stretch(&s, i, i + 1, 1));
        done = i + 1;
    }
    if (done < piece.end) TRY(stretch(&s, done, piece.end, 0));
    return release(&s);
}

static Status split_regex(Matcher *matcher, const WordStep *step, const u32 *chars, Piece piece, Pieces *out) {
    Splitter s = splitter(out, step->operands[2], step->operands[3]);
    const u32 *text = chars + piece.begin;
    u32 length = piece.end - piece.begin, done = 0, at = 0, last_end = ABSENT, begin, end;
    while (at <= length) {
        TRY(regex_search(matcher, &step->regex, text, length, at, &begin, &end));
        if (begin == ABSENT) break;
        if (begin == end && end == last_end) { /* no empty match right behind a match */
            at++;
            continue;
        }
        at = last_end = end;
        if (done < begin) TRY(stretch(&s, piece.begin + done, piece.begin + begin, 0));
        TRY(stretch(&s, piece.begin + begin, piece.begin + end, 1));
        done = end;
    }
    if (done < length) TRY(stretch(&s, piece.begin + done, piece.end, 0));
    return release(&s);
}

/* Which of the next characters, at most 64, are of either of two classes: a bit a character. */
static inline void two_classes(const Classes *classes, const u32 *chars, u32 count, u64 a, u64 b, u64 *in_a, u64 *in_b) {
    u64 found_a = 0, found_b = 0;
    for (u32 k = 0; k < count; k++) {
        u64 bits = class_bits(classes, chars[k]);
        found_a |= (u64)((bits & a) != 0) << k;
        found_b |= (u64)((bits & b) != 0) << k;
    }
    *in_a = found_a, *in_b = found_b;
}

enum { AT_ONCE = 64 };

/* 64 characters at once, as bits: where words begin and end is then known without a branch a character. */
static Status split_bert(const Classes *classes, const WordStep *step, const u32 *chars, Piece piece, Pieces *out) {
    u64 space = class_bit(step->operands[0]), alone = class_bit(step->operands[1]);
    u64 in_word = 0, ending = 0; /* whether the last character is in a word; whether a piece ends with it */
    u32 begun = out->length, ended = out->length;
    for (u32 i = piece.begin; i < piece.end; i += AT_ONCE) {
        u64 spaces, single;
        u32 count = piece.end - i < AT_ONCE ? piece.end - i : AT_ONCE;
        two_classes(classes, chars + i, count, space, alone, &spaces, &single);
        single &= ~spaces;
        u64 word = ~(spaces | single) & (count < AT_ONCE ? ((u64)1 << count) - 1 : ~(u64)0);
        u64 begins = single | (word & ~(word << 1 | in_word));
        u64 ends = (single << 1 | (ending & ~in_word)) | ((word << 1 | in_word) & ~word);
        TRY(GROW(out, begun + AT_ONCE + 1));
        for (; begins != 0; begins &= begins - 1) out->items[begun++].begin = i + (u32)__builtin_ctzll(begins);
        for (; ends != 0; ends &= ends - 1) out->items[ended++].end = i + (u32)__builtin_ctzll(ends);
        in_word = word >> (AT_ONCE - 1);
        ending = in_word | single >> (AT_ONCE - 1);
    }
    if (ended < begun) out->items[ended].end = piece.end;
    out->length = begun;
    return OK;
}

static u32 script_of(const WordStep *step, u32 c) {
    if (c >= CODE_POINTS) return 0;
    return step->entries[(u32)step->blocks[c >> BLOCK_BITS] * BLOCK_SIZE + (c & (BLOCK_SIZE - 1))];
}

/* Characters of script 0 belong to what they follow; text before the first character of a script is dropped, as the
 * reference does. */
static Status split_scripts(const WordStep *step, const u32 *chars, Piece piece, Pieces *out) {
    u32 begin = ABSENT, last = ABSENT;
    for (u32 i = piece.begin; i < piece.end; i++) {
        u32 script = script_of(step, chars[i]);
        if (script == 0) continue;
        if (script != last) {
            if (begin != ABSENT) TRY(put(out, begin, i));
            begin = i;
        }
        last = script;
    }
    return begin == ABSENT ? OK : put(out, begin, piece.end);
}

static Status split_length(const WordStep *step, Piece piece, Pieces *out) {
    u32 length = step->operands[0];
    for (u32 i = piece.begin; i < piece.end; i += length) {
        TRY(put(out, i, piece.end - i > length ? i + length : piece.end));
        if (piece.end - i <= length) break;
    }
    return OK;
}

/* Copy at most AT_ONCE characters with the mark for each space; which of them are marks now: a bit a character. */
static u64 put_marks(const u32 *chars, u32 count, u32 mark, u32 *to) {
    u64 marks = 0;
    for (u32 k = 0; k < count; k++) {
        int is_mark = (chars[k] == ' ') | (chars[k] == mark);
        to[k] = is_mark ? mark : chars[k];
        marks |= (u64)is_mark << k;
    }
    return marks;
}

/* Spaces become the replacement, which is also put before a piece that does not begin with it. */
static Status metaspace(const WordStep *step, const View *view, Piece piece, Text *to, Pieces *out) {
    u32 mark = step->operands[0], scheme = step->operands[1], begin = to->length, length = piece.end - piece.begin;
    const u32 *chars = view->chars + piece.begin;
    TRY(text_reserve(to, length + 1));
    int marked = chars[0] == ' ' || chars[0] == mark;
    if (!marked && (scheme == SCHEME_ALWAYS || (scheme == SCHEME_FIRST && view_start(view, piece.begin) == 0)))
        text_put(to, mark, view_origin(view, piece.begin));
    int split = step->operands[2] != 0;
    u32 first = to->length;
    for (u32 i = 0; i < length; i += AT_ONCE) {
        u64 marks = put_marks(chars + i, length - i < AT_ONCE ? length - i : AT_ONCE, mark, to->chars + first + i);
        TRY(GROW(out, out->length + AT_ONCE + 1));
        for (marks = split ? marks : 0; marks != 0; marks &= marks - 1) {
            u32 end = first + i + (u32)__builtin_ctzll(marks);
            out->items[out->length] = (Piece){begin, end};
            out->length += begin < end; /* not before the first one */
            begin = end;
        }
    }
    origins_copy(to->origin + first, view, piece.begin, length);
    to->length += length;
    return put(out, begin, to->length);
}

static Status prefix(const View *view, Piece piece, Text *to, Pieces *out) {
    u32 begin = to->length;
    TRY(text_reserve(to, piece.end - piece.begin + 1));
    if (view->chars[piece.begin] != ' ') text_put(to, ' ', view_origin(view, piece.begin));
    for (u32 i = piece.begin; i < piece.end; i++) text_put(to, view->chars[i], view_origin(view, i));
    return put(out, begin, to->length);
}

static Status bytes(const View *view, Piece piece, Text *to, Pieces *out) {
    u32 begin = to->length;
    u8 encoded[4];
    for (u32 i = piece.begin; i < piece.end; i++) {
        u32 count = utf8_put(encoded, view->chars[i]);
        TRY(text_reserve(to, count));
        for (u32 k = 0; k < count; k++) text_put(to, byte_char(encoded[k]), view_origin(view, i));
    }
    return put(out, begin, to->length);
}

static Status cut(PreTokenizer *p, const WordStep *step, const View *view, Piece piece, Text *to, Pieces *out) {
    switch (step->operation) {
        case W_SET: return split_set(p->classes, step, view->chars, piece, out);
        case W_REGEX: return split_regex(&p->matcher, step, view->chars, piece, out);
        case W_BERT: return split_bert(p->classes, step, view->chars, piece, out);
        case W_SCRIPTS: return split_scripts(step, view->chars, piece, out);
        case W_LENGTH: return split_length(step, piece, out);
        case W_METASPACE: return metaspace(step, view, piece, to, out);
        case W_PREFIX: return prefix(view, piece, to, out);
        default: return bytes(view, piece, to, out);
    }
}

Status pre_tokenize(PreTokenizer *p, View *view, const Pieces **result) {
    Pieces *now = &p->pieces[0], *next = &p->pieces[1];
    u32 target = 0;
    now->length = 0;
    TRY(put(now, 0, view->length));
    for (u32 i = 0; i < p->count; i++) {
        const WordStep *step = &p->steps[i];
        Text *to = &p->buffers[target];
        to->length = next->length = 0;
        to->seen = to->twice = (u64)ANY_CLASS;
        for (u32 k = 0; k < now->length; k++) TRY(cut(p, step, view, now->items[k], to, next));
        Pieces *swap = now;
        now = next, next = swap;
        if (step->operation >= W_METASPACE) {
            *view = text_view(to);
            target ^= 1;
        }
    }
    *result = now;
    return OK;
}

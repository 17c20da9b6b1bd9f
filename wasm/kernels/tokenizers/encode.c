#include "encode.h"

Status kernel_open(Kernel *kernel, const void *data, usize size) {
    TRY(blob_open(&kernel->blob, data, size));
    const Blob *blob = &kernel->blob;
    TRY(classes_open(&kernel->classes, blob));
    TRY(model_open(&kernel->model, blob, &kernel->classes));
    const u32 *parameters = kernel->model.parameters;
    /* A token of a Unigram model that stands for what is in no vocabulary keeps the text's spelling. */
    kernel->unknown = parameters[P_MODEL] == UNIGRAM ? parameters[P_UNKNOWN] : ABSENT;
    u32 space = parameters[P_WHITE_SPACE], word = parameters[P_WORD];
    TRY(finder_open(&kernel->raw, blob, SECTION_RAW_TRIE, SECTION_RAW_SLOTS, parameters[P_RAW_FIRST], space, word));
    TRY(finder_open(&kernel->normalized, blob, SECTION_NORMALIZED_TRIE, SECTION_NORMALIZED_SLOTS,
                    parameters[P_NORMALIZED_FIRST], space, word));
    TRY(cache_open(&kernel->cache));
    TRY(normalizer_open(&kernel->normalizer, blob, &kernel->classes));
    return pre_tokenizer_open(&kernel->pre_tokenizer, blob, &kernel->classes);
}

void kernel_close(Kernel *kernel) {
    normalizer_close(&kernel->normalizer);
    pre_tokenizer_close(&kernel->pre_tokenizer);
    model_close(&kernel->model);
    cache_close(&kernel->cache);
    free(kernel->tokens.items);
    for (u32 i = 0; i < 2; i++) free(kernel->found[i].items);
    Encoded *encoded = &kernel->encoded;
    for (u32 i = 0; i < COLUMNS; i++) free(encoded->columns[i]);
    free(encoded->surfaces.items);
}

static Status reserve(Encoded *encoded, u32 more) {
    u32 wanted = encoded->length + more, capacity = encoded->capacity;
    if (LIKELY(wanted <= capacity)) return OK;
    /* All columns have one capacity: it is stated only when all have grown. */
    for (u32 i = 0; i < COLUMNS; i++) {
        capacity = encoded->capacity;
        TRY(grow((void **)&encoded->columns[i], &capacity, wanted, sizeof(i32)));
    }
    encoded->capacity = capacity;
    return OK;
}

static void put(Kernel *kernel, u32 id, i32 start, i32 end) {
    Encoded *encoded = &kernel->encoded;
    u32 at = encoded->length++;
    encoded->columns[IDS][at] = (i32)id;
    encoded->columns[STARTS][at] = start;
    encoded->columns[ENDS][at] = end;
    encoded->columns[WORDS][at] = (i32)kernel->word;
}

/* The token at a place is spelled as this part of the text, not as the vocabulary does. */
static Status put_surface(Kernel *kernel, const View *view, u32 at, u32 begin, u32 end) {
    Words *surfaces = &kernel->encoded.surfaces;
    u32 length = end - begin;
    TRY(GROW(surfaces, surfaces->length + 2 + length));
    u32 *to = surfaces->items + surfaces->length;
    to[0] = at, to[1] = length;
    memcpy(to + 2, view->chars + begin, length * sizeof *to);
    surfaces->length += 2 + length;
    return OK;
}

/* Whether a token's spelling is not that of its part of the text. */
static int spells_otherwise(const Model *model, const View *view, u32 id, u32 begin, u32 end) {
    const u8 *known;
    u32 place = vocabulary_place(&model->vocabulary, id), at = 0;
    u32 length = place == ABSENT ? 0 : vocabulary_string(&model->vocabulary, place, &known);
    for (; begin < end; begin++) {
        u8 bytes[4];
        u32 size = utf8_put(bytes, view->chars[begin]);
        if (size > length - at || memcmp(known + at, bytes, size) != 0) return 1;
        at += size;
    }
    return at != length;
}

/* The tokens of a part of a text, as columns. */
static Status put_tokens(Kernel *kernel, const View *view, u32 begin, const Token *tokens, u32 count) {
    Encoded *encoded = &kernel->encoded;
    TRY(reserve(encoded, count));
    u32 at = encoded->length, unknown = kernel->unknown, word = kernel->word;
    i32 *ids = encoded->columns[IDS] + at, *starts = encoded->columns[STARTS] + at;
    i32 *ends = encoded->columns[ENDS] + at, *words = encoded->columns[WORDS] + at;
    u32 unknowns = 0;
    if (view->origin == NULL) {
        i32 base = view->base + (i32)begin;
        for (u32 i = 0; i < count; i++) {
            ids[i] = (i32)tokens[i].id;
            starts[i] = base + (i32)tokens[i].begin;
            ends[i] = base + (i32)tokens[i].end;
            words[i] = (i32)word;
            unknowns |= tokens[i].id == unknown;
        }
    } else {
        const i32 *origin = view->origin + begin;
        for (u32 i = 0; i < count; i++) {
            ids[i] = (i32)tokens[i].id;
            starts[i] = origin_start(origin[tokens[i].begin]);
            ends[i] = origin_end(origin[tokens[i].end - 1]);
            words[i] = (i32)word;
            unknowns |= tokens[i].id == unknown;
        }
    }
    for (u32 i = 0; unknowns != 0 && i < count; i++) {
        u32 first = begin + tokens[i].begin, end = begin + tokens[i].end;
        if (tokens[i].id != unknown || !spells_otherwise(&kernel->model, view, unknown, first, end)) continue;
        TRY(put_surface(kernel, view, at + i, first, end));
    }
    encoded->length = at + count;
    return OK;
}

/* A part of a word that no merge can leave: tokens as the cache or the model has them. */
static Status put_part(Kernel *kernel, const View *view, u32 begin, u32 length) {
    const Token *tokens;
    u32 count;
    if (length <= LONGEST_CACHED) {
        TRY(cache_tokenize(&kernel->cache, &kernel->model, view->chars + begin, length, &tokens, &count, &kernel->tokens));
        return put_tokens(kernel, view, begin, tokens, count);
    }
    TRY(model_tokenize(&kernel->model, view->chars + begin, length, &kernel->tokens));
    return put_tokens(kernel, view, begin, kernel->tokens.items, kernel->tokens.length);
}

/* A BPE word is cut before the joint character (SentencePiece's ▁) wherever no merge reaches over it: `prepare` has
 * looked at all merges. Whole texts that are one word become many short ones, which the cache knows. */
static Status put_parts(Kernel *kernel, const View *view, Piece piece) {
    const u32 *parameters = kernel->model.parameters, *chars = view->chars;
    u32 joint = parameters[P_JOINT], begin = piece.begin;
    u64 bit = class_bit(parameters[P_JOINT_CLASS]);
    for (u32 i = begin + 1; i < piece.end; i++) {
        if (chars[i] != joint || (class_bits(&kernel->classes, chars[i - 1]) & bit) != 0) continue;
        TRY(put_part(kernel, view, begin, i - begin));
        if (kernel->encoded.length >= kernel->enough) return STOPPED;
        begin = i;
    }
    return put_part(kernel, view, begin, piece.end - begin);
}

enum { AT_ONCE = 32 };

/* Look for the words in the cache, all at once. */
static void seek_words(const Cache *cache, const View *view, const Piece *pieces, u32 count, Sought *sought) {
    for (u32 i = 0; i < count; i++) {
        u32 length = pieces[i].end - pieces[i].begin;
        sought[i] = length <= LONGEST_CACHED ? cache_seek(cache, view->chars + pieces[i].begin, length) : (Sought){0, 0};
    }
}

/* Words that are tokenized one by one, at most AT_ONCE. */
static Status put_some(Kernel *kernel, const View *view, const Piece *pieces, u32 count) {
    Sought sought[AT_ONCE];
    const Cache *cache = &kernel->cache;
    u32 cleared = cache->cleared;
    seek_words(cache, view, pieces, count, sought);
    for (u32 i = 0; i < count; i++, kernel->word++) {
        u32 begin = pieces[i].begin, length = pieces[i].end - begin, found;
        const Token *tokens = NULL;
        if (cache->cleared == cleared) tokens = cache_found(cache, sought[i], view->chars + begin, length, &found);
        TRY(tokens == NULL ? put_part(kernel, view, begin, length) : put_tokens(kernel, view, begin, tokens, found));
        if (kernel->encoded.length >= kernel->enough) return STOPPED;
    }
    return OK;
}

static Status put_words(Kernel *kernel, View view) {
    const Pieces *pieces;
    TRY(pre_tokenize(&kernel->pre_tokenizer, &view, &pieces));
    if (kernel->model.parameters[P_JOINT_CLASS] == ABSENT) {
        for (u32 i = 0; i < pieces->length; i += AT_ONCE)
            TRY(put_some(kernel, &view, pieces->items + i, pieces->length - i < AT_ONCE ? pieces->length - i : AT_ONCE));
        return OK;
    }
    for (u32 i = 0; i < pieces->length; i++, kernel->word++) {
        TRY(put_parts(kernel, &view, pieces->items[i]));
        if (kernel->encoded.length >= kernel->enough) return STOPPED;
    }
    return OK;
}

static Status put_added(Kernel *kernel, const Finder *finder, const View *view, const Found *found) {
    const AddedToken *token = &finder->tokens[found->token];
    TRY(reserve(&kernel->encoded, 1));
    if (found->end - found->begin != token->length) TRY(put_surface(kernel, view, kernel->encoded.length, found->begin, found->end));
    put(kernel, token->id, view_start(view, found->begin), view_end(view, found->end - 1));
    kernel->word++;
    return kernel->encoded.length >= kernel->enough ? STOPPED : OK;
}

static View part(const View *view, const Found *found) {
    View result = *view;
    result.chars += found->begin;
    result.length = found->end - found->begin;
    result.base = view_start(view, found->begin);
    if (view->origin != NULL) result.origin += found->begin;
    return result;
}

/* A stretch of the text without a raw added token. */
static Status put_stretch(Kernel *kernel, View view) {
    TRY(normalize(&kernel->normalizer, &view));
    FoundList *found = &kernel->found[1];
    TRY(find_added(&kernel->normalized, &kernel->classes, &view, found));
    for (u32 i = 0; i < found->length; i++) {
        const Found *place = &found->items[i];
        if (place->token == ABSENT) TRY(put_words(kernel, part(&view, place)));
        else TRY(put_added(kernel, &kernel->normalized, &view, place));
    }
    return OK;
}

static Status put_text(Kernel *kernel, const View *view) {
    FoundList *found = &kernel->found[0];
    TRY(find_added(&kernel->raw, &kernel->classes, view, found));
    for (u32 i = 0; i < found->length; i++) {
        const Found *place = &found->items[i];
        if (place->token == ABSENT) TRY(put_stretch(kernel, part(view, place)));
        else TRY(put_added(kernel, &kernel->raw, view, place));
    }
    return OK;
}

void kernel_clear(Kernel *kernel) { kernel->encoded.length = kernel->encoded.surfaces.length = 0; }

Status kernel_encode(Kernel *kernel, const u32 *text, u32 length, u32 limit) {
    if (length > 0x7FFFFFFE) return TOO_LONG;
    View view = {text, NULL, length, 0, 0, 0};
    view.seen = classes_seen(&kernel->classes, text, length, &view.twice);
    kernel->word = 0;
    kernel->enough = limit < ABSENT - kernel->encoded.length ? kernel->encoded.length + limit : ABSENT;
    matcher_begin(&kernel->normalizer.matcher, length);
    matcher_begin(&kernel->pre_tokenizer.matcher, length);
    Status status = put_text(kernel, &view);
    return status == STOPPED ? OK : status;
}

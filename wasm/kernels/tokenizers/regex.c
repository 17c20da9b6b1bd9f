#include "regex.h"

enum { NO_LOOP = ABSENT, RESTORE = ABSENT - 1, MOST_NESTED = 16, MOST_CODE = NO_START };

/* Oniguruma gives up after ten million steps back; text of any length may need some steps a character besides. */
enum { MOST_STEPS = 10000000, STEPS_A_CHARACTER = 256 };

static const u8 OPERANDS[R_OPERATIONS] = {
    [R_MATCH] = 0, [R_CHAR] = 1,   [R_SET] = 1,  [R_LOOP] = 3,   [R_RUN] = 3, [R_SPLIT] = 2,    [R_JUMP] = 1, [R_ENTER] = 2,
    [R_WHEN] = 2,  [R_AHEAD] = 2,  [R_BEHIND] = 2, [R_LOOK] = 3, [R_ATOMIC] = 1, [R_AT] = 1, [R_PROGRESS] = 2, [R_MARK] = 1,
};

/* Where an operation may go beside the next one: numbers of operands, 0 for none. */
static const u8 TARGETS[R_OPERATIONS][2] = {
    [R_SPLIT] = {1, 2}, [R_JUMP] = {1},   [R_ENTER] = {2},    [R_WHEN] = {2},
    [R_LOOK] = {3},     [R_ATOMIC] = {1}, [R_PROGRESS] = {2},
};

/* Whether operands name existing things, and targets are operations (`starts` marks those). */
static int operands_valid(const u32 *code, u32 length, const u8 *starts) {
    u32 operation = code[0];
    for (u32 i = 0; i < 2; i++) {
        u32 operand = TARGETS[operation][i];
        if (operand != 0 && (code[operand] >= length || !starts[code[operand]])) return 0;
    }
    switch (operation) {
        case R_SET: case R_LOOP: case R_RUN: case R_ENTER: case R_WHEN: case R_AHEAD: case R_BEHIND:
            return code[1] < 64;
        case R_AT:
            return code[1] < AT_PLACES;
        case R_MARK: case R_PROGRESS:
            return code[1] < MARKS;
        default:
            return 1;
    }
}

static int code_valid(const u32 *code, u32 length, u8 *starts) {
    u32 last = R_OPERATIONS;
    for (u32 pc = 0; pc < length; pc += 1 + OPERANDS[last]) {
        last = code[pc];
        if (last >= R_OPERATIONS || OPERANDS[last] >= length - pc) return 0;
        starts[pc] = 1;
    }
    if (last != R_MATCH) return 0; /* else execution would run off the end */
    for (u32 pc = 0; pc < length; pc += 1 + OPERANDS[code[pc]])
        if (!operands_valid(code + pc, length, starts)) return 0;
    return 1;
}

/* Where the alternatives lead to that begin with a character of these classes, each class at their heads taken in. */
static u32 start_of(const Regex *regex, u64 bits) {
    const u32 *code = regex->code;
    u32 pc = 0;
    for (u32 tries = 0; tries < regex->length; tries++) {
        if (code[pc] != R_ENTER && code[pc] != R_WHEN) return pc;
        pc = (bits & (u64)1 << code[pc + 1]) != 0 ? pc + 3 : code[pc + 2];
    }
    return NO_START;
}

Status regex_open(Regex *regex, const Blob *blob, const Classes *classes, u32 section, u32 first_class) {
    TRY(blob_array(blob, section, 4, (const void **)&regex->code, &regex->length));
    if (regex->length == 0 || regex->length > MOST_CODE) return BAD_BLOB;
    u8 *starts = malloc(regex->length);
    if (starts == NULL) return NO_MEMORY;
    memset(starts, 0, regex->length);
    int valid = code_valid(regex->code, regex->length, starts);
    free(starts);
    if (!valid) return BAD_BLOB;
    const u32 *code = regex->code;
    regex->first = class_bit(first_class);
    int repeats = (code[0] == R_LOOP || code[0] == R_RUN) && code[2] >= 2;
    regex->second = repeats && regex->first != 0 ? class_bit(code[1]) : 0;
    for (u32 row = 0; row < 256; row++)
        regex->starts[row] = row < classes->count ? (u16)start_of(regex, classes->sets[row]) : NO_START;
    return OK;
}

static Status push(Matcher *m, u32 pc, u32 at, u32 least) {
    TRY(GROW(m, m->length + 1));
    m->items[m->length++] = (Frame){pc, at, least};
    return OK;
}

static int at_place(const u32 *text, u32 length, u32 at, u32 place) {
    switch (place) {
        case AT_TEXT_START: return at == 0;
        case AT_TEXT_END: return at == length;
        /* Oniguruma: no line begins after a newline that ends the text. */
        case AT_LINE_START: return at == 0 || (text[at - 1] == '\n' && at < length);
        case AT_LINE_END: return at == length || text[at] == '\n';
        default: return at == length || (at + 1 == length && text[at] == '\n');
    }
}

/* The end of a run of characters of a class, at most `most` of them. */
static u32 run_end(const Classes *classes, const u32 *text, u32 length, u32 at, u64 bit, u32 most) {
    u32 stop = most < length - at ? at + most : length;
    while (at < stop && (class_bits(classes, text[at]) & bit) != 0) at++;
    return at;
}

/* Take up the last alternative that was left: where to go on. 0 when there is none above `bottom`. */
static int back_up(Matcher *m, u32 bottom, u32 *pc, u32 *at) {
    while (m->length > bottom) {
        Frame *frame = &m->items[m->length - 1];
        if (frame->least == RESTORE) {
            m->marks[frame->pc] = frame->at;
            m->length--;
            continue;
        }
        *pc = frame->pc;
        if (frame->least == NO_LOOP) {
            *at = frame->at;
            m->length--;
            return 1;
        }
        /* A loop gives back one character; the frame stays while it has more than it needs. */
        *at = --frame->at;
        if (frame->at <= frame->least) m->length--;
        return 1;
    }
    return 0;
}

/* Run the program from pc at a place: *end is where it matched, ABSENT for nowhere. Alternatives that are left when
 * it has matched are dropped. */
static Status run(Matcher *m, const u32 *code, const u32 *text, u32 length, u32 pc, u32 at, u32 depth, u32 *end) {
    const Classes *classes = m->classes;
    u32 bottom = m->length;
    if (depth > MOST_NESTED) return TOO_COMPLEX;
    for (;;) {
        const u32 *op = code + pc;
        switch (op[0]) {
            case R_MATCH:
                m->length = bottom;
                *end = at;
                return OK;
            case R_CHAR:
                if (at >= length || text[at] != op[1]) goto fail;
                at++, pc += 2;
                continue;
            case R_SET:
                if (at >= length || (class_bits(classes, text[at]) & (u64)1 << op[1]) == 0) goto fail;
                at++, pc += 2;
                continue;
            case R_RUN: case R_LOOP: {
                u32 stop = run_end(classes, text, length, at, (u64)1 << op[1], op[3]);
                if (stop - at < op[2]) goto fail;
                pc += 4;
                if (op[0] == R_LOOP && stop - at > op[2]) TRY(push(m, pc, stop, at + op[2]));
                at = stop;
                continue;
            }
            case R_SPLIT:
                TRY(push(m, op[2], at, NO_LOOP));
                pc = op[1];
                break;
            case R_JUMP:
                pc = op[1];
                break;
            case R_ENTER:
                if (at >= length || (class_bits(classes, text[at]) & (u64)1 << op[1]) == 0) {
                    pc = op[2];
                    break;
                }
                TRY(push(m, op[2], at, NO_LOOP));
                pc += 3;
                continue;
            case R_WHEN:
                pc = at < length && (class_bits(classes, text[at]) & (u64)1 << op[1]) != 0 ? pc + 3 : op[2];
                break;
            case R_AHEAD:
                if ((at < length && (class_bits(classes, text[at]) & (u64)1 << op[1]) != 0) != (op[2] != 0)) goto fail;
                pc += 3;
                continue;
            case R_BEHIND:
                if ((at > 0 && (class_bits(classes, text[at - 1]) & (u64)1 << op[1]) != 0) != (op[2] != 0)) goto fail;
                pc += 3;
                continue;
            case R_LOOK: {
                u32 found = ABSENT;
                if (op[2] <= at) TRY(run(m, code, text, length, pc + 4, at - op[2], depth + 1, &found));
                /* What looks back must end where it is looked from. */
                if (op[2] != 0 && found != at) found = ABSENT;
                if ((found != ABSENT) != (op[1] != 0)) goto fail;
                pc = op[3];
                break;
            }
            case R_ATOMIC: {
                u32 found;
                TRY(run(m, code, text, length, pc + 2, at, depth + 1, &found));
                if (found == ABSENT) goto fail;
                at = found, pc = op[1];
                break;
            }
            case R_AT:
                if (!at_place(text, length, at, op[1])) goto fail;
                pc += 2;
                continue;
            case R_MARK:
                TRY(push(m, op[1], m->marks[op[1]], RESTORE));
                m->marks[op[1]] = at;
                pc += 2;
                continue;
            case R_PROGRESS:
                pc = m->marks[op[1]] == at ? op[2] : pc + 3;
                break;
        }
        if (UNLIKELY(m->steps-- == 0)) return TOO_COMPLEX;
        continue;
    fail:
        if (UNLIKELY(m->steps-- == 0)) return TOO_COMPLEX;
        if (!back_up(m, bottom, &pc, &at)) {
            *end = ABSENT;
            return OK;
        }
    }
}

/* The end of a match that takes the first way everywhere, ABSENT where that fails or looks around: then `run` has to
 * find out. It finds the same end where there is one, but keeps a record of all ways that it passes by. */
static u32 run_straight(const Classes *classes, const u32 *code, const u32 *text, u32 length, u32 pc, u32 at) {
    for (;;) {
        const u32 *op = code + pc;
        if (op[0] == R_RUN || op[0] == R_LOOP) {
            u32 stop = run_end(classes, text, length, at, (u64)1 << op[1], op[3]);
            if (stop - at < op[2]) return ABSENT;
            at = stop, pc += 4;
        } else if (op[0] == R_MATCH) {
            return at;
        } else if (op[0] == R_AHEAD) {
            if ((at < length && (class_bits(classes, text[at]) & (u64)1 << op[1]) != 0) != (op[2] != 0)) return ABSENT;
            pc += 3;
        } else if (op[0] == R_JUMP && op[1] > pc) {
            pc = op[1];
        } else {
            return ABSENT;
        }
    }
}

/* Where a match may begin, from `at` on. Where one has to go on with certain characters, the first of which comes often
 * and the second seldom, both are looked for in one go. */
static u32 find_start(const Classes *classes, const Regex *regex, const u32 *text, u32 length, u32 at) {
    if (regex->second == 0) return class_find(classes, text, length, at, regex->first);
    int ascii = (classes->beyond & (regex->first | regex->second)) == 0;
    u64 before = 0;
    for (; at < length; at++) {
        u64 bits = ascii ? class_ascii(classes, text[at]) : class_bits(classes, text[at]);
        if (((before & regex->first) != 0) & ((bits & regex->second) != 0)) return at - 1;
        before = bits;
    }
    return length;
}

void matcher_begin(Matcher *m, u32 length) { m->steps = MOST_STEPS + (u64)STEPS_A_CHARACTER * length; }

Status regex_search(Matcher *m, const Regex *regex, const u32 *text, u32 length, u32 from, u32 *start, u32 *end) {
    for (u32 at = from; at <= length; at++) {
        if (regex->first != 0) {
            at = find_start(m->classes, regex, text, length, at);
            if (at == length) break;
        }
        u32 pc = at < length && text[at] < CODE_POINTS ? regex->starts[class_row(m->classes, text[at])] : NO_START;
        *end = pc == NO_START ? ABSENT : run_straight(m->classes, regex->code, text, length, pc, at);
        m->length = 0;
        if (*end == ABSENT) TRY(run(m, regex->code, text, length, 0, at, 0, end));
        if (*end != ABSENT) {
            *start = at;
            return OK;
        }
    }
    *start = ABSENT;
    return OK;
}

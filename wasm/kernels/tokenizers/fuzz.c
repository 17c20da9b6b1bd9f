/* Whatever the blob and the text are, the kernel must neither read nor write outside its memory, nor run for ever.
 *
 *   fuzz SECONDS SEED BLOB...
 *
 * Valid blobs are damaged at random (bits, numbers, section tables, lengths), opened, and used on hostile texts; some
 * allocations fail. Valid ones are used too, and then what comes out must lie inside the text. Compiled with
 * -Dmalloc=fuzz_malloc -Drealloc=fuzz_realloc under AddressSanitizer and UBSan: tests/tokenizers/test_native_fuzz.py. */
#undef malloc
#undef realloc
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WARDIAN_LIBC
#include "encode.h"

static u64 state;
static u32 failing; /* one allocation in so many fails, 0 for none */

static u32 random_u32(void) { /* xorshift64* */
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return (u32)(state * 0x2545F4914F6CDD1Dull >> 32);
}

static u32 below(u32 limit) { return limit == 0 ? 0 : random_u32() % limit; }

void *fuzz_malloc(usize size) { return failing != 0 && below(failing) == 0 ? NULL : malloc(size); }
void *fuzz_realloc(void *memory, usize size) { return failing != 0 && below(failing) == 0 ? NULL : realloc(memory, size); }

typedef struct {
    u8 *data;
    u32 size;
} File;

static File read_file(const char *path) {
    FILE *stream = fopen(path, "rb");
    File file = {NULL, 0};
    if (stream == NULL) perror(path), exit(2);
    fseek(stream, 0, SEEK_END);
    file.size = (u32)ftell(stream);
    rewind(stream);
    file.data = malloc(file.size);
    if (fread(file.data, 1, file.size, stream) != file.size) exit(2);
    fclose(stream);
    return file;
}

static u32 odd_number(u32 size) {
    static const u32 ODD[] = {0, 1, 2, 7, 8, 63, 64, 127, 128, 255, 0xFFFF, 0x10FFFF, 0x110000, 0x1FFFFF, 0x7FFFFFFF, 0x80000000u, 0xFFFFFFFFu};
    switch (below(4)) {
        case 0: return random_u32();
        case 1: return size - below(32);
        case 2: return below(64);
        default: return ODD[below(sizeof ODD / sizeof *ODD)];
    }
}

/* A damaged copy, exactly as long as its bytes, so that the sanitizer sees every step outside. */
static File damaged(File from) {
    File to = {NULL, from.size};
    if (below(8) == 0) to.size = below(from.size + 1);
    to.data = malloc(to.size == 0 ? 1 : to.size);
    memcpy(to.data, from.data, to.size);
    if (to.size < 16) return to;
    if (below(10) != 0) memcpy(to.data + 8, &to.size, 4);
    u32 sections, table;
    memcpy(&sections, to.data + 12, 4);
    table = 16 + 16 * (sections < 64 ? sections : 64);
    for (u32 i = below(12); i > 0; i--) {
        u32 value = odd_number(to.size);
        /* Half of the damage goes to the table and to the small sections that steer the rest. */
        u32 at = below(2) == 0 ? below(to.size) : below(to.size < table ? to.size : table);
        if (below(3) == 0) {
            const u32 *entry = (const u32 *)(const void *)(to.data + 16 + 16 * below(sections));
            if ((u8 *)(entry + 3) < to.data + to.size && entry[2] > 0 && entry[2] < 4096 && entry[1] < to.size)
                at = entry[1] + below(entry[2]);
        }
        if (at >= to.size) continue;
        if (below(2) == 0) to.data[at] ^= (u8)(1u << below(8));
        else if ((at &= ~3u) + 4 <= to.size) memcpy(to.data + at, &value, 4);
    }
    return to;
}

static u32 *hostile_text(u32 *length) {
    static const u32 RANGES[][2] = {{0, 128}, {32, 127}, {97, 123}, {0x300, 0x370}, {0x590, 0x700}, {0x900, 0xE00}, {0x1100, 0x1200},
                                    {0x2000, 0x2070}, {0x2581, 0x2582}, {0x4E00, 0x4F00}, {0xAC00, 0xD7A4}, {0xD800, 0xE000},
                                    {0x1F000, 0x1F700}, {0, 0x110000}, {0x110000, 0xFFFFFFFF}};
    u32 kinds = sizeof RANGES / sizeof *RANGES;
    *length = below(30) == 0 ? below(6000) : below(120);
    u32 *text = malloc((*length + 1) * sizeof *text), run = 0, c = 0, kind = 1;
    for (u32 i = 0; i < *length; i++) {
        if (below(6) == 0) kind = below(kinds);
        if (run == 0) {
            c = RANGES[kind][0] + below(RANGES[kind][1] - RANGES[kind][0]);
            if (below(5) == 0) c = ' ';
            run = below(20) == 0 ? below(400) : 1;
        }
        run -= run > 0;
        text[i] = c;
    }
    return realloc(text, (*length + BEHIND) * sizeof *text);
}

/* The tokens from `first` on are those of a text of so many characters. */
static void check(const Kernel *kernel, u32 first, u32 length) {
    const Encoded *e = &kernel->encoded;
    for (u32 i = first; i < e->length; i++) {
        i32 id = e->columns[IDS][i], start = e->columns[STARTS][i], end = e->columns[ENDS][i], word = e->columns[WORDS][i];
        if (start < 0 || start > end || end > (i32)length || word < 0 || id < 0) {
            fprintf(stderr, "token %u of a valid blob: id %d, %d to %d, word %d, text of %u\n", i, id, start, end, word, length);
            abort();
        }
    }
}

static void use(Kernel *kernel, int valid) {
    const Vocabulary *vocabulary = &kernel->model.vocabulary;
    for (u32 i = 1 + below(4); i > 0; i--) {
        u32 length, *text = hostile_text(&length);
        if (below(2) == 0) kernel_clear(kernel);
        u32 before = kernel->encoded.length;
        Status status = kernel_encode(kernel, text, length, below(4) == 0 ? below(50) : ABSENT);
        if (valid && status == OK) check(kernel, before, length);
        free(text);
    }
    for (u32 i = 0; i < 8; i++) {
        const u8 *string;
        u32 place = vocabulary_place(vocabulary, odd_number(vocabulary->count));
        if (place == ABSENT) continue;
        u32 length = vocabulary_string(vocabulary, place, &string);
        vocabulary_id(vocabulary, string, length);
    }
}

int main(int count, char **arguments) {
    if (count < 4) return fprintf(stderr, "fuzz SECONDS SEED BLOB...\n"), 2;
    time_t end = time(NULL) + atoi(arguments[1]);
    state = strtoull(arguments[2], NULL, 10) * 0x9E3779B97F4A7C15ull + 1;
    u32 files = (u32)count - 3, runs = 0, opened = 0;
    File *all = malloc(files * sizeof *all);
    for (u32 i = 0; i < files; i++) all[i] = read_file(arguments[3 + i]);
    while (time(NULL) < end) {
        int valid = below(8) == 0;
        File original = all[below(files)], file = original;
        if (!valid) file = damaged(original);
        Kernel kernel = {0};
        failing = below(10) == 0 ? 1 + below(60) : 0;
        Status status = kernel_open(&kernel, file.data, file.size);
        if (valid && failing == 0 && status != OK) return fprintf(stderr, "a valid blob was refused\n"), 1;
        if (status == OK) use(&kernel, valid), opened++;
        kernel_close(&kernel);
        failing = 0;
        if (!valid) free(file.data);
        runs++;
    }
    for (u32 i = 0; i < files; i++) free(all[i].data);
    free(all);
    printf("%u runs, %u of them opened\n", runs, opened);
    return 0;
}

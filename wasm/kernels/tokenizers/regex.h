/* Patterns: a backtracking virtual machine over classes of characters.
 *
 * `prepare` compiles Oniguruma's syntax to programs. A greedy loop over one class keeps one frame however long it
 * runs, and a class at the head of an alternative (`ENTER`) skips those that cannot match, so that the patterns of
 * real tokenizers take time linear in the text. Others are stopped after a number of steps.
 *
 * Source of the technique: Russ Cox, "Regular Expression Matching: the Virtual Machine Approach" (2009). */
#ifndef WARDIAN_REGEX_H
#define WARDIAN_REGEX_H

#include "classes.h"
#include "text.h"

/* Operations and their operands, all u32. */
typedef enum {
    R_MATCH,      /*                    the end */
    R_CHAR,       /* c                  this character */
    R_SET,        /* class              one of these */
    R_LOOP,       /* class least most   as many of these as there are; gives back one by one */
    R_RUN,        /* class least most   the same, but gives nothing back */
    R_SPLIT,      /* first second       first, then second */
    R_JUMP,       /* to */
    R_ENTER,      /* class second       go on if the next character is in the class; second is the other way */
    R_WHEN,       /* class to           go on if the next character is in the class, else go to; no way back */
    R_AHEAD,      /* class wanted       whether the next character is in the class */
    R_BEHIND,     /* class wanted       whether the last character is in the class */
    R_LOOK,       /* wanted back to     the program that follows matches (wanted 1) or not (0), from `back` characters
                                        before; then go to `to` where we are */
    R_ATOMIC,     /* to                 the program that follows matches; go to `to` where it ended, no way back */
    R_AT,         /* place */
    R_PROGRESS,   /* slot to            a loop's body matched nothing since the mark: leave the loop */
    R_MARK,       /* slot */
    R_OPERATIONS,
} RegexOperation;

/* Places of R_AT. */
enum { MARKS = 8 };

enum { AT_TEXT_START, AT_TEXT_END, AT_LINE_START, AT_LINE_END, AT_LAST_LINE_END, AT_PLACES };

typedef struct {
    const u32 *code;
    u32 length;
    u64 first;  /* every match starts with one of these; 0 for not known */
    u64 second; /* and goes on with one of these; 0 for not known */
    u16 starts[256]; /* by the row of the first character (classes.h): where the first way leads to, NO_START for nowhere */
} Regex;

enum { NO_START = 0xFFFF };

typedef struct {
    u32 pc, at, least;
} Frame;

typedef struct {
    const Classes *classes;
    Frame *items;
    u32 length, capacity;
    u64 steps;
    u32 marks[MARKS];
} Matcher;

/* A program in a section; every operand is checked here, so that matching need not. */
Status regex_open(Regex *regex, const Blob *blob, const Classes *classes, u32 section, u32 first_class);

/* Say how long the text is that is about to be searched, in as many searches as it takes: it sets the limit of steps. */
void matcher_begin(Matcher *matcher, u32 length);

/* Whether it may match in a text of these classes, of which these are shared by neighbours. */
static inline int regex_may_match(const Regex *regex, u64 seen, u64 twice) {
    if (regex->first == 0) return 1;
    return (seen & regex->first) != 0 && (regex->second != regex->first || (twice & regex->first) != 0);
}

/* Where the pattern matches in text[0, length), searching from `from`: *start, *end, or *start = ABSENT. */
Status regex_search(Matcher *matcher, const Regex *regex, const u32 *text, u32 length, u32 from, u32 *start, u32 *end);

#endif

"""Cut text into sentences, and English ones into the words and marks that a tagger labels."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["Span", "split_sentences", "split_words"]

Span = tuple[int, int]

#: Marks that end a sentence with what closes it; those of the West before white space. Look-behind and
#: possessive quantifiers keep a row of a million "!" linear.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"')\]”’»]*+(?=\s)|[。！？]++[”’」』）]*+")

#: A full stop after these, or after one capital letter ("I" is a word), ends nothing.
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:[A-HJ-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|cf|e\.g|i\.e|a\.m|p\.m|approx)\Z"
)

#: A sentence is cut after so many words: a tagger reads about twice as many tokens.
_MOST_WORDS = 80

#: What is taken for one word: addresses, numbers with what hangs on them, words with inner apostrophes, runs
#: of full stops, of dashes; any other mark by itself, but no control character and no half of a pair.
_WORD = re.compile(
    r"(?:https?://|www\.)\S{1,300}+"
    r"|[\w.+-]{1,64}@[\w.-]{1,190}\w"
    r"|\d++(?:[.,:]\d++)*+[^\W_]*+"
    r"|[^\W\d_]++(?:['’](?=[^\W\d_])[^\W_]++)*+\d*+"
    r"|[.!?]++|-{2,}+|[^\s\w\x00-\x1f\x7f\ud800-\udfff]"
)


def split_sentences(text: str) -> list[Span]:
    """The half-open ranges of the sentences of a text, in characters, without white space around them.

    A line's end is the end of a sentence unless the next line begins with a small letter, so that lists,
    verses and letters are cut, and texts with hard line ends are not.

    >>> text = "Mr. Fox ran. He\\nwas late!\\nThe end"
    >>> [text[start:end] for start, end in split_sentences(text)]
    ['Mr. Fox ran.', 'He\\nwas late!', 'The end']
    """
    found: list[Span] = []
    start = 0
    for end in sorted({*_marks(text), *_lines(text), len(text)}):
        part = text[start:end]
        first = start + len(part) - len(part.lstrip())
        last = start + len(part.rstrip())
        if first < last:
            found.extend(_fitting(text, first, last))
        start = end
    return found


def split_words(text: str) -> list[Span]:
    """The ranges of a text's words and marks, in characters; underscores and white space belong to none.

    >>> text = "It's 5.30 p.m. -- don't!"
    >>> [text[start:end] for start, end in split_words(text)]
    ["It's", '5.30', 'p', '.', 'm', '.', '--', "don't", '!']
    """
    return [match.span() for match in _WORD.finditer(text)]


def _marks(text: str) -> Iterator[int]:
    for match in _END.finditer(text):
        before = text[max(0, match.start() - 8) : match.start()]
        if match[0] != "." or not _ABBREVIATION.search(before):
            yield match.end()


def _lines(text: str) -> Iterator[int]:
    position = text.find("\n")
    while position >= 0:
        rest = position + 1
        while rest < len(text) and text[rest] in " \t\r":
            rest += 1
        if rest < len(text) and not text[rest].islower():
            yield position + 1
        position = text.find("\n", rest)


def _fitting(text: str, start: int, end: int) -> Iterator[Span]:
    """One sentence; one of too many words in parts."""
    words = split_words(text[start:end])
    for first in range(0, max(1, len(words)), _MOST_WORDS):
        members = words[first : first + _MOST_WORDS]
        begin = start if first == 0 else start + members[0][0]
        yield begin, end if first + _MOST_WORDS >= len(words) else start + members[-1][1]

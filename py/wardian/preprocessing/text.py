"""Cut long text into passages that a model can read at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["count_words", "split_passages"]

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")

#: Where a sentence ends. Closing marks belong to it; after Western ends white space must follow. The
#: look-behind and the possessive quantifiers keep a row of a million "!" linear.
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"')\]”’»]*+(?=\s)|[。！？]++[”’」』）]*+")

#: "J. Smith": a full stop after one capital letter ends nothing.
_INITIAL = re.compile(r"(?<!\w)[A-Z]\Z")

_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
#: What counts as one word: an ideograph or kana by itself, else a run without white space.
_WORD = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")

#: A longer run without white space, in characters, is cut: it is no word of any language.
_LONGEST_WORD = 200

Span = tuple[int, int]


def split_passages(text: str, max_words: int = 100) -> list[Span]:
    """Cut a text into passages of at most `max_words` words.

    Passages do not cross blank lines. Within a paragraph whole sentences are gathered while they fit; only a
    sentence that is too long by itself is cut between words.

    Returns the half-open ranges of the passages in characters of `text`, in order, without the white space
    around them; none for a text of white space only.

    >>> text = "One two. Three four five.\\n\\nSix."
    >>> [text[start:end] for start, end in split_passages(text, max_words=4)]
    ['One two.', 'Three four five.', 'Six.']
    """
    passages: list[Span] = []
    for paragraph in _paragraphs(text):
        current: list[Span] = []
        for sentence in _sentences(text, *paragraph):
            words = list(_words(text, *sentence))
            if current and len(current) + len(words) > max_words:
                passages.append((current[0][0], current[-1][1]))
                current = []
            current += words
            # Only a sentence that is too long by itself gets here with more than it may have.
            whole = (len(current) - 1) // max_words * max_words
            passages += [
                (current[first][0], current[first + max_words - 1][1]) for first in range(0, whole, max_words)
            ]
            current = current[max(whole, 0) :]
        if current:
            passages.append((current[0][0], current[-1][1]))
    return passages


def count_words(text: str, start: int, end: int) -> int:
    """How many words `split_passages` counts between two characters of a text.

    >>> count_words("Two words, 两个字", 0, 14)
    5
    """
    return sum(1 for _ in _words(text, start, end))


def _paragraphs(text: str) -> Iterator[Span]:
    start = 0
    for match in _BLANK_LINE.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _SENTENCE_END.finditer(text, start, end):
        if match[0] == "." and _INITIAL.search(text, max(start, match.start() - 2), match.start()):
            continue
        yield start, match.end()
        start = match.end()
    yield start, end


def _words(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _WORD.finditer(text, start, end):
        for first in range(match.start(), match.end(), _LONGEST_WORD):
            yield first, min(first + _LONGEST_WORD, match.end())

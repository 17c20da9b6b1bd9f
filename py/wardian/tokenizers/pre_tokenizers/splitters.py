"""Pre-tokenizers that change no character: where words lie."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from wardian.errors import ModelError, shorten
from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.oniguruma import Alternation, Characters, Matcher, Repeat
from wardian.tokenizers.pattern import Pattern
from wardian.tokenizers.pre_tokenizers.base import Splitter
from wardian.tokenizers.pre_tokenizers.behaviors import (
    Behavior,
    Span,
    character_matcher,
    check_behavior,
    split_at,
)
from wardian.tokenizers.unicode_data import classes, code_points

__all__ = [
    "BertPreTokenizer",
    "CharDelimiterSplit",
    "Digits",
    "FixedLength",
    "Punctuation",
    "Split",
    "UnicodeScripts",
    "Whitespace",
    "WhitespaceSplit",
]


class BertPreTokenizer(Splitter):
    """Words are runs without white space; every punctuation character is a word of its own.

    >>> ["Don't!"[a:b] for a, b in BertPreTokenizer().split("Don't!")]
    ['Don', "'", 't', '!']
    """

    independent_at_space: ClassVar[bool] = True

    def split(self, text: str) -> list[Span]:
        """The ranges of the words."""
        return _bert().spans(text)


class Whitespace(Splitter):
    r"""Words are runs of word characters, and runs of what is neither these nor white space: `\w+|[^\w\s]+`.

    >>> Whitespace().split("a_1 -> b")
    [(0, 3), (4, 6), (7, 8)]
    """

    independent_at_space: ClassVar[bool] = True

    def split(self, text: str) -> list[Span]:
        """The ranges of the words."""
        return _whitespace().spans(text)


class WhitespaceSplit(Splitter):
    """Words are runs without white space.

    >>> WhitespaceSplit().split("a! b")
    [(0, 2), (3, 4)]
    """

    independent_at_space: ClassVar[bool] = True

    def split(self, text: str) -> list[Span]:
        """The ranges of the words."""
        return _whitespace_split().spans(text)


class Punctuation(Splitter):
    """Cuts at each punctuation character.

    >>> Punctuation("Contiguous").split("a?!b")
    [(0, 1), (1, 3), (3, 4)]
    """

    def __init__(self, behavior: str = "Isolated") -> None:
        """Raises ModelError for an unknown behavior."""
        self.behavior: Behavior = check_behavior(behavior)
        self._matcher = character_matcher(code_points("punctuation"), self.behavior)

    def split(self, text: str) -> list[Span]:
        """The ranges of the pieces."""
        return self._matcher.spans(text)

    def to_config(self) -> dict[str, Any]:
        return {"type": "Punctuation", "behavior": self.behavior}


class Digits(Splitter):
    """Cuts around numbers, or around each digit. What counts is Rust's `char::is_numeric`: Ⅷ and ½ too.

    >>> Digits(individual_digits=True).split("a12"), Digits().split("a12")
    ([(0, 1), (1, 2), (2, 3)], [(0, 1), (1, 3)])
    """

    def __init__(self, *, individual_digits: bool = False) -> None:
        self.individual_digits = individual_digits
        behavior: Behavior = "Isolated" if individual_digits else "Contiguous"
        self._matcher = character_matcher(code_points("rust:numeric"), behavior)

    def split(self, text: str) -> list[Span]:
        """The ranges of the pieces."""
        return self._matcher.spans(text)

    def to_config(self) -> dict[str, Any]:
        return {"type": "Digits", "individual_digits": self.individual_digits}


class CharDelimiterSplit(Splitter):
    """Words are what is between a character.

    >>> CharDelimiterSplit("-").split("a--b")
    [(0, 1), (3, 4)]
    """

    def __init__(self, delimiter: str) -> None:
        """Raises ModelError when the delimiter is not one character."""
        if len(delimiter) != 1:
            raise ModelError("A delimiter is one character.", value=shorten(delimiter))
        self.delimiter = delimiter
        self._matcher = character_matcher(CodePoints.of(delimiter), "Removed")

    def split(self, text: str) -> list[Span]:
        """The ranges of the words."""
        return self._matcher.spans(text)

    def to_config(self) -> dict[str, Any]:
        return {"type": "CharDelimiterSplit", "delimiter": self.delimiter}


class Split(Splitter):
    """Cuts at what a pattern finds; `behavior` says what becomes of it, `invert` cuts at the rest instead.

    >>> Split({"Regex": "[0-9]{3}"}, "Isolated").split("12345")
    [(0, 3), (3, 5)]
    """

    def __init__(self, pattern: Mapping[str, str], behavior: str, *, invert: bool = False) -> None:
        """`pattern` is {"String": …} or {"Regex": …}, the latter for Oniguruma. Raises ModelError."""
        self._pattern = Pattern(pattern)
        self.pattern = self._pattern.config
        self.behavior: Behavior = check_behavior(behavior)
        self.invert = invert

    def split(self, text: str) -> list[Span]:
        """The ranges of the pieces."""
        return split_at(len(text), self._pattern.spans(text), self.behavior, self.invert)

    def cover(self, text: str) -> list[str] | None:
        """The pieces where the pattern finds everything and each match is one; else None."""
        return self._pattern.cover(text) if self.behavior == "Isolated" else None

    def to_config(self) -> dict[str, Any]:
        return {"type": "Split", "pattern": self.pattern, "behavior": self.behavior, "invert": self.invert}


class FixedLength(Splitter):
    """Pieces of so many characters, the last may be shorter.

    >>> FixedLength(2).split("abc")
    [(0, 2), (2, 3)]
    """

    def __init__(self, length: int = 5) -> None:
        """Raises ModelError for a length below 1."""
        if isinstance(length, bool) or not isinstance(length, int) or length < 1:
            raise ModelError("The length of pieces is at least 1.", value=shorten(length))
        self.length = length

    def split(self, text: str) -> list[Span]:
        """The ranges of the pieces."""
        size, end = self.length, len(text)
        return [(start, min(start + size, end)) for start in range(0, end, size)]

    def to_config(self) -> dict[str, Any]:
        return {"type": "FixedLength", "length": self.length}


class UnicodeScripts(Splitter):
    """Cuts where the script changes. Han, Hiragana and Katakana are one; a space belongs to any script.

    As in the reference, what belongs to any script is lost at the start of a text.

    >>> [" Go 東京タワー!"[a:b] for a, b in UnicodeScripts().split(" Go 東京タワー!")]
    ['Go ', '東京タワー', '!']
    """

    def split(self, text: str) -> list[Span]:
        """The ranges of the pieces."""
        # Each script becomes one character, "any" becomes NUL.
        return [match.span() for match in _ONE_SCRIPT.finditer(text.translate(_SCRIPTS))]


_ONE_SCRIPT = re.compile(r"([^\0])(?:\0|\1)*")


class _ScriptTable(dict[int, str]):
    def __missing__(self, code: int) -> str:
        rows = classes("scripts")
        index = bisect_right(rows, (code, 0x110000, 0)) - 1
        value = rows[index][2] if index >= 0 and code <= rows[index][1] else 0
        self[code] = character = chr(value)
        return character


_SCRIPTS = _ScriptTable()


@cache
def _bert() -> Matcher:
    punctuation, space = code_points("punctuation"), code_points("rust:whitespace")
    word = Repeat(Characters((punctuation | space).complement()), 1, None)
    return Matcher(Alternation((word, Characters(punctuation))))


@cache
def _whitespace() -> Matcher:
    word, space = code_points(r"rust:\w"), code_points(r"rust:\s")
    other = Characters((word | space).complement())
    return Matcher(Alternation((Repeat(Characters(word), 1, None), Repeat(other, 1, None))))


@cache
def _whitespace_split() -> Matcher:
    return Matcher(Repeat(Characters(code_points("rust:whitespace").complement()), 1, None))

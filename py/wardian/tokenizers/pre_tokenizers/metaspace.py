"""The pre-tokenizer of SentencePiece's vocabularies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from wardian.errors import ModelError, shorten
from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.pre_tokenizers.base import Part, Splitter
from wardian.tokenizers.pre_tokenizers.behaviors import Span, character_matcher
from wardian.tokenizers.pre_tokenizers.byte_level import prefix

__all__ = ["Metaspace"]

_SCHEMES = ("always", "first", "never")


class Metaspace:
    """Spaces become a visible mark, and words begin with it (`split`).

    `prepend_scheme`: "always" puts the mark before every piece that does not begin with it, "first" only
    before one that begins the text.

    >>> [word.text for word in Metaspace().pre_tokenize([AlignedText("Hi there")])]
    ['▁Hi', '▁there']
    """

    independent_at_space: ClassVar[bool] = False

    def __init__(self, replacement: str = "▁", prepend_scheme: str = "always", *, split: bool = True) -> None:
        """Raises ModelError for a mark that is not one character, or an unknown scheme."""
        if len(replacement) != 1:
            raise ModelError("The mark of Metaspace is one character.", value=shorten(replacement))
        if prepend_scheme not in _SCHEMES:
            raise ModelError(
                "There is no such prepend_scheme.",
                value=shorten(prepend_scheme),
                expected="one of " + ", ".join(_SCHEMES),
            )
        self.replacement = replacement
        self.prepend_scheme = prepend_scheme
        self.split = split

    def parts(self) -> Sequence[Part]:
        mark, spaces = self.replacement, _Spaces(self.replacement)
        if self.prepend_scheme == "never":
            return [spaces, _AtMarks(mark)] if self.split else [spaces]
        if self.prepend_scheme == "first":
            first = _Mark(mark, everywhere=False)
            return [first, spaces, _AtMarks(mark)] if self.split else [first, spaces]
        # Words but the first begin with the mark where they were cut: so it may also be put before each.
        everywhere = _Mark(mark, everywhere=True)
        return [spaces, _AtMarks(mark), everywhere] if self.split else [everywhere, spaces]

    def pre_tokenize(self, pieces: list[AlignedText]) -> list[AlignedText]:
        """The pieces cut further, their spaces replaced; empty ones are left out."""
        for part in self.parts():
            pieces = part.pre_tokenize(pieces)
        return pieces

    def to_config(self) -> dict[str, Any]:
        return {
            "type": "Metaspace",
            "replacement": self.replacement,
            "prepend_scheme": self.prepend_scheme,
            "split": self.split,
        }


class _Mark:
    """Puts the mark before pieces that begin with neither it nor a space."""

    def __init__(self, mark: str, everywhere: bool) -> None:
        self._mark = mark
        self._marks = mark + " "
        #: Whether what becomes of a piece depends on where it lies.
        self.depends_on_place = not everywhere

    def keeps(self, text: str) -> bool:
        """Whether a piece of this text stays as it is, wherever it lies."""
        return text.startswith((self._mark, " "))

    def pre_tokenize(self, pieces: list[AlignedText]) -> list[AlignedText]:
        return [
            piece
            if self.depends_on_place and piece.original_span(0, 1)[0] != 0
            else prefix(piece, self._mark, self._marks)
            for piece in pieces
            if piece.text
        ]


class _AtMarks(Splitter):
    """Cuts before each mark."""

    def __init__(self, mark: str) -> None:
        self._matcher = character_matcher(CodePoints.of(mark), "MergedWithNext")

    def split(self, text: str) -> list[Span]:
        """The ranges of the words."""
        return self._matcher.spans(text)

    def cover(self, text: str) -> list[str] | None:
        """The words, which leave nothing out."""
        return self._matcher.cover(text)


class _Spaces:
    """Makes marks of spaces."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def pre_tokenize(self, pieces: list[AlignedText]) -> list[AlignedText]:
        return [piece.with_text(piece.text.replace(" ", self._mark)) for piece in pieces if piece.text]

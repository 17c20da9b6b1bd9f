"""What every pre-tokenizer is, and its parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from wardian.tokenizers.aligned import AlignedText

__all__ = ["Part", "PreTokenizer", "Splitter"]


class Part(Protocol):
    """A step of pre-tokenization."""

    def pre_tokenize(self, pieces: list[AlignedText]) -> list[AlignedText]:
        """The pieces cut further, or changed; empty ones are left out."""
        ...


class PreTokenizer(Part, Protocol):
    """Cuts text into words. The fields of `tokenizer.json` are attributes of the same names."""

    #: Whether the words of "a b" are those of "a" and of "b".
    @property
    def independent_at_space(self) -> bool: ...

    def parts(self) -> Sequence[Part]:
        """Simpler steps that do the same one after the other, as many as possible of them splitters."""
        ...

    def to_config(self) -> dict[str, Any]:
        """The pre-tokenizer as `tokenizer.json` has it."""
        ...


class Splitter(ABC):
    """A pre-tokenizer that changes no character."""

    independent_at_space: ClassVar[bool] = False

    @abstractmethod
    def split(self, text: str) -> list[tuple[int, int]]:
        """The ranges of the words in a text."""

    def cover(self, text: str) -> list[str] | None:
        """The words themselves where they follow each other without gaps; None where that is not known."""
        return None

    def pre_tokenize(self, pieces: list[AlignedText]) -> list[AlignedText]:
        """The pieces cut further; empty ones are left out."""
        split = self.split
        return [word for piece in pieces for word in piece.slices(split(piece.text))]

    def parts(self) -> Sequence[Part]:
        return [self]

    def to_config(self) -> dict[str, Any]:
        return {"type": type(self).__name__}

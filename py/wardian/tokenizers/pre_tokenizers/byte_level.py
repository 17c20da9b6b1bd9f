"""The pre-tokenizer of GPT-2."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.byte_level import to_byte_level
from wardian.tokenizers.pre_tokenizers.base import Part
from wardian.tokenizers.pre_tokenizers.splitters import Split

__all__ = ["GPT2_PATTERN", "ByteLevel"]

#: Source: openai/gpt-2, `encoder.py`.
GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


class ByteLevel:
    """Cuts as GPT-2 does (`use_regex`) and spells every byte as a printable character.

    `add_prefix_space`: a piece that does not begin with a space gets one. `trim_offsets` is for the
    post-processor of the same name.

    >>> [word.text for word in ByteLevel().pre_tokenize([AlignedText("Hi there")])]
    ['ĠHi', 'Ġthere']
    """

    independent_at_space: ClassVar[bool] = False

    def __init__(
        self, *, add_prefix_space: bool = True, trim_offsets: bool = True, use_regex: bool = True
    ) -> None:
        self.add_prefix_space = add_prefix_space
        self.trim_offsets = trim_offsets
        self.use_regex = use_regex

    def parts(self) -> Sequence[Part]:
        parts: list[Part] = []
        if self.add_prefix_space:
            parts.append(_PrefixSpace())
        if self.use_regex:
            parts.append(_gpt2())
        return [*parts, _Bytes()]

    def pre_tokenize(self, pieces: list[AlignedText]) -> list[AlignedText]:
        """The pieces cut further and spelled in bytes; empty ones are left out."""
        for part in self.parts():
            pieces = part.pre_tokenize(pieces)
        return pieces

    def to_config(self) -> dict[str, Any]:
        return {
            "type": "ByteLevel",
            "add_prefix_space": self.add_prefix_space,
            "trim_offsets": self.trim_offsets,
            "use_regex": self.use_regex,
        }


@cache
def _gpt2() -> Split:
    return Split({"Regex": GPT2_PATTERN}, "Isolated")


class _PrefixSpace:
    def pre_tokenize(self, pieces: list[AlignedText]) -> list[AlignedText]:
        return [prefix(piece, " ", " ") for piece in pieces if piece.text]


class _Bytes:
    def pre_tokenize(self, pieces: list[AlignedText]) -> list[AlignedText]:
        return [to_byte_level(piece) for piece in pieces if piece.text]


def prefix(piece: AlignedText, mark: str, marks: str) -> AlignedText:
    """A non-empty piece with `mark` before it, unless it begins with one of `marks`."""
    text = piece.text
    if text[0] in marks:
        return piece
    return piece.moved(mark + text, [0, *range(len(text))])

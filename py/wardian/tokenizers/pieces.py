"""The tokens of one text as an encoder finds them: columns, before special tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["PackedSpellings", "Pieces"]


@dataclass(slots=True)
class Pieces:
    """The tokens of one text, before special tokens: columns that an `Encoding` takes as they are.

    `ids` is int64 (tokens,). `places` is int32 (3, tokens): starts and ends, half-open ranges in characters
    of the text, and the number of the word each token lies in (-1 for none). `surfaces` maps a token's
    position to its spelling where that is not the vocabulary's: an added token found with white space around
    it, a piece unknown to a Unigram model.
    """

    ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    places: NDArray[np.int32] = field(default_factory=lambda: np.zeros((3, 0), np.int32))
    surfaces: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


class PackedSpellings(Mapping[int, str]):
    """Spellings by position as the kernel packs them, unpacked when somebody looks.

    Of each one uint32: position, number of characters, characters.

    >>> dict(PackedSpellings(np.array([7, 2, 104, 105, 9, 1, 33], "<u4").tobytes()))
    {7: 'hi', 9: '!'}
    """

    def __init__(self, packed: bytes) -> None:
        self._packed = packed

    @cached_property
    def _unpacked(self) -> dict[int, str]:
        packed, numbers = self._packed, np.frombuffer(self._packed, "<u4").tolist()
        found: dict[int, str] = {}
        at = 0
        while at < len(numbers):
            first, end = at + 2, at + 2 + numbers[at + 1]
            found[numbers[at]] = packed[4 * first : 4 * end].decode("utf-32-le", "surrogatepass")
            at = end
        return found

    def __getitem__(self, position: int) -> str:
        return self._unpacked[position]

    def __iter__(self) -> Iterator[int]:
        return iter(self._unpacked)

    def __len__(self) -> int:
        return len(self._unpacked)

"""Rows of tokens, and a memory of those that words and other units of text have.

A row is four int32: id, start and end in the unit, and how many words it is after the row before. The rows of
a unit are kept packed: then a text costs one look-up a unit, one join of bytes, and a few sums of arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.python_output import COLUMNS

__all__ = [
    "LONGEST_KEPT",
    "Block",
    "Odd",
    "Packed",
    "RowMemory",
    "cut_rows",
    "odd_rows",
    "odd_units",
    "starts_of",
]

#: Longer units are hardly met twice.
LONGEST_KEPT = 64
MOST_KEPT = 50_000

Rows = NDArray[np.int32]
Ints = NDArray[np.intp]
Packed = bytes
#: What rows do not say of a unit: by position spellings that are not the vocabulary's, and how many words
#: without tokens it ends with.
Odd = tuple[dict[int, str], int]
Origin = tuple[NDArray[np.int32], NDArray[np.int32]]


@dataclass(slots=True)
class Block:
    """Units of a text in a row.

    `starts`: int32 (units,), where they begin; `origin`: two of int32 (characters,), the ranges in the
    original of the characters that `starts` counts, None where these are the original's own.
    """

    units: Sequence[str]
    starts: NDArray[np.int32]
    origin: Origin | None = None

    @classmethod
    def of(cls, aligned: AlignedText, units: Sequence[str], starts: NDArray[np.int32]) -> Block:
        """Units that lie at `starts` in a text."""
        if aligned.starts is None or aligned.ends is None:
            return cls(units, starts + np.int32(aligned.base))
        return cls(units, starts, (np.asarray(aligned.starts, np.int32), np.asarray(aligned.ends, np.int32)))

    @classmethod
    def of_pieces(cls, pieces: Sequence[AlignedText]) -> Block:
        """Units that a pre-tokenizer made which changes characters, each with its own places."""
        units = [piece.text for piece in pieces]
        if all(piece.starts is None for piece in pieces):
            return cls(units, np.array([piece.base for piece in pieces], np.int32))
        starts: list[int] = []
        ends: list[int] = []
        for piece in pieces:
            places = range(piece.base, piece.base + len(piece.text))
            starts.extend(places if piece.starts is None else piece.starts)
            ends.extend(range(places.start + 1, places.stop + 1) if piece.ends is None else piece.ends)
        return cls(units, starts_of(units), (np.array(starts, np.int32), np.array(ends, np.int32)))

    def cut(self, size: int) -> Iterator[Block]:
        """The same as blocks of at most `size` units."""
        for first in range(0, len(self.units), size):
            last = first + size
            yield Block(self.units[first:last], self.starts[first:last], self.origin)

    def original_starts(self) -> NDArray[np.int32]:
        """int32 (units,): where the units begin in the original."""
        return self.starts if self.origin is None else self.origin[0][self.starts]

    def place(self, found: Sequence[Packed]) -> tuple[Rows, Ints]:
        """The rows of the units with places in the original, and how many each unit has."""
        counts = np.fromiter(map(len, found), np.intp, len(found)) // (4 * COLUMNS)
        rows = np.frombuffer(bytearray().join(found), np.int32).reshape(-1, COLUMNS)
        rows[:, 1:3] += np.repeat(self.starts, counts)[:, None]
        if self.origin is not None:
            starts, ends = self.origin
            rows[:, 1] = starts[rows[:, 1]]
            rows[:, 2] = ends[np.maximum(rows[:, 2] - 1, 0)]
        return rows, counts


def starts_of(units: Sequence[str], gap: int = 0) -> NDArray[np.int32]:
    """Where units begin that follow each other, with `gap` characters between.

    >>> starts_of(["ab", "c", "d"]).tolist()
    [0, 2, 3]
    """
    lengths = np.fromiter(map(len, units), np.int32, len(units)) + np.int32(gap)
    starts: NDArray[np.int32] = np.cumsum(lengths, dtype=np.int32) - lengths
    return starts


class RowMemory:
    """The packed rows of units, learned when they are first met: all that a text has in one go."""

    def __init__(self, learn: Callable[[list[str]], tuple[list[Packed], dict[str, Odd]]]) -> None:
        """`learn` gives the rows of each of several different units, and of some what is odd about them."""
        self._learn = learn
        self._known: dict[str, Packed] = {}
        self._odd: dict[str, Odd] = {}

    def find(self, units: Sequence[str]) -> tuple[list[Packed], dict[str, Odd]]:
        """The rows of each unit, and what is odd about some."""
        found: list[Any] = list(map(self._known.get, units))
        odd: dict[str, Odd] = {}
        if self._odd and not self._odd.keys().isdisjoint(units):
            odd = {unit: self._odd[unit] for unit in self._odd.keys() & set(units)}
        if None in found:
            new = list(dict.fromkeys(unit for unit, rows in zip(units, found, strict=True) if rows is None))
            learned, learned_odd = self._learn(new)
            rows_of = dict(zip(new, learned, strict=True))
            found = [rows_of[unit] if rows is None else rows for unit, rows in zip(units, found, strict=True)]
            odd |= learned_odd
            self._keep(rows_of, learned_odd)
        return found, odd

    def meet(self, units: Iterable[str]) -> None:
        """Learn units that are to be asked for soon."""
        new = [unit for unit in dict.fromkeys(units) if unit not in self._known and len(unit) <= LONGEST_KEPT]
        self.find(new[:MOST_KEPT])

    def _keep(self, rows_of: dict[str, Packed], odd: dict[str, Odd]) -> None:
        """Keep what is short, and of too much nothing."""
        kept = {unit: rows for unit, rows in rows_of.items() if len(unit) <= LONGEST_KEPT}
        if len(self._known) + len(kept) > MOST_KEPT:
            self._known.clear()
            self._odd.clear()
        if len(kept) <= MOST_KEPT:
            self._known |= kept
            self._odd.update((unit, more) for unit, more in odd.items() if unit in kept)

    def __len__(self) -> int:
        return len(self._known)


def odd_rows(
    rows: Rows, counts: Ints, units: Sequence[str], odd: Mapping[str, Odd]
) -> tuple[dict[int, str], int]:
    """What is odd about the rows of units in a row: spellings by position, and the words without tokens last.

    Other words without tokens are added to the steps of the row that follows them.
    """
    surfaces: dict[int, str] = {}
    if not odd:
        return surfaces, 0
    last = 0
    ends = np.cumsum(counts)
    for place in [place for place, unit in enumerate(units) if unit in odd]:
        spelled, skipped = odd[units[place]]
        end = int(ends[place])
        start = end - int(counts[place])
        surfaces.update((start + inner, surface) for inner, surface in spelled.items())
        if end < ends[-1]:
            rows[end, 3] += skipped
        else:
            last += skipped
    return surfaces, last


def cut_rows(rows: Rows, counts: Ints) -> list[Packed]:
    """The packed rows of each unit, where unit i has `counts[i]` of them."""
    packed = rows.tobytes()
    bounds = [0, *np.cumsum(counts * (4 * COLUMNS)).tolist()]
    return [packed[start:end] for start, end in pairwise(bounds)]


def odd_units(surfaces: Mapping[int, str], counts: Ints, units: Sequence[str]) -> dict[str, Odd]:
    """By unit the spellings that lie at these positions of the rows of all units."""
    odd: dict[str, Odd] = {}
    ends = np.cumsum(counts)
    for position, surface in surfaces.items():
        unit = int(np.searchsorted(ends, position, side="right"))
        spelled, _ = odd.setdefault(units[unit], ({}, 0))
        spelled[position - int(ends[unit] - counts[unit])] = surface
    return odd

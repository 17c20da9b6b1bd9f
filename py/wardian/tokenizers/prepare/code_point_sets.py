"""Sets of code points as the kernel has them: a bit for each set, all bits of a character in one look-up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.prepare.blob import BlobWriter, Section
from wardian.tokenizers.prepare.errors import NotPreparable

__all__ = ["CODE_POINTS", "ClassTable", "Ranges", "intersects", "two_stage", "union"]

CODE_POINTS = 0x110000
_BLOCK = 128

Ranges = tuple[tuple[int, int], ...]
"""Sorted, disjoint ranges (first, last)."""


def union(*sets: Iterable[tuple[int, int]]) -> Ranges:
    """All code points of the sets.

    >>> union([(1, 2), (9, 9)], [(3, 5)])
    ((1, 5), (9, 9))
    """
    merged: list[list[int]] = []
    for first, last in sorted(pair for ranges in sets for pair in ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return tuple((first, last) for first, last in merged)


def intersects(a: Sequence[tuple[int, int]], b: Sequence[tuple[int, int]]) -> bool:
    """Whether the sets have a code point in common.

    >>> intersects(((1, 3),), ((3, 9),)), intersects(((1, 3),), ((4, 9),))
    (True, False)
    """
    i = k = 0
    while i < len(a) and k < len(b):
        if a[i][1] < b[k][0]:
            i += 1
        elif b[k][1] < a[i][0]:
            k += 1
        else:
            return True
    return False


def two_stage(table: NDArray[Any]) -> tuple[NDArray[np.uint16], NDArray[Any]]:
    """A table over all code points, without repetitions: blocks uint16 (8704,), entries (blocks * 128,)."""
    numbers: dict[bytes, int] = {}
    content, step = table.tobytes(), _BLOCK * table.itemsize
    blocks = [
        numbers.setdefault(content[at : at + step], len(numbers)) for at in range(0, len(content), step)
    ]
    return np.array(blocks, np.uint16), np.frombuffer(b"".join(numbers), table.dtype)


class ClassTable:
    """Gives each different set a bit.

    >>> table = ClassTable()
    >>> table.bit(((48, 57),)), table.bit(((32, 32),)), table.bit(((48, 57),))
    (0, 1, 0)
    """

    def __init__(self) -> None:
        self._bits: dict[Ranges, int] = {}

    def bit(self, ranges: Iterable[tuple[int, int]]) -> int:
        """The bit of a set. Raises NotPreparable when there are more than 64."""
        key = union(ranges)
        if key not in self._bits and len(self._bits) == 64:
            raise NotPreparable("pattern", "more than 64 different classes of characters")
        return self._bits.setdefault(key, len(self._bits))

    def write(self, writer: BlobWriter) -> None:
        """Write the three sections of classes.h."""
        sets: Sequence[Ranges] = list(self._bits)
        edges = {0, CODE_POINTS} | {edge for ranges in sets for a, b in ranges for edge in (a, b + 1)}
        borders = np.array(sorted(edges), np.int64)
        bits = np.zeros(len(borders) - 1, np.uint64)
        for number, ranges in enumerate(sets):
            if ranges:
                steps = np.zeros(len(borders), np.int8)
                pairs = np.array(ranges, np.int64)
                steps[np.searchsorted(borders, pairs[:, 0])] = 1
                steps[np.searchsorted(borders, pairs[:, 1] + 1)] = -1
                bits |= np.cumsum(steps[:-1]).astype(np.uint64) << np.uint64(number)
        rows, row_of = np.unique(bits, return_inverse=True)
        if len(rows) > 256:
            raise NotPreparable("pattern", "its classes of characters overlap in more than 256 ways")
        blocks, entries = two_stage(np.repeat(row_of.astype(np.uint8), np.diff(borders).astype(np.intp)))
        writer.add(Section.CLASSES_1, blocks)
        writer.add(Section.CLASSES_2, entries)
        writer.add(Section.CLASS_SETS, rows)

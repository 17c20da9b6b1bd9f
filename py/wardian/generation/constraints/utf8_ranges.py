"""Ranges of code points as ranges of UTF-8's bytes: so an automaton reads a character byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from wardian.generation.constraints.nodes import Ranges

__all__ = ["byte_rows"]

#: The last code points that take one, two, three and four bytes.
_LENGTHS = (0x7F, 0x7FF, 0xFFFF, 0x10FFFF)

ByteRow = tuple[tuple[int, int], ...]


@lru_cache(maxsize=256)
def byte_rows(ranges: Ranges) -> tuple[ByteRow, ...]:
    """Rows of byte ranges: their texts together are the UTF-8 of these code points, each once.

    A range is cut until each of its bytes runs through all values between those of its ends. Source of the
    method: Russ Cox, "Regular Expression Matching in the Wild" (2010), on UTF-8.

    >>> byte_rows(((0x7F, 0x80),))
    (((127, 127),), ((194, 194), (128, 128)))
    """
    return tuple(row for first, last in ranges for row in _rows(first, last))


def _rows(first: int, last: int) -> Iterator[ByteRow]:
    for end in _LENGTHS:
        if first <= end < last:
            yield from _rows(first, end)
            yield from _rows(end + 1, last)
            return
    if last <= 0x7F:
        yield ((first, last),)
        return
    # The low 6, 12, 18 bits are whole bytes: cut where a range enters or leaves a block in its middle.
    for bits in (6, 12, 18):
        mask = (1 << bits) - 1
        if first & ~mask != last & ~mask:
            if first & mask:
                yield from _rows(first, first | mask)
                yield from _rows((first | mask) + 1, last)
                return
            if last & mask != mask:
                yield from _rows(first, (last & ~mask) - 1)
                yield from _rows(last & ~mask, last)
                return
    yield tuple(zip(chr(first).encode(), chr(last).encode(), strict=True))

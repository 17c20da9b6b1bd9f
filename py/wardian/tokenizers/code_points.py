"""Sets of code points, read from the tables in `_unicode.py`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

__all__ = ["CodePoints"]


class CodePoints:
    """A set of code points kept as sorted ranges.

    >>> digits = CodePoints("30-39 b2")
    >>> ord("7") in digits, 0xB2 in digits, ord("a") in digits
    (True, True, False)
    """

    def __init__(self, ranges: str) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for item in ranges.split():
            start, _, end = item.partition("-")
            self._starts.append(int(start, 16))
            self._ends.append(int(end or start, 16))

    def __contains__(self, code: int) -> bool:
        index = bisect_right(self._starts, code) - 1
        return index >= 0 and code <= self._ends[index]

    def __iter__(self) -> Iterator[int]:
        for start, end in zip(self._starts, self._ends, strict=True):
            yield from range(start, end + 1)

    def character_class(self) -> str:
        r"""The set as the inside of a regular expression's `[…]`.

        >>> CodePoints("30-39 5d").character_class()
        '\\U00000030-\\U00000039\\U0000005d'
        """
        return "".join(
            f"\\U{start:08x}" if start == end else f"\\U{start:08x}-\\U{end:08x}"
            for start, end in zip(self._starts, self._ends, strict=True)
        )

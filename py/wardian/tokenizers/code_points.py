"""Sets of code points as sorted ranges."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

__all__ = ["LAST_CODE_POINT", "CodePoints"]

LAST_CODE_POINT = 0x10FFFF


class CodePoints:
    """A frozen set of code points, kept as sorted ranges whose ends are included.

    >>> digits = CodePoints([(0x30, 0x39), (0xB2, 0xB2)])
    >>> ord("7") in digits, 0xB2 in digits, ord("a") in digits
    (True, True, False)
    >>> len(digits), (digits - CodePoints.of("3456789")).ranges()
    (11, [(48, 50), (178, 178)])
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self, ranges: Iterable[tuple[int, int]] | str = ()) -> None:
        """From (first, last) pairs in any order, or from text such as `30-39 b2` (hexadecimal)."""
        pairs = _parse(ranges) if isinstance(ranges, str) else ranges
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(pairs):
            if self._ends and start <= self._ends[-1] + 1:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    @classmethod
    def of(cls, characters: Iterable[str]) -> CodePoints:
        """The set of these characters."""
        return cls((ord(character), ord(character)) for character in characters)

    def ranges(self) -> list[tuple[int, int]]:
        """The ranges as (first, last), sorted, neither overlapping nor touching."""
        return list(zip(self._starts, self._ends, strict=True))

    def __contains__(self, code: int) -> bool:
        index = bisect_right(self._starts, code) - 1
        return index >= 0 and code <= self._ends[index]

    def __iter__(self) -> Iterator[int]:
        for start, end in zip(self._starts, self._ends, strict=True):
            yield from range(start, end + 1)

    def __len__(self) -> int:
        return sum(self._ends) - sum(self._starts) + len(self._starts)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CodePoints) and self.ranges() == other.ranges()

    def __hash__(self) -> int:
        return hash((*self._starts, *self._ends))

    def __repr__(self) -> str:
        spelled = (f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in self.ranges())
        return f"CodePoints({' '.join(spelled)!r})"

    def __or__(self, other: CodePoints) -> CodePoints:
        return CodePoints([*self.ranges(), *other.ranges()])

    def __and__(self, other: CodePoints) -> CodePoints:
        return (self.complement() | other.complement()).complement()

    def __sub__(self, other: CodePoints) -> CodePoints:
        return self & other.complement()

    def complement(self) -> CodePoints:
        """All other code points.

        >>> CodePoints("0-60 62-10ffff").complement()
        CodePoints('61')
        """
        starts = [0, *(end + 1 for end in self._ends)]
        ends = [*(start - 1 for start in self._starts), LAST_CODE_POINT]
        return CodePoints(pair for pair in zip(starts, ends, strict=True) if pair[0] <= pair[1])

    def character_class(self) -> str:
        r"""The set as the inside of a regular expression's `[…]`.

        >>> CodePoints("30-39 5d e9").character_class()
        '\\x30-\\x39\\x5dé'
        """
        return "".join(
            _spell(start) if start == end else f"{_spell(start)}-{_spell(end)}"
            for start, end in self.ranges()
        )


def _spell(code: int) -> str:
    # Only ASCII means something to `re`, and an escape takes it longer to read.
    return chr(code) if code > 0x7F else f"\\x{code:02x}"


def _parse(text: str) -> Iterator[tuple[int, int]]:
    for item in text.split():
        start, _, end = item.partition("-")
        yield int(start, 16), int(end or start, 16)

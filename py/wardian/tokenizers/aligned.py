"""Text that remembers which characters of the original each of its characters came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["AlignedText"]


@dataclass(frozen=True, slots=True)
class AlignedText:
    """Normalized text and, per character, the range of original characters it stands for.

    `starts` and `ends` are None where nothing moved: character i came from character i.

    >>> AlignedText("ab", (0, 2), (1, 3)).original_span(1, 2)
    (2, 3)
    """

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None
    base: int = 0

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The range in the original of the non-empty range [start, end) of this text."""
        if self.starts is None or self.ends is None:
            return self.base + start, self.base + end
        return self.starts[start], self.ends[end - 1]

"""Tokens as the Python encoder finds them: blocks of rows, joined to columns at the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.pieces import Pieces

__all__ = ["COLUMNS", "Output"]

#: Columns of a row: id, start, end, and how many words the token is after the last one.
COLUMNS = 4


class Output:
    """Tokens as they are found: blocks of rows, and what is odd about some."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.count = 0
        self.rows: list[NDArray[np.int32]] = []
        self.surfaces: dict[int, str] = {}
        #: Words without tokens since the last token.
        self.skipped = 0

    @property
    def full(self) -> bool:
        return self.limit is not None and self.count >= self.limit

    def add(self, rows: NDArray[np.int32], odd: dict[int, str], skipped: int) -> None:
        """Add tokens, the surfaces of some, and how many words without tokens come after them."""
        if self.skipped and len(rows):
            rows[0, 3] += self.skipped
            self.skipped = 0
        self.skipped += skipped
        if odd:
            self.surfaces.update((self.count + place, surface) for place, surface in odd.items())
        self.rows.append(rows)
        self.count += len(rows)

    def pieces(self) -> Pieces:
        """All of them as columns."""
        if not self.count:
            return Pieces()
        rows = self.rows[0] if len(self.rows) == 1 else np.concatenate(self.rows)
        columns = np.ascontiguousarray(rows.T)
        columns[3] = np.cumsum(columns[3]) - 1
        return Pieces(columns[0].astype(np.int64), columns[1:], self.surfaces)

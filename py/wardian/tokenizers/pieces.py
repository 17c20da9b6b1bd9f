"""The tokens of one text as an encoder finds them: columns, before special tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pieces"]


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
    surfaces: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

"""The tokens of one text as an encoder finds them: columns, before special tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pieces"]


def _no_tokens() -> NDArray[np.int32]:
    return np.zeros(0, np.int32)


@dataclass(slots=True)
class Pieces:
    """The tokens of one text, before special tokens: columns of int32 (tokens,).

    `starts` and `ends` are half-open ranges in characters of the text, `words` the number of the word each
    token lies in (-1 for none); `surfaces` maps a token's position to its spelling where that is not the
    vocabulary's: an added token found with white space around it, a piece unknown to a Unigram model.
    """

    ids: NDArray[np.int32] = field(default_factory=_no_tokens)
    starts: NDArray[np.int32] = field(default_factory=_no_tokens)
    ends: NDArray[np.int32] = field(default_factory=_no_tokens)
    words: NDArray[np.int32] = field(default_factory=_no_tokens)
    surfaces: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

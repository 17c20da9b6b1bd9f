"""What the search asks of a model: the scores of the next token."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Decoder"]


class Decoder(Protocol):
    """Sequences in, scores of the token after each out.

    The search gives all of the text each time; what of it was run before, the decoder knows itself.
    """

    @property
    def vocabulary(self) -> int:
        """How many tokens have a score."""

    async def logits(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 (sequences, vocabulary): the scores of the token after `ids`, int64 (sequences, length)."""

    def reorder(self, rows: NDArray[np.int64]) -> None:
        """Before `logits` of other sequences: sequence i goes on from what was sequence `rows[i]`.

        `rows` is int64 (sequences,); a row may come twice, and rows may be left out.
        """

"""Drawing tokens at random, so that a seed gives the same ones again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardian.generation.probabilities import Scores

__all__ = ["Sampler"]


class Sampler:
    """Draws a token a sequence from the probabilities that the scores stand for.

    NumPy's PCG64 and arithmetic in float64 draw the same in every interpreter. Each sequence has a stream of
    its own, so that one that ends changes none of the others, and more sequences begin with those of fewer.

    >>> Sampler(7).draw(np.float32([[0, 0, -np.inf, 0]]), [0]).tolist()
    [3]
    >>> Sampler(7).draw(np.float32([[0, 0, -np.inf, 0]]), [0]).tolist()
    [3]
    """

    def __init__(self, seed: int | None = None, sequences: int = 1) -> None:
        """`seed` is any integer from 0; None draws one of its own."""
        streams = np.random.SeedSequence(seed).spawn(sequences)
        self._streams = [np.random.Generator(np.random.PCG64(stream)) for stream in streams]

    def draw(self, scores: Scores, sequences: list[int]) -> NDArray[np.int64]:
        """int64 (sequences,): a token for each row of `scores`, float32 (sequences, vocabulary).

        Row i draws from the stream of sequence `sequences[i]`. A score of -infinity is never drawn.
        """
        tokens = np.empty(len(scores), np.int64)
        for place, (row, sequence) in enumerate(zip(scores, sequences, strict=True)):
            possible = np.flatnonzero(row > -np.inf)
            values = row[possible].astype(np.float64)
            sums = np.cumsum(np.exp(values - values.max()))
            at = np.searchsorted(sums, self._streams[sequence].random() * sums[-1], side="right")
            # The product may round up to the whole sum.
            tokens[place] = possible[min(int(at), len(possible) - 1)]
        return tokens

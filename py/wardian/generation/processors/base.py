"""What a logits processor is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wardian.generation.probabilities import Scores

__all__ = ["Ids", "Processor", "Processors", "forbid"]

Ids = NDArray[np.int64]


class Processor(Protocol):
    """Changes the scores of the next token by what is there already."""

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        """`ids` is int64 (sequences, length), `scores` and the result float32 (sequences, vocabulary).

        What is given stays as it is.
        """


class Processors:
    """Several, one after the other.

    >>> halve = lambda ids, scores: scores / np.float32(2)
    >>> Processors([halve, halve])(np.zeros((1, 3), np.int64), np.float32([[4, 8]])).tolist()
    [[1.0, 2.0]]
    """

    def __init__(self, steps: Iterable[Processor]) -> None:
        self.steps = tuple(steps)

    def __call__(self, ids: Ids, scores: Scores) -> Scores:
        for step in self.steps:
            scores = step(ids, scores)
        return scores


def forbid(scores: Scores, tokens: Ids) -> Scores:
    """The same scores with -infinity for some tokens of every row; `tokens` is int64 (tokens,).

    >>> forbid(np.float32([[1, 2], [3, 4]]), np.array([1])).tolist()
    [[1.0, -inf], [3.0, -inf]]
    """
    changed = scores.copy()
    changed[:, tokens] = -np.inf
    return changed

"""From the scores of all words in the place of a mask to the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.postprocessing.classification import softmax

__all__ = ["best_words"]


def best_words(
    logits: NDArray[Any], k: int, targets: Sequence[int] | None = None
) -> list[list[tuple[int, float]]]:
    """Token id and probability of the `k` best words for each mask, best first.

    `logits` is float (masks, vocabulary). With `targets` only these ids compete; their probabilities stay
    those among all words.

    >>> logits = np.log(np.float32([[0.1, 0.2, 0.7]]))
    >>> [[(word, round(score, 3)) for word, score in row] for row in best_words(logits, 2)]
    [[(2, 0.7), (1, 0.2)]]
    >>> [[(word, round(score, 3)) for word, score in row] for row in best_words(logits, 2, [0, 1])]
    [[(1, 0.2), (0, 0.1)]]
    """
    ids = np.arange(logits.shape[1]) if targets is None else np.array(sorted(set(targets)))
    probabilities = softmax(logits)[:, ids]
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return [
        [(int(ids[place]), float(row[place])) for place in places]
        for row, places in zip(probabilities, order, strict=True)
    ]

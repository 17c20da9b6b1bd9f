"""Which sentences say what a text is about: near its centre, and not the same thing twice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardian.postprocessing.pooling import normalize

__all__ = ["central_sentences"]


def central_sentences(
    embeddings: NDArray[np.float32],
    count: int,
    *,
    diversity: float = 0.3,
    weights: NDArray[np.float32] | None = None,
) -> list[int]:
    """The sentences of a summary, in the order of the text.

    Args:
        embeddings: of all sentences, float32 (sentences, features).
        count: how many to choose; all of them where there are fewer.
        diversity: from 0, only nearness to the centre counts, to 1, only difference from what is chosen.
        weights: how much each sentence counts, float32 (sentences,): for the centre, and for being chosen,
            where one of weight 0 is chosen last. All the same by default.

    Returns:
        indices of sentences, ascending.

    One sentence after the other is chosen: that which is nearest to the centroid of all, less its greatest
    likeness to one that was chosen before (maximal marginal relevance).

    Sources: Radev et al. 2004, "Centroid-based summarization of multiple documents"; Carbonell and Goldstein
    1998, "The use of MMR"; with embeddings Rossiello et al. 2017, "Centroid-based Text Summarization through
    Compositionality of Word Embeddings".

    >>> north, south, east = [1, 0.1], [1, 0.2], [0.4, 1]
    >>> central_sentences(np.float32([north, south, east]), 2)
    [1, 2]
    >>> central_sentences(np.float32([north, east]), 5)
    [0, 1]
    """
    total = len(embeddings)
    if total == 0:
        return []
    counts = np.ones(total, np.float32) if weights is None else weights
    unit = normalize(embeddings)
    centre = normalize((unit * counts[:, None]).sum(axis=0, keepdims=True))
    relevance = (unit @ centre[0]) * counts - (counts == 0) * 2
    nearest = np.zeros(total, np.float32)
    left = np.ones(total, bool)
    chosen: list[int] = []
    for _ in range(min(count, total)):
        worth = np.where(left, (1 - diversity) * relevance - diversity * nearest, -np.inf)
        best = int(worth.argmax())
        chosen.append(best)
        left[best] = False
        likeness = unit @ unit[best]
        nearest = np.maximum(nearest, likeness) if len(chosen) > 1 else likeness
    return sorted(chosen)

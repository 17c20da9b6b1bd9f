"""A visitor's taste as one vector, learned online from what is liked and what there should be less of.

Items are points, their embeddings. What all items of a catalogue have in common says nothing about taste,
so the catalogue's mean is taken off first (`centred`). Each judgement then moves the preference (Rocchio
1971, "Relevance feedback in information retrieval"; here with recency):

    p ← 2^(−1/HALF_LIFE) · p + s · x,    s = 1 for a like, −LESS for "less of this"

and an item is scored by `p · x / Σ|w|`, where `w` are the weights that the judgements have by now. Because
the score is a sum over judgements, what each of them added is exact, not an estimate (`contributions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import TensorError
from wardian.postprocessing.pooling import normalize

__all__ = ["HALF_LIFE", "LESS", "centred", "contributions", "diversify", "judgement_weights", "preference"]

#: After so many further judgements one counts half.
HALF_LIFE = 10.0

#: How much "less of this" weighs against a like.
LESS = 0.25

Vectors = NDArray[np.float32]


def centred(embeddings: NDArray[Any]) -> Vectors:
    """Embeddings without their mean, each of Euclidean length 1.

    float (items, features) to float32 (items, features); an item that is the mean itself becomes zeros.

    >>> centred(np.float32([[3, 1], [1, 1]])).tolist()
    [[1.0, 0.0], [-1.0, 0.0]]

    Raises TensorError when there are no two dimensions, or a number is not finite.
    """
    values = np.asarray(embeddings, np.float32)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise TensorError(
            "These are no embeddings of items.",
            expected="finite numbers (items, features)",
            received=str(values.shape),
        )
    return normalize(values - values.mean(axis=0)) if len(values) > 1 else normalize(values)


def judgement_weights(liked: Sequence[bool], half_life: float = HALF_LIFE, less: float = LESS) -> Vectors:
    """What each judgement counts, the oldest first: float32 (judgements,), negative for "less of this".

    >>> judgement_weights([True, False, True], half_life=1).tolist()
    [0.25, -0.125, 1.0]
    """
    ages = np.arange(len(liked) - 1, -1, -1)
    return np.asarray(np.where(liked, 1.0, -less) * 0.5 ** (ages / half_life), np.float32)


def preference(judged: Vectors, weights: Vectors) -> Vectors:
    """The preference vector: float32 (judgements, features) and (judgements,) to float32 (features,).

    Its product with an item's centred embedding is the item's score, in [-1, 1].

    >>> preference(np.float32([[1, 0], [0, 1]]), np.float32([0.75, -0.25])).tolist()
    [0.75, -0.25]
    """
    total = float(np.abs(weights).sum())
    return np.asarray(weights @ judged / (total or 1.0), np.float32)


def contributions(items: Vectors, judged: Vectors, weights: Vectors) -> Vectors:
    """What each judgement adds to each item's score.

    float32 (items, features), (judgements, features) and (judgements,) to float32 (items, judgements), whose
    rows sum to the scores.

    >>> judged, weights = np.float32([[1, 0], [0.5, 0]]), np.float32([1, 1])
    >>> contributions(np.float32([[1, 0]]), judged, weights).tolist()
    [[0.5, 0.25]]
    """
    total = float(np.abs(weights).sum())
    return np.asarray((items @ judged.T) * (weights / (total or 1.0)), np.float32)


def diversify(scores: Vectors, items: Vectors, k: int, trade: float = 0.7) -> list[int]:
    """The `k` items to show: good ones, of which each differs from those before it.

    Maximal marginal relevance (Carbonell and Goldstein 1998, SIGIR): the next item is the one with the
    largest `trade · score − (1 − trade) · likeness` to the most like of those chosen. `scores` float32
    (items,), brought to [0, 1] here; `items` float32 (items, features) of length 1; `trade` 1 ranks by score.

    >>> items = np.float32([[1, 0], [1, 0], [0, 1]])
    >>> scores = np.float32([1.0, 0.9, 0.8])
    >>> diversify(scores, items, 2, trade=0.1), diversify(scores, items, 2, trade=1)
    ([0, 2], [0, 1])
    """
    spread = float(np.ptp(scores)) if len(scores) else 0.0
    gains = trade * (scores - scores.min()) / (spread or 1.0) if len(scores) else scores
    nearest = np.full(len(items), -1, np.float32)
    open_places = np.ones(len(items), bool)
    chosen: list[int] = []
    for _ in range(min(k, len(items))):
        values = np.where(open_places, gains - (1 - trade) * nearest, -np.inf)
        best = int(values.argmax())
        chosen.append(best)
        open_places[best] = False
        nearest = np.maximum(nearest, items @ items[best])
    return chosen

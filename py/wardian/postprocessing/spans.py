"""From the scores of tokens to begin and to end an answer, to the best spans of tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_spans", "span_probabilities"]

_EXCLUDED = np.float32(-10000)
"""The logit of a token that cannot be in an answer."""


def span_probabilities(logits: NDArray[Any], allowed: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The probability of each token to be the first (or the last) of the answer.

    `logits` is float (tokens,), `allowed` bool (tokens,): tokens of the context, and the one that stands for
    "no answer"; the result is float32 (tokens,), in [0, 1], 0 for all others.

    >>> span_probabilities(np.float32([9, 1, 1, 9]), np.array([False, True, True, False])).tolist()
    [0.0, 0.5, 0.5, 0.0]
    """
    values = np.where(allowed, np.asarray(logits, np.float32), _EXCLUDED)
    exponentials = np.exp(values - values.max())
    return np.asarray(exponentials / exponentials.sum(), np.float32)


def best_spans(
    starts: NDArray[np.float32], ends: NDArray[np.float32], k: int, longest: int
) -> list[tuple[int, int, float]]:
    """The `k` most probable spans of at most `longest` tokens, best first, without those of probability 0.

    `starts` and `ends` are float32 (tokens,), probabilities. A span is its first token, its last one and the
    product of their probabilities; of equal ones the earlier comes first.
    Source: `decode_spans` of transformers' question answering, after Chen et al., arXiv:1704.00051; that
    one also counts spans of probability 0, which may end before they begin.

    >>> best_spans(np.float32([0, 0.5, 0.5]), np.float32([0, 0.75, 0.25]), 2, longest=2)
    [(1, 1, 0.375), (1, 2, 0.125)]
    """
    tokens = len(starts)
    width = min(longest, tokens)
    # (first token, further tokens): a band, not the square of all pairs.
    padded = np.concatenate([ends, np.zeros(width - 1, np.float32)])
    band = starts[:, None] * np.lib.stride_tricks.sliding_window_view(padded, width)
    scores = band.reshape(-1)
    order = np.argsort(-scores, kind="stable")[:k]
    return [
        (int(place // width), int(place // width + place % width), float(scores[place]))
        for place in order
        if scores[place] > 0
    ]

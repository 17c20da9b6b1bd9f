"""From token embeddings to one embedding per text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["mean_pooling", "normalize"]


def mean_pooling(hidden: NDArray[Any], attention_mask: NDArray[Any]) -> NDArray[np.float32]:
    """The mean over the tokens that the mask marks with 1.

    `hidden` is float (batch, tokens, features), `attention_mask` integer (batch, tokens) of 0 and 1; the
    result is float32 (batch, features). A text without any token gives zeros.
    Source: Reimers and Gurevych, "Sentence-BERT", arXiv:1908.10084.

    >>> hidden = np.float32([[[1, 2, 3], [3, 4, 5], [9, 9, 9]]])
    >>> mean_pooling(hidden, np.array([[1, 1, 0]])).tolist()
    [[2.0, 3.0, 4.0]]
    """
    weights = attention_mask.astype(np.float32)[:, None, :]
    # (batch, 1, tokens) @ (batch, tokens, features): no masked copy of `hidden` is made.
    sums = (weights @ hidden.astype(np.float32, copy=False))[:, 0, :]
    return np.asarray(sums / np.maximum(weights.sum(axis=2), 1e-9), np.float32)


def normalize(vectors: NDArray[Any], axis: int = -1) -> NDArray[np.float32]:
    """Vectors scaled to Euclidean length 1 along `axis`; zeros stay zeros. float32, same shape.

    >>> normalize(np.float32([[3, 4], [0, 0]])).round(4).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    values = np.asarray(vectors, np.float32)
    lengths = np.sqrt(np.sum(values * values, axis=axis, keepdims=True))
    return np.asarray(values / np.maximum(lengths, 1e-12), np.float32)

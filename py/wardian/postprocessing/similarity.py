"""Comparing embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import TensorError
from wardian.postprocessing.pooling import normalize

__all__ = ["cosine_similarity", "rank"]


def cosine_similarity(queries: NDArray[Any], documents: NDArray[Any]) -> NDArray[np.float32]:
    """The cosine of the angle between every query and every document.

    float (queries, features) and float (documents, features) to float32 (queries, documents) in [-1, 1];
    a vector of zeros is like nothing (0).

    >>> cosine_similarity(np.float32([[2, 0]]), np.float32([[1, 0], [0, 1], [-3, 0]])).tolist()
    [[1.0, 0.0, -1.0]]

    Raises TensorError when the numbers of features differ.
    """
    if queries.ndim != 2 or documents.ndim != 2 or queries.shape[1] != documents.shape[1]:
        raise TensorError(
            "These embeddings cannot be compared.",
            expected="(queries, features) and (documents, features)",
            received=f"{queries.shape} and {documents.shape}",
        )
    return np.asarray(np.clip(normalize(queries) @ normalize(documents).T, -1, 1), np.float32)


def rank(scores: NDArray[Any], k: int | None = None) -> list[int]:
    """Indices of the `k` best of float (documents), best first; equal ones keep their order. None for all.

    >>> rank(np.float32([0.1, 0.9, 0.9, -1]), 3)
    [1, 2, 0]
    """
    return [int(index) for index in np.argsort(-np.asarray(scores), kind="stable")[:k]]

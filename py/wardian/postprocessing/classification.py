"""From logits to labelled probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError

__all__ = ["LabelScore", "pooled", "require_finite", "sigmoid", "softmax", "top_k"]


class LabelScore(TypedDict):
    """One answer of a classifier; `score` is in [0, 1]."""

    label: str
    score: float


def softmax(logits: NDArray[Any], axis: int = -1) -> NDArray[np.float32]:
    """Probabilities of logits: exp(x) / Σ exp(x), shifted by the maximum so that nothing overflows.

    `logits` is float (…, classes, …); the result is float32 of the same shape, in [0, 1], summing to 1
    along `axis`. NaN or +infinity among the logits gives NaN along their axis.

    >>> softmax(np.array([[1000.0, 1000.0], [0.0, np.log(3)]])).round(4).tolist()
    [[0.5, 0.5], [0.25, 0.75]]
    """
    values = np.asarray(logits, np.float32)
    with np.errstate(invalid="ignore"):
        exponentials = np.exp(values - values.max(axis=axis, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=axis, keepdims=True), np.float32)


def sigmoid(logits: NDArray[Any]) -> NDArray[np.float32]:
    """Probabilities of independent logits: 1 / (1 + exp(-x)); float32 of the same shape, in [0, 1].

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    values = np.asarray(logits, np.float32)
    # exp of a non-positive number cannot overflow.
    small = np.exp(-np.abs(values))
    return np.asarray(np.where(values >= 0, 1, small) / (1 + small), np.float32)


def pooled(probabilities: NDArray[Any], weights: Sequence[float]) -> NDArray[np.float32]:
    """The answers of several models as one: the product of each label's probabilities to the power of the
    models' weights, divided by its sum over the labels. Of two labels the logit is the weighted sum.

    `probabilities` is float (models, …, labels) in [0, 1], `weights` has one above 0 for each model; the
    result is float32 (…, labels), in [0, 1], summing to 1. Below 1e-7 a probability counts as 1e-7: no model
    decides alone.

    Source: the logarithmic opinion pool (Genest and Zidek 1986, Statistical Science 1:114).

    >>> pooled(np.array([[0.2, 0.8], [0.5, 0.5]]), [1.0, 1.0]).astype(float).round(4).tolist()
    [0.2, 0.8]
    >>> pooled(np.array([[0.2, 0.8], [0.8, 0.2]]), [0.75, 0.25]).astype(float).round(4).tolist()
    [0.3333, 0.6667]
    """
    logarithms = np.log(np.maximum(np.asarray(probabilities, np.float64), 1e-7))
    return softmax(np.tensordot(np.asarray(weights, np.float64), logarithms, axes=1))


def require_finite(scores: NDArray[Any]) -> None:
    """Raises ModelError when a score, of any shape, is NaN or infinite."""
    if not np.isfinite(scores).all():
        raise ModelError(
            "The model's answer is not a number.",
            expected="finite scores",
            received=f"{int((~np.isfinite(scores)).sum())} of {scores.size} are NaN or infinite",
            hint="Look for NaN, infinite or very large values in the input.",
        )


def top_k(scores: NDArray[Any], labels: Sequence[str], k: int | None = None) -> list[LabelScore]:
    """The `k` best labels, best first; equal scores keep the order of the labels. None for all.

    `scores` is float (classes).

    >>> top_k(np.float32([0.25, 0.5, 0.25]), ["a", "b", "c"], 2)
    [{'label': 'b', 'score': 0.5}, {'label': 'a', 'score': 0.25}]

    Raises ModelError when there are not as many labels as scores or a score is NaN or infinite, InputError
    for a `k` below 1.
    """
    if scores.shape != (len(labels),):
        raise ModelError(
            "The model's scores and its labels do not fit each other.",
            expected=f"scores of shape ({len(labels)},), one per label",
            received=f"scores of shape {scores.shape}",
        )
    require_finite(scores)
    if k is not None and (isinstance(k, bool) or not isinstance(k, int) or k < 1):
        raise InputError("top_k is wrong.", value=repr(k), expected="an integer ≥ 1, or None for all")
    order = np.argsort(-scores, kind="stable")[:k]
    return [{"label": labels[index], "score": float(scores[index])} for index in order]

"""From scores to probabilities, and scores that are none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError

__all__ = ["Scores", "chosen_logprobs", "log_normalizers", "log_softmax", "require_choice", "require_scores"]

Scores = NDArray[np.float32]


def log_normalizers(scores: Scores) -> NDArray[np.float32]:
    """log Σ exp of each row; `scores` is float32 (sequences, vocabulary), the result float32 (sequences, 1).

    >>> np.exp(log_normalizers(np.log(np.float32([[1, 3]])))).round(4).tolist()
    [[4.0]]
    """
    highest = scores.max(axis=1, keepdims=True)
    # Sums in float64: they do not depend on how an interpreter's NumPy adds.
    total = np.exp(scores - highest).sum(axis=1, keepdims=True, dtype=np.float64)
    return np.asarray(np.log(total) + highest, np.float32)


def log_softmax(scores: Scores) -> Scores:
    """Logarithms of probabilities: x - log Σ exp(x) along the vocabulary; float32, same shape.

    >>> np.exp(log_softmax(np.log(np.float32([[1, 3]])))).round(4).tolist()
    [[0.25, 0.75]]
    """
    highest = scores.max(axis=1, keepdims=True)
    shifted = scores - highest
    total = np.exp(shifted).sum(axis=1, keepdims=True, dtype=np.float64)
    return np.asarray(shifted - np.log(total).astype(np.float32), np.float32)


def chosen_logprobs(scores: Scores, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
    """The logarithm of the probability of one token a row: `tokens` and the result are (sequences,).

    >>> np.exp(chosen_logprobs(np.log(np.float32([[1, 3]])), np.array([1]))).round(4).tolist()
    [0.75]
    """
    chosen = np.take_along_axis(scores, tokens[:, None], axis=1)
    return np.asarray((chosen - log_normalizers(scores))[:, 0], np.float32)


def require_scores(logits: Scores, sequences: int, vocabulary: int) -> None:
    """Raises ModelError unless `logits` is (sequences, vocabulary) and free of NaN and +infinity."""
    if logits.shape != (sequences, vocabulary):
        raise ModelError(
            "The model's scores have another form than its tokens.",
            expected=f"scores of shape {(sequences, vocabulary)}",
            received=f"scores of shape {logits.shape}",
        )
    # The highest of a row with a NaN is NaN: one pass, nothing of the vocabulary's size is made.
    if not (logits.max(axis=1) < np.inf).all():
        wrong = int(np.isnan(logits).sum() + np.isposinf(logits).sum())
        raise ModelError(
            "The model's scores of the next token are no numbers.",
            expected="scores that are numbers, or -infinity",
            received=f"{wrong} of {logits.size} are NaN or infinite",
            hint="Try another dtype of the model: float16 may be too small for its values.",
        )


def require_choice(scores: Scores) -> None:
    """Raises ModelError where a row forbids every token (all are -infinity)."""
    if not (scores.max(axis=1) > -np.inf).all():
        raise ModelError(
            "No token is allowed to come next.",
            expected="at least one token that the settings leave",
            received="a score of -infinity for all of them",
            hint="Forbid less: see bad_words_ids, suppress_tokens, no_repeat_ngram_size and the constraint.",
        )

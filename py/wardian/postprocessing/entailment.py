"""From "does this text imply that sentence?" to scores of labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.postprocessing.classification import softmax

__all__ = ["entailment_id", "entailment_scores", "similarity_scores"]

_SCALE = np.float32(20)
"""What cosines are multiplied by before softmax: the scale that sentence-transformers'
MultipleNegativesRankingLoss trains embeddings with."""


def entailment_id(labels: Sequence[str]) -> int:
    """The class that means "it follows"; the last one where no label begins with "entail".

    >>> entailment_id(["contradiction", "neutral", "ENTAILMENT"]), entailment_id(["LABEL_0", "LABEL_1"])
    (2, 1)
    """
    found = [number for number, label in enumerate(labels) if label.lower().startswith("entail")]
    return found[0] if found else len(labels) - 1


def entailment_scores(logits: NDArray[Any], entailment: int, multi_label: bool) -> NDArray[np.float32]:
    """The score of each candidate label, from the logits of its hypothesis.

    `logits` is float (labels, classes); the result is float32 (labels,). Scores sum to 1, unless
    `multi_label`, or a single label: then each is the probability of entailment against contradiction, the
    first class (the last, where entailment is the first).
    Source: Yin et al., arXiv:1909.00161; `ZeroShotClassificationPipeline` of transformers.

    >>> entailment_scores(np.float32([[0, 0], [0, np.log(3)]]), 1, multi_label=False).round(3).tolist()
    [0.25, 0.75]
    """
    if multi_label or len(logits) == 1:
        contradiction = -1 if entailment == 0 else 0
        return softmax(logits[:, [contradiction, entailment]])[:, 1]
    return softmax(logits[:, entailment])


def similarity_scores(cosines: NDArray[Any], multi_label: bool) -> NDArray[np.float32]:
    """The score of each candidate label, from the likeness of text and label.

    `cosines` is float (labels,) in [-1, 1]; the result is float32 (labels,): softmax of 20 times the cosine;
    with `multi_label` the cosine itself, 0 where it is negative.

    >>> similarity_scores(np.float32([0.9, 0.9, -0.5]), multi_label=False).round(3).tolist()
    [0.5, 0.5, 0.0]
    >>> similarity_scores(np.float32([0.5, -0.5]), multi_label=True).tolist()
    [0.5, 0.0]
    """
    values = np.asarray(cosines, np.float32)
    return np.maximum(values, np.float32(0)) if multi_label else softmax(values * _SCALE)

"""Cosines of texts and labels as scores that mean the same for every model of embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError
from wardian.postprocessing.classification import softmax
from wardian.postprocessing.pooling import normalize

__all__ = ["FITS", "deviation_scores", "deviations", "prototype"]

#: Deviations from which on a label fits a text.
FITS = 0.5

_SHARPNESS = np.float32(2)
"""What deviations are multiplied by before softmax: of 1, 1.25, 1.5, 2, 2.5 and 3 the one whose scores came
closest to the share of right answers (expected calibration error 0.06 on a quarter of each corpus of
`build.py eval sort`, which its figures leave out)."""

_EXAMPLES = 3
"""So many examples have the same weight in a prototype as what was said of the label; fewer have less. Chosen
on the same quarter among 0.5, 1, 2 and 3."""


def prototype(described: NDArray[Any], examples: NDArray[Any] | None = None) -> NDArray[np.float32]:
    """The embedding that stands for a label: what was said of it, and the mean of its examples.

    float (features,) and float (examples, features), all of length 1, to float32 (features,) of length 1.

    >>> prototype(np.float32([1, 0]), np.float32([[0, 1]] * 3)).round(3)
    array([0.707, 0.707], dtype=float32)
    """
    if examples is None or len(examples) == 0:
        return np.asarray(described, np.float32)
    mean = normalize(np.asarray(examples, np.float32).mean(axis=0, keepdims=True))[0]
    share = np.float32(len(examples) / (len(examples) + _EXAMPLES))
    mixed: NDArray[np.float32] = normalize(((1 - share) * described + share * mean)[None])[0]
    return mixed


def deviations(cosines: NDArray[Any], unrelated: NDArray[Any]) -> NDArray[np.float32]:
    """How far a cosine is from those of unrelated texts, in their standard deviations.

    `cosines` is float (texts, labels), `unrelated` float (other texts, labels), the result float32
    (texts, labels). Models differ in the range of their cosines; after this they do not.

    >>> deviations(np.float32([[0.3, 0.1]]), np.float32([[0.0, 0.2], [0.2, 0.0]])).round(3).tolist()
    [[2.0, 0.0]]

    Raises ModelError for a model to which all texts are alike.
    """
    mean, spread = float(np.mean(unrelated)), float(np.std(unrelated))
    if not np.isfinite(mean) or not spread > 1e-6:
        raise ModelError(
            "The model does not tell texts apart.",
            expected="embeddings that differ from text to text",
            received=f"cosines of {mean:.3f}, with a standard deviation of {spread:.1e}",
        )
    return np.asarray((cosines - mean) / spread, np.float32)


def deviation_scores(found: NDArray[np.float32], multi_label: bool) -> NDArray[np.float32]:
    """Scores of labels from deviations: float32 (texts, labels) to the same, from 0 to 1.

    They sum to 1 for each text, unless `multi_label`: then 0.5 is where a label begins to fit.

    >>> deviation_scores(np.float32([[1, 1, -9]]), multi_label=False).round(3).tolist()
    [[0.5, 0.5, 0.0]]
    >>> deviation_scores(np.float32([[FITS, 9]]), multi_label=True).round(3).tolist()
    [[0.5, 1.0]]
    """
    if multi_label:
        return np.asarray(1 / (1 + np.exp(-_SHARPNESS * (found - np.float32(FITS)))), np.float32)
    return softmax(_SHARPNESS * found)

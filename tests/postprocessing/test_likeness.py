"""Deviations of cosines, and what a label's examples weigh."""

from __future__ import annotations

import numpy as np
import pytest

from wardian.errors import ModelError
from wardian.postprocessing.likeness import FITS, deviation_scores, deviations, prototype

PLAIN = np.float32([[0.1, 0.3], [0.2, 0.2], [0.3, 0.1]])


def test_the_range_of_a_models_cosines_does_not_matter() -> None:
    """One model's cosines lie around 0.2, another's between 0.7 and 0.9: both say the same."""
    cosines = np.float32([[0.5, 0.1], [0.2, 0.2], [-0.3, 0.9]])
    narrow = deviations(cosines * 0.1 + 0.8, PLAIN * 0.1 + 0.8)
    assert narrow.shape == (3, 2) and narrow.dtype == np.float32
    assert np.allclose(narrow, deviations(cosines, PLAIN), atol=1e-4)
    by_hand = (0.5 - 0.2) / np.sqrt(2 * (0.1**2 + 0.1**2) / 6)
    assert deviations(cosines, PLAIN)[0, 0] == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("plain", [np.full((3, 2), 0.4), np.full((3, 2), np.nan)])
def test_a_model_that_tells_nothing_apart_is_refused(plain: np.ndarray) -> None:
    with pytest.raises(ModelError, match="does not tell texts apart"):
        deviations(np.zeros((1, 2)), plain)


def test_scores() -> None:
    found = np.float32([[3, 1, -2], [0, 0, 0]])
    single = deviation_scores(found, multi_label=False)
    assert np.allclose(single.sum(axis=1), 1)
    assert single[0, 0] / single[0, 1] == pytest.approx(np.exp(2 * (3 - 1)), rel=1e-4)
    several = deviation_scores(found, multi_label=True)
    assert ((several >= 0.5) == (found >= FITS)).all() and several.dtype == np.float32


def test_examples_weigh_more_the_more_there_are() -> None:
    label, other = np.float32([1, 0, 0]), np.float32([0, 1, 0])
    assert np.array_equal(prototype(label), label)
    assert np.array_equal(prototype(label, np.zeros((0, 3), np.float32)), label)
    likeness = [float(prototype(label, np.stack([other] * count)) @ other) for count in (1, 3, 9)]
    assert likeness == pytest.approx([1 / np.sqrt(10), 1 / np.sqrt(2), 3 / np.sqrt(10)], abs=1e-6)
    assert np.linalg.norm(prototype(label, np.stack([other, -label]))) == pytest.approx(1, abs=1e-6)

"""The preference vector: hand-worked, the same online as at once, exact in what each judgement added."""

from __future__ import annotations

import numpy as np
import pytest

from wardian.errors import TensorError
from wardian.postprocessing.preference import (
    HALF_LIFE,
    LESS,
    centred,
    contributions,
    diversify,
    judgement_weights,
    preference,
)

RANDOM = np.random.default_rng(5)
ITEMS = centred(RANDOM.normal(size=(40, 7)).astype(np.float32))


def test_a_hand_worked_preference() -> None:
    """Mean (1, 1); centred (2, 0), (-2, 0), (0, 1), (0, -1); the like is old by one half-life."""
    items = centred(np.float32([[3, 1], [-1, 1], [1, 2], [1, 0]]))
    assert items.tolist() == [[1, 0], [-1, 0], [0, 1], [0, -1]]
    weights = judgement_weights([True, False], half_life=1, less=1)
    assert weights.tolist() == [0.5, -1]
    learned = preference(items[[0, 2]], weights)
    np.testing.assert_allclose(learned, [1 / 3, -2 / 3], atol=1e-7)
    np.testing.assert_allclose(items @ learned, [1 / 3, -1 / 3, -2 / 3, 2 / 3], atol=1e-7)


def test_judged_one_by_one_it_is_the_same_as_at_once() -> None:
    """p ← 2^(−1/half-life) · p + s · x, as the module says, in float64."""
    liked = [bool(each) for each in RANDOM.integers(0, 2, 25)]
    judged = RANDOM.integers(0, len(ITEMS), 25)
    online, total = np.zeros(7), 0.0
    for item, like in zip(judged, liked, strict=True):
        sign = 1.0 if like else -LESS
        online = online * 0.5 ** (1 / HALF_LIFE) + sign * ITEMS[item]
        total = total * 0.5 ** (1 / HALF_LIFE) + abs(sign)
    weights = judgement_weights(liked)
    np.testing.assert_allclose(preference(ITEMS[judged], weights), online / total, atol=1e-6)


def test_contributions_sum_to_the_score() -> None:
    weights = judgement_weights([True, False, True, True])
    judged = ITEMS[:4]
    parts = contributions(ITEMS, judged, weights)
    assert parts.shape == (40, 4)
    np.testing.assert_allclose(parts.sum(axis=1), ITEMS @ preference(judged, weights), atol=1e-6)
    assert np.abs(parts.sum(axis=1)).max() <= 1


def test_without_judgements_nothing_is_preferred() -> None:
    none = judgement_weights([])
    assert none.shape == (0,)
    assert preference(ITEMS[:0], none).tolist() == [0.0] * 7


def test_diversify_does_what_its_formula_says() -> None:
    """Against the formula, item by item, in plain Python."""
    scores = RANDOM.normal(size=40).astype(np.float32)
    gains = (scores - scores.min()) / np.ptp(scores)
    chosen: list[int] = []
    for _ in range(8):
        values = {
            i: 0.7 * gains[i] - 0.3 * max((float(ITEMS[i] @ ITEMS[j]) for j in chosen), default=-1.0)
            for i in range(40)
            if i not in chosen
        }
        chosen.append(max(values, key=lambda i: values[i]))
    assert diversify(scores, ITEMS, 8) == chosen
    assert diversify(scores, ITEMS, 40, trade=1) == np.argsort(-scores, kind="stable").tolist()
    assert sorted(diversify(scores, ITEMS, 99)) == list(range(40))
    assert diversify(scores[:0], ITEMS[:0], 3) == []


@pytest.mark.parametrize("broken", [np.zeros(3), np.float32([[1, np.nan], [0, 1]]), np.zeros((2, 2, 2))])
def test_what_are_no_embeddings_is_refused(broken: np.ndarray) -> None:
    with pytest.raises(TensorError, match="no embeddings"):
        centred(broken)


def test_whole_numbers_and_single_items_are_fine() -> None:
    assert centred(np.int8([[127, 0], [-127, 0]])).tolist() == [[1, 0], [-1, 0]]
    assert centred(np.float32([[3, 4]])).round(6).tolist() == pytest.approx(np.float32([[0.6, 0.8]]))
    assert not centred(np.ones((3, 2))).any()

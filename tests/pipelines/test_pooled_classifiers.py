"""Classifiers together: the numbers of the logarithmic opinion pool, and what the answers look like."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from support import MemoryFolder, run
from wardian.errors import InputError, ModelError
from wardian.pipelines.attribution import occlusion_scores
from wardian.pipelines.pooled_classifiers import PooledClassifiers
from wardian.postprocessing.classification import LabelScore, pooled


class Known:
    """A classifier whose answers are known."""

    def __init__(
        self, positive: dict[str, float], labels: tuple[str, ...] = ("negative", "positive")
    ) -> None:
        self.labels = list(labels)
        self.folder = MemoryFolder({})
        self.positive = positive

    async def __call__(self, texts: list[str], *, progress: Any, top_k: None, truncation: bool) -> Any:
        assert truncation is True
        for number in range(len(texts)):
            progress("classify", number + 1, len(texts))
        scores = [self.positive[text] for text in texts]
        return [_answer(dict(zip(("negative", "positive"), (1 - p, p), strict=True))) for p in scores]


def _answer(scores: dict[str, float]) -> list[LabelScore]:
    return [
        {"label": label, "score": scores[label]} for label in sorted(scores, key=lambda one: -scores[one])
    ]


def logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


LARGE = Known({"a b": 0.9, " b": 0.6, "a ": 0.2})
SMALL = Known({"a b": 0.3, " b": 0.5, "a ": 0.99}, ("positive", "negative"))


def both() -> PooledClassifiers:
    members: Any = [(LARGE, 0.8), (SMALL, 0.2)]
    return PooledClassifiers(members)


@pytest.mark.parametrize("text", list(LARGE.positive))
def test_logits_are_added_by_their_weights(text: str) -> None:
    answer = run(both()(text, truncation=True))
    wanted = 0.8 * logit(LARGE.positive[text]) + 0.2 * logit(SMALL.positive[text])
    scores = {one["label"]: one["score"] for one in answer}
    assert logit(scores["positive"]) == pytest.approx(wanted, abs=1e-5)
    assert sum(scores.values()) == pytest.approx(1, abs=1e-6)
    assert [one["label"] for one in answer] == sorted(scores, key=lambda one: -scores[one])


def test_several_texts_and_one_progress() -> None:
    told: list[tuple[str, int, int]] = []
    texts = list(LARGE.positive)
    answers = run(both()(texts, truncation=True, top_k=1, progress=lambda *told_: told.append(told_)))
    assert [len(answer) for answer in answers] == [1, 1, 1]
    assert answers == [run(both()(text, truncation=True))[:1] for text in texts]
    assert told == [("classify", done, 6) for done in range(1, 7)]


def test_words_are_left_out_of_both() -> None:
    def positive(answer: Any) -> float:
        return next(float(one["score"]) for one in answer if one["label"] == "positive")

    first, second = run(occlusion_scores(both(), "a b", positive))
    wanted = [0.8 * (logit(0.9) - logit(large)) + 0.2 * (logit(0.3) - logit(small))
              for large, small in ((0.6, 0.5), (0.2, 0.99))]  # fmt: skip
    assert [first.score, second.score] == pytest.approx(wanted, abs=1e-4)


def test_other_labels_are_refused() -> None:
    members: Any = [(LARGE, 0.5), (Known({}, ("good", "bad")), 0.5)]
    with pytest.raises(ModelError, match=r"different labels.*negative, positive.*good, bad"):
        PooledClassifiers(members)


@pytest.mark.parametrize("weights", [[], [1.0, 0.0], [math.inf, 1.0], [math.nan, 1.0]])
def test_weights_that_are_none_are_refused(weights: list[float]) -> None:
    members: Any = list(zip((LARGE, SMALL), weights, strict=False))
    with pytest.raises(InputError, match="cannot answer together"):
        PooledClassifiers(members)


def test_three_models_of_three_labels_by_hand() -> None:
    """Products of powers, divided by their sum; nobody's 0 decides alone."""
    given = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [1.0, 0.0, 0.0]])
    found = pooled(given[:2], [2.0, 1.0])
    wanted = np.array([0.25 * 0.1, 0.0625 * 0.8, 0.0625 * 0.1])
    np.testing.assert_allclose(found, wanted / wanted.sum(), atol=1e-6)
    assert found.dtype == np.float32
    sure = pooled(given, [1.0, 1.0, 0.1])
    weighed = np.array([0.05, 0.2 * 1e-7**0.1, 0.025 * 1e-7**0.1])
    np.testing.assert_allclose(sure, weighed / weighed.sum(), atol=1e-6)
    batch = pooled(np.stack([given, given[::-1]], axis=1), [1.0, 1.0, 1.0])
    np.testing.assert_allclose(batch[0], batch[1], atol=1e-6)

"""Postprocessing against hand-worked values; all axes differ."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from wardian.errors import InputError, ModelError, TensorError
from wardian.postprocessing.classification import sigmoid, softmax, top_k
from wardian.postprocessing.pooling import mean_pooling, normalize
from wardian.postprocessing.similarity import cosine_similarity, rank


def test_softmax_by_hand() -> None:
    """exp(0), exp(ln 2), exp(ln 5) are 1, 2, 5: eighths."""
    logits = np.log(np.array([[1, 2, 5], [5, 1, 2]], np.float64)) + 700
    expected = [[1 / 8, 2 / 8, 5 / 8], [5 / 8, 1 / 8, 2 / 8]]
    np.testing.assert_allclose(softmax(logits), expected, rtol=1e-4)  # float32 near 700 has steps of 6e-5
    np.testing.assert_allclose(softmax(logits.T, axis=0), np.transpose(expected), rtol=1e-4)
    assert softmax(logits).dtype == np.float32


def test_sigmoid_by_hand() -> None:
    np.testing.assert_allclose(sigmoid(np.array([math.log(3), -math.log(3)])), [0.75, 0.25], rtol=1e-6)


def test_top_k() -> None:
    scores = np.float32([0.1, 0.4, 0.1, 0.4])
    assert [item["label"] for item in top_k(scores, "abcd")] == ["b", "d", "a", "c"]
    assert top_k(scores, "abcd", 1) == [{"label": "b", "score": float(np.float32(0.4))}]
    assert len(top_k(scores, "abcd", 99)) == 4


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_top_k_refuses_what_is_no_number(bad: float) -> None:
    with pytest.raises(ModelError, match="1 of 2"):
        top_k(np.float32([1, bad]), "ab")


@pytest.mark.parametrize("k", [0, -1, 1.5, True, "2"])
def test_top_k_refuses_a_wrong_k(k: Any) -> None:
    with pytest.raises(InputError):
        top_k(np.float32([1, 2]), "ab", k)


def test_top_k_refuses_other_numbers_of_labels() -> None:
    with pytest.raises(ModelError, match=r"\(3,\)"):
        top_k(np.float32([1, 2]), "abc")


def test_mean_pooling_by_hand() -> None:
    hidden = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4)
    mask = np.array([[1, 1, 0], [0, 0, 0]])
    assert mean_pooling(hidden, mask).tolist() == [[2, 3, 4, 5], [0, 0, 0, 0]]
    assert mean_pooling(hidden.astype(np.float16), mask).dtype == np.float32


def test_normalize_by_hand() -> None:
    np.testing.assert_allclose(
        normalize(np.float32([[3, 4, 0], [0, 0, 0]])), [[0.6, 0.8, 0], [0, 0, 0]], rtol=1e-6
    )


def test_cosine_similarity_by_hand() -> None:
    queries = np.float32([[1, 0, 0], [1, 1, 0]])
    documents = np.float32([[5, 0, 0], [0, 2, 0], [0, 0, 0], [-1, -1, 0]])
    expected = [[1, 0, 0, -(0.5**0.5)], [0.5**0.5, 0.5**0.5, 0, -1]]
    np.testing.assert_allclose(cosine_similarity(queries, documents), expected, atol=1e-6)
    with pytest.raises(TensorError, match=r"\(2, 3\) and \(4, 2\)"):
        cosine_similarity(queries, documents[:, :2])


def test_rank() -> None:
    assert rank(np.float32([0.5, 0.9, 0.5, 0.1])) == [1, 0, 2, 3]
    assert rank(np.float32([0.5, 0.9]), 1) == [1]

"""Log-probabilities of a text that is there, with a model of tables whose scores are known."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from golden import generation_cases as cases
from wardian.errors import InputError, ModelError
from wardian.generation import perplexity, token_logprobs


class Tables:
    """The scores of `generation_cases.Tables` after each token of a text."""

    vocabulary = cases.VOCABULARY

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []
        self._tables = cases.Tables()

    async def next_scores(self, ids: np.ndarray, start: int, end: int) -> np.ndarray:
        self.asked.append((start, end))
        return np.concatenate([self._tables(ids[None, : place + 1]) for place in range(start, end)])


def test_each_token_after_all_before_it() -> None:
    reader, tables = Tables(), cases.Tables()
    ids = cases.ids(7, 1, 150, cases.VOCABULARY)[0]
    found = asyncio.run(token_logprobs(reader, ids.tolist()))
    expected = []
    for place in range(1, len(ids)):
        scores = tables(ids[None, :place])[0].astype(np.float64)
        expected.append(scores[ids[place]] - np.log(np.exp(scores).sum()))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert reader.asked == [(0, 64), (64, 128), (128, 149)]
    assert perplexity(found) == pytest.approx(np.exp(-np.mean(expected)), rel=1e-6)


@pytest.mark.parametrize("ids", [[], [3]])
def test_one_token_has_nothing_before_it(ids: list[int]) -> None:
    with pytest.raises(InputError, match="at least two tokens"):
        asyncio.run(token_logprobs(Tables(), ids))


def test_scores_that_are_none_are_refused() -> None:
    class Broken(Tables):
        async def next_scores(self, ids: np.ndarray, start: int, end: int) -> np.ndarray:
            return np.full((end - start, self.vocabulary), np.nan, np.float32)

    with pytest.raises(ModelError, match="NaN"):
        asyncio.run(token_logprobs(Broken(), [1, 2]))

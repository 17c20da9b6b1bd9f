"""What was embedded once is not embedded again, and what is kept is bounded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support import run
from wardian.pipelines.embedding_cache import EmbeddingCache


def test_new_texts_alone_are_embedded_and_the_oldest_go() -> None:
    asked: list[str] = []

    async def embed(texts: list[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return np.float32([[len(text), 1] for text in texts])

    cache = EmbeddingCache(5)
    texts = [f"{'p' * n}" for n in range(1, 41)]
    assert run(cache.embed([*texts, "p"], embed)).tolist() == [[n, 1] for n in (*range(1, 41), 1)]
    assert asked == texts and len(cache) == 5
    asked.clear()
    run(cache.embed(["p", texts[-1]], embed))
    assert asked == ["p"]


def test_arrays_of_any_shape_can_be_kept() -> None:
    async def embed(texts: list[str]) -> list[NDArray[np.float32]]:
        return [np.zeros((len(text), 3), np.float32) for text in texts]

    rows = run(EmbeddingCache().rows(["a", "bbb", "a"], embed))
    assert [row.shape for row in rows] == [(1, 3), (3, 3), (1, 3)]

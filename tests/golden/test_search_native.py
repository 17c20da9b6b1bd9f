"""Search, from text to embedding, against Hugging Face transformers (search.json, made by make_search.py)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support import run

from wardian import pipeline
from wardian.errors import ModelError
from wardian.hub import find_models_dir

GOLDEN = json.loads(Path(__file__).with_name("search.json").read_text(encoding="utf-8"))
TEXTS = [entry["text"] for entry in GOLDEN["texts"]]

COSINE_DISTANCE = {"fp32": 1e-6, "q8": 2e-3}
"""fp32: rounding only. q8 was made by the same native engine, but int8 kernels differ between processors."""


def embeddings(dtype: str) -> NDArray[np.float32]:
    rows = [np.frombuffer(base64.b64decode(entry[dtype]), "<f4") for entry in GOLDEN["texts"]]
    return np.stack(rows).astype(np.float32)


async def open_search(dtype: str) -> Any:
    try:
        models = find_models_dir()
    except ModelError:
        pytest.skip("the models are not built: python build.py site")
    return await pipeline(
        "feature-extraction", "all-MiniLM-L6-v2", dtype=dtype, device="cpu", models_dir=models
    )


def test_the_golden_is_what_it_says() -> None:
    for dtype in COSINE_DISTANCE:
        assert embeddings(dtype).shape == (41, 384)
        np.testing.assert_allclose(np.linalg.norm(embeddings(dtype), axis=1), 1, atol=1e-6)
    cosines = np.sum(embeddings("fp32") * embeddings("q8"), axis=1)
    assert round(float(cosines.min()), 4) == round(GOLDEN["cosine_q8_fp32"]["least"], 4)


async def embed(dtype: str) -> NDArray[np.float32]:
    async with await open_search(dtype) as pipe:
        return np.asarray(await pipe(TEXTS, pooling="mean", normalize=True))


@pytest.mark.parametrize("dtype", ["fp32", "q8"])
def test_embeddings_equal_transformers(dtype: str) -> None:
    found = run(embed(dtype))
    assert found.shape == (41, 384) and found.dtype == np.float32
    distance = 1 - np.sum(found.astype(np.float64) * embeddings(dtype), axis=1)
    worst = int(distance.argmax())
    assert distance[worst] < COSINE_DISTANCE[dtype], (
        f"{TEXTS[worst]!r}: cosine distance {distance[worst]:.2e}"
    )


async def encode() -> list[list[int]]:
    async with await open_search("q8") as pipe:
        pipe.tokenizer.enable_truncation(GOLDEN["max_length"])
        return [list(encoding.ids) for encoding in pipe.tokenizer.encode_batch(TEXTS)]


def test_token_ids_equal_transformers() -> None:
    for entry, ids in zip(GOLDEN["texts"], run(encode()), strict=True):
        assert ids == entry["ids"], entry["text"]

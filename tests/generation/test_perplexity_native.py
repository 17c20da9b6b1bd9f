"""SmolLM2's perplexity on real text is that of `transformers` in float32, in both forms of its weights.

`WARDIAN_PERPLEXITY=1` reads all 40 windows (20,440 tokens that have one before them), and not one.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os

import numpy as np
import pytest

from golden.perplexity_texts import GOLDEN, LENGTH, digest, windows
from wardian import pipeline
from wardian.generation import perplexity, token_logprobs
from wardian_build import model_card, models, paths

REFERENCE = json.loads(GOLDEN.read_text("utf-8"))
COUNT = 40 if os.environ.get("WARDIAN_PERPLEXITY") == "1" else 1
#: The most that perplexity may differ, of itself; and a token's log-probability.
RELATIVE, EACH = 1e-3, 1e-3


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    for card in model_card.find_cards():
        if card.id in ("SmolLM2-135M-Instruct", "vital-articles"):
            models.build_model(card)


@pytest.mark.parametrize("dtype", ["q4_fold", "q4"])
def test_perplexity_is_that_of_float32(dtype: str) -> None:
    async def read() -> list[np.ndarray]:
        async with await pipeline(
            "text-generation", "SmolLM2-135M-Instruct", dtype=dtype, models_dir=paths.MODELS
        ) as pipe:
            encode = lambda text: pipe.tokenizer.encode(text, add_special_tokens=False).ids.tolist()  # noqa: E731
            texts = windows(paths.MODELS / "vital-articles" / "items.json", encode)
            assert digest(texts) == REFERENCE["tokens"]
            return [await token_logprobs(pipe.decoder, ids) for ids in texts[:COUNT]]

    found = asyncio.run(read())
    expected = np.frombuffer(base64.b64decode(REFERENCE["logprobs"]), "<f4").reshape(-1, LENGTH - 1)
    worst = max(float(np.abs(row - known).max()) for row, known in zip(found, expected, strict=False))
    ours, theirs = perplexity(np.concatenate(found)), float(np.exp(-np.mean(REFERENCE["means"][:COUNT])))
    print(
        f"{dtype}: perplexity {ours:.5f}, transformers {theirs:.5f}; a token differs by {worst:.1e} at most"
    )
    assert worst < EACH
    assert abs(ours - theirs) < RELATIVE * theirs

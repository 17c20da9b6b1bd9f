"""Parts of a text as they read in their surroundings: held to the tokens' own vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from support import run
from wardian import pipeline
from wardian.errors import ModelError, UnknownNameError
from wardian.hub import find_models_dir

TEXTS = ["The night train leaves at ten. 🚂 It is late.", "Bread."]
SPANS = [[(0, 30), (33, 44), (0, 44), (31, 32)], [(0, 6)]]


@pytest.mark.parametrize(
    ("model", "dtype", "prompt"),
    [("all-MiniLM-L6-v2", "fp32", None), ("multilingual-e5-small", "q4", "passage")],
)
def test_parts_are_means_of_their_tokens(model: str, dtype: str, prompt: str | None) -> None:
    run(compare(model, dtype, prompt))


async def compare(model: str, dtype: str, prompt: str | None) -> None:
    try:
        pipe = await pipeline(
            "feature-extraction", model, dtype=dtype, device="cpu", models_dir=find_models_dir()
        )
    except (ModelError, UnknownNameError):
        pytest.skip(f"{model} is not built: python build.py site")
    async with pipe:
        found = await pipe.embed_spans(TEXTS, SPANS, prompt_name=prompt)
        before = pipe.prompts.get(prompt or "", "")
        for text, spans, rows in zip(TEXTS, SPANS, found, strict=True):
            assert rows.shape == (1 + len(spans), 384) and rows.dtype == np.float32
            whole = await pipe(text, pooling=pipe.pooling, normalize=True, prompt_name=prompt)
            np.testing.assert_allclose(rows[0], whole[0], atol=1e-5)
            hidden = (await pipe(text, prompt_name=prompt))[0]
            encoding = pipe.tokenizer.encode(before + text)
            for row, span in zip(rows[1:], spans, strict=True):
                np.testing.assert_allclose(row, mean_of(hidden, encoding, before, span), atol=1e-5)


def mean_of(hidden: Any, encoding: Any, before: str, span: tuple[int, int]) -> Any:
    """The mean of the tokens of a part, one after the other, scaled to length 1."""
    members = [
        hidden[number]
        for number, (start, end) in enumerate(encoding.offsets)
        if end > start and span[0] < (start + end) / 2 - len(before) < span[1]
    ]
    total = np.sum(members, axis=0) / len(members)
    return total / np.linalg.norm(total)

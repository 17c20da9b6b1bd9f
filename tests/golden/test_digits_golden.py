"""Digits, from a PNG to probabilities, against digits.json (made by make_digits.py)."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wardian import pipeline
from wardian.preprocessing import MnistImageProcessor, read_image

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "digits.json").read_text(encoding="utf-8"))
STATIC_MODELS = HERE.parents[1] / "static" / "models"

each_drawing = pytest.mark.parametrize("drawing", GOLDEN["drawings"], ids=lambda drawing: drawing["name"])


@each_drawing
def test_preprocessing_is_bit_identical(drawing: dict[str, Any]) -> None:
    file = base64.b64decode(drawing["png"])
    prepared = MnistImageProcessor().prepare(read_image(file))
    expected = np.frombuffer(base64.b64decode(drawing["uint8"]), np.uint8).reshape(28, 28)
    np.testing.assert_array_equal(prepared, expected)
    tensor = MnistImageProcessor()(file)
    assert tensor.dtype == np.float32 and tensor.shape == (1, 1, 28, 28)
    assert hashlib.sha256(prepared.tobytes()).hexdigest() == drawing["uint8_sha256"]
    assert hashlib.sha256(tensor.astype("<f4").tobytes()).hexdigest() == drawing["float32_sha256"]


@each_drawing
@pytest.mark.asyncio
async def test_pipeline_gives_the_golden_scores(drawing: dict[str, Any]) -> None:
    file = base64.b64decode(drawing["png"])
    async with await pipeline(
        "image-classification", "mnist-cnn", device="cpu", models_dir=STATIC_MODELS
    ) as pipe:
        logits = {a["label"]: a["score"] for a in await pipe(file, top_k=None, function_to_apply="none")}
        best = (await pipe(file, top_k=1))[0]
    found = [logits[str(digit)] for digit in range(10)]
    np.testing.assert_allclose(found, drawing["logits"], rtol=0, atol=GOLDEN["logits_tolerance"])
    assert best["label"] == str(drawing["digit"])
    # The derivative of softmax by a logit is at most 1/4, ten logits move: 2.5 × the logits' tolerance.
    assert best["score"] == pytest.approx(max(drawing["probabilities"]), abs=2.5 * GOLDEN["logits_tolerance"])

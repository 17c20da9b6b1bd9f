"""Digits, from a PNG to probabilities, against digits.json (made by make_digits.py)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.golden.drawing import draw
from tests.support import run

from wardian import pipeline

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "digits.json").read_text(encoding="utf-8"))
STROKES = json.loads((HERE / "strokes.json").read_text(encoding="utf-8"))["digits"]
STATIC_MODELS = HERE.parents[1] / "static" / "models"


async def classify(image: Any, **options: Any) -> list[dict[str, Any]]:
    opened = await pipeline("image-classification", "mnist-cnn", device="cpu", models_dir=STATIC_MODELS)
    async with opened as pipe:
        return list(await pipe(image, **options))


@pytest.mark.parametrize("drawing", GOLDEN["drawings"], ids=lambda drawing: drawing["name"])
def test_pipeline_gives_the_golden_scores(drawing: dict[str, Any]) -> None:
    file = base64.b64decode(drawing["file"])
    logits = {a["label"]: a["score"] for a in run(classify(file, top_k=None, function_to_apply="none"))}
    found = [logits[str(digit)] for digit in range(10)]
    np.testing.assert_allclose(found, drawing["logits"], rtol=0, atol=GOLDEN["logits_tolerance"])
    best = run(classify(file, top_k=1))[0]
    assert best["label"] == str(drawing["digit"])
    # The derivative of softmax by a logit is at most 1/4, ten logits move: 2.5 × the logits' tolerance.
    assert best["score"] == pytest.approx(max(drawing["probabilities"]), abs=2.5 * GOLDEN["logits_tolerance"])


@pytest.mark.parametrize(("side", "pen"), [(280, 18), (280, 26), (560, 18), (560, 26), (400, 50), (400, 6)])
def test_all_ten_digits_drawn_by_hand_are_read(side: int, pen: float) -> None:
    images = [draw(STROKES[str(digit)], side, pen) for digit in range(10)]
    answers = run(classify(images, top_k=1))
    assert [answer[0]["label"] for answer in answers] == list("0123456789")  # type: ignore[index]

"""The general image processor against transformers' Pillow processors, bit for bit (images.json)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.golden.picture import picture

from wardian.errors import InputError, ModelError
from wardian.preprocessing import StandardImageProcessor, load_image_processor

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "images.json").read_text())


def name_of(case: dict[str, Any]) -> str:
    return f"{case['config']['image_processor_type']} {case['height']}x{case['width']}"


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=name_of)
def test_equals_transformers_bit_for_bit(case: dict[str, Any]) -> None:
    pixels = load_image_processor(case["config"])(picture(case["height"], case["width"]))
    assert list(pixels.shape) == case["shape"] and pixels.dtype == np.float32
    np.testing.assert_allclose(pixels.reshape(-1)[:3], case["first"], rtol=1e-6)
    assert pixels.mean(dtype=np.float64) == pytest.approx(case["mean"], rel=1e-6)
    assert hashlib.sha256(pixels.astype("<f4").tobytes()).hexdigest() == case["sha256"]


def test_grey_and_transparent_pictures_become_rgb() -> None:
    processor = StandardImageProcessor({"image_processor_type": "ViTImageProcessor", "size": 8})
    for channels in (1, 3, 4):
        assert processor(np.zeros((5, 6, channels), np.uint8)).shape == (1, 3, 8, 8)


@pytest.mark.parametrize(
    "config",
    [
        {"image_processor_type": "ViTImageProcessor", "size": {"height": 0, "width": 4}},
        {"image_processor_type": "ViTImageProcessor", "size": "large"},
        {"image_processor_type": "ViTImageProcessor", "size": {"height": 99_999, "width": 4}},
        {"image_processor_type": "ViTImageProcessor", "image_mean": [0.5, 0.5]},
        {"image_processor_type": "ViTImageProcessor", "image_std": [0.5, 0, 0.5]},
        {"image_processor_type": "ViTImageProcessor", "image_std": "half"},
        {"image_processor_type": "ViTImageProcessor", "resample": 9},
        {"image_processor_type": "ViTImageProcessor", "rescale_factor": "much"},
        {"image_processor_type": "CLIPImageProcessor", "crop_size": {"shortest_edge": 3}},
        {"image_processor_type": "SomethingElseImageProcessor"},
        {},
    ],
)
def test_settings_that_cannot_be_used(config: dict[str, Any]) -> None:
    with pytest.raises(ModelError) as caught:
        load_image_processor(config)
    assert caught.value.expected and caught.value.received


def test_a_needle_is_refused_before_it_is_stretched() -> None:
    processor = load_image_processor({"image_processor_type": "CLIPImageProcessor"})
    with pytest.raises(InputError, match="too narrow"):
        processor(np.zeros((1, 40_000, 3), np.uint8))

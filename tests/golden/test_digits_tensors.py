"""The digit preprocessing against digits.json, tensor by tensor and bit by bit, in CPython and in Pyodide."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wardian.preprocessing import MnistImageProcessor, read_image

GOLDEN = json.loads(Path(__file__).with_name("digits.json").read_text(encoding="utf-8"))

each_drawing = pytest.mark.parametrize("drawing", GOLDEN["drawings"], ids=lambda drawing: drawing["name"])


@each_drawing
def test_uint8_tensor_is_bit_identical(drawing: dict[str, Any]) -> None:
    prepared = MnistImageProcessor().prepare(read_image(base64.b64decode(drawing["file"])))
    expected = np.frombuffer(base64.b64decode(drawing["uint8"]), np.uint8).reshape(28, 28)
    np.testing.assert_array_equal(prepared, expected)
    assert hashlib.sha256(prepared.tobytes()).hexdigest() == drawing["uint8_sha256"]


@each_drawing
def test_float32_tensor_is_bit_identical(drawing: dict[str, Any]) -> None:
    tensor = MnistImageProcessor()(base64.b64decode(drawing["file"]))
    assert tensor.dtype == np.float32 and tensor.shape == (1, 1, 28, 28)
    assert hashlib.sha256(tensor.astype("<f4").tobytes()).hexdigest() == drawing["float32_sha256"]

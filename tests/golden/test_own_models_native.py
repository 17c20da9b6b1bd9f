"""The fixtures of own_models.py are what they say: valid for onnxruntime, and fit or unfit as named."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from tests.golden.own_models import constant_model, nan_model, unfit_models

IMAGE = {"Input3": np.ones((1, 1, 28, 28), np.float32)}


@pytest.mark.parametrize("digit", range(10))
def test_constant_model_gives_its_answer(digit: int) -> None:
    logits = onnxruntime.InferenceSession(constant_model(digit)).run(["Plus214_Output_0"], IMAGE)[0]
    assert logits.shape == (1, 10) and logits.argmax() == digit


def test_nan_model_gives_nan() -> None:
    assert np.isnan(onnxruntime.InferenceSession(nan_model()).run(None, IMAGE)[0]).any()


@pytest.mark.parametrize("name", [name for name in unfit_models() if " " in name and name != "cut off"])
def test_models_of_another_interface_are_valid_onnx(name: str) -> None:
    onnx.checker.check_model(onnx.load_from_string(unfit_models()[name]), full_check=True)

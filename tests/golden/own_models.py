"""Tiny ONNX files that a visitor might drop on the digits task: one that fits and several that do not.

The one that fits has the interface of the ONNX model zoo's mnist-12 and always gives the answer it is told,
so that a test can see that it, and not the task's own model, answered.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def constant_model(
    digit: int = 7,
    *,
    input_name: str = "Input3",
    output_name: str = "Plus214_Output_0",
    dims: Sequence[int] = (1, 1, 28, 28),
    classes: int = 10,
    element_type: int = TensorProto.FLOAT,
    confidence: float = 5.0,
) -> bytes:
    """ONNX bytes: `input_name` (dims) → `output_name` (1, classes), logits: `confidence` at `digit`, else 0.

    >>> import onnxruntime
    >>> session = onnxruntime.InferenceSession(constant_model(3))
    >>> session.run(None, {"Input3": np.zeros((1, 1, 28, 28), np.float32)})[0].argmax()
    np.int64(3)
    """
    dtype = helper.tensor_dtype_to_np_dtype(element_type)
    weight = np.zeros((int(np.prod(dims)), classes), dtype)
    bias = np.zeros(classes, dtype)
    bias[digit] = confidence
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", [input_name], ["flat"]),
            helper.make_node("Gemm", ["flat", "weight", "bias"], [output_name]),
        ],
        "constant",
        [helper.make_tensor_value_info(input_name, element_type, list(dims))],
        [helper.make_tensor_value_info(output_name, element_type, [1, classes])],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString(deterministic=True))


def unfit_models() -> dict[str, bytes]:
    """Files that must be refused, by what is wrong with them."""
    return {
        "input of another name": constant_model(input_name="pixel_values"),
        "output of another name": constant_model(output_name="logits"),
        "input of another shape": constant_model(dims=(1, 3, 32, 32)),
        "input of another dtype": constant_model(element_type=TensorProto.DOUBLE),
        "three classes": constant_model(2, classes=3),
        "cut off": constant_model()[:200],
        "text": b"this is not a model",
        "empty": b"",
    }


def nan_model() -> bytes:
    """Fits, but answers NaN: what an overflowing half-precision export does."""
    return constant_model(confidence=float("nan"))

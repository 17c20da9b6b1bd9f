"""Small ONNX files, right and wrong, for the tests of conversion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def value(name: str, *dims: int | str | None, kind: int = FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, list(dims))


def node(operator: str, inputs: str, outputs: str, name: str = "", **attributes: Any) -> Any:
    return helper.make_node(operator, inputs.split(), outputs.split(), name=name, **attributes)


def model(
    nodes: list[Any],
    inputs: list[Any] | None = None,
    outputs: list[Any] | None = None,
    weights: dict[str, np.ndarray[Any, Any]] | None = None,
    opset: int = 17,
    domains: tuple[str, ...] = (),
) -> Any:
    """By default x, float32 (n, 3), to y, float32 (n, 4)."""
    graph = helper.make_graph(
        nodes,
        "small",
        inputs or [value("x", "n", 3)],
        outputs or [value("y", "n", 4)],
        [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def matrix() -> np.ndarray[Any, Any]:
    """float32 (3, 4)."""
    return np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)


def linear() -> Any:
    """y = relu(x W)."""
    nodes = [node("MatMul", "x w", "product", "times"), node("Relu", "product", "y", "active")]
    return model(nodes, weights={"w": matrix()})


def save(proto: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(proto.SerializeToString())
    return path


def external(folder: Path, location: str = "weights.bin", offset: int = 0, length: int = 48) -> Path:
    """The same model with its matrix in a file beside it."""
    proto = linear()
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, fact in (("location", location), ("offset", str(offset)), ("length", str(length))):
        tensor.external_data.add(key=key, value=fact)
    return save(proto, folder / "model.onnx")

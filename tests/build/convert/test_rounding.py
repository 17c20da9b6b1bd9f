"""Graphs in float64, and whose rounding a difference is: against onnxruntime, and with planted mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from wardian_build.convert.check import compare_runs, run_onnx
from wardian_build.convert.conversion import Reference
from wardian_build.convert.float64 import OPERATORS, run_float64
from wardian_build.convert.rounding import require_or_rounding
from wardian_build.errors import CheckError

Array = NDArray[Any]
CHANNELS, HEIGHT, WIDTH = 4, 9, 7


def graph(nodes: list[Any], constants: dict[str, Array], outputs: list[str]) -> onnx.ModelProto:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, HEIGHT, WIDTH])
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    stored = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    made = helper.make_graph(nodes, "net", [x], values, stored)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def every_operator() -> tuple[onnx.ModelProto, dict[str, Array]]:
    """Each operator with the settings that are known; several branches end in outputs of their own."""
    random = np.random.default_rng(5)
    constants = {
        "full": random.normal(size=(6, CHANNELS, 3, 2)).astype(np.float32),
        "bias": random.normal(size=6).astype(np.float32),
        "each": random.normal(size=(CHANNELS, 1, 3, 3)).astype(np.float32),
        "pads": np.array([0, 0, 1, 2, 0, 0, 0, 1]),
        "scales": np.float32([1, 1, 2, 3]),
        "none": np.float32([]),
        "sizes": np.array([1, CHANNELS, 13, 5]),
        "low": np.float32(-0.5),
        "high": np.float32(0.75),
    }
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "full", "bias"], ["conv"], strides=[2, 1], auto_pad="SAME_UPPER"),
        node("Conv", ["x", "each"], ["depthwise"], group=CHANNELS, pads=[1, 0, 1, 2]),
        node("MaxPool", ["x"], ["pool"], kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 0, 1]),
        node("Pad", ["x", "pads"], ["padded"]),
        node("Resize", ["x", "", "scales"], ["grown"], mode="linear"),
        node(
            "Resize", ["x", "", "", "sizes"], ["asymmetric"], mode="linear",
            coordinate_transformation_mode="asymmetric",
        ),
        node(
            "Resize", ["x", "", "", "sizes"], ["aligned"], mode="linear",
            coordinate_transformation_mode="align_corners",
        ),
        node("Clip", ["x", "low", "high"], ["clipped"]),
        node("Clip", ["x", "", "high"], ["capped"]),
        node("Relu", ["x"], ["positive"]),
        node("Mul", ["x", "positive"], ["product"]),
        node("Add", ["x", "product"], ["sum"]),
        node("Transpose", ["sum"], ["turned"], perm=[0, 2, 3, 1]),
        node("Shape", ["x"], ["spatial"], start=2),
        node("Identity", ["spatial"], ["same"]),
        node("Concat", ["turned", "turned"], ["twice"], axis=3),
        node("Reshape", ["x", "rows"], ["reshaped"]),
        node("Sigmoid", ["twice"], ["sigmoid"]),
    ]  # fmt: skip
    constants["rows"] = np.array([CHANNELS, HEIGHT * WIDTH])
    outputs = ["conv", "depthwise", "pool", "padded", "grown", "asymmetric", "aligned", "clipped", "capped"]
    outputs += ["sum", "reshaped", "sigmoid"]
    return graph(nodes, constants, outputs), {"x": picture(random)}


def picture(random: np.random.Generator) -> Array:
    return random.normal(size=(1, CHANNELS, HEIGHT, WIDTH)).astype(np.float32)


def test_every_operator_is_onnxruntimes() -> None:
    model, feeds = every_operator()
    assert {node.op_type for node in model.graph.node} == set(OPERATORS)
    (expected,) = run_onnx(model.SerializeToString(), [feeds])
    found = run_float64(model, feeds)
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name].dtype == np.float64 and found[name].shape == value.shape, name
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("kind", ["Tanh", "dilated"])
def test_what_is_not_known_is_said(kind: str) -> None:
    nodes = [helper.make_node("Tanh", ["x"], ["y"])]
    weights = np.ones((CHANNELS, 1, 2, 2), np.float32)
    if kind == "dilated":
        nodes = [helper.make_node("Conv", ["x", "w"], ["y"], group=CHANNELS, dilations=[2, 2])]
    with pytest.raises(NotImplementedError, match="Tanh" if kind == "Tanh" else "dilations"):
        run_float64(graph(nodes, {"w": weights}, ["y"]), {"x": picture(np.random.default_rng(1))})


STEEP = np.float32(3e4)


def steep(weight: Array, last: str = "Sigmoid") -> onnx.ModelProto:
    """A sigmoid of large numbers: float32 sums in another order differ by more than 1e-4."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["sums"]),
        helper.make_node("Mul", ["sums", "steep"], ["large"]),
        helper.make_node(last, ["large"], ["y"]),
    ]
    return graph(nodes, {"w": weight, "steep": STEEP}, ["y"])


def another_engine(feeds: dict[str, Array], weight: Array) -> Array:
    """The network in float32, its sums from the last number to the first."""
    numbers = feeds["x"].transpose(0, 2, 3, 1)[..., ::-1].reshape(-1, CHANNELS)
    sums = np.zeros(len(numbers), np.float32)
    for column, factor in zip(numbers.T, weight[0, ::-1, 0, 0], strict=True):
        sums += column * factor
    return (1 / (1 + np.exp(-(sums * STEEP)))).reshape(1, 1, HEIGHT, WIDTH)


def judged(tmp_path: Path, model: onnx.ModelProto, weight: Array) -> list[str]:
    """What `require_or_rounding` says of `model` when the source has this weight."""
    random = np.random.default_rng(8)
    # Nearly opposite numbers, so that sums are small and their rounding is not.
    inputs = [{"x": picture(random)} for _ in range(3)]
    for feeds in inputs:
        feeds["x"][:, 1::2] = -feeds["x"][:, ::2] * np.float32(1 + 1e-5)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    source = [{"y": another_engine(feeds, weight)} for feeds in inputs]
    found = run_onnx(path, inputs)
    rows = compare_runs(source, found)
    assert rows[0].relative > 1e-4, "nothing to judge"
    return require_or_rounding(path, Reference("another engine", inputs, source, 1e-4), rows, found)


WEIGHT = np.array([1.1, 1.1, -0.7, -0.7], np.float32).reshape(1, CHANNELS, 1, 1)


def test_rounding_is_told_from_a_mistake(tmp_path: Path) -> None:
    with np.errstate(over="ignore"):
        (note,) = judged(tmp_path, steep(WEIGHT), WEIGHT)
        assert note.startswith("y differs by") and "rounding" in note
        wrong = WEIGHT * np.float32([1, 1, 1, 1 + 5e-7]).reshape(1, CHANNELS, 1, 1)
        with pytest.raises(CheckError, match="differs from the source's"):
            judged(tmp_path, steep(wrong), WEIGHT)


def test_a_graph_that_float64_does_not_know_is_held_to_the_tolerance(tmp_path: Path) -> None:
    with np.errstate(over="ignore"), pytest.raises(CheckError, match="differs from the source's"):
        judged(tmp_path, steep(WEIGHT, "Tanh"), WEIGHT)

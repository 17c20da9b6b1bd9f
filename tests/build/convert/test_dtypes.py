"""Smaller forms of a graph with loops and branches: onnxruntime has to open what is made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from small_onnx import model, node, value

from wardian_build.convert.dtypes import derive

TABLE = np.random.default_rng(5).standard_normal((40, 12)).astype(np.float32)
WEIGHT = np.random.default_rng(6).standard_normal((12, 6)).astype(np.float32)
IDS = np.array([[3, 7, 9], [0, 39, 11]])


def branching(taken: str) -> bytes:
    """ids → rows of a table, the same turned, a product; both branches of an If take one of the three."""

    def branch(name: str, operator: str) -> Any:
        nodes = [node(operator, taken, name)]
        return onnx.helper.make_graph(nodes, name, [], [value(name, None, None, None)])

    nodes = [
        node("Gather", "table ids", "rows"),
        node("Transpose", "rows", "turned", perm=[1, 0, 2]),
        node("MatMul", "rows weight", "product"),
        node("Identity", "product", "z"),
        node("If", "flag", "y", then_branch=branch("no", "Neg"), else_branch=branch("yes", "Abs")),
    ]
    inputs = [value("ids", "batch", 3, kind=TensorProto.INT64), value("flag", kind=TensorProto.BOOL)]
    outputs = [value("y", None, None, None), value("z", "batch", 3, 6)]
    made = model(nodes, inputs, outputs, {"table": TABLE, "weight": WEIGHT})
    return bytes(made.SerializeToString())


def run(content: bytes) -> list[NDArray[Any]]:
    session = onnxruntime.InferenceSession(content)
    found: list[NDArray[Any]] = session.run(["y", "z"], {"ids": IDS, "flag": np.array(True)})
    return found


@pytest.mark.parametrize("taken", ["turned", "rows", "product"])
def test_rows_that_a_branch_takes(taken: str, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(branching(taken))
    made = derive(tmp_path / "model.onnx", "q8")
    (tmp_path / "q8.onnx").write_bytes(made)
    # In a process of its own: what this is about ended the one that opened the file.
    code = "import onnxruntime, sys; onnxruntime.InferenceSession(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "q8.onnx")], check=True)
    kinds = {
        array.shape: array.dtype.name
        for array in map(numpy_helper.to_array, onnx.load_from_string(made).graph.initializer)
    }
    assert kinds[TABLE.shape] == ("uint8" if taken == "product" else "float32")
    assert kinds[WEIGHT.shape] == "int8"
    for whole, small in zip(run(branching(taken)), run(made), strict=True):
        # A step of the table is 1/127 of its largest number, of the product's weights 1/63 of a column's.
        assert np.abs(whole - small).max() < 0.04 * np.abs(whole).max()


def test_rows_alone_are_made_smaller(tmp_path: Path) -> None:
    """A lookup without any product."""
    inputs = [value("ids", "batch", kind=TensorProto.INT64)]
    made = model([node("Gather", "table ids", "y")], inputs, [value("y", "batch", 12)], {"table": TABLE})
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    session = onnxruntime.InferenceSession(derive(tmp_path / "model.onnx", "q8"))
    (found,) = session.run(["y"], {"ids": IDS[0]})
    # Half a step: the whole range of the table in 255 of them.
    assert np.abs(found - TABLE[IDS[0]]).max() <= np.ptp(TABLE) / 255 / 2 * 1.01

"""A table of words in int8 that both gives vectors and scores words, against its float32 model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from wardian_build.convert.dtypes import derive
from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.word_tables import quantize_word_tables

TABLE = np.random.default_rng(3).standard_normal((40, 12)).astype(np.float32)
#: One row of zeros and one that is a hundred times larger than the others: each has a scale of its own.
TABLE[7], TABLE[9] = 0, 100 * TABLE[9]
IDS = np.array([[3, 7, 9], [0, 39, 9]])


def tied(form: str) -> bytes:
    """ids → vectors and scores of all words."""
    g = GraphBuilder("tied")
    table = g.constant("words", TABLE)
    vectors = g.op("Gather", table, "ids", name="vectors")
    if form == "gemm":
        flat = g.op("Flatten", vectors, name="flat", axis=2)
        product = g.op("Gemm", flat, table, name="product", transB=1)
        g.op("Reshape", product, g.ints([-1, 3, 40]), name="scores")
    else:
        turned = g.op("Transpose", table, name="turned", perm=[1, 0])
        g.op("MatMul", vectors, turned, name="scores")
    outputs: dict[str, Any] = {
        "vectors": ("float32", ["batch", 3, 12]),
        "scores": ("float32", ["batch", 3, 40]),
    }
    return g.build({"ids": ("int64", ["batch", 3])}, outputs)


def run(model: bytes) -> dict[str, NDArray[Any]]:
    session = onnxruntime.InferenceSession(model)
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(names, {"ids": IDS}), strict=True))


@pytest.mark.parametrize("form", ["transpose", "gemm"])
def test_one_table_serves_both(form: str, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(tied(form))
    made = derive(tmp_path / "model.onnx", "q8")
    loaded = onnx.load_from_string(made)
    onnx.checker.check_model(loaded, full_check=True)
    large = [
        numpy_helper.to_array(one) for one in loaded.graph.initializer if np.prod(one.dims) >= TABLE.size
    ]
    assert [(array.dtype.name, array.shape) for array in large] == [("int8", TABLE.shape)]
    fp32, q8 = run(tied(form)), run(made)
    # Rows are rounded to half a step of 1/64 of their largest number.
    rows = np.abs(TABLE).max(axis=1)[IDS][..., None]
    assert (np.abs(q8["vectors"] - fp32["vectors"]) <= rows / 64 * 0.501).all()
    assert not q8["vectors"][0, 1].any()
    # Scores besides by the rounding of x to 8 bits over all of its rows.
    step = (fp32["vectors"].max() - fp32["vectors"].min()) / 255
    bound = np.abs(TABLE).sum(axis=1) * step * 0.51 + np.abs(TABLE).max(axis=1) / 128 * 12 * rows * 1.02
    assert (np.abs(q8["scores"] - fp32["scores"]) <= bound).all()


def test_a_table_of_its_own_is_a_matrix_like_others(tmp_path: Path) -> None:
    g = GraphBuilder("own")
    turned = g.op("Transpose", g.constant("head", TABLE), name="turned", perm=[1, 0])
    g.op("MatMul", "x", turned, name="scores")
    ports: Any = {"x": ("float32", ["batch", 12])}, {"scores": ("float32", ["batch", 40])}
    (tmp_path / "model.onnx").write_bytes(g.build(*ports))
    loaded = onnx.load_from_string(derive(tmp_path / "model.onnx", "q8"))
    assert "Transpose" not in {node.op_type for node in loaded.graph.node}
    assert [one.name for one in loaded.graph.initializer if list(one.dims) == [12, 40]] == ["head_quantized"]


def test_a_table_that_is_used_otherwise_stays() -> None:
    g = GraphBuilder("other")
    table = g.constant("words", TABLE)
    vectors = g.op("Gather", table, "ids", name="vectors")
    turned = g.op("Transpose", table, name="turned", perm=[1, 0])
    g.op("MatMul", vectors, turned, name="scores")
    g.op("ReduceSum", turned, g.ints([0]), name="sums")
    outputs: dict[str, Any] = {"scores": ("float32", ["batch", 3, 40]), "sums": ("float32", [1, 40])}
    before = g.build({"ids": ("int64", ["batch", 3])}, outputs)
    model = onnx.load_from_string(before)
    assert quantize_word_tables(model) == []
    assert model == onnx.load_from_string(before)

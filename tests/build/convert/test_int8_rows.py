"""Products in int8 by rows: against the arithmetic in NumPy, independence of neighbours, outliers, MiniLM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import helper

from wardian.session._native import native_options
from wardian_build import paths
from wardian_build.convert.architectures.bert import MATRICES
from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.int8_rows import quantize_columns, quantize_rows
from wardian_build.convert.known_outliers import OUTLIERS
from wardian_build.convert.minilm_q8 import float_model
from wardian_build.convert.outliers import COUNT, find_outliers
from wardian_build.errors import ConversionError
from wardian_build.graph_facts import quantises_whole_batches
from wardian_build.model_card import read_card
from wardian_build.vendor import member_paths

ROWS, FEATURES, OUTPUTS = 5, 12, 7
SOURCE = np.random.default_rng(2)
MATRIX = SOURCE.normal(size=(FEATURES, OUTPUTS)).astype(np.float32)
OTHER = SOURCE.normal(size=(FEATURES, 3)).astype(np.float32)
X = SOURCE.normal(size=(2, ROWS, FEATURES)).astype(np.float32)
X[1, 2] *= 100
X[:, :, 4] += 50
X[0, 3] = 0


def products(opset: int = 17) -> Any:
    """x · MATRIX and x · OTHER, x being a value inside of the graph."""
    graph = GraphBuilder("products", opset)
    x = graph.op("Add", "given", graph.constant("nothing", np.float32(0)), name="x")
    ports = {
        name: ("float32", ["batch", "rows", matrix.shape[1]])
        for name, matrix in (("y", MATRIX), ("z", OTHER))
        if graph.op("MatMul", x, graph.constant(f"{name}.weight", matrix), name=name)
    }
    data = graph.build({"given": ("float32", ["batch", "rows", FEATURES])}, ports)
    return onnx.load_from_string(data)


def run(model: Any, given: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), native_options())
    return [np.asarray(found) for found in session.run(["y", "z"], {"given": given})]


def by_hand(matrix: NDArray[np.float32], outliers: list[int]) -> NDArray[np.float64]:
    kept = X.astype(np.float64)
    kept[..., outliers] = 0
    step = np.abs(kept).max(axis=-1, keepdims=True) / 127
    steps = np.round(kept / np.where(step > 0, step, 1))
    scale = np.abs(matrix).max(axis=0) / 127
    rounded = np.round(matrix / scale)
    return np.asarray(
        (steps @ rounded) * step * scale + X[..., outliers].astype(np.float64) @ matrix[outliers]
    )


@pytest.mark.parametrize("opset", [17, 18])
@pytest.mark.parametrize("outliers", [[], [4], [0, 4, 11]])
def test_products_are_what_the_arithmetic_says(opset: int, outliers: list[int]) -> None:
    made = quantize_rows(products(opset), {"x": outliers})
    onnx.checker.check_model(made)
    for found, matrix in zip(run(made, X), (MATRIX, OTHER), strict=True):
        np.testing.assert_allclose(found, by_hand(matrix, outliers), rtol=1e-5, atol=1e-5)
    # x is quantised once for both.
    assert sum(node.op_type == "Round" for node in made.graph.node) == 1
    assert not {"y.weight", "z.weight"} & {tensor.name for tensor in made.graph.initializer}


def test_an_outlier_left_out_makes_the_others_exact() -> None:
    given = X[:1]
    exact = given @ MATRIX
    errors = [np.abs(run(quantize_rows(products(), {"x": o}), given)[0] - exact).mean() for o in ([], [4])]
    assert errors[1] < errors[0] / 5


def test_a_row_depends_on_no_other() -> None:
    made = quantize_rows(products(), {"x": [4]})
    together = run(made, X)[0]
    for batch in range(2):
        for row in range(ROWS):
            alone = run(made, X[batch : batch + 1, row : row + 1])[0]
            np.testing.assert_array_equal(alone[0, 0], together[batch, row])


def test_steps_are_kept_when_a_matrix_is_quantised_again() -> None:
    steps, scale = quantize_columns(MATRIX)
    again, same = quantize_columns(steps * scale)
    np.testing.assert_array_equal(again, steps)
    np.testing.assert_allclose(same, scale, rtol=1e-6)
    assert np.abs(steps).max(axis=0).tolist() == [127] * OUTPUTS
    assert not quantize_columns(np.zeros((3, 2), np.float32))[0].any()


def test_what_has_large_numbers_is_found() -> None:
    found = find_outliers(products(), [{"given": X[:1]}, {"given": X[1:, :1]}], 2)
    assert list(found) == ["x"] and 4 in found["x"] and len(found["x"]) == 2


@pytest.mark.parametrize(
    "operator, expected", [("DynamicQuantizeLinear", True), ("Identity", False)], ids=["scales", "none"]
)
def test_the_build_sees_scales_over_a_whole_batch(operator: str, expected: bool, tmp_path: Path) -> None:
    """Also in a branch."""
    dynamic = expected
    outputs = ["q", "s", "z"] if dynamic else ["q"]
    inner = helper.make_graph([helper.make_node(operator, ["x"], outputs)], "inner", [], [
        helper.make_tensor_value_info("q", 2 if dynamic else 1, None)
    ])  # fmt: skip
    node = helper.make_node("If", ["yes"], ["out"], then_branch=inner, else_branch=inner)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [node],
        "outer",
        [value("x", 1, ["n"]), value("yes", 9, [])],
        [value("out", 2 if dynamic else 1, None)],
    )
    onnx.save(helper.make_model(graph), str(tmp_path / "model.onnx"))
    assert quantises_whole_batches(tmp_path / "model.onnx") is expected


@pytest.fixture(scope="module")
def minilm() -> dict[str, bytes]:
    """What the card of MiniLM names as inputs of its q8."""
    card = read_card(paths.STATIC / "models" / "all-MiniLM-L6-v2" / "README.md")
    (file,) = (file for file in card.files if file.path == card.dtypes["q8"])
    found = {member.path: member_paths(member.source, [member.path])[member.path] for member in file.inputs}
    if not all(path.exists() for path in found.values()):
        pytest.skip("the models are not built: python build.py site")
    return {name: path.read_bytes() for name, path in found.items()}


def test_minilms_q8_has_the_published_steps_and_nearly_its_numbers(minilm: dict[str, bytes]) -> None:
    published = onnx.load_from_string(next(d for n, d in minilm.items() if n.endswith(".onnx")))
    ours = onnx.load(str(paths.MODELS / "all-MiniLM-L6-v2" / "onnx" / "model_q8.onnx"))
    theirs, made = (
        {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        for model in (published, ours)
    )
    names = [node.input[1] for node in published.graph.node if node.op_type == "MatMul"]
    products = [name for name in names if f"{name}_q" in theirs]
    assert len(products) == 36
    for number, name in enumerate(products):
        layer, part = divmod(number, len(MATRICES))
        steps = made[f"encoder.layer.{layer}.{MATRICES[part]}.weight.int8"]
        assert np.array_equal(steps, theirs[f"{name}_q"]), name
    ids = np.array([[101, 2129, 2079, 4264, 2191, 2833, 1029, 102], [101, 1037, 4937, 102, 0, 0, 0, 0]])
    feeds = {"input_ids": ids, "attention_mask": (ids > 0).astype(np.int64), "token_type_ids": ids * 0}
    floats = onnx.load_from_string(float_model(minilm))
    (a,), (b,), (c,) = (
        onnxruntime.InferenceSession(model.SerializeToString(), native_options()).run(None, feeds)
        for model in (published, floats, ours)
    )
    real = feeds["attention_mask"].astype(bool)
    # Our graph of the same float32 weights computes the same; int8 activations are near.
    np.testing.assert_allclose(b[real], a[real], atol=2e-5)
    cosines = (
        np.sum(c[real] * a[real], axis=1) / np.linalg.norm(c[real], axis=1) / np.linalg.norm(a[real], axis=1)
    )
    assert cosines.min() > 0.998
    # The places of outliers are those that any texts show.
    runs = [{name: value[:1] for name, value in feeds.items()}, {n: v[1:, :4] for n, v in feeds.items()}]
    found, known = find_outliers(floats, runs), OUTLIERS["all-MiniLM-L6-v2"]
    assert set(found) == set(known)
    hidden = [name for name in known if name.endswith("LayerNorm.normalized")]
    shared = [len(set(found[name]) & set(known[name])) for name in hidden]
    assert all(len(places) == COUNT for places in known.values()) and np.mean(shared) > 0.6 * COUNT


def test_a_published_file_of_another_form_is_refused(minilm: dict[str, bytes]) -> None:
    name = next(name for name in minilm if name.endswith(".onnx"))
    other = onnx.load_from_string(minilm[name])
    (first,) = [node for node in other.graph.node if node.op_type == "MatMul"][:1]
    other.graph.node.remove(first)
    with pytest.raises(ConversionError, match="has another form"):
        float_model({**minilm, name: other.SerializeToString()})

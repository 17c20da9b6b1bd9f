"""Golden inputs and references: the build writes what native onnxruntime computes; the page's code agrees."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from wardian_build import canary, paths, process
from wardian_build.errors import BuildError

COUNTS = ("ones", "zeros", "range", "ids")
RULES = {
    "float32": (*COUNTS, "fraction"), "float64": (*COUNTS, "fraction"), "float16": (*COUNTS, "fraction"),
    "int64": COUNTS, "int32": COUNTS, "int8": COUNTS, "uint8": COUNTS, "bool": ("ones", "zeros"),
}  # fmt: skip
DIMS = [2, 3, 7]


def model(tmp_path: Path, factor: float = 2.0, dims: list[Any] | None = None) -> Path:
    """y = factor · x, and the sum of the mask."""
    dims = dims or ["batch_size", "sequence_length", 5]
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["x", "factor"], ["y"]),
            helper.make_node("Cast", ["attention_mask"], ["m"], to=TensorProto.FLOAT),
            helper.make_node("ReduceSum", ["m"], ["s"], keepdims=0),
        ],
        "double",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, dims),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, dims[:2]),
        ],
        [
            helper.make_tensor_value_info("y", TensorProto.FLOAT, dims),
            helper.make_tensor_value_info("s", TensorProto.FLOAT, []),
        ],
        [helper.make_tensor("factor", TensorProto.FLOAT, [], [factor])],
    )
    path = tmp_path / "model.onnx"
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(made.SerializeToString())
    return path


def test_the_reference_is_what_the_model_computes(tmp_path: Path) -> None:
    found = canary.golden(model(tmp_path), "fp32", {})
    x, mask = found["inputs"]
    assert (x["dims"], x["fill"]) == ([1, 8, 5], "fraction") and (mask["dims"], mask["fill"]) == (
        [1, 8],
        "ones",
    )
    y, total = found["outputs"]
    expected = 2 * canary.fill("fraction", "float32", [1, 8, 5]).ravel()
    assert y["values"] == pytest.approx(expected.tolist(), rel=1e-6) and y["dims"] == [1, 8, 5]
    assert total["values"] == [8] and found["tolerance"] == canary.TOLERANCES["fp32"]
    assert len(json.dumps(found)) < 2_000


def test_the_card_names_lengths(tmp_path: Path) -> None:
    found = canary.golden(model(tmp_path), "fp32", {"sequence_length": 3})
    assert found["inputs"][0]["dims"] == [1, 3, 5]


def test_a_reference_that_shows_nothing_is_refused(tmp_path: Path) -> None:
    path = model(tmp_path, factor=0.0)
    assert [output["name"] for output in canary.golden(path, "fp32", {})["outputs"]] == ["s"]
    with pytest.raises(BuildError, match="no fault would show"):
        canary.golden(path, "fp32", {"sequence_length": 0})


def test_a_model_that_does_not_run_names_the_card(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    shapes = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["a", 5]) for name in ("x", "z")]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "z"], ["y"])], "wrong", shapes, [
        helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(made.SerializeToString())
    with pytest.raises(BuildError, match=r"canary: \{dims"):
        canary.golden(path, "fp32", {})
    assert canary.golden(path, "fp32", {"a": 5})["outputs"][0]["dims"] == [5, 5]


def test_ids_of_a_small_vocabulary(tmp_path: Path) -> None:
    """Ten letters: the first id is among them, ids up to 50 are not."""
    path = tmp_path / "letters" / "onnx" / "model.onnx"
    path.parent.mkdir(parents=True)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "ids"], ["y"])],
        "letters",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "letters"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", "letters", 4])],
        [helper.make_tensor("table", TensorProto.FLOAT, [10, 4], np.arange(1, 41).tolist())],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(made.SerializeToString())
    found = canary.golden(path, "fp32", {"letters": 8})
    assert found["inputs"] == [{"name": "ids", "dtype": "int64", "dims": [1, 8], "fill": "zeros"}]
    assert found["outputs"][0]["values"] == 8 * [1, 2, 3, 4]
    with pytest.raises(BuildError, match=r"letters/onnx/model\.onnx: all outputs"):
        canary.golden(path, "fp32", {"letters": 0})


@pytest.fixture(scope="module")
def page_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page has of canaries, for Node."""
    folder = tmp_path_factory.mktemp("canary")
    source, target = folder / "source.ts", folder / "canary.mjs"
    modules = ("engine_worker/canary", "engine_worker/made_input", "shared/session_spec")
    source.write_text("".join(f"export * from {json.dumps(str(paths.APP / name))};\n" for name in modules))
    esbuild = paths.NODE_MODULES / "esbuild" / "bin" / "esbuild"
    command = [process.node(), esbuild, source, "--bundle", "--format=esm", "--log-level=warning"]
    process.run([*command, f"--outfile={target}"], "bundling the canary")
    return target


def in_node(code: Path, expression: str) -> Any:
    script = f"""
        globalThis.self = globalThis;
        const canary = await import({json.dumps(code.as_uri())});
        const {{ filled, differs, numbersOf, madeInput, ownCanaryOf }} = canary;
        const plain = (value) => typeof value === "bigint" ? Number(value) : value;
        console.log(JSON.stringify({expression}));
    """
    command = [process.node(), "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("dtype", RULES)
def test_page_and_build_make_the_same_inputs(page_code: Path, dtype: str) -> None:
    expression = (
        f"{json.dumps(RULES[dtype])}.map((rule) => Array.from(filled(rule, '{dtype}', {DIMS}), plain))"
    )
    for rule, found in zip(RULES[dtype], in_node(page_code, expression), strict=True):
        wanted = canary.fill(rule, dtype, DIMS)
        if dtype == "float16":
            wanted = wanted.view(np.uint16)
        assert found == wanted.ravel().astype(float).tolist(), rule


CASES = {
    "[1, -2, 3, 4]": None,
    "[1.03, -2, 3, 4]": None,
    "[1.1, -2, 3, 4]": "off by",
    "[0, 0, 0, 0]": "off by",
    "[1, -2, NaN, 4]": "NaN in place of 3",
    "[1, -2, 3, Infinity]": "Infinity in place of 4",
    "[1, -2, 3]": "off by",
}


@pytest.mark.parametrize("values", CASES)
def test_what_differs(page_code: Path, values: str) -> None:
    expression = f"[differs([1, -2, 3, 4], [2, 2], [2, 2], {values}, 0.01)]"
    (found,) = in_node(page_code, expression)
    assert found is None if CASES[values] is None else CASES[values] in found


def test_other_dimensions_differ(page_code: Path) -> None:
    (found,) = in_node(page_code, "[differs([1], [1, 2], [2, 1], [1, 1], 0.5)]")
    assert found == "dimensions 1, 2 in place of 2, 1"


def test_half_precision_as_bits_is_read_as_numbers(page_code: Path) -> None:
    """Browsers without Float16Array get the bits of halves."""
    values = np.array([0, -0.5, 1.5, 65504, 6e-8, -6.1e-5, np.inf], np.float16)
    bits = values.view(np.uint16).tolist()
    tensor = f"{{ type: 'float16', getData: async () => Uint16Array.from({bits}) }}"
    found = in_node(page_code, f"Array.from(await numbersOf({tensor}, false), String)")
    assert [float(value.replace("Infinity", "inf")) for value in found] == values.astype(float).tolist()


class Declared:
    """What onnxruntime says of an input."""

    def __init__(self, name: str, dtype: str, shape: list[Any]) -> None:
        self.name, self.type, self.shape = name, f"tensor({dtype})", shape


DECLARED = [
    Declared("input_ids", "int64", ["batch_size", "sequence_length"]),
    Declared("attention_mask", "int64", ["batch_size", "total_sequence_length"]),
    Declared("token_type_ids", "int64", ["Batch", "Seq"]),
    Declared("position_ids", "int32", ["batch_size", "sequence_length"]),
    Declared("past_key_values.0.key", "float", ["batch_size", 3, "past_sequence_length", 64]),
    Declared("pixel_values", "float16", ["batch_size", "num_channels", "height", "width"]),
    Declared("input_features", "double", [1, 80, "frames"]),
    Declared("use_cache", "bool", []),
    Declared("x", "uint8", ["n", 5]),
]
NAMES = {"float": "float32", "double": "float64"}


def test_page_and_build_make_up_the_same_inputs(page_code: Path) -> None:
    """For a visitor's own model, of which the build knows nothing."""
    kinds = [value.type[7:-1] for value in DECLARED]
    specs = [
        {"name": value.name, "dtype": NAMES.get(kind, kind), "dims": value.shape}
        for value, kind in zip(DECLARED, kinds, strict=True)
    ]
    found = in_node(page_code, f"{json.dumps(specs)}.map(madeInput)")
    assert found == [canary._input(value, {}, Path("model.onnx")) for value in DECLARED]
    assert len({entry["fill"] for entry in found}) == 5


def test_models_that_round_activations_may_differ_by_more(page_code: Path, tmp_path: Path) -> None:
    plain = list(model(tmp_path).read_bytes())
    rounding = [*plain, *b"..QQuantizeLinear.."]
    found = in_node(
        page_code, f"[{plain}, {rounding}].map((file) => ownCanaryOf(Uint8Array.from(file)).tolerance)"
    )
    assert found == [0.05, canary.TOLERANCES["q8"]]

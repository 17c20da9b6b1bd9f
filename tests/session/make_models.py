"""Write the models of the contract suite, `tests/session/models/*.onnx`, each below 1 kB.

They are committed because Pyodide has no `onnx`: `python tests/session/make_models.py` with onnx installed.
"""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper

FOLDER = Path(__file__).parent / "models"

TYPES = {
    "float32": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "float64": TensorProto.DOUBLE,
    "int64": TensorProto.INT64,
    "int32": TensorProto.INT32,
    "uint8": TensorProto.UINT8,
    "bool": TensorProto.BOOL,
}

Value = onnx.ValueInfoProto


def value(name: str, dtype: str, dims: list[int | str]) -> Value:
    return helper.make_tensor_value_info(name, TYPES[dtype], dims)


def write(
    name: str, nodes: list[onnx.NodeProto], inputs: list[Value], outputs: list[Value], **more: object
) -> None:
    graph = helper.make_graph(nodes, name, inputs, outputs, **more)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    content = model.SerializeToString()
    assert len(content) < 1000, (name, len(content))
    (FOLDER / f"{name}.onnx").write_bytes(content)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    node = helper.make_node
    for dtype in TYPES:
        x, y = value("x", dtype, ["rows", 3]), value("y", dtype, ["rows", 3])
        write(f"identity_{dtype}", [node("Identity", ["x"], ["y"])], [x], [y])
    write("scalar", [node("Neg", ["x"], ["y"])], [value("x", "float32", [])], [value("y", "float32", [])])
    pair = [value("a", "float32", ["n", 2]), value("b", "float32", ["n", 2])]
    both = [value("sum", "float32", ["n", 2]), value("difference", "float32", ["n", 2])]
    write(
        "arithmetic", [node("Add", ["a", "b"], ["sum"]), node("Sub", ["a", "b"], ["difference"])], pair, both
    )
    image, mean = value("image", "float32", [1, 2, 3, 4]), value("mean", "float32", [1, 2, 1, 1])
    write("fixed", [node("GlobalAveragePool", ["image"], ["mean"])], [image], [mean])
    # A tiny KV cache: what is new is appended to the past.
    cache = [value("x", "float32", [1, "new", 2]), value("past.0", "float32", [1, "past", 2])]
    grown = [value("total", "float32", [1, 1, 2]), value("present.0", "float32", [1, "all", 2])]
    axis = helper.make_tensor("axis", TensorProto.INT64, [1], [1])
    steps = [
        node("Concat", ["past.0", "x"], ["present.0"], axis=1),
        node("ReduceSum", ["present.0", "axis"], ["total"]),
    ]
    write("cache", steps, cache, grown, initializer=[axis])
    # Fits its own interface, but fails for any other number of elements than six.
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [2, 3])
    write(
        "six_only",
        [node("Reshape", ["x", "shape"], ["y"])],
        [value("x", "float32", ["n"])],
        [value("y", "float32", [2, 3])],
        initializer=[shape],
    )


if __name__ == "__main__":
    main()

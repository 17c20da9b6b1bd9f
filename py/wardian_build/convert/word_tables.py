"""Tables of words in int8: one table that both gives the words' vectors and scores them.

A model with tied embeddings has one matrix, of which rows are gathered and with which hidden states are
multiplied, transposed. onnxruntime's quantiser knows either, not both: it would leave the product in float32.
Here each row has its own scale, which a gathered row is multiplied with, and a score as well:

    Gather(W, ids)   →  Gather(W₈, ids) · Gather(s, ids)
    X · Wᵀ           →  MatMulInteger(X₈, W₈ᵀ) · x_scale · s
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = ["quantize_word_tables"]

_STEPS = 64
"""Steps to each side of 0: 7 bits, see `dtypes.py`."""


def quantize_word_tables(model: Any) -> list[str]:
    """Rewrite every tied table of a ModelProto; and turn constants once that are only used transposed.

    Returns the names of the nodes that are as they should be, and are not to be quantised any further.
    """
    graph, done = model.graph, []
    tables = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT}
    users: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    for name, tensor in tables.items():
        turned = [node for node in users.get(name, []) if _is_turned(node, name)]
        gathers = [node for node in users.get(name, []) if node.op_type == "Gather" and node.input[0] == name]
        if not turned or len(tensor.dims) != 2 or len(turned) + len(gathers) < len(users[name]):
            continue
        products = [(node, *_products(node, users)) for node in turned]
        if gathers and all(found for _, *found in products):
            done += _rewrite(graph, tensor, gathers, products)
        elif not gathers and all(node.op_type == "Transpose" for node in turned):
            _turn(graph, tensor, turned)
    return done


def _is_turned(node: Any, name: str) -> bool:
    """Whether a node transposes a matrix: by itself, or as the second factor of a product."""
    if node.op_type == "Transpose":
        return list(_attribute(node, "perm", [1, 0])) == [1, 0]
    plain = _attribute(node, "alpha", 1.0) == 1.0 and not _attribute(node, "transA", 0)
    turned = bool(_attribute(node, "transB", 0)) and plain
    return node.op_type == "Gemm" and turned and list(node.input)[1:] == [name]


def _products(node: Any, users: dict[str, list[Any]]) -> list[Any]:
    """The products of which a turned matrix is the second factor; none where it is used otherwise."""
    if node.op_type == "Gemm":
        return [node]
    found = users.get(node.output[0], [])
    fits = all(n.op_type == "MatMul" and list(n.input).index(node.output[0]) == 1 for n in found)
    return found if fits else []


def _rewrite(
    graph: Any, tensor: Any, gathers: Sequence[Any], products: Sequence[tuple[Any, ...]]
) -> list[str]:
    """Returns the names of the new nodes."""
    name = tensor.name
    values, scale = _by_rows(numpy_helper.to_array(tensor))
    graph.initializer.remove(tensor)
    graph.initializer.append(numpy_helper.from_array(values, f"{name}.int8"))
    graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
    graph.initializer.append(numpy_helper.from_array(np.array([-1], np.int64), f"{name}.last"))
    replaced = {gather.output[0]: list(_gathered(gather, name)) for gather in gathers}
    turned = f"{name}.int8.transposed"
    first = [helper.make_node("Transpose", [f"{name}.int8"], [turned], name=turned, perm=[1, 0])]
    gone = []
    for node, *found in products:
        gone += [node.output[0]] if node.op_type == "Transpose" else []
        for product in found:
            replaced[product.output[0]] = [*first, *_scored(product, name, turned)]
            first = []
    nodes = []
    for node in graph.node:
        if node.output[0] not in gone:
            nodes += replaced.get(node.output[0], [node])
    del graph.node[:]
    graph.node.extend(nodes)
    return [node.name for made in replaced.values() for node in made]


def _by_rows(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Steps and their size in each row."""
    largest = np.abs(values).max(axis=1)
    scale = np.where(largest > 0, largest / _STEPS, 1).astype(np.float32)
    return np.rint(values / scale[:, None]).astype(np.int8), scale


def _gathered(gather: Any, table: str) -> Iterator[Any]:
    output, ids = gather.output[0], gather.input[1]
    rows, scales = f"{output}.int8", f"{output}.scale"
    yield helper.make_node("Gather", [f"{table}.int8", ids], [rows], name=rows)
    yield helper.make_node("Cast", [rows], [f"{output}.steps"], name=f"{output}.steps", to=TensorProto.FLOAT)
    yield helper.make_node("Gather", [f"{table}.scale", ids], [scales], name=scales)
    column = f"{output}.column"
    yield helper.make_node("Unsqueeze", [scales, f"{table}.last"], [column], name=column)
    yield helper.make_node("Mul", [f"{output}.steps", column], [output], name=output)


def _scored(product: Any, table: str, turned: str) -> Iterator[Any]:
    output, x = product.output[0], product.input[0]
    parts = [f"{output}.{part}" for part in ("steps", "step", "zero")]
    yield helper.make_node("DynamicQuantizeLinear", [x], parts, name=parts[0])
    whole, wide, scale = (f"{output}.{part}" for part in ("int32", "float32", "scale"))
    yield helper.make_node("MatMulInteger", [parts[0], turned, parts[2]], [whole], name=whole)
    yield helper.make_node("Cast", [whole], [wide], name=wide, to=TensorProto.FLOAT)
    yield helper.make_node("Mul", [parts[1], f"{table}.scale"], [scale], name=scale)
    yield helper.make_node("Mul", [wide, scale], [output], name=output)


def _turn(graph: Any, tensor: Any, turned: Sequence[Any]) -> None:
    """The constant itself transposed, under the names of the nodes that did it."""
    value = np.ascontiguousarray(numpy_helper.to_array(tensor).T)
    graph.initializer.remove(tensor)
    graph.initializer.append(numpy_helper.from_array(value, tensor.name))
    names = {node.output[0] for node in turned}
    kept = [node for node in graph.node if node.output[0] not in names]
    for node in kept:
        node.input[:] = [tensor.name if name in names else name for name in node.input]
    del graph.node[:]
    graph.node.extend(kept)


def _attribute(node: Any, name: str, default: Any) -> Any:
    return next((helper.get_attribute_value(one) for one in node.attribute if one.name == name), default)

"""TensorFlow.js graph models to ONNX: inputs and outputs, and the walk from these to those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import onnx

from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.read.tfjs import TFJSModel
from wardian_build.convert.tfjs import control, elementwise, layers, selection, shapes, strided_slice
from wardian_build.convert.tfjs.emit import BOOL, INT, Call, Emitter, onnx_dtype, operator, refuse_unknown
from wardian_build.convert.tfjs.nodes import Node, read_nodes, split_name
from wardian_build.errors import ConversionError

__all__ = ["ConvertedGraph", "convert_graph"]

#: Importing them registers their operators.
TABLES = (control, elementwise, layers, selection, shapes, strided_slice)
_CAST = {"int64": INT, "bool": BOOL}
_INT32 = 6

Port = tuple[str, list[int | str] | None]


@dataclass(frozen=True)
class ConvertedGraph:
    """An ONNX file, and its inputs and outputs as name → (dtype, dims).

    `rows` says of inputs that are numbers of rows of a table how many it has.
    """

    model: bytes
    inputs: dict[str, Port]
    outputs: dict[str, Port]
    rows: dict[str, int] = field(default_factory=dict)


def convert_graph(source: TFJSModel) -> ConvertedGraph:
    """The graph with the names that TensorFlow.js has: placeholders, and the nodes of the signature's
    outputs.

    Whole numbers go in and out as int32, as in TensorFlow.js.

    Raises ConversionError for a malformed graph, UnsupportedError listing all nodes that have no form in
    ONNX.
    """
    nodes = read_nodes(source.path, source.table["modelTopology"])
    outputs = _outputs(source, nodes)
    needed = _needed(nodes, [name for name, _ in outputs.values()])
    refuse_unknown(source.path, needed.values(), control.REMEDIES)
    emitter = Emitter(source.path, nodes, source.weights)
    inputs = {node.name: _input_port(source, node) for node in needed.values() if node.op == "Placeholder"}
    emitter.reserve([*outputs, *inputs])
    results: dict[str, Port] = {}
    for name, reference in outputs.items():
        value = emitter.value(emitter.root, *reference)
        results[name] = (_write_output(emitter, name, value, _dtype_of(emitter, nodes, *reference)), None)
    return with_shapes(emitter.graph, inputs, results)


def with_shapes(graph: GraphBuilder, inputs: dict[str, Port], outputs: dict[str, Port]) -> ConvertedGraph:
    """The finished graph; what ONNX can tell about the shapes of its outputs is written into it."""
    inferred = onnx.shape_inference.infer_shapes(
        onnx.load_from_string(graph.build(inputs, outputs)), data_prop=True
    )
    known: dict[str, Port] = {}
    for value in inferred.graph.output:
        kind = value.type.tensor_type
        dims: list[int | str] | None = None
        if kind.HasField("shape"):
            places = enumerate(kind.shape.dim)
            dims = [d.dim_value or d.dim_param or f"{value.name}_dim_{i}" for i, d in places]
        known[value.name] = (outputs[value.name][0], dims)
    return ConvertedGraph(graph.build(inputs, known), inputs, known)


@operator("Placeholder")
def placeholder(c: Call) -> str:
    kind = c.dtype("dtype")
    return c.node.name if kind == "float32" else c.cast(c.node.name, _CAST[kind])


def _input_port(source: TFJSModel, node: Node) -> Port:
    dtype = onnx_dtype(node.attributes.type("dtype"), source.path, node.label)
    shape = node.attributes.shape("shape")
    dims = None if shape is None else [_dim(node.name, i, length) for i, length in enumerate(shape)]
    return {"int64": "int32"}.get(dtype, dtype), dims


def _dim(name: str, index: int, length: int) -> int | str:
    if length >= 0:
        return length
    return "batch_size" if index == 0 else f"{name}_dim_{index}"


def _write_output(emitter: Emitter, name: str, value: str, dtype: str) -> str:
    """The node that gives an output its name; returns its dtype."""
    if dtype == "int64":
        emitter.graph.op("Cast", value, name=name, to=_INT32)
        return "int32"
    emitter.graph.op("Identity", value, name=name)
    return dtype


#: Operators whose outputs have another type than their attribute T says.
_TRUTH = (
    "Greater",
    "GreaterEqual",
    "Less",
    "LessEqual",
    "Equal",
    "NotEqual",
    "LogicalAnd",
    "LogicalOr",
    "LogicalNot",
)
_WHOLE = ("Shape", "Size", "Rank", "ArgMax", "ArgMin", "Where", "NonMaxSuppressionV3")
_ATTRIBUTES = ("DstT", "T", "dtype", "Tparams", "element_dtype")


def _dtype_of(emitter: Emitter, nodes: Mapping[str, Node], name: str, port: int) -> str:
    """The type of a node's output."""
    node = nodes[name]
    if node.op in (*_TRUTH, "All", "Any", "IsNan"):
        return "bool"
    second = (node.op.startswith("TopK") and port == 1) or (node.op == "NonMaxSuppressionV5" and port != 1)
    if node.op in _WHOLE or second:
        return "int64"
    for attribute in ("Tidx",) if node.op == "Range" else _ATTRIBUTES:
        kind = node.attributes.type(attribute, "")
        if kind:
            return onnx_dtype(kind, emitter.path, node.label)
    return "float32"


def _outputs(source: TFJSModel, nodes: Mapping[str, Node]) -> dict[str, tuple[str, int]]:
    """What each output is: by the signature's names, else the nodes whose values nobody takes."""
    found: dict[str, tuple[str, int]] = {}
    for key, entry in _signature(source, "outputs").items():
        reference = split_name(str(entry.get("name", "")))
        if reference[0] not in nodes:
            raise ConversionError(source.path, "lacks a node", place=f"signature, output {key[:100]!r}")
        found[key.removesuffix(":0")] = reference
    if found:
        return found
    taken = {name for node in nodes.values() for name, _ in node.inputs}
    loose = [node for node in nodes.values() if node.name not in taken]
    ends = [node.name for node in loose if node.op not in ("NoOp", "Const")]
    if not ends:
        raise ConversionError(source.path, "has no outputs", expected="a signature, or loose ends")
    return {name: (name, 0) for name in ends}


def _signature(source: TFJSModel, side: str) -> dict[str, dict[str, Any]]:
    """Entries of the signature by name; older files keep it among the user's metadata."""
    for holder in (source.table, source.table.get("userDefinedMetadata")):
        signature = holder.get("signature") if isinstance(holder, dict) else None
        entries = signature.get(side) if isinstance(signature, dict) else None
        if isinstance(entries, dict) and all(isinstance(entry, dict) for entry in entries.values()):
            return entries
    return {}


def _needed(nodes: Mapping[str, Node], outputs: list[str]) -> dict[str, Node]:
    """The nodes that outputs depend on."""
    found: dict[str, Node] = {}
    queue = list(outputs)
    while queue:
        name = queue.pop()
        if name not in found:
            found[name] = nodes[name]
            queue += [above for above, _ in nodes[name].inputs]
    return found

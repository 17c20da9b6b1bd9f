"""An ONNX graph taken apart: its nodes in order, what is alive between them, and pieces of it as models.

Names inside branches and loops may refer to values outside of them; such captures count as inputs of the node
that holds the subgraph.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import (
    AttributeProto,
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    helper,
    inliner,
    numpy_helper,
)

__all__ = ["Piece", "captures", "file_of", "subgraphs"]

Arrays = Mapping[str, NDArray[Any]]

#: Their outputs are no tensors, so nothing can be compared.
_NO_TENSORS = {
    "ZipMap",
    "SequenceConstruct",
    "SequenceEmpty",
    "SequenceInsert",
    "SequenceErase",
    "SplitToSequence",
    "Optional",
}


@dataclass(frozen=True)
class Piece:
    """A model whose nodes can be addressed: `nodes` compute at run time, `constants` are tensors by name.

    `labels` names each node as its author did, or by operator and place.
    """

    model: ModelProto
    nodes: tuple[NodeProto, ...]
    labels: tuple[str, ...]
    constants: Mapping[str, TensorProto]
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, model: ModelProto) -> Piece:
        """The whole of a model, its local functions written out."""
        model = inliner.inline_local_functions(model) if model.functions else model
        return cls._of_graph(model, model.graph, {})

    @classmethod
    def _of_graph(cls, model: ModelProto, graph: GraphProto, outside: Mapping[str, TensorProto]) -> Piece:
        constants = {**outside, **{tensor.name: tensor for tensor in graph.initializer}}
        nodes, labels = [], []
        for index, node in enumerate(graph.node):
            value = _constant(node)
            if value is not None:
                constants[value.name] = value
                continue
            nodes.append(node)
            labels.append(node.name or f"{node.op_type}_{index}")
        outputs = tuple(value.name for value in graph.output)
        return cls(model, tuple(nodes), tuple(labels), constants, outputs)

    def needs(self, index: int) -> list[str]:
        """What a node reads and other nodes or the caller computed: its inputs and the captures inside it."""
        node = self.nodes[index]
        named = [*node.input, *(name for _, graph in subgraphs(node) for name in captures(graph))]
        return [name for name in dict.fromkeys(named) if name and name not in self.constants]

    def leading_to(self, outputs: Sequence[str]) -> list[int]:
        """The places of the nodes that these outputs depend on, in order."""
        wanted, found = set(outputs), []
        for index in reversed(range(len(self.nodes))):
            if wanted & set(self.nodes[index].output):
                found.append(index)
                wanted |= set(self.needs(index))
        return found[::-1]

    def alive(self, order: Sequence[int], position: int, outputs: Sequence[str]) -> list[str]:
        """What the first `position` nodes of `order` computed and the rest, or the caller, still reads."""
        made = {name for index in order[:position] for name in self.tensors(index)}
        read = {name for index in order[position:] for name in self.needs(index)} | set(outputs)
        return sorted(made & read)

    def tensors(self, index: int) -> list[str]:
        """The outputs of a node that can be looked at."""
        node = self.nodes[index]
        return [name for name in node.output if name and node.op_type not in _NO_TENSORS]

    def exposing(self, names: Iterable[str]) -> bytes:
        """The model with these values as further outputs, as a file.

        Raises ValueError where it is larger than a protobuf can be (2 GiB).
        """
        model = ModelProto()
        model.CopyFrom(self.model)
        known = {value.name for value in model.graph.output}
        # onnxruntime infers their types.
        model.graph.output.extend(ValueInfoProto(name=name) for name in names if name not in known)
        return file_of(model)

    def alone(self, index: int, feeds: Arrays) -> bytes:
        """One node as a model; its inputs are what is fed."""
        node = self.nodes[index]
        outputs = [name for name in node.output if name]
        return file_of(_model(self.model, [node], feeds, outputs, self.constants))

    def inside(self, graph: GraphProto, feeds: Arrays) -> Piece:
        """A branch, or the body of a loop, as a model of its own; its inputs are what is fed."""
        outputs = [value.name for value in graph.output]
        outer = {**self.constants, **{tensor.name: tensor for tensor in graph.initializer}}
        model = _model(self.model, list(graph.node), feeds, outputs, outer)
        return Piece._of_graph(model, model.graph, {})


def file_of(model: ModelProto) -> bytes:
    """The content of an ONNX file. Raises ValueError where it is larger than a protobuf can be."""
    try:
        content: bytes = model.SerializeToString()
    except Exception as error:  # protobuf's own, of which onnx exports nothing
        raise ValueError(f"the model is larger than the 2 GiB that one file can hold ({error})") from None
    return content


def subgraphs(node: NodeProto) -> Iterator[tuple[str, GraphProto]]:
    """The subgraphs of a node by attribute: `then_branch`, `else_branch`, `body`."""
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            yield attribute.name, attribute.g


def captures(graph: GraphProto) -> set[str]:
    """Names that a subgraph reads from outside."""
    known = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    known |= {name for node in graph.node for name in node.output}
    read = {name for node in graph.node for name in node.input}
    read |= {name for node in graph.node for _, inner in subgraphs(node) for name in captures(inner)}
    return (read | {value.name for value in graph.output}) - known - {""}


def _constant(node: NodeProto) -> TensorProto | None:
    """The tensor of a Constant node, None for any other."""
    if node.op_type != "Constant" or node.domain not in ("", "ai.onnx"):
        return None
    value = node.attribute[0]
    tensor = TensorProto()
    if value.name == "value":
        tensor.CopyFrom(value.t)
    elif value.name in ("value_float", "value_floats"):
        tensor = numpy_helper.from_array(np.asarray(helper.get_attribute_value(value), np.float32))
    elif value.name in ("value_int", "value_ints"):
        tensor = numpy_helper.from_array(np.asarray(helper.get_attribute_value(value), np.int64))
    else:
        return None
    tensor.name = node.output[0]
    return tensor


def _model(
    whole: ModelProto,
    nodes: list[NodeProto],
    feeds: Arrays,
    outputs: Sequence[str],
    constants: Mapping[str, TensorProto],
) -> ModelProto:
    read = set(itertools.chain.from_iterable(node.input for node in nodes)) | set(outputs)
    read |= {name for node in nodes for _, graph in subgraphs(node) for name in captures(graph)}
    made = {name for node in nodes for name in node.output}
    inputs = [
        helper.make_tensor_value_info(name, _element(array), [None] * array.ndim)
        for name, array in feeds.items()
    ]
    graph = helper.make_graph(
        nodes, "piece", inputs, [ValueInfoProto(name=name) for name in outputs],
        [tensor for name, tensor in constants.items() if name in read - made - set(feeds)],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=list(whole.opset_import), ir_version=whole.ir_version)


def _element(array: NDArray[Any]) -> int:
    return TensorProto.STRING if array.dtype.kind == "O" else helper.np_dtype_to_tensor_dtype(array.dtype)

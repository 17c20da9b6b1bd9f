"""A small, readable way to write ONNX graphs: every method adds a node and returns its output's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
"""The first with LayerNormalization, and long supported by onnxruntime-web on WASM and WebGPU."""
IR_VERSION = 8

_ELEMENT_TYPES = {
    "float32": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "float64": TensorProto.DOUBLE,
    "int64": TensorProto.INT64,
    "int32": TensorProto.INT32,
    "uint8": TensorProto.UINT8,
    "int8": TensorProto.INT8,
    "bool": TensorProto.BOOL,
}
#: Versions of operators outside of ONNX's own that are not 1: the first with float64 in trees.
_VERSIONS = {"ai.onnx.ml": 3}
_ALIGNMENT = 64
"""Tensors of external data start at multiples of this: no copy to align them."""


Dims: TypeAlias = Sequence[int | str] | None
"""Lengths, or names of symbolic ones; None where not even their number is known."""
Ports: TypeAlias = Mapping[str, tuple[str, Dims]]


class GraphBuilder:
    """Collects nodes and weights; `build` makes the bytes. Equal calls make equal bytes.

    >>> graph = GraphBuilder("double")
    >>> doubled = graph.op("Mul", "x", graph.constant("two", np.float32(2)), name="doubled")
    >>> data = graph.build({"x": ("float32", ["n"])}, {doubled: ("float32", ["n"])})
    >>> import onnx
    >>> onnx.load_from_string(data).graph.node[0].op_type
    'Mul'
    """

    def __init__(self, name: str, opset: int = OPSET) -> None:
        self._name, self._opset = name, opset
        self._nodes: list[Any] = []
        self._domains: set[str] = set()
        self._outputs: set[str] = set()
        self._used: set[str] = set()
        self._constants: dict[str, NDArray[Any]] = {}
        self._external: dict[str, NDArray[Any]] = {}

    def inner(self) -> GraphBuilder:
        """A graph for a branch or a loop's body: it sees this graph's values and shares its constants."""
        graph = GraphBuilder(self._name, self._opset)
        graph._domains, graph._outputs, graph._used = self._domains, self._outputs, self._used
        graph._constants, graph._external = self._constants, self._external
        return graph

    def inner_graph(self, name: str, inputs: Ports, outputs: Ports) -> Any:
        """The graph of `inner` as the attribute of a node."""
        before = [self._value_info(port, *spec) for port, spec in inputs.items()]
        after = [self._value_info(port, *spec) for port, spec in outputs.items()]
        return helper.make_graph(self._nodes, name, before, after)

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """A weight or a number; the same name twice must be the same value."""
        array = np.asarray(value)
        known = self._constants.setdefault(name, array)
        # By their bytes: NaN is the same value as itself.
        same = known.dtype == array.dtype and known.shape == array.shape
        if not same or known.tobytes() != array.tobytes():
            raise ValueError(f"constant {name} was given two values")
        return name

    def number(self, name: str, value: np.generic) -> str:
        """A number under this name, or under one with its type where the name is that of another type."""
        known = self._constants.get(name, np.asarray(value))
        return self.constant(name if known.dtype == value.dtype else f"{name}_{value.dtype}", value)

    def external(self, name: str, value: NDArray[Any]) -> str:
        """A weight that is to lie in a file beside the ONNX file, see `build_external`."""
        self._external[name] = value
        return name

    def has(self, output: str) -> bool:
        """Whether a node with this output is there already."""
        return output in self._outputs

    def ints(self, values: Sequence[int]) -> str:
        """A list of int64, by its values: shapes, axes and lengths are written once for all nodes."""
        return self.constant("_".join(["ints", *map(str, values)]), np.array(values, np.int64))

    def op(self, operator: str, *inputs: str, name: str, **attributes: Any) -> str:
        """Add a node with one output, which gets the node's name."""
        return self.ops(operator, *inputs, names=[name], **attributes)[0]

    def ops(self, operator: str, *inputs: str, names: Sequence[str], **attributes: Any) -> list[str]:
        """Add a node with several outputs."""
        self._domains.add(attributes.get("domain", ""))
        self._outputs.update(names)
        self._used.update(inputs)
        self._nodes.append(helper.make_node(operator, list(inputs), list(names), name=names[0], **attributes))
        return list(names)

    def add(self, node: Any) -> None:
        """Add a node that another converter made; inner graphs of it may take this graph's values."""
        self._domains.add(node.domain)
        self._outputs.update(node.output)
        self._used.update(taken_by(node))
        self._nodes.append(node)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What is added inside is taken away again where it ends with an exception."""
        count, used, outputs = len(self._nodes), set(self._used), set(self._outputs)
        try:
            yield
        except BaseException:
            del self._nodes[count:]
            self._used &= used
            self._outputs &= outputs
            raise

    def build(
        self,
        inputs: Ports,
        outputs: Ports,
    ) -> bytes:
        """Serialize; inputs and outputs are name → (dtype, dims), a string dim being symbolic.

        Constants that no node takes are left out.
        """
        return self._serialize(inputs, outputs, self._constants | self._external, [])

    def build_external(
        self,
        inputs: Ports,
        outputs: Ports,
        location: str,
    ) -> tuple[bytes, tuple[NDArray[Any], ...]]:
        """The same, with the weights of `external` in a file `location` beside it.

        Returns the ONNX file and the arrays whose bytes make up the other file, with padding between. Graphs
        that were given the same weights in the same order have equal such files.
        """
        tensors, parts, offset = [], [], 0
        for name, value in self._external.items():
            padding = -offset % _ALIGNMENT
            parts += [np.zeros(padding, np.uint8)] * bool(padding) + [value]
            tensor = TensorProto(name=name, dims=value.shape, data_location=TensorProto.EXTERNAL)
            tensor.data_type = helper.np_dtype_to_tensor_dtype(value.dtype)
            place = {"location": location, "offset": offset + padding, "length": value.nbytes}
            for key, fact in place.items():
                tensor.external_data.add(key=key, value=str(fact))
            tensors.append(tensor)
            offset += padding + value.nbytes
        return self._serialize(inputs, outputs, self._constants, tensors), tuple(parts)

    def _serialize(
        self,
        inputs: Ports,
        outputs: Ports,
        constants: Mapping[str, NDArray[Any]],
        tensors: Sequence[Any],
    ) -> bytes:
        graph = helper.make_graph(
            self._nodes,
            self._name,
            [self._value_info(name, *spec) for name, spec in inputs.items()],
            [self._value_info(name, *spec) for name, spec in outputs.items()],
            [
                *(
                    numpy_helper.from_array(np.ascontiguousarray(v).reshape(v.shape), n)
                    for n, v in constants.items()
                    if n in self._used
                ),
                *tensors,
            ],
        )
        domains = [
            helper.make_opsetid(domain, _VERSIONS.get(domain, 1)) for domain in sorted(self._domains - {""})
        ]
        model = helper.make_model(
            graph,
            producer_name="wardian",
            opset_imports=[helper.make_opsetid("", self._opset), *domains],
            ir_version=IR_VERSION,
        )
        return bytes(model.SerializeToString(deterministic=True))

    @staticmethod
    def _value_info(name: str, dtype: str, dims: Dims) -> Any:
        return helper.make_tensor_value_info(name, _ELEMENT_TYPES[dtype], dims)


def taken_by(node: Any) -> set[str]:
    """All values that a node takes, those among them that its inner graphs take from outside.

    >>> inner = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "body", [], [])
    >>> sorted(taken_by(helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner)))
    ['c', 'x']
    """
    found = {name for name in node.input if name}
    for attribute in node.attribute:
        for graph in [attribute.g] if attribute.HasField("g") else attribute.graphs:
            own = {one.name for one in (*graph.input, *graph.initializer)}
            own |= {name for one in graph.node for name in one.output}
            found |= set().union(*map(taken_by, graph.node), {one.name for one in graph.output}) - own
    return found

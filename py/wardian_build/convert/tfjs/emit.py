"""From nodes of TensorFlow to nodes of ONNX, on demand: what no output needs is never looked at.

Values are float32, int64 or bool: TensorFlow.js computes float64 as float32, and whole numbers are mostly
shapes and places, for which ONNX takes int64. They are cast where they enter and leave.

A scope is a graph that is being written: the model's own, a branch, or the body of a loop. A node belongs to
the innermost scope whose set `inside` has its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.tfjs.nodes import Attributes, Node
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["BOOL", "FLOAT", "INT", "OPERATORS", "Call", "Emitter", "Scope", "onnx_dtype", "operator"]

FLOAT, INT, BOOL = 1, 7, 9
"""ONNX's numbers for the element types that are used."""

_MOST_OUTPUTS = 10_000

Values = str | list[str]
Operator = Callable[["Call"], Values]
_Function = TypeVar("_Function", bound=Operator)

#: Operator of TensorFlow → the function that writes it.
OPERATORS: dict[str, Operator] = {}

_DTYPES = {
    **dict.fromkeys(("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16"), "float32"),
    **dict.fromkeys(("DT_INT32", "DT_INT64", "DT_UINT8", "DT_INT8", "DT_INT16", "DT_UINT16"), "int64"),
    "DT_BOOL": "bool",
}


#: Operators whose (first) output is their first input: constants stay constants behind them.
_PASSED = ("Identity", "Switch", "Enter", "StopGradient", "Snapshot")


def operator(*names: str) -> Callable[[_Function], _Function]:
    """Register the function that writes these operators."""

    def register(function: _Function) -> _Function:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return register


def onnx_dtype(kind: str, path: Path, label: str) -> str:
    """float32, int64 or bool for a type of TensorFlow; raises UnsupportedError for text, complex numbers …"""
    if kind not in _DTYPES:
        raise UnsupportedError(
            path, [(f"{label} of type {kind[:40]}", "only numbers and bool have a form in ONNX")]
        )
    return _DTYPES[kind]


@dataclass
class Scope:
    """A graph that is being written, and the values that its nodes have there."""

    graph: GraphBuilder
    parent: Scope | None = None
    inside: frozenset[str] = frozenset()
    values: dict[str, list[str]] = field(default_factory=dict)

    def owner(self, name: str) -> Scope:
        scope = self
        while scope.parent is not None and name not in scope.inside and name not in scope.values:
            scope = scope.parent
        return scope


class Emitter:
    """Writes what outputs need; `special` are operators that arrange the writing of others (control flow)."""

    def __init__(self, path: Path, nodes: Mapping[str, Node], weights: Mapping[str, NDArray[Any]]) -> None:
        self.path, self.nodes, self.weights = path, nodes, weights
        self.graph = GraphBuilder("tensorflow", opset=18)
        self.root = Scope(self.graph)
        self._names: set[str] = set()

    def value(self, scope: Scope, name: str, port: int = 0) -> str:
        """The ONNX value of a node's output."""
        owner = scope.owner(name)
        if name not in owner.values:
            self._emit(owner, name)
        values = owner.values[name]
        if port >= len(values):
            raise ConversionError(
                self.path,
                "has an output that does not exist here",
                place=self.nodes[name].label,
                expected=f"one of {len(values)} outputs",
                received=f"number {port}",
            )
        return values[port]

    def fresh(self, base: str) -> str:
        """A name that nothing has yet."""
        name, number = base, 1
        while name in self._names:
            number += 1
            name = f"{base}:{number}"
        self._names.add(name)
        return name

    def reserve(self, names: Iterable[str]) -> None:
        """Names that `fresh` must not give."""
        self._names.update(names)

    def dependencies(self, node: Node) -> list[str]:
        """Nodes that must be written before; for control flow only those outside of branches and bodies."""
        from wardian_build.convert.tfjs import control

        return control.dependencies(self, node)

    def constant(self, name: str) -> NDArray[Any] | None:
        """The value of a node that is constant, as it is stored; None of others."""
        while self.nodes[name].op in _PASSED and self.nodes[name].inputs:
            name = self.nodes[name].inputs[0][0]
        node = self.nodes[name]
        if node.op != "Const":
            return None
        if name not in self.weights:
            raise ConversionError(self.path, "lacks the weights of a constant", place=node.label)
        return self.weights[name]

    def _emit(self, scope: Scope, name: str) -> None:
        # A stack of its own: graphs are deeper than Python's recursion.
        waiting = [name]
        while waiting:
            current = waiting[-1]
            if current in scope.values:
                waiting.pop()
                continue
            node = self.nodes[current]
            missing = []
            for needed in self.dependencies(node):
                owner = scope.owner(needed)
                if needed in owner.values:
                    continue
                if owner is scope:
                    missing.append(needed)
                else:
                    self.value(owner, needed)
            if missing:
                waiting += missing
                continue
            call = Call(self, scope, node)
            found = OPERATORS[node.op](call)
            scope.values.setdefault(current, [found] if isinstance(found, str) else found)


class Call:
    """One node being written: its inputs, attributes, and the graph that takes what it becomes."""

    def __init__(self, emitter: Emitter, scope: Scope, node: Node) -> None:
        self.emitter, self.scope, self.node = emitter, scope, node

    @property
    def attributes(self) -> Attributes:
        return self.node.attributes

    def __len__(self) -> int:
        return len(self.node.inputs)

    def input(self, index: int) -> str:
        """The value of an input; raises ConversionError where there is none."""
        return self.emitter.value(self.scope, *self._reference(index))

    def inputs(self) -> list[str]:
        return [self.input(index) for index in range(len(self))]

    def constant(self, index: int) -> NDArray[Any] | None:
        """An input's value where it is constant; whole numbers as int64."""
        found = self.emitter.constant(self._reference(index)[0])
        return found if found is None else canonical(found)

    def required(self, index: int, what: str) -> NDArray[Any]:
        """An input that must be constant."""
        found = self.constant(index)
        if found is None:
            raise self.unsupported(f"with {what} computed by the graph", "export the model with a fixed one")
        return found

    def integers(self, index: int, what: str) -> list[int]:
        """A constant input as a list of whole numbers, also where it is a single one."""
        return [int(value) for value in self.required(index, what).reshape(-1)]

    def count(self, attribute: str) -> int:
        """A number of outputs, by an attribute."""
        value = self.attributes.integer(attribute)
        if not 1 <= value <= _MOST_OUTPUTS:
            raise ConversionError(
                self.emitter.path,
                "has a bad attribute",
                place=f"{self.node.label}, {attribute}",
                expected=f"1 to {_MOST_OUTPUTS}",
                received=str(value),
            )
        return value

    def dtype(self, attribute: str = "T") -> str:
        """float32, int64 or bool, by an attribute."""
        return onnx_dtype(self.attributes.type(attribute), self.emitter.path, self.node.label)

    def op(self, name: str, *inputs: str, **attributes: Any) -> str:
        """Write a node of ONNX with one output."""
        return self.ops(name, *inputs, count=1, **attributes)[0]

    def ops(self, name: str, *inputs: str, count: int, **attributes: Any) -> list[str]:
        names = [self.emitter.fresh(f"{self.node.name}:{name}") for _ in range(count)]
        return self.scope.graph.ops(name, *inputs, names=names, **attributes)

    def ints(self, *values: int) -> str:
        """A list of whole numbers."""
        return self.scope.graph.ints(values)

    def scalar(self, value: float | int | bool, dtype: str = "float32") -> str:
        array = np.array(value, dtype)
        return self.scope.graph.constant(f"{dtype} {array}", array)

    def weight(self, value: NDArray[Any], what: str = "weight") -> str:
        """A constant that belongs to this node."""
        return self.scope.graph.constant(self.emitter.fresh(f"{self.node.name}:{what}"), value)

    def cast(self, value: str, kind: int) -> str:
        return self.op("Cast", value, to=kind)

    def unsupported(self, what: str, remedy: str) -> UnsupportedError:
        return UnsupportedError(self.emitter.path, [(f"{self.node.label} {what}", remedy)])

    def _reference(self, index: int) -> tuple[str, int]:
        if index >= len(self.node.inputs):
            raise ConversionError(
                self.emitter.path,
                "has a node with too few inputs",
                place=self.node.label,
                expected=f"at least {index + 1}",
                received=str(len(self.node.inputs)),
            )
        return self.node.inputs[index]


def canonical(value: NDArray[Any]) -> NDArray[Any]:
    """float32, int64 or bool."""
    if value.dtype.kind in "iu":
        return value.astype(np.int64)
    return value if value.dtype == bool else value.astype(np.float32, copy=False)


def refuse_unknown(path: Path, nodes: Iterable[Node], remedies: Mapping[str, str]) -> None:
    """Raises UnsupportedError listing every node whose operator is not known."""
    bad = [node for node in nodes if node.op not in OPERATORS]
    if bad:
        general = (
            "export the model with operators that TensorFlow.js lists under elementwise, convolution, image …"
        )
        raise UnsupportedError(path, [(node.label, remedies.get(node.op, general)) for node in bad])

"""Engines and models with a difference planted in them, for the tests of parity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, TensorProto, helper
from small_onnx import model, node, value

from wardian_build.parity.bisect import Arrays, Engine
from wardian_build.parity.graph import subgraphs

SWAPS = {"Sigmoid": "HardSigmoid", "Relu": "Elu"}
"""Operators that others may stand in for: as many inputs, other numbers."""


def swapped(content: bytes, name: str) -> bytes:
    """A model in which the node named `name` has another operator, wherever it is."""
    proto = onnx.load_from_string(content)
    _swap(proto.graph, name)
    return bytes(proto.SerializeToString())


def _swap(graph: GraphProto, name: str) -> None:
    for each in graph.node:
        if each.name == name:
            each.op_type = SWAPS[each.op_type]
        for _, inner in subgraphs(each):
            _swap(inner, name)


@dataclass
class Altered:
    """An engine that is given other models than it was asked to run; `runs` counts what it ran."""

    engine: Engine
    alter: Callable[[bytes], bytes]
    runs: list[Sequence[str]] = field(default_factory=list)

    def run_bytes(
        self, model: bytes, feeds: Arrays, fetches: Sequence[str], optimization: str, like: Arrays
    ) -> Arrays:
        self.runs.append(list(fetches))
        return self.engine.run_bytes(self.alter(model), feeds, fetches, optimization, like)


def chain(length: int) -> ModelProto:
    """`length` Sigmoid nodes s0, s1 …, each with a side branch that is added at the end."""
    nodes, sides = [], []
    for index in range(length):
        nodes.append(node("Sigmoid", f"v{index}", f"v{index + 1}", f"s{index}"))
        if index % 5 == 2:
            nodes.append(node("Mul", f"v{index + 1} two", f"side{index}", f"side{index}"))
            sides.append(f"side{index}")
    nodes.append(node("Sum", " ".join([f"v{length}", *sides]), "y", "total"))
    weights = {"two": np.float32([2])}
    made: ModelProto = model(nodes, [value("v0", "n", 3)], [value("y", "n", 3)], weights)
    return made


def branching() -> ModelProto:
    """An `If` whose branches capture a value from outside; the taken one holds the Sigmoid `inner`."""
    taken = helper.make_graph(
        [node("Mul", "outer half", "m", "halved"), node("Sigmoid", "m", "inside", "inner")],
        "then", [], [value("inside", None, None)],
    )  # fmt: skip
    other = helper.make_graph(
        [node("Neg", "outer", "negated", "neg")], "else", [], [value("negated", None, None)]
    )
    nodes = [
        node("Sigmoid", "x", "outer", "first"),
        node("ReduceSum", "outer", "sum", "sum", keepdims=0),
        node("Greater", "sum zero", "positive", "positive"),
        helper.make_node("If", ["positive"], ["z"], name="choice", then_branch=taken, else_branch=other),
        node("Mul", "z half", "y", "last"),
    ]
    weights = {"half": np.float32([0.5]), "zero": np.float32(0)}
    made: ModelProto = model(nodes, outputs=[value("y", "n", 3)], weights=weights)
    return made


def looping(trips: int = 4) -> ModelProto:
    """A `Loop` that carries a value; its body holds the Sigmoid `step`, which differs above 0 alone."""
    body = helper.make_graph(
        [
            node("Add", "carried one", "raised", "raise"),
            node("Sigmoid", "raised", "next", "step"),
            node("Identity", "going", "still", "still"),
            node("Identity", "next", "row", "row"),
        ],
        "body",
        [
            value("i", kind=TensorProto.INT64),
            value("going", kind=TensorProto.BOOL),
            value("carried", None, None),
        ],
        [value("still", kind=TensorProto.BOOL), value("next", None, None), value("row", None, None)],
    )  # fmt: skip
    nodes: list[Any] = [
        node("Identity", "x", "start", "begin"),
        helper.make_node("Loop", ["trips", "always", "start"], ["end", "rows"], name="repeat", body=body),
        node("Mul", "end one", "y", "last"),
    ]
    weights = {"one": np.float32([1]), "trips": np.int64(trips), "always": np.bool_(True)}
    made: ModelProto = model(nodes, outputs=[value("y", "n", 3)], weights=weights)
    return made

"""Loops of TensorFlow 1, found by their exits: Enter → Merge → Switch → … → NextIteration → Merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wardian_build.convert.tfjs.emit import Emitter, onnx_dtype
from wardian_build.convert.tfjs.flow import consumers
from wardian_build.convert.tfjs.nodes import Node
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["EMPTY", "WRITES", "Loop", "Variable", "check_written", "loop_of"]

WRITES = {"TensorArrayWriteV3": (1, 2, 3), "TensorListSetItem": (1, 2, 0)}
"""Operators that write one entry: which inputs are the place, the entry and the array."""
EMPTY = ("TensorArrayV3", "TensorListReserve")


@dataclass(frozen=True)
class Variable:
    """One value that goes round: its Merge and Switch, where it comes from, what follows, and its Exit."""

    merge: Node
    switch: Node
    initial: tuple[str, int]
    following: tuple[str, int]
    exit: Node | None
    dtype: str
    written: Node | None
    """What writes an entry of an array each round; None of ordinary values."""

    @property
    def kept(self) -> bool:
        """Whether it stays what it was before the loop."""
        return self.following[0] == self.switch.name


@dataclass(frozen=True)
class Loop:
    condition: tuple[str, int]
    variables: list[Variable]


def loop_of(emitter: Emitter, exit_node: Node) -> Loop:
    """The loop of an Exit; raises ConversionError where the frame is not whole."""
    nodes, takers = emitter.nodes, consumers(emitter)
    switch_node = nodes[exit_node.inputs[0][0]] if exit_node.inputs else exit_node
    if switch_node.op != "Switch" or len(switch_node.inputs) != 2:
        raise ConversionError(
            emitter.path, "has a broken loop", place=exit_node.label, expected="a Switch before it"
        )
    condition = switch_node.inputs[1]
    variables = []
    for name in takers.get(condition[0], ()):
        node = nodes[name]
        if node.op == "Switch" and node.inputs[1] == condition:
            variables.append(_variable(emitter, node, takers))
    return Loop(condition, variables)


def _variable(emitter: Emitter, switch_node: Node, takers: Mapping[str, Sequence[str]]) -> Variable:
    nodes = emitter.nodes
    merge_node = nodes[switch_node.inputs[0][0]]
    ends = [nodes[name] for name, _ in merge_node.inputs]
    if (
        merge_node.op != "Merge"
        or [node.op for node in ends] != ["Enter", "NextIteration"]
        or not (ends[0].inputs and ends[1].inputs)
    ):
        raise ConversionError(
            emitter.path,
            "has a broken loop",
            place=switch_node.label,
            expected="Enter and NextIteration, merged",
        )
    following = ends[1].inputs[0]
    writer = nodes[following[0]] if nodes[following[0]].op in WRITES else None
    exits = [nodes[name] for name in takers.get(switch_node.name, ()) if nodes[name].op == "Exit"]
    kind = switch_node.attributes.type("T")
    if writer is not None:
        kind = writer.attributes.type("T" if writer.op == "TensorArrayWriteV3" else "element_dtype")
    elif kind in ("DT_VARIANT", "DT_RESOURCE"):
        kind = "DT_FLOAT"  # an array that is only read: its value comes from outside, with its own type
    dtype = onnx_dtype(kind, emitter.path, switch_node.label)
    return Variable(
        merge_node, switch_node, ends[0].inputs[0], following, exits[0] if exits else None, dtype, writer
    )


def check_written(emitter: Emitter, loop: Loop, variable: Variable) -> None:
    """An array must start empty, and round i write its entry i: then it is what the rounds give, joined."""
    nodes, writer = emitter.nodes, variable.written
    assert writer is not None
    place, _, array = WRITES[writer.op]
    counter = writer.inputs[place][0]
    while nodes[counter].op == "Identity":
        counter = nodes[counter].inputs[0][0]
    counters = [v for v in loop.variables if counter in (v.switch.name, v.merge.name)]
    empty = nodes[variable.initial[0]].op in EMPTY and writer.inputs[array][0] == variable.switch.name
    if not (empty and counters and _counts(emitter, counters[0])):
        remedy = "write each entry once, at the place that the loop counts from 0"
        raise UnsupportedError(emitter.path, [(f"{writer.label} at other places", remedy)])


def _counts(emitter: Emitter, variable: Variable) -> bool:
    """Whether it is 0, 1, 2 …"""
    start = emitter.constant(variable.initial[0])
    step = emitter.nodes[variable.following[0]]
    if start is None or start.size != 1 or start.item() != 0 or step.op not in ("Add", "AddV2"):
        return False
    amounts = [emitter.constant(name) for name, _ in step.inputs]
    one = any(value is not None and value.size == 1 and value.item() == 1 for value in amounts)
    return one and any(
        _plain(emitter, name) in (variable.switch.name, variable.merge.name) for name, _ in step.inputs
    )


def _plain(emitter: Emitter, name: str) -> str:
    while emitter.nodes[name].op == "Identity":
        name = emitter.nodes[name].inputs[0][0]
    return name
